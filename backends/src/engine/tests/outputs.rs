//! Tokens to events, with markup and stop texts.

use serde_json::json;

use super::*;
use crate::engine::language::Language;
use crate::engine::output::Output;

const CALL: &str =
    "<tool_call>\n{\"name\": \"time\", \"arguments\": {\"zone\": \"END\"}}\n</tool_call>";

/// The events of an answer that reads `text`, and whether a stop text ended it. Text that came in
/// pieces is put together.
fn events_of(text: &str, stop: &[&str]) -> (Vec<Event>, bool) {
    let language = Language::of(&checkpoint_of(&tiny_writer()).checkpoint).unwrap();
    let stop = stop.iter().map(ToString::to_string).collect();
    let mut output = Output::new(
        &language,
        &Request {
            stop,
            ..ask("a", 1)
        },
        false,
    );
    let mut events = Vec::new();
    for token in language.tokenizer.encode_template(text).unwrap() {
        events.extend(output.push(token));
        if output.stopped() {
            break;
        }
    }
    events.extend(output.finish());
    (together(events), output.stopped())
}

fn together(events: Vec<Event>) -> Vec<Event> {
    let mut joined: Vec<Event> = Vec::new();
    for event in events {
        match (joined.last_mut(), event) {
            (Some(Event::Text(text)), Event::Text(more)) => text.push_str(&more),
            (_, event) => joined.push(event),
        }
    }
    joined
}

fn text(text: &str) -> Event {
    Event::Text(text.to_owned())
}

fn call() -> Event {
    let arguments = json!({"zone": "END"});
    Event::ToolCall(ToolCall {
        id: "call00001".to_owned(),
        name: "time".to_owned(),
        arguments,
    })
}

#[test]
fn a_call_is_taken_out_of_the_text() {
    let (events, stopped) = events_of(&format!("I look. {CALL}"), &[]);
    assert!(!stopped);
    assert_eq!(events.first(), Some(&text("I look.")));
    assert_eq!(events.last(), Some(&call()));
}

#[test]
fn stop_texts_are_not_looked_for_in_calls() {
    let (events, stopped) = events_of(CALL, &["END"]);
    assert!(!stopped);
    assert_eq!(events, [call()]);
}

#[test]
fn text_held_back_comes_before_the_call_that_follows_it() {
    let (events, stopped) = events_of(&format!("the E{CALL}"), &["END"]);
    assert!(!stopped);
    assert_eq!(events, [text("the E"), call()]);
}

#[test]
fn nothing_follows_a_stop_text() {
    let (events, stopped) = events_of(&format!("one END two {CALL}"), &["END"]);
    assert!(stopped);
    assert_eq!(events, [text("one ")]);
}

#[test]
fn a_call_that_breaks_off_is_malformed() {
    let (events, _) = events_of("<tool_call>\n{\"name\": \"ti", &[]);
    assert!(
        matches!(events.as_slice(), [Event::MalformedToolCall { .. }]),
        "{events:?}"
    );
}
