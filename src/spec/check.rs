//! From what is written to what holds: the checks that need more than one key.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use serde_saphyr::{Location, Spanned};

use super::agent::AgentSpec;
use super::beside::Beside;
use super::inputs::{Inputs, Prompt};
use super::raw::{RawAgent, RawPrompt, RawToolSection};
use super::sections::{Composite, SchemaRef, Strategy};
use super::template;
use super::tools::Tools;
use crate::capabilities::PrivacyTier;
use crate::nearest::nearest;
use crate::tools::{Guards, schema};
use crate::yaml::Fault;

/// The one version of the format.
pub(super) const API_VERSION: &str = "aldo-ai/agent.v1";
/// The longest name of an agent, in bytes: it becomes a file name.
const NAME_BYTES_MAX: usize = 64;

/// Checks a whole spec; every fault is found, not only the first.
pub(super) fn agent(
    raw: RawAgent,
    stem: Option<&str>,
    beside: Beside<'_>,
    default_tier: PrivacyTier,
) -> Result<AgentSpec, Vec<Fault>> {
    let mut check = Check {
        beside,
        faults: Vec::new(),
    };
    check.header(&raw);
    check.loops(&raw);
    let identity = check.identity(&raw, stem);
    let mut model_policy = check.policy(raw.model_policy, raw.privacy_tier, default_tier);
    let outputs = check.outputs(raw.outputs, model_policy.as_mut());
    let prompt = check.prompt(raw.prompt);
    let tools = check.tools(raw.tools.0);
    let inputs = check.inputs(raw.inputs);
    let spawn_allowed = raw
        .spawn
        .allowed
        .into_iter()
        .filter_map(|name| check.agent_name(name));
    let spawn_allowed = spawn_allowed.collect();
    if !check.faults.is_empty() {
        return Err(check.faults);
    }
    // Both are there when no fault was found; a fault and a value go together nowhere else.
    let (Some(identity), Some(model_policy)) = (identity, model_policy) else {
        return Err(vec![Fault::at_top(
            "the agent has no name or no capability class".to_owned(),
        )]);
    };
    Ok(AgentSpec {
        identity,
        role: raw.role,
        model_policy,
        prompt,
        tools,
        memory: raw.memory,
        spawn_allowed,
        inputs,
        outputs,
        eval_gate: raw.eval_gate,
        composite: raw.composite.map(|composite| composite.value),
        iteration: raw.iteration.map(|iteration| iteration.value),
        termination: raw.termination,
        sandbox: raw.sandbox,
    })
}

/// Whether `name` can name an agent and a file.
pub(super) fn is_agent_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

mod identity;
mod policy;

struct Check<'a> {
    beside: Beside<'a>,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, place: Location, message: impl Into<String>) {
        self.faults.push(Fault::at(place, message));
    }

    fn hinted(&mut self, place: Location, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(Fault::at(place, message).hint(hint));
    }

    fn header(&mut self, raw: &RawAgent) {
        let version = &raw.api_version;
        if version.value != API_VERSION {
            let message = format!("unknown `apiVersion`, expected `{API_VERSION}`");
            self.fault(version.referenced, message);
        }
        if let Some(kind) = raw.kind.as_ref().filter(|kind| kind.value != "Agent") {
            self.fault(kind.referenced, "unknown `kind`, expected `Agent`");
        }
    }

    fn loops(&mut self, raw: &RawAgent) {
        if let (Some(_), Some(iteration)) = (&raw.composite, &raw.iteration) {
            self.hinted(
                iteration.referenced,
                "`composite` and `iteration` exclude each other",
                "a supervisor repeats its children with `composite.iteration`",
            );
        }
        if let Some(composite) = &raw.composite {
            self.composite(composite);
        }
    }

    fn composite(&mut self, composite: &Spanned<Composite>) {
        let (place, value) = (composite.referenced, &composite.value);
        if value.subagents.is_empty() {
            self.fault(place, "`composite` needs at least one subagent");
        }
        let bad = value.subagents.iter().map(|child| child.agent.as_str());
        for name in bad
            .chain(value.aggregator.as_deref())
            .filter(|name| !is_agent_name(name))
        {
            self.fault(place, not_a_name(name));
        }
        match value.strategy {
            Strategy::Debate if value.aggregator.is_none() => {
                self.fault(place, "`strategy: debate` needs an `aggregator`");
            }
            Strategy::Iterative if value.iteration.is_none() => {
                self.fault(place, "`strategy: iterative` needs `iteration`");
            }
            Strategy::Sequential | Strategy::Parallel | Strategy::Debate | Strategy::Iterative => {}
        }
    }

    fn prompt(&mut self, prompt: Option<Spanned<RawPrompt>>) -> Prompt {
        let Some(prompt) = prompt else {
            return Prompt::default();
        };
        let place = prompt.referenced;
        let file = match prompt.value {
            RawPrompt::Text(system) => {
                return Prompt {
                    system,
                    variables: BTreeMap::new(),
                };
            }
            RawPrompt::File(file) => file,
        };
        let variables = file.variables.0;
        for name in variables.keys().filter(|name| !template::is_variable(name)) {
            let message = format!("`{}` cannot name a variable", name.escape_debug());
            self.fault(place, message);
        }
        let system = match self.beside.read(&file.system_file.value) {
            Ok(system) => system,
            Err(reason) => {
                self.fault(
                    file.system_file.referenced,
                    format!("`system_file`: {reason}"),
                );
                String::new()
            }
        };
        self.undeclared(file.system_file.referenced, &system, &variables);
        Prompt { system, variables }
    }

    fn undeclared(&mut self, place: Location, text: &str, declared: &BTreeMap<String, Value>) {
        let unknown = template::variables(text).find(|name| !declared.contains_key(*name));
        if let Some(name) = unknown {
            let message = format!("the prompt uses `{{{{ {name} }}}}`, which is no variable");
            self.hinted(
                place,
                message,
                format!("add `{name}` to `prompt.variables`"),
            );
        }
    }

    fn tools(&mut self, section: RawToolSection) -> Tools {
        let known = schema::names();
        let mut native: Vec<String> = Vec::new();
        for tool in section.native {
            let (place, name) = (tool.referenced, tool.value.0);
            if !known.contains(&name.as_str()) {
                let near = nearest(&name, known.iter().copied());
                let hint = near.map_or_else(
                    || format!("the tools there are: {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.hinted(
                    place,
                    format!("unknown tool `{}`", name.escape_debug()),
                    hint,
                );
            } else if native.contains(&name) {
                self.fault(place, format!("the tool `{name}` is here a second time"));
            } else {
                native.push(name);
            }
        }
        for (tool, approval) in &section.approvals {
            let of_mcp = section.mcp.iter().any(|server| server.allow.contains(tool));
            if !of_mcp && !native.contains(tool) {
                let message = format!(
                    "an approval for `{}`, which is no tool here",
                    tool.escape_debug()
                );
                self.fault(approval.referenced, message);
            }
        }
        let approvals = section
            .approvals
            .into_iter()
            .map(|(tool, how)| (tool, how.value));
        let approvals = approvals.collect();
        Tools {
            native,
            mcp: section.mcp,
            permissions: section.permissions,
            guards: self.guards(section.guards),
            approvals,
        }
    }

    fn guards(&mut self, guards: Option<Spanned<Map<String, Value>>>) -> Map<String, Value> {
        let Some(guards) = guards else {
            return Map::new();
        };
        if let Err(reason) = Guards::of(&guards.value) {
            self.fault(guards.referenced, reason);
        }
        guards.value
    }

    fn inputs(&mut self, inputs: Option<Spanned<SchemaRef>>) -> Inputs {
        let Some(inputs) = inputs else {
            return Inputs::default();
        };
        let Some(file) = inputs.value.schema_ref else {
            return Inputs::default();
        };
        let read = self
            .beside
            .read(&file)
            .and_then(|text| Inputs::from_schema(file, &text));
        read.unwrap_or_else(|reason| {
            self.fault(inputs.referenced, format!("`schema_ref`: {reason}"));
            Inputs::default()
        })
    }
}

fn not_a_name(name: &str) -> String {
    let shown: String = name.chars().take(NAME_BYTES_MAX).collect();
    format!(
        "`{}` cannot name an agent, expected up to {NAME_BYTES_MAX} lower-case letters, digits, `-` or `_`",
        shown.escape_debug()
    )
}
