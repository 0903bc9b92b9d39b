use serde::{Deserialize, Serialize};

/// What an answer took: tokens counted, times from the monotonic clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub tokens_in: u64,
    /// Tokens of the prompt that were still in the KV cache and not computed again.
    pub tokens_cached: u64,
    /// Tokens the model wrote, reasoning and the end token included.
    pub tokens_out: u64,
    /// Of those, tokens of reasoning.
    pub tokens_reasoning: u64,
    /// Time this request's model took to load; 0 when it was loaded before.
    pub load_ms: f64,
    /// From the start of the prefill to its end, without waiting and loading.
    pub prefill_ms: f64,
    /// From the call of `generate` to the first token, waiting and loading included.
    pub first_token_ms: f64,
    /// From the first token to the last.
    pub decode_ms: f64,
}
