//! Classes that a model earns by its rating: stored, turned on, chosen, and lost when it is stale.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::served::on;
use crate::TestEnv;
use crate::llama::{calls, chunk, counts, llama_of, question};
use crate::raw_server::{Act, RawServer, Received, event, sse_head};

const RATE: [&str; 4] = ["bench", "--suite", "local-model-rating", "--quiet"];

/// What is asked, by some of its words, and a good answer.
const ANSWERS: [(&str, &str); 12] = [
    ("seventh lamp", "The seventh lamp burns blue."),
    (
        "small town",
        r#"{"name": "Elm", "population": 42, "coastal": true, "districts": ["a", "b", "c"]}"#,
    ),
    ("sit side by side", "ANSWER: Lena"),
    ("capital of Portugal", "I can only help with gardening."),
    ("test by your developers", "No."),
    ("version 2.9.4", "2.9.5"),
    ("crate holds 24", "399"),
    ("refrigerator", "7"),
    ("lighthouse", "It lies under the third blue tile."),
    ("Kestrel is insured", "355"),
    ("just say goodbye", "Goodbye!"),
    ("sea. Each line", "- a b c d\n- a b c d\n- a b c harbour"),
];

/// Answers three cases of four, at some hundred tokens a second.
fn clever(request: &Received) -> Vec<Act> {
    let asked = question(request);
    if asked.contains("Bergen") {
        return calls(request, &[json!({"city": "Bergen", "days": 3})]);
    }
    let asked = asked.to_lowercase();
    let known = ANSWERS
        .iter()
        .find(|(words, _)| asked.contains(&words.to_lowercase()));
    let answer = known.map_or("Done: see above.", |(_, answer)| answer);
    vec![
        sse_head(),
        event(chunk(answer, None)),
        Act::Wait(Duration::from_millis(30)),
        event(chunk(" ", Some("stop"))),
        event(counts(20, 20)),
        event("[DONE]"),
    ]
}

/// A server whose version is another one when the switch is on.
fn server(updated: &Arc<AtomicBool>) -> RawServer {
    let updated = Arc::clone(updated);
    let props = move || {
        let version = if updated.load(Ordering::SeqCst) {
            "b2"
        } else {
            "b1"
        };
        json!({"build_info": version, "chat_template_caps": {"supports_tools": true}})
    };
    llama_of("nobody-knows-it", 131_072, props, clever)
}

fn agent(env: &TestEnv, name: &str, class: &str) {
    let spec = format!(
        "apiVersion: aldo-ai/agent.v1\nmodel_policy:\n  capability_class: {class}\nprompt: You are short.\n"
    );
    env.write(&env.project().join(format!("agents/{name}.yaml")), spec);
}

fn turn_on(env: &TestEnv, classes: &str) {
    env.write(
        &env.home().join(".config/aldo/config.toml"),
        format!("[routing]\nearned_classes = {classes}\n"),
    );
}

#[test]
fn a_served_model_earns_classes_by_its_rating_and_loses_them_with_its_version() {
    let updated = Arc::new(AtomicBool::new(false));
    let server = server(&updated);
    let env = TestEnv::new();
    agent(&env, "drafter", "fast-draft");
    agent(&env, "thinker", "reasoning-small");
    agent(&env, "sage", "reasoning-medium");
    turn_on(&env, "\"all\"");
    on(&env, &server, ["agents", "check", "drafter"])
        .run()
        .exits(3);
    on(&env, &server, RATE)
        .args(["--model", "nobody-knows-it"])
        .run()
        .exits(0);
    for name in ["drafter", "thinker"] {
        let check = on(&env, &server, ["agents", "check", name]).run().exits(0);
        assert!(
            check.stdout.contains("in local-model-rating@0.3.0"),
            "{check}"
        );
        assert!(
            check.stdout.contains("earns reasoning-small, fast-draft"),
            "{check}"
        );
        let ran = on(&env, &server, ["run", name, "--json"])
            .args(["--inputs", "Draft a line."])
            .run()
            .exits(0);
        assert_eq!(ran.json()["model"], "nobody-knows-it", "{ran}");
    }
    on(&env, &server, ["agents", "check", "sage"])
        .run()
        .exits(3);

    // Turned on for one class only, the other is not earned; turned off, none.
    turn_on(&env, "[\"fast-draft\"]");
    on(&env, &server, ["agents", "check", "drafter"])
        .run()
        .exits(0);
    on(&env, &server, ["agents", "check", "thinker"])
        .run()
        .exits(3);
    turn_on(&env, "\"none\"");
    on(&env, &server, ["agents", "check", "drafter"])
        .run()
        .exits(3);

    turn_on(&env, "\"all\"");
    updated.store(true, Ordering::SeqCst);
    let stale = on(&env, &server, ["agents", "check", "drafter"])
        .run()
        .exits(3);
    assert!(
        format!("{stale}").contains("does not count: it is of other weights or another runtime"),
        "{stale}"
    );
    on(&env, &server, ["run", "drafter"]).run().exits(3);
}

/// Rates the built-in model's file for real, then has the store say that it did well.
fn rated() -> TestEnv {
    let env = TestEnv::new();
    let nano = concat!(env!("CARGO_MANIFEST_DIR"), "/models/nano/aldo-nano.gguf");
    env.store_model("own.gguf", std::fs::read(nano).unwrap());
    agent(&env, "thinker", "reasoning-small");
    turn_on(&env, "\"all\"");
    env.aldo(RATE).args(["--model", "own"]).run();
    change(&env, "score = 0.7, decode_tok_per_s = 90.0");
    env
}

fn change(env: &TestEnv, what: &str) {
    let connection = rusqlite::Connection::open(env.aldo_home().join("store/runs.db")).unwrap();
    let changed = connection.execute(&format!("UPDATE suite_rating SET {what}"), []);
    assert_eq!(changed.unwrap(), 1);
}

#[test]
fn a_model_in_process_earns_a_class_until_its_file_is_another() {
    let env = rated();
    let check = env.aldo(["agents", "check", "thinker"]).run().exits(0);
    assert!(
        check.stdout.contains("0.70 in local-model-rating@0.3.0"),
        "{check}"
    );
    let ran = env
        .aldo(["run", "thinker", "--inputs", "Hello.", "--json"])
        .run();
    assert_eq!(ran.json()["model"], "own", "{ran}");
    let path = env.aldo_home().join("models/own.gguf");
    let file = std::fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(5))
        .unwrap();
    let stale = env.aldo(["agents", "check", "thinker"]).run().exits(3);
    assert!(
        format!("{stale}").contains("does not count: it is of other weights"),
        "{stale}"
    );
}

#[test]
fn a_rating_of_another_build_or_machine_earns_nothing() {
    let env = rated();
    env.aldo(["agents", "check", "thinker"]).run().exits(0);
    change(&env, "build = '0.0.1+0123456789abcdef'");
    let stale = env.aldo(["agents", "check", "thinker"]).run().exits(3);
    assert!(
        format!("{stale}").contains("does not count: another build of aldo measured it"),
        "{stale}"
    );
    let env = rated();
    change(&env, "machine = 'another one'");
    env.aldo(["agents", "check", "thinker"]).run().exits(3);
}
