#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use serde_json::json;

use super::*;

fn events(entries: &[(&str, Value)]) -> Events {
    let record = |(seq, (kind, body)): (usize, &(&str, Value))| EventRecord {
        seq: seq as i64,
        at: Timestamp::UNIX_EPOCH,
        kind: (*kind).to_owned(),
        body: body.clone(),
    };
    Events {
        events: entries.iter().enumerate().map(record).collect(),
        broken: None,
    }
}

fn call(id: &str) -> Value {
    json!({"id": id, "name": "fs.read", "arguments": {"path": id}})
}

fn result(id: &str) -> (&'static str, Value) {
    let content = format!("text of {id}");
    (
        "tool_result",
        json!({"role": "tool", "content": content, "tool_call_id": id}),
    )
}

fn begun() -> Vec<(&'static str, Value)> {
    vec![
        ("decision", json!({})),
        ("task", json!({})),
        ("message", json!({"role": "system", "content": "s"})),
        ("message", json!({"role": "user", "content": "task"})),
    ]
}

fn called(ids: &[&str]) -> (&'static str, Value) {
    let calls: Vec<Value> = ids.iter().map(|id| call(id)).collect();
    let body =
        json!({"role": "assistant", "content": "", "tool_calls": calls, "finish": "tool_calls"});
    ("answer", body)
}

fn texts(start: &Start) -> Vec<String> {
    let messages = start.conversation.messages();
    messages
        .into_iter()
        .map(|message| message.content)
        .collect()
}

#[test]
fn h1_results_come_back_in_the_order_of_their_calls() {
    let mut entries = begun();
    entries.extend([
        called(&["a", "b"]),
        ("tool_intent", json!({"call": call("a")})),
    ]);
    entries.extend([result("b"), result("a")]);
    let start = resume(
        &events(&entries),
        &UsageRecord {
            tokens_in: 30,
            usd: 0.5,
            ..UsageRecord::default()
        },
    )
    .unwrap();
    assert_eq!(texts(&start), ["s", "task", "", "text of a", "text of b"]);
    assert_eq!(start.pending, None);
    assert!((start.progress.usd - 0.5).abs() < 1e-12);
    assert_eq!(start.progress.usage.tokens_in, 30);
}

#[test]
fn r12_a_call_that_had_begun_and_has_no_result_may_have_happened() {
    let mut entries = begun();
    entries.extend([
        called(&["a", "b", "c"]),
        ("tool_intent", json!({"call": call("a")})),
        ("tool_intent", json!({"call": call("b")})),
        result("b"),
    ]);
    let start = resume(&events(&entries), &UsageRecord::default()).unwrap();
    let pending = start.pending.clone().unwrap();
    assert_eq!(pending.calls.len(), 3);
    assert!(pending.known.begun.contains("a") && !pending.known.begun.contains("c"));
    assert_eq!(pending.known.results.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(texts(&start), ["s", "task", ""]);
}

#[test]
fn an_answer_that_was_cut_off_or_was_not_enough_is_asked_for_again() {
    let mut entries = begun();
    let said = |finish: Value| json!({"role": "assistant", "content": "hm", "finish": finish});
    entries.extend([
        ("answer", said(json!("length"))),
        ("stop", json!({"stop": "length_limit"})),
        ("resumed", json!({})),
        ("answer", said(Value::Null)),
    ]);
    let start = resume(&events(&entries), &UsageRecord::default()).unwrap();
    assert_eq!(texts(&start), ["s", "task"]);
}

#[test]
fn d11_a_call_that_was_corrected_stays_corrected() {
    let mut entries = begun();
    entries.extend([
        (
            "answer",
            json!({"role": "assistant", "content": "hm", "finish": "stop"}),
        ),
        (
            "malformed_tool_call",
            json!({"text": "<x>", "reason": "no"}),
        ),
        (
            "message",
            json!({"role": "user", "content": "Write it again."}),
        ),
        (
            "answer",
            json!({"role": "assistant", "content": "", "finish": "stop"}),
        ),
        (
            "malformed_tool_call",
            json!({"text": "<x>", "reason": "no"}),
        ),
        ("repaired_tool_call", call("a")),
        ("tool_intent", json!({"call": call("a")})),
        result("a"),
    ]);
    let start = resume(&events(&entries), &UsageRecord::default()).unwrap();
    let expected = ["s", "task", "hm", "Write it again.", "", "text of a"];
    assert_eq!(texts(&start), expected);
}

#[test]
fn what_was_left_out_stays_left_out() {
    let mut entries = begun();
    entries.extend([called(&["a"]), result("a")]);
    entries.push((
        "shortened",
        json!({"steps": 1, "summary": "read a", "strategy": "x"}),
    ));
    entries.extend([called(&["b"]), result("b")]);
    let start = resume(&events(&entries), &UsageRecord::default()).unwrap();
    let expected = [
        "s",
        "task\n\n[What you have done so far: read a]",
        "",
        "text of b",
    ];
    assert_eq!(texts(&start), expected);
}

#[test]
fn h5_what_cannot_be_trusted_is_not_gone_on_with() {
    let mut gap = events(&begun());
    gap.broken = Some("entry 4 is missing".to_owned());
    assert!(matches!(
        resume(&gap, &UsageRecord::default()),
        Err(NotResumed::Broken { .. })
    ));
    let wrong = events(&[("message", json!({"role": "king"}))]);
    assert_eq!(
        resume(&wrong, &UsageRecord::default())
            .unwrap_err()
            .to_string(),
        "entry 0 of this run is no `message`"
    );
    let refused = events(&[("decision", json!({}))]);
    assert_eq!(
        resume(&refused, &UsageRecord::default()).unwrap_err(),
        NotResumed::NoMessage
    );
}
