//! What the loop is given: the agent's own wishes, and what was typed.

use std::time::Duration;

use aldo_backends::Sampling;
use serde_json::{Value, json};

use super::Args;
use super::decide::Plan;
use crate::agent::{Limits, Start, Task};
use crate::candidate::Candidate;
use crate::spec::{AgentSpec, Origin};
use crate::tools::Toolbox;

/// How likely a rarer word is where the agent does not say: the middle of what model makers advise.
const TEMPERATURE_DEFAULT: f32 = 0.7;
/// The share of likely words that is chosen from where the agent does not say.
const TOP_P_DEFAULT: f32 = 0.95;

/// Makes the task of `plan` for the model that was chosen.
pub(super) fn of<'a>(
    args: &Args,
    plan: &'a Plan,
    candidate: &'a Candidate,
    toolbox: &'a Toolbox,
    start: &Start,
) -> Task<'a> {
    let spec = plan.spec();
    let tokens_max = args.max_tokens.map_or(spec.tokens_out_max(), u64::from);
    Task {
        spec,
        candidate,
        start: start.clone(),
        toolbox,
        sampling: sampling(args, spec),
        tokens_max: usize::try_from(tokens_max).unwrap_or(usize::MAX),
        limits: Limits::of(spec, plan.usd_max).for_at_most(plan.time_max, Duration::ZERO),
    }
}

/// Returns how tokens of `spec` are chosen.
pub(super) fn sampling(args: &Args, spec: &AgentSpec) -> Sampling {
    let temperature = spec.model_policy.decoding.temperature;
    Sampling {
        temperature: temperature.unwrap_or(TEMPERATURE_DEFAULT),
        top_p: Some(TOP_P_DEFAULT),
        seed: args.seed,
        ..Sampling::default()
    }
}

/// Returns what is written down so that the run can be taken up again: what was typed, and the spec.
pub(super) fn record(args: &Args, plan: &Plan) -> Value {
    let found = &plan.found;
    let path = std::fs::canonicalize(&found.path);
    let agent = match (found.origin, path) {
        // A file that was named is found again from any folder.
        (Origin::Named, Ok(path)) => path.display().to_string(),
        _ => args.agent.clone(),
    };
    json!({
        "agent": agent,
        "inputs": plan.inputs,
        "route": args.route.as_str(),
        "model": args.model,
        "catalog": args.models,
        "seed": args.seed,
        "maxTokens": args.max_tokens,
        "maxUsd": args.max_usd,
        "spec": found.spec,
    })
}
