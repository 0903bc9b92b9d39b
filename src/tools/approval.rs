use std::path::PathBuf;

use serde_json::Value;

/// Why a person is asked about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Every call of this tool is asked about.
    Always,
    /// The call would change a path that is protected.
    ProtectedPath {
        /// The path, below the root.
        path: String,
    },
    /// The tool belongs to a server that does not say whether it changes anything.
    Unannotated {
        /// The server.
        server: String,
    },
    /// A server is used for the first time, or is not what was agreed to; the arguments say how.
    Server {
        /// Whether nothing was agreed to before.
        is_new: bool,
    },
    /// The run was cut off in the middle of this very call, which may have happened already.
    MayHaveHappened,
}

/// A question about one call; an answer holds for exactly this tool, these arguments and this folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The agent that calls.
    pub agent: String,
    /// The tool.
    pub tool: String,
    /// The exact arguments.
    pub arguments: Value,
    /// The folder it works in.
    pub folder: Option<PathBuf>,
    /// Why it is asked.
    pub cause: Cause,
    /// Whether the spec itself names the tool among its approvals.
    pub in_spec: bool,
}

impl Question {
    /// Whether `--yes` answers it: what the spec foresees, and what aldo's own tools ask about every
    /// time. A protected path or a tool of a server that the spec does not name, and what may have
    /// happened already, need a person.
    pub fn is_covered_by_yes(&self) -> bool {
        match self.cause {
            Cause::Always => true,
            Cause::ProtectedPath { .. } | Cause::Unannotated { .. } => self.in_spec,
            Cause::Server { is_new } => is_new,
            Cause::MayHaveHappened => false,
        }
    }

    /// Returns what an answer is bound to.
    pub(super) fn exactly(&self) -> String {
        let folder = self
            .folder
            .as_deref()
            .map(|path| path.display().to_string());
        serde_json::json!([self.tool, self.arguments, folder]).to_string()
    }

    /// Returns the reason as a part of a sentence, such as `it would change .env`.
    pub fn reason(&self) -> String {
        match &self.cause {
            Cause::Always => "every call of this tool is asked about".to_owned(),
            Cause::ProtectedPath { path } => {
                format!("it would change `{path}`, which is protected")
            }
            Cause::Unannotated { server } => {
                format!("the server `{server}` does not say whether it changes anything")
            }
            Cause::Server { is_new: true } => "the server is used for the first time".to_owned(),
            Cause::Server { is_new: false } => {
                "the server is not what was agreed to any more".to_owned()
            }
            Cause::MayHaveHappened => {
                "the run was cut off in the middle of it, so it may have happened already"
                    .to_owned()
            }
        }
    }
}
