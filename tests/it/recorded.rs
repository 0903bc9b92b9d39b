//! Servers that answer as the runtimes were recorded to.

use serde_json::{Value, json};

use super::raw_server::{RawServer, reply};

/// What one path answers.
#[derive(Clone)]
pub(crate) struct Page {
    path: &'static str,
    body: String,
}

/// A server that is there until it is dropped.
pub(crate) struct Recorded(RawServer);

impl Recorded {
    /// Starts a server whose `Server` header is `name`; what no page is for is 404.
    pub(crate) fn start(name: &'static str, pages: Vec<Page>) -> Self {
        Self(RawServer::start(move |request| {
            let headers = match name {
                "" => String::new(),
                name => format!("Server: {name}\r\n"),
            };
            match pages.iter().find(|page| page.path == request.path) {
                Some(page) => reply(200, &headers, page.body.as_bytes()),
                None => reply(404, &headers, b""),
            }
        }))
    }

    pub(crate) fn url(&self) -> String {
        self.0.base_url()
    }

    /// The address as the program shows it.
    pub(crate) fn place(&self) -> String {
        self.0.address().to_string()
    }

    /// The paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        let received = self.0.received().into_iter();
        received.map(|request| request.path).collect()
    }

    /// Ollama 0.33 with these models: name, context length, capabilities.
    pub(crate) fn ollama(models: &[(&str, u64, &[&str])]) -> Self {
        let row = |(name, context, capabilities): &(&str, u64, &[&str])| {
            json!({
                "name": name, "model": name, "modified_at": "2026-11-20T10:00:00Z",
                "size": 2_497_293_931_u64, "digest": "sha256:0123", "capabilities": capabilities,
                "context_length": context,
                "details": {"format": "gguf", "family": "qwen3", "parameter_size": "4.0B", "quantization_level": "Q4_K_M"},
            })
        };
        let tags = json!({"models": models.iter().map(row).collect::<Vec<_>>()});
        let listed = |(name, ..): &(&str, u64, &[&str])| json!({"id": name, "object": "model", "owned_by": "library"});
        let data: Vec<_> = models.iter().map(listed).collect();
        Self::start(
            "",
            vec![
                text("/", "Ollama is running"),
                document("/api/version", &json!({"version": "0.33.0"})),
                document("/api/tags", &tags),
                document("/api/ps", &json!({"models": []})),
                document("/api/status", &json!({"cloud": {"disabled": false}})),
                document("/v1/models", &json!({"object": "list", "data": data})),
            ],
        )
    }

    /// LM Studio with these models: id, type, context it was loaded with.
    pub(crate) fn lm_studio(models: &[(&str, &str, u64)]) -> Self {
        let row = |(id, kind, context): &(&str, &str, u64)| {
            json!({
                "id": id, "object": "model", "type": kind, "publisher": "qwen", "arch": "qwen3",
                "compatibility_type": "gguf", "quantization": "Q4_K_M", "state": "loaded",
                "max_context_length": 262_144, "loaded_context_length": context,
            })
        };
        let own: Vec<_> = models.iter().map(row).collect();
        let listed = |(id, ..): &(&str, &str, u64)| json!({"id": id, "object": "model", "owned_by": "organization_owner"});
        let data: Vec<_> = models.iter().map(listed).collect();
        Self::start(
            "",
            vec![
                document("/api/v0/models", &json!({"object": "list", "data": own})),
                document("/v1/models", &json!({"object": "list", "data": data})),
            ],
        )
    }

    /// vLLM 0.32 with one model.
    pub(crate) fn vllm(id: &str, context: u64) -> Self {
        let row = json!({
            "id": id, "object": "model", "created": 1_763_600_000, "owned_by": "vllm", "root": id,
            "parent": null, "max_model_len": context, "permission": [],
        });
        Self::start(
            "uvicorn",
            vec![
                document("/version", &json!({"version": "0.32.0"})),
                text("/health", ""),
                document("/v1/models", &json!({"object": "list", "data": [row]})),
            ],
        )
    }

    /// llama-server with one model.
    pub(crate) fn llama_cpp(id: &str, context: u64) -> Self {
        let meta = json!({"vocab_type": 2, "n_vocab": 151_936, "n_ctx": context, "n_ctx_train": 40_960, "n_embd": 2560, "n_params": 4_022_468_096_u64, "size": 2_497_293_931_u64});
        let row = json!({"id": id, "object": "model", "created": 1_763_600_000, "owned_by": "llamacpp", "meta": meta});
        let beside = json!({"name": id, "model": id, "capabilities": ["completion"], "details": {"format": "gguf"}});
        Self::start(
            "llama.cpp",
            vec![
                document("/health", &json!({"status": "ok"})),
                document(
                    "/props",
                    &json!({"build_info": "b11669-0123abcd", "model_path": id, "default_generation_settings": {"n_ctx": context}}),
                ),
                document(
                    "/v1/models",
                    &json!({"models": [beside], "object": "list", "data": [row]}),
                ),
            ],
        )
    }

    /// `mlx_lm.server` with these ids in its cache.
    pub(crate) fn mlx(ids: &[&str]) -> Self {
        let row = |id: &&str| json!({"id": id, "object": "model", "created": 1_763_600_000});
        let data: Vec<_> = ids.iter().map(row).collect();
        Self::start(
            "BaseHTTP/0.6 Python/3.12.3",
            vec![
                document("/health", &json!({"status": "ok"})),
                document("/v1/models", &json!({"object": "list", "data": data})),
            ],
        )
    }
}

/// A path that answers with a JSON document.
pub(crate) fn document(path: &'static str, body: &Value) -> Page {
    text(path, &body.to_string())
}

/// A path that answers with this text.
pub(crate) fn text(path: &'static str, body: &str) -> Page {
    Page {
        path,
        body: body.to_owned(),
    }
}

/// An address of this machine where nobody listens.
pub(crate) const NOBODY: &str = "http://127.0.0.1:9";
