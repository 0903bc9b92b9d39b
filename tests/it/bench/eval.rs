//! `aldo eval` and the gates of a spec: an agent with its own instructions, whole runs of the program.

use super::{SMALL, with_suite};
use crate::TestEnv;

fn with_agent(gate: &str) -> TestEnv {
    let env = with_suite(SMALL);
    let spec = format!(
        "apiVersion: aldo-ai/agent.v1\nmodel_policy:\n  capability_class: local-reasoning\n  \
         decoding: {{mode: free, temperature: 0}}\nprompt: You are short.\n{gate}"
    );
    env.write(&env.project().join("agents/short.yaml"), spec);
    env
}

#[test]
fn an_agent_is_judged_by_a_suite_and_its_runs_are_written_down() {
    let env = with_agent("");
    let ran = env
        .aldo(["eval", "run", "small", "--agent", "short", "--json"])
        .run()
        .exits(0);
    let report = ran.json();
    assert_eq!(report["agent"], "short@0.1.0");
    let model = &report["models"][0];
    assert_eq!(model["model"], "aldo-nano");
    assert_eq!(model["summary"]["passed"], 2, "{ran}");
    assert_eq!(model["summary"]["avgTokPerSec"], serde_json::Value::Null);
    let runs = env.aldo(["runs", "ls", "--json"]).run().exits(0);
    assert_eq!(runs.stdout.matches("\"short\"").count(), 3, "{runs}");
    let page = env
        .aldo(["eval", "run", "small", "--agent", "short"])
        .run()
        .exits(0);
    assert!(
        page.stdout
            .starts_with("suite: small@1.0.0 · agent=short@0.1.0 · model=aldo-nano"),
        "{page}"
    );
}

#[test]
fn a_sweep_judges_each_model() {
    let env = with_agent("");
    env.store_tiny("tiny.gguf");
    let models = env
        .aldo([
            "eval",
            "sweep",
            "small",
            "--models",
            "aldo-nano,tiny",
            "--json",
        ])
        .run();
    assert_eq!(models.json()["models"][1]["model"], "tiny");
    let agent = env
        .aldo([
            "eval",
            "sweep",
            "small",
            "--agent",
            "short",
            "--models",
            "aldo-nano",
        ])
        .arg("--json")
        .run()
        .exits(0);
    assert_eq!(agent.json()["models"][0]["summary"]["counted"], 3);
}

#[test]
fn a_gate_lets_an_agent_through_by_its_score() {
    for (least, code) in [("0.6", 0), ("0.9", 1)] {
        let gate =
            format!("eval_gate: {{required_suites: [{{suite: small, min_score: {least}}}]}}\n");
        let env = with_agent(&gate);
        env.aldo(["agents", "validate", "short"]).run().exits(0);
        let ran = env
            .aldo(["agents", "validate", "short", "--gate"])
            .run()
            .exits(code);
        let says = format!("small@1.0.0: 0.67 of at least {least}0");
        assert!(ran.stdout.contains(&says), "{ran}");
    }
}

#[test]
fn an_agent_and_a_model_that_are_not_there_are_no_bad_answers() {
    let env = with_agent("");
    env.aldo(["eval", "run", "small", "--agent", "nobody"])
        .run()
        .exits(2);
    let args = [
        "eval", "run", "small", "--agent", "short", "--model", "nothing",
    ];
    let ran = env.aldo(args).run().exits(2);
    assert!(ran.stderr.contains("no model `nothing` is here"), "{ran}");
}

#[test]
fn e02_a_suite_more_secret_than_the_agent_under_test_is_not_asked() {
    let env = with_suite(&format!("privacyTier: sensitive\n{SMALL}"));
    let spec = "apiVersion: aldo-ai/agent.v1\nprivacy_tier: public\nmodel_policy:\n  \
                capability_class: local-reasoning\nprompt: You are short.\n";
    env.write(&env.project().join("agents/short.yaml"), spec);
    let ran = env
        .aldo(["eval", "run", "small", "--agent", "short"])
        .run()
        .exits(3);
    assert!(ran.stderr.contains("the suite is `sensitive`"), "{ran}");
    let runs = env.aldo(["runs", "ls", "--json"]).run().exits(0);
    assert_eq!(runs.json()["total"], 0, "{runs}");
}
