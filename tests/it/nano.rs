//! The built-in model through aldo's own engine, on questions it was not trained on: greedy, whole
//! answers, the sample of `models/nano/heldout.jsonl`.

use std::collections::BTreeMap;

use aldo_backends::{
    Backend, Engine, EngineOptions, Event, Generation, Message, Request, ToolCall, ToolSpec,
};
use aldo_models::Checkpoint;
use serde::Deserialize;
use serde_json::Value;

/// The longest answer of the sample has some 200 tokens.
const TOKENS_MAX: usize = 320;

/// The share of right answers over all skills that the committed weights must reach, on this sample:
/// wordings they saw, and wordings they never saw.
const RIGHT_MIN: [(&str, f64); 2] = [("seen wording", 0.7), ("new wording", 0.7)];

#[derive(Deserialize)]
struct Case {
    skill: String,
    column: String,
    messages: Vec<Value>,
    #[serde(default)]
    tools: Vec<Tool>,
    expect: Expect,
}

#[derive(Deserialize)]
struct Tool {
    function: ToolSpec,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expect {
    Text(String),
    Json(Value),
    Contains(String),
    NotContains(String),
    ToolCall { name: String, arguments: Value },
}

#[derive(Default)]
struct Answer {
    text: String,
    calls: Vec<ToolCall>,
}

#[test]
fn the_built_in_model_answers_held_out_questions() {
    let engine = Engine::start(Checkpoint::builtin().unwrap(), EngineOptions::default());
    let cases: Vec<Case> = include_str!("../../models/nano/heldout.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut right: BTreeMap<(&str, &str), (u32, u32)> = BTreeMap::new();
    // All at once: the engine decodes several sequences together.
    let mut asked: Vec<(&Case, Generation)> = Vec::new();
    for chunk in cases.chunks(16) {
        asked.extend(
            chunk
                .iter()
                .map(|case| (case, engine.generate(request(case)).unwrap())),
        );
        for (case, generation) in asked.drain(..) {
            let (all, good) = right.entry((&case.column, &case.skill)).or_default();
            *all += 1;
            *good += u32::from(case.expect.is_met(&answer(generation)));
        }
    }
    for ((column, skill), (all, good)) in &right {
        eprintln!("{column:13} {skill:12} {good:3} of {all}");
    }
    for (column, least) in RIGHT_MIN {
        let counts = right
            .iter()
            .filter(|((of, _), _)| *of == column)
            .map(|(_, counts)| counts);
        let (all, good) = counts.fold((0, 0), |sum, (all, good)| (sum.0 + all, sum.1 + good));
        let share = f64::from(good) / f64::from(all);
        assert!(
            share >= least,
            "{column}: {good} of {all} right, at least {least} expected"
        );
    }
}

fn request(case: &Case) -> Request {
    let mut request = Request::new(case.messages.iter().map(message).collect());
    request.tools = case
        .tools
        .iter()
        .map(|tool| tool.function.clone())
        .collect();
    request.tokens_max = TOKENS_MAX;
    request
}

fn message(value: &Value) -> Message {
    let content = value["content"].as_str().unwrap_or_default();
    match value["role"].as_str().unwrap() {
        "system" => Message::system(content),
        "user" => Message::user(content),
        "tool" => Message::tool("call00001", content),
        "assistant" => {
            let calls = value["tool_calls"].as_array().into_iter().flatten();
            Message::assistant(content).with_tool_calls(calls.map(tool_call).collect())
        }
        role => panic!("unknown role {role}"),
    }
}

fn tool_call(value: &Value) -> ToolCall {
    ToolCall {
        id: "call00001".to_owned(),
        name: value["function"]["name"].as_str().unwrap().to_owned(),
        arguments: value["function"]["arguments"].clone(),
    }
}

fn answer(mut generation: Generation) -> Answer {
    let mut answer = Answer::default();
    while let Some(event) = generation.blocking_next() {
        match event.unwrap() {
            Event::Text(text) => answer.text.push_str(&text),
            Event::ToolCall(call) => answer.calls.push(call),
            Event::Loading { .. }
            | Event::Reasoning(_)
            | Event::MalformedToolCall { .. }
            | Event::Done { .. } => {}
        }
    }
    answer
}

impl Expect {
    fn is_met(&self, answer: &Answer) -> bool {
        match self {
            Self::Text(text) => answer.calls.is_empty() && answer.text.trim() == text.trim(),
            Self::Json(value) => {
                serde_json::from_str::<Value>(&answer.text).is_ok_and(|json| json == *value)
            }
            Self::Contains(part) => answer.text.contains(part),
            Self::NotContains(part) => !answer.text.is_empty() && !answer.text.contains(part),
            Self::ToolCall { name, arguments } => {
                matches!(&answer.calls[..], [call] if call.name == *name && call.arguments == *arguments)
            }
        }
    }
}
