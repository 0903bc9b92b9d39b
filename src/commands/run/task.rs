//! What the loop is given: the agent's own wishes, and what was typed.

use aldo_backends::{Sampling, ToolSpec};

use super::Args;
use super::decide::Plan;
use crate::agent::{Limits, Task};
use crate::candidate::Candidate;
use crate::failure::Failure;
use crate::tools::schema;

/// How likely a rarer word is where the agent does not say: the middle of what model makers advise.
const TEMPERATURE_DEFAULT: f32 = 0.7;
/// The share of likely words that is chosen from where the agent does not say.
const TOP_P_DEFAULT: f32 = 0.95;

/// Makes the task of `plan` for the model that was chosen.
///
/// # Errors
/// A usage failure when the agent names a tool that does not exist.
pub(super) fn of<'a>(
    args: &Args,
    plan: &'a Plan,
    candidate: &'a Candidate,
) -> Result<Task<'a>, Failure> {
    let spec = plan.spec();
    let temperature = spec.model_policy.decoding.temperature;
    let sampling = Sampling {
        temperature: temperature.unwrap_or(TEMPERATURE_DEFAULT),
        top_p: Some(TOP_P_DEFAULT),
        seed: args.seed,
        ..Sampling::default()
    };
    let tokens_max = args.max_tokens.map_or(spec.tokens_out_max(), u64::from);
    Ok(Task {
        spec,
        candidate,
        messages: plan.messages.clone(),
        tools: tools(&spec.tools.native)?,
        sampling,
        tokens_max: usize::try_from(tokens_max).unwrap_or(usize::MAX),
        limits: Limits::of(spec, plan.usd_max),
    })
}

fn tools(names: &[String]) -> Result<Vec<ToolSpec>, Failure> {
    let known = |name: &String| {
        let tool = schema::native(name).map(ToolSpec::from);
        tool.ok_or_else(|| Failure::usage("unknown_tool", format!("no tool is called `{name}`")))
    };
    names.iter().map(known).collect()
}
