//! Agents that are made of agents, over the built program: the reference agency, what may be started,
//! what is written down, and that all of them end together.

mod agency;

use std::process::Stdio;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::TestEnv;
use super::env::Aldo;
use super::llama::{MODEL, asked, llama, says};
use super::long::signal;
use super::raw_server::{Act, RawServer, Received, sse_head};

/// The first words of each agent's prompt, and what it says.
const CAST: [(&str, &str); 5] = [
    ("You are the architect", "DESIGN"),
    ("You are the tech lead", "STEPS"),
    ("You are a code reviewer", "REVIEW"),
    ("You are a security auditor", "AUDIT"),
    ("You are the backend engineer", "REPORT"),
];

fn system(request: &Received) -> String {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    body["messages"][0]["content"].as_str().unwrap().to_owned()
}

fn with<const N: usize>(env: &TestEnv, runtime: &RawServer, args: [&str; N]) -> Aldo {
    env.aldo(args)
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", runtime.base_url())
}

fn last(env: &TestEnv) -> Value {
    env.aldo(["runs", "show", "last", "--json"])
        .run()
        .exits(0)
        .json()
}

/// The runs below one, as `agent:stop(…)`.
fn tree(children: &Value) -> String {
    let shown = children.as_array().unwrap().iter().map(|child| {
        let run = child.get("run").unwrap_or(child);
        let name = format!(
            "{}:{}",
            run["agent"].as_str().unwrap(),
            run["stop"].as_str().unwrap()
        );
        match child["children"].as_array() {
            Some(below) if !below.is_empty() => format!("{name}({})", tree(&child["children"])),
            _ => name,
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// An agent of the project whose answer is short whatever the model, since its form is given.
fn child(env: &TestEnv, name: &str, rest: &str) {
    let spec = format!(
        "apiVersion: aldo-ai/agent.v1\nname: {name}\n{rest}\nmodel_policy:\n  \
         capability_class: local-reasoning\n  decoding: {{mode: constrained, json_schema_ref: ok.json}}\n\
         prompt: Say whether it is good.\n"
    );
    env.write(&env.project().join(format!("agents/{name}.yaml")), spec);
    let form =
        r#"{"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}"#;
    env.write(&env.project().join("agents/ok.json"), form);
}

fn supervisor(env: &TestEnv, allowed: &str, composite: &str, rest: &str) {
    let spec = format!(
        "apiVersion: aldo-ai/agent.v1\nname: lead\n{rest}\nmodel_policy: {{capability_class: local-reasoning}}\n\
         spawn: {{allowed: [{allowed}]}}\ncomposite: {{{composite}}}\n"
    );
    env.write(&env.project().join("agents/lead.yaml"), spec);
}

#[test]
fn principal_runs_the_agency_to_its_end_with_two_of_five_side_by_side() {
    let env = TestEnv::new();
    // Neither reviewer is answered before both are asked.
    let both = Barrier::new(2);
    let runtime = llama(move |request| {
        let prompt = system(request);
        let (_, says_what) = CAST
            .iter()
            .find(|(first, _)| prompt.starts_with(first))
            .unwrap();
        if ["REVIEW", "AUDIT"].contains(says_what) {
            both.wait();
        }
        says(says_what)
    });
    let brief = r#"{"brief":"add a flag"}"#;
    let ran = with(&env, &runtime, ["run", "principal", "--inputs", brief])
        .run()
        .exits(0);
    assert_eq!(ran.stdout, "REPORT\n");
    assert!(
        ran.stderr
            .ends_with("done in [MS]ms, $0.000000 on qwen3-4b\n"),
        "{ran}"
    );
    assert_eq!(asked(&runtime), 5);
    let shown = last(&env);
    assert_eq!(
        tree(&shown["children"]),
        "architect:completed tech-lead:completed(code-reviewer:completed security-auditor:completed) \
         backend-engineer:completed"
    );
    let received = runtime.received();
    let engineer = received
        .iter()
        .rfind(|request| request.method == "POST")
        .unwrap();
    let body: Value = serde_json::from_slice(&engineer.body).unwrap();
    let given: Value =
        serde_json::from_str(body["messages"][1]["content"].as_str().unwrap()).unwrap();
    assert_eq!(
        given,
        json!({
            "brief": "add a flag",
            "design": "DESIGN",
            "plan": "## tech-lead\n\nSTEPS\n\n## review\n\nREVIEW\n\n## audit\n\nAUDIT",
        })
    );
    let replayed = env.aldo(["runs", "replay", "last"]).run().exits(0);
    assert_eq!(replayed.stdout, "REPORT\n");
}

#[test]
fn the_document_of_a_tree_names_every_run_and_sums_their_usage() {
    let env = TestEnv::new();
    let runtime = llama(|_| says("text"));
    let args = ["run", "principal", "--inputs", r#"{"brief":"b"}"#, "--json"];
    let document = with(&env, &runtime, args).run().exits(0).json();
    assert_eq!(document["model"], MODEL);
    let below = &document["subagents"];
    let names: Vec<&str> = below
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["as"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["design", "plan", "change"]);
    assert_eq!(below[1]["subagents"].as_array().unwrap().len(), 2);
    assert_eq!(document["runId"], last(&env)["run"]["id"]);
}

#[test]
fn an_agency_that_no_model_here_serves_is_refused_before_anybody_is_asked() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "principal", "--inputs", r#"{"brief":"b"}"#])
        .run()
        .exits(3);
    assert!(
        ran.stderr.contains("no model here may run `architect`"),
        "{ran}"
    );
    assert!(ran.stderr.contains("aldo models pull"), "{ran}");
    assert_eq!(last(&env)["children"], json!([]));
}

#[test]
fn two_agents_share_the_model_in_this_process() {
    let env = TestEnv::new();
    child(&env, "one", "");
    child(&env, "two", "");
    supervisor(
        &env,
        "one, two",
        "strategy: parallel, subagents: [{agent: one}, {agent: two}]",
        "",
    );
    let ran = env
        .aldo(["run", "lead", "--inputs", "a plan", "--json"])
        .run()
        .exits(0);
    let document = ran.json();
    let output = document["output"].as_str().unwrap();
    assert!(
        output.starts_with("## one\n\n{\"ok\": ") && output.contains("\n\n## two\n\n{"),
        "{ran}"
    );
    let loads = document["subagents"].as_array().unwrap().iter();
    let loads = loads.filter(|row| row["usage"]["loadMs"].as_f64().unwrap() > 0.0);
    assert!(loads.count() <= 1, "the model is loaded once: {ran}");
}

#[test]
fn e06_a_sensitive_supervisor_seals_all_its_agents() {
    let env = TestEnv::new();
    child(&env, "one", "privacy_tier: public");
    let composite = "strategy: sequential, subagents: [{agent: one}]";
    supervisor(&env, "one", composite, "privacy_tier: sensitive");
    let ran = env
        .aldo(["run", "lead", "--inputs", "a plan", "--json"])
        .env("ALDO_DEFAULT_PRIVACY", "public")
        .run()
        .exits(0);
    assert_eq!(ran.json()["seal"]["state"], "in_process", "{ran}");
    let shown = last(&env);
    assert_eq!(shown["run"]["privacyTier"], "sensitive");
    assert_eq!(
        shown["children"][0]["run"]["privacyTier"], "sensitive",
        "{shown}"
    );
}

#[test]
fn g09_what_may_not_be_started_is_wrong_usage_and_nothing_runs() {
    let env = TestEnv::new();
    child(&env, "one", "");
    for (allowed, agents, code) in [
        ("two", "{agent: one}", "spawn_not_allowed"),
        ("lead", "{agent: lead}", "spawn_cycle"),
        ("nobody", "{agent: nobody}", "subagent_unusable"),
        ("one", "{agent: one}, {agent: one}", "invalid_composite"),
    ] {
        supervisor(
            &env,
            allowed,
            &format!("strategy: parallel, subagents: [{agents}]"),
            "",
        );
        let ran = env
            .aldo(["run", "lead", "--inputs", "x", "--json"])
            .run()
            .exits(2);
        assert_eq!(ran.json()["error"]["code"], code, "{ran}");
    }
    let many = ["{agent: one, as: "; 70].iter().enumerate();
    let many: Vec<String> = many.map(|(n, start)| format!("{start}n{n}}}")).collect();
    supervisor(
        &env,
        "one",
        &format!("strategy: parallel, subagents: [{}]", many.join(", ")),
        "",
    );
    let ran = env
        .aldo(["run", "lead", "--inputs", "x", "--json"])
        .run()
        .exits(2);
    assert_eq!(ran.json()["error"]["code"], "spawn_too_many", "{ran}");
    supervisor(
        &env,
        "one",
        "strategy: parallel, subagents: [{agent: one}]",
        "",
    );
    let ran = env
        .aldo(["run", "lead", "--inputs", "x", "--json"])
        .env("ALDO_MAX_AGENT_DEPTH", "0")
        .run()
        .exits(2);
    assert_eq!(ran.json()["error"]["code"], "bad_configuration", "{ran}");
    assert_eq!(
        env.aldo(["runs", "ls", "--json"]).run().exits(0).json()["total"],
        0
    );
}

#[test]
fn h6_an_interrupt_ends_every_agent_of_a_tree() {
    let env = TestEnv::new();
    let holding = llama(|_| vec![sse_head(), Act::Hold]);
    child(&env, "one", "");
    child(&env, "two", "");
    supervisor(
        &env,
        "one, two",
        "strategy: parallel, subagents: [{agent: one}, {agent: two}]",
        "",
    );
    let running = env
        .std(&["run", "lead", "--inputs", "x"])
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", holding.base_url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let patience = Instant::now() + Duration::from_mins(1);
    while asked(&holding) < 2 {
        assert!(Instant::now() < patience, "both are asked at the same time");
        std::thread::yield_now();
    }
    signal(&running, "-INT");
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let shown = last(&env);
    assert_eq!(shown["run"]["status"], "canceled");
    assert_eq!(tree(&shown["children"]), "one:canceled two:canceled");
    let child = shown["children"][0]["run"]["id"].as_str().unwrap();
    let part = env.aldo(["runs", "resume", child]).run().exits(2);
    let whole = format!(
        "`aldo runs resume {}`",
        shown["run"]["id"].as_str().unwrap()
    );
    assert!(part.stderr.contains(&whole), "{part}");
    // Without the server, the model in this process goes on with both.
    let resumed = env.aldo(["runs", "resume", "last"]).run().exits(0);
    assert!(resumed.stdout.starts_with("## one\n\n{"), "{resumed}");
    let shown = last(&env);
    assert_eq!(tree(&shown["children"]), "one:completed two:completed");
    assert_eq!(shown["children"][1]["run"]["model"], "aldo-nano", "{shown}");
    let again = env.aldo(["runs", "resume", "last"]).run().exits(2);
    assert!(again.stderr.contains("has come to its end"), "{again}");
}

#[test]
fn show_says_what_a_supervisor_starts_and_what_each_is_given() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["agents", "show", "principal"]).run(), @r"
    exit 0
    --- stdout
    principal 0.1.0
    about     Takes a brief through design, plan, reviews and change, each by an agent of its own.
    from      builtin:principal (builtin)
    tier      internal
    classes   reasoning-large, reasoning-medium, local-reasoning
    requires  streaming
    tools     -

    starts, sequential
    agent             as      is given
    architect         design  brief: brief
    tech-lead         plan    brief: brief, design: design
    backend-engineer  change  brief: brief, design: design, plan: plan
    ");
}
