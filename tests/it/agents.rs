//! `aldo agents`: what is listed, what is wrong with a file, what would route; and what a project may not loosen.

use insta::assert_snapshot;
use serde_json::json;

use super::TestEnv;

const BAD: &str = "\
apiVersion: aldo-ai/agent.v2
name: Bad Name
model_policy: {}
tools: [{id: fs.reed}]
";

/// A short spec of class `local-reasoning`.
fn spec(name: &str, rest: &str) -> String {
    format!(
        "apiVersion: aldo-ai/agent.v1\nname: {name}\nmodel_policy: {{capability_class: local-reasoning}}\n{rest}\n"
    )
}

/// A spec that asks for what no small model has.
const DEMANDING: &str = "\
apiVersion: aldo-ai/agent.v1
name: demanding
model_policy:
  capability_requirements: [tool-use, 128k-context]
  capability_class: reasoning-large
  fallback: local-reasoning
prompt: You think.
";

#[test]
fn ls_shows_the_agency_in_the_binary() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["agents", "ls"]).run(), @r"
    exit 0
    --- stdout
    agent             tier       class             from     about
    architect         internal   reasoning-large   builtin  Turns a brief into a design that fits the code there is.
    backend-engineer  internal   reasoning-medium  builtin  Makes the change that was designed, planned and reviewed, with its tests.
    code-reviewer     internal   reasoning-medium  builtin  Finds what is wrong with a plan or a change before others do.
    confidant         sensitive  local-reasoning   builtin  Works on text that must never leave this machine.
    hello             internal   local-reasoning   builtin  Greets you and says which model is speaking.
    librarian         internal   local-reasoning   builtin  Looks things up in the files of a folder, with `fs.read` and `fs.list`.
    principal         internal   reasoning-large   builtin  Takes a brief through design, plan, reviews and change, each by an agent of its own.
    security-auditor  internal   reasoning-medium  builtin  Says what an attacker gains from a plan or a change, and how to prevent it.
    tech-lead         internal   reasoning-medium  builtin  Turns a design into steps, and has them reviewed for quality and for security.
    ");
}

#[test]
fn ls_shows_a_wrong_spec_as_a_row_and_the_others_all_the_same() {
    let env = TestEnv::new();
    env.write(&env.project().join("agents/mine.yaml"), spec("mine", ""));
    env.write(&env.project().join("agents/bad.yaml"), BAD);
    env.write(
        &env.home().join(".config/aldo/agents/own.yaml"),
        spec("own", ""),
    );
    let document = env.aldo(["agents", "ls", "--json"]).run().exits(0).json();
    let rows = document["agents"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!(row("mine")["origin"], "project");
    assert_eq!(row("own")["origin"], "user");
    assert_eq!(row("hello")["origin"], "builtin");
    assert_eq!(row("hello")["error"], json!(null));
    let error = row("bad")["error"].as_str().unwrap();
    assert!(
        error.contains("agents/bad.yaml:1:13: unknown `apiVersion`"),
        "{error}"
    );
}

#[test]
fn show_prints_the_agent_as_it_would_run() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["agents", "show", "librarian"]).run(), @r"
    exit 0
    --- stdout
    librarian 0.1.0
    about     Looks things up in the files of a folder, with `fs.read` and `fs.list`.
    from      builtin:librarian (builtin)
    tier      internal
    classes   local-reasoning
    requires  streaming, tool-use
    tools     fs.read, fs.list

    You are a librarian. You can read files in the workspace. Use the tools when they help. Keep answers short.
    ");
    let document = env
        .aldo(["agents", "show", "confidant", "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(
        document["spec"]["model_policy"]["privacy_tier"],
        "sensitive"
    );
}

#[test]
fn an_unknown_agent_is_wrong_usage_and_the_nearest_is_named() {
    let env = TestEnv::new();
    for command in ["show", "check", "validate"] {
        let ran = env.aldo(["agents", command, "helo"]).run().exits(2);
        assert_eq!(
            ran.stderr, "error: no agent named `helo`\n  hint: did you mean `hello`?\n",
            "{command}"
        );
    }
    let ran = env.aldo(["agents", "show", "zzz"]).run().exits(2);
    assert!(ran.stderr.contains("aldo agents ls"), "{ran}");
}

#[test]
fn c09_validate_prints_each_error_with_its_place_and_exits_2() {
    let env = TestEnv::new();
    env.write(&env.project().join("bad.yaml"), BAD);
    assert_snapshot!(env.aldo(["agents", "validate", "bad.yaml", "hello"]).run(), @r"
    exit 2
    --- stdout
    bad.yaml:1:13: unknown `apiVersion`, expected `aldo-ai/agent.v1`
    bad.yaml:2:7: `Bad Name` cannot name an agent, expected up to 64 lower-case letters, digits, `-` or `_`
    bad.yaml:3:15: `model_policy` names no capability class
        add `capability_class`, one of reasoning-large, reasoning-medium, reasoning-small, local-reasoning, fast-draft
    bad.yaml:4:9: unknown tool `fs.reed`
        did you mean `fs.read`?
    ok  builtin:hello
    --- stderr
    error: 4 errors
    ");
    let ran = env
        .aldo(["agents", "validate", "bad.yaml", "--json"])
        .run()
        .exits(2);
    let document = ran.json();
    assert_eq!(document["ok"], false);
    let first = &document["files"][0]["errors"][0];
    assert_eq!((&first["line"], &first["column"]), (&json!(1), &json!(13)));
}

#[test]
fn validate_of_what_is_right_exits_0() {
    let env = TestEnv::new();
    env.write(&env.project().join("good.yaml"), spec("good", ""));
    let ran = env.aldo(["agents", "validate", "good.yaml"]).run().exits(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("ok  good.yaml\n", "")
    );
}

#[test]
fn c09_a_wrong_spec_stops_run_and_check_with_2() {
    let env = TestEnv::new();
    env.write(
        &env.project().join("agents/bad.yaml"),
        BAD.replace("Bad Name", "bad"),
    );
    for args in [["agents", "check", "bad"], ["run", "bad", "--dry-run"]] {
        let ran = env.aldo(args).run().exits(2);
        let first = "error: [ROOT]/project/agents/bad.yaml:1:13: unknown `apiVersion`, expected `aldo-ai/agent.v1` (and 2 more)";
        assert!(ran.stderr.starts_with(first), "{ran}");
    }
}

#[test]
fn c09_hostile_specs_are_refused_quickly_with_their_place() {
    let env = TestEnv::new();
    let row = |n: usize| {
        format!(
            "  a{n}: &a{n} [{}]\n",
            vec![format!("*a{}", n - 1); 10].join(", ")
        )
    };
    let bomb: String = (1..10).map(row).collect();
    let cases = [
        (
            "bomb",
            spec("bomb", &format!("tools:\n guards:\n  a0: &a0 [x]\n{bomb}")),
        ),
        ("deep", "[".repeat(200_000)),
        (
            "tab",
            "apiVersion: aldo-ai/agent.v1\nmodel_policy:\n\tx: 1\n".to_owned(),
        ),
        ("twice", spec("twice", "name: twice")),
        ("unknown", spec("unknown", "oops: 1")),
        (
            "two",
            format!("{}---\n{}", spec("two", ""), spec("two", "")),
        ),
        (
            "big",
            format!("{}# {}\n", spec("big", ""), "x".repeat(10_000_000)),
        ),
        ("out", spec("out", "prompt: {system_file: ../../x}")),
    ];
    for (name, text) in cases {
        let file = format!("{name}.yaml");
        env.write(&env.project().join(&file), text);
        let ran = env.aldo(["agents", "validate", &file]).run().exits(2);
        let place = ran
            .stdout
            .strip_prefix(&format!("{file}:"))
            .unwrap_or_else(|| panic!("{ran}"));
        let mut numbers = place.splitn(3, ':').take(2);
        assert!(numbers.all(|number| number.parse::<u64>().is_ok()), "{ran}");
        assert!(!ran.to_string().contains("panicked"), "{ran}");
    }
}

#[test]
fn check_says_which_model_would_answer_and_asks_none() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["agents", "check", "hello"]).run(), @r#"
        exit 0
        --- stdout
        hello 0.1.0  routable
        runs on  aldo-nano (candle, local) as local-reasoning, at most $0.000000
        tier     internal

        class            candidate  provider  step
        local-reasoning  aldo-nano  candle    chosen

        runtimes: none was asked; `ALDO_LOCAL_DISCOVERY=all` asks them, `aldo models discover` shows them
        "#);
    let document = env
        .aldo(["agents", "check", "hello", "--json"])
        .run()
        .exits(0)
        .json();
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["ok", "agent", "chosen", "trace", "reason", "fix"]);
    assert_eq!(document["chosen"]["id"], "aldo-nano");
}

#[test]
fn check_of_an_agent_nothing_here_serves_exits_3_with_what_to_change() {
    let env = TestEnv::new();
    env.write(&env.project().join("agents/demanding.yaml"), DEMANDING);
    let ran = env
        .aldo(["agents", "check", "demanding", "--json"])
        .run()
        .exits(3);
    let document = ran.json();
    assert_eq!(document["ok"], false);
    assert_eq!(document["chosen"], json!(null));
    assert_eq!(
        document["agent"]["required"],
        json!(["128k-context", "tool-use"])
    );
    assert_eq!(
        document["agent"]["fallbackClasses"],
        json!(["local-reasoning"])
    );
    let steps: Vec<_> = document["trace"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["dropped"]["step"])
        .collect();
    assert_eq!(steps, ["class", "provides"]);
    let fix = document["fix"].as_str().unwrap();
    assert!(
        fix.contains("`aldo models pull ") && fix.contains(" GB)"),
        "{fix}"
    );
    assert!(fix.contains("`ALDO_API_TOKEN`"), "{fix}");
    let ran = env
        .aldo(["run", "demanding", "--inputs", "\"x\"", "--json"])
        .run()
        .exits(3);
    assert_eq!(ran.json()["error"]["code"], "no_eligible_model", "{ran}");
}

#[test]
fn e02_a_sensitive_agent_is_refused_hosted_with_or_without_a_token() {
    let env = TestEnv::new();
    for token in [None, Some("ak_live_x")] {
        let mut ran = env.aldo(["run", "confidant", "--route", "hosted", "--json"]);
        if let Some(token) = token {
            ran = ran.env("ALDO_API_TOKEN", token);
        }
        let ran = ran.run().exits(3);
        assert_eq!(
            ran.json()["error"]["code"],
            "privacy_tier_unroutable",
            "{ran}"
        );
    }
}

#[test]
fn e01_a_sensitive_agent_nothing_here_serves_is_refused_under_auto_with_a_token() {
    let env = TestEnv::new();
    let text = DEMANDING.replace("prompt:", "privacy_tier: sensitive\nprompt:");
    env.write(&env.project().join("agents/demanding.yaml"), text);
    let ran = env
        .aldo(["run", "demanding", "--inputs", "\"x\"", "--json"])
        .env("ALDO_API_TOKEN", "ak_live_x")
        .run()
        .exits(3);
    assert_eq!(
        ran.json()["error"]["code"],
        "privacy_tier_unroutable",
        "{ran}"
    );
}

#[test]
fn r05_a_cloned_agent_runs_at_the_tier_of_the_users_of_its_name() {
    let env = TestEnv::new();
    env.write(
        &env.home().join(".config/aldo/agents/mine.yaml"),
        spec("mine", "privacy_tier: sensitive"),
    );
    env.write(
        &env.project().join("agents/mine.yaml"),
        spec("mine", "privacy_tier: public"),
    );
    let ran = env
        .aldo(["agents", "check", "mine", "--json"])
        .run()
        .exits(0);
    assert_eq!(ran.json()["agent"]["privacyTier"], "sensitive");
    assert!(
        ran.stderr.contains("`privacy_tier: public` is ignored"),
        "{ran}"
    );
    let ran = env
        .aldo(["run", "mine", "--route", "hosted", "--json"])
        .env("ALDO_API_TOKEN", "ak_live_x")
        .run()
        .exits(3);
    assert_eq!(
        ran.json()["error"]["code"],
        "privacy_tier_unroutable",
        "{ran}"
    );
}

#[test]
fn the_default_tier_holds_where_a_spec_names_none() {
    let env = TestEnv::new();
    env.write(&env.project().join("agents/mine.yaml"), spec("mine", ""));
    let check = |tier: &str| {
        let ran = env
            .aldo(["agents", "check", "mine", "--json"])
            .env("ALDO_DEFAULT_PRIVACY", tier);
        ran.run().exits(0).json()["agent"]["privacyTier"].clone()
    };
    assert_eq!(check("sensitive"), "sensitive");
    assert_eq!(check("public"), "public");
}
