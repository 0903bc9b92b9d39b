#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use aldo_backends::{Finish, Message, ToolCall, Usage};
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use super::{List, Shown};
use crate::store::{
    Ending, Entry, Events, NewRun, Redactor, RunRecord, Status, StepUsage, Store, Which,
};

/// Writes a run with a tool call and reads it back, with an id and times that do not change.
fn recorded() -> (RunRecord, Events) {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(Store::open(folder.path(), Redactor::default()).unwrap());
    let new = NewRun {
        agent: "librarian".to_owned(),
        agent_version: "0.1.0".to_owned(),
        privacy_tier: "sensitive",
        model: Some("aldo-nano".to_owned()),
        provider: Some("candle".to_owned()),
        locality: Some("local"),
        ..NewRun::default()
    };
    let decision = Entry::Decision(json!({"outcome": {"kind": "local"}, "trace": []}));
    let run = store
        .begin(&new, &[decision, Entry::Message(Message::user("find it"))])
        .unwrap();
    let call = ToolCall {
        id: "call-1".to_owned(),
        name: "fs.search".to_owned(),
        arguments: json!({"pattern": "it"}),
    };
    let answer = Entry::Answer {
        message: Message::assistant("").with_tool_calls(vec![call]),
        finish: Some(Finish::ToolCalls),
    };
    let usage = StepUsage {
        provider: "candle".to_owned(),
        model: "aldo-nano".to_owned(),
        usage: Usage {
            tokens_in: 12,
            tokens_cached: 4,
            tokens_out: 9,
            ..Usage::default()
        },
        usd: 0.0,
    };
    let ending = Ending {
        status: Status::Failed,
        stop: "max_cycles",
        reason: Some("the agent used up its 1 cycles".to_owned()),
    };
    run.finish(&[answer], Some(&usage), &ending).unwrap();
    let mut record = store.find(&Which::Last).unwrap();
    let mut events = store.events(&record).unwrap();
    record.id = "01900000-0000-7000-8000-000000000000".to_owned();
    record.started_at = Timestamp::UNIX_EPOCH;
    record.elapsed_ms = Some(42);
    for event in &mut events.events {
        event.at = Timestamp::UNIX_EPOCH;
    }
    (record, events)
}

#[test]
fn a_list_keeps_its_form() {
    let (record, _) = recorded();
    let document = serde_json::to_string_pretty(&List::new(&[record], 1)).unwrap();
    insta::assert_snapshot!(document, @r#"
    {
      "runs": [
        {
          "id": "01900000-0000-7000-8000-000000000000",
          "agent": "librarian",
          "agentVersion": "0.1.0",
          "project": null,
          "privacyTier": "sensitive",
          "model": "aldo-nano",
          "provider": "candle",
          "locality": "local",
          "status": "failed",
          "stop": "max_cycles",
          "error": "the agent used up its 1 cycles",
          "startedAt": "1970-01-01T00:00:00Z",
          "elapsedMs": 42,
          "usage": {
            "tokensIn": 12,
            "tokensCached": 4,
            "tokensOut": 9,
            "tokensReasoning": 0,
            "usd": 0.0
          },
          "parent": null,
          "origin": null
        }
      ],
      "total": 1
    }
    "#);
}

#[test]
fn a_run_keeps_its_form() {
    let (record, events) = recorded();
    let document = json!(Shown::new(&record, &events, &[]));
    let fields = document
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "run");
    let lines: Vec<String> = fields
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    decision: {"outcome":{"kind":"local"},"trace":[]}
    messages: [{"role":"user","content":"find it"},{"role":"assistant","content":"","tool_calls":[{"id":"call-1","name":"fs.search","arguments":{"pattern":"it"}}],"finish":"tool_calls"}]
    toolCalls: [{"id":"call-1","name":"fs.search","arguments":{"pattern":"it"}}]
    children: []
    events: [{"seq":0,"at":"1970-01-01T00:00:00Z","kind":"decision","body":{"outcome":{"kind":"local"},"trace":[]}},{"seq":1,"at":"1970-01-01T00:00:00Z","kind":"message","body":{"role":"user","content":"find it"}},{"seq":2,"at":"1970-01-01T00:00:00Z","kind":"answer","body":{"role":"assistant","content":"","tool_calls":[{"id":"call-1","name":"fs.search","arguments":{"pattern":"it"}}],"finish":"tool_calls"}},{"seq":3,"at":"1970-01-01T00:00:00Z","kind":"stop","body":{"stop":"max_cycles","reason":"the agent used up its 1 cycles"}}]
    broken: null
    "#);
}
