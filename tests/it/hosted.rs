//! `aldo run` on the hosted plane: a real server that speaks the interface, and what never reaches it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::json;

use super::TestEnv;
use super::env::Aldo;
use super::long::signal;
use super::plane::{TOKEN, plane, refusal, refusing_plane};
use super::raw_server::RawServer;

/// Makes a command that may use the plane.
fn with<const N: usize>(env: &TestEnv, plane: &RawServer, args: [&str; N]) -> Aldo {
    env.aldo(args)
        .env("ALDO_API_URL", plane.base_url())
        .env("ALDO_API_TOKEN", TOKEN)
}

/// Writes an agent of `tier` that asks for `class`.
fn agent(env: &TestEnv, name: &str, tier: &str, class: &str) {
    let spec = format!(
        "apiVersion: aldo-ai/agent.v1\nname: {name}\nversion: 1.2.0\nprivacy_tier: {tier}\n\
         model_policy:\n  capability_class: {class}\nprompt:\n  system_file: {name}.md\n"
    );
    env.write(&env.project().join(format!("agents/{name}.yaml")), spec);
    env.write(&env.project().join(format!("agents/{name}.md")), "Work.");
}

#[test]
fn a_hosted_run_looks_like_a_local_one() {
    let env = TestEnv::new();
    let plane = plane(&["completed"]);
    let ran = with(&env, &plane, ["run", "hello", "--route", "hosted"]).run();
    assert_snapshot!(ran, @r"
    exit 0
    --- stdout
    looks good
    --- stderr
    ... hosted run run-1 status → queued
    ... hosted run run-1 status → completed
    done in [MS]ms, $0.012300 on acme-large
    ");
    let sent = plane.received();
    assert_eq!(sent[0].json(), json!({"agentName": "hello"}));
}

#[test]
fn the_document_of_a_hosted_run_has_the_names_of_a_local_one() {
    let env = TestEnv::new();
    agent(&env, "reviewer", "internal", "reasoning-large");
    let plane = plane(&["running", "completed"]);
    let args = [
        "run",
        "reviewer",
        "--route",
        "hosted",
        "--json",
        "--project",
        "website",
        "--inputs",
        "{\"task\": \"look\"}",
    ];
    let ran = with(&env, &plane, args).run().exits(0);
    let mut document = ran.json();
    let run = document["runId"].as_str().unwrap().to_owned();
    let fields = document.as_object_mut().unwrap();
    assert!(
        fields["elapsedMs"].as_u64().unwrap() >= 1500,
        "polled twice"
    );
    fields.retain(|name, _| name != "runId" && name != "elapsedMs");
    assert_eq!(
        document,
        json!({
            "ok": true, "output": "looks good",
            "usage": {
                "tokensIn": 120, "tokensCached": 0, "tokensOut": 30, "tokensReasoning": 0, "loadMs": 0.0,
                "prefillMs": 0.0, "firstTokenMs": 0.0, "decodeMs": 0.0, "usd": 0.0123,
            },
            "model": "acme-large", "provider": "acme", "locality": "cloud", "route": "hosted",
        })
    );
    assert_eq!(
        plane.received()[0].json(),
        json!({
            "agentName": "reviewer", "agentVersion": "1.2.0", "inputs": {"task": "look"}, "project": "website",
        })
    );
    let shown = env.aldo(["runs", "show", &run, "--json"]).run().exits(0);
    let record = shown.json();
    assert_eq!(record["run"]["status"], "completed");
    assert_eq!(record["run"]["model"], "acme-large");
    assert_eq!(record["run"]["usage"]["tokensIn"], 120);
    assert_eq!(record["run"]["usage"]["usd"], 0.0123);
    assert_eq!(record["decision"]["outcome"]["kind"], "hosted");
    let kinds: Vec<_> = record["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["kind"])
        .collect();
    assert_eq!(
        kinds,
        [
            "decision",
            "hosted_request",
            "hosted_status",
            "hosted_status",
            "hosted_status",
            "answer",
            "stop"
        ]
    );
    assert!(!shown.stdout.contains("canary"), "the token is nowhere");
}

#[test]
fn d12_an_agent_that_fails_there_fails_here() {
    let env = TestEnv::new();
    let plane = plane(&["failed"]);
    let ran = with(
        &env,
        &plane,
        ["run", "hello", "--route", "hosted", "--quiet"],
    )
    .run();
    assert_snapshot!(ran, @r"
    exit 1
    --- stderr
    error: hosted run `run-1` ended as `failed`: the reviewer gave up
    ");
}

#[test]
fn d12_what_the_plane_refuses_is_said_with_its_code_and_a_hint() {
    let env = TestEnv::new();
    let plane = refusing_plane(
        402,
        "tenant_budget_exceeded",
        "the cap of $25.00 is reached",
    );
    let ran = with(&env, &plane, ["run", "hello", "--route", "hosted"]).run();
    assert_snapshot!(ran, @r"
    exit 3
    --- stderr
    error: the hosted plane refuses the run: the cap of $25.00 is reached (`tenant_budget_exceeded`)
      hint: the budget there is used up: raise it, or run it here with `--route local`
    ");
    let ran = with(
        &env,
        &plane,
        ["run", "hello", "--route", "hosted", "--json"],
    )
    .run();
    let error = &ran.exits(3).json()["error"];
    assert_eq!(error["code"], "hosted_budget");
    assert_eq!(error["details"]["code"], "tenant_budget_exceeded");
    let last = env.aldo(["runs", "show", "last", "--json"]).run().json();
    assert_eq!(last["run"]["stop"], "hosted_budget");
}

#[test]
fn d12_a_wrong_token_is_wrong_configuration() {
    let env = TestEnv::new();
    let plane = plane(&["completed"]);
    let ran = with(&env, &plane, ["run", "hello", "--route", "hosted"])
        .env("ALDO_API_TOKEN", "ak_wrong_canary")
        .run()
        .exits(2);
    assert!(
        ran.stderr.contains("no valid token (`unauthenticated`)"),
        "{ran}"
    );
    assert!(!ran.stderr.contains("canary"), "{ran}");
}

#[test]
fn d12_an_address_without_tls_is_refused_before_anything_is_sent() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "hello", "--route", "hosted"])
        .env("ALDO_API_URL", "http://plane.test")
        .env("ALDO_API_TOKEN", TOKEN);
    assert_snapshot!(ran.run(), @r"
    exit 2
    --- stderr
    error: the token is not sent to `ALDO_API_URL`: `http://plane.test` must begin with `https://`
      hint: name an `https` or loopback address in `ALDO_API_URL`
    ");
}

#[test]
fn e01_sensitive_with_a_token_under_auto_reaches_no_plane() {
    let env = TestEnv::new();
    agent(&env, "keeper", "sensitive", "reasoning-large");
    let plane = plane(&["completed"]);
    for discovery in ["none", "all"] {
        let ran = with(&env, &plane, ["run", "keeper", "--inputs", "x", "--json"])
            .env("ALDO_LOCAL_DISCOVERY", discovery)
            .run()
            .exits(3);
        assert_eq!(ran.json()["error"]["code"], "privacy_tier_unroutable");
    }
    assert_eq!(plane.connections(), 0);
}

#[test]
fn e02_sensitive_hosted_is_refused_before_any_socket_is_opened() {
    let env = TestEnv::new();
    agent(&env, "keeper", "sensitive", "local-reasoning");
    let plane = plane(&["completed"]);
    for way in [["--route", "hosted"], ["--model", "hosted"]] {
        let args = ["run", "keeper", "--inputs", "x", "--json", way[0], way[1]];
        let ran = with(&env, &plane, args).run().exits(3);
        assert_eq!(
            ran.json()["error"]["code"],
            "privacy_tier_unroutable",
            "{way:?}"
        );
    }
    let args = [
        "run",
        "keeper",
        "--inputs",
        "x",
        "--route",
        "hosted",
        "--dry-run",
    ];
    with(&env, &plane, args).run().exits(3);
    assert_eq!(plane.connections(), 0);
}

#[test]
fn e02_a_project_file_cannot_send_a_sensitive_agent_away() {
    let env = TestEnv::new();
    agent(&env, "confidant", "public", "reasoning-large");
    let plane = plane(&["completed"]);
    env.write(
        &env.project().join("aldo.toml"),
        format!(
            "api_url = \"{}\"\ndefault_privacy = \"public\"\n",
            plane.base_url()
        ),
    );
    let ran = env
        .aldo([
            "run",
            "confidant",
            "--inputs",
            "x",
            "--route",
            "hosted",
            "--json",
        ])
        .env("ALDO_API_TOKEN", TOKEN)
        .run()
        .exits(3);
    assert_eq!(ran.json()["error"]["code"], "privacy_tier_unroutable");
    assert_eq!(plane.connections(), 0);
}

#[test]
fn e09_offline_hosts_nothing_but_on_loopback() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "hello", "--route", "hosted"])
        .env("ALDO_OFFLINE", "1")
        .env("ALDO_API_TOKEN", TOKEN);
    assert_snapshot!(ran.run(), @r"
    exit 3
    --- stderr
    error: `--route hosted` would leave this machine and `ALDO_OFFLINE` is set
      hint: unset `ALDO_OFFLINE`, or leave out `--route hosted`
    ");
    let plane = plane(&["completed"]);
    with(&env, &plane, ["run", "hello", "--route", "hosted"])
        .env("ALDO_OFFLINE", "1")
        .run()
        .exits(0);
}

#[test]
fn auto_stays_here_while_a_model_here_serves() {
    let env = TestEnv::new();
    let plane = plane(&["completed"]);
    let ran = with(&env, &plane, ["run", "hello", "--json"])
        .run()
        .exits(0);
    assert_eq!(ran.json()["route"], "local");
    assert_eq!(plane.connections(), 0);
}

#[test]
fn a_limit_the_plane_does_not_take_is_said() {
    let env = TestEnv::new();
    let plane = plane(&["completed"]);
    let args = ["run", "hello", "--route", "hosted", "--max-usd", "0.5"];
    let ran = with(&env, &plane, args).run().exits(0);
    let warned = ran
        .stderr
        .starts_with("warning: the hosted plane keeps to a budget of its own");
    assert!(warned, "{ran}");
}

#[test]
fn a_plane_that_is_down_is_a_failed_backend() {
    let env = TestEnv::new();
    let plane = RawServer::start(|_| refusal(503, "internal_error", "try later"));
    let ran = with(&env, &plane, ["run", "hello", "--route", "hosted"]).run();
    assert_snapshot!(ran, @r"
    exit 4
    --- stderr
    error: the hosted plane refuses the run: try later (`internal_error`)
      hint: try again later, or run it here with `--route local`
    ");
}

#[test]
fn h6_an_interrupt_ends_the_wait_and_is_written_down() {
    let env = TestEnv::new();
    let plane = plane(&["running"]);
    let mut command = env.std(&["run", "hello", "--route", "hosted"]);
    let mut child = command
        .env("ALDO_API_URL", plane.base_url())
        .env("ALDO_API_TOKEN", TOKEN)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let running = stderr.find(|line| line.as_ref().unwrap().ends_with("→ running"));
    assert!(running.is_some());
    signal(&child, "-INT");
    let rest: Vec<String> = stderr.map(Result::unwrap).collect();
    assert_eq!(
        rest.last().unwrap(),
        "  hint: the hosted run may go on there"
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last = env.aldo(["runs", "show", "last", "--json"]).run().json();
    assert_eq!(last["run"]["status"], "canceled");
}
