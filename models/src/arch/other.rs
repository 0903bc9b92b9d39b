//! Architectures that candle-transformers computes, fed from our own validated configuration and
//! weights.
//!
//! Such a network keeps the memory of its conversation inside itself and gives the logits of the last
//! token only. The cache holds one of them for its one slot: no batching, and no going back to an
//! earlier token but to the first.

mod model;
mod source;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use serde_json::{Map, Value};

use crate::batch::Logits;
use crate::config::{ModelConfig, OtherArchitecture};
use crate::error::ModelError;
use crate::pass::{Pass, Place};
use crate::weights::Weights;
use model::Model;
use source::Source;

/// What a network is built from, for each conversation anew: its weights are held once.
#[derive(Debug)]
pub(crate) struct Other {
    architecture: OtherArchitecture,
    members: Map<String, Value>,
    source: Source,
    device: Device,
}

/// A network with what it remembers.
#[derive(Debug)]
pub(crate) struct Conversation {
    model: Model,
    /// How many tokens it has seen.
    len: usize,
}

impl Other {
    /// Reads the weights.
    pub(crate) fn load(
        config: &ModelConfig,
        architecture: OtherArchitecture,
        weights: Weights,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let members = config.other.as_ref().map(|other| other.0.clone());
        let other = Self {
            architecture,
            members: members.unwrap_or_default(),
            source: Source::new(weights),
            device: device.clone(),
        };
        other.begin()?;
        Ok(other)
    }

    /// A network that has seen no token.
    fn begin(&self) -> Result<Conversation, ModelError> {
        let source = Box::new(self.source.clone());
        let builder = VarBuilder::from_backend(source, DType::F32, self.device.clone());
        let model = Model::load(self.architecture, self.members.clone(), builder);
        // Our own error says more than what the other library makes of it.
        match self.source.take_failure() {
            Some(failure) => Err(failure),
            None => Ok(Conversation {
                model: model?,
                len: 0,
            }),
        }
    }

    /// Computes the logits that `pass` asks for: (L, V); `None` when L is 0.
    pub(crate) fn forward(&self, pass: &mut Pass<'_>) -> Result<Option<Tensor>, ModelError> {
        let mut rows = Vec::new();
        for place in pass.places() {
            // Kept out of the cache until all went well: a network that failed halfway is of no use.
            let mut conversation = self.conversation(pass.take_conversation(), place)?;
            let tokens = pass.tokens().narrow(0, place.offset, place.len)?;
            conversation.feed(&tokens, place.logits, &mut rows)?;
            pass.put_conversation(conversation);
        }
        if rows.is_empty() {
            return Ok(None);
        }
        Ok(Some(Tensor::cat(&rows, 0)?))
    }

    /// The conversation that `place` goes on with.
    fn conversation(
        &self,
        held: Option<Box<Conversation>>,
        place: Place,
    ) -> Result<Box<Conversation>, ModelError> {
        match held {
            Some(held) if held.len == place.start => Ok(held),
            Some(_) | None if place.start == 0 => self.begin().map(Box::new),
            Some(_) | None => Err(ModelError::Setting {
                field: "slot",
                reason: "its conversation was lost and has to begin again".to_owned(),
            }),
        }
    }
}

impl Conversation {
    /// Feeds `tokens` (n,) and adds a row of logits (1, V) for each that is asked for.
    fn feed(
        &mut self,
        tokens: &Tensor,
        logits: Logits,
        rows: &mut Vec<Tensor>,
    ) -> Result<(), ModelError> {
        let len = tokens.dim(0)?;
        // Behind a first part, not every network masks several tokens rightly.
        let at_once = match logits {
            Logits::None | Logits::Last if self.len == 0 || self.model.masks_past() => len,
            Logits::All | Logits::None | Logits::Last => 1,
        };
        for start in (0..len).step_by(at_once) {
            let part = tokens.narrow(0, start, at_once)?.unsqueeze(0)?; // (1, n)
            let row = self.model.forward(&part, self.len)?;
            self.len += at_once;
            let asked = match logits {
                Logits::All => true,
                Logits::Last => start + at_once == len,
                Logits::None => false,
            };
            if asked {
                rows.push(row.reshape((1, ()))?.to_dtype(DType::F32)?);
            }
        }
        Ok(())
    }
}
