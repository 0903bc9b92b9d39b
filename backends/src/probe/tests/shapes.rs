use super::recorded::{llama_server, lm_studio, mlx_server, ollama, show, vllm};
use super::*;

#[test]
fn llama_server_says_context_tools_and_version() {
    let (version, models) = serving(Runtime::LlamaCpp, &llama_server());
    assert_eq!(version.as_deref(), Some("b11669-Debian"));
    let expected = ServedModel {
        id: "/m/aldo-nano.gguf".to_owned(),
        context_tokens: Some(1024),
        capabilities: ["tool-use", "function-calling", "structured-output"]
            .map(String::from)
            .to_vec(),
        lacks: vec!["vision".to_owned()],
        remote: false,
        loaded: Some(true),
    };
    assert_eq!(models, [expected]);
}

#[test]
fn mlx_server_says_names() {
    let (version, models) = serving(Runtime::Mlx, &mlx_server());
    assert_eq!(version, None);
    assert_eq!(ids(&models), ["mlx-community/Qwen3-4B-4bit", "/m/nano"]);
    assert_eq!(models[0].context_tokens, None);
}

#[test]
fn vllm_says_its_context() {
    let (version, models) = serving(Runtime::Vllm, &vllm());
    assert_eq!(version.as_deref(), Some("0.32.0"));
    assert_eq!(ids(&models), ["Qwen/Qwen3-8B"]);
    assert_eq!(models[0].context_tokens, Some(40960));
}

#[test]
fn lm_studio_says_what_is_loaded_and_with_which_context() {
    let (_, models) = serving(Runtime::LmStudio, &lm_studio());
    assert_eq!(ids(&models), ["qwen3-8b", "gemma-3", "nomic-embed"]);
    let contexts: Vec<Option<u64>> = models.iter().map(|model| model.context_tokens).collect();
    assert_eq!(contexts, [Some(8192), Some(131_072), Some(2048)]);
    assert_eq!(models[0].loaded, Some(true));
    assert_eq!(models[0].capabilities, ["tool-use", "function-calling"]);
    assert_eq!(models[1].capabilities, ["vision"]);
    assert_eq!(models[1].lacks, ["tool-use", "function-calling"]);
    assert_eq!(models[2].capabilities, ["embeddings"]);
}

#[test]
fn ollama_says_capabilities_context_and_what_it_forwards() {
    let (version, models) = serving(Runtime::Ollama, &ollama(show, None));
    assert_eq!(version.as_deref(), Some("0.33.0"));
    let find = |id: &str| models.iter().find(|model| model.id == id).unwrap();
    let qwen = find("qwen3:4b");
    assert_eq!(qwen.context_tokens, Some(4096), "what it was loaded with");
    assert_eq!(qwen.loaded, Some(true));
    for capability in ["tool-use", "reasoning", "streaming"] {
        assert!(
            qwen.capabilities.iter().any(|word| word == capability),
            "{qwen:?}"
        );
    }
    assert!(qwen.lacks.iter().any(|word| word == "vision"), "{qwen:?}");
    let embed = find("nomic-embed-text:latest");
    assert_eq!(embed.capabilities, ["embeddings"]);
    assert_eq!(
        (embed.context_tokens, embed.loaded),
        (Some(2048), Some(false))
    );
    let remote: Vec<&str> = models
        .iter()
        .filter(|model| model.remote)
        .map(|model| model.id.as_str())
        .collect();
    assert_eq!(remote, ["gpt-oss:120b-cloud", "glm:cloud", "alias:latest"]);
}

#[test]
fn a_model_that_is_not_loaded_has_the_context_its_file_asks_for() {
    fn parameters(model: &str) -> Option<Value> {
        let described = !model.ends_with(":local");
        described.then(|| json!({"parameters": "num_ctx 8192", "model_info": {"llama.context_length": 131_072}}))
    }
    let (_, models) = serving(Runtime::Ollama, &ollama(parameters, None));
    assert_eq!(models[1].context_tokens, Some(8192));
}

#[test]
fn d09_a_server_is_recognised_by_what_it_says() {
    let recognised = |server: &RawServer| {
        block_on(recognise(&server.base_url(), Reach::Loopback, PATIENCE)).unwrap()
    };
    for (server, runtime) in [
        (llama_server(), Runtime::LlamaCpp),
        (mlx_server(), Runtime::Mlx),
        (vllm(), Runtime::Vllm),
        (lm_studio(), Runtime::LmStudio),
        (ollama(show, None), Runtime::Ollama),
    ] {
        let (found, models) = recognised(&server);
        assert_eq!(found, Server::Runtime(runtime));
        assert_eq!(models, serving(runtime, &server).1);
        for other in Runtime::ALL {
            let probe = ask(other, &server);
            if other != runtime {
                let (found, reason) = unexpected(probe);
                assert_eq!(found, Some(Server::Runtime(runtime)), "{other} {reason}");
                assert_eq!(
                    reason,
                    format!("{} answers there, not {}", runtime.title(), other.title())
                );
            }
        }
    }
    let list = |rows: Value| {
        server(vec![page(
            "/v1/models",
            &json!({"object": "list", "data": rows}),
        )])
    };
    for (rows, expected) in [
        (
            json!([{"id": "default", "owned_by": "local"}, {"id": "m", "owned_by": "local"}]),
            Server::Other("mistral.rs"),
        ),
        (
            json!([{"id": "m", "owned_by": "lemonade"}]),
            Server::Other("Lemonade"),
        ),
        (
            json!([{"id": "m", "owned_by": "docker"}]),
            Server::Other("Docker Model Runner"),
        ),
        (json!([{"id": "m"}]), Server::OpenAiCompatible),
        (json!([]), Server::OpenAiCompatible),
    ] {
        let server = list(rows);
        assert_eq!(recognised(&server).0, expected);
        let (found, _) = unexpected(ask(Runtime::LmStudio, &server));
        assert_eq!(found, Some(expected));
    }
}

fn local(runtime: Runtime, server: &RawServer, model: &str) -> Result<(), String> {
    let url = server.base_url();
    let asked = is_truly_local(runtime, &url, model, PATIENCE);
    block_on(asked).map_err(|no| no.reason)
}

#[test]
fn e03_an_ollama_model_is_local_only_when_ollama_says_so_for_that_very_name() {
    let disabled = || Some(json!({"cloud": {"disabled": true}}));
    let closed = ollama(show, disabled());
    assert_eq!(local(Runtime::Ollama, &closed, "qwen3:4b"), Ok(()));
    assert_eq!(
        local(Runtime::Ollama, &closed, "nomic-embed-text:latest"),
        Ok(())
    );
    let refusal =
        |server: &RawServer, model: &str| local(Runtime::Ollama, server, model).unwrap_err();
    assert_eq!(
        refusal(&closed, "alias:latest"),
        "Ollama forwards `alias:latest` to another machine"
    );
    assert_eq!(
        refusal(&closed, "glm:cloud"),
        "`glm:cloud` is a model of Ollama's cloud"
    );
    assert_eq!(
        refusal(&closed, "gpt-oss:120b-Cloud"),
        "`gpt-oss:120b-Cloud` is a model of Ollama's cloud"
    );
    assert_eq!(
        refusal(&closed, "missing"),
        "Ollama does not describe `missing`"
    );

    for open in [
        ollama(show, None),
        ollama(show, Some(json!({"cloud": {"disabled": false}}))),
        ollama(show, Some(json!({}))),
    ] {
        assert_eq!(
            local(Runtime::Ollama, &open, "qwen3:4b"),
            Ok(()),
            "accepted with `:local`"
        );
        assert!(
            refusal(&open, "nomic-embed-text:latest").contains("neither"),
            "unknown is no"
        );
    }
}

#[test]
fn r2_mlx_may_only_be_asked_for_the_folder_it_was_started_with() {
    let server = mlx_server();
    assert_eq!(local(Runtime::Mlx, &server, "/m/nano"), Ok(()));
    for other in ["/m/other", "mlx-community/Qwen3-4B-4bit", "default_model"] {
        assert!(local(Runtime::Mlx, &server, other).is_err(), "{other}");
    }
}

#[test]
fn r3_only_this_machines_addresses_are_local() {
    for runtime in Runtime::ALL {
        let asked = is_truly_local(runtime, "http://192.168.1.5:8080", "m", PATIENCE);
        let reason = block_on(asked).unwrap_err().reason;
        assert!(
            reason.contains("is not an address of this machine"),
            "{reason}"
        );
    }
}
