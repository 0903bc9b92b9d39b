//! Models that are listed and then fail: who is marked, who is asked next, and what a mark does.

use serde_json::{Value, json};

use super::TestEnv;
use super::env::{Aldo, Ran};
use super::raw_server::{Act, RawServer, event, json as reply, nobody, sse, sse_head};

/// A row of a catalogue: id, locality and address.
type Row<'a> = (&'a str, &'a str, &'a str);

/// Writes a catalogue of free models that serve every agent of these tests.
fn catalog(env: &TestEnv, rows: &[Row<'_>]) {
    let row = |(id, locality, base_url): &Row<'_>| {
        format!(
            "  - id: {id}\n    provider: acme\n    locality: {locality}\n    capabilityClass: local-reasoning\n    \
             provides: [streaming]\n    privacyAllowed: [public, internal, sensitive]\n    \
             effectiveContextTokens: 8192\n    cost: {{usdPerMtokIn: 0, usdPerMtokOut: 0}}\n    \
             providerConfig: {{baseUrl: \"{base_url}\"}}\n"
        )
    };
    let rows: String = rows.iter().map(row).collect();
    let text = format!("apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n{rows}");
    env.write(&env.project().join("catalog.yaml"), text);
}

/// Writes a sensitive agent.
fn keeper(env: &TestEnv) {
    env.write(
        &env.project().join("agents/keeper.yaml"),
        "apiVersion: aldo-ai/agent.v1\nname: keeper\nversion: 0.1.0\nprivacy_tier: sensitive\n\
         model_policy:\n  capability_class: local-reasoning\nprompt:\n  system_file: keeper.md\n",
    );
    env.write(&env.project().join("agents/keeper.md"), "Keep it.");
}

fn run<const N: usize>(env: &TestEnv, args: [&str; N]) -> Aldo {
    let aldo = env.aldo(args);
    aldo.args(["--inputs", "hello", "--models", "catalog.yaml"])
}

fn chunk(text: &str, finish: Option<&str>) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})
}

/// A server that answers every conversation with `text`.
fn answering(text: &'static str) -> RawServer {
    RawServer::start(move |_| sse(&[chunk(text, None), chunk("", Some("stop"))]))
}

/// A server that fails every conversation.
fn failing() -> RawServer {
    RawServer::start(|_| reply(500, &json!({"error": {"message": "cannot load the model"}})))
}

/// A server that breaks off after its first words.
fn breaking_off() -> RawServer {
    RawServer::always(vec![sse_head(), event(chunk("I was about", None))])
}

fn events(env: &TestEnv) -> Value {
    let shown = env.aldo(["runs", "show", "last", "--json"]).run().exits(0);
    shown.json()["events"].clone()
}

fn kinds(events: &Value) -> Vec<&str> {
    let all = events.as_array().unwrap();
    all.iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect()
}

/// The step that dropped `id`, in a dry run.
fn step_of(env: &TestEnv, id: &str) -> Value {
    let ran: Ran = run(env, ["run", "hello", "--dry-run", "--json"]).run();
    let document = ran.json();
    let trace = document["decision"]["trace"].as_array().unwrap().clone();
    let found = trace.iter().find(|row| row["candidate"] == id).unwrap();
    found["dropped"]["step"].clone()
}

#[test]
fn d10_a_model_that_fails_before_it_says_anything_is_marked_and_the_next_one_answers() {
    let env = TestEnv::new();
    let (first, second) = (failing(), answering("here I am"));
    catalog(
        &env,
        &[
            ("a-model", "local", &first.base_url()),
            ("b-model", "local", &second.base_url()),
        ],
    );
    let ran = run(&env, ["run", "hello"]).run().exits(0);
    assert_eq!(ran.stdout, "here I am\n");
    assert!(
        ran.stderr.contains(
            "warning: `a-model` of `acme` gives no answer, `b-model` of `acme` is asked: "
        ),
        "{ran}"
    );
    assert!(ran.stderr.ends_with("$0.000000 on b-model\n"), "{ran}");

    let events = events(&env);
    assert_eq!(
        kinds(&events),
        [
            "decision", "task", "message", "message", "failed", "decision", "answer", "stop"
        ]
    );
    assert_eq!(events[0]["body"]["outcome"]["candidateId"], "a-model");
    assert_eq!(events[5]["body"]["outcome"]["candidateId"], "b-model");
    let dropped = &events[5]["body"]["trace"][1];
    assert_eq!(
        (&dropped["candidate"], &dropped["dropped"]["step"]),
        (&json!("a-model"), &json!("health"))
    );

    let asked = first.received().len();
    assert_eq!(step_of(&env, "a-model"), "health", "another process knows");
    let again = run(&env, ["run", "hello", "--json"]).run().exits(0);
    assert_eq!(again.json()["model"], "b-model");
    assert_eq!(
        first.received().len(),
        asked,
        "it is left alone for a minute"
    );
}

#[test]
fn d10_a_server_that_has_gone_is_marked_and_the_built_in_model_answers() {
    let env = TestEnv::new();
    catalog(&env, &[("gone", "local", &nobody())]);
    let ran = run(&env, ["run", "hello", "--json"]).run().exits(0);
    assert_eq!(ran.json()["model"], "aldo-nano");
    assert_eq!(step_of(&env, "gone"), "health");
}

#[test]
fn d10_the_only_model_fails_with_4_and_while_it_is_marked_with_3() {
    let env = TestEnv::new();
    let server = failing();
    catalog(&env, &[("only", "local", &server.base_url())]);
    let ran = run(&env, ["run", "hello", "--model", "only", "--json"])
        .run()
        .exits(4);
    assert_eq!(ran.json()["error"]["code"], "backend_failed");
    assert_eq!(
        kinds(&events(&env)),
        [
            "decision", "task", "message", "message", "failed", "decision", "stop"
        ],
        "that nothing else may answer was decided, too"
    );
    let ran = run(&env, ["run", "hello", "--model", "only", "--json"])
        .run()
        .exits(3);
    assert_eq!(ran.json()["error"]["code"], "no_eligible_model");
}

#[test]
fn e05_a_model_that_fails_in_mid_answer_ends_the_run_and_its_words_are_kept() {
    let env = TestEnv::new();
    let (first, second) = (breaking_off(), answering("never asked"));
    catalog(
        &env,
        &[
            ("a-model", "local", &first.base_url()),
            ("b-model", "local", &second.base_url()),
        ],
    );
    let ran = run(&env, ["run", "hello", "--json"]).run().exits(4);
    let document = ran.json();
    assert_eq!(document["output"], "I was about");
    assert_eq!(document["error"]["code"], "backend_failed");
    assert_eq!(second.connections(), 0);
    assert_eq!(
        step_of(&env, "a-model"),
        "health",
        "killing it in mid answer marks it"
    );
}

#[test]
fn e05_a_sensitive_run_goes_on_with_another_local_model_and_nowhere_else() {
    let env = TestEnv::new();
    keeper(&env);
    let (first, cloud, last) = (failing(), answering("leaked"), answering("kept"));
    let rows = [
        ("a-model", "local", first.base_url()),
        ("b-cloud", "cloud", cloud.base_url()),
        ("c-prem", "on-prem", cloud.base_url()),
        ("z-model", "local", last.base_url()),
    ];
    let rows = rows
        .each_ref()
        .map(|(id, locality, url)| (*id, *locality, url.as_str()));
    catalog(&env, &rows);
    let ran = run(&env, ["run", "keeper", "--json"]).run().exits(0);
    assert_eq!(ran.json()["output"], "kept");

    catalog(&env, &rows[..3]);
    let first_again = run(&env, ["run", "keeper", "--model", "a-model", "--json"]).run();
    assert_eq!(first_again.code, Some(3), "{first_again}");
    assert_eq!(cloud.connections(), 0);
}

#[test]
fn a_run_that_may_leave_stays_here_while_a_local_model_passes() {
    let env = TestEnv::new();
    let (first, prem) = (failing(), answering("from the cluster"));
    catalog(
        &env,
        &[
            ("a-model", "local", &first.base_url()),
            ("b-prem", "on-prem", &prem.base_url()),
        ],
    );
    env.write(
        &env.project().join("agents/open.yaml"),
        "apiVersion: aldo-ai/agent.v1\nname: open\nversion: 0.1.0\nprivacy_tier: internal\n\
         model_policy:\n  capability_class: local-reasoning\nprompt:\n  system_file: open.md\n",
    );
    env.write(&env.project().join("agents/open.md"), "Work.");
    let ran = run(&env, ["run", "open", "--json"]).run().exits(0);
    // A local model comes first while one passes, so the built-in one answers and not the cluster.
    assert_eq!(ran.json()["model"], "aldo-nano");
    assert_eq!(prem.connections(), 0);
}

#[test]
fn a_server_that_says_nothing_at_all_is_no_answer() {
    let env = TestEnv::new();
    let server = RawServer::always(vec![Act::Reset]);
    catalog(&env, &[("mute", "local", &server.base_url())]);
    let ran = run(&env, ["run", "hello", "--json"]).run().exits(0);
    assert_eq!(ran.json()["model"], "aldo-nano");
}
