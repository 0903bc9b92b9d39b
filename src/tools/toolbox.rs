use std::collections::BTreeMap;
use std::sync::Arc;

use aldo_backends::ToolSpec;
use serde_json::Value;

use super::approval::{Cause, Question};
use super::approver::{Approver, Permission};
use super::context::Context;
use super::native::Native;
use super::outcome::ToolOutcome;
use super::tool::Tool;
use crate::nearest::nearest;
use crate::spec::{Approval, Tools};

/// The tools of one run, what they may touch, and who answers for their calls.
#[derive(Debug, Clone)]
pub struct Toolbox {
    tools: Vec<Tool>,
    approvals: BTreeMap<String, Approval>,
    approver: Approver,
    context: Arc<Context>,
}

/// A call that may run, with exactly the arguments that were approved.
#[derive(Debug)]
pub struct Approved {
    tool: Tool,
    arguments: Value,
    permission: Permission,
    context: Arc<Context>,
}

/// What was decided about a call.
#[derive(Debug)]
pub enum Permit {
    /// It may run.
    Granted(Approved),
    /// It may not, or it is no call; what the model reads.
    Refused(ToolOutcome),
}

impl Toolbox {
    /// Makes the toolbox of an agent whose spec names `spec`: its native tools, and those `others` of
    /// servers that were asked already. Its calls end with the wish of `context`, and may be ended
    /// without it.
    pub fn new(spec: &Tools, others: Vec<Tool>, approver: Approver, mut context: Context) -> Self {
        context.cancel = context.cancel.child();
        let native = spec.native.iter().filter_map(|name| Native::named(name));
        Self {
            tools: native.map(Tool::Native).chain(others).collect(),
            approvals: spec.approvals.clone(),
            approver,
            context: Arc::new(context),
        }
    }

    /// Returns what the model is told of the tools, in the order of the spec.
    pub fn specs(&self) -> Vec<ToolSpec> {
        self.tools.iter().map(Tool::spec).collect()
    }

    /// Returns the tool called `name`.
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.name() == name)
    }

    /// Asks every call that runs to end.
    pub fn stop(&self) {
        self.context.cancel.cancel();
    }

    /// Decides whether the call may run, asking a person where one must be asked. `again` says that
    /// the run was cut off in the middle of this very call.
    pub async fn permit(&self, name: &str, arguments: &Value, again: bool) -> Permit {
        let Some(tool) = self.get(name) else {
            return Permit::Refused(ToolOutcome::Failed(self.unknown(name)));
        };
        if !arguments.is_object() {
            let reason = format!("the arguments of `{name}` must be a JSON object");
            return Permit::Refused(ToolOutcome::Failed(reason));
        }
        match self.permission(tool, arguments, again).await {
            Ok(permission) => Permit::Granted(Approved {
                tool: tool.clone(),
                arguments: arguments.clone(),
                permission,
                context: Arc::clone(&self.context),
            }),
            Err(reason) => Permit::Refused(ToolOutcome::Refused(reason)),
        }
    }

    async fn permission(
        &self,
        tool: &Tool,
        arguments: &Value,
        again: bool,
    ) -> Result<Permission, String> {
        let written = self.approvals.get(tool.name()).copied();
        let mut cause = tool.cause(written, arguments, &self.context);
        if again && tool.has_side_effects() {
            cause = Some(Cause::MayHaveHappened);
        }
        let Some(cause) = cause else {
            return Ok(Permission::NotAsked);
        };
        let question = Question {
            agent: self.context.agent.clone(),
            tool: tool.name().to_owned(),
            arguments: arguments.clone(),
            folder: tool.folder(&self.context).map(Into::into),
            in_spec: match cause {
                // That every call is asked about says nothing of what may be protected in it.
                Cause::ProtectedPath { .. } => written == Some(Approval::ProtectedPaths),
                Cause::Always
                | Cause::Unannotated { .. }
                | Cause::Server { .. }
                | Cause::MayHaveHappened => written.is_some(),
            },
            cause,
        };
        self.approver.ask(question).await
    }

    fn unknown(&self, name: &str) -> String {
        let names: Vec<&str> = self.tools.iter().map(Tool::name).collect();
        let shown: String = name.chars().take(64).collect();
        match nearest(name, names.iter().copied()) {
            _ if names.is_empty() => {
                format!("no tool is called `{shown}`, and there are none here")
            }
            Some(near) => format!("no tool is called `{shown}`; did you mean `{near}`?"),
            None => format!(
                "no tool is called `{shown}`; the tools are `{}`",
                names.join("`, `")
            ),
        }
    }
}

impl Approved {
    /// Returns by what it may run.
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// Whether running it may leave something changed.
    pub fn has_side_effects(&self) -> bool {
        self.tool.has_side_effects()
    }

    /// Runs the call, once.
    pub async fn run(self) -> ToolOutcome {
        let approved = self.permission != Permission::NotAsked;
        self.tool
            .call(&self.arguments, &self.context, approved)
            .await
    }
}
