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
    assert_snapshot!(shown(&ran, &servers), @r#"
        exit 0
        --- stdout
        model                              provider  locality  context  can
        aldo-nano                          candle    local     2048     reasoning, tool-use
        qwen3:4b                           ollama    local     40960    reasoning, structured-output, tool-use
        nomic-embed-text:latest            ollama    local     2048     embeddings
        gpt-oss:120b-cloud                 ollama    cloud     131072   reasoning, structured-output, tool-use
        qwen/qwen3.6-35b-a3b               lmstudio  local     32768    reasoning, structured-output, tool-use
        meta-llama/Llama-3.3-70B-Instruct  vllm      local     131072   structured-output, tool-use
        gemma-3-4b-it-Q4_K_M.gguf          llamacpp  local     8192     structured-output
        mlx-community/Qwen3-4B-4bit        mlx       local     131072   reasoning, structured-output, tool-use

        runtime   address          answer
        ollama    127.0.0.1:OLLAM  serves 3 models, version 0.33.0
        lmstudio  127.0.0.1:LMSTU  serves 1 model
        vllm      127.0.0.1:VLLM-  serves 1 model, version 0.32.0
        llamacpp  127.0.0.1:LLAMA  serves 1 model, version b11669-0123abcd
        mlx       127.0.0.1:MLX--  serves 1 model
        "#);
}

#[test]
fn discover_as_json_has_runtime_capabilities_and_context_of_each() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ran = asking(env.aldo(["models", "discover", "--json"]), &servers).run();
    assert_snapshot!(shown(&ran, &servers), @r#"
        exit 0
        --- stdout
        {
          "ok": true,
          "models": [
            {
              "id": "aldo-nano",
              "provider": "candle",
              "locality": "local",
              "contextTokens": 2048,
              "classes": [
                "local-reasoning"
              ],
              "capabilities": [
                "extended-thinking",
                "function-calling",
                "reasoning",
                "streaming",
                "tool-use"
              ],
              "baseUrl": null,
              "path": null
            },
            {
              "id": "qwen3:4b",
              "provider": "ollama",
              "locality": "local",
              "contextTokens": 40960,
              "classes": [
                "local-reasoning"
              ],
              "capabilities": [
                "extended-thinking",
                "function-calling",
                "reasoning",
                "streaming",
                "structured-output",
                "tool-use"
              ],
              "baseUrl": "http://127.0.0.1:OLLAM",
              "path": null
            },
            {
              "id": "nomic-embed-text:latest",
              "provider": "ollama",
              "locality": "local",
              "contextTokens": 2048,
              "classes": [
                "embeddings"
              ],
              "capabilities": [
                "embeddings"
              ],
              "baseUrl": "http://127.0.0.1:OLLAM",
              "path": null
            },
            {
              "id": "gpt-oss:120b-cloud",
              "provider": "ollama",
              "locality": "cloud",
              "contextTokens": 131072,
              "classes": [
                "local-reasoning"
              ],
              "capabilities": [
                "128k-context",
                "extended-thinking",
                "function-calling",
                "reasoning",
                "streaming",
                "structured-output",
                "tool-use"
              ],
              "baseUrl": "http://127.0.0.1:OLLAM",
              "path": null
            },
            {
              "id": "qwen/qwen3.6-35b-a3b",
              "provider": "lmstudio",
              "locality": "local",
              "contextTokens": 32768,
              "classes": [
                "local-reasoning"
              ],
              "capabilities": [
                "extended-thinking",
                "function-calling",
                "reasoning",
                "streaming",
                "structured-output",
                "tool-use"
              ],
              "baseUrl": "http://127.0.0.1:LMSTU",
              "path": null
            },
            {
              "id": "meta-llama/Llama-3.3-70B-Instruct",
              "provider": "vllm",
              "locality": "local",
              "contextTokens": 131072,
              "classes": [
                "local-reasoning"
              ],
              "capabilities": [
                "128k-context",
                "function-calling",
                "streaming",
                "structured-output",
                "tool-use"
              ],
              "baseUrl": "http://127.0.0.1:VLLM-",
              "path": null
            },
            {
              "id": "gemma-3-4b-it-Q4_K_M.gguf",
              "provider": "llamacpp",
              "locality": "local",
              "contextTokens": 8192,
              "classes": [
                "local-reasoning"
              ],
              "capabilities": [
                "streaming",
                "structured-output"
              ],
              "baseUrl": "http://127.0.0.1:LLAMA",
              "path": null
            },
            {
              "id": "mlx-community/Qwen3-4B-4bit",
              "provider": "mlx",
              "locality": "local",
              "contextTokens": 131072,
              "classes": [
                "local-reasoning"
              ],
              "capabilities": [
                "128k-context",
                "extended-thinking",
                "function-calling",
                "reasoning",
                "streaming",
                "structured-output",
                "tool-use"
              ],
              "baseUrl": "http://127.0.0.1:MLX--",
              "path": null
            }
          ],
          "runtimes": [
            {
              "runtime": "ollama",
              "baseUrl": "http://127.0.0.1:OLLAM",
              "state": "serving",
              "version": "0.33.0",
              "models": 3
            },
            {
              "runtime": "lmstudio",
              "baseUrl": "http://127.0.0.1:LMSTU",
              "state": "serving",
              "models": 1
            },
            {
              "runtime": "vllm",
              "baseUrl": "http://127.0.0.1:VLLM-",
              "state": "serving",
              "version": "0.32.0",
              "models": 1
            },
            {
              "runtime": "llamacpp",
              "baseUrl": "http://127.0.0.1:LLAMA",
              "state": "serving",
              "version": "b11669-0123abcd",
              "models": 1
            },
            {
              "runtime": "mlx",
              "baseUrl": "http://127.0.0.1:MLX--",
              "state": "serving",
              "models": 1
            }
          ],
          "scanned": null,
          "refused": []
        }
        "#);
}

#[test]
fn discover_without_anything_exits_1_and_says_why_for_each_runtime() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["models", "discover"]).run(), @r#"
        exit 1
        --- stdout
        model      provider  locality  context  can
        aldo-nano  candle    local     2048     reasoning, tool-use

        runtime   address      answer
        ollama    127.0.0.1:9  not running: connection refused
        lmstudio  127.0.0.1:9  not running: connection refused
        vllm      127.0.0.1:9  not running: connection refused
        llamacpp  127.0.0.1:9  not running: connection refused
        mlx       127.0.0.1:9  not running: connection refused
        --- stderr
        error: no model but the built-in one is here, and no runtime serves one
          hint: start a runtime, for example with `ollama serve`
          hint: look at other ports with `aldo models discover --scan`
          hint: or pull a model that runs in process: `aldo models pull Qwen/Qwen3-0.6B-GGUF`
        "#);
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
    assert_snapshot!(none.run(), @r#"
        exit 1
        --- stdout
        model      provider  locality  context  can
        aldo-nano  candle    local     2048     reasoning, tool-use

        runtimes: none was asked; `ALDO_LOCAL_DISCOVERY=all` asks them, `aldo models discover` shows them
        --- stderr
        error: no model but the built-in one is here, and no runtime was asked
          hint: unset `ALDO_LOCAL_DISCOVERY` to ask all
          hint: or pull a model that runs in process: `aldo models pull Qwen/Qwen3-0.6B-GGUF`
        "#);
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
    assert_snapshot!(shown(&ran, &servers), @r#"
        exit 1
        --- stdout
        model      provider  locality  context  can
        aldo-nano  candle    local     2048     reasoning, tool-use

        runtime   address          answer
        llamacpp  127.0.0.1:LLAMA  mlx_lm.server answers there, not llama.cpp
        --- stderr
        error: no model but the built-in one is here, and no runtime serves one
          hint: turn `mlx` on in `ALDO_LOCAL_DISCOVERY`, it answers at 127.0.0.1:LLAMA
          hint: look at other ports with `aldo models discover --scan`
          hint: or pull a model that runs in process: `aldo models pull Qwen/Qwen3-0.6B-GGUF`
        "#);
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
    assert_snapshot!(shown(&ran, &servers), @r#"
        exit 0
        --- stdout
        hello 0.1.0  routable
        runs on  gemma-3-4b-it-Q4_K_M.gguf (llamacpp, local) as local-reasoning, at most $0.000000
        tier     internal

        class            candidate                          provider  step
        local-reasoning  aldo-nano                          candle    order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: the built-in model is for demonstration and comes last
        local-reasoning  qwen3:4b                           ollama    order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: they are equal but for their ids
        local-reasoning  nomic-embed-text:latest            ollama    class    it serves `embeddings`, not `local-reasoning`
        local-reasoning  gpt-oss:120b-cloud                 ollama    privacy  its operator does not allow `internal` data on it
        local-reasoning  qwen/qwen3.6-35b-a3b               lmstudio  order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: they are equal but for their ids
        local-reasoning  meta-llama/Llama-3.3-70B-Instruct  vllm      order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: they are equal but for their ids
        local-reasoning  gemma-3-4b-it-Q4_K_M.gguf          llamacpp  chosen
        local-reasoning  mlx-community/Qwen3-4B-4bit        mlx       order    `gemma-3-4b-it-Q4_K_M.gguf` comes before it: they are equal but for their ids

        runtime   address          answer
        ollama    127.0.0.1:OLLAM  serves 3 models, version 0.33.0
        lmstudio  127.0.0.1:LMSTU  serves 1 model
        vllm      127.0.0.1:VLLM-  serves 1 model, version 0.32.0
        llamacpp  127.0.0.1:LLAMA  serves 1 model, version b11669-0123abcd
        mlx       127.0.0.1:MLX--  serves 1 model
        "#);
}

#[test]
fn ls_and_bare_aldo_show_the_runtimes() {
    let env = TestEnv::new();
    let servers = all_five();
    let servers = refs(&servers);
    let ls = asking(env.aldo(["models", "ls"]), &servers).env("ALDO_LOCAL_DISCOVERY", "ollama,mlx");
    assert_snapshot!(shown(&ls.run(), &servers), @r#"
        exit 0
        --- stdout
        id         architecture  type  weights  size    context  where
        aldo-nano  qwen3         Q8_0  4.1 M    4.4 MB  2048     built in

        model                        provider  locality  context  can
        qwen3:4b                     ollama    local     40960    reasoning, structured-output, tool-use
        nomic-embed-text:latest      ollama    local     2048     embeddings
        gpt-oss:120b-cloud           ollama    cloud     131072   reasoning, structured-output, tool-use
        mlx-community/Qwen3-4B-4bit  mlx       local     131072   reasoning, structured-output, tool-use

        runtime  address          answer
        ollama   127.0.0.1:OLLAM  serves 3 models, version 0.33.0
        mlx      127.0.0.1:MLX--  serves 1 model
        "#);
    assert_snapshot!(shown(&asking(env.aldo([]), &servers).run(), &servers), @r#"
        exit 0
        --- stdout
        aldo 0.1.0

        in process  aldo-nano (built in, for demonstration)
        hosted      no, `ALDO_API_TOKEN` is not set

        runtime   address          answer
        ollama    127.0.0.1:OLLAM  serves 3 models, version 0.33.0
        lmstudio  127.0.0.1:LMSTU  serves 1 model
        vllm      127.0.0.1:VLLM-  serves 1 model, version 0.32.0
        llamacpp  127.0.0.1:LLAMA  serves 1 model, version b11669-0123abcd
        mlx       127.0.0.1:MLX--  serves 1 model

        next: ALDO_LOCAL_DISCOVERY=ollama aldo run hello
        "#);
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
