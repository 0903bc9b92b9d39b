//! One view of the weights over both file formats.

use candle_core::quantized::QTensor;
use candle_core::{Device, Tensor};

use crate::error::ModelError;
use crate::gguf::Gguf;

/// The weights of a checkpoint by canonical name. Shape, alignment and byte count are compared before
/// the tensor library sees them; a clone shares the file.
#[derive(Debug, Clone)]
pub struct Weights {
    gguf: Gguf,
}

impl Weights {
    /// Whether the checkpoint has the tensor `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.gguf.tensor(name).is_some()
    }

    /// The size in bytes of the tensor `name` in the file, 0 when there is none.
    pub fn size_bytes(&self, name: &str) -> u64 {
        self.gguf
            .tensor(name)
            .map_or(0, |tensor| tensor.size_bytes as u64)
    }

    /// Reads the vector `name`: (len,) in f32.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], [`ModelError::UnsupportedTensorType`], and
    /// [`ModelError::Malformed`] when its shape is another.
    pub fn vector(&self, name: &str, len: usize, device: &Device) -> Result<Tensor, ModelError> {
        let _ = (name, len, device);
        unimplemented!()
    }

    /// Reads the matrix `name`: (rows, columns) in the type of the file.
    ///
    /// # Errors
    /// As [`Weights::vector`].
    pub fn matrix(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let _ = (name, rows, columns, device);
        unimplemented!()
    }

    /// Fails when a file is no longer what was opened; to be called when everything is loaded.
    ///
    /// # Errors
    /// [`ModelError::Changed`].
    pub fn check_unchanged(&self) -> Result<(), ModelError> {
        unimplemented!()
    }
}
