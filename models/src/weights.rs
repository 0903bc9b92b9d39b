//! One view of the weights over both file formats.

mod aligned;
mod fp8;
mod repack;
mod rewrite;
#[cfg(test)]
mod tests;
mod view;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};

use crate::error::ModelError;
use crate::gguf::{Gguf, TensorKind};
use crate::quantize::Quantize;
use crate::safetensors::Safetensors;
use aligned::aligned;
use fp8::Scales;
use view::View;

/// What the scales of 8-bit floats are called, behind the name of the layer.
const SCALES: [&str; 2] = ["weight_scale_inv", "weight_scale"];
/// The elements that share a scale in MXFP4.
const MXFP4_COLUMNS: usize = 32;
/// The rows of MXFP4 that a thread rewrites at once.
const MXFP4_ROWS: usize = 64;

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

    /// Reads the vector `name`: (len,) in f32.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], [`ModelError::UnsupportedTensorType`], [`ModelError::Changed`],
    /// and [`ModelError::Malformed`] when its shape is another.
    pub fn vector(&self, name: &str, len: usize, device: &Device) -> Result<Tensor, ModelError> {
        let view = self.view(name)?;
        view.check_shape(&[len])?;
        let tensor = view.values(&[1, len])?;
        Ok(tensor.reshape(len)?.to_device(device)?)
    }

    /// Reads the matrix `name`: (rows, columns) in the type of the file, or in the one that takes its
    /// place where the tensor library has no kernels for it. The library multiplies with F32, F16 and
    /// BF16 matrices only after making them f32.
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
        self.matrix_as(name, rows, columns, None, device)
    }

    /// Reads the matrix `name`: (rows, columns), made smaller as `quantize` says.
    ///
    /// # Errors
    /// As [`Weights::vector`].
    pub fn matrix_as(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
        quantize: Option<Quantize>,
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let view = self.view(name)?;
        view.check_shape(&[rows, columns])?;
        self.load(&view, rows, columns, quantize, device)
    }

    /// Reads matrix `index` of the tensor `name` (count, rows, columns), such as one expert's.
    ///
    /// # Errors
    /// As [`Weights::vector`].
    pub fn matrix_of(
        &self,
        name: &str,
        index: usize,
        shape: [usize; 3],
        quantize: Option<Quantize>,
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let [_, rows, columns] = shape;
        let view = self.view(name)?;
        view.check_shape(&shape)?;
        self.load(&view.part(index), rows, columns, quantize, device)
    }

    /// Reads matrix `index` of MXFP4 weights as Hugging Face stores them, in two tensors: `codes`
    /// (count, rows, columns / 32, 16) and `scales` (count, rows, columns / 32), both bytes.
    ///
    /// # Errors
    /// As [`Weights::vector`].
    pub fn mxfp4_matrix_of(
        &self,
        codes: &str,
        scales: &str,
        index: usize,
        shape: [usize; 3],
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let [count, rows, columns] = shape;
        let blocks = columns / MXFP4_COLUMNS;
        let codes = self.bytes(codes, &[count, rows, blocks, MXFP4_COLUMNS / 2])?;
        let scales = self.bytes(scales, &[count, rows, blocks])?;
        let (codes, scales) = (codes.part(index), scales.part(index));
        let rewritten = rewrite::in_parallel(rows, MXFP4_ROWS, |part| {
            let of = |data: &[u8], row_bytes: usize| {
                let range = part.start * row_bytes..part.end * row_bytes;
                data.get(range).unwrap_or_default().to_vec()
            };
            let mut out = Vec::with_capacity(repack::q8_0_bytes(part.len() * columns));
            repack::mxfp4_pairs(
                &of(codes.data, columns / 2),
                &of(scales.data, blocks),
                &mut out,
            )?;
            Ok(out)
        });
        let rewritten = rewritten.map_err(|error| scales.not_rewritten(error))?;
        codes.file.check_unchanged()?;
        if rewritten.len() != repack::q8_0_bytes(rows * columns) {
            let reason = format!("has {} bytes for shape {shape:?}", codes.data.len());
            return Err(codes.malformed(reason));
        }
        let bytes = aligned(&rewritten);
        let storage = QStorage::from_data(bytes.as_slice().into(), device, GgmlDType::Q8_0)?;
        Ok(QTensor::new(storage, (rows, columns))?)
    }

    /// Checks that the tensor `name` exists with this shape and a type that can be computed with,
    /// without reading it.
    ///
    /// # Errors
    /// As [`Weights::vector`].
    pub(crate) fn check(&self, name: &str, shape: &[usize]) -> Result<(), ModelError> {
        let view = self.view(name)?;
        view.check_shape(shape)?;
        view.computable().map(|_| ())
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

    fn load(
        &self,
        view: &View<'_>,
        rows: usize,
        columns: usize,
        quantize: Option<Quantize>,
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let kind = view.computable()?;
        let to = match quantize {
            Some(quantize) => quantize.kind_of(view.name, kind, columns),
            None => kind.kept_as().unwrap_or(kind),
        };
        let scales = if kind == TensorKind::F8E4M3 {
            self.scales(view.name, rows, columns)?
        } else {
            Scales::one()
        };
        view.load(rows, columns, to, scales, device)
    }

    /// The scales of the 8-bit floats called `name`; 1 where the checkpoint has none.
    fn scales(&self, name: &str, rows: usize, columns: usize) -> Result<Scales, ModelError> {
        let part = name.strip_suffix("weight").unwrap_or(name);
        let names = SCALES.map(|scale| format!("{part}{scale}"));
        let Some(name) = names.iter().find(|name| self.contains(name)) else {
            return Ok(Scales::one());
        };
        let view = self.view(name)?;
        let count = view.shape.iter().product();
        let values = view.values(&[1, count])?.flatten_all()?.to_vec1()?;
        Scales::new(values, &view.shape, rows, columns).ok_or_else(|| {
            let reason = format!(
                "has shape {:?}, which does not cover ({rows}, {columns})",
                view.shape
            );
            view.malformed(reason)
        })
    }

    /// A tensor of bytes of a safetensors file.
    fn bytes<'a>(&'a self, name: &'a str, shape: &[usize]) -> Result<View<'a>, ModelError> {
        let view = self.view(name)?;
        view.check_shape(shape)?;
        if view.kind_name != "U8" {
            return Err(ModelError::UnsupportedTensorType {
                tensor: name.to_owned(),
                kind: view.kind_name.to_string(),
            });
        }
        view.file.check_unchanged()?;
        Ok(view)
    }

    fn view<'a>(&'a self, name: &'a str) -> Result<View<'a>, ModelError> {
        let view = match &self.source {
            Source::Gguf(gguf) => gguf.tensor(name).map(|tensor| View {
                name,
                shape: tensor.shape.as_slice().into(),
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
                    shape: entry.shape.as_slice().into(),
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
