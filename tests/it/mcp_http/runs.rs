//! Whole runs whose tools are asked over HTTP, sensitive ones among them.

use super::super::TestEnv;
use super::super::env::Ran;
use super::super::llama::{calls, llama, results, says};
use super::*;

/// Something no run may give to anybody but the model and the tool.
const SECRET: &str = "keep-this-6202";

fn model() -> RawServer {
    llama(|request| match results(request) {
        0 => calls(request, &[say(SECRET)]),
        _ => says("done"),
    })
}

/// A home whose user has one server, and a project whose agent calls it.
fn home(server: &RawServer, tier: &str, more: &str) -> TestEnv {
    let env = TestEnv::new();
    env.write(
        &env.home().join(".config/aldo/mcp.toml"),
        format!("[servers.test]\nurl = \"{}\"\n{more}\n", at(server)),
    );
    env.write(
        &env.project().join("agents/caller.yaml"),
        format!(
            "apiVersion: aldo-ai/agent.v1\nname: caller\nprivacy_tier: {tier}\nmodel_policy:\n  \
             capability_class: local-reasoning\n  capability_requirements: [tool-use]\nprompt: You call.\n\
             tools:\n  mcp: [{{server: test, allow: [echo]}}]\n"
        ),
    );
    env
}

fn run(env: &TestEnv, model: &RawServer, args: &[&str]) -> Ran {
    let mut aldo = env.aldo(["run", "--inputs", "x", "--json", "--yes"]);
    for arg in args {
        aldo = aldo.arg(arg);
    }
    aldo.env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .env("LLAMACPP_BASE_URL", model.base_url())
        .env("TEST_PASS", TOKEN)
        .run()
}

#[test]
fn a_run_uses_the_tools_of_a_server_and_stores_no_token() {
    // A server that says what it was sent.
    let server = serve(|request, method| {
        let bearer = request.header("authorization").unwrap_or_default();
        let text = json!({"content": [{"type": "text", "text": bearer}]});
        (method == "tools/call").then(|| reply_json(200, &answer(request, &text)))
    });
    let model = model();
    let env = home(&server, "internal", "token_env = \"TEST_PASS\"");
    let ran = run(&env, &model, &["caller"]).exits(0);
    assert_eq!(ran.json()["output"], "done", "{ran}");
    let shown = env.aldo(["runs", "show", "last", "--json"]).run().exits(0);
    assert!(shown.stdout.contains("[redacted:TEST_PASS]"), "{shown}");
    assert!(!shown.stdout.contains(TOKEN) && !ran.to_string().contains(TOKEN));
}

#[test]
fn g05_a_sensitive_run_with_a_served_model_reaches_its_server_through_the_seal() {
    let (server, model) = (serve(|_, _| None), model());
    let env = home(&server, "sensitive", "sensitive = true");
    let ran = run(&env, &model, &["caller"]).exits(0);
    assert_eq!(ran.json()["seal"]["state"], "loopback", "{ran}");
    let port = server.address().port();
    let ports = ran.json()["seal"]["ports"].to_string();
    assert!(ports.contains(&port.to_string()), "{ran}");
    let asked = server.received();
    let asked = asked.iter().find(|one| method(one) == "tools/call");
    assert!(asked.unwrap().json().to_string().contains(SECRET));
    // Nobody vouches: nothing is sent.
    let (server, before) = (serve(|_, _| None), super::super::llama::asked(&model));
    let env = home(&server, "sensitive", "");
    let ran = run(&env, &model, &["caller"]).exits(1);
    assert!(ran.stdout.contains("`sensitive = true`"), "{ran}");
    assert_eq!(server.connections(), 0);
    assert_eq!(super::super::llama::asked(&model), before);
}

#[test]
fn g05_with_a_model_in_process_a_sensitive_run_asks_no_server() {
    let (server, model) = (serve(|_, _| None), model());
    let env = home(&server, "sensitive", "sensitive = true");
    let ran = run(&env, &model, &["caller", "--model", "aldo-nano"]);
    assert_ne!(ran.code, Some(0), "{ran}");
    assert!(
        ran.stdout.contains("the system closes every connection"),
        "{ran}"
    );
    assert_eq!(server.connections(), 0);
}

/// The agents of a sensitive tree get their tools after it is closed.
#[test]
fn g05_a_sensitive_tree_reaches_its_server_through_the_seal() {
    let (server, model) = (serve(|_, _| None), model());
    let env = home(&server, "sensitive", "sensitive = true");
    env.write(
        &env.project().join("agents/lead.yaml"),
        "apiVersion: aldo-ai/agent.v1\nname: lead\nmodel_policy: {capability_class: local-reasoning}\n\
         spawn: {allowed: [caller]}\ncomposite: {strategy: sequential, subagents: [{agent: caller}]}\n",
    );
    let ran = run(&env, &model, &["lead"]).exits(0);
    assert_eq!(ran.json()["seal"]["state"], "loopback", "{ran}");
    assert_eq!(times(&server, "tools/call"), 1, "{ran}");
}

#[test]
fn e09_offline_no_server_elsewhere_is_asked() {
    let (server, model) = (serve(|_, _| None), model());
    let env = home(&server, "internal", "");
    env.write(
        &env.home().join(".config/aldo/mcp.toml"),
        "[servers.test]\nurl = \"https://mcp.invalid/mcp\"\n",
    );
    env.write(
        &env.home().join(".config/aldo/config.toml"),
        "offline = true\n",
    );
    let ran = run(&env, &model, &["caller"]);
    assert_ne!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("`ALDO_OFFLINE` is set"), "{ran}");
}
