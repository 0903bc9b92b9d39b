use std::path::Path;

use aldo_backends::ToolSpec;
use serde_json::Value;

use super::approval::Cause;
use super::context::Context;
use super::mcp::McpTool;
use super::native::Native;
use super::outcome::ToolOutcome;
use super::schema;
use crate::spec::Approval;

/// A tool an agent may call.
#[derive(Debug, Clone)]
pub enum Tool {
    /// One of aldo's own.
    Native(Native),
    /// A server's.
    Mcp(McpTool),
}

impl Tool {
    /// Returns the name the model calls it by.
    pub fn name(&self) -> &str {
        match self {
            Self::Native(tool) => tool.name(),
            Self::Mcp(tool) => &tool.definition().name,
        }
    }

    /// Returns what the model is told of it.
    pub(super) fn spec(&self) -> ToolSpec {
        match self {
            Self::Native(tool) => schema::native(tool.name())
                .map(ToolSpec::from)
                .expect("a test compares the table with the tools"),
            Self::Mcp(tool) => tool.spec(),
        }
    }

    /// Whether a call may leave something changed, so that it is never repeated unasked.
    pub fn has_side_effects(&self) -> bool {
        match self {
            Self::Native(tool) => tool.has_side_effects(),
            Self::Mcp(tool) => tool.has_side_effects(),
        }
    }

    /// Returns the folder the tool works in, which an answer of a person is bound to.
    pub fn folder<'a>(&self, context: &'a Context) -> Option<&'a Path> {
        let roots = &context.roots;
        let root = match self {
            Self::Native(tool) => match tool.name().split('.').next() {
                Some("fs") => roots.files_writable.as_ref().or(roots.files.as_ref()),
                Some("shell") => roots.shell.as_ref(),
                Some("git") => roots.git.as_ref(),
                _ => roots.memory.as_ref().map(|memory| &memory.root),
            },
            Self::Mcp(_) => None,
        };
        root.map(super::root::Root::path)
    }

    /// Returns why a person is asked about this call first; `written` is what the spec says of it.
    pub(super) fn cause(
        &self,
        written: Option<Approval>,
        arguments: &Value,
        context: &Context,
    ) -> Option<Cause> {
        let (default, protected) = match self {
            Self::Native(tool) => (
                tool.approval_default(),
                tool.protected_path(arguments, context),
            ),
            // What the server says of itself is its word alone: it may only ask for more.
            Self::Mcp(tool) => {
                let server = tool.server().to_owned();
                let unannotated = Cause::Unannotated { server };
                return match (written, tool.has_side_effects()) {
                    (Some(Approval::Never), _) | (None | Some(Approval::ProtectedPaths), false) => {
                        None
                    }
                    (Some(Approval::Always), _) => Some(Cause::Always),
                    (None | Some(Approval::ProtectedPaths), true) => Some(unannotated),
                };
            }
        };
        // Where nobody is asked, the tool itself refuses a protected path.
        match (written.unwrap_or(default), protected) {
            (Approval::Never, _) | (Approval::ProtectedPaths, None) => None,
            (Approval::Always | Approval::ProtectedPaths, Some(path)) => {
                Some(Cause::ProtectedPath { path })
            }
            (Approval::Always, None) => Some(Cause::Always),
        }
    }

    /// Runs the call. Only an approved call gets here.
    pub(super) async fn call(
        &self,
        arguments: &Value,
        context: &Context,
        approved: bool,
    ) -> ToolOutcome {
        match self {
            Self::Native(tool) => tool.call(arguments, context, approved).await,
            Self::Mcp(tool) => tool.call(arguments, &context.cancel).await,
        }
    }
}
