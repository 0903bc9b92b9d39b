//! Which files of a folder make up a checkpoint.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::bounded::BoundedObject;
use crate::error::ModelError;
use crate::folder;

/// The name of the index of a sharded checkpoint.
pub(super) const INDEX: &str = "model.safetensors.index.json";
const SINGLE: &str = "model.safetensors";
/// The longest index in bytes; the largest models' have 9 MB.
const INDEX_BYTES_MAX: u64 = 32 << 20;
/// The most shards.
const SHARDS_MAX: usize = 4096;
/// The most tensors of an index.
const TENSORS_MAX: usize = 262_144;

/// The part of an index that is read.
#[derive(Deserialize)]
struct Index {
    /// Tensor names with the name of a shard.
    weight_map: BoundedObject<String, TENSORS_MAX>,
}

/// The files to open and where the index says each tensor is.
pub(super) struct Plan {
    pub(super) index: PathBuf,
    /// In order of name, each inside the folder.
    pub(super) shards: Vec<PathBuf>,
    /// Tensor names with the name of a shard; empty without an index.
    pub(super) places: Vec<(String, String)>,
}

/// Finds the files of the checkpoint in `folder`.
pub(super) fn plan(folder: &Path) -> Result<Plan, ModelError> {
    let index = folder.join(INDEX);
    if index.symlink_metadata().is_ok() {
        return sharded(folder, index);
    }
    let name = if folder.join(SINGLE).symlink_metadata().is_ok() {
        SINGLE.to_owned()
    } else {
        only_safetensors_file(folder)?
    };
    let shards = vec![folder::file_inside(folder, &name)?];
    Ok(Plan {
        index,
        shards,
        places: Vec::new(),
    })
}

fn sharded(folder: &Path, index: PathBuf) -> Result<Plan, ModelError> {
    let wrong = |field: &str, reason: &str| ModelError::malformed(&index, field, reason);
    let text = folder::read_text(folder, INDEX, INDEX_BYTES_MAX)?;
    let parsed: Index =
        serde_json::from_str(&text).map_err(|error| wrong("weight_map", &error.to_string()))?;
    let places = parsed.weight_map.0;
    let mut names = BTreeSet::new();
    for (tensor, shard) in &places {
        if !folder::is_plain_name(shard) || !shard.ends_with(".safetensors") {
            return Err(wrong(
                tensor,
                &format!("`{shard}` is not the name of a file beside the index"),
            ));
        }
        names.insert(shard.clone());
        if names.len() > SHARDS_MAX {
            return Err(wrong("weight_map", "names more than 4096 files"));
        }
    }
    if names.is_empty() {
        return Err(wrong("weight_map", "is empty"));
    }
    let mut shards = Vec::with_capacity(names.len());
    for name in names {
        let path = folder::file_inside(folder, &name).map_err(|error| match error {
            ModelError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                wrong("weight_map", &format!("`{name}` is missing"))
            }
            other => other,
        })?;
        shards.push(path);
    }
    Ok(Plan {
        index,
        shards,
        places,
    })
}

fn only_safetensors_file(folder: &Path) -> Result<String, ModelError> {
    let mut names = folder::file_names(folder)?;
    names.retain(|name| name.ends_with(".safetensors"));
    match <[String; 1]>::try_from(names) {
        Ok([name]) => Ok(name),
        Err(names) if names.is_empty() => Err(ModelError::not_a_checkpoint(
            folder,
            "it holds no safetensors file",
        )),
        Err(_) => {
            let reason = format!("it holds several safetensors files and no `{INDEX}`");
            Err(ModelError::not_a_checkpoint(folder, reason))
        }
    }
}
