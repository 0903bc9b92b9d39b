//! `aldo models discover`.

mod commands;
mod limits;

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
        aldo-nano                          candle    local     2048     reasoning, structured-output, tool-use
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
    let document = ran.json();
    let rows = document["models"].as_array().unwrap().iter().map(|row| {
        let words: Vec<_> = row["capabilities"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let text = |key: &str| row[key].to_string().replace('"', "");
        format!(
            "{} {} {} {}: {}",
            text("id"),
            text("provider"),
            text("locality"),
            text("contextTokens"),
            words.join(" ")
        )
    });
    assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @r#"
        aldo-nano candle local 2048: extended-thinking function-calling reasoning streaming structured-output tool-use
        qwen3:4b ollama local 40960: extended-thinking function-calling reasoning streaming structured-output tool-use
        nomic-embed-text:latest ollama local 2048: embeddings
        gpt-oss:120b-cloud ollama cloud 131072: 128k-context extended-thinking function-calling reasoning streaming structured-output tool-use
        qwen/qwen3.6-35b-a3b lmstudio local 32768: extended-thinking function-calling reasoning streaming structured-output tool-use
        meta-llama/Llama-3.3-70B-Instruct vllm local 131072: 128k-context function-calling streaming structured-output tool-use
        gemma-3-4b-it-Q4_K_M.gguf llamacpp local 8192: streaming structured-output
        mlx-community/Qwen3-4B-4bit mlx local 131072: 128k-context extended-thinking function-calling reasoning streaming structured-output tool-use
        "#);
}

#[test]
fn discover_without_anything_exits_1_and_says_why_for_each_runtime() {
    let env = TestEnv::new();
    assert_snapshot!(env.aldo(["models", "discover"]).run(), @r#"
        exit 1
        --- stdout
        model      provider  locality  context  can
        aldo-nano  candle    local     2048     reasoning, structured-output, tool-use

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
        aldo-nano  candle    local     2048     reasoning, structured-output, tool-use

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
        aldo-nano  candle    local     2048     reasoning, structured-output, tool-use

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
fn scan_looks_at_the_ports_where_servers_are_left_as_they_come() {
    let env = TestEnv::new();
    let ran = env.aldo(["models", "discover", "--scan", "--json"]).run();
    let document = ran.json();
    assert_eq!(document["scanned"]["ports"], 20, "{ran}");
}

#[test]
fn discover_as_json_is_one_document() {
    let env = TestEnv::new();
    let vllm = Recorded::vllm("qwen3-4b", 8192);
    let servers = [("VLLM_BASE_URL", &vllm)];
    let ran = asking(env.aldo(["models", "discover", "--json"]), &servers)
        .env("ALDO_LOCAL_DISCOVERY", "ollama,vllm");
    assert_snapshot!(shown(&ran.run(), &servers), @r#"
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
                "structured-output",
                "tool-use"
              ],
              "baseUrl": null,
              "path": null
            },
            {
              "id": "qwen3-4b",
              "provider": "vllm",
              "locality": "local",
              "contextTokens": 8192,
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
              "baseUrl": "http://127.0.0.1:VLLM-",
              "path": null
            }
          ],
          "runtimes": [
            {
              "runtime": "ollama",
              "baseUrl": "http://127.0.0.1:9",
              "state": "not-running",
              "models": 0,
              "reason": "connection refused"
            },
            {
              "runtime": "vllm",
              "baseUrl": "http://127.0.0.1:VLLM-",
              "state": "serving",
              "version": "0.32.0",
              "models": 1
            }
          ],
          "scanned": null,
          "refused": []
        }
        "#);
}

fn row<'a>(models: &'a Value, id: &str) -> &'a Value {
    let rows = models.as_array().unwrap();
    let found = rows.iter().find(|row| row["id"] == id);
    found.unwrap_or_else(|| panic!("{id} in {models:#}"))
}
