//! The memory of many sequences: keys and values of every token, and the running states of layers
//! that keep no tokens.

mod layer;
mod room;
mod states;

use candle_core::{DType, Device, Result, Tensor};

use crate::arch::Conversation;
use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::kernels::attention::{Attend, RowShape, Scratch, SpanOf, attend};
use crate::pass::Place;
use layer::Layer;
pub(crate) use states::State;
use states::States;

/// Buffers grow to a multiple of this many tokens.
const GROWTH_TOKENS: usize = 64;

/// Keys and values of every attention layer, and the states of recurrent ones, for a fixed number of
/// slots, one sequence a slot.
///
/// On a processor they are what [`ModelConfig::cache_element`] says, else f32. A slot's buffers grow by a quarter when they are full, so appending copies nothing
/// but the new tokens; they shrink only when the slot is cleared or becomes a fork.
#[derive(Debug)]
pub struct Cache {
    slots: Vec<Slot>,
    context_tokens_max: usize,
    row_shape: RowShape,
    /// Whether layers keep running states, which cannot go back to every token.
    recurrent: bool,
    /// Whether the network remembers by itself, in the one slot there is.
    single: bool,
    conversation: Option<Box<Conversation>>,
    device: Device,
    scratch: Scratch,
}

#[derive(Debug, Default)]
struct Slot {
    len: usize,
    layers: Vec<Layer>, // as many as were written: none, or all behind a first forward
    states: States,
}

impl Cache {
    /// Creates a cache of `slots` empty slots for the model of `config`; of one, if that is computed by
    /// another library. Memory is taken as the slots grow.
    ///
    /// # Errors
    /// [`ModelError::Setting`] when `slots` is 0.
    pub fn new(
        config: &ModelConfig,
        device: &Device,
        slots: usize,
    ) -> std::result::Result<Self, ModelError> {
        if slots == 0 {
            return Err(ModelError::Setting {
                field: "slots",
                reason: "must not be 0".to_owned(),
            });
        }
        let other = config.other.is_some();
        let slots = if other { 1 } else { slots };
        Ok(Self {
            slots: (0..slots).map(|_| Slot::default()).collect(),
            context_tokens_max: config.context_tokens_max,
            row_shape: row_shape(config),
            recurrent: config.linear_attention.is_some(),
            single: other,
            conversation: None,
            device: device.clone(),
            scratch: Scratch::default(),
        })
    }

    /// Lowers the context length to `tokens`, where a user or the memory allows no more than that.
    #[must_use]
    pub fn with_context_tokens_max(mut self, tokens: usize) -> Self {
        self.context_tokens_max = self.context_tokens_max.min(tokens);
        self
    }

    /// The most tokens a slot can hold.
    pub fn context_tokens_max(&self) -> usize {
        self.context_tokens_max
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// How many tokens `slot` holds; 0 for a slot that does not exist.
    pub fn len(&self, slot: usize) -> usize {
        self.slots.get(slot).map_or(0, |slot| slot.len)
    }

    /// Whether no slot holds a token.
    pub fn is_empty(&self) -> bool {
        self.slots.iter().all(|slot| slot.len == 0)
    }

    /// How many tokens [`Cache::trim`] would leave in `slot`. Less than `len` where a layer keeps a
    /// running state, which can only go back to where it was saved; 0 for networks that remember by
    /// themselves and can only begin again.
    pub fn trimmed_len(&self, slot: usize, len: usize) -> usize {
        match self.slots.get(slot) {
            Some(slot) if self.single && len < slot.len => 0,
            Some(slot) if self.recurrent && len < slot.len => slot.states.kept(len),
            Some(slot) => slot.len.min(len),
            None => 0,
        }
    }

    /// Shortens `slot` to at most its first `len` tokens and returns how many it then holds, which is
    /// [`Cache::trimmed_len`]; the caller computes those up to `len` again. A longer `len` changes
    /// nothing. Its memory stays.
    pub fn trim(&mut self, slot: usize, len: usize) -> usize {
        let kept = self.trimmed_len(slot, len);
        if let Some(slot) = self.slots.get_mut(slot)
            && kept < slot.len
        {
            slot.len = kept;
            slot.states.trim(kept);
        }
        kept
    }

    /// Empties `slot` and gives its memory back.
    pub fn clear(&mut self, slot: usize) {
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = Slot::default();
            self.take_conversation();
        }
    }

    /// Takes out what a network remembers by itself.
    pub(crate) fn take_conversation(&mut self) -> Option<Box<Conversation>> {
        self.conversation.take()
    }

    /// Puts back what a network remembers by itself.
    pub(crate) fn put_conversation(&mut self, conversation: Box<Conversation>) {
        self.conversation = Some(conversation);
    }

    /// Makes slot `to` a copy of slot `from`; each goes on by itself from there. Copies the tokens
    /// that are there, not the room behind them.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for a slot that does not exist.
    pub fn fork(&mut self, from: usize, to: usize) -> std::result::Result<(), ModelError> {
        let missing = [from, to]
            .into_iter()
            .find(|&slot| slot >= self.slots.len());
        if let Some(slot) = missing {
            let reason = format!("{slot} of {} does not exist", self.slots.len());
            return Err(ModelError::Setting {
                field: "slot",
                reason,
            });
        }
        if from != to {
            let copy = self.slots[from].copy()?;
            self.slots[to] = copy;
        }
        Ok(())
    }

    /// The memory its buffers and states take, in bytes. States that a fork shares with its origin
    /// count for both.
    pub fn size_bytes(&self) -> u64 {
        let layers = self.slots.iter().flat_map(|slot| &slot.layers);
        let states = self.slots.iter().map(|slot| slot.states.elements());
        let states = states.map(|count| count * DType::F32.size_in_bytes());
        let bytes = layers.map(Layer::size_bytes).chain(states);
        bytes.map(|bytes| bytes as u64).sum()
    }

    /// The memory one token of one slot takes, in bytes, for the model of `config` on a processor.
    pub fn token_size_bytes(config: &ModelConfig) -> u64 {
        (config.attention_layers() * row_shape(config).position_bytes()) as u64
    }

    /// The most memory one slot takes for the states of recurrent layers, in bytes, however many
    /// tokens it holds; 0 for the model of a `config` without such layers.
    pub fn states_size_bytes(config: &ModelConfig) -> u64 {
        let Some(linear) = &config.linear_attention else {
            return 0;
        };
        let layers = config.layers - config.attention_layers();
        let elements = layers * linear.state_elements() * states::COUNT_MAX;
        (elements * DType::F32.size_in_bytes()) as u64
    }

    /// Writes keys (K, D, n) and values (K, n, D) of `layer` from position `start` of `slot` on and
    /// returns those of positions 0..start + n: (K, D, T) and (K, T, D), views of the buffers. The
    /// slot's length stays.
    pub(crate) fn write(
        &mut self,
        layer: usize,
        slot: usize,
        start: usize,
        keys: &Tensor,
        values: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let end = start + values.dim(1)?;
        let layer = self.layer_for(layer, slot, start, end)?;
        layer.write(start, keys, values)
    }

    /// Attends with `task` for the spans at `places`, whose keys and values are remembered first:
    /// (N, H · D). Only on a processor.
    pub(crate) fn attend(
        &mut self,
        layer: usize,
        places: &[Place],
        task: &Attend<'_>,
    ) -> Result<Vec<f32>> {
        for place in places {
            self.layer_for(layer, place.slot, place.start, place.start + place.len)?;
        }
        let used = |slot: &usize| places.iter().any(|place| place.slot == *slot);
        let used: Vec<_> = (0..self.slots.len()).filter(used).collect();
        let spans = places.iter().map(|place| SpanOf {
            memory: used.partition_point(|slot| *slot < place.slot),
            offset: place.offset,
            len: place.len,
            start: place.start,
        });
        let spans: Vec<_> = spans.collect();
        let slots = self.slots.iter_mut().enumerate();
        let slots = slots.filter(|(number, _)| used.binary_search(number).is_ok());
        let memories = slots.map(|(_, slot)| slot.layers[layer].rows());
        let mut memories = memories.collect::<Result<Vec<_>>>()?;
        Ok(attend(task, &spans, &mut memories, &mut self.scratch))
    }

    /// The shape of what it remembers of a token.
    pub(crate) fn row_shape(&self) -> RowShape {
        self.row_shape
    }

    /// The buffers of `layer` of `slot` with room for `end` tokens, of which `start` are there.
    fn layer_for(
        &mut self,
        layer: usize,
        slot: usize,
        start: usize,
        end: usize,
    ) -> Result<&mut Layer> {
        let capacity = grown(end, self.context_tokens_max);
        let layers = &mut self.slots[slot].layers;
        if layer == layers.len() {
            layers.push(Layer::new(self.row_shape, capacity, &self.device)?);
        }
        let buffers = &mut layers[layer];
        if buffers.capacity()? < end {
            buffers.grow(start, capacity)?;
        }
        Ok(buffers)
    }

    /// The state of recurrent layer `layer` behind the last token of `slot`; none before the first.
    pub(crate) fn state(&self, slot: usize, layer: usize) -> Option<&State> {
        self.slots[slot].states.current(layer)
    }

    /// Makes the tokens up to `len` part of `slot`, of which the last `added` were written together,
    /// with the states of the recurrent layers behind them.
    pub(crate) fn commit(&mut self, slot: usize, len: usize, added: usize, states: Vec<State>) {
        let slot = &mut self.slots[slot];
        if self.recurrent {
            slot.states.advance(slot.len, added, states);
        }
        slot.len = len;
    }
}

impl Slot {
    fn copy(&self) -> Result<Self> {
        if self.len == 0 {
            return Ok(Self::default());
        }
        let layers = self.layers.iter().map(|layer| layer.prefix(self.len));
        Ok(Self {
            len: self.len,
            layers: layers.collect::<Result<_>>()?,
            states: self.states.clone(),
        })
    }
}

fn row_shape(config: &ModelConfig) -> RowShape {
    RowShape {
        kv_heads: config.kv_heads,
        head_dim: config.head_dim,
        element: config.cache_element,
    }
}

/// The capacity for `needed` tokens: a quarter more, so that growing costs little per token.
fn grown(needed: usize, capacity_max: usize) -> usize {
    (needed + needed / 4)
        .next_multiple_of(GROWTH_TOKENS)
        .min(capacity_max)
}

#[cfg(test)]
mod tests;
