//! The spans themselves: their names and attributes. Nothing that somebody wrote is in them but where
//! the run is admitted with its content.

use aldo_backends::{Finish, Message};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::attributes::Attributes;
use super::super::content;
use super::super::span::{Kind, Span};
use super::Moment;
use super::going::Going;
use crate::discovery::checkpoints::IN_PROCESS;
use crate::store::{Redactor, StepUsage};

/// The provider of an agent that asks no model itself.
const NO_PROVIDER: &str = "aldo";

/// What stands for a name that a model may have made up; the conventions' own word.
const OTHER: &str = "_OTHER";

/// The longest name of a tool and id of a call that is sent, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// An answer of a model.
pub(super) struct Chat<'a> {
    pub(super) message: Option<&'a Message>,
    pub(super) finish: Option<Finish>,
    pub(super) usage: Option<&'a StepUsage>,
    pub(super) error: Option<&'static str>,
}

/// A call of a tool that has ended.
pub(super) struct Tool<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) start: Timestamp,
    pub(super) arguments: Option<&'a Value>,
    pub(super) result: Option<&'a str>,
    pub(super) error: Option<&'static str>,
}

/// Returns the span of an answer.
pub(super) fn chat(going: &Going, chat: &Chat<'_>, redactor: &Redactor, now: Moment) -> Span {
    let used = chat.usage;
    let provider = used.map(|used| used.provider.as_str());
    let provider = provider.or(going.provider.as_deref());
    let model = used.map(|used| used.model.as_str());
    let model = model.or(going.model.as_deref());
    let mut attributes = asked(going, provider, model);
    if let Some(finish) = chat.finish {
        attributes = attributes.texts("gen_ai.response.finish_reasons", vec![word(finish)]);
    }
    if let Some(used) = used {
        let usage = &used.usage;
        attributes = attributes
            .count("gen_ai.usage.input_tokens", usage.tokens_in)
            .count("gen_ai.usage.output_tokens", usage.tokens_out)
            .some("gen_ai.usage.cache_read.input_tokens", usage.tokens_cached)
            .some(
                "gen_ai.usage.reasoning.output_tokens",
                usage.tokens_reasoning,
            )
            .measure(
                "gen_ai.response.time_to_first_chunk",
                usage.first_token_ms / 1e3,
            )
            .measure("aldo.usd", used.usd);
    }
    let said = chat.message.filter(|_| going.admitted.content);
    let said = said.map(|message| content::answered(message, chat.finish, redactor));
    Span {
        attributes: attributes
            .known("gen_ai.output.messages", said)
            .known("error.type", chat.error),
        error: chat.error,
        ..answering(going, provider, model, now)
    }
}

/// Returns the span of a model that failed before it said anything.
pub(super) fn unanswered(going: &Going, provider: &str, model: &str, now: Moment) -> Span {
    let error = "model_failed";
    let attributes = asked(going, Some(provider), Some(model));
    Span {
        attributes: attributes.text("error.type", error),
        error: Some(error),
        ..answering(going, Some(provider), Some(model), now)
    }
}

/// Returns the span of a call.
pub(super) fn tool(going: &Going, tool: &Tool<'_>, redactor: &Redactor, now: Moment) -> Span {
    let name = named(tool.name);
    let mut attributes = in_run(Attributes::of("execute_tool"), going)
        .text("gen_ai.tool.name", name)
        .text("gen_ai.tool.type", "function")
        .text("gen_ai.tool.call.id", named(tool.id))
        .known("error.type", tool.error);
    if going.admitted.content {
        let arguments = tool.arguments;
        let arguments = arguments.map(|value| content::value(value, redactor).to_string());
        let result = tool.result.map(|text| content::plain(text, redactor));
        attributes = attributes
            .known("gen_ai.tool.call.arguments", arguments)
            .known("gen_ai.tool.call.result", result);
    }
    Span {
        name: format!("execute_tool {name}"),
        start: tool.start.min(now.at),
        attributes,
        error: tool.error,
        ..below(going, now)
    }
}

/// Returns the span of a whole run.
pub(super) fn agent(going: &Going, error: Option<&'static str>, now: Moment) -> Span {
    let conversation = &going.conversation;
    let provider = going.provider.as_deref().unwrap_or(NO_PROVIDER);
    let attributes = in_run(Attributes::of("invoke_agent"), going)
        .text("gen_ai.agent.version", &*going.version)
        .text("gen_ai.provider.name", provider)
        .known("gen_ai.request.model", going.model.as_deref())
        .count("gen_ai.usage.input_tokens", going.tokens_in)
        .count("gen_ai.usage.output_tokens", going.tokens_out)
        .text("aldo.privacy_tier", &*going.tier)
        .known("aldo.locality", going.locality.as_deref())
        .measure("aldo.usd", going.usd)
        .known("gen_ai.system_instructions", conversation.instructions())
        .known("gen_ai.input.messages", conversation.given())
        .known("gen_ai.output.messages", conversation.output())
        .known("error.type", error);
    Span {
        id: going.span,
        parent: going.parent,
        name: format!("invoke_agent {}", going.agent),
        kind: if going.hosted {
            Kind::Client
        } else {
            Kind::Internal
        },
        start: going.began.min(now.at),
        attributes,
        error,
        ..below(going, now)
    }
}

fn asked(going: &Going, provider: Option<&str>, model: Option<&str>) -> Attributes {
    in_run(Attributes::of("chat"), going)
        .text("gen_ai.provider.name", provider.unwrap_or(NO_PROVIDER))
        .known("gen_ai.request.model", model)
}

fn in_run(attributes: Attributes, going: &Going) -> Attributes {
    attributes
        .text("gen_ai.conversation.id", going.run.to_string())
        .text("gen_ai.agent.name", &*going.agent)
}

/// A span of the conversation with a model, from the step before it on.
fn answering(going: &Going, provider: Option<&str>, model: Option<&str>, now: Moment) -> Span {
    Span {
        name: format!("chat {}", model.unwrap_or(OTHER)),
        kind: if provider == Some(IN_PROCESS) {
            Kind::Internal
        } else {
            Kind::Client
        },
        start: going.last.min(now.at),
        ..below(going, now)
    }
}

/// A span within the run, with all that is the same in every one.
fn below(going: &Going, now: Moment) -> Span {
    Span {
        trace: going.trace,
        id: (now.id)(),
        parent: Some(going.span),
        name: String::new(),
        kind: Kind::Internal,
        start: now.at,
        end: now.at,
        attributes: Attributes::default(),
        error: None,
    }
}

/// A model names the tools it calls and a server their calls: only what looks like a name is one.
fn named(name: &str) -> &str {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:/".contains(&byte);
    if (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_name) {
        name
    } else {
        OTHER
    }
}

fn word(finish: Finish) -> String {
    json!(finish).as_str().unwrap_or(OTHER).to_owned()
}
