//! `aldo run`: what is refused, and what an answer looks like.

use insta::assert_snapshot;

use super::TestEnv;

#[test]
fn hello_answers_on_the_built_in_model() {
    let env = TestEnv::new();
    let ran = env.aldo(["run", "hello"]).run().exits(0);
    assert!(!ran.stdout.trim().is_empty(), "{ran}");
    assert_snapshot!(ran.stderr, @r#"
        `aldo-nano`, the small built-in model, answers; it is for demonstration; a capable one (0.6 GB): `aldo models pull Qwen/Qwen3-0.6B-GGUF`
        done in [MS]ms, $0.000000 on aldo-nano
        "#);
}

#[test]
fn the_document_of_a_run_has_its_fixed_names() {
    let env = TestEnv::new();
    let ran = env.aldo(["run", "hello", "--json"]).run().exits(0);
    let document = ran.json();
    let names: Vec<_> = document.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        [
            "ok",
            "output",
            "usage",
            "model",
            "provider",
            "locality",
            "elapsedMs",
            "runId",
            "route"
        ]
    );
    assert_eq!(document["ok"], true);
    assert_eq!(document["model"], "aldo-nano");
    assert_eq!(document["provider"], "candle");
    assert_eq!(document["locality"], "local");
    assert_eq!(document["route"], "local");
    assert!(document["usage"]["tokensOut"].as_u64().unwrap() > 0);
    assert_eq!(document["usage"]["usd"], 0.0);
    assert_eq!(ran.stderr, "");
    let run = document["runId"].as_str().unwrap();
    env.aldo(["runs", "show", run]).run().exits(0);
}

#[test]
fn the_same_seed_gives_the_same_text() {
    let env = TestEnv::new();
    let text = || {
        env.aldo(["run", "hello", "--seed", "3"])
            .run()
            .exits(0)
            .stdout
    };
    assert_eq!(text(), text());
}

#[test]
fn quiet_leaves_only_the_answer() {
    let env = TestEnv::new();
    let ran = env.aldo(["run", "hello", "--quiet"]).run().exits(0);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.ends_with('\n'));
}

#[test]
fn an_unknown_agent_is_wrong_usage_with_the_nearest() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["run", "helo"]).run(), @r#"
        exit 2
        --- stderr
        error: no agent named `helo`
          hint: did you mean `hello`?
        "#);
    assert_snapshot!(env.aldo(["run", "helo", "--json"]).run(), @r#"
        exit 2
        --- stdout
        {
          "ok": false,
          "error": {
            "code": "unknown_agent",
            "message": "no agent named `helo`",
            "hints": [
              "did you mean `hello`?"
            ]
          }
        }
        "#);
}

#[test]
fn broken_inputs_are_refused_with_their_place() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["run", "hello", "--inputs", "{\"task\": }"]).run(), @r#"
        exit 2
        --- stderr
        error: --inputs:1:10: the inputs are no JSON: expected value
        "#);
    assert_snapshot!(env.aldo(["run", "hello", "--inputs", "-"]).stdin("[1,\n2").run(), @r#"
        exit 2
        --- stderr
        error: stdin:2:1: the inputs are no JSON: EOF while parsing a list
        "#);
    assert_snapshot!(env.aldo(["run", "hello", "--inputs", "@nowhere.json"]).run(), @r#"
        exit 2
        --- stderr
        error: cannot read the inputs from `nowhere.json`: No such file or directory (os error 2)
        "#);
}

#[test]
fn a_bad_spec_is_refused_with_line_and_column() {
    let env = TestEnv::new();
    env.write(
        &env.project().join("agents/broken.yaml"),
        "apiVersion: aldo-ai/agent.v1\nname: broken\nversion: 0.1.0\nprivacy_teir: public\n",
    );
    let ran = env.aldo(["run", "broken"]).run().exits(2);
    assert!(ran.stderr.contains("broken.yaml:4:1:"), "{ran}");
}

#[test]
fn e02_a_sensitive_agent_is_never_hosted_whatever_is_set() {
    let env = TestEnv::new();
    let hosted = env
        .aldo(["run", "confidant", "--inputs", "x", "--route", "hosted"])
        .env("ALDO_API_TOKEN", "canary-6161");
    assert_snapshot!(hosted.run(), @r#"
        exit 3
        --- stderr
        error: `confidant` is `sensitive` and is never sent to the hosted plane
          hint: run it on this machine: leave out `--route hosted`
        "#);
    let document = env
        .aldo([
            "run",
            "confidant",
            "--inputs",
            "x",
            "--route",
            "hosted",
            "--json",
        ])
        .run()
        .exits(3)
        .json();
    assert_eq!(document["ok"], false);
    assert_eq!(document["error"]["code"], "privacy_tier_unroutable");
}

#[test]
fn hosted_without_a_token_is_wrong_usage() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["run", "hello", "--route", "hosted"]).run(), @r#"
        exit 2
        --- stderr
        error: `--route hosted` needs a token and `ALDO_API_TOKEN` is not set
          hint: set `ALDO_API_TOKEN`, or leave out `--route hosted`
        "#);
}

#[test]
fn an_agent_no_model_serves_is_refused_with_what_would_help() {
    let env = TestEnv::new();
    env.write(
        &env.project().join("agents/giant.yaml"),
        "apiVersion: aldo-ai/agent.v1\nname: giant\nversion: 0.1.0\nprivacy_tier: internal\n\
         model_policy:\n  capability_class: reasoning-large\nprompt:\n  system_file: giant.md\n",
    );
    env.write(&env.project().join("agents/giant.md"), "Think.");
    let ran = env.aldo(["run", "giant", "--inputs", "x", "--json"]).run();
    let ran = ran.exits(3);
    let document = ran.json();
    assert_eq!(document["error"]["code"], "no_eligible_model");
    let trace = document["error"]["details"]["trace"].as_array().unwrap();
    assert_eq!(trace[0]["dropped"]["step"], "class", "{ran}");
    assert!(!document["error"]["hints"].as_array().unwrap().is_empty());
    assert!(document["runId"].is_string());
}

#[test]
fn an_unknown_model_is_wrong_usage() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "hello", "--model", "qwen9"])
        .run()
        .exits(2);
    assert!(ran.stderr.contains("qwen9"), "{ran}");
}

#[test]
fn dry_run_prints_every_candidate_and_runs_nothing() {
    let env = TestEnv::new();
    env.store_tiny("tiny.gguf");
    assert_snapshot!(env.aldo(["run", "hello", "--dry-run"]).run(), @r#"
        exit 0
        --- stdout
        would run on tiny (candle, local) as local-reasoning, at most $0.000000
        candidate  provider  where  class            fate
        aldo-nano  candle    local  local-reasoning  order: `tiny` comes before it: the built-in model is for demonstration and comes last
        tiny       candle    local  local-reasoning  chosen
        "#);
    let document = env
        .aldo(["run", "hello", "--dry-run", "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(document["decision"]["outcome"]["kind"], "local");
    let runs = env.aldo(["runs", "ls", "--json"]).run().exits(0);
    assert!(!runs.stdout.contains("hello"), "{runs}");
}

#[test]
fn a_model_is_named_by_path_and_by_id() {
    let env = TestEnv::new();
    env.store_tiny("tiny.gguf");
    let by_id = env
        .aldo([
            "run",
            "hello",
            "--model",
            "tiny",
            "--max-tokens",
            "4",
            "--json",
        ])
        .run();
    assert_eq!(by_id.json()["model"], "tiny", "{by_id}");
    let elsewhere = env.project().join("elsewhere.gguf");
    std::fs::rename(env.aldo_home().join("models/tiny.gguf"), &elsewhere).unwrap();
    let by_path = env
        .aldo([
            "run",
            "hello",
            "--model",
            "elsewhere.gguf",
            "--max-tokens",
            "4",
            "--json",
        ])
        .run();
    assert_eq!(by_path.json()["model"], "elsewhere", "{by_path}");
}

#[test]
fn an_answer_that_is_cut_off_fails_and_says_so() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "hello", "--max-tokens", "2"])
        .run()
        .exits(1);
    assert!(
        ran.stderr
            .contains("error: the answer was cut off after 2 tokens"),
        "{ran}"
    );
    assert!(
        ran.stderr
            .contains("done in [MS]ms, $0.000000 on aldo-nano"),
        "{ran}"
    );
}

#[test]
fn the_built_in_model_reads_a_file_and_answers_from_it() {
    let env = TestEnv::new();
    env.write(
        &env.project().join("files/notes.txt"),
        "milk, bread and apples\n",
    );
    // The same run closed by the kernel: the folder of the tool stays in reach.
    let sensitive = "apiVersion: aldo-ai/agent.v1\nname: reader\nprivacy_tier: sensitive\n\
        model_policy: {capability_class: local-reasoning, decoding: {temperature: 0}}\n\
        prompt: You look things up in the files of a folder.\ntools: [{id: fs.read}]\n";
    env.write(&env.project().join("reader.yaml"), sensitive);
    for agent in ["librarian", "./reader.yaml"] {
        let ran = env
            .aldo(["run", agent, "--inputs", "Read the file notes.txt"])
            .env("ALDO_FS_ROOT", env.project().join("files"))
            .run()
            .exits(0);
        assert!(ran.stdout.contains("milk, bread and apples"), "{ran}");
        assert!(
            ran.stderr.contains("→ fs.read {\"path\":\"notes.txt\"}"),
            "{ran}"
        );
        let shown = env.aldo(["runs", "show", "last", "--json"]).run().json();
        let events = shown["events"].as_array().unwrap().iter();
        let kinds: Vec<&str> = events
            .map(|event| event["kind"].as_str().unwrap())
            .collect();
        assert!(kinds.ends_with(&["answer", "tool_intent", "tool_result", "answer", "stop"]));
    }
}

#[test]
fn a_tool_that_is_off_is_a_result_and_not_the_end() {
    let env = TestEnv::new();
    let inputs = r#"{"task": "Read the file notes.txt"}"#;
    let ran = env
        .aldo(["run", "librarian", "--inputs", inputs, "--json"])
        .run();
    assert!([Some(0), Some(1)].contains(&ran.code), "{ran}");
    let shown = env.aldo(["runs", "show", "last", "--json"]).run().json();
    let result = shown["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["kind"] == "tool_result");
    let result = result.unwrap_or_else(|| panic!("{shown}"));
    assert_ne!(result["body"]["outcome"], "done");
    let text = result["body"]["content"].as_str().unwrap();
    assert!(text.contains("ALDO_FS_ROOT"), "{text}");
}

#[test]
fn threads_are_as_many_as_asked_for() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "hello", "--threads", "1"])
        .env("RAYON_NUM_THREADS", "2");
    ran.run().exits(0);
    env.aldo(["run", "hello", "--threads", "0"]).run().exits(2);
}

#[test]
fn a_device_that_is_not_there_fails_with_its_reason() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "hello", "--device", "cuda:7"])
        .run()
        .exits(4);
    assert!(ran.stderr.contains("cuda:7"), "{ran}");
}
