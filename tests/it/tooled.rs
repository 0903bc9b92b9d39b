//! Runs that call tools: written down so that they can be killed, gone on with, shown and changed.

mod commands;
mod full;
mod killed;
mod stopped;
mod tree;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::TestEnv;
use super::llama::{calls, llama, results, says};
use super::raw_server::RawServer;

/// An agent that may run programs unasked, named by its file.
const WORKER: &str = "apiVersion: aldo-ai/agent.v1
name: worker
privacy_tier: internal
model_policy:
  capability_class: local-reasoning
  capability_requirements: [tool-use]
prompt: You write lines.
tools:
  native: [shell.exec]
  permissions: {network: none, filesystem: read-write}
  approvals: {shell.exec: never}
  guards: {shell: {allow: [sh]}}
";

/// A home with the agent, a folder its programs work in, and a server that plays the model.
pub(crate) struct Tooled {
    pub(crate) env: TestEnv,
    server: RawServer,
}

impl Tooled {
    /// The model calls the tool `turns` times, each time to write a line of its own, then says so.
    pub(crate) fn new(turns: usize) -> Self {
        Self::with(llama(move |request| match results(request) {
            done if done < turns => {
                let line = format!("echo line-{} >> log", done + 1);
                calls(request, &[json!({"program": "sh", "args": ["-c", line]})])
            }
            done => says(&format!("wrote {done} lines")),
        }))
    }

    /// The model is what `server` plays.
    pub(crate) fn with(server: RawServer) -> Self {
        let env = TestEnv::new();
        env.write(&env.project().join("worker.yaml"), WORKER);
        std::fs::create_dir(env.project().join("work")).unwrap();
        Self { env, server }
    }

    /// Returns `aldo` with these arguments, the server turned on and the tool as well.
    pub(crate) fn aldo(&self, args: &[&str]) -> Command {
        let mut command = self.env.std(args);
        command
            .env("ALDO_LOCAL_DISCOVERY", "llamacpp")
            .env("LLAMACPP_BASE_URL", self.server.base_url())
            .env("ALDO_SHELL_ENABLED", "1")
            .env("ALDO_SHELL_ROOT", self.work())
            .env("PATH", "/usr/bin:/bin")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.env.project().join("work")
    }

    /// What the programs have written.
    pub(crate) fn lines(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.work().join("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// Runs to the end and returns the document.
    pub(crate) fn document(&self, args: &[&str]) -> Value {
        let output = self.aldo(args).arg("--json").output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&stdout).unwrap_or_else(|error| {
            panic!(
                "{error}: {stdout}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }
}
