//! safetensors checkpoints: one file, or shards with an index.
//!
//! The crate of the same name checks offsets and shapes of one file. What it does not check is here:
//! limits, names that stand twice, and everything about the index.

mod header;
mod index;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Architecture;
use crate::error::ModelError;
use crate::mapping::Bytes;
pub(crate) use header::Entry;

/// An open safetensors checkpoint whose headers have been validated; a clone shares it.
#[derive(Debug, Clone)]
pub(crate) struct Safetensors {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shards: Vec<Shard>,
    /// By canonical name, or by the file's own where there is none.
    entries: HashMap<String, Entry>,
    architecture: Architecture,
}

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    bytes: Bytes,
}

impl Safetensors {
    /// Maps and validates the shards in `folder`: those of `model.safetensors.index.json`, else
    /// `model.safetensors`, else the only safetensors file. Its tensors are named as `architecture` names
    /// them.
    ///
    /// # Errors
    /// [`ModelError::Io`], [`ModelError::NotACheckpoint`] when there is no or no certain set of files,
    /// and [`ModelError::Malformed`] for what the files say.
    pub(crate) fn open(folder: &Path, architecture: Architecture) -> Result<Self, ModelError> {
        let plan = index::plan(folder)?;
        let opened = Self::open_shards(&plan.shards, architecture)?;
        for (name, shard) in &plan.places {
            let place = opened.inner.place_of(name).and_then(Path::file_name);
            if place.is_none_or(|file| file != shard.as_str()) {
                let reason = format!("is not in `{shard}`, where the index puts it");
                return Err(ModelError::malformed(&plan.index, name, reason));
            }
        }
        Ok(opened)
    }

    /// Maps and validates one file on its own.
    ///
    /// # Errors
    /// As [`Safetensors::open`].
    pub(crate) fn open_file(path: &Path, architecture: Architecture) -> Result<Self, ModelError> {
        Self::open_shards(&[path.to_owned()], architecture)
    }

    fn open_shards(paths: &[PathBuf], architecture: Architecture) -> Result<Self, ModelError> {
        let mut shards = Vec::with_capacity(paths.len());
        let mut entries = HashMap::new();
        for (shard, path) in paths.iter().enumerate() {
            let bytes = Bytes::map(path)?;
            for (name, entry) in header::read(path, &bytes, shard, architecture)? {
                if entries.insert(name.clone(), entry).is_some() {
                    return Err(ModelError::malformed(
                        path,
                        name,
                        "stands twice in the checkpoint",
                    ));
                }
            }
            shards.push(Shard {
                path: path.clone(),
                bytes,
            });
        }
        if entries.is_empty() {
            let path = paths.first().map_or(Path::new(""), PathBuf::as_path);
            return Err(ModelError::not_a_checkpoint(path, "it holds no tensors"));
        }
        Ok(Self {
            inner: Arc::new(Inner {
                shards,
                entries,
                architecture,
            }),
        })
    }

    /// The name under which [`Safetensors::entry`] finds what a file calls `name`.
    pub(crate) fn key(&self, name: &str) -> String {
        header::stored_name(name, self.inner.architecture)
    }

    /// The tensor with this canonical name.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.inner.entries.get(name)
    }

    /// Every tensor, in no particular order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.inner
            .entries
            .iter()
            .map(|(name, entry)| (name.as_str(), entry))
    }

    /// The bytes of `entry`; empty when it is not of this checkpoint.
    pub(crate) fn data(&self, entry: &Entry) -> &[u8] {
        let shard = self.inner.shards.get(entry.shard);
        shard
            .and_then(|shard| shard.bytes.get(entry.start..entry.end))
            .unwrap_or_default()
    }

    /// The files in order of name, each with its bytes.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&Path, &Bytes)> {
        self.inner
            .shards
            .iter()
            .map(|shard| (shard.path.as_path(), &shard.bytes))
    }

    /// The file that holds `entry`, with its bytes.
    pub(crate) fn file_of(&self, entry: &Entry) -> Option<(&Path, &Bytes)> {
        self.inner
            .shards
            .get(entry.shard)
            .map(|shard| (shard.path.as_path(), &shard.bytes))
    }
}

impl Inner {
    /// The file in which the tensor that the index calls `name` stands.
    fn place_of(&self, name: &str) -> Option<&Path> {
        let entry = self
            .entries
            .get(&header::stored_name(name, self.architecture))?;
        self.shards
            .get(entry.shard)
            .map(|shard| shard.path.as_path())
    }
}
