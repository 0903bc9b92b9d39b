//! Our weights as the other library asks for them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Error, Result, Shape, Tensor};
use candle_nn::Init;
use candle_nn::var_builder::SimpleBackend;

use crate::error::ModelError;
use crate::weights::Weights;

/// Hands out weights by their names in the file, with the shape compared. A clone shares them.
#[derive(Clone)]
pub(super) struct Source {
    weights: Weights,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    /// What was read, by name: a second network is built from the same tensors.
    tensors: HashMap<String, Tensor>,
    /// The first of our errors, which would come back as a text otherwise.
    failure: Option<ModelError>,
}

impl Source {
    /// Takes the weights; each is read when it is asked for the first time.
    pub(super) fn new(weights: Weights) -> Self {
        Self {
            weights,
            held: Arc::default(),
        }
    }

    /// The first error since the last call.
    pub(super) fn take_failure(&self) -> Option<ModelError> {
        self.with_held(|held| held.failure.take())
    }

    fn read(&self, name: &str, shape: Option<&[usize]>, device: &Device) -> Result<Tensor> {
        self.with_held(|held| {
            if let Some(tensor) = held.tensors.get(name)
                && shape.is_none_or(|shape| shape == tensor.dims())
            {
                return Ok(tensor.clone());
            }
            match self.weights.stored(name, shape, device) {
                Ok(tensor) => {
                    held.tensors.insert(name.to_owned(), tensor.clone());
                    Ok(tensor)
                }
                Err(error) => {
                    let text = error.to_string();
                    held.failure.get_or_insert(error);
                    Err(Error::Msg(text))
                }
            }
        })
    }

    fn with_held<T>(&self, work: impl FnOnce(&mut Held) -> T) -> T {
        // Nothing is left half done by a thread that panicked here.
        work(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SimpleBackend for Source {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        self.read(name, Some(shape.dims()), device)?.to_dtype(dtype)
    }

    fn get_unchecked(&self, name: &str, dtype: DType, device: &Device) -> Result<Tensor> {
        self.read(name, None, device)?.to_dtype(dtype)
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.weights.contains_stored(name)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}
