//! The tensors of a checkpoint of either format, as their headers describe them.

use std::borrow::Cow;

use crate::gguf::TensorKind;
use crate::kernels::native::Native;
use crate::quantize::Quantize;
use crate::weights::Source;

/// What is known of a tensor that is not loaded.
pub(super) struct Tensor<'a> {
    name: &'a str,
    /// Its type, if there is a name for it here.
    pub(super) kind: Option<TensorKind>,
    /// Its type as the file calls it.
    pub(super) kind_name: Cow<'a, str>,
    /// Whether it has rows and columns.
    pub(super) is_matrix: bool,
    columns: usize,
    /// Its bytes in the file.
    pub(super) size_bytes: u64,
    /// How many weights it holds.
    pub(super) elements: u64,
}

/// Every tensor.
pub(super) fn of(source: &Source) -> Box<dyn Iterator<Item = Tensor<'_>> + '_> {
    match source {
        Source::Gguf(gguf) => Box::new(gguf.tensors().iter().map(|it| Tensor {
            name: &it.name,
            kind: Some(it.kind),
            kind_name: it.kind.name().into(),
            is_matrix: it.shape.len() > 1,
            columns: it.shape.last().copied().unwrap_or(1),
            size_bytes: it.size_bytes as u64,
            elements: it.elements(),
        })),
        Source::Safetensors(files) => Box::new(files.entries().map(|(name, it)| Tensor {
            name,
            kind: it.kind(),
            kind_name: it.kind_name().into(),
            is_matrix: it.shape.len() > 1,
            columns: it.shape.last().copied().unwrap_or(1),
            size_bytes: it.size_bytes() as u64,
            elements: it.elements(),
        })),
    }
}

/// An estimate of the memory that the weights take once they are loaded on a CPU, in bytes.
pub(super) fn memory_bytes(source: &Source, quantize: Option<Quantize>) -> u64 {
    of(source).map(|tensor| tensor.memory_bytes(quantize)).sum()
}

impl Tensor<'_> {
    fn memory_bytes(&self, quantize: Option<Quantize>) -> u64 {
        let Some(kind) = self.kind else {
            return self.size_bytes;
        };
        let to = match quantize.filter(|_| self.is_matrix) {
            Some(quantize) => quantize.kind_of(self.name, kind, self.columns),
            None => kind.kept_as().unwrap_or(kind),
        };
        let stays = self.is_matrix && Some(to) == kind.kept_as() && Native::has(kind);
        let kept = if stays { kind } else { to };
        let bytes = self.elements * kept.block_bytes() as u64 / kept.block_len() as u64;
        bytes * 21 / 20 // rows are made up to whole panels, and small scales to whole bytes
    }
}
