//! GGUF files: a header checked before anything believes it, and the bytes of tensors.
//!
//! Knows the container only: what the keys mean is `config`'s business.

mod cursor;
mod header;
mod metadata;
mod tensor;
mod tensor_kind;
#[cfg(test)]
mod tests;
mod texts;
mod value;

use std::path::Path;
use std::sync::Arc;

use crate::error::ModelError;
use crate::mapping::Bytes;
pub use metadata::Metadata;
pub use tensor::TensorInfo;
pub use tensor_kind::TensorKind;
pub use texts::{StringList, TextList};
pub use value::{MetadataValue, NumberList};

/// An open GGUF file whose header has been validated; a clone shares it.
#[derive(Debug, Clone)]
pub struct Gguf {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    bytes: Bytes,
    header: header::Header,
}

impl Gguf {
    /// Maps the file at `path` and validates its header.
    ///
    /// # Errors
    /// [`ModelError::Io`], [`ModelError::NotACheckpoint`], [`ModelError::Truncated`] and
    /// [`ModelError::Malformed`], naming the key or tensor and the byte.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        Self::new(path, Bytes::map(path)?)
    }

    /// Validates the header of a file that is part of the program; `name` stands for its path.
    ///
    /// # Errors
    /// As [`Gguf::open`].
    pub fn from_static(name: &str, bytes: &'static [u8]) -> Result<Self, ModelError> {
        Self::new(Path::new(name), Bytes::Static(bytes))
    }

    /// Validates the header of a file that was read into memory; `name` stands for its path.
    ///
    /// # Errors
    /// As [`Gguf::open`].
    pub(crate) fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        Self::new(Path::new(name), Bytes::Owned(bytes.into()))
    }

    fn new(path: &Path, bytes: Bytes) -> Result<Self, ModelError> {
        let header = header::parse(path, &bytes)?;
        Ok(Self {
            inner: Arc::new(Inner { bytes, header }),
        })
    }

    /// The keys and values of the header.
    pub fn metadata(&self) -> &Metadata {
        &self.inner.header.metadata
    }

    /// The tensors in the order of the file.
    pub fn tensors(&self) -> &[TensorInfo] {
        self.inner.header.tensors.as_slice()
    }

    /// The tensor called `name`.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.inner.header.tensors.get(name)
    }

    /// The bytes of `tensor`, which must be one of this file's; empty when it is not.
    pub fn data(&self, tensor: &TensorInfo) -> &[u8] {
        let end = tensor.start.saturating_add(tensor.size_bytes);
        self.inner.bytes.get(tensor.start..end).unwrap_or_default()
    }

    /// What is odd about the file without making it unusable.
    pub fn warnings(&self) -> &[String] {
        &self.inner.header.warnings
    }

    /// The length of the file in bytes.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.inner.bytes.len() as u64
    }

    /// The file's bytes.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.inner.bytes
    }
}
