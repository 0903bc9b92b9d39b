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
        stop: "tool_call_not_executed",
        reason: Some("the model called `fs.search`".to_owned()),
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
    insta::assert_snapshot!(document, @"");
}

#[test]
fn a_run_keeps_its_form() {
    let (record, events) = recorded();
    let mut document = json!(Shown::new(&record, &events));
    document["run"] = json!("as in the list");
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @"");
}
