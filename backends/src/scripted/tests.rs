use serde_json::json;

use super::*;
use crate::{Event, Finish, Message, Usage};

fn ask(text: &str) -> Request {
    Request::new(vec![Message::user(text)])
}

fn play(backend: &Scripted, text: &str) -> Vec<Result<Event, BackendError>> {
    let mut generation = backend.generate(ask(text)).unwrap();
    std::iter::from_fn(|| generation.blocking_next()).collect()
}

fn done(finish: Finish) -> Event {
    Event::Done {
        finish,
        usage: Usage::default(),
    }
}

#[test]
fn turns_are_played_in_order_and_requests_are_remembered() {
    let backend = Scripted::new(vec![Turn::text("one"), Turn::text("two")]);
    let first: Vec<_> = play(&backend, "a")
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(first, [Event::Text("one".to_owned()), done(Finish::Stop)]);
    let second: Vec<_> = play(&backend, "b")
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(second, [Event::Text("two".to_owned()), done(Finish::Stop)]);
    assert_eq!(backend.requests(), [ask("a"), ask("b")]);
    assert_eq!(backend.turns_left(), 0);
}

#[test]
fn a_script_that_ended_says_how_long_it_was() {
    let backend = Scripted::new(vec![Turn::text("one")]);
    play(&backend, "a");
    let error = backend.generate(ask("b")).unwrap_err();
    assert_eq!(error.to_string(), "the script has no turn left of its 1");
    assert_eq!(backend.requests().len(), 2);
}

#[test]
fn a_failing_turn_fails_after_its_events() {
    let backend = Scripted::new(vec![Turn::text("half").failing("the model caught fire")]);
    let events = play(&backend, "a");
    assert_eq!(events.len(), 2);
    assert_eq!(*events[0].as_ref().unwrap(), Event::Text("half".to_owned()));
    assert_eq!(
        events[1].as_ref().unwrap_err().to_string(),
        "the model caught fire"
    );
}

#[test]
fn nothing_follows_the_end() {
    let end = done(Finish::Length);
    let backend = Scripted::new(vec![Turn::new(vec![
        end.clone(),
        Event::Text("late".to_owned()),
    ])]);
    let events: Vec<_> = play(&backend, "a")
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(events, [end]);
}

#[test]
fn json_has_every_kind_of_event() {
    let backend = Scripted::from_json(
        r#"{"model": "parrot", "turns": [
            {"events": [
                {"loading": {"done_bytes": 1, "total_bytes": 2}},
                {"reasoning": "hm"},
                {"text": "so"},
                {"tool_call": {"name": "weather", "arguments": {"city": "Oslo"}}},
                {"tool_call": {"id": "x", "name": "time"}},
                {"malformed_tool_call": {"text": "{", "reason": "cut"}}
            ], "usage": {"tokens_in": 7}},
            {"finish": "length"},
            {"error": "no"}
        ]}"#,
    )
    .unwrap();
    assert_eq!(backend.model(), "parrot");
    let call = |id: &str, name: &str, arguments| {
        Event::ToolCall(crate::ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments,
        })
    };
    let events: Vec<_> = play(&backend, "a")
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        events,
        [
            Event::Loading {
                done_bytes: 1,
                total_bytes: 2
            },
            Event::Reasoning("hm".to_owned()),
            Event::Text("so".to_owned()),
            call("call00001", "weather", json!({"city": "Oslo"})),
            call("x", "time", json!({})),
            Event::MalformedToolCall {
                text: "{".to_owned(),
                reason: "cut".to_owned()
            },
            Event::Done {
                finish: Finish::ToolCalls,
                usage: Usage {
                    tokens_in: 7,
                    ..Usage::default()
                }
            },
        ]
    );
    let second: Vec<_> = play(&backend, "b")
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(second, [done(Finish::Length)]);
    assert!(play(&backend, "c")[0].is_err());
}

#[test]
fn errors_in_json_name_the_place() {
    let reason = |text: &str| Scripted::from_json(text).unwrap_err().to_string();
    insta::assert_snapshot!(
        reason("{\"turns\": [\n  {\"event\": []}]}"),
        @"script: unknown field `event`, expected one of `events`, `finish`, `usage`, `error` at line 2 column 10"
    );
    insta::assert_snapshot!(
        reason(r#"{"turns": [{"events": [{"txt": "a"}]}]}"#),
        @"script: unknown variant `txt`, expected one of `loading`, `text`, `reasoning`, `tool_call`, `malformed_tool_call` at line 1 column 29"
    );
    insta::assert_snapshot!(
        reason(r#"{"turns": [{"events": [{"tool_call": {"name": "a", "arguments": []}}]}]}"#),
        @"script: invalid type: sequence, expected a map at line 1 column 64"
    );
    insta::assert_snapshot!(
        reason(r#"{"turns": [{}, {"finish": "stop", "error": "a"}]}"#),
        @"script: turn 2 has both `finish` and `error`"
    );
    insta::assert_snapshot!(
        reason(r#"{"turns": [{"usage": {"tokens_in": -1}}]}"#),
        @"script: invalid value: integer `-1`, expected u64 at line 1 column 37"
    );
}

#[test]
fn requests_that_contradict_themselves_are_refused() {
    let backend = Scripted::new(vec![Turn::text("one")]);
    let refused = |request: Request| backend.generate(request).unwrap_err().to_string();
    assert_eq!(
        refused(Request::new(Vec::new())),
        "`messages` must not be empty"
    );
    assert_eq!(
        refused(Request {
            tokens_max: 0,
            ..ask("a")
        }),
        "`tokens_max` must be at least 1"
    );
    let stop = vec!["\n".to_owned(), String::new()];
    assert_eq!(
        refused(Request { stop, ..ask("a") }),
        "`stop` must not hold an empty text"
    );
    assert!(backend.requests().is_empty());
}
