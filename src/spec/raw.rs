//! The YAML as it is written, in either form: every key there is, with its place in the file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::policy::{Budget, Decoding};
use super::sections::{Composite, EvalGate, Iteration, Memory, Sandbox, SchemaRef, Termination};
use super::tools::{Approval, McpServer, Permissions};
use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};
use crate::yaml::one_of_two;

/// The top of a spec: the keys of both forms.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAgent {
    /// The format of this file.
    #[schemars(with = "String")]
    #[serde(rename = "apiVersion")]
    pub(super) api_version: Spanned<String>,
    /// `Agent`.
    #[schemars(with = "Option<String>")]
    pub(super) kind: Option<Spanned<String>>,
    /// Who the agent is, in the full form.
    #[schemars(with = "Option<RawIdentity>")]
    pub(super) identity: Option<Spanned<RawIdentity>>,
    // The short form's own.
    /// The agent's name, in the short form; the file's own when left out.
    #[schemars(with = "Option<String>")]
    pub(super) name: Option<Spanned<String>>,
    /// Its version, in the short form.
    #[schemars(with = "Option<String>")]
    pub(super) version: Option<Spanned<String>>,
    /// One sentence for lists, in the short form.
    #[schemars(with = "Option<String>")]
    pub(super) description: Option<Spanned<String>>,
    /// Who answers for it, in the short form.
    #[schemars(with = "Option<String>")]
    pub(super) owner: Option<Spanned<String>>,
    /// Words to find it by, in the short form.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) tags: Option<Spanned<Vec<String>>>,
    /// How secret its input is, in the short form; `ALDO_DEFAULT_PRIVACY` when left out.
    #[schemars(with = "Option<PrivacyTier>")]
    pub(super) privacy_tier: Option<Spanned<PrivacyTier>>,
    // Both forms'.
    /// Its place among other agents.
    #[serde(default)]
    pub(super) role: super::agent::Role,
    /// What it asks of a model.
    #[schemars(with = "RawPolicy")]
    pub(super) model_policy: Spanned<RawPolicy>,
    /// What it is told.
    #[schemars(with = "Option<RawPrompt>")]
    pub(super) prompt: Option<Spanned<RawPrompt>>,
    /// What it may call.
    #[serde(default)]
    pub(super) tools: RawTools,
    /// What it remembers.
    #[serde(default)]
    pub(super) memory: Memory,
    /// The agents it may start.
    #[serde(default)]
    pub(super) spawn: RawSpawn,
    /// What it is given to work on.
    #[schemars(with = "Option<SchemaRef>")]
    pub(super) inputs: Option<Spanned<SchemaRef>>,
    /// The shape of its outputs: what answers of `decoding.mode: json` are held to.
    #[schemars(with = "Option<SchemaRef>")]
    pub(super) outputs: Option<Spanned<SchemaRef>>,
    /// The suites it must pass.
    #[serde(default)]
    pub(super) eval_gate: EvalGate,
    /// The children it is made of; not with `iteration`.
    #[schemars(with = "Option<Composite>")]
    pub(super) composite: Option<Spanned<Composite>>,
    /// How long its loop may go on; not with `composite`.
    #[schemars(with = "Option<Iteration>")]
    pub(super) iteration: Option<Spanned<Iteration>>,
    /// When it must stop.
    #[serde(default)]
    pub(super) termination: Termination,
    /// How the programs it runs are held.
    #[serde(default)]
    pub(super) sandbox: Sandbox,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIdentity {
    /// Up to 64 lower-case letters, digits, `-` and `_`.
    #[schemars(with = "String")]
    pub(super) name: Spanned<String>,
    /// `0.1.0` when left out.
    #[schemars(with = "Option<String>")]
    pub(super) version: Option<Spanned<String>>,
    /// One sentence for lists.
    #[serde(default)]
    pub(super) description: String,
    /// Who answers for it.
    pub(super) owner: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    /// What the model must be able to do.
    #[serde(default)]
    pub(super) capability_requirements: Vec<Capability>,
    /// How secret the input is; `ALDO_DEFAULT_PRIVACY` when left out.
    #[schemars(with = "Option<PrivacyTier>")]
    pub(super) privacy_tier: Option<Spanned<PrivacyTier>>,
    /// The class asked for first.
    #[schemars(with = "Option<RawClass>")]
    pub(super) primary: Option<Spanned<RawClass>>,
    /// The classes asked for next, in order.
    #[schemars(with = "Option<Vec<RawClass>>")]
    pub(super) fallbacks: Option<Spanned<Vec<RawClass>>>,
    // The short form's `primary` and `fallbacks`.
    /// The short form's `primary`.
    #[schemars(with = "Option<CapabilityClass>")]
    pub(super) capability_class: Option<Spanned<CapabilityClass>>,
    /// The short form's `fallbacks`: a class, or a list of them.
    #[schemars(with = "Option<OneOrMany>")]
    pub(super) fallback: Option<Spanned<OneOrMany>>,
    /// What a run may use up.
    #[serde(default)]
    pub(super) budget: Budget,
    /// The latency wanted.
    #[serde(default)]
    pub(super) latency: RawLatency,
    /// How the answer is decoded.
    #[serde(default)]
    pub(super) decoding: Decoding,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLatency {
    /// The 95th percentile, in milliseconds.
    #[schemars(range(min = 1))]
    #[serde(deserialize_with = "super::limits::some_at_least_one")]
    pub(super) p95_ms: Option<u64>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSpawn {
    /// Their names.
    #[schemars(with = "Vec<String>")]
    pub(super) allowed: Vec<Spanned<String>>,
}

/// `{capability_class: word}`, or the word alone.
#[derive(Debug)]
pub(super) struct RawClass(pub(super) CapabilityClass);

/// A class or a list of them: the short form's `fallback`.
#[derive(Debug)]
pub(super) struct OneOrMany(pub(super) Vec<CapabilityClass>);

/// `{system_file, variables}`, or the text itself.
#[derive(Debug)]
pub(super) enum RawPrompt {
    Text(String),
    File(RawPromptFile),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPromptFile {
    /// The file with the text, beside the spec.
    #[schemars(with = "String")]
    pub(super) system_file: Spanned<String>,
    /// What `{{ name }}` may be in it: names with defaults, or names alone.
    #[serde(default)]
    pub(super) variables: RawVariables,
}

/// Names with defaults, or names alone.
#[derive(Debug, Default)]
pub(super) struct RawVariables(pub(super) BTreeMap<String, Value>);

/// The full form's section, or the short form's list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawToolSection {
    /// aldo's own tools, by name.
    #[schemars(with = "Vec<RawTool>")]
    pub(super) native: Vec<Spanned<RawTool>>,
    /// Tools of MCP servers.
    pub(super) mcp: Vec<McpServer>,
    /// What tools may touch.
    pub(super) permissions: Permissions,
    /// Bounds of single tools.
    #[schemars(with = "Map<String, Value>")]
    pub(super) guards: Option<Spanned<Map<String, Value>>>,
    /// Which calls are asked about first, by tool.
    #[schemars(with = "BTreeMap<String, Approval>")]
    pub(super) approvals: BTreeMap<String, Spanned<Approval>>,
}

#[derive(Debug, Default)]
pub(super) struct RawTools(pub(super) RawToolSection);

/// `{id: name}`, or the name alone.
#[derive(Debug)]
pub(super) struct RawTool(pub(super) String);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassMap {
    /// The class.
    capability_class: CapabilityClass,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolMap {
    /// The name of the tool.
    id: String,
}

one_of_two!(
    RawClass,
    "a capability class or `{capability_class: …}`",
    {
        fn visit_str<E: Error>(self, word: &str) -> Result<RawClass, E> {
            CapabilityClass::new(word).map(RawClass).map_err(E::custom)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawClass, A::Error> {
            let map = ClassMap::deserialize(MapAccessDeserializer::new(map))?;
            Ok(RawClass(map.capability_class))
        }
    }
);

one_of_two!(OneOrMany, "a capability class or a list of them", {
    fn visit_str<E: Error>(self, word: &str) -> Result<OneOrMany, E> {
        CapabilityClass::new(word)
            .map(|class| OneOrMany(vec![class]))
            .map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany)
    }
});

one_of_two!(
    RawPrompt,
    "a text or `{system_file: …, variables: …}`",
    {
        fn visit_str<E: Error>(self, text: &str) -> Result<RawPrompt, E> {
            Ok(RawPrompt::Text(text.to_owned()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawPrompt, A::Error> {
            RawPromptFile::deserialize(MapAccessDeserializer::new(map)).map(RawPrompt::File)
        }
    }
);

one_of_two!(
    RawVariables,
    "a list of names or a map from names to defaults",
    {
        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawVariables, A::Error> {
            let names = Vec::<String>::deserialize(SeqAccessDeserializer::new(seq))?;
            Ok(RawVariables(
                names.into_iter().map(|name| (name, Value::Null)).collect(),
            ))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawVariables, A::Error> {
            BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(RawVariables)
        }
    }
);

one_of_two!(RawTools, "a list of tools or `{native: …, mcp: …}`", {
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawTools, A::Error> {
        let native = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(RawTools(RawToolSection {
            native,
            ..RawToolSection::default()
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawTools, A::Error> {
        RawToolSection::deserialize(MapAccessDeserializer::new(map)).map(RawTools)
    }
});

one_of_two!(RawTool, "the name of a tool or `{id: …}`", {
    fn visit_str<E: Error>(self, name: &str) -> Result<RawTool, E> {
        Ok(RawTool(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawTool, A::Error> {
        ToolMap::deserialize(MapAccessDeserializer::new(map)).map(|map| RawTool(map.id))
    }
});
