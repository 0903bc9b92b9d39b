//! Servers that lie, break, read little, see pictures or think without having said so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::with_suite;
use crate::TestEnv;
use crate::env::Aldo;
use crate::llama::{cannot, chunk, counts, llama, llama_of, question, says};
use crate::raw_server::{Act, RawServer, Received, event, json as reply, sse, sse_head};

pub(super) fn on<const N: usize>(env: &TestEnv, server: &RawServer, args: [&str; N]) -> Aldo {
    env.aldo(args)
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", server.base_url())
}

fn rows(report: &Value) -> Vec<Value> {
    let rows = report["models"][0]["cases"].as_array();
    rows.unwrap_or_else(|| panic!("{report:#}")).clone()
}

/// A suite with a case for each word, which is also what is asked; any text passes.
fn suite_of(words: &[&str]) -> String {
    let cases = words.iter().map(|word| {
        format!("  - {{id: {word}, input: {word}, expect: {{kind: regex, pattern: '.'}}}}\n")
    });
    cases.fold(
        "name: small\nversion: 1.0.0\npassThreshold: 0.1\ncases:\n".to_owned(),
        |suite, case| suite + &case,
    )
}

fn whole(text: &str, usage: Option<Value>) -> Vec<Act> {
    let mut events = vec![chunk(text, None), chunk("", Some("stop"))];
    events.extend(usage);
    after_a_moment(&events)
}

/// As long as a few words take that somebody can write.
fn after_a_moment(events: &[Value]) -> Vec<Act> {
    let mut acts = vec![Act::Wait(Duration::from_millis(20))];
    acts.extend(sse(events));
    acts
}

/// Ten words, one every 20 ms.
fn slowly(usage: Value) -> Vec<Act> {
    let words = (0..10).flat_map(|_| {
        let pause = Act::Wait(Duration::from_millis(20));
        [event(chunk("word ", None)), pause]
    });
    let mut acts = vec![sse_head()];
    acts.extend(words);
    acts.extend([
        event(chunk("", Some("stop"))),
        event(usage),
        event("[DONE]"),
    ]);
    acts
}

fn lies(request: &Received) -> Vec<Act> {
    match question(request).as_str() {
        "empty" => whole("", Some(counts(5, 1_000))),
        "instant" => whole(&"a ".repeat(200_000), Some(counts(5, 200_000))),
        "uncounted" => whole("yes, of course", None),
        "too-many" => whole("yes, of course", Some(counts(5, 1_000_000_000))),
        "negative" => whole("yes, of course", Some(counts(-5, -7))),
        "quick-clock" => {
            let mut usage = counts(5, 11);
            usage["timings"] = json!({"prompt_ms": 1e-9, "predicted_ms": 1e-9});
            slowly(usage)
        }
        _ => slowly(counts(5, 11)),
    }
}

#[test]
fn k01_a_server_that_lies_is_never_rated_fast() {
    let words = [
        "empty",
        "instant",
        "uncounted",
        "too-many",
        "negative",
        "quick-clock",
        "honest",
    ];
    let env = with_suite(&suite_of(&words));
    let server = llama(lies);
    let ran = on(&env, &server, ["bench", "--suite", "small", "--model"])
        .args(["qwen3-4b", "--json"])
        .run()
        .exits(0);
    let report = ran.json();
    let rows = rows(&report);
    let row = |word: &str| rows.iter().find(|row| row["case"] == word).unwrap();
    for (word, why) in [
        ("empty", "the answer is empty"),
        ("instant", "more than a machine can write"),
    ] {
        assert_eq!(row(word)["status"], "error", "{word} in {ran}");
        let error = row(word)["tries"][0]["error"].as_str().unwrap();
        assert!(error.contains(why), "{word}: {error}");
        assert!(row(word)["tokPerSec"].is_null(), "{word} in {ran}");
    }
    for word in ["uncounted", "too-many", "negative"] {
        assert_eq!(row(word)["status"], "pass", "{word} in {ran}");
        assert!(row(word)["tokPerSec"].is_null(), "{word} in {ran}");
        assert!(row(word)["decodeTokPerSec"].is_null(), "{word} in {ran}");
        assert!(
            row(word)["tries"][0]["noRate"].is_string(),
            "{word} in {ran}"
        );
    }
    // Ten pauses of 20 ms cannot be hidden by what the server says of its clock.
    for word in ["quick-clock", "honest"] {
        let rate = row(word)["decodeTokPerSec"].as_f64().unwrap();
        assert!(rate > 0.0 && rate <= 60.0, "{word}: {rate}");
    }
    assert!(row("quick-clock")["prefillTokPerSec"].is_null(), "{ran}");
    let summary = &report["models"][0]["summary"];
    assert_eq!(
        (&summary["errors"], &summary["counted"]),
        (&2.into(), &7.into())
    );
    assert!(summary["avgTokPerSec"].as_f64().unwrap() < 60.0, "{ran}");
    let table = on(&env, &server, ["bench", "--suite", "small", "--model"])
        .args(["qwen3-4b"])
        .run()
        .exits(0);
    assert!(
        table
            .stdout
            .contains("# overall: 5/7 cases pass (71%), 2 without an answer"),
        "{table}"
    );
}

#[test]
fn k01_layers_of_a_server_that_lies_are_not_timed() {
    let env = TestEnv::new();
    for (answer, why) in [
        ("empty", "the answer is empty"),
        ("instant", "more than a machine can write"),
        ("too-many", "tokens are counted for"),
    ] {
        let server = llama(move |request| match question(request).as_str() {
            "Say yes." => says("yes"),
            _ => match answer {
                "empty" => whole("", Some(counts(5, 1_000))),
                "instant" => whole(&"a ".repeat(200_000), Some(counts(5, 200_000))),
                _ => whole("yes, of course", Some(counts(5, 1_000_000_000))),
            },
        });
        let ran = on(
            &env,
            &server,
            ["bench", "--model", "qwen3-4b", "--layers", "direct"],
        )
        .args(["--runs", "1"])
        .run()
        .exits(4);
        assert!(ran.stderr.contains(why), "{answer}: {ran}");
    }
}

#[test]
fn a_server_that_reads_little_gets_prompts_that_fit() {
    // Two bytes a token, as vocabularies of few words have.
    const CONTEXT: usize = 2048;
    let server = llama_of(
        "dense",
        CONTEXT as u64,
        || json!({}),
        |request| {
            let text = question(request);
            let tokens = text.len() / 2 + 20;
            if tokens > CONTEXT {
                let message = "request exceeds the available context size";
                return reply(400, &json!({"error": {"code": 400, "message": message}}));
            }
            let found = text.contains("third blue tile");
            let answer = if found {
                "Under the third blue tile."
            } else {
                "yes"
            };
            whole(answer, Some(counts(tokens as i64, 7)))
        },
    );
    let env = TestEnv::new();
    let ran = on(
        &env,
        &server,
        ["bench", "--suite", "local-model-rating", "--model"],
    )
    .args(["dense", "--only", "needle-in-haystack", "--json"])
    .run()
    .exits(0);
    let row = rows(&ran.json())[0].clone();
    assert_eq!(row["status"], "pass", "{ran}");
    let note = row["note"].as_str().unwrap();
    assert!(
        note.contains("of 48000 tokens, for a window of 2048"),
        "{note}"
    );
    // It is not shortened more than it must be: the answer has its part of the window.
    assert!(row["tokIn"].as_u64().unwrap() > 1_500, "{ran}");
}

#[test]
fn a_server_of_a_long_window_gets_the_whole_text_with_its_lines_where_they_belong() {
    let server = llama_of(
        "long",
        131_072,
        || json!({}),
        |request| {
            let text = question(request);
            let tokens = (text.len() / 4) as i64;
            let depth = |line: &str| text.find(line).map(|at| at as f64 / text.len() as f64);
            let near = |at: Option<f64>, to: f64| at.is_some_and(|at| (at - to).abs() < 0.02);
            let answer = if near(depth("the spare key of the lighthouse"), 0.5) && tokens > 47_000 {
                "It lies under the third blue tile."
            } else if near(depth("is insured for 310"), 0.15) && near(depth("raised by 45"), 0.85) {
                "355 crowns"
            } else {
                "yes"
            };
            whole(answer, Some(counts(tokens, 9)))
        },
    );
    let env = TestEnv::new();
    let ran = on(
        &env,
        &server,
        ["bench", "--suite", "local-model-rating", "--model"],
    )
    .args(["long", "--only", "long", "--json"])
    .run()
    .exits(0);
    let rows = rows(&ran.json());
    for row in &rows {
        assert_eq!(
            (&row["status"], &row["note"]),
            (&"pass".into(), &Value::Null),
            "{ran}"
        );
    }
    assert!(rows[0]["tokIn"].as_u64().unwrap() > 47_000, "{ran}");
    // What is kept of the prompt leaves the middle out.
    assert!(rows[0]["prompt"].as_str().unwrap().len() < 10_000);
}

#[test]
fn pictures_are_shown_to_a_model_that_sees() {
    let props = || json!({"build_info": "b1-eyes", "modalities": {"vision": true}});
    let server = llama_of("seer", 8192, props, |request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let parts = body["messages"][0]["content"].as_array().cloned();
        let urls = parts
            .iter()
            .flatten()
            .filter_map(|part| part["image_url"]["url"].as_str());
        let png = urls
            .filter(|url| url.starts_with("data:image/png;base64,iVBOR"))
            .count();
        let answer = match (png, question(request).contains("How many")) {
            (1, true) => "5",
            (1, false) => "A red triangle.",
            _ => "I see nothing.",
        };
        whole(answer, Some(counts(300, 6)))
    });
    let env = TestEnv::new();
    let ran = on(
        &env,
        &server,
        ["bench", "--suite", "local-model-rating", "--model"],
    )
    .args(["seer", "--only", "vision", "--json"])
    .run()
    .exits(0);
    assert_eq!(ran.json()["models"][0]["summary"]["passed"], 2, "{ran}");
    assert_eq!(ran.json()["models"][0]["runtimeVersion"], "b1-eyes");
}

#[test]
fn a_model_that_thinks_unannounced_is_given_the_tokens_for_it() {
    let asked_for = |request: &Received| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["max_tokens"].as_u64().unwrap_or(0)
    };
    let server = llama_of(
        "mystery",
        65_536,
        || json!({}),
        move |request| {
            let thought = json!({"choices": [{"index": 0, "delta": {"reasoning_content": "let me see, "}, "finish_reason": null}]});
            if asked_for(request) < 100 {
                return after_a_moment(&[thought, chunk("", Some("length")), counts(9, 20)]);
            }
            after_a_moment(&[
                thought,
                chunk("yes", None),
                chunk("", Some("stop")),
                counts(9, 24),
            ])
        },
    );
    let suite = suite_of(&["first", "second"]).replace("expect:", "tokensMax: 20, expect:");
    let env = with_suite(&suite);
    let ran = on(
        &env,
        &server,
        ["bench", "--suite", "small", "--model", "mystery"],
    )
    .arg("--json")
    .run()
    .exits(0);
    assert_eq!(ran.json()["models"][0]["summary"]["passed"], 2, "{ran}");
    let ratio = &ran.json()["models"][0]["summary"]["avgReasoningRatio"];
    assert!(ratio.as_f64().is_some_and(|ratio| ratio > 0.5), "{ran}");
    let received = server.received();
    let chats = received.iter().filter(|request| request.method == "POST");
    let given: Vec<u64> = chats.map(asked_for).collect();
    // To wake it, once as any model, again with the tokens for thinking, and so from then on.
    assert_eq!(given, [1, 20, 4116, 4116], "{ran}");
}

#[test]
fn k02_a_server_that_dies_keeps_its_rows_and_is_gone_on_with_when_it_is_back() {
    const WELL: u8 = 0;
    const DEAD: u8 = 1;
    const BACK: u8 = 2;
    let state = Arc::new(AtomicU8::new(WELL));
    let of_server = Arc::clone(&state);
    let server = llama(move |request| match of_server.load(Ordering::SeqCst) {
        WELL if question(request) == "fatal" => {
            of_server.store(DEAD, Ordering::SeqCst);
            vec![Act::Reset]
        }
        DEAD => cannot(),
        _ => whole("yes, of course", Some(counts(5, 4))),
    });
    let env = with_suite(&suite_of(&["first", "fatal", "third"]));
    let bench = ["bench", "--suite", "small", "--model", "qwen3-4b"];
    let ran = on(&env, &server, bench).run().exits(4);
    assert!(ran.stdout.contains("  first"), "{ran}");
    assert!(
        ran.stderr.contains("it answers no more since `fatal`"),
        "{ran}"
    );
    state.store(BACK, Ordering::SeqCst);
    let ran = on(&env, &server, bench)
        .args(["--resume", "--json"])
        .run()
        .exits(0);
    assert_eq!(ran.json()["models"][0]["summary"]["passed"], 3, "{ran}");
    assert_eq!(ran.json()["complete"], true, "{ran}");
}
