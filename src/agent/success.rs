//! What is success where a spec says whose it is.

use super::stop::Stop;
use crate::spec::{AgentSpec, TerminationCondition};

/// Whether an agent that ended with `stop` reports success: by the text or the result it is to stop at
/// where its spec names one, else by its answer.
pub(crate) fn reports_success(spec: &AgentSpec, stop: &Stop) -> bool {
    match stop {
        Stop::TextMention { .. } | Stop::ToolResult { .. } => true,
        Stop::Completed => spec.composite.is_some() || !names_an_end(spec),
        Stop::BudgetExhausted
        | Stop::Repeating { .. }
        | Stop::MalformedToolCall { .. }
        | Stop::InvalidJson { .. }
        | Stop::LengthLimit { .. }
        | Stop::MaxTurns { .. }
        | Stop::MaxCycles { .. }
        | Stop::DoesNotFit { .. }
        | Stop::MaxTokens { .. }
        | Stop::MaxUsd { .. }
        | Stop::WallClock { .. }
        | Stop::MaxRounds { .. }
        | Stop::NoSuccess { .. }
        | Stop::SubagentFailed { .. }
        | Stop::BadInputs { .. }
        | Stop::Canceled
        | Stop::OutputClosed
        | Stop::Refused { .. }
        | Stop::BackendFailed { .. }
        | Stop::StoreFailed { .. } => false,
    }
}

/// Returns the end of an agent without subagents whose spec counts its own success alone.
pub(super) fn of_itself(spec: &AgentSpec, stop: Stop) -> Stop {
    let roles = &spec.termination.success_roles;
    if spec.composite.is_some() || roles.is_empty() || stop.exit_code() != 0 {
        return stop;
    }
    if stop == Stop::OutputClosed || reports_success(spec, &stop) {
        return stop;
    }
    Stop::no_success(roles)
}

fn names_an_end(spec: &AgentSpec) -> bool {
    let conditions = spec.iteration.iter();
    let mut conditions = conditions.flat_map(|iteration| &iteration.termination_conditions);
    spec.termination.text_mention.is_some()
        || conditions.any(|condition| match condition {
            TerminationCondition::TextIncludes { .. } | TerminationCondition::ToolResult { .. } => {
                true
            }
            TerminationCondition::BudgetExhausted => false,
        })
}
