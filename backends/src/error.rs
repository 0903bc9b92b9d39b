use aldo_models::ModelError;

/// Why a backend gives no answer, or none to the end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// The checkpoint cannot be loaded or computed with.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Too many requests wait already.
    #[error("{queue_max} requests wait for `{model}` already")]
    QueueFull {
        /// The model.
        model: String,
        /// The most requests that may wait.
        queue_max: usize,
    },
    /// The prompt leaves no room for a single token of answer.
    #[error("the prompt has {tokens_in} tokens and the context holds {context_max}")]
    ContextTooSmall {
        /// Tokens of the prompt.
        tokens_in: usize,
        /// The context length in tokens.
        context_max: usize,
    },
    /// The chat template of the model has no place for tools.
    #[error("the chat template of `{model}` does not know tools")]
    ToolsUnsupported {
        /// The model.
        model: String,
    },
    /// The model has no chat template, so it cannot be given a conversation.
    #[error("`{model}` has no chat template")]
    NoChatTemplate {
        /// The model.
        model: String,
    },
    /// The request contradicts itself.
    #[error("`{field}` {reason}")]
    BadRequest {
        /// The field of the request.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The engine's thread ended before the answer did.
    #[error("the engine stopped: {reason}")]
    EngineStopped {
        /// Why.
        reason: String,
    },
    /// A script has no turn left to answer with.
    #[error("the script has no turn left of its {turns}")]
    ScriptEnded {
        /// How many turns it had.
        turns: usize,
    },
    /// A script says that this turn fails.
    #[error("{reason}")]
    Scripted {
        /// What the script says.
        reason: String,
    },
}
