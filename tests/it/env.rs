//! A place for one test: its own home and project, a cleared environment, no network settings.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use aldo_models::test_support::{TinyShape, tiny_gguf};
use tempfile::TempDir;

use super::recorded::NOBODY;

/// Where each runtime is.
const RUNTIMES: [&str; 5] = [
    "OLLAMA_BASE_URL",
    "LM_STUDIO_BASE_URL",
    "VLLM_BASE_URL",
    "LLAMACPP_BASE_URL",
    "MLX_BASE_URL",
];

/// How long one command may take before it counts as hanging.
const TIMEOUT: Duration = Duration::from_mins(2);

/// A home, a project, and nothing else of this machine.
pub(crate) struct TestEnv {
    root: TempDir,
}

/// A command to be run.
pub(crate) struct Aldo {
    command: assert_cmd::Command,
    root: PathBuf,
}

/// What a command printed and how it exited; shown whole, with times and paths replaced.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl TestEnv {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["home", "project", "aldo/models"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    /// The folder commands run in.
    pub(crate) fn project(&self) -> PathBuf {
        self.root.path().join("project")
    }

    /// The user's home.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// `ALDO_HOME`.
    pub(crate) fn aldo_home(&self) -> PathBuf {
        self.root.path().join("aldo")
    }

    /// Writes a file, its folders included, and gives its path.
    pub(crate) fn write(&self, path: &Path, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Puts a checkpoint into the store.
    pub(crate) fn store_model(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.write(&self.aldo_home().join("models").join(name), content)
    }

    /// Puts a tiny random model that can hold a conversation into the store.
    pub(crate) fn store_tiny(&self, name: &str) -> PathBuf {
        self.store_model(name, tiny_gguf(&TinyShape::default()).bytes())
    }

    /// Makes a command.
    pub(crate) fn aldo<const N: usize>(&self, args: [&str; N]) -> Aldo {
        let mut command = assert_cmd::Command::from_std(self.std(&args));
        command.timeout(TIMEOUT);
        Aldo {
            command,
            root: self.root.path().canonicalize().unwrap(),
        }
    }

    /// Makes a plain command, for tests that wire its streams themselves.
    pub(crate) fn std(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aldo"));
        command
            .args(args)
            .current_dir(self.project())
            .env_clear()
            .env("HOME", self.home())
            .env("ALDO_HOME", self.aldo_home())
            // The width of help must not depend on who runs the tests.
            .env("COLUMNS", "100")
            // Tests run side by side, and computing threads of several programs stall each other.
            .env("RAYON_NUM_THREADS", "1")
            .env("CANDLE_NUM_THREADS", "1")
            .stdin(Stdio::null());
        // What happens to run on this machine must not answer.
        for runtime in RUNTIMES {
            command.env(runtime, NOBODY);
        }
        command
    }
}

impl Aldo {
    /// Adds something typed.
    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Unsets a variable.
    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<const N: usize>(mut self, args: [&str; N]) -> Self {
        self.command.args(args);
        self
    }

    /// Gives it something to read.
    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.command.write_stdin(text);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Ran {
        let output = self.command.output().unwrap();
        let text = |bytes| filtered(&String::from_utf8(bytes).unwrap(), &self.root);
        Ran {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// Reads stdout as one JSON document.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self}"))
    }

    /// Asserts how it exited, showing all it said where it did not.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit {code}")?,
            None => writeln!(f, "died by a signal")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}

/// Replaces what differs from run to run.
fn filtered(text: &str, root: &Path) -> String {
    let text = text.replace(&root.display().to_string(), "[ROOT]");
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        match line
            .strip_prefix("done in ")
            .and_then(|rest| rest.split_once("ms,"))
        {
            Some((_, rest)) => {
                out.push_str("done in [MS]ms,");
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
    }
    out
}
