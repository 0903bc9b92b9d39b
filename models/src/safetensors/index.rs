//! Which files of a folder make up a checkpoint.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::ModelError;
use crate::folder;

/// The name of the index of a sharded checkpoint.
pub(super) const INDEX: &str = "model.safetensors.index.json";
const SINGLE: &str = "model.safetensors";
/// The longest index in bytes; the largest models' have 9 MB.
const INDEX_BYTES_MAX: u64 = 32 << 20;
/// The most shards.
const SHARDS_MAX: usize = 4096;

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
    let json = folder::read_json(folder, INDEX, INDEX_BYTES_MAX)?;
    let map = json
        .get("weight_map")
        .and_then(serde_json::Value::as_object);
    let map = map.ok_or_else(|| wrong("weight_map", "is not an object"))?;
    let mut places = Vec::with_capacity(map.len());
    let mut names = BTreeSet::new();
    for (tensor, shard) in map {
        let shard = shard
            .as_str()
            .ok_or_else(|| wrong(tensor, "is not the name of a file"))?;
        if !folder::is_plain_name(shard) || !shard.ends_with(".safetensors") {
            return Err(wrong(
                tensor,
                &format!("`{shard}` is not the name of a file beside the index"),
            ));
        }
        names.insert(shard.to_owned());
        places.push((tensor.clone(), shard.to_owned()));
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
