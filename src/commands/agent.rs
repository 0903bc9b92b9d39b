//! The agents a command may name.

use super::Context;
use crate::failure::Failure;
use crate::spec::{AgentError, Agents, Found, SpecError};

/// Returns the places agents are looked for in.
pub(crate) fn places(ctx: &Context) -> Agents {
    Agents {
        project: ctx.config.folders.project.clone(),
        user: Some(ctx.config.folders.config.join("agents")),
        default_tier: ctx.config.default_privacy,
    }
}

/// Finds an agent by its name or path, and says what of it was ignored.
///
/// # Errors
/// A usage failure when there is none or its spec is wrong.
pub(crate) fn find(ctx: &Context, name: &str) -> Result<Found, Failure> {
    let found = places(ctx).find(name)?;
    for warning in &found.warnings {
        ctx.ui.warn(warning);
    }
    Ok(found)
}

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Unknown { ref nearest, .. } => {
                let failure = Self::usage("unknown_agent", error.to_string());
                match nearest {
                    Some(nearest) => failure.hint(format!("did you mean `{nearest}`?")),
                    None => failure.hint("`aldo agents ls` lists the agents"),
                }
            }
            AgentError::OtherName { .. } => Self::usage("agent_name", error.to_string()),
            AgentError::Spec(error) => spec(&error),
        }
    }
}

/// Every fault of a spec, the first as the message, the rest and what to write instead as hints.
fn spec(error: &SpecError) -> Failure {
    let mut lines = error.lines();
    let failure = Failure::usage("bad_spec", lines.next().unwrap_or_default());
    let hints = error.faults.iter().filter_map(|fault| fault.hint.clone());
    let failure = hints.chain(lines).fold(failure, Failure::hint);
    failure.details(serde_json::json!(error))
}
