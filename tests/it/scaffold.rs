//! `agents new` and `agents schema`: what a person begins an agent with.

use insta::assert_snapshot;

use super::TestEnv;

#[test]
fn new_writes_an_agent_that_runs_and_never_over_another() {
    let env = TestEnv::new();
    let args = [
        "agents",
        "new",
        "greeter",
        "--description",
        "Greets people.",
    ];
    let ran = env.aldo(args).run().exits(0);
    assert_snapshot!(ran.stdout, @r#"
    [ROOT]/project/agents/greeter.yaml
    [ROOT]/project/agents/greeter.md  what it is told
    next: aldo run greeter --inputs '{"task": "…"}'
    "#);
    env.aldo(["agents", "validate", "greeter"]).run().exits(0);
    env.aldo(["run", "greeter", "--inputs", "Hello", "--max-tokens", "40"])
        .run();
    assert_eq!(
        env.aldo(["runs", "ls", "--json"]).run().json()["runs"][0]["agent"],
        "greeter"
    );
    let again = env.aldo(args).run().exits(2);
    assert!(
        again.stderr.contains("greeter.yaml` is there already"),
        "{again}"
    );
    let bad = env.aldo(["agents", "new", "../x"]).run().exits(2);
    assert!(bad.stderr.contains("cannot name an agent"), "{bad}");
    let wrong = env
        .aldo(["agents", "new", "b", "--tool", "fs.reed"])
        .run()
        .exits(2);
    assert!(wrong.stderr.contains("did you mean `fs.read`?"), "{wrong}");
}

#[test]
fn schema_prints_a_json_schema() {
    let env = TestEnv::new();
    let schema = env.aldo(["agents", "schema"]).run().exits(0).json();
    assert_eq!(
        schema["properties"]["apiVersion"]["const"],
        "aldo-ai/agent.v1"
    );
    assert_eq!(schema["additionalProperties"], false);
}
