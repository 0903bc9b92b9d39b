use aldo_models::{DeviceChoice, Quantize};

/// How an [`Engine`](crate::Engine) runs its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// The device that computes.
    pub device: DeviceChoice,
    /// Threads for the computation, of all engines of the process; `None` leaves them as they are, one a
    /// core at first.
    pub threads: Option<usize>,
    /// The context length in tokens, at most the model's own; `None` takes that, at most 8,192.
    pub context_tokens: Option<usize>,
    /// The most requests that wait while others are answered.
    pub queue_max: usize,
    /// The most requests that are answered at the same time, at least 1; fewer while memory does not
    /// hold what they need.
    pub sequences_max: usize,
    /// The most conversations that are kept when they are answered, for their next turn and for others
    /// that begin alike; fewer where memory does not hold them.
    pub conversations_max: usize,
    /// The most memory for the KV cache of all of them, in bytes; one whole context must fit. `None`
    /// takes what the requests that are answered may need, or half of what is left beside the weights
    /// if that is more.
    pub cache_bytes_max: Option<u64>,
    /// What weight matrices are made smaller to while they are loaded.
    pub quantize: Option<Quantize>,
    /// When tokens that the conversation suggests are computed before they are chosen.
    pub speculation: Speculation,
    /// The most prompt tokens one step computes, at least 1; others' tokens come between two steps.
    pub prefill_chunk_tokens: usize,
}

/// When tokens that the conversation suggests are computed before they are chosen. What is written is
/// the same, only its speed is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speculation {
    /// Never.
    Off,
    /// Where, by what was measured so far, that is quicker.
    #[default]
    WherePays,
    /// Whenever something is suggested, to measure or test it.
    Always,
}

/// The context length nobody asked for: enough for an agent's turn, and small beside the weights.
const CONTEXT_TOKENS: usize = 8192;

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            device: DeviceChoice::Auto,
            threads: None,
            context_tokens: None,
            queue_max: 64,
            sequences_max: 4,
            conversations_max: 8,
            cache_bytes_max: None,
            quantize: None,
            speculation: Speculation::default(),
            prefill_chunk_tokens: 256,
        }
    }
}

impl EngineOptions {
    /// The context length in tokens for a model that can have `model_max`.
    pub(super) fn context_for(&self, model_max: usize) -> usize {
        self.context_tokens.unwrap_or(CONTEXT_TOKENS).min(model_max)
    }
}
