//! What no runtime, catalogue or folder can bring about.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use super::super::TestEnv;
use super::super::raw_server::{Act, RawServer};
use super::super::recorded::Recorded;
use super::asking;

#[test]
fn e03_a_sensitive_agent_never_gets_a_cloud_model_behind_a_loopback_address() {
    let env = TestEnv::new();
    let ollama = Recorded::ollama(&[("gpt-oss:120b-cloud", 131_072, &["completion", "tools"])]);
    let servers = [("OLLAMA_BASE_URL", &ollama)];
    let ran = asking(
        env.aldo([
            "run",
            "confidant",
            "--model",
            "gpt-oss:120b-cloud",
            "--inputs",
            "\"x\"",
            "--json",
        ]),
        &servers,
    )
    .env("ALDO_LOCAL_DISCOVERY", "ollama")
    .run()
    .exits(3);
    assert_eq!(
        ran.json()["error"]["code"],
        "privacy_tier_unroutable",
        "{ran}"
    );
    assert!(
        ollama.asked().iter().all(|line| !line.contains("/chat/")),
        "{:?}",
        ollama.asked()
    );
}

#[test]
fn e04_a_catalogue_row_that_says_local_with_a_remote_url_is_not_local() {
    let env = TestEnv::new();
    env.write(
        &env.home().join(".config/aldo/models.yaml"),
        "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n- id: trap\n  provider: evil\n  locality: local\n  capabilityClass: local-reasoning\n  provides: [streaming]\n  privacyAllowed: [public, internal, sensitive]\n  effectiveContextTokens: 8192\n  cost: {usdPerMtokIn: 0, usdPerMtokOut: 0}\n  providerConfig: {baseUrl: 'https://models.evil.test/v1'}\n",
    );
    let ran = env
        .aldo([
            "run",
            "confidant",
            "--model",
            "trap",
            "--inputs",
            "\"x\"",
            "--json",
        ])
        .run()
        .exits(3);
    assert_eq!(
        ran.json()["error"]["code"],
        "privacy_tier_unroutable",
        "{ran}"
    );
    assert_snapshot!(ran.stderr, @"warning: [ROOT]/home/.config/aldo/models.yaml:6:13: `locality: local` is not believed: the text would leave this machine, so it is `cloud`");
}

#[test]
fn e09_offline_only_loopback_is_asked() {
    let env = TestEnv::new();
    let ollama = Recorded::ollama(&[("qwen3:4b", 40_960, &["completion"])]);
    let servers = [("OLLAMA_BASE_URL", &ollama)];
    let ran = asking(env.aldo(["models", "discover", "--json"]), &servers)
        .env("VLLM_BASE_URL", "http://192.0.2.1:8000")
        .env("ALDO_OFFLINE", "1")
        .run()
        .exits(0);
    let document = ran.json();
    let runtimes = document["runtimes"].as_array().unwrap();
    let of = |name: &str| runtimes.iter().find(|row| row["runtime"] == name).unwrap();
    assert_eq!(of("ollama")["state"], "serving", "{ran}");
    assert_eq!(of("vllm")["state"], "not-asked", "{ran}");
}

#[test]
fn g07_a_folder_cannot_move_a_runtime_or_turn_one_on() {
    let env = TestEnv::new();
    let ollama = Recorded::ollama(&[("qwen3:4b", 40_960, &["completion"])]);
    env.write(
        &env.project().join("aldo.toml"),
        format!(
            "ollama_base_url = \"{}\"\nlocal_discovery = \"ollama\"\n",
            ollama.url()
        ),
    );
    let ran = env.aldo(["agents", "check", "hello"]).run().exits(0);
    assert_eq!(ollama.asked(), [""; 0]);
    assert_snapshot!(ran.stderr, @r#"
        warning: ./aldo.toml:1:1: `ollama_base_url` is ignored: what comes with a folder may only tighten
        warning: ./aldo.toml:2:1: `local_discovery` is ignored: what comes with a folder may only tighten
        "#);
    env.aldo(["models", "discover"]).run().exits(1);
    assert_eq!(ollama.asked(), [""; 0]);
}

#[test]
fn an_address_that_is_none_is_refused_by_every_command() {
    let env = TestEnv::new();
    let refused = |args| {
        let ran = env.aldo(args).env("OLLAMA_HOST", "ftp://x");
        ran.env_remove("OLLAMA_BASE_URL").run()
    };
    assert_snapshot!(refused(["models", "discover"]), @r#"
        exit 2
        --- stderr
        error: `OLLAMA_HOST`: `ftp://x` is not a base URL: it must begin with `http://` or `https://`
        "#);
    assert_eq!(refused(["agents", "ls"]).code, Some(2));
}

#[test]
fn a_wrong_catalogue_is_refused_with_its_place() {
    let env = TestEnv::new();
    env.write(
        &env.home().join(".config/aldo/models.yaml"),
        "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n- {id: x, provder: y}\n",
    );
    assert_snapshot!(env.aldo(["agents", "check", "hello"]).run(), @r#"
        exit 2
        --- stderr
        error: [ROOT]/home/.config/aldo/models.yaml:4:11: unknown key `provder`
          hint: did you mean `provider`?
        "#);
    let doctor = env.aldo(["doctor", "--json"]).run().exits(0);
    assert!(doctor.stdout.contains("models.yaml:4:"), "{doctor}");
}

#[test]
fn d01_a_silent_server_costs_its_time_and_no_more() {
    let env = TestEnv::new();
    let silent = RawServer::always(vec![Act::Hold]);
    let started = Instant::now();
    let ran = env
        .aldo(["models", "discover", "--timeout", "200", "--json"])
        .env("OLLAMA_BASE_URL", silent.base_url())
        .env("VLLM_BASE_URL", silent.base_url())
        .run()
        .exits(1);
    // Generous: other tests share the processors. What counts is that it ends.
    assert!(started.elapsed() < Duration::from_secs(20), "{ran}");
    let document = ran.json();
    let runtimes = document["runtimes"].as_array().unwrap();
    for name in ["ollama", "vllm"] {
        let row = runtimes.iter().find(|row| row["runtime"] == name).unwrap();
        assert_eq!(row["state"], "not-running", "{ran}");
        assert!(
            row["reason"].as_str().unwrap().contains("within 0.2 s"),
            "{ran}"
        );
    }
}

#[test]
fn a14_names_of_served_models_steer_no_terminal() {
    let env = TestEnv::new();
    let ollama = Recorded::ollama(&[
        ("good", 4096, &["completion"]),
        ("evil\u{202e}gnp", 4096, &["completion"]),
        ("evil\u{1b}]52;c;aGk=\u{7}", 4096, &["completion"]),
    ]);
    let servers = [("OLLAMA_BASE_URL", &ollama)];
    for args in [
        &["models", "discover"][..],
        &["models", "discover", "--json"],
    ] {
        let mut aldo = env.aldo([]).args([args[0], args[1]]);
        if let Some(flag) = args.get(2) {
            aldo = aldo.args([flag]);
        }
        let ran = asking(aldo, &servers).run().exits(0);
        assert!(ran.stdout.contains("good"), "{ran}");
        let safe =
            |c: char| c == '\n' || !(c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(ran.stdout.chars().all(safe), "{:?}", ran.stdout);
    }
}
