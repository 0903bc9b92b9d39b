//! The files of a safetensors folder.

use std::path::PathBuf;

use crate::config::{Architecture, ModelConfig};
use crate::safetensors::Safetensors;

/// Reads an index where the input begins as JSON does, else a file of weights.
///
/// # Panics
/// When a tensor has other bytes than it says.
pub fn safetensors_index(bytes: &[u8]) {
    let name = match bytes.first() {
        Some(b'{' | b'[') => "model.safetensors.index.json",
        Some(_) | None => "model.safetensors",
    };
    let folder = folder_with("safetensors", name, bytes);
    if let Ok(opened) = Safetensors::open(&folder, Architecture::Llama) {
        for (_, entry) in opened.entries() {
            assert_eq!(opened.data(entry).len(), entry.size_bytes());
        }
    }
    let _ = std::fs::remove_file(folder.join(name));
}

/// Reads a configuration; one that is taken says how much memory its cache needs.
pub fn config_json(bytes: &[u8]) {
    let folder = folder_with("config", "config.json", bytes);
    if let Ok(config) = ModelConfig::from_folder(&folder) {
        let _ = crate::cache::Cache::token_size_bytes(&config);
        let _ = crate::cache::Cache::states_size_bytes(&config);
    }
}

/// A folder of this process that holds the file `name`.
pub(super) fn folder_with(target: &str, name: &str, bytes: &[u8]) -> PathBuf {
    let process = std::process::id();
    let folder = std::env::temp_dir().join(format!("aldo-fuzz-{process}-{target}"));
    // Without a folder nothing is read, and a run that covers nothing is seen.
    let _ = std::fs::create_dir_all(&folder);
    let _ = std::fs::write(folder.join(name), bytes);
    folder
}

/// Removes what [`folder_with`] made.
#[cfg(test)]
pub(super) fn clean_up() {
    for target in ["safetensors", "config", "bundle"] {
        let folder = folder_with(target, "none", b"");
        let _ = std::fs::remove_dir_all(folder);
    }
}
