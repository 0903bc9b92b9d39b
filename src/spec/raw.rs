//! The YAML as it is written, in either form: every key there is, with its place in the file.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::policy::{Budget, Decoding};
use super::sections::{Composite, EvalGate, Iteration, Memory, SchemaRef, Termination};
use super::tools::{Approval, McpServer, Permissions};
use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};

/// The top of a spec: the keys of both forms.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAgent {
    #[serde(rename = "apiVersion")]
    pub(super) api_version: Spanned<String>,
    pub(super) kind: Option<Spanned<String>>,
    pub(super) identity: Option<Spanned<RawIdentity>>,
    // The short form's own.
    pub(super) name: Option<Spanned<String>>,
    pub(super) version: Option<Spanned<String>>,
    pub(super) description: Option<Spanned<String>>,
    pub(super) owner: Option<Spanned<String>>,
    pub(super) tags: Option<Spanned<Vec<String>>>,
    pub(super) privacy_tier: Option<Spanned<PrivacyTier>>,
    // Both forms'.
    #[serde(default)]
    pub(super) role: super::agent::Role,
    pub(super) model_policy: Spanned<RawPolicy>,
    pub(super) prompt: Option<Spanned<RawPrompt>>,
    #[serde(default)]
    pub(super) tools: RawTools,
    #[serde(default)]
    pub(super) memory: Memory,
    #[serde(default)]
    pub(super) spawn: RawSpawn,
    pub(super) inputs: Option<Spanned<SchemaRef>>,
    #[serde(default)]
    pub(super) outputs: SchemaRef,
    #[serde(default)]
    pub(super) eval_gate: EvalGate,
    pub(super) composite: Option<Spanned<Composite>>,
    pub(super) iteration: Option<Spanned<Iteration>>,
    #[serde(default)]
    pub(super) termination: Termination,
    #[serde(default)]
    pub(super) sandbox: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIdentity {
    pub(super) name: Spanned<String>,
    pub(super) version: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) description: String,
    pub(super) owner: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    #[serde(default)]
    pub(super) capability_requirements: Vec<Capability>,
    pub(super) privacy_tier: Option<Spanned<PrivacyTier>>,
    pub(super) primary: Option<Spanned<RawClass>>,
    pub(super) fallbacks: Option<Spanned<Vec<RawClass>>>,
    // The short form's `primary` and `fallbacks`.
    pub(super) capability_class: Option<Spanned<CapabilityClass>>,
    pub(super) fallback: Option<Spanned<OneOrMany>>,
    #[serde(default)]
    pub(super) budget: Budget,
    #[serde(default)]
    pub(super) latency: RawLatency,
    #[serde(default)]
    pub(super) decoding: Decoding,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLatency {
    #[serde(deserialize_with = "super::limits::some_at_least_one")]
    pub(super) p95_ms: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSpawn {
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPromptFile {
    pub(super) system_file: Spanned<String>,
    #[serde(default)]
    pub(super) variables: RawVariables,
}

/// Names with defaults, or names alone.
#[derive(Debug, Default)]
pub(super) struct RawVariables(pub(super) BTreeMap<String, Value>);

/// The full form's section, or the short form's list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawToolSection {
    pub(super) native: Vec<Spanned<RawTool>>,
    pub(super) mcp: Vec<McpServer>,
    pub(super) permissions: Permissions,
    pub(super) guards: Map<String, Value>,
    pub(super) approvals: BTreeMap<String, Spanned<Approval>>,
}

#[derive(Debug, Default)]
pub(super) struct RawTools(pub(super) RawToolSection);

/// `{id: name}`, or the name alone.
#[derive(Debug)]
pub(super) struct RawTool(pub(super) String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassMap {
    capability_class: CapabilityClass,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolMap {
    id: String,
}

/// Deserializes a type that is written in one of two shapes, keeping the place of what is wrong:
/// serde's own `untagged` would forget it.
macro_rules! one_of_two {
    ($type:ty, $expecting:literal, { $($method:item)* }) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> Visitor<'de> for Either {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    $($method)*
                }
                deserializer.deserialize_any(Either)
            }
        }
    };
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
