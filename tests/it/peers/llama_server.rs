//! A llama-server child on a free port of 127.0.0.1, and just enough HTTP to ask it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long loading may take; these checkpoints are small.
const START_MAX: Duration = Duration::from_mins(1);

pub(super) struct LlamaServer {
    child: Child,
    port: u16,
}

impl LlamaServer {
    pub(super) fn start(program: &Path, model: &Path) -> Self {
        let port = free_port();
        let child = Command::new(program)
            .arg("--model")
            .arg(model)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args([
                "--ctx-size",
                "2048",
                "--parallel",
                "1",
                "--threads",
                "2",
                "--no-webui",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("llama-server starts");
        let mut server = Self { child, port };
        let started = Instant::now();
        while server
            .request("GET", "/health", "")
            .is_none_or(|reply| reply["status"] != "ok")
        {
            assert!(
                started.elapsed() < START_MAX,
                "llama-server does not answer"
            );
            assert!(
                server.child.try_wait().unwrap().is_none(),
                "llama-server ended while loading"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", path, &body.to_string())
            .expect("llama-server answers with JSON")
    }

    /// The tokens it writes at temperature 0 after `prompt`, without the end token.
    pub(super) fn greedy(&self, prompt: &[u32], tokens_max: usize) -> Vec<u32> {
        let reply = self.post(
            "/completion",
            &json!({
                "prompt": prompt, "n_predict": tokens_max, "temperature": 0, "samplers": ["top_k"], "top_k": 1,
                "repeat_penalty": 1.0, "cache_prompt": false, "return_tokens": true,
            }),
        );
        let mut tokens: Vec<u32> = serde_json::from_value(reply["tokens"].clone()).unwrap();
        if reply["stop_type"] == "eos" {
            let end = self.post(
                "/tokenize",
                &json!({"content": "<|im_end|>", "parse_special": true}),
            );
            if tokens.last() == end["tokens"][0].as_u64().map(|id| id as u32).as_ref() {
                tokens.pop();
            }
        }
        tokens
    }

    /// One request on a connection of its own; `None` while the server is not ready.
    #[allow(clippy::disallowed_methods)] // the real peer of this test listens on loopback
    fn request(&self, method: &str, path: &str, body: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).ok()?;
        let text = String::from_utf8(reply).ok()?;
        serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()
    }
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on now.
#[allow(clippy::disallowed_methods)] // bound and released to learn a free port
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
