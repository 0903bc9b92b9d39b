//! From what is written to what holds: the checks that need more than one key.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use super::agent::{AgentSpec, Identity};
use super::beside::{self, Beside};
use super::error::Fault;
use super::inputs::{Inputs, Prompt};
use super::policy::{DecodingMode, ModelPolicy};
use super::raw::{RawAgent, RawClass, RawPolicy, RawPrompt, RawToolSection};
use super::sections::{Composite, SchemaRef, Strategy};
use super::tools::Tools;
use super::{template, yaml};
use crate::capabilities::{CapabilityClass, PrivacyTier};
use crate::tools::schema;

/// The one version of the format.
const API_VERSION: &str = "aldo-ai/agent.v1";
/// The version of an agent that names none.
const VERSION_DEFAULT: &str = "0.1.0";
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
    let model_policy = check.policy(raw.model_policy, raw.privacy_tier, default_tier);
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
        outputs: raw.outputs,
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

    fn identity(&mut self, raw: &RawAgent, stem: Option<&str>) -> Option<Identity> {
        let Some(identity) = &raw.identity else {
            return self.short_identity(raw, stem);
        };
        let doubled = [
            raw.name.as_ref().map(|key| ("name", key.referenced)),
            raw.version.as_ref().map(|key| ("version", key.referenced)),
            raw.description
                .as_ref()
                .map(|key| ("description", key.referenced)),
            raw.owner.as_ref().map(|key| ("owner", key.referenced)),
            raw.tags.as_ref().map(|key| ("tags", key.referenced)),
        ];
        for (key, place) in doubled.into_iter().flatten() {
            self.hinted(
                place,
                format!("`{key}` is beside `identity`"),
                "move it into `identity`",
            );
        }
        let identity = &identity.value;
        let name = self.agent_name(identity.name.clone())?;
        Some(Identity {
            name,
            version: version(identity.version.as_ref()),
            description: identity.description.clone(),
            owner: identity.owner.clone(),
            tags: identity.tags.clone(),
        })
    }

    fn short_identity(&mut self, raw: &RawAgent, stem: Option<&str>) -> Option<Identity> {
        let name = match (&raw.name, stem) {
            (Some(name), _) => self.agent_name(name.clone())?,
            (None, Some(stem)) if is_agent_name(stem) => stem.to_owned(),
            (None, _) => {
                let fault = Fault::at_top("missing key `name`".to_owned());
                self.faults
                    .push(fault.hint("the file's own name cannot name an agent"));
                return None;
            }
        };
        let text = |key: &Option<Spanned<String>>| key.as_ref().map(|key| key.value.clone());
        Some(Identity {
            name,
            version: version(raw.version.as_ref()),
            description: text(&raw.description).unwrap_or_default(),
            owner: text(&raw.owner),
            tags: raw
                .tags
                .as_ref()
                .map(|tags| tags.value.clone())
                .unwrap_or_default(),
        })
    }

    fn agent_name(&mut self, name: Spanned<String>) -> Option<String> {
        if is_agent_name(&name.value) {
            return Some(name.value);
        }
        self.fault(name.referenced, not_a_name(&name.value));
        None
    }

    fn policy(
        &mut self,
        policy: Spanned<RawPolicy>,
        top_tier: Option<Spanned<PrivacyTier>>,
        default_tier: PrivacyTier,
    ) -> Option<ModelPolicy> {
        let (place, mut policy) = (policy.referenced, policy.value);
        let privacy_tier = self.tier(policy.privacy_tier.take(), top_tier, default_tier);
        self.decoding(place, &policy);
        let primary = self.primary(place, &mut policy);
        let fallbacks = self.fallbacks(&mut policy);
        Some(ModelPolicy {
            capability_requirements: policy.capability_requirements.into_iter().collect(),
            privacy_tier,
            primary: primary?,
            fallbacks,
            budget: policy.budget,
            latency_p95_ms: policy.latency.p95_ms,
            decoding: policy.decoding,
        })
    }

    fn tier(
        &mut self,
        inner: Option<Spanned<PrivacyTier>>,
        top: Option<Spanned<PrivacyTier>>,
        default_tier: PrivacyTier,
    ) -> PrivacyTier {
        if let (Some(_), Some(top)) = (&inner, &top) {
            let message = "`privacy_tier` is here and in `model_policy`";
            self.hinted(top.referenced, message, "keep one of them");
        }
        inner.or(top).map_or(default_tier, |tier| tier.value)
    }

    fn primary(&mut self, place: Location, policy: &mut RawPolicy) -> Option<CapabilityClass> {
        match (policy.primary.take(), policy.capability_class.take()) {
            (Some(primary), None) => Some(primary.value.0),
            (None, Some(class)) => Some(class.value),
            (Some(_), Some(class)) => {
                self.hinted(
                    class.referenced,
                    "`capability_class` is beside `primary`",
                    "keep one of them",
                );
                None
            }
            (None, None) => {
                let message = "`model_policy` names no capability class";
                let shipped = CapabilityClass::SHIPPED.map(|class| class.as_str().to_owned());
                let hint = format!("add `capability_class`, one of {}", shipped.join(", "));
                self.hinted(place, message, hint);
                None
            }
        }
    }

    fn fallbacks(&mut self, policy: &mut RawPolicy) -> Vec<CapabilityClass> {
        match (policy.fallbacks.take(), policy.fallback.take()) {
            (Some(_), Some(short)) => {
                let message = "`fallback` is beside `fallbacks`";
                self.hinted(short.referenced, message, "keep one of them");
                Vec::new()
            }
            (Some(full), None) => full
                .value
                .into_iter()
                .map(|RawClass(class)| class)
                .collect(),
            (None, Some(short)) => short.value.0,
            (None, None) => Vec::new(),
        }
    }

    fn decoding(&mut self, place: Location, policy: &RawPolicy) {
        let decoding = &policy.decoding;
        match (decoding.mode, &decoding.json_schema_ref) {
            (DecodingMode::Constrained, None) => {
                self.fault(
                    place,
                    "`decoding.mode: constrained` needs `json_schema_ref`",
                );
            }
            (DecodingMode::Free | DecodingMode::Json, Some(_)) => {
                self.fault(
                    place,
                    "`json_schema_ref` needs `decoding.mode: constrained`",
                );
            }
            (DecodingMode::Constrained, Some(file)) => {
                if let Err(reason) = beside::check_name(file) {
                    self.fault(place, reason);
                }
            }
            (DecodingMode::Free | DecodingMode::Json, None) => {}
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
                let near = yaml::nearest(&name, known);
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
        Tools {
            native,
            mcp: section.mcp,
            permissions: section.permissions,
            guards: section.guards,
            approvals: approvals.collect(),
        }
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

fn version(version: Option<&Spanned<String>>) -> String {
    version.map_or_else(
        || VERSION_DEFAULT.to_owned(),
        |version| version.value.clone(),
    )
}

fn not_a_name(name: &str) -> String {
    let shown: String = name.chars().take(NAME_BYTES_MAX).collect();
    format!(
        "`{}` cannot name an agent, expected up to {NAME_BYTES_MAX} lower-case letters, digits, `-` or `_`",
        shown.escape_debug()
    )
}
