//! One tensor of either format, and the checks it passes before the tensor library sees it.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};

use super::aligned::aligned;
use super::fp8::Scales;
use super::rewrite::{Rewrite, RewriteError};
use crate::error::ModelError;
use crate::gguf::TensorKind;
use crate::kernels::native::Native;
use crate::mapping::Bytes;

/// One tensor of either format, or rows of it.
pub(super) struct View<'a> {
    pub(super) name: &'a str,
    pub(super) shape: Cow<'a, [usize]>,
    pub(super) kind: Option<TensorKind>,
    pub(super) kind_name: Cow<'a, str>,
    pub(super) data: &'a [u8],
    pub(super) path: &'a Path,
    pub(super) file: &'a Bytes,
}

impl View<'_> {
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

    /// Its rows `rows`, all dimensions but the last taken as rows.
    pub(super) fn rows(self, rows: Range<usize>) -> Result<Self, ModelError> {
        self.check_byte_count()?;
        let (columns, outer) = self
            .shape
            .split_last()
            .map_or((1, [].as_slice()), |(it, rest)| (*it, rest));
        let all: usize = outer.iter().product();
        let row_bytes = self.data.len().checked_div(all).unwrap_or(0);
        let part = rows.start.checked_mul(row_bytes)..rows.end.checked_mul(row_bytes);
        let part = part.start.zip(part.end).map(|(start, end)| start..end);
        let Some(data) = part.and_then(|part| self.data.get(part)) else {
            return Err(self.malformed(format!("has {all} rows, should have {}", rows.end)));
        };
        Ok(Self {
            shape: vec![rows.len(), columns].into(),
            data,
            ..self
        })
    }

    /// Copies its elements into a vector in f32 on the processor.
    pub(super) fn values(self) -> Result<Tensor, ModelError> {
        let kind = self.computable()?;
        self.check_byte_count()?;
        let count = self.shape.iter().product::<usize>();
        let row = Self {
            shape: vec![1, count].into(),
            ..self
        };
        let to = kind.kept_as().unwrap_or(kind);
        let tensor = row.load(to, Scales::one(), &Device::Cpu)?;
        Ok(tensor.dequantize(&Device::Cpu)?.flatten_all()?)
    }

    /// Copies the bytes of a matrix into one of type `to`; `scales` are those of 8-bit floats.
    pub(super) fn load(
        &self,
        to: TensorKind,
        scales: Scales,
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let kind = self.computable()?;
        let to = to.ggml().ok_or_else(|| self.unsupported())?;
        self.check_byte_count()?;
        // A mapped file that became shorter ends the process when it is read.
        self.file.check_unchanged()?;
        let columns = self.shape.last().copied().unwrap_or(0);
        let matrix = match kind.ggml() {
            Some(dtype) if dtype == to || is_dense(kind, to) => {
                matrix(self.data, dtype, &self.shape, device)
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
                matrix(&bytes, to, &self.shape, device)
            }
        };
        self.file.check_unchanged()?;
        Ok(matrix?)
    }

    /// Copies the bytes of a matrix into the order of our kernels.
    pub(super) fn native(&self, kind: TensorKind) -> Result<Native, ModelError> {
        self.check_byte_count()?;
        // A mapped file that became shorter ends the process when it is read.
        self.file.check_unchanged()?;
        let (columns, outer) = self.shape.split_last().unwrap_or((&0, &[]));
        let native = Native::new(kind, self.data, outer.iter().product(), *columns);
        let native = native.ok_or_else(|| self.malformed("is no matrix of its type".to_owned()))?;
        if native.is_out_of_range() {
            return Err(self.not_rewritten(RewriteError::Scale));
        }
        self.file.check_unchanged()?;
        Ok(native)
    }

    /// An error about this tensor.
    pub(super) fn malformed(&self, reason: String) -> ModelError {
        ModelError::malformed(self.path, self.name, reason)
    }

    /// The refusal of its type.
    pub(super) fn unsupported(&self) -> ModelError {
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

    fn check_byte_count(&self) -> Result<(), ModelError> {
        let kind = self.computable()?;
        let (block_len, block_bytes) = (kind.block_len(), kind.block_bytes());
        let columns = self.shape.last().copied().unwrap_or(1);
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

/// A tensor of `shape` from bytes that were compared with it.
pub(super) fn matrix(
    bytes: &[u8],
    dtype: GgmlDType,
    shape: &[usize],
    device: &Device,
) -> candle_core::Result<QTensor> {
    let bytes = aligned(bytes);
    let storage = QStorage::from_data(Cow::Borrowed(bytes.as_slice()), device, dtype)?;
    QTensor::new(storage, shape)
}

/// Every second row of `both` from the first on, and every second from the second on.
pub(super) fn every_second_row(
    both: &QTensor,
    device: &Device,
) -> candle_core::Result<[QTensor; 2]> {
    let (rows, columns) = both.shape().dims2()?;
    let data = both.data()?;
    let row_bytes = data.len() / rows.max(1);
    let half = |first: usize| {
        let rows_of = data.chunks_exact(row_bytes).skip(first).step_by(2);
        let bytes = rows_of.flatten().copied().collect::<Vec<u8>>();
        matrix(&bytes, both.dtype(), &[rows / 2, columns], device)
    };
    Ok([half(0)?, half(1)?])
}

/// Whether `kind` is one of the types that the layers themselves widen to f32.
fn is_dense(kind: TensorKind, to: GgmlDType) -> bool {
    to == GgmlDType::F32 && kind.kept_as() == Some(TensorKind::F32)
}
