use aldo_backends::{Finish, Message, ToolCall};
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
    /// What was typed and which spec was read, so that the run can be taken up again.
    Task(Value),
    /// A call that could not be read and was written again.
    RepairedToolCall(ToolCall),
    /// A call that is about to run; without a result after it, it may have happened.
    ToolIntent {
        /// The call, with the arguments it runs with.
        call: ToolCall,
        /// By what it may run.
        permission: &'static str,
        /// Whether it may leave something changed.
        side_effects: bool,
    },
    /// What came of a call.
    ToolResult {
        /// The id of the call.
        id: String,
        /// The tool.
        name: String,
        /// `done`, `failed` or `refused`.
        outcome: &'static str,
        /// What the model reads.
        text: String,
        /// How long it took.
        elapsed_ms: u64,
    },
    /// The conversation was shortened to fit the model.
    Shortened {
        /// How: a word of the spec's.
        strategy: &'static str,
        /// How many steps are left out, counted from the first one.
        steps: usize,
        /// What stands in their place.
        summary: Option<String>,
    },
    /// An entry of another run, as it stands there.
    Kept {
        /// The word it is stored under.
        kind: String,
        /// What is stored.
        body: Value,
    },
    /// The run was taken up again.
    Resumed,
    /// The steps before this entry are those of another run, up to one that was changed.
    Edited {
        /// That run.
        run: String,
        /// The place of the entry that was changed.
        seq: i64,
    },
    /// A supervisor has started an agent, which has a run of its own.
    Subagent {
        /// Which of the supervisor's turns it is: `ROUND.NUMBER`.
        place: String,
        /// What its output is called.
        alias: String,
        /// The agent.
        agent: String,
        /// Its run.
        run: String,
    },
    /// What came of that agent.
    SubagentEnded {
        /// Which of the supervisor's turns it was.
        place: String,
        /// What its output is called.
        alias: String,
        /// The name of the reason it stopped.
        stop: &'static str,
        /// What it wrote.
        output: String,
    },
    /// What a supervisor said before its agents work; the rest of its run is theirs.
    Spoken(String),
    /// What a supervisor gives back.
    Output(String),
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
