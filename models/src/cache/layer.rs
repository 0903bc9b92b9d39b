//! The keys and values of one layer of one slot.

use candle_core::{DType, Device, Error, Result, Tensor};

use crate::kernels::attention::{KvMemory, RowShape};

/// Buffers of one layer.
#[derive(Debug)]
pub(super) enum Layer {
    /// On a processor, as its kernels read them.
    Rows(KvMemory),
    /// On a device.
    Tensors {
        /// (K, D, capacity): positions last, as q kᵀ reads them.
        keys: Tensor,
        /// (K, capacity, D).
        values: Tensor,
    },
}

impl Layer {
    /// Takes memory for `capacity` positions.
    pub(super) fn new(shape: RowShape, capacity: usize, device: &Device) -> Result<Self> {
        if device.is_cpu() {
            return Ok(Self::Rows(KvMemory::new(shape, capacity)));
        }
        let (kv_heads, head_dim) = (shape.kv_heads, shape.head_dim);
        Ok(Self::Tensors {
            keys: Tensor::zeros((kv_heads, head_dim, capacity), DType::F32, device)?,
            values: Tensor::zeros((kv_heads, capacity, head_dim), DType::F32, device)?,
        })
    }

    /// For how many positions there is memory.
    pub(super) fn capacity(&self) -> Result<usize> {
        match self {
            Self::Rows(memory) => Ok(memory.capacity()),
            Self::Tensors { values, .. } => values.dim(1),
        }
    }

    /// The memory it takes, in bytes.
    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Self::Rows(memory) => memory.size_bytes(),
            Self::Tensors { keys, values } => {
                (keys.elem_count() + values.elem_count()) * DType::F32.size_in_bytes()
            }
        }
    }

    /// Takes memory for `capacity` positions; the first `kept` stay.
    pub(super) fn grow(&mut self, kept: usize, capacity: usize) -> Result<()> {
        match self {
            Self::Rows(memory) => memory.grow(capacity),
            Self::Tensors { keys, values } => {
                let (kv_heads, _, head_dim) = values.dims3()?;
                let zeros = |shape| Tensor::zeros(shape, DType::F32, values.device());
                let more_keys = zeros((kv_heads, head_dim, capacity))?;
                let more_values = zeros((kv_heads, capacity, head_dim))?;
                if kept > 0 {
                    more_keys.slice_set(&keys.narrow(2, 0, kept)?.contiguous()?, 2, 0)?;
                    more_values.slice_set(&values.narrow(1, 0, kept)?.contiguous()?, 1, 0)?;
                }
                (*keys, *values) = (more_keys, more_values);
            }
        }
        Ok(())
    }

    /// A copy with memory for the first `len` positions only.
    pub(super) fn prefix(&self, len: usize) -> Result<Self> {
        match self {
            Self::Rows(memory) => Ok(Self::Rows(memory.prefix(len))),
            Self::Tensors { keys, values } => Ok(Self::Tensors {
                keys: keys.narrow(2, 0, len)?.force_contiguous()?,
                values: values.narrow(1, 0, len)?.force_contiguous()?,
            }),
        }
    }

    /// Writes keys (K, D, n) and values (K, n, D) from `start` on and returns all that is there then:
    /// (K, D, T) and (K, T, D), views of the buffers. Only on a device.
    pub(super) fn write(
        &mut self,
        start: usize,
        new_keys: &Tensor,
        new_values: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let Self::Tensors { keys, values } = self else {
            return Err(Error::Msg("tensors cannot be written into rows".to_owned()));
        };
        let end = start + new_values.dim(1)?;
        keys.slice_set(new_keys, 2, start)?;
        values.slice_set(new_values, 1, start)?;
        Ok((keys.narrow(2, 0, end)?, values.narrow(1, 0, end)?))
    }

    /// The memory that the kernels of a processor read.
    pub(super) fn rows(&mut self) -> Result<&mut KvMemory> {
        match self {
            Self::Rows(memory) => Ok(memory),
            Self::Tensors { .. } => Err(Error::Msg("tensors are no rows".to_owned())),
        }
    }
}
