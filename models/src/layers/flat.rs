//! The elements of a tensor on the processor, without a copy where they lie in order.

use candle_core::{Result, Storage, Tensor};

/// Calls `work` with the elements of `x`, which is made f32 and contiguous if it is not.
pub(crate) fn with<T>(x: &Tensor, work: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let x = x.to_dtype(candle_core::DType::F32)?.contiguous()?;
    let (storage, layout) = x.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => {
            let all = storage.as_slice::<f32>()?;
            let start = layout.start_offset();
            Ok(work(&all[start..start + layout.shape().elem_count()]))
        }
        Storage::Cuda(_) | Storage::Metal(_) => {
            candle_core::bail!("a tensor of an accelerator among those of the processor")
        }
    }
}
