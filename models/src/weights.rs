//! One view of the weights over both file formats.

mod aligned;
mod fp8;
mod mxfp4;
mod repack;
mod rewrite;
#[cfg(test)]
mod tests;
mod view;

use std::ops::Range;

use candle_core::quantized::QTensor;
use candle_core::{Device, Tensor};

use crate::error::ModelError;
use crate::gguf::{Gguf, TensorKind};
use crate::kernels::native::Native;
use crate::quantize::Quantize;
use crate::safetensors::Safetensors;
use fp8::Scales;
use view::View;

/// What the scales of 8-bit floats are called, behind the name of the layer.
const SCALES: [&str; 2] = ["weight_scale_inv", "weight_scale"];

/// The weights of a checkpoint by canonical name. Shape, alignment and byte count are compared before
/// the tensor library sees them, because it trusts them; a clone shares the file.
///
/// Everything handed out is a copy, so that a file cut short later does no harm.
#[derive(Debug, Clone)]
pub struct Weights {
    source: Source,
    quantize: Option<Quantize>,
}

/// The files that hold the weights.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Gguf(Gguf),
    Safetensors(Safetensors),
}

impl Weights {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            quantize: None,
        }
    }

    /// Makes matrices smaller when they are read, as `quantize` says; `None` leaves them as they are.
    #[must_use]
    pub fn quantized(mut self, quantize: Option<Quantize>) -> Self {
        self.quantize = quantize;
        self
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
        Ok(view.values()?.reshape(len)?.to_device(device)?)
    }

    /// Reads the matrix `name`: (rows, columns) in the type of the file, or in the one that takes its
    /// place: where the tensor library has no kernels for it ([`TensorKind::kept_as`]), and where the
    /// weights are to be [`Weights::quantized`]. The library multiplies with F32, F16 and BF16 matrices
    /// only after making them f32.
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
        self.matrix_rows(name, &[rows, columns], 0..rows, device)
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
        let kind = view.computable()?;
        let columns = shape.last().copied().unwrap_or(0);
        let to = match self.quantize {
            Some(quantize) => quantize.kind_of(name, kind, columns),
            None => kind.kept_as().unwrap_or(kind),
        };
        let scales = if kind == TensorKind::F8E4M3 {
            let all = shape.iter().rev().skip(1).product();
            self.scales(name, all, columns)?.behind(rows.start)
        } else {
            Scales::one()
        };
        view.rows(rows)?.load(to, scales, device)
    }

    /// As [`Weights::matrix_rows`] on the processor, in the order of our kernels; `None` where they have
    /// none for the type.
    ///
    /// # Errors
    /// As [`Weights::matrix_rows`].
    pub(crate) fn native_rows(
        &self,
        name: &str,
        shape: &[usize],
        rows: Range<usize>,
    ) -> Result<Option<Native>, ModelError> {
        let view = self.view(name)?;
        view.check_shape(shape)?;
        let kind = view.computable()?;
        let columns = shape.last().copied().unwrap_or(0);
        let quantized = self.quantize.map(|it| it.kind_of(name, kind, columns));
        let stays = quantized.is_none_or(|to| to == kind || Some(to) == kind.kept_as());
        if stays && Native::has(kind) {
            view.rows(rows)?.native(kind).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads `rows` of MXFP4 weights as Hugging Face stores them, in two tensors of bytes: `codes`
    /// (…, rows, columns / 32, 16) and `scales` (…, rows, columns / 32), `shape` being (…, rows,
    /// columns). All dimensions but the last are taken as rows.
    ///
    /// # Errors
    /// As [`Weights::matrix_rows`].
    pub fn mxfp4_rows(
        &self,
        codes: &str,
        scales: &str,
        shape: &[usize],
        rows: Range<usize>,
        device: &Device,
    ) -> Result<QTensor, ModelError> {
        let (columns, outer) = shape
            .split_last()
            .map_or((0, shape), |(it, rest)| (*it, rest));
        let (codes, scales) = (self.view(codes)?, self.view(scales)?);
        mxfp4::load(&codes, &scales, outer, columns, rows, device)
    }

    /// As [`Weights::mxfp4_rows`], every second row from the first on and every second from the second
    /// on apart.
    ///
    /// # Errors
    /// As [`Weights::matrix_rows`].
    pub(crate) fn mxfp4_halves(
        &self,
        codes: &str,
        scales: &str,
        shape: &[usize],
        rows: Range<usize>,
        device: &Device,
    ) -> Result<[QTensor; 2], ModelError> {
        let both = self.mxfp4_rows(codes, scales, shape, rows, &Device::Cpu)?;
        Ok(view::every_second_row(&both, device)?)
    }

    /// Checks that codes and scales for weights of `shape` exist, as [`Weights::mxfp4_rows`] reads them.
    ///
    /// # Errors
    /// As [`Weights::vector`].
    pub(crate) fn check_mxfp4(
        &self,
        codes: &str,
        scales: &str,
        shape: &[usize],
    ) -> Result<(), ModelError> {
        mxfp4::check(&self.view(codes)?, &self.view(scales)?, shape)
    }

    /// Reads the tensor that the file itself calls `name`, in f32; its shape is compared with `shape`
    /// where one is given.
    ///
    /// # Errors
    /// As [`Weights::vector`].
    pub(crate) fn stored(
        &self,
        name: &str,
        shape: Option<&[usize]>,
        device: &Device,
    ) -> Result<Tensor, ModelError> {
        let key = self.key(name);
        let view = self.view(&key)?;
        if let Some(shape) = shape {
            view.check_shape(shape)?;
        }
        if view.kind == Some(TensorKind::F8E4M3) {
            return Err(view.unsupported()); // its scales have names of their own
        }
        let shape = view.shape.to_vec();
        Ok(view.values()?.reshape(shape)?.to_device(device)?)
    }

    /// Whether there is a tensor that the file itself calls `name`.
    pub(crate) fn contains_stored(&self, name: &str) -> bool {
        self.contains(&self.key(name))
    }

    /// The canonical name of what the file calls `name`.
    fn key(&self, name: &str) -> String {
        match &self.source {
            Source::Gguf(_) => name.to_owned(),
            Source::Safetensors(files) => files.key(name),
        }
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

    /// The scales of the 8-bit floats called `name`; 1 where the checkpoint has none.
    fn scales(&self, name: &str, rows: usize, columns: usize) -> Result<Scales, ModelError> {
        let part = name.strip_suffix("weight").unwrap_or(name);
        let names = SCALES.map(|scale| format!("{part}{scale}"));
        let Some(name) = names.iter().find(|name| self.contains(name)) else {
            return Ok(Scales::one());
        };
        let view = self.view(name)?;
        let values = self.view(name)?.values()?.to_vec1()?;
        Scales::new(values, &view.shape, rows, columns).ok_or_else(|| {
            let reason = format!(
                "has shape {:?}, which does not cover ({rows}, {columns})",
                view.shape
            );
            view.malformed(reason)
        })
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
