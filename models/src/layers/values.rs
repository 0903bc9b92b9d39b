//! The numbers of tensors, where kernels of the processor read them.

use std::ops::Deref;

use candle_core::{CpuStorage, DType, Error, Layout, Result, Storage, Tensor};

use crate::kernels::attention::Rows;

/// A tensor in f32 on the processor while it is read.
pub(crate) struct Read<'a, S> {
    storage: S,
    layout: &'a Layout,
}

/// Opens `tensor` to read it.
pub(crate) fn read(tensor: &Tensor) -> Read<'_, impl Deref<Target = Storage>> {
    let (storage, layout) = tensor.storage_and_layout();
    Read { storage, layout }
}

impl<S: Deref<Target = Storage>> Read<'_, S> {
    /// The rows of a matrix; they may be parts of wider ones.
    pub(crate) fn rows(&self) -> Result<Rows<'_>> {
        let (rows, columns) = self.layout.shape().dims2()?;
        match self.layout.stride() {
            [step, 1] => {
                let first = self.layout.start_offset();
                let len = rows.saturating_sub(1) * step + columns;
                Ok(Rows {
                    data: &self.all()?[first..first + len],
                    step: *step,
                })
            }
            _ => Err(Error::Msg(
                "elements of rows do not follow each other".to_owned(),
            )),
        }
    }

    fn all(&self) -> Result<&[f32]> {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(all)) => Ok(all),
            other => Err(Error::UnexpectedDType {
                msg: "kernels of the processor compute in f32",
                expected: DType::F32,
                got: other.dtype(),
            }),
        }
    }
}
