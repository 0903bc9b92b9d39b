//! A suite as it is written: every key there is, with its place in the file.

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use crate::capabilities::{CapabilityClass, PrivacyTier};
use crate::yaml::one_of_two;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawSuite {
    pub(super) name: Spanned<String>,
    pub(super) version: Spanned<String>,
    #[serde(default)]
    pub(super) description: String,
    pub(super) pass_threshold: Option<Spanned<f64>>,
    pub(super) privacy_tier: Option<PrivacyTier>,
    pub(super) cases: Spanned<Vec<RawCase>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawCase {
    pub(super) id: Spanned<String>,
    #[serde(default)]
    pub(super) note: String,
    pub(super) input: Spanned<RawInput>,
    pub(super) system: Option<String>,
    #[serde(default)]
    pub(super) tools: Vec<Spanned<RawTool>>,
    #[serde(default)]
    pub(super) images: Vec<Spanned<String>>,
    pub(super) tokens_max: Option<Spanned<u32>>,
    pub(super) expect: Spanned<RawExpect>,
    pub(super) weight: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
}

/// `{file, filler}`, or the text itself.
#[derive(Debug)]
pub(super) enum RawInput {
    Text(String),
    File(RawInputFile),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInputFile {
    pub(super) file: Spanned<String>,
    pub(super) filler: Option<Spanned<RawFiller>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFiller {
    pub(super) tokens: u32,
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) needles: Vec<RawNeedle>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNeedle {
    pub(super) at: Spanned<f64>,
    pub(super) text: String,
}

/// `{name, description, parameters}`, or the name of a native tool.
#[derive(Debug)]
pub(super) enum RawTool {
    Native(String),
    Own(RawToolSpec),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawToolSpec {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) parameters: Map<String, Value>,
}

/// What an answer is judged by. One flat table, so that every key keeps its place in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawExpect {
    pub(super) kind: Spanned<Kind>,
    pub(super) value: Option<Spanned<OneOrMany>>,
    pub(super) pattern: Option<Spanned<String>>,
    pub(super) schema: Option<Spanned<Map<String, Value>>>,
    pub(super) name: Option<Spanned<String>>,
    pub(super) arguments: Option<Spanned<Map<String, Value>>>,
    pub(super) arguments_schema: Option<Spanned<Map<String, Value>>>,
    pub(super) calls: Option<Spanned<Vec<RawCall>>>,
    pub(super) order: Option<Spanned<Order>>,
    pub(super) criteria: Option<Spanned<String>>,
    pub(super) capability_class: Option<Spanned<CapabilityClass>>,
    pub(super) min_score: Option<Spanned<f64>>,
    pub(super) of: Option<Spanned<Vec<Spanned<RawExpect>>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawCall {
    pub(super) name: String,
    #[serde(default)]
    pub(super) arguments: Map<String, Value>,
    pub(super) arguments_schema: Option<Spanned<Map<String, Value>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Contains,
    Icontains,
    NotContains,
    Regex,
    Exact,
    JsonSchema,
    ToolCall,
    Rubric,
    All,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Order {
    Any,
    Same,
}

/// A text or a list of them.
#[derive(Debug)]
pub(super) struct OneOrMany(pub(super) Vec<String>);

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::Icontains => "icontains",
            Self::NotContains => "not_contains",
            Self::Regex => "regex",
            Self::Exact => "exact",
            Self::JsonSchema => "json_schema",
            Self::ToolCall => "tool_call",
            Self::Rubric => "rubric",
            Self::All => "all",
            Self::Any => "any",
        }
    }
}

one_of_two!(RawInput, "a text or `{file: …}`", {
    fn visit_str<E: Error>(self, text: &str) -> Result<RawInput, E> {
        Ok(RawInput::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawInput, A::Error> {
        RawInputFile::deserialize(MapAccessDeserializer::new(map)).map(RawInput::File)
    }
});

one_of_two!(
    RawTool,
    "the name of a native tool or `{name: …, description: …, parameters: …}`",
    {
        fn visit_str<E: Error>(self, name: &str) -> Result<RawTool, E> {
            Ok(RawTool::Native(name.to_owned()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawTool, A::Error> {
            RawToolSpec::deserialize(MapAccessDeserializer::new(map)).map(RawTool::Own)
        }
    }
);

one_of_two!(OneOrMany, "a text or a list of texts", {
    fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMany, E> {
        Ok(OneOrMany(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany)
    }
});
