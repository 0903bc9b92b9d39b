use serde::de::DeserializeOwned;
use serde_json::Value;

use super::context::Context;
use super::outcome::ToolOutcome;
use super::problem::{self, Done, Problem};
use super::{fs, git, memory, shell};
use crate::spec::Approval;

/// One of aldo's own tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Native {
    /// `fs.read`
    FsRead,
    /// `fs.write`
    FsWrite,
    /// `fs.edit`
    FsEdit,
    /// `fs.list`
    FsList,
    /// `fs.stat`
    FsStat,
    /// `fs.search`
    FsSearch,
    /// `fs.mkdir`
    FsMkdir,
    /// `fs.move`
    FsMove,
    /// `fs.delete`
    FsDelete,
    /// `shell.exec`
    ShellExec,
    /// `git.status`
    GitStatus,
    /// `git.diff`
    GitDiff,
    /// `git.log`
    GitLog,
    /// `git.add`
    GitAdd,
    /// `git.commit`
    GitCommit,
    /// `git.branch`
    GitBranch,
    /// `git.checkout`
    GitCheckout,
    /// `memory.read`
    MemoryRead,
    /// `memory.write`
    MemoryWrite,
    /// `memory.scan`
    MemoryScan,
    /// `memory.delete`
    MemoryDelete,
}

impl Native {
    /// Every native tool, in the order of [`super::schema::names`].
    pub const ALL: [Self; 21] = [
        Self::FsRead,
        Self::FsWrite,
        Self::FsEdit,
        Self::FsList,
        Self::FsStat,
        Self::FsSearch,
        Self::FsMkdir,
        Self::FsMove,
        Self::FsDelete,
        Self::ShellExec,
        Self::GitStatus,
        Self::GitDiff,
        Self::GitLog,
        Self::GitAdd,
        Self::GitCommit,
        Self::GitBranch,
        Self::GitCheckout,
        Self::MemoryRead,
        Self::MemoryWrite,
        Self::MemoryScan,
        Self::MemoryDelete,
    ];

    /// Returns the tool called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// Returns its name, such as `fs.read`.
    pub fn name(self) -> &'static str {
        match self {
            Self::FsRead => "fs.read",
            Self::FsWrite => "fs.write",
            Self::FsEdit => "fs.edit",
            Self::FsList => "fs.list",
            Self::FsStat => "fs.stat",
            Self::FsSearch => "fs.search",
            Self::FsMkdir => "fs.mkdir",
            Self::FsMove => "fs.move",
            Self::FsDelete => "fs.delete",
            Self::ShellExec => "shell.exec",
            Self::GitStatus => "git.status",
            Self::GitDiff => "git.diff",
            Self::GitLog => "git.log",
            Self::GitAdd => "git.add",
            Self::GitCommit => "git.commit",
            Self::GitBranch => "git.branch",
            Self::GitCheckout => "git.checkout",
            Self::MemoryRead => "memory.read",
            Self::MemoryWrite => "memory.write",
            Self::MemoryScan => "memory.scan",
            Self::MemoryDelete => "memory.delete",
        }
    }

    /// Whether a call may leave something changed, so that it is never repeated unasked.
    pub fn has_side_effects(self) -> bool {
        self.approval_default() != Approval::Never
    }

    /// Returns which calls are asked about where the spec does not say: none of those that only
    /// look, those of a folder's own tools where they touch what is protected, and all that start
    /// programs or change history.
    pub fn approval_default(self) -> Approval {
        match self {
            Self::FsRead
            | Self::FsList
            | Self::FsStat
            | Self::FsSearch
            | Self::GitStatus
            | Self::GitDiff
            | Self::GitLog
            | Self::MemoryRead
            | Self::MemoryScan => Approval::Never,
            Self::FsWrite
            | Self::FsEdit
            | Self::FsMkdir
            | Self::FsMove
            | Self::FsDelete
            | Self::MemoryWrite
            | Self::MemoryDelete => Approval::ProtectedPaths,
            Self::ShellExec
            | Self::GitAdd
            | Self::GitCommit
            | Self::GitBranch
            | Self::GitCheckout => Approval::Always,
        }
    }

    /// Returns the protected path a call with `arguments` would change, if it would change one.
    pub(super) fn protected_path(self, arguments: &Value, context: &Context) -> Option<String> {
        match self {
            Self::FsWrite | Self::FsEdit | Self::FsMkdir | Self::FsMove | Self::FsDelete => {
                fs::protected_of(arguments, context)
            }
            Self::FsRead
            | Self::FsList
            | Self::FsStat
            | Self::FsSearch
            | Self::ShellExec
            | Self::GitStatus
            | Self::GitDiff
            | Self::GitLog
            | Self::GitAdd
            | Self::GitCommit
            | Self::GitBranch
            | Self::GitCheckout
            | Self::MemoryRead
            | Self::MemoryWrite
            | Self::MemoryScan
            | Self::MemoryDelete => None,
        }
    }

    /// Runs the call; `approved` says that a person, or whoever stands for one, said yes to it.
    pub(super) async fn call(
        self,
        arguments: &Value,
        context: &Context,
        approved: bool,
    ) -> ToolOutcome {
        let call = Call {
            arguments,
            context,
            approved,
        };
        call.run(self).await.into()
    }
}

/// One call on its way to the tool.
struct Call<'a> {
    arguments: &'a Value,
    context: &'a Context,
    approved: bool,
}

impl Call<'_> {
    async fn run(&self, tool: Native) -> Done {
        match tool {
            Native::FsRead => self.look::<fs::Read>().await,
            Native::FsList => self.look::<fs::List>().await,
            Native::FsStat => self.look::<fs::Stat>().await,
            Native::FsSearch => self.look::<fs::Search>().await,
            Native::FsWrite => self.change::<fs::Write>().await,
            Native::FsEdit => self.change::<fs::Edit>().await,
            Native::FsMkdir => self.change::<fs::Mkdir>().await,
            Native::FsMove => self.change::<fs::Move>().await,
            Native::FsDelete => self.change::<fs::Delete>().await,
            Native::ShellExec => shell::exec(&self.arguments()?, self.context).await,
            Native::GitStatus => self.git::<git::Status>().await,
            Native::GitDiff => self.git::<git::Diff>().await,
            Native::GitLog => self.git::<git::Log>().await,
            Native::GitAdd => self.git::<git::Add>().await,
            Native::GitCommit => self.git::<git::Commit>().await,
            Native::GitBranch => self.git::<git::Branch>().await,
            Native::GitCheckout => self.git::<git::Checkout>().await,
            Native::MemoryRead => self.memory(memory::read).await,
            Native::MemoryWrite => self.memory(memory::write).await,
            Native::MemoryScan => self.memory(memory::scan).await,
            Native::MemoryDelete => self.memory(memory::delete).await,
        }
    }

    fn arguments<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        problem::arguments(self.arguments)
    }

    async fn look<T: fs::Looks + DeserializeOwned + Send + 'static>(&self) -> Done {
        let call: T = self.arguments()?;
        self.aside(move |context| fs::look(&call, context)).await
    }

    async fn change<T: fs::Changes + DeserializeOwned + Send + 'static>(&self) -> Done {
        let (call, approved): (T, bool) = (self.arguments()?, self.approved);
        self.aside(move |context| fs::change(&call, context, approved))
            .await
    }

    async fn git<T: git::Call + DeserializeOwned>(&self) -> Done {
        git::run(&self.arguments::<T>()?, self.context).await
    }

    async fn memory<T: DeserializeOwned + Send + 'static>(
        &self,
        tool: fn(&T, &Context) -> Done,
    ) -> Done {
        let call: T = self.arguments()?;
        self.aside(move |context| tool(&call, context)).await
    }

    /// Waits for files on a thread that may wait.
    async fn aside(&self, work: impl FnOnce(&Context) -> Done + Send + 'static) -> Done {
        let context = self.context.clone();
        let done = tokio::task::spawn_blocking(move || work(&context)).await;
        done.unwrap_or_else(|_| Err(Problem::failed("the tool broke off")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    #[test]
    fn the_tools_are_those_of_the_table() {
        let names = Native::ALL.map(Native::name);
        assert_eq!(names.as_slice(), schema::names());
        assert!(
            Native::ALL
                .iter()
                .all(|tool| Native::named(tool.name()) == Some(*tool))
        );
    }

    #[test]
    fn what_only_looks_is_not_asked_about() {
        assert!(!Native::FsRead.has_side_effects());
        assert!(Native::FsWrite.has_side_effects());
        assert_eq!(Native::ShellExec.approval_default(), Approval::Always);
    }
}
