//! The folders of agents, walked within limits and never out of the folder they belong to.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::check::is_agent_name;

/// How deep `agency` is walked.
const DEPTH_MAX: usize = 6;
/// How many entries of all folders are looked at.
const ENTRIES_MAX: usize = 10_000;
/// The part of an agency that holds suites, not agents.
const SUITES_FOLDER: &str = "eval";

/// Whether a path has the ending of a spec.
pub(super) fn is_spec_file(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// The file of an agent of the project.
pub(super) fn project_file(project: &Path, name: &str) -> Option<PathBuf> {
    let agents = project.join("agents");
    file_in(&agents, project, name).or_else(|| {
        // Walked only when `./agents` has no such file: most lookups end above.
        let (_, path) = agency_files(project)
            .into_iter()
            .find(|(found, _)| found == name)?;
        Some(path)
    })
}

/// The file of an agent in one folder, unless it leads out of `root`.
pub(super) fn file_in(folder: &Path, root: &Path, name: &str) -> Option<PathBuf> {
    let named = ["yaml", "yml"].map(|ending| folder.join(format!("{name}.{ending}")));
    named.into_iter().find(|path| stays_inside(path, root))
}

/// Every agent of the project by name: `agency` first, so that `agents` overwrites it.
pub(super) fn project_files(project: &Path) -> Vec<(String, PathBuf)> {
    let mut files = agency_files(project);
    files.reverse();
    files.extend(files_in(&project.join("agents"), project));
    files
}

/// The agents in one folder, `.yaml` after `.yml`, so that it overwrites.
pub(super) fn files_in(folder: &Path, root: &Path) -> Vec<(String, PathBuf)> {
    let mut left = ENTRIES_MAX;
    let (mut files, _) = entries(folder, root, &mut left);
    files.reverse();
    files
}

/// The agents below `agency`, in the order of their paths.
fn agency_files(project: &Path) -> Vec<(String, PathBuf)> {
    let mut left = ENTRIES_MAX;
    let mut found = Vec::new();
    let mut level = vec![project.join("agency")];
    for _ in 0..DEPTH_MAX {
        let mut below = Vec::new();
        for folder in level {
            let (files, folders) = entries(&folder, project, &mut left);
            found.extend(files);
            below.extend(folders);
        }
        level = below;
    }
    found
}

/// The specs and the folders directly in `folder`, sorted; links to folders are not followed.
fn entries(folder: &Path, root: &Path, left: &mut usize) -> (Vec<(String, PathBuf)>, Vec<PathBuf>) {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    let Ok(listed) = fs::read_dir(folder) else {
        return (files, folders);
    };
    let mut paths = Vec::new();
    for entry in listed.flatten() {
        let Some(rest) = left.checked_sub(1) else {
            break;
        };
        *left = rest;
        paths.push((
            entry.path(),
            entry.file_type().is_ok_and(|kind| kind.is_dir()),
        ));
    }
    paths.sort();
    for (path, is_folder) in paths {
        if is_folder {
            if path.file_name().is_some_and(|name| name != SUITES_FOLDER) {
                folders.push(path);
            }
        } else if let Some(name) = spec_name(&path).filter(|_| stays_inside(&path, root)) {
            files.push((name, path));
        }
    }
    (files, folders)
}

fn spec_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    (is_spec_file(path) && is_agent_name(stem)).then(|| stem.to_owned())
}

/// Whether `path` is a file that really lies under `root`, symbolic links followed.
fn stays_inside(path: &Path, root: &Path) -> bool {
    let (Ok(path), Ok(root)) = (fs::canonicalize(path), fs::canonicalize(root)) else {
        return false;
    };
    path.is_file() && path.starts_with(root)
}
