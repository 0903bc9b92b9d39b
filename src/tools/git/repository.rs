use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;

use super::super::context::Context;
use super::super::fs;
use super::super::guards::GitGuards;
use super::super::problem::{Done, Problem};
use super::super::root::Root;
use super::super::sealed::{Ended, Kept, Order, Report, Streams};
use super::settings;

/// How long git may take.
const TIMEOUT_MS: u64 = 60_000;
/// How much of what git says is shown, in bytes.
const SHOWN_BYTES_MAX: usize = 32 << 10;
/// Where a repository has its data.
const DATA: &str = ".git";

/// The repository in the root of git's tools.
#[derive(Debug)]
pub(in super::super) struct Repository<'a> {
    context: &'a Context,
    root: &'a Root,
    changes: bool,
    settings: Vec<(String, String)>,
}

impl<'a> Repository<'a> {
    /// Opens it, and looks up which of its settings must not take effect.
    pub(super) async fn open(context: &'a Context, changes: bool) -> Result<Self, Problem> {
        let root = context.roots.git.as_ref();
        let root = root.ok_or_else(|| fs::off("ALDO_GIT_ENABLED` and `ALDO_GIT_ROOT"))?;
        if changes {
            fs::may_write(context)?;
        }
        match root.dir().symlink_metadata(DATA) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                let reason = "the data of this repository lies elsewhere, where tools do not work";
                return Err(Problem::refused(reason));
            }
            Err(_) => return Err(Problem::failed("the folder is no git repository")),
        }
        let mut repository = Self {
            context,
            root,
            changes: false,
            settings: settings::fixed(),
        };
        let listed = ["config", "--list", "--includes", "--name-only", "-z"];
        let keys = repository.output(&listed).await?;
        repository.settings = settings::against(keys.split('\0'));
        repository.changes = changes;
        Ok(repository)
    }

    /// Returns `path` as git is told it: below the folder of the working tree.
    pub(super) fn below(&self, path: Option<&str>) -> Result<Option<String>, Problem> {
        let inside = path.map(|path| fs::Inside::parse(path, self.folder()));
        Ok(inside.transpose()?.map(|inside| inside.shown()))
    }

    /// Returns the folder of the working tree.
    pub(super) fn folder(&self) -> &Path {
        self.root.path()
    }

    /// Returns which branches are protected.
    pub(super) fn guards(&self) -> &GitGuards {
        &self.context.guards.git
    }

    /// Returns the branch that is checked out, or nothing.
    pub(super) async fn branch(&self) -> Result<Option<String>, Problem> {
        let report = self
            .report(&["symbolic-ref", "--quiet", "--short", "HEAD"])
            .await?;
        let is_branch = report.ended == Ended::Exited(0);
        Ok(is_branch.then(|| report.stdout.text.trim().to_owned()))
    }

    /// Runs git and returns what it says; where it says nothing, `otherwise`.
    pub(super) async fn say(&self, args: &[&str], otherwise: &str) -> Done {
        let text = self.output(args).await?;
        let text = text.trim_end();
        Ok(if text.is_empty() { otherwise } else { text }.to_owned())
    }

    /// Runs git and returns its output; where it fails, its own words are the reason.
    async fn output(&self, args: &[&str]) -> Done {
        let report = self.report(args).await?;
        let mut text = report.stdout.text;
        if report.stdout.left_out_bytes > 0 {
            let left_out = report.stdout.left_out_bytes;
            let _ = write!(text, "\n[{left_out} bytes more are not shown]");
        }
        match report.ended {
            Ended::Exited(0) => Ok(text),
            Ended::Exited(_) | Ended::Signaled(_) => {
                let said = report.stderr.text;
                let said = said.trim();
                Err(Problem::failed(if said.is_empty() {
                    text.trim()
                } else {
                    said
                }))
            }
            Ended::TimedOut => Err(Problem::failed(
                "git took longer than a minute and was stopped",
            )),
            Ended::TooManyProcesses => Err(Problem::failed("git started too many processes")),
            Ended::Canceled => Err(Problem::failed("stopped")),
            Ended::NotStarted(reason) => Err(Problem::Failed(reason)),
        }
    }

    async fn report(&self, args: &[&str]) -> Result<Report, Problem> {
        let root = vec![self.root.path().to_owned()];
        let (read, write) = if self.changes {
            (Vec::new(), root)
        } else {
            (root, Vec::new())
        };
        let fixed = ["--no-pager", "--literal-pathspecs"];
        let order = Order {
            program: "git".to_owned(),
            args: fixed
                .iter()
                .chain(args)
                .map(|&arg| arg.to_owned())
                .collect(),
            folder: self.root.path().to_owned(),
            read,
            write,
            network: false,
            timeout_ms: Some(TIMEOUT_MS),
            streams: Streams::Reported,
            kept: Kept::Start(SHOWN_BYTES_MAX),
        };
        let variables = settings::variables(&self.settings);
        let variables: Vec<(&str, &OsStr)> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), OsStr::new(value)))
            .collect();
        let launcher = &self.context.launcher;
        let report = launcher.run(&order, &variables, &self.context.cancel).await;
        report.map_err(|error| Problem::failed(error.to_string()))
    }
}
