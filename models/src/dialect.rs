//! How a family of models writes reasoning and tool calls. Knows text only, no tokens.

mod deepseek;
mod detect;
mod harmony;
mod hermes;
mod json_end;
mod llama_json;
mod marked;
mod mistral;
mod pythonic;
mod qwen_coder;
mod reading;
mod search;
mod show;
#[cfg(test)]
mod tests;
mod words;

use serde_json::Value;

use crate::error::ModelError;
use crate::grammar::{CallRules, Lark};
use harmony::Harmony;
use marked::Marked;
pub(crate) use reading::is_text;
pub use reading::{Reading, Tool};
pub(crate) use words::{HARMONY_STARTS, MARKS};

/// The markup a model writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// How reasoning is set apart.
    pub reasoning: ReasoningMarkup,
    /// How tools are called.
    pub calls: CallMarkup,
}

/// How reasoning is set apart from the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningMarkup {
    /// Not at all.
    None,
    /// `<think>…</think>`.
    Think,
    /// `[THINK]…[/THINK]`, as Mistral's reasoning models write it.
    BracketThink,
    /// A message on harmony's channel `analysis`.
    Harmony,
}

/// How tools are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallMarkup {
    /// Not at all.
    None,
    /// `<tool_call>{"name": …, "arguments": {…}}</tool_call>`: Hermes, Qwen, and many others.
    Hermes,
    /// `<tool_call><function=name><parameter=key>value</parameter></function></tool_call>`: Qwen3-Coder.
    QwenCoder,
    /// An answer that is `{"name": …, "parameters": {…}}`: Llama 3.1.
    LlamaJson,
    /// An answer that is `[name(key=value), …]`: Llama 3.2 and 4.
    Pythonic,
    /// `[TOOL_CALLS] [{"name": …, "arguments": {…}}, …]`: Mistral.
    MistralList,
    /// `[TOOL_CALLS]name[ARGS]{…}`, once a call: Mistral since 2025.
    MistralNamed,
    /// `DeepSeek`'s own marks, with the arguments in a JSON fence: V3 and R1.
    DeepSeekFenced,
    /// `DeepSeek`'s own marks, with the arguments as they are: V3.1.
    DeepSeek,
    /// A message to `functions.name` on a harmony channel: gpt-oss.
    Harmony,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Text for the user.
    Text(String),
    /// Reasoning, shown apart.
    Reasoning(String),
    /// A call of a tool.
    ToolCall {
        /// The tool's name.
        name: String,
        /// The arguments, an object.
        arguments: Value,
    },
    /// Something that was meant as a call and cannot be one.
    MalformedToolCall {
        /// All of it, markup included.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Separates an answer into pieces while it arrives, cut anywhere.
#[derive(Debug)]
pub struct DialectParser {
    state: State,
}

#[derive(Debug)]
enum State {
    Marked(Box<Marked>),
    Harmony(Box<Harmony>),
}

impl Dialect {
    /// Text only.
    pub const PLAIN: Self = Self {
        reasoning: ReasoningMarkup::None,
        calls: CallMarkup::None,
    };

    /// Every way to write calls, with the reasoning that comes with it.
    pub(crate) const ALL: [Self; 9] = [
        Self::of(ReasoningMarkup::Think, CallMarkup::Hermes),
        Self::of(ReasoningMarkup::Think, CallMarkup::QwenCoder),
        Self::of(ReasoningMarkup::None, CallMarkup::LlamaJson),
        Self::of(ReasoningMarkup::None, CallMarkup::Pythonic),
        Self::of(ReasoningMarkup::BracketThink, CallMarkup::MistralList),
        Self::of(ReasoningMarkup::BracketThink, CallMarkup::MistralNamed),
        Self::of(ReasoningMarkup::Think, CallMarkup::DeepSeekFenced),
        Self::of(ReasoningMarkup::Think, CallMarkup::DeepSeek),
        Self::of(ReasoningMarkup::Harmony, CallMarkup::Harmony),
    ];

    const fn of(reasoning: ReasoningMarkup, calls: CallMarkup) -> Self {
        Self { reasoning, calls }
    }

    /// Starts parsing an answer.
    pub fn parser(self, reading: Reading) -> DialectParser {
        let harmony =
            self.reasoning == ReasoningMarkup::Harmony || self.calls == CallMarkup::Harmony;
        let state = if harmony {
            State::Harmony(Box::new(Harmony::new(reading.formed)))
        } else {
            State::Marked(Box::new(Marked::new(self, reading)))
        };
        DialectParser { state }
    }

    /// How calls to `tools` are written; `None` where there is no way to.
    pub(crate) fn call_rules(
        self,
        lark: &mut Lark,
        tools: &[Tool],
    ) -> Result<Option<CallRules>, ModelError> {
        match self.calls {
            CallMarkup::None => return Ok(None),
            CallMarkup::Hermes => hermes::rules(lark, tools),
            CallMarkup::QwenCoder => qwen_coder::rules(lark, tools),
            CallMarkup::LlamaJson => llama_json::rules(lark, tools),
            CallMarkup::Pythonic => pythonic::rules(lark, tools),
            CallMarkup::MistralList => mistral::list_rules(lark, tools),
            CallMarkup::MistralNamed => mistral::named_rules(lark, tools),
            CallMarkup::DeepSeekFenced => deepseek::rules(lark, tools, true),
            CallMarkup::DeepSeek => deepseek::rules(lark, tools, false),
            CallMarkup::Harmony => harmony::rules(lark, tools),
        }
        .map(Some)
    }

    /// What it is called, for people: `hermes calls, think reasoning`.
    pub fn name(self) -> String {
        let calls = self.calls.name().map(|name| format!("{name} calls"));
        let reasoning = self
            .reasoning
            .name()
            .map(|name| format!("{name} reasoning"));
        let parts: Vec<String> = calls.into_iter().chain(reasoning).collect();
        if parts.is_empty() {
            "plain text".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

impl ReasoningMarkup {
    /// The texts that open and close reasoning, where it has such.
    pub(crate) fn marks(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::None => None,
            Self::Think => Some((words::THINK, words::THINK_END)),
            Self::BracketThink => Some((words::BRACKET_THINK, words::BRACKET_THINK_END)),
            Self::Harmony => Some((words::ANALYSIS, words::END)),
        }
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Think => Some("think"),
            Self::BracketThink => Some("bracket-think"),
            Self::Harmony => Some("harmony"),
        }
    }
}

impl CallMarkup {
    /// The name for people and scripts; `None` where there are no calls.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Hermes => Some("hermes"),
            Self::QwenCoder => Some("qwen-coder"),
            Self::LlamaJson => Some("llama-json"),
            Self::Pythonic => Some("pythonic"),
            Self::MistralList | Self::MistralNamed => Some("mistral"),
            Self::DeepSeekFenced | Self::DeepSeek => Some("deepseek"),
            Self::Harmony => Some("harmony"),
        }
    }
}

impl DialectParser {
    /// Takes the next text and returns the pieces that are now certain.
    pub fn push(&mut self, text: &str) -> Vec<Piece> {
        match &mut self.state {
            State::Marked(marked) => marked.push(text),
            State::Harmony(harmony) => harmony.push(text),
        }
    }

    /// Whether the answer stands within reasoning.
    pub fn in_reasoning(&self) -> bool {
        match &self.state {
            State::Marked(marked) => marked.in_reasoning(),
            State::Harmony(harmony) => harmony.in_reasoning(),
        }
    }

    /// Returns what is left at the end of the answer.
    pub fn finish(&mut self) -> Vec<Piece> {
        match &mut self.state {
            State::Marked(marked) => marked.finish(),
            State::Harmony(harmony) => harmony.finish(),
        }
    }
}
