//! Real servers as children on free ports of 127.0.0.1, and just enough HTTP to ask them.
//!
//! Shared by tests and benches through `#[path]`.

#![allow(dead_code)] // no single program uses all of it
#![allow(clippy::disallowed_methods)] // real peers listen on loopback
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a server may take to start; the checkpoints are small, but the machine may be busy.
const START_MAX: Duration = Duration::from_mins(2);

/// A running server; dropping it ends it.
pub(crate) struct Peer {
    child: Child,
    port: u16,
}

impl Peer {
    /// The name under which llama-server lists its model.
    pub(crate) const MODEL: &str = "aldo-nano-served";

    /// Starts llama-server with a GGUF file.
    pub(crate) fn llama_server(program: &Path, model: &Path) -> Self {
        Self::llama_server_with(program, model, &[])
    }

    /// The same with more arguments.
    pub(crate) fn llama_server_with(program: &Path, model: &Path, more: &[&str]) -> Self {
        let port = free_port();
        let mut command = Command::new(program);
        command.arg("--model").arg(model);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--ctx-size", "2048", "--parallel", "1", "--threads", "2"]);
        command.args(["--alias", Self::MODEL, "--no-webui"]);
        command.args(more);
        Self::start(command, port, |peer| {
            peer.request("GET", "/health", "")
                .is_some_and(|reply| reply["status"] == "ok")
        })
    }

    /// Starts `mlx_lm.server` with a safetensors folder.
    pub(crate) fn mlx_server(program: &Path, folder: &Path) -> Self {
        let port = free_port();
        let mut command = Command::new(program);
        command.arg("--model").arg(folder);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        Self::start(command, port, |peer| {
            peer.request("GET", "/v1/models", "")
                .is_some_and(|reply| reply["data"].is_array())
        })
    }

    /// Starts a server of the Model Context Protocol, `sessions` or `stateless`, with a Python that has its
    /// library.
    pub(crate) fn mcp_server(python: &Path, kind: &str) -> Self {
        let port = free_port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/mcp_server.py");
        let mut command = Command::new(python);
        command.arg(script).args([&port.to_string(), kind]);
        Self::start(command, port, |_| {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        })
    }

    fn start(mut command: Command, port: u16, is_ready: impl Fn(&Self) -> bool) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.expect("the server starts");
        let mut peer = Self { child, port };
        let started = Instant::now();
        while !is_ready(&peer) {
            assert!(started.elapsed() < START_MAX, "the server does not answer");
            assert!(
                peer.child.try_wait().unwrap().is_none(),
                "the server ended while starting"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        peer
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends the server at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// One request on a connection of its own; `None` when there is no reply of JSON.
    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> Option<Value> {
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

impl Drop for Peer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
