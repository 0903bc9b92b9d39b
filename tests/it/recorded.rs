//! A server on a free port of 127.0.0.1 that answers as a runtime was recorded to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What one path answers.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) path: &'static str,
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// A server that is there until the test ends, and what it was asked.
pub(crate) struct Recorded {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Recorded {
    /// Starts a server whose `Server` header is `header`; what no reply is for is 404.
    #[allow(clippy::disallowed_methods)] // It plays the peer.
    pub(crate) fn start(header: &'static str, replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        // The thread ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, header, &replies, &log);
            }
        });
        Self { port, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The address as the program shows it.
    pub(crate) fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The first lines of the requests that came.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
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
pub(crate) fn document(path: &'static str, body: &Value) -> Reply {
    Reply {
        path,
        status: 200,
        body: body.to_string(),
    }
}

/// A path that answers with plain text.
pub(crate) fn text(path: &'static str, body: &str) -> Reply {
    Reply {
        path,
        status: 200,
        body: body.to_owned(),
    }
}

/// An address of this machine where nobody listens.
pub(crate) const NOBODY: &str = "http://127.0.0.1:9";

fn answer(stream: TcpStream, header: &str, replies: &[Reply], log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if first.is_empty() {
            line.trim().clone_into(&mut first);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(first);
    let found = replies.iter().find(|reply| reply.path == path);
    let (status, body) = found.map_or((404, ""), |reply| (reply.status, reply.body.as_str()));
    let server = match header {
        "" => String::new(),
        header => format!("Server: {header}\r\n"),
    };
    let kind = if body.starts_with(['{', '[']) {
        "application/json"
    } else {
        "text/plain"
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\n{server}Content-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // The peer may have gone; that is its business.
    let mut stream = reader.into_inner();
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()));
}
