//! The JSON form of a script.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Turn;
use crate::{Event, Finish, ToolCall, Usage};

/// Why a script cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("script: {reason}")]
pub struct ScriptError {
    /// What is wrong, with line and column where it is known.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireScript {
    model: Option<String>,
    turns: Vec<WireTurn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireTurn {
    #[serde(default)]
    events: Vec<WireEvent>,
    finish: Option<Finish>,
    #[serde(default)]
    usage: Usage,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireEvent {
    Loading(WireLoading),
    Text(String),
    Reasoning(String),
    ToolCall(WireToolCall),
    MalformedToolCall(WireMalformedToolCall),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLoading {
    done_bytes: u64,
    total_bytes: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireToolCall {
    id: Option<String>,
    name: String,
    #[serde(default)]
    arguments: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireMalformedToolCall {
    text: String,
    reason: String,
}

/// Reads a script: the model it names, and its turns.
pub(super) fn parse(text: &str) -> Result<(Option<String>, Vec<Turn>), ScriptError> {
    let script: WireScript = serde_json::from_str(text).map_err(|error| ScriptError {
        reason: error.to_string(),
    })?;
    let mut calls = 0;
    let turns = script
        .turns
        .into_iter()
        .enumerate()
        .map(|(index, turn)| turn.into_turn(index, &mut calls))
        .collect::<Result<_, _>>()?;
    Ok((script.model, turns))
}

impl WireTurn {
    fn into_turn(self, index: usize, calls: &mut usize) -> Result<Turn, ScriptError> {
        let events = self
            .events
            .into_iter()
            .map(|event| event.into_event(calls))
            .collect();
        let turn = Turn::new(events).using(self.usage);
        match (self.finish, self.error) {
            (None, None) => Ok(turn),
            (Some(finish), None) => Ok(turn.finishing(finish)),
            (None, Some(reason)) => Ok(turn.failing(reason)),
            (Some(_), Some(_)) => Err(ScriptError {
                reason: format!("turn {} has both `finish` and `error`", index + 1),
            }),
        }
    }
}

impl WireEvent {
    /// The event; `calls` counts the calls of the whole script, for those that name no id.
    fn into_event(self, calls: &mut usize) -> Event {
        match self {
            Self::Loading(WireLoading {
                done_bytes,
                total_bytes,
            }) => Event::Loading {
                done_bytes,
                total_bytes,
            },
            Self::Text(text) => Event::Text(text),
            Self::Reasoning(text) => Event::Reasoning(text),
            Self::ToolCall(call) => {
                *calls += 1;
                Event::ToolCall(ToolCall {
                    id: call.id.unwrap_or_else(|| ToolCall::id_of(*calls)),
                    name: call.name,
                    arguments: Value::Object(call.arguments),
                })
            }
            Self::MalformedToolCall(WireMalformedToolCall { text, reason }) => {
                Event::MalformedToolCall { text, reason }
            }
        }
    }
}
