//! Has the system forget the files of a checkpoint, so that loading reads the disk again.

use std::path::{Path, PathBuf};

use aldo_models::Checkpoint;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
use other as system;

/// Asks the system to forget the files of `checkpoint`; it keeps what somebody has mapped.
///
/// # Errors
/// Why it cannot be asked.
pub fn drop_files(checkpoint: Option<&Checkpoint>) -> Result<(), String> {
    let path = checkpoint.and_then(Checkpoint::path);
    let path = path.ok_or("the model is inside the program")?;
    for file in files(path) {
        system::forget(&file).map_err(|error| format!("`{}`: {error}", file.display()))?;
    }
    Ok(())
}

fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    files.filter(|path| path.is_file()).collect()
}
