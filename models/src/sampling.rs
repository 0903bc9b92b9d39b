//! Logits to the next token.

use crate::error::ModelError;

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// 0 takes the most likely token; else logits are divided by it. At most 100.
    pub temperature: f32,
    /// Keeps the k most likely tokens.
    pub top_k: Option<usize>,
    /// Keeps the fewest most likely tokens whose probabilities add up to at least this, in (0, 1].
    pub top_p: Option<f32>,
    /// Keeps tokens at least this times as likely as the most likely one, in [0, 1].
    pub min_p: Option<f32>,
    /// Divides positive logits of recent tokens, multiplies negative ones; 1 changes nothing.
    pub repetition_penalty: f32,
    /// The same seed gives the same tokens for the same logits.
    pub seed: u64,
}

/// Chooses tokens as a [`Sampling`] says.
#[derive(Debug, Clone)]
pub struct Sampler {
    sampling: Sampling,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_k: None,
            top_p: None,
            min_p: None,
            repetition_penalty: 1.0,
            seed: 0,
        }
    }
}

impl Sampler {
    /// Creates a sampler at the start of its random sequence.
    ///
    /// # Errors
    /// [`ModelError::Setting`] naming the field that is outside its range.
    pub fn new(sampling: Sampling) -> Result<Self, ModelError> {
        Ok(Self { sampling })
    }

    /// Chooses a token id from `logits` (V,); `recent` are the tokens the repetition penalty is for.
    ///
    /// # Errors
    /// [`ModelError::NonFiniteLogits`] when `logits` holds NaN or infinity or is empty.
    pub fn sample(&mut self, logits: &[f32], recent: &[u32]) -> Result<u32, ModelError> {
        let _ = (&self.sampling, logits, recent);
        unimplemented!()
    }
}
