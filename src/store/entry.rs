use aldo_backends::{Finish, Message};
use serde_json::Value;

/// One thing to write down about a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// What the router decided; the first entry of a run.
    Decision(Value),
    /// A message the model is given.
    Message(Message),
    /// What the model wrote in one turn, joined; `finish` is absent when it was cut off.
    Answer {
        /// Text, reasoning and tool calls.
        message: Message,
        /// Why the model stopped.
        finish: Option<Finish>,
    },
    /// Something that was meant as a tool call and cannot be one.
    MalformedToolCall {
        /// What the model wrote.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A model failed before it said anything; another decision follows.
    Failed {
        /// Who served it.
        provider: String,
        /// The model.
        model: String,
        /// What happened.
        reason: String,
    },
    /// What the hosted plane was asked to run.
    HostedRequest(Value),
    /// What the hosted plane says about a run of its own.
    HostedStatus {
        /// Its id there.
        run: String,
        /// Its status, in the plane's word.
        status: String,
    },
    /// How far the system closed a sensitive run, before a model was given anything.
    Seal(Value),
    /// Why the run ended; the last entry.
    Stop {
        /// The name of the reason.
        stop: &'static str,
        /// A sentence, where the name does not say all.
        reason: Option<String>,
    },
}
