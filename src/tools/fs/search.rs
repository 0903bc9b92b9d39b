use std::time::{Duration, Instant};

use cap_std::fs::Dir;
use regex::{Regex, RegexBuilder};
use rustix::fs::OFlags;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{Done, Problem};
use super::super::root::Root;
use super::Looks;
use super::glob::Glob;
use super::inside::Inside;
use super::place::{folder, open};
use super::text::text;

/// How many matches are shown.
const MATCHES_MAX: usize = 100;
/// How much of a line is shown, in bytes.
const LINE_BYTES_MAX: usize = 300;
/// How many files are looked into.
const FILES_MAX: usize = 50_000;
/// How deep folders are gone into.
const DEPTH_MAX: usize = 64;
/// How long it takes at most.
const TIME_MAX: Duration = Duration::from_secs(10);
/// How much a compiled expression may take, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;
/// What is never looked into: it is no text of the project.
const PASSED_OVER: [&str; 1] = [".git"];

/// Finds lines that match a regular expression.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// The regular expression.
    pattern: String,
    /// Folder to look in, below the root.
    path: Option<String>,
    /// Only files whose path matches, such as `*.rs`.
    glob: Option<String>,
}

impl Looks for Arguments {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(".")
    }

    fn look(&self, root: &Root, inside: &Inside) -> Done {
        let regex = RegexBuilder::new(&self.pattern)
            .size_limit(REGEX_BYTES_MAX)
            .dfa_size_limit(REGEX_BYTES_MAX)
            .build();
        let regex =
            regex.map_err(|error| Problem::failed(format!("the expression is wrong: {error}")))?;
        let glob = self.glob.as_deref().map(Glob::parse).transpose();
        let mut search = Search {
            regex,
            glob: glob.map_err(Problem::Failed)?,
            lines: Vec::new(),
            files: 0,
            end: Instant::now() + TIME_MAX,
            cut: None,
        };
        let opened = open(root.dir(), inside.path(), OFlags::empty());
        let opened = opened.map_err(|error| Problem::of_io(&inside.shown(), &error))?;
        if opened.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            let dir = Dir::from_std_file(opened.into_std());
            search.folder(&dir, inside, 0);
        } else {
            search.lines_of(&text(opened, &inside.shown())?, inside);
        }
        Ok(search.shown())
    }
}

struct Search {
    regex: Regex,
    glob: Option<Glob>,
    lines: Vec<String>,
    files: usize,
    end: Instant,
    cut: Option<&'static str>,
}

impl Search {
    /// Looks into a folder and those below it; links are not followed, what cannot be read is passed over.
    fn folder(&mut self, dir: &Dir, inside: &Inside, depth: usize) {
        if depth > DEPTH_MAX {
            self.cut = Some("folders that lie deeper");
            return;
        }
        let names = dir.entries().into_iter().flatten().flatten();
        let names = names.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        for name in names {
            if self.is_over() {
                return;
            }
            let Ok(metadata) = dir.symlink_metadata(&name) else {
                continue;
            };
            let child = inside.child(&name);
            if metadata.is_dir() && !PASSED_OVER.contains(&name.as_str()) {
                if let Ok(below) = folder(dir, &name) {
                    self.folder(&below, &child, depth + 1);
                }
            } else if metadata.is_file() && self.is_wanted(&child) {
                self.file(dir, &name, &child);
            }
        }
    }

    fn file(&mut self, dir: &Dir, name: &str, inside: &Inside) {
        self.files += 1;
        let Ok(file) = open(dir, name, OFlags::NOFOLLOW) else {
            return;
        };
        if let Ok(text) = text(file, name) {
            self.lines_of(&text, inside);
        }
    }

    fn lines_of(&mut self, text: &str, inside: &Inside) {
        for (number, line) in text.lines().enumerate() {
            if self.is_over() {
                return;
            }
            if self.regex.is_match(line) {
                let cut = &line[..line.floor_char_boundary(LINE_BYTES_MAX)];
                self.lines
                    .push(format!("{}:{}: {cut}", inside.shown(), number + 1));
            }
        }
    }

    fn is_wanted(&self, inside: &Inside) -> bool {
        self.glob
            .as_ref()
            .is_none_or(|glob| glob.matches(&inside.shown()))
    }

    fn is_over(&mut self) -> bool {
        if self.lines.len() >= MATCHES_MAX {
            self.cut = Some("further matches");
        } else if self.files >= FILES_MAX {
            self.cut = Some("further files");
        } else if Instant::now() >= self.end {
            self.cut = Some("what would have taken longer");
        }
        self.cut.is_some()
    }

    fn shown(mut self) -> String {
        if self.lines.is_empty() && self.cut.is_none() {
            return "[nothing matches]".to_owned();
        }
        if let Some(cut) = self.cut {
            self.lines
                .push(format!("[{cut} are not shown; search in a smaller place]"));
        }
        self.lines.join("\n")
    }
}
