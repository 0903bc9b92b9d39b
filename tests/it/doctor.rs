//! `aldo doctor` and bare `aldo`.

use insta::assert_snapshot;

use super::TestEnv;

#[test]
fn doctor_says_what_works_as_json() {
    let env = TestEnv::new();
    let ran = env.aldo(["doctor", "--json"]).run().exits(0);
    let document = ran.json();
    assert_eq!(document["ok"], true, "{ran}");
    let checks = document["checks"].as_array().unwrap();
    let of = |about: &str, name: &str| {
        let found = checks
            .iter()
            .find(|check| check["about"] == about && check["name"] == name);
        found
            .unwrap_or_else(|| panic!("{about} {name} in {ran}"))
            .clone()
    };
    assert_eq!(of("device", "cpu")["state"], "works");
    assert_eq!(of("models", "usable")["says"], "aldo-nano");
    assert_eq!(of("network", "hosted")["state"], "absent");
    assert!(
        of("memory", "total")["says"]
            .as_str()
            .unwrap()
            .ends_with('B')
    );
}

#[test]
fn doctor_names_what_changes_results_and_hides_secrets() {
    let env = TestEnv::new();
    let ran = env
        .aldo(["doctor"])
        .env("CANDLE_DEQUANTIZE_ALL", "1")
        .env("ALDO_API_TOKEN", "canary-6161")
        .env(
            "ALDO_API_URL",
            "https://me:canary-6262@host.test/?k=canary-6363",
        )
        .run()
        .exits(0);
    assert!(ran.stdout.contains("CANDLE_DEQUANTIZE_ALL"), "{ran}");
    assert!(
        ran.stdout.contains("it changes how models compute"),
        "{ran}"
    );
    assert!(ran.stdout.contains("set, 11 characters hidden"), "{ran}");
    assert!(!ran.to_string().contains("canary"), "{ran}");
}

#[test]
fn doctor_says_what_does_not_work_and_why() {
    let env = TestEnv::new();
    env.store_model("broken.gguf", "GGUF");
    let ran = env.aldo(["doctor", "--json"]).run().exits(0);
    assert_eq!(ran.json()["ok"], false, "{ran}");
    assert!(ran.stdout.contains("truncated"), "{ran}");
}

#[test]
fn bare_aldo_says_what_is_here_and_what_to_type() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo([]).run(), @r#"
        exit 0
        --- stdout
        aldo 0.1.0

        in process  aldo-nano (built in, for demonstration)
        hosted      no, `ALDO_API_TOKEN` is not set

        runtime   address      answer
        ollama    127.0.0.1:9  not running: connection refused
        lmstudio  127.0.0.1:9  not running: connection refused
        vllm      127.0.0.1:9  not running: connection refused
        llamacpp  127.0.0.1:9  not running: connection refused
        mlx       127.0.0.1:9  not running: connection refused

        next: aldo run hello
        "#);
    let document = env.aldo(["--json"]).run().exits(0).json();
    assert_eq!(document["next"], "aldo run hello");
}
