//! `eval_gate` of a spec: the suites an agent must pass, and whether it does.

use serde::Serialize;

use super::agent;
use crate::commands::{Context, bench};
use crate::failure::Failure;
use crate::spec::AgentSpec;

/// One suite an agent must pass, and how it did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gate {
    /// The suite.
    pub(crate) suite: String,
    /// The score it asks for.
    pub(crate) min_score: f64,
    /// The score the agent has; nothing where no case of the suite could be asked.
    pub(crate) score: Option<f64>,
    /// Whether that is enough.
    pub(crate) ok: bool,
}

/// Judges the agent `named` by every suite its spec requires.
///
/// # Errors
/// A failure when a suite is not there, or the agent may not run.
pub(crate) fn gates(ctx: &Context, named: &str, spec: &AgentSpec) -> Result<Vec<Gate>, Failure> {
    let required = spec.eval_gate.required_suites.iter();
    required
        .map(|required| {
            let suite = bench::find(ctx, &required.suite, &[])?;
            let report = agent::judge(ctx, &suite, named, &[None], 1, agent::Kept::Nowhere)?;
            let score = report.models.first().and_then(|model| model.summary.score);
            Ok(Gate {
                suite: format!("{}@{}", suite.name, suite.version),
                min_score: required.min_score,
                score,
                ok: score.is_some_and(|score| score >= required.min_score - 1e-9),
            })
        })
        .collect()
}
