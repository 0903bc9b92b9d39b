//! Whose success is the success of a run.

use super::super::raw::RawAgent;
use super::Check;

impl Check<'_> {
    /// Checks that those whose success counts are there: below a supervisor, or the agent itself.
    pub(super) fn success_roles(&mut self, raw: &RawAgent, own: Option<&str>) {
        let Some(termination) = &raw.termination else {
            return;
        };
        let names: Vec<&str> = match &raw.composite {
            Some(composite) => composite.value.names().collect(),
            None => own.into_iter().collect(),
        };
        let roles = &termination.value.success_roles;
        let stranger = roles.iter().find(|role| !names.contains(&role.as_str()));
        let Some(stranger) = stranger else {
            return;
        };
        let whose = if raw.composite.is_some() {
            "none of the subagents"
        } else {
            "not the agent itself, which has no subagents"
        };
        let message = format!(
            "`success_roles` names `{}`, {whose}",
            stranger.escape_debug()
        );
        let hint = format!("it can name {}", listed(&names));
        self.hinted(termination.referenced, message, hint);
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
