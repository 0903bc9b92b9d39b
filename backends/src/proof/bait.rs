//! Servers on loopback that would lead a careless program astray.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How long a client may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(5);
/// The longest request.
const BODY_BYTES_MAX: u64 = 1 << 20;

/// A server on 127.0.0.1.
#[derive(Debug)]
pub struct Bait {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What it does to whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Answers as llama.cpp's server does.
    Honest,
    /// Lists a model as llama.cpp's server does and sends every other question to this address.
    Redirecting {
        /// With this status, from 301 to 308.
        status: u16,
        /// Where to.
        to: String,
    },
    /// Answers as llama.cpp's server does, and breaks off in the middle of every answer.
    Dying,
    /// Answers as Ollama does, with a model that it would forward to its maker's cloud.
    Cloud,
}

impl Bait {
    /// Serves on `port` from now on, or on a free one for 0.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn serve(port: u16, role: Role) -> io::Result<Self> {
        #[allow(clippy::disallowed_methods)] // the bait of the proof, on loopback
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let port = listener.local_addr()?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let (role, log) = (role.clone(), Arc::clone(&log));
                thread::spawn(move || answer_all(&stream, &role, &log));
            }
        });
        Ok(Self { port, asked })
    }

    /// Its base URL.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns what it was asked, each request as its first line and its body.
    pub fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .map(|asked| asked.clone())
            .unwrap_or_default()
    }
}

fn answer_all(stream: &TcpStream, role: &Role, log: &Mutex<Vec<String>>) {
    let _ = stream.set_read_timeout(Some(SILENCE_MAX));
    let mut reader = BufReader::new(stream);
    while let Some((first, body)) = request(&mut reader) {
        let path = first
            .split_whitespace()
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        if let Ok(mut log) = log.lock() {
            log.push(format!("{first}\n{body}"));
        }
        let mut stream = stream;
        let written = stream.write_all(&reply(role, &path, &body));
        if written.is_err() || (*role == Role::Dying && path.starts_with("/v1/chat")) {
            return;
        }
    }
}

/// The next request: its first line and its body; `None` at the end.
fn request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut first = String::new();
    reader
        .read_line(&mut first)
        .ok()
        .filter(|&count| count > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader
            .read_line(&mut line)
            .ok()
            .filter(|&count| count > 0)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = String::new();
    reader
        .take(BODY_BYTES_MAX.min(length))
        .read_to_string(&mut body)
        .ok()?;
    Some((first.trim().to_owned(), body))
}

fn reply(role: &Role, path: &str, body: &str) -> Vec<u8> {
    match role {
        Role::Redirecting { status, to } if path.starts_with("/v1/chat") => redirect(*status, to),
        Role::Dying if path.starts_with("/v1/chat") => broken_off(),
        Role::Honest | Role::Redirecting { .. } | Role::Dying => llama_cpp(path, body),
        Role::Cloud => ollama(path),
    }
}

fn llama_cpp(path: &str, body: &str) -> Vec<u8> {
    let model = json!({
        "id": "bait", "object": "model", "owned_by": "llamacpp",
        "meta": {"n_ctx": 4096, "n_ctx_train": 4096},
    });
    match path {
        "/v1/models" => ok(&json!({
            "object": "list",
            "models": [{"name": "bait", "capabilities": ["completion"]}],
            "data": [model],
        })),
        "/v1/chat/completions" if body.contains("\"stream\":true") => stream(&[
            json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "here"}, "finish_reason": null}]}),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}}),
        ]),
        "/health" => ok(&json!({"status": "ok"})),
        _ => http("404 Not Found", "", "application/json", "{}"),
    }
}

fn ollama(path: &str) -> Vec<u8> {
    let details =
        json!({"family": "qwen3", "parameter_size": "480B", "quantization_level": "BF16"});
    let row = |name: &str| {
        json!({"name": name, "model": name, "size": 384, "details": details,
               "capabilities": ["completion", "tools"], "context_length": 262_144})
    };
    match path {
        "/" => http("200 OK", "", "text/plain", "Ollama is running"),
        "/api/version" => ok(&json!({"version": "0.33.0"})),
        "/api/tags" => {
            ok(&json!({"models": [row("qwen3-coder:480b-cloud"), row("innocent:latest")]}))
        }
        "/api/ps" => ok(&json!({"models": []})),
        "/api/status" => ok(&json!({"cloud": {"disabled": false}})),
        "/api/show" => ok(&json!({
            "details": details, "capabilities": ["completion", "tools"], "model_info": {},
            "remote_host": "https://cloud.example.test", "remote_model": "qwen3-coder:480b",
        })),
        "/v1/models" => ok(&json!({"object": "list", "data": [
            {"id": "qwen3-coder:480b-cloud", "object": "model", "owned_by": "library"},
            {"id": "innocent:latest", "object": "model", "owned_by": "library"},
        ]})),
        _ => llama_cpp(path, ""),
    }
}

fn ok(body: &Value) -> Vec<u8> {
    http("200 OK", "", "application/json", &body.to_string())
}

fn redirect(status: u16, to: &str) -> Vec<u8> {
    let location = format!("location: {to}\r\n");
    http(&format!("{status} Elsewhere"), &location, "text/plain", "")
}

/// A word of an answer, and an end that is shorter than was announced.
fn broken_off() -> Vec<u8> {
    let word =
        json!({"choices": [{"index": 0, "delta": {"content": "he"}, "finish_reason": null}]});
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\ndata: {word}\n\n"
    )
    .into_bytes()
}

fn stream(chunks: &[Value]) -> Vec<u8> {
    let events = chunks.iter().map(|chunk| format!("data: {chunk}\n\n"));
    let body: String = events.chain(["data: [DONE]\n\n".to_owned()]).collect();
    http("200 OK", "", "text/event-stream", &body)
}

fn http(status: &str, headers: &str, kind: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nserver: llama.cpp\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}
