//! What an agent asks of a model.

use std::collections::BTreeSet;

use aldo_backends::ResponseFormat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits;
use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};

/// What an agent asks of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelPolicy {
    /// What the model must be able to do.
    pub capability_requirements: BTreeSet<Capability>,
    /// How secret the agent's input is.
    pub privacy_tier: PrivacyTier,
    /// The class asked for first.
    pub primary: CapabilityClass,
    /// The classes asked for next, in order.
    pub fallbacks: Vec<CapabilityClass>,
    /// What a run may use up.
    pub budget: Budget,
    /// The latency wanted, in milliseconds.
    pub latency_p95_ms: Option<u64>,
    /// How the answer is decoded.
    pub decoding: Decoding,
}

/// What a run may use up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// US dollars for a run.
    #[serde(deserialize_with = "limits::some_usd")]
    #[schemars(range(min = 0))]
    pub usd_per_run: Option<f64>,
    /// US dollars a step already begun may go over it.
    #[serde(deserialize_with = "limits::some_usd")]
    #[schemars(range(min = 0))]
    pub usd_grace: Option<f64>,
    /// Tokens read by a step, at least one.
    #[serde(deserialize_with = "limits::some_at_least_one")]
    #[schemars(range(min = 1))]
    pub tokens_in_max: Option<u64>,
    /// Tokens written by a step, at least one.
    #[serde(deserialize_with = "limits::some_at_least_one")]
    #[schemars(range(min = 1))]
    pub tokens_out_max: Option<u64>,
}

/// How the answer is decoded.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Decoding {
    /// What the answer may look like.
    pub mode: DecodingMode,
    /// From 0 (always the likeliest token) to 2.
    #[serde(deserialize_with = "limits::some_temperature")]
    #[schemars(range(min = 0, max = 2))]
    pub temperature: Option<f32>,
    /// The file with the JSON Schema of `mode: constrained`.
    pub json_schema_ref: Option<String>,
    /// What that file holds, or that of `outputs.schema_ref` with `mode: json`.
    #[serde(skip)]
    pub json_schema: Option<Value>,
}

impl Decoding {
    /// Returns what the answer must look like.
    pub fn response(&self) -> ResponseFormat {
        match (self.mode, &self.json_schema) {
            (DecodingMode::Free, _) => ResponseFormat::Text,
            (DecodingMode::Json | DecodingMode::Constrained, Some(schema)) => {
                ResponseFormat::JsonSchema(schema.clone())
            }
            (DecodingMode::Json | DecodingMode::Constrained, None) => ResponseFormat::Json,
        }
    }
}

/// What the answer may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DecodingMode {
    /// Any text.
    #[default]
    Free,
    /// Any JSON.
    Json,
    /// JSON of one schema.
    Constrained,
}
