//! `aldo models discover`, and what the other commands make of runtimes.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::TestEnv;
use super::env::{Aldo, Ran};
use super::recorded::{Recorded, document, text};

/// Runs a command that asks these runtimes where they are.
fn asking(aldo: Aldo, servers: &[(&str, &Recorded)]) -> Aldo {
    servers.iter().fold(aldo, |aldo, (variable, server)| {
        aldo.env(variable, server.url())
    })
}

/// The output with each server's port replaced by five letters, which leaves columns where they are.
fn shown(ran: &Ran, servers: &[(&str, &Recorded)]) -> String {
    servers
        .iter()
        .fold(ran.to_string(), |text, (variable, server)| {
            let letters = match *variable {
                "OLLAMA_BASE_URL" => "OLLAM",
                "LM_STUDIO_BASE_URL" => "LMSTU",
                "VLLM_BASE_URL" => "VLLM-",
                "LLAMACPP_BASE_URL" => "LLAMA",
                "MLX_BASE_URL" => "MLX--",
                variable => panic!("{variable}"),
            };
            text.replace(&server.place(), &format!("127.0.0.1:{letters}"))
        })
}

fn all_five() -> [(&'static str, Recorded); 5] {
    [
        (
            "OLLAMA_BASE_URL",
            Recorded::ollama(&[
                ("qwen3:4b", 40_960, &["completion", "tools", "thinking"]),
                ("nomic-embed-text:latest", 2048, &["embedding"]),
                (
                    "gpt-oss:120b-cloud",
                    131_072,
                    &["completion", "tools", "thinking"],
                ),
            ]),
        ),
        (
            "LM_STUDIO_BASE_URL",
            Recorded::lm_studio(&[("qwen/qwen3.6-35b-a3b", "llm", 32_768)]),
        ),
        (
            "VLLM_BASE_URL",
            Recorded::vllm("meta-llama/Llama-3.3-70B-Instruct", 131_072),
        ),
        (
            "LLAMACPP_BASE_URL",
            Recorded::llama_cpp("gemma-3-4b-it-Q4_K_M.gguf", 8192),
        ),
        (
            "MLX_BASE_URL",
            Recorded::mlx(&["mlx-community/Qwen3-4B-4bit"]),
        ),
    ]
}

fn refs<'a>(servers: &'a [(&'static str, Recorded)]) -> Vec<(&'static str, &'a Recorded)> {
    servers
        .iter()
        .map(|(name, server)| (*name, server))
        .collect()
}

#[test]
fn discover_lists_what_each_runtime_serves() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ran = asking(env.aldo(["models", "discover"]), &servers).run();
    assert_snapshot!(shown(&ran, &servers), @"");
}

#[test]
fn discover_as_json_has_runtime_capabilities_and_context_of_each() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ran = asking(env.aldo(["models", "discover", "--json"]), &servers).run();
    assert_snapshot!(shown(&ran, &servers), @"");
}

#[test]
fn discover_without_anything_exits_1_and_says_why_for_each_runtime() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["models", "discover"]).run(), @"");
    let document = env
        .aldo(["models", "discover", "--json"])
        .run()
        .exits(1)
        .json();
    assert_eq!(document["ok"], false);
    assert_eq!(document["error"]["code"], "nothing_found");
    let states: Vec<_> = document["runtimes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].clone())
        .collect();
    assert_eq!(states, vec![json!("not-running"); 5]);
}

#[test]
fn discover_counts_the_models_of_the_store() {
    let env = TestEnv::new();
    env.store_tiny("tiny.gguf");
    let document = env
        .aldo(["models", "discover", "--json"])
        .run()
        .exits(0)
        .json();
    let ids: Vec<_> = document["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(ids, [json!("aldo-nano"), json!("tiny")]);
}

#[test]
fn discover_asks_only_those_that_are_named() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ran = asking(env.aldo(["models", "discover", "--json"]), &servers)
        .env("ALDO_LOCAL_DISCOVERY", "vllm,mlx")
        .run()
        .exits(0);
    let document = ran.json();
    let asked: Vec<_> = document["runtimes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["runtime"].clone())
        .collect();
    assert_eq!(asked, [json!("vllm"), json!("mlx")]);
    for (variable, server) in &servers {
        let expected = matches!(*variable, "VLLM_BASE_URL" | "MLX_BASE_URL");
        assert_eq!(!server.asked().is_empty(), expected, "{variable}");
    }
    let none =
        asking(env.aldo(["models", "discover"]), &servers).env("ALDO_LOCAL_DISCOVERY", "none");
    assert_snapshot!(none.run(), @"");
}

#[test]
fn d09_a_server_on_another_runtimes_port_is_recognised() {
    let env = TestEnv::new();
    let mlx = Recorded::mlx(&["mlx-community/Qwen3-4B-4bit"]);
    let servers = [("LLAMACPP_BASE_URL", &mlx)];
    let ran = asking(env.aldo(["models", "discover", "--json"]), &servers)
        .run()
        .exits(0);
    let document = ran.json();
    let model = row(&document["models"], "mlx-community/Qwen3-4B-4bit");
    assert_eq!(model["provider"], "mlx", "{ran}");
    let ran = asking(env.aldo(["models", "discover"]), &servers)
        .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
        .run();
    assert_snapshot!(shown(&ran, &servers), @"");
}

#[test]
fn d08_what_answers_strangely_is_unexpected_and_not_no_models() {
    let env = TestEnv::new();
    let strange = [
        (
            "OLLAMA_BASE_URL",
            Recorded::start("nginx", vec![text("/", "<html>hello</html>")]),
        ),
        (
            "LM_STUDIO_BASE_URL",
            Recorded::start("", vec![text("/v1/models", "")]),
        ),
        (
            "VLLM_BASE_URL",
            Recorded::start(
                "",
                vec![document(
                    "/v1/models",
                    &json!({"object": "list", "data": null}),
                )],
            ),
        ),
    ];
    let servers = refs(&strange);
    let ran = asking(env.aldo(["models", "discover", "--json"]), &servers)
        .run()
        .exits(1);
    let document = ran.json();
    for row in document["runtimes"].as_array().unwrap().iter().take(3) {
        assert_eq!(row["state"], "unexpected", "{ran}");
    }
}

#[test]
fn nothing_is_probed_by_run_and_check_unless_it_is_turned_on() {
    let env = TestEnv::new();
    let ollama = Recorded::ollama(&[("qwen3:4b", 40_960, &["completion", "tools"])]);
    let servers = [("OLLAMA_BASE_URL", &ollama)];
    for args in [["agents", "check", "hello"], ["run", "hello", "--dry-run"]] {
        let ran = asking(env.aldo(args), &servers).run().exits(0);
        assert!(ran.stdout.contains("aldo-nano"), "{ran}");
        assert!(!ran.stdout.contains("qwen3:4b"), "{ran}");
    }
    assert_eq!(ollama.asked(), [""; 0]);
    for args in [["agents", "check", "hello"], ["run", "hello", "--dry-run"]] {
        let ran = asking(env.aldo(args), &servers)
            .env("ALDO_LOCAL_DISCOVERY", "ollama")
            .run()
            .exits(0);
        assert!(ran.stdout.contains("qwen3:4b"), "{ran}");
    }
    assert!(!ollama.asked().is_empty());
}

#[test]
fn check_traces_across_runtimes() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ran = asking(env.aldo(["agents", "check", "hello"]), &servers)
        .env("ALDO_LOCAL_DISCOVERY", "all")
        .run();
    assert_snapshot!(shown(&ran, &servers), @"");
}

#[test]
fn ls_and_bare_aldo_show_the_runtimes() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ls = asking(env.aldo(["models", "ls"]), &servers).env("ALDO_LOCAL_DISCOVERY", "ollama,mlx");
    assert_snapshot!(shown(&ls.run(), &servers), @"");
    assert_snapshot!(shown(&asking(env.aldo([]), &servers).run(), &servers), @"");
}

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
    assert_snapshot!(ran.stderr, @"");
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
    assert_snapshot!(ran.stderr, @"");
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
    assert_snapshot!(refused(["models", "discover"]), @"");
    assert_eq!(refused(["agents", "ls"]).code, Some(2));
}

#[test]
fn a_wrong_catalogue_is_refused_with_its_place() {
    let env = TestEnv::new();
    env.write(
        &env.home().join(".config/aldo/models.yaml"),
        "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n- {id: x, provder: y}\n",
    );
    assert_snapshot!(env.aldo(["agents", "check", "hello"]).run(), @"");
    let doctor = env.aldo(["doctor", "--json"]).run().exits(0);
    assert!(doctor.stdout.contains("models.yaml:4:"), "{doctor}");
}

#[test]
fn scan_finds_servers_at_other_ports_once_each() {
    let env = TestEnv::new();
    let ran = env.aldo(["models", "discover", "--scan", "--json"]).run();
    let document = ran.json();
    assert_eq!(document["scanned"]["ports"], 20, "{ran}");
}

fn row<'a>(models: &'a Value, id: &str) -> &'a Value {
    let rows = models.as_array().unwrap();
    let found = rows.iter().find(|row| row["id"] == id);
    found.unwrap_or_else(|| panic!("{id} in {models:#}"))
}
