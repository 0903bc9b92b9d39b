//! Runtimes that list a model and then fail it, and where the run goes then.

use serde_json::Value;

use super::TestEnv;
use super::env::Aldo;
use super::llama::{MODEL, asked, cannot, chunk, llama, says};
use super::plane::{TOKEN, plane};
use super::raw_server::{RawServer, event, sse_head};

/// Writes an agent of `tier` that only a model of 131,072 tokens serves, so not the built-in one.
fn agent(env: &TestEnv, tier: &str) {
    let spec = format!(
        "apiVersion: aldo-ai/agent.v1\nname: reader\nversion: 1.0.0\nprivacy_tier: {tier}\n\
         model_policy:\n  capability_class: local-reasoning\n  capability_requirements: [128k-context]\n\
         prompt:\n  system_file: reader.md\n"
    );
    env.write(&env.project().join("agents/reader.yaml"), spec);
    env.write(&env.project().join("agents/reader.md"), "Read.");
}

fn with<const N: usize>(env: &TestEnv, runtime: &RawServer, args: [&str; N]) -> Aldo {
    env.aldo(args)
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", runtime.base_url())
        .args(["--inputs", "hello", "--json"])
}

fn kinds(env: &TestEnv) -> Vec<String> {
    let shown = env.aldo(["runs", "show", "last", "--json"]).run().exits(0);
    let events = shown.json()["events"].as_array().unwrap().clone();
    let kind = |event: &Value| event["kind"].as_str().unwrap().to_owned();
    events.iter().map(kind).collect()
}

#[test]
fn a_runtime_answers_before_the_built_in_model() {
    let env = TestEnv::new();
    let runtime = llama(|_| says("from the server"));
    let ran = with(&env, &runtime, ["run", "hello"]).run().exits(0);
    let document = ran.json();
    assert_eq!(document["output"], "from the server");
    assert_eq!(
        (
            &document["model"],
            &document["provider"],
            &document["locality"]
        ),
        (&MODEL.into(), &"llamacpp".into(), &"local".into())
    );
}

#[test]
fn d10_a_runtime_that_lists_a_model_and_fails_it_is_marked_and_the_next_model_answers() {
    let env = TestEnv::new();
    let runtime = llama(|_| cannot());
    let ran = with(&env, &runtime, ["run", "hello"]).run().exits(0);
    assert_eq!(ran.json()["model"], "aldo-nano", "{ran}");
    let before = asked(&runtime);
    assert!(before > 0, "listing is not health, so it was asked");
    with(&env, &runtime, ["run", "hello"]).run().exits(0);
    assert_eq!(asked(&runtime), before, "every process knows the mark");
}

#[test]
fn d10_a_runtime_that_dies_in_mid_answer_is_a_typed_error_and_marked() {
    let env = TestEnv::new();
    let runtime = llama(|_| vec![sse_head(), event(chunk("I was about", None))]);
    let ran = with(&env, &runtime, ["run", "hello"]).run().exits(4);
    let document = ran.json();
    assert_eq!(document["output"], "I was about");
    assert_eq!(document["error"]["code"], "backend_failed");
    let again = with(&env, &runtime, ["run", "hello"]).run().exits(0);
    assert_eq!(again.json()["model"], "aldo-nano");
}

#[test]
fn auto_hands_over_what_the_runtimes_here_cannot_serve() {
    let env = TestEnv::new();
    env.write(
        &env.project().join("agents/large.yaml"),
        "apiVersion: aldo-ai/agent.v1\nname: large\nversion: 1.0.0\nprivacy_tier: internal\n\
         model_policy:\n  capability_class: reasoning-large\nprompt:\n  system_file: large.md\n",
    );
    env.write(&env.project().join("agents/large.md"), "Think.");
    let (runtime, plane) = (llama(|_| says("no")), plane(&["completed"]));
    let hosted = |discovery: &str| {
        with(&env, &runtime, ["run", "large"])
            .env("ALDO_LOCAL_DISCOVERY", discovery)
            .env("ALDO_API_URL", plane.base_url())
            .env("ALDO_API_TOKEN", TOKEN)
            .run()
    };
    assert_eq!(hosted("llamacpp").exits(0).json()["route"], "hosted");
    let seen = plane.connections();
    let refused = hosted("none").exits(3);
    assert_eq!(refused.json()["error"]["code"], "no_eligible_model");
    assert_eq!(
        plane.connections(),
        seen,
        "nobody was asked, so nothing is handed over"
    );
}

#[test]
fn a_run_whose_model_fails_first_is_handed_over_where_auto_may() {
    let env = TestEnv::new();
    agent(&env, "internal");
    let (runtime, plane) = (llama(|_| cannot()), plane(&["completed"]));
    let ran = with(&env, &runtime, ["run", "reader"])
        .env("ALDO_API_URL", plane.base_url())
        .env("ALDO_API_TOKEN", TOKEN)
        .run()
        .exits(0);
    assert_eq!(ran.json()["output"], "looks good");
    assert_eq!(
        kinds(&env),
        [
            "decision",
            "task",
            "message",
            "message",
            "failed",
            "decision",
            "hosted_request",
            "hosted_status",
            "hosted_status",
            "answer",
            "stop"
        ]
    );
}

#[test]
fn e05_a_sensitive_run_whose_local_model_fails_is_never_hosted() {
    let env = TestEnv::new();
    agent(&env, "sensitive");
    let (runtime, plane) = (llama(|_| cannot()), plane(&["completed"]));
    let run = || {
        with(&env, &runtime, ["run", "reader"])
            .env("ALDO_API_URL", plane.base_url())
            .env("ALDO_API_TOKEN", TOKEN)
            .run()
    };
    let ran = run().exits(4);
    assert_eq!(ran.json()["error"]["code"], "backend_failed");
    let marked = run().exits(3);
    assert_eq!(marked.json()["error"]["code"], "privacy_tier_unroutable");
    assert_eq!(plane.connections(), 0);
}
