//! `aldo` itself with real servers: what it discovers, what it says of agents, and what it streams.

use std::io::Read;
use std::process::Stdio;

use aldo_models::Checkpoint;
use serde_json::Value;

use super::served::{MlxServer, llama_server};
use crate::TestEnv;
use crate::env::Aldo;
use crate::peer::Peer;
use crate::raw_server::nobody;

/// A command that asks both servers, and finds nobody at the other addresses.
fn asking(env: &TestEnv, args: [&str; 3], llama: &str, mlx: &str) -> Aldo {
    env.aldo(args)
        .env("ALDO_LOCAL_DISCOVERY", "all")
        .env("LLAMACPP_BASE_URL", llama)
        .env("MLX_BASE_URL", mlx)
        .env("OLLAMA_BASE_URL", nobody())
        .env("LM_STUDIO_BASE_URL", nobody())
        .env("VLLM_BASE_URL", nobody())
}

/// The row of `provider` among the models of a document.
fn row(document: &Value, provider: &str) -> Value {
    let models = document["models"].as_array().unwrap();
    let found = models.iter().find(|model| model["provider"] == provider);
    found
        .unwrap_or_else(|| panic!("no {provider} in {document:#}"))
        .clone()
}

#[test]
fn real_servers_are_discovered_routed_to_and_streamed_from() {
    let (Some(llama), Some(mlx)) = (llama_server(), MlxServer::start()) else {
        return;
    };
    let env = TestEnv::new();
    let aldo = |words| asking(&env, words, &llama.base_url(), &mlx.peer.base_url());

    let found = aldo(["models", "discover", "--json"])
        .args(["--timeout", "20000"])
        .run()
        .exits(0)
        .json();
    let (served, other) = (row(&found, "llamacpp"), row(&found, "mlx"));
    assert_eq!(served["contextTokens"], 2048);
    assert_eq!(served["locality"], "local");
    let capabilities = served["capabilities"].as_array().unwrap();
    for word in ["streaming", "tool-use", "structured-output"] {
        assert!(
            capabilities.iter().any(|capability| capability == word),
            "{served:#}"
        );
    }
    assert_eq!(other["id"], mlx.model());
    let states: Vec<(&str, &str)> = found["runtimes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["runtime"].as_str().unwrap(),
                row["state"].as_str().unwrap(),
            )
        })
        .collect();
    let serving: Vec<&str> = states
        .iter()
        .filter(|(_, state)| *state == "serving")
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(serving, ["llamacpp", "mlx"], "{states:?}");

    // A routing trace over both, and the built-in model.
    let check = aldo(["agents", "check", "hello"])
        .args(["--json"])
        .run()
        .json();
    let trace = check["trace"].as_array().unwrap();
    for id in [
        served["id"].as_str().unwrap(),
        other["id"].as_str().unwrap(),
        "aldo-nano",
    ] {
        assert!(
            trace.iter().any(|row| row["candidate"] == id),
            "{id} in {check:#}"
        );
    }

    let own = env.aldo(["run", "hello"]).run().exits(0).stdout;
    // A path names a checkpoint to load, so the folder that mlx_lm.server lists is asked for by its other name.
    let catalog = catalog(&env, &mlx.peer, "{}");
    for (id, provider) in [(Peer::MODEL, "llamacpp"), (MLX_MODEL, "mlx")] {
        let ran = aldo(["run", "hello", "--json"]).args(["--model", id, "--models", catalog]);
        let document = ran.run().exits(0).json();
        assert_eq!(document["provider"], provider, "{document:#}");
        assert_eq!(document["model"], id, "{document:#}");
        assert_eq!(document["locality"], "local");
        let text = document["output"].as_str().unwrap();
        assert_eq!(text.trim_end(), own.trim_end(), "temperature 0");
        assert!(
            document["usage"]["tokensOut"].as_u64().unwrap() > 5,
            "{document:#}"
        );
    }
}

/// What `mlx_lm.server` calls the model it was started with.
const MLX_MODEL: &str = "default_model";

/// Writes a catalogue with the model of an `mlx_lm.server`, and gives its name; `extra` is JSON.
fn catalog(env: &TestEnv, mlx: &Peer, extra: &str) -> &'static str {
    let text = format!(
        "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n  - id: {MLX_MODEL}\n    provider: mlx\n    locality: local\n    \
         capabilityClass: local-reasoning\n    provides: [streaming]\n    privacyAllowed: [public, internal, sensitive]\n    \
         effectiveContextTokens: 2048\n    cost: {{usdPerMtokIn: 0, usdPerMtokOut: 0}}\n    providerConfig: \
         {{baseUrl: \"{}\", extra: {extra}}}\n",
        mlx.base_url()
    );
    env.write(&env.project().join("catalog.yaml"), text);
    "catalog.yaml"
}

#[test]
fn d10_a_real_server_that_is_killed_in_mid_stream_fails_the_run_and_is_marked() {
    let Some(MlxServer {
        mut peer,
        folder: _folder,
    }) = MlxServer::start()
    else {
        return;
    };
    let tokenizer = Checkpoint::builtin().unwrap().tokenizer().unwrap();
    let end = tokenizer.token_id("<|im_end|>").unwrap();
    let env = TestEnv::new();
    // Without its end token the model writes until it is stopped.
    let catalog = catalog(
        &env,
        &peer,
        &format!("{{logit_bias: {{\"{end}\": -1000}}}}"),
    );
    let args = ["run", "hello", "--models", catalog, "--model", MLX_MODEL];
    let mut child = env
        .std(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    peer.kill();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("breaks off"), "{said}");

    let dry = env
        .aldo(["run", "hello", "--models", catalog, "--dry-run", "--json"])
        .run();
    let document = dry.json();
    let trace = document["decision"]["trace"].as_array().unwrap();
    let row = trace
        .iter()
        .find(|row| row["candidate"] == MLX_MODEL)
        .unwrap();
    assert_eq!(row["dropped"]["step"], "health", "{row:#}");
}
