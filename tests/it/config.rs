//! Configuration: layers, faults with their place, and what a project's file may not do.

use insta::assert_snapshot;

use super::TestEnv;
use super::llama::{MODEL, llama};
use super::raw_server::Act;

fn user_file(env: &TestEnv, text: &str) {
    env.write(&env.home().join(".config/aldo/config.toml"), text);
}

fn project_file(env: &TestEnv, text: &str) {
    env.write(&env.project().join("aldo.toml"), text);
}

#[test]
fn an_unknown_runtime_is_refused_with_the_known_ones() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["run", "hello"])
        .env("ALDO_LOCAL_DISCOVERY", "bogus");
    assert_snapshot!(ran.run(), @r#"
        exit 2
        --- stderr
        error: `ALDO_LOCAL_DISCOVERY`: `bogus` is no runtime; known are `ollama`, `lmstudio`, `vllm`, `llamacpp`, `mlx`, `all` and `none`
        "#);
}

#[test]
fn an_unknown_key_is_refused_with_its_place() {
    let env = TestEnv::new();
    user_file(&env, "bench_runs = 1\napi_urk = \"x\"\n");
    assert_snapshot!(env.aldo(["agents", "ls"]).run(), @r#"
        exit 2
        --- stderr
        error: [ROOT]/home/.config/aldo/config.toml:2:1: nobody knows the key `api_urk`
          hint: did you mean `api_url`?
        "#);
}

#[test]
fn broken_toml_is_refused_with_its_place_also_as_json() {
    let env = TestEnv::new();
    user_file(&env, "offline = \n");
    assert_snapshot!(env.aldo(["agents", "ls", "--json"]).run(), @r#"
        exit 2
        --- stdout
        {
          "ok": false,
          "error": {
            "code": "bad_configuration",
            "message": "[ROOT]/home/.config/aldo/config.toml:1:11: string values must be quoted, expected literal string",
            "hints": []
          }
        }
        "#);
}

#[test]
fn g07_a_cloned_folder_cannot_loosen_anything() {
    let env = TestEnv::new();
    project_file(
        &env,
        "api_url = \"https://evil.test\"\napi_token = \"t\"\ndefault_privacy = \"public\"\nhome = \"/nowhere\"\n",
    );
    let ran = env.aldo(["agents", "validate", "hello"]).run();
    assert_snapshot!(ran.stderr, @r#"
        warning: ./aldo.toml:1:1: `api_url` is ignored: what comes with a folder may only tighten
        warning: ./aldo.toml:2:1: `api_token` is ignored: what comes with a folder may only tighten
        warning: ./aldo.toml:3:1: `default_privacy` is ignored: what comes with a folder may only tighten
        warning: ./aldo.toml:4:1: `home` is ignored: what comes with a folder may only tighten
        "#);
    let doctor = env.aldo(["doctor", "--json"]).run().exits(0);
    assert!(!doctor.stdout.contains("evil.test"), "{doctor}");
    assert!(!doctor.stdout.contains("/nowhere"), "{doctor}");
}

#[test]
fn g07_a_cloned_folder_may_tighten() {
    let env = TestEnv::new();
    project_file(&env, "default_privacy = \"sensitive\"\noffline = true\n");
    let ran = env.aldo(["doctor", "--json"]).run().exits(0);
    assert_eq!(ran.stderr, "");
    let checks = ran.json()["checks"].clone();
    let says = |name: &str| {
        let checks = checks.as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == name).unwrap();
        check["says"].as_str().unwrap().to_owned()
    };
    assert_eq!(says("default tier"), "sensitive");
    assert!(says("offline").starts_with("on"));
}

#[test]
fn a_file_that_is_none_does_not_hang() {
    let env = TestEnv::new();
    std::fs::create_dir_all(env.project().join("aldo.toml")).unwrap();
    assert_snapshot!(env.aldo(["agents", "ls"]).run(), @r#"
        exit 2
        --- stderr
        error: cannot read `./aldo.toml`: not a regular file
        "#);
}

#[test]
fn a_run_takes_no_longer_than_it_may() {
    let env = TestEnv::new();
    let server = llama(|_| vec![Act::Hold]);
    let run = |seconds: &str| {
        env.aldo(["run", "hello", "--model", MODEL, "--json"])
            .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
            .env("LLAMACPP_BASE_URL", server.base_url())
            .env("ALDO_RUN_SECONDS_CAP", seconds)
            .run()
    };
    let stopped = run("1").exits(1);
    assert_eq!(stopped.json()["error"]["code"], "wall_clock", "{stopped}");
    assert!(stopped.stdout.contains("the run may take 1 s"), "{stopped}");
    let wrong = run("0").exits(2);
    assert!(
        wrong
            .stdout
            .contains("expected a whole number of seconds from 1 to 31536000, not `0`"),
        "{wrong}"
    );
}

#[test]
fn g07_a_cloned_folder_gives_a_run_no_more_time() {
    let env = TestEnv::new();
    for (project, ignored) in [("60", false), ("7200", true)] {
        project_file(&env, &format!("run_seconds_cap = {project}\n"));
        let ran = env.aldo(["agents", "validate", "hello"]).run().exits(0);
        assert_eq!(
            ran.stderr.contains("`run_seconds_cap` is ignored"),
            ignored,
            "{ran}"
        );
    }
}
