//! One forward under way.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor};

use crate::arch::Conversation;
use crate::batch::{Batch, Logits};
use crate::cache::{Cache, State};
use crate::error::ModelError;
use crate::kernels::attention::{Attend, RowShape};

/// Where a span stands in the batch and in its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The cache slot.
    pub(crate) slot: usize,
    /// Its first row in the batch.
    pub(crate) offset: usize,
    /// How many tokens.
    pub(crate) len: usize,
    /// The position of its first token in the sequence.
    pub(crate) start: usize,
    /// The logits it asks for.
    pub(crate) logits: Logits,
}

/// A batch whose spans have their places, and the cache it extends. The cache keeps its old lengths
/// until [`Pass::commit`]; a pass that is dropped on an error leaves nothing behind.
pub(crate) struct Pass<'a> {
    tokens: Tensor,
    positions: Vec<u32>,
    places: Vec<Place>,
    logit_rows: Vec<u32>,
    /// The states that recurrent layers have come to, by slot and in order of layer.
    states: BTreeMap<(usize, usize), State>,
    cache: &'a mut Cache,
}

impl<'a> Pass<'a> {
    /// Places the spans of `batch` behind what `cache` holds, for a model of `vocabulary` rows on
    /// `device`.
    ///
    /// # Errors
    /// [`ModelError::ContextFull`]; [`ModelError::Setting`] for an empty batch, an unknown slot or a
    /// token outside the vocabulary.
    pub(crate) fn new(
        batch: &Batch,
        cache: &'a mut Cache,
        vocabulary: usize,
        device: &Device,
    ) -> std::result::Result<Self, ModelError> {
        check_tokens(batch.tokens(), vocabulary)?;
        let places = place(batch, cache)?;
        let positions = places.iter().flat_map(|place| {
            (place.start..place.start + place.len).map(|position| position as u32)
        });
        Ok(Self {
            tokens: Tensor::new(batch.tokens(), device)?,
            positions: positions.collect(),
            places,
            logit_rows: batch.logit_rows(),
            states: BTreeMap::new(),
            cache,
        })
    }

    /// The tokens: (N,) in u32.
    pub(crate) fn tokens(&self) -> &Tensor {
        &self.tokens
    }

    /// The position of each token in its sequence: (N,).
    pub(crate) fn positions(&self) -> &[u32] {
        &self.positions
    }

    /// How many tokens a sequence may come to.
    pub(crate) fn context_tokens_max(&self) -> usize {
        self.cache.context_tokens_max()
    }

    /// The places of the spans.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.places.clone()
    }

    /// Takes the conversation of another library's network out of its slot.
    pub(crate) fn take_conversation(&mut self) -> Option<Box<Conversation>> {
        self.cache.take_conversation()
    }

    /// Puts the conversation of another library's network into its slot.
    pub(crate) fn put_conversation(&mut self, conversation: Box<Conversation>) {
        self.cache.put_conversation(conversation);
    }

    /// Writes keys (K, D, n) and values (K, n, D) of `layer` to their place and returns all that the
    /// slot then holds, up to the place's end: (K, D, T) and (K, T, D).
    pub(crate) fn append(
        &mut self,
        layer: usize,
        place: Place,
        keys: &Tensor,
        values: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        self.cache
            .write(layer, place.slot, place.start, keys, values)
    }

    /// Attends with `task`, whose keys and values are remembered in `layer` first: (N, H · D). Only on a
    /// processor.
    pub(crate) fn attend(&mut self, layer: usize, task: &Attend<'_>) -> Result<Vec<f32>> {
        self.cache.attend(layer, &self.places, task)
    }

    /// The shape of what the cache remembers of a token.
    pub(crate) fn row_shape(&self) -> RowShape {
        self.cache.row_shape()
    }

    /// Selects the rows whose logits are asked for: (N, hidden) → (L, hidden); `None` when L is 0.
    pub(crate) fn select(&self, x: &Tensor) -> Result<Option<Tensor>> {
        if self.logit_rows.is_empty() {
            return Ok(None);
        }
        if self.logit_rows.len() == self.positions.len() {
            return Ok(Some(x.clone()));
        }
        let rows = Tensor::new(self.logit_rows.as_slice(), x.device())?;
        x.index_select(&rows, 0).map(Some)
    }

    /// The state of recurrent layer `layer`, counted among such layers, before the span at `place`;
    /// none where a sequence begins.
    pub(crate) fn state(&self, layer: usize, place: Place) -> Option<State> {
        let written = self.states.get(&(place.slot, layer));
        written
            .or_else(|| self.cache.state(place.slot, layer))
            .cloned()
    }

    /// Sets the state of recurrent layer `layer` behind the span at `place`.
    pub(crate) fn set_state(&mut self, layer: usize, place: Place, state: State) {
        self.states.insert((place.slot, layer), state);
    }

    /// Makes the new tokens part of the cache's sequences.
    pub(crate) fn commit(mut self) {
        for (slot, end) in self.ends() {
            let added = end - self.cache.len(slot);
            let others = self.states.split_off(&(slot + 1, 0));
            let states = std::mem::replace(&mut self.states, others);
            let states = states.into_values().collect();
            self.cache.commit(slot, end, added, states);
        }
    }

    /// Every slot of the batch once, ascending, with the length it comes to.
    fn ends(&self) -> BTreeMap<usize, usize> {
        let ends = self.places.iter();
        ends.map(|place| (place.slot, place.start + place.len))
            .collect()
    }
}

fn check_tokens(tokens: &[u32], vocabulary: usize) -> std::result::Result<(), ModelError> {
    if tokens.is_empty() {
        return Err(ModelError::Setting {
            field: "batch",
            reason: "holds no tokens".to_owned(),
        });
    }
    match tokens.iter().find(|&&token| token as usize >= vocabulary) {
        None => Ok(()),
        Some(token) => Err(ModelError::Setting {
            field: "batch",
            reason: format!("token {token} is outside the vocabulary of {vocabulary}"),
        }),
    }
}

/// Gives every span its place, and refuses the batch before anything is computed when one has none.
fn place(batch: &Batch, cache: &Cache) -> std::result::Result<Vec<Place>, ModelError> {
    let mut ends = (0..cache.slots())
        .map(|slot| cache.len(slot))
        .collect::<Vec<_>>();
    let mut offset = 0;
    let mut places = Vec::with_capacity(batch.spans().len());
    for span in batch.spans() {
        let slots = ends.len();
        let end = ends.get_mut(span.slot).ok_or_else(|| ModelError::Setting {
            field: "batch",
            reason: format!("slot {} of {slots} does not exist", span.slot),
        })?;
        places.push(Place {
            slot: span.slot,
            offset,
            len: span.len,
            start: *end,
            logits: span.logits,
        });
        offset += span.len;
        *end += span.len;
        if *end > cache.context_tokens_max() {
            return Err(ModelError::ContextFull {
                needed: *end,
                context_max: cache.context_tokens_max(),
            });
        }
    }
    Ok(places)
}
