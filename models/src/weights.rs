//! One view of the weights over both file formats.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};

use crate::error::ModelError;
use crate::gguf::{Gguf, TensorKind};
use crate::mapping::Bytes;
use crate::safetensors::Safetensors;

/// What the tensor library's blocks are aligned to at most, in bytes.
const ALIGNMENT: usize = 16;

/// The weights of a checkpoint by canonical name. Shape, alignment and byte count are compared before
/// the tensor library sees them, because it trusts them; a clone shares the file.
///
/// Everything handed out is a copy, so that a file cut short later does no harm.
#[derive(Debug, Clone)]
pub struct Weights {
    source: Source,
}

/// The files that hold the weights.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Gguf(Gguf),
    Safetensors(Safetensors),
}

/// One tensor of either format, or rows of it.
struct View<'a> {
    name: &'a str,
    shape: &'a [usize],
    kind: Option<TensorKind>,
    kind_name: Cow<'a, str>,
    data: &'a [u8],
    path: &'a Path,
    file: &'a Bytes,
}

impl Weights {
    pub(crate) fn new(source: Source) -> Self {
        Self { source }
    }

    /// Whether the checkpoint has the tensor `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.view(name).is_ok()
    }

    /// The size in bytes of the tensor `name` in the file, 0 when there is none.
    pub fn size_bytes(&self, name: &str) -> u64 {
        self.view(name).map_or(0, |view| view.data.len() as u64)
    }

    /// How many dimensions the tensor `name` has; none when there is no such tensor.
    pub(crate) fn dimensions(&self, name: &str) -> Option<usize> {
        self.view(name).ok().map(|view| view.shape.len())
    }

    /// Reads the vector `name`: (len,) in f32.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], [`ModelError::UnsupportedTensorType`], [`ModelError::Changed`],
    /// and [`ModelError::Malformed`] when its shape is another.
    pub fn vector(&self, name: &str, len: usize, device: &Device) -> Result<Tensor, ModelError> {
        let view = self.view(name)?;
        view.check_shape(&[len])?;
        let tensor = view
            .load(&[1, len], &Device::Cpu)?
            .dequantize(&Device::Cpu)?;
        Ok(tensor.reshape(len)?.to_device(device)?)
    }

    /// Reads the matrix `name`: (rows, columns) in the type of the file. The tensor library multiplies
    /// with F32, F16 and BF16 matrices only after making them f32.
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
        let view = self.view(name)?;
        view.check_shape(&[rows, columns])?;
        view.load(&[rows, columns], device)
    }

    /// Reads `rows` of the tensor `name` of `shape`, all its dimensions but the last taken as rows:
    /// one expert of a stack, one part of a fused matrix. As [`Weights::matrix`] otherwise.
    ///
    /// # Errors
    /// As [`Weights::vector`]; [`ModelError::Malformed`] when there are fewer rows.
    pub fn matrix_rows(
        &self,
        name: &str,
        shape: &[usize],
        rows: Range<usize>,
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let view = self.view(name)?;
        view.check_shape(shape)?;
        view.check_byte_count(view.ggml()?)?;
        let columns = shape.last().copied().unwrap_or(0);
        let part_shape = [rows.len(), columns];
        let part = View {
            shape: &part_shape,
            data: view.row_bytes(rows)?,
            ..view
        };
        part.load(&part_shape, device)
    }

    /// Checks that the tensor `name` exists with this shape and a type that can be computed with,
    /// without reading it.
    ///
    /// # Errors
    /// As [`Weights::vector`].
    pub(crate) fn check(&self, name: &str, shape: &[usize]) -> Result<(), ModelError> {
        let view = self.view(name)?;
        view.check_shape(shape)?;
        view.ggml().map(|_| ())
    }

    /// Fails when a file is no longer what was opened; every read does the same for its own file.
    ///
    /// # Errors
    /// [`ModelError::Changed`].
    pub fn check_unchanged(&self) -> Result<(), ModelError> {
        match &self.source {
            Source::Gguf(gguf) => gguf.bytes().check_unchanged(),
            Source::Safetensors(files) => files
                .files()
                .try_for_each(|(_, bytes)| bytes.check_unchanged()),
        }
    }

    /// The files that hold the weights.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    fn view<'a>(&'a self, name: &'a str) -> Result<View<'a>, ModelError> {
        let view = match &self.source {
            Source::Gguf(gguf) => gguf.tensor(name).map(|tensor| View {
                name,
                shape: &tensor.shape,
                kind: Some(tensor.kind),
                kind_name: tensor.kind.name().into(),
                data: gguf.data(tensor),
                path: gguf.metadata().path(),
                file: gguf.bytes(),
            }),
            Source::Safetensors(files) => files.entry(name).and_then(|entry| {
                let (path, file) = files.file_of(entry)?;
                Some(View {
                    name,
                    shape: &entry.shape,
                    kind: entry.kind(),
                    kind_name: entry.kind_name().into(),
                    data: files.data(entry),
                    path,
                    file,
                })
            }),
        };
        view.ok_or_else(|| ModelError::MissingTensor {
            name: name.to_owned(),
        })
    }
}

impl<'a> View<'a> {
    fn check_shape(&self, shape: &[usize]) -> Result<(), ModelError> {
        if self.shape == shape {
            return Ok(());
        }
        let reason = format!("has shape {:?}, should have {shape:?}", self.shape);
        Err(ModelError::malformed(self.path, self.name, reason))
    }

    fn ggml(&self) -> Result<GgmlDType, ModelError> {
        self.kind
            .and_then(TensorKind::ggml)
            .ok_or_else(|| ModelError::UnsupportedTensorType {
                tensor: self.name.to_owned(),
                kind: self.kind_name.to_string(),
            })
    }

    /// Copies the bytes into a tensor of `shape`, which has as many elements as the view's own.
    fn load(&self, shape: &[usize], device: &Device) -> Result<QTensor, ModelError> {
        let ggml = self.ggml()?;
        self.check_byte_count(ggml)?;
        // A mapped file that became shorter ends the process when it is read.
        self.file.check_unchanged()?;
        let data = aligned(self.data);
        let storage = QStorage::from_data(Cow::Borrowed(data.as_slice()), device, ggml)?;
        self.file.check_unchanged()?;
        Ok(QTensor::new(storage, shape)?)
    }

    /// The bytes of `rows`, all dimensions but the last taken as rows. The byte count was checked, so
    /// every row is a whole number of blocks.
    fn row_bytes(&self, rows: Range<usize>) -> Result<&'a [u8], ModelError> {
        let all: usize = self.shape.iter().rev().skip(1).product();
        let row_bytes = self.data.len().checked_div(all).unwrap_or(0);
        let part = rows.start.checked_mul(row_bytes)..rows.end.checked_mul(row_bytes);
        let part = part.start.zip(part.end).map(|(start, end)| start..end);
        part.and_then(|part| self.data.get(part)).ok_or_else(|| {
            let reason = format!("has {all} rows, should have {}", rows.end);
            ModelError::malformed(self.path, self.name, reason)
        })
    }

    fn check_byte_count(&self, ggml: GgmlDType) -> Result<(), ModelError> {
        let elements = self
            .shape
            .iter()
            .try_fold(1usize, |all, &len| all.checked_mul(len));
        let expected = elements
            .filter(|elements| elements.is_multiple_of(ggml.block_size()))
            .and_then(|elements| (elements / ggml.block_size()).checked_mul(ggml.type_size()));
        let columns = self.shape.last().copied().unwrap_or(0);
        if expected == Some(self.data.len()) && columns.is_multiple_of(ggml.block_size()) {
            return Ok(());
        }
        let reason = format!("has {} bytes for shape {:?}", self.data.len(), self.shape);
        Err(ModelError::malformed(self.path, self.name, reason))
    }
}

/// Bytes that start at a multiple of [`ALIGNMENT`].
enum Aligned<'a> {
    InPlace(&'a [u8]),
    Copied {
        buffer: Vec<u8>,
        start: usize,
        len: usize,
    },
}

impl Aligned<'_> {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::InPlace(bytes) => bytes,
            Self::Copied { buffer, start, len } => &buffer[*start..start + len],
        }
    }
}

/// The bytes themselves where they are aligned, else a copy that is.
fn aligned(bytes: &[u8]) -> Aligned<'_> {
    if bytes.as_ptr().addr().is_multiple_of(ALIGNMENT) {
        return Aligned::InPlace(bytes);
    }
    let mut buffer = vec![0; bytes.len() + ALIGNMENT];
    let past = buffer.as_ptr().addr() % ALIGNMENT;
    let start = if past == 0 { 0 } else { ALIGNMENT - past };
    buffer[start..start + bytes.len()].copy_from_slice(bytes);
    Aligned::Copied {
        buffer,
        start,
        len: bytes.len(),
    }
}
