//! One tensor of either format, and the checks it passes before the tensor library sees it.

use std::borrow::Cow;
use std::path::Path;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};

use super::aligned::aligned;
use super::fp8::Scales;
use super::rewrite::{Rewrite, RewriteError};
use crate::error::ModelError;
use crate::gguf::TensorKind;
use crate::mapping::Bytes;

/// One tensor of either format.
pub(super) struct View<'a> {
    pub(super) name: &'a str,
    pub(super) shape: Cow<'a, [usize]>,
    pub(super) kind: Option<TensorKind>,
    pub(super) kind_name: Cow<'a, str>,
    pub(super) data: &'a [u8],
    pub(super) path: &'a Path,
    pub(super) file: &'a Bytes,
}

impl<'a> View<'a> {
    /// Compares its shape with the one it should have.
    pub(super) fn check_shape(&self, shape: &[usize]) -> Result<(), ModelError> {
        if *self.shape == *shape {
            return Ok(());
        }
        let reason = format!("has shape {:?}, should have {shape:?}", self.shape);
        Err(self.malformed(reason))
    }

    /// Its type, if weights of it can be computed with in some form.
    pub(super) fn computable(&self) -> Result<TensorKind, ModelError> {
        self.kind
            .filter(|kind| kind.kept_as().is_some())
            .ok_or_else(|| self.unsupported())
    }

    /// The part of a tensor (count, rows, columns) that is matrix `index` of `count`, an empty one for
    /// an index that there is not.
    pub(super) fn part(self, index: usize) -> View<'a> {
        let (count, shape) = match self.shape.split_first() {
            Some((&count, rest)) => (count.max(1), rest.to_vec()),
            None => (1, Vec::new()),
        };
        let len = self.data.len() / count;
        let data = self.data.get(index * len..(index + 1) * len);
        Self {
            shape: shape.into(),
            data: data.unwrap_or_default(),
            ..self
        }
    }

    /// Copies its elements into a tensor of `shape`, in f32 and on the processor.
    pub(super) fn values(&self, shape: &[usize]) -> Result<Tensor, ModelError> {
        let columns = shape.last().copied().unwrap_or(1);
        let rows = shape.iter().rev().skip(1).product::<usize>();
        let kind = self.computable()?;
        let to = kind.kept_as().ok_or_else(|| self.unsupported())?;
        let tensor = self.load(rows, columns, to, Scales::one(), &Device::Cpu)?;
        Ok(tensor.dequantize(&Device::Cpu)?.reshape(shape)?)
    }

    /// Copies the bytes into a matrix (rows, columns) of type `to`, which has as many elements as the
    /// view; `scales` are those of 8-bit floats.
    pub(super) fn load(
        &self,
        rows: usize,
        columns: usize,
        to: TensorKind,
        scales: Scales,
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let kind = self.computable()?;
        let to = to.ggml().ok_or_else(|| self.unsupported())?;
        self.check_byte_count(kind, columns)?;
        // A mapped file that became shorter ends the process when it is read.
        self.file.check_unchanged()?;
        let storage = match kind.ggml() {
            Some(dtype) if dtype == to || is_dense(kind, to) => {
                let data = aligned(self.data);
                QStorage::from_data(Cow::Borrowed(data.as_slice()), device, dtype)?
            }
            Some(_) | None => {
                let data = self.data;
                let rewrite = Rewrite {
                    kind,
                    data,
                    columns,
                    scales,
                    to,
                };
                let bytes = rewrite.run().map_err(|error| self.not_rewritten(error))?;
                let bytes = aligned(&bytes);
                QStorage::from_data(Cow::Borrowed(bytes.as_slice()), device, to)?
            }
        };
        self.file.check_unchanged()?;
        Ok(QTensor::new(storage, (rows, columns))?)
    }

    /// An error about this tensor.
    pub(super) fn malformed(&self, reason: String) -> ModelError {
        ModelError::malformed(self.path, self.name, reason)
    }

    fn unsupported(&self) -> ModelError {
        ModelError::UnsupportedTensorType {
            tensor: self.name.to_owned(),
            kind: self.kind_name.to_string(),
        }
    }

    /// Turns the reason why there is no other type for this tensor into an error about it.
    pub(super) fn not_rewritten(&self, error: RewriteError) -> ModelError {
        match error {
            RewriteError::Scale => self.malformed("has a scale that is out of range".to_owned()),
            RewriteError::Tensor(error) => error.into(),
        }
    }

    fn check_byte_count(&self, kind: TensorKind, columns: usize) -> Result<(), ModelError> {
        let (block_len, block_bytes) = (kind.block_len(), kind.block_bytes());
        let elements = self
            .shape
            .iter()
            .try_fold(1usize, |all, &len| all.checked_mul(len));
        let expected = elements
            .filter(|elements| elements.is_multiple_of(block_len))
            .and_then(|elements| (elements / block_len).checked_mul(block_bytes));
        if expected == Some(self.data.len()) && columns > 0 && columns.is_multiple_of(block_len) {
            return Ok(());
        }
        let reason = format!("has {} bytes for shape {:?}", self.data.len(), self.shape);
        Err(self.malformed(reason))
    }
}

/// Whether `kind` is one of the types that the layers themselves widen to f32.
fn is_dense(kind: TensorKind, to: GgmlDType) -> bool {
    to == GgmlDType::F32 && kind.kept_as() == Some(TensorKind::F32)
}
