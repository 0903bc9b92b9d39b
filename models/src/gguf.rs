//! GGUF files: a header checked before anything believes it, and the bytes of tensors.
//!
//! Knows the container only: what the keys mean is `config`'s business.

mod metadata;
mod tensor_kind;

use std::path::Path;
use std::sync::Arc;

use crate::error::ModelError;
use crate::mapping::Bytes;
pub use metadata::{Metadata, MetadataValue, StringList};
pub use tensor_kind::TensorKind;

/// An open GGUF file whose header has been validated; a clone shares it.
#[derive(Debug, Clone)]
pub struct Gguf {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    bytes: Bytes,
    metadata: Metadata,
    tensors: Vec<TensorInfo>,
    warnings: Vec<String>,
}

/// One tensor of a checkpoint, as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// Its shape, outermost dimension first: a matrix is (rows, columns).
    pub shape: Vec<usize>,
    /// How its elements are stored.
    pub kind: TensorKind,
    /// Its length in bytes.
    pub size_bytes: usize,
    /// Where it starts in the file.
    pub(crate) start: usize,
}

impl Gguf {
    /// Maps the file at `path` and validates its header.
    ///
    /// # Errors
    /// [`ModelError::Io`], [`ModelError::NotACheckpoint`], [`ModelError::Truncated`] and
    /// [`ModelError::Malformed`], naming the key or tensor and the byte.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let _ = Bytes::map(path)?;
        unimplemented!()
    }

    /// Validates the header of a file that is part of the program; `name` stands for its path.
    ///
    /// # Errors
    /// As [`Gguf::open`].
    pub fn from_static(name: &str, bytes: &'static [u8]) -> Result<Self, ModelError> {
        let _ = (name, bytes);
        unimplemented!()
    }

    /// The keys and values of the header.
    pub fn metadata(&self) -> &Metadata {
        &self.inner.metadata
    }

    /// The tensors in the order of the file.
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.inner.tensors
    }

    /// The tensor called `name`.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.inner.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// The bytes of `tensor`, which must be one of this file's; empty when it is not.
    pub fn data(&self, tensor: &TensorInfo) -> &[u8] {
        let end = tensor.start.saturating_add(tensor.size_bytes);
        self.inner.bytes.get(tensor.start..end).unwrap_or_default()
    }

    /// What is odd about the file without making it unusable.
    pub fn warnings(&self) -> &[String] {
        &self.inner.warnings
    }
}
