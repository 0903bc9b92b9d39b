//! An agent and a random model that go on writing, so that a test can stop them in the middle.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use aldo_models::test_support::{TinyShape, tiny_gguf};
use serde_json::Value;

use crate::env::TestEnv;

const SPEC: &str = "
apiVersion: aldo-ai/agent.v1
kind: Agent
identity: {name: long, version: 0.1.0}
model_policy:
  privacy_tier: sensitive
  primary: {capability_class: local-reasoning}
  decoding: {temperature: 0}
";

/// Room for an answer that no test waits for to its end.
const CONTEXT_TOKENS: u32 = 8192;

/// Weights that, asked greedily, write one letter for ever.
const SEED: u64 = 1;

/// A home with the model in its store and the agent in its project.
pub(crate) struct Long {
    env: TestEnv,
}

impl Long {
    pub(crate) fn new() -> Self {
        let env = TestEnv::new();
        env.write(&env.project().join("agents/long.yaml"), SPEC);
        let shape = TinyShape {
            context: CONTEXT_TOKENS,
            seed: SEED,
            ..TinyShape::default()
        };
        env.store_model("endless.gguf", tiny_gguf(&shape).bytes());
        Self { env }
    }

    /// The folder commands run in.
    pub(crate) fn project(&self) -> PathBuf {
        self.env.project()
    }

    /// The folder of the run store.
    pub(crate) fn store(&self) -> PathBuf {
        self.env.aldo_home().join("store")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.store().join("runs.db")
    }

    /// Returns `aldo` with these arguments, in a cleared environment.
    pub(crate) fn aldo(&self, args: &[&str]) -> Command {
        self.env.std(args)
    }

    /// Returns a shell script that may mount things, with `aldo` as `$ALDO`.
    pub(crate) fn script_that_mounts(&self, script: &str) -> Command {
        mounting(&self.aldo(&[]), script)
    }

    /// Starts the agent; what it writes can be read.
    pub(crate) fn start(&self, tokens_max: &str) -> Child {
        let mut command = self.aldo(&[
            "run",
            "long",
            "--model",
            "endless",
            "--max-tokens",
            tokens_max,
        ]);
        command.args(["--inputs", "say a lot"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Starts the agent and waits until it has written something.
    pub(crate) fn writing(&self) -> Child {
        let mut child = self.start("8000");
        let mut first = [0];
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut first)
            .unwrap();
        child
    }

    /// Returns the document that `aldo` prints with these arguments.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self.aldo(args).arg("--json").output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", text(&output)))
    }

    /// Returns the status and the stop of the last run.
    pub(crate) fn last(&self) -> (String, String) {
        let shown = self.json(&["runs", "show", "last"]);
        let field = |name: &str| shown["run"][name].as_str().unwrap_or_default().to_owned();
        (field("status"), field("stop"))
    }
}

/// Returns a shell script that may mount things, where `aldo` would run and with its environment; it
/// is `$ALDO` there.
pub(crate) fn mounting(aldo: &Command, script: &str) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-euc", script])
        .env_clear()
        .envs(
            aldo.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("ALDO", aldo.get_program())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null());
    if let Some(folder) = aldo.get_current_dir() {
        command.current_dir(folder);
    }
    command
}

/// Whether the system lets a test mount things; says so where it does not.
#[allow(clippy::print_stderr)]
pub(crate) fn can_mount(test: &str) -> bool {
    let tried = Command::new("unshare")
        .args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"])
        .output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("skipped {test}: `unshare -rm mount` does not work here");
    }
    can
}

/// Sends a signal by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success(), "kill {name}");
}

/// Returns all that a program wrote.
pub(crate) fn text(output: &Output) -> String {
    let (stdout, stderr) = (&output.stdout, &output.stderr);
    format!(
        "{}\nstdout: {}\nstderr: {}",
        output.status,
        String::from_utf8_lossy(stdout),
        String::from_utf8_lossy(stderr)
    )
}
