use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::order::{Order, Report};
use super::{LaunchError, WORD};
use crate::cancel::Cancel;

/// What a program is told of the environment: where things are and how people write, never a key.
const PASSED_ON: [&str; 22] = [
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "TZ",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "GOPATH",
    "GOROOT",
    "GOCACHE",
    "JAVA_HOME",
    "NODE_PATH",
    "VIRTUAL_ENV",
    "PYENV_ROOT",
    "CONDA_PREFIX",
    "DEVELOPER_DIR",
    "SDKROOT",
];
/// Where programs are looked for when nobody says.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";
/// The longest report, in bytes: two parts of streams, each byte of which may be written as six.
const REPORT_BYTES_MAX: u64 = 2 << 20;
/// What a supervisor takes to stop everything, beyond the time of the program.
const STOPPING: Duration = Duration::from_secs(10);

/// Starts programs for tools.
#[derive(Debug, Clone)]
pub struct Launcher {
    aldo: PathBuf,
    environment: BTreeMap<String, OsString>,
    others: Others,
    scratch: Option<PathBuf>,
    read: Vec<PathBuf>,
}

/// The rest of the environment, which only a program that the user named a variable for is told of.
#[derive(Clone, Default)]
struct Others(BTreeMap<String, OsString>);

// The values must not come out through a debug print.
impl std::fmt::Debug for Others {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{} variables hidden>", self.0.len())
    }
}

/// A program that goes on running and that aldo talks to; it ends when its input is closed.
#[derive(Debug)]
pub struct Served {
    /// What it reads.
    pub stdin: ChildStdin,
    /// What it writes.
    pub stdout: ChildStdout,
    /// The end of its error output, once it has ended.
    pub stderr: ChildStderr,
    /// Its supervisor.
    pub supervisor: Child,
}

impl Launcher {
    /// Makes one that starts supervisors from the program at `aldo` and passes on what may be passed
    /// on of `environment`.
    pub fn new(
        aldo: impl Into<PathBuf>,
        environment: impl IntoIterator<Item = (String, OsString)>,
    ) -> Self {
        let is_passed = |name: &str| name == "PATH" || PASSED_ON.contains(&name);
        let environment = environment.into_iter();
        let (environment, others) = environment.partition(|(name, _)| is_passed(name));
        Self {
            aldo: aldo.into(),
            environment,
            others: Others(others),
            scratch: None,
            read: Vec::new(),
        }
    }

    /// Lets programs keep temporary files in folders of their own below `scratch`.
    #[must_use]
    pub fn with_scratch(self, scratch: impl Into<PathBuf>) -> Self {
        let scratch = Some(scratch.into());
        Self { scratch, ..self }
    }

    /// Lets programs read these folders, besides the system's own.
    #[must_use]
    pub fn with_readable(self, read: Vec<PathBuf>) -> Self {
        Self { read, ..self }
    }

    /// Returns the value of a variable that this process was started with, passed on or not.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        let found = self
            .environment
            .get(name)
            .or_else(|| self.others.0.get(name));
        found.cloned()
    }

    /// Returns the folders outside the system's own that programs are read from: those of `PATH` and
    /// what else the operator lets them read.
    pub fn readable(&self) -> Vec<PathBuf> {
        let path = self.path();
        let programs = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
        let all = programs.chain(self.read.iter().cloned());
        all.filter(|folder| folder.is_dir()).collect()
    }

    /// Runs a program to its end and says what came of it; `variables` are added to its environment.
    /// Where `cancel` is wished for, and where the returned future is dropped, it is stopped with
    /// everything it has started.
    ///
    /// # Errors
    /// [`LaunchError`] when it could not be started or nothing is known of its end.
    pub async fn run(
        &self,
        order: &Order,
        variables: &[(&str, &OsStr)],
        cancel: &Cancel,
    ) -> Result<Report, LaunchError> {
        let scratch = self.scratch()?;
        let order = self.completed(order, scratch.as_ref());
        let mut supervisor = self.supervisor(&order, variables, scratch.as_ref(), Stdio::null())?;
        let mut stdin = piped(supervisor.stdin.take())?;
        let stdout = piped(supervisor.stdout.take())?;
        tell(&mut stdin, &order).await?;
        let patience = order.timeout_ms.map(Duration::from_millis);
        let mut lifeline = Some(stdin);
        let mut text = Vec::new();
        let mut limited = stdout.take(REPORT_BYTES_MAX);
        let reported = tokio::select! {
            biased;
            () = cancel.canceled() => {
                lifeline = None;
                tokio::time::timeout(STOPPING, limited.read_to_end(&mut text)).await
            }
            read = within(patience, limited.read_to_end(&mut text)) => read,
        };
        drop(lifeline);
        if !matches!(reported, Ok(Ok(_))) {
            return Err(LaunchError::new("the program could not be stopped in time"));
        }
        let _ = supervisor.wait().await;
        serde_json::from_slice(&text)
            .map_err(|_| LaunchError::new("the program's supervisor ended without a report"))
    }

    /// Starts a program that aldo talks to.
    ///
    /// # Errors
    /// [`LaunchError`] when its supervisor could not be started.
    pub async fn serve(
        &self,
        order: &Order,
        variables: &[(&str, &OsStr)],
    ) -> Result<Served, LaunchError> {
        let order = self.completed(order, None);
        let mut supervisor = self.supervisor(&order, variables, None, Stdio::piped())?;
        let mut stdin = piped(supervisor.stdin.take())?;
        tell(&mut stdin, &order).await?;
        Ok(Served {
            stdin,
            stdout: piped(supervisor.stdout.take())?,
            stderr: piped(supervisor.stderr.take())?,
            supervisor,
        })
    }

    fn supervisor(
        &self,
        order: &Order,
        variables: &[(&str, &OsStr)],
        scratch: Option<&Scratch>,
        stderr: Stdio,
    ) -> Result<Child, LaunchError> {
        let mut command = Command::new(&self.aldo);
        command.arg(WORD).env_clear().envs(&self.environment);
        command.env("PATH", self.path_outside(&order.write));
        command.env("TERM", "dumb").envs(variables.iter().copied());
        if let Some(scratch) = scratch {
            command.env("TMPDIR", &scratch.0);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let started = command.stderr(stderr).spawn();
        started.map_err(|error| LaunchError::new(format!("the supervisor cannot start: {error}")))
    }

    fn completed(&self, order: &Order, scratch: Option<&Scratch>) -> Order {
        let mut order = order.clone();
        order.read.extend(self.readable());
        order.write.extend(scratch.map(|scratch| scratch.0.clone()));
        order
    }

    fn path(&self) -> OsString {
        let path = self.environment.get("PATH").cloned();
        path.unwrap_or_else(|| PATH_DEFAULT.into())
    }

    /// `PATH` without folders that are relative or can be written to: a name must not mean a program
    /// that came with the folder it is used in.
    fn path_outside(&self, writable: &[PathBuf]) -> OsString {
        let path = self.path();
        let is_outside = |folder: &PathBuf| {
            let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            folder.is_absolute() && !writable.iter().any(|root| real.starts_with(root))
        };
        let kept = std::env::split_paths(&path).filter(is_outside);
        std::env::join_paths(kept).unwrap_or_else(|_| PATH_DEFAULT.into())
    }

    fn scratch(&self) -> Result<Option<Scratch>, LaunchError> {
        self.scratch.as_deref().map(Scratch::make).transpose()
    }
}

/// A folder for the temporary files of one program, removed with it.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn make(below: &Path) -> Result<Self, LaunchError> {
        let path = below.join(uuid::Uuid::now_v7().simple().to_string());
        std::fs::create_dir_all(&path)
            .and_then(|()| path.canonicalize())
            .map(Self)
            .map_err(|error| LaunchError::new(format!("no folder for temporary files: {error}")))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Links in it are removed, not followed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn tell(stdin: &mut ChildStdin, order: &Order) -> Result<(), LaunchError> {
    let mut line = serde_json::to_vec(order).expect("an order has no keys but texts");
    line.push(b'\n');
    let told = stdin.write_all(&line).await;
    told.map_err(|error| LaunchError::new(format!("the supervisor does not listen: {error}")))
}

async fn within<T>(
    patience: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, tokio::time::error::Elapsed> {
    match patience {
        Some(patience) => tokio::time::timeout(patience + STOPPING, work).await,
        None => Ok(work.await),
    }
}

fn piped<T>(stream: Option<T>) -> Result<T, LaunchError> {
    stream.ok_or_else(|| LaunchError::new("the supervisor has no streams"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launcher(pairs: &[(&str, &str)]) -> Launcher {
        let pairs = pairs.iter();
        Launcher::new(
            "/x",
            pairs.map(|(name, value)| ((*name).to_owned(), (*value).into())),
        )
    }

    #[test]
    fn g03_only_listed_variables_are_passed_on() {
        let launcher = launcher(&[
            ("HOME", "/h"),
            ("AWS_SECRET_ACCESS_KEY", "canary"),
            ("LD_PRELOAD", "/evil.so"),
            ("ALDO_API_TOKEN", "canary"),
            ("BASH_ENV", "/evil"),
        ]);
        let names: Vec<_> = launcher.environment.keys().collect();
        assert_eq!(names, ["HOME"]);
    }

    #[test]
    fn g03_programs_are_not_looked_for_where_tools_write() {
        let launcher = launcher(&[("PATH", "/w/bin:.:bin:/usr/bin")]);
        let path = launcher.path_outside(&["/w".into()]);
        assert_eq!(path, OsString::from("/usr/bin"));
    }
}
