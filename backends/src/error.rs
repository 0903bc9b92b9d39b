use aldo_models::ModelError;

use crate::net::NetError;

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
    /// Answers cannot be held to what the request asks for.
    #[error("{reason}")]
    Grammar {
        /// What is not supported, naming the keyword, or which limit was met.
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
    /// Nobody answers at the server's address.
    #[error("cannot connect to `{address}`: {reason}")]
    Unreachable {
        /// The base URL, safe to show.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// The server took too long.
    #[error("no {what} from `{address}` within {seconds} s")]
    Timeout {
        /// The base URL, safe to show.
        address: String,
        /// What was waited for.
        what: &'static str,
        /// How long, in seconds.
        seconds: f64,
    },
    /// The server refuses or fails.
    #[error("`{address}` answers with status {status}: {message}")]
    Status {
        /// The base URL, safe to show.
        address: String,
        /// The status code of HTTP.
        status: u16,
        /// What the server says, cut and safe to show.
        message: String,
    },
    /// The server stopped in the middle of its answer.
    #[error("the answer of `{address}` breaks off: {reason}")]
    Truncated {
        /// The base URL, safe to show.
        address: String,
        /// How it ended.
        reason: String,
    },
    /// The server sent something that is no answer.
    #[error("`{address}` sends what is no answer: {reason}")]
    BadReply {
        /// The base URL, safe to show.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The request may not go there.
    #[error(transparent)]
    Privacy(NetError),
    /// There is no client to ask a server with.
    #[error("{reason}")]
    NoClient {
        /// Why.
        reason: String,
    },
}

impl BackendError {
    /// Whether another model may do better with the same request: true when the server or the engine
    /// failed, false when the request is at fault or may not be sent.
    pub fn is_retryable_elsewhere(&self) -> bool {
        match self {
            Self::Model(_)
            | Self::QueueFull { .. }
            | Self::EngineStopped { .. }
            | Self::Scripted { .. }
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Status { .. }
            | Self::Truncated { .. }
            | Self::BadReply { .. }
            | Self::NoClient { .. }
            | Self::NoChatTemplate { .. }
            | Self::ToolsUnsupported { .. }
            | Self::ContextTooSmall { .. } => true,
            Self::BadRequest { .. }
            | Self::Grammar { .. }
            | Self::ScriptEnded { .. }
            | Self::Privacy(_) => false,
        }
    }
}

impl From<NetError> for BackendError {
    fn from(error: NetError) -> Self {
        match error {
            NetError::Unreachable { address, reason } => Self::Unreachable { address, reason },
            NetError::Timeout {
                address,
                what,
                seconds,
            } => Self::Timeout {
                address,
                what,
                seconds,
            },
            NetError::Broken { address, reason } => Self::Truncated { address, reason },
            NetError::TooLong {
                address,
                what,
                bytes_max,
            } => Self::BadReply {
                address,
                reason: format!("the {what} is longer than {bytes_max} bytes"),
            },
            NetError::NotLoopback { .. }
            | NetError::NotEncrypted { .. }
            | NetError::Offline { .. } => Self::Privacy(error),
            NetError::BadUrl { .. }
            | NetError::NoTls { .. }
            | NetError::NotBuilt
            | NetError::NoClient { .. }
            | NetError::BadHeader { .. } => Self::NoClient {
                reason: error.to_string(),
            },
        }
    }
}
