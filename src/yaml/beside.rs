//! Files beside a YAML file, which names them: never a file of another folder. `whose` folder it is stands in
//! the messages: `spec`, `suite`.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Checks that `file` is a plain relative path.
///
/// # Errors
/// A sentence that says it leads out of the folder.
pub(crate) fn check_name(file: &str, whose: &str) -> Result<(), String> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let windows = file.contains('\\') || file.contains(':');
    let all_plain = Path::new(file).components().all(plain);
    if file.is_empty() || windows || file.contains('\0') || !all_plain {
        return Err(leads_out(file, whose));
    }
    Ok(())
}

/// Finds `file` in `folder`, every symbolic link followed.
///
/// # Errors
/// A sentence when it is not there or a link leads out of the folder.
pub(crate) fn inside(folder: &Path, file: &str, whose: &str) -> Result<PathBuf, String> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let root = fs::canonicalize(folder).map_err(|error| format!("its folder: {error}"))?;
    let path = fs::canonicalize(root.join(file)).map_err(|_| missing(file))?;
    if path.starts_with(&root) {
        Ok(path)
    } else {
        Err(leads_out(file, whose))
    }
}

/// Returns the sentence for a file that is not there.
pub(crate) fn missing(file: &str) -> String {
    format!("`{file}` is not there")
}

fn leads_out(file: &str, whose: &str) -> String {
    format!("`{file}` leads out of the {whose}'s folder")
}
