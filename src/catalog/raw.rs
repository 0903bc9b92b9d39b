//! A catalogue as it is written: every key there is, with its place in the file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use crate::candidate::Locality;
use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCatalog {
    #[serde(rename = "apiVersion")]
    pub(super) api_version: Spanned<String>,
    pub(super) kind: Spanned<String>,
    pub(super) models: Vec<RawRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawRow {
    pub(super) id: Spanned<String>,
    pub(super) provider: Spanned<String>,
    pub(super) locality: Option<Spanned<Locality>>,
    pub(super) capability_class: Option<Spanned<CapabilityClass>>,
    pub(super) capability_classes: Option<Spanned<Vec<CapabilityClass>>>,
    pub(super) provides: Option<BTreeSet<Capability>>,
    pub(super) privacy_allowed: Option<Vec<PrivacyTier>>,
    pub(super) effective_context_tokens: Option<Spanned<u64>>,
    pub(super) cost: Option<Spanned<RawCost>>,
    pub(super) latency_p95_ms: Option<u64>,
    #[serde(default)]
    pub(super) provider_config: RawConfig,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawCost {
    pub(super) usd_per_mtok_in: f64,
    pub(super) usd_per_mtok_out: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawConfig {
    pub(super) base_url: Option<Spanned<String>>,
    pub(super) api_key_env: Option<Spanned<String>>,
    pub(super) headers: Option<Spanned<BTreeMap<String, String>>>,
    pub(super) extra: Option<Spanned<Map<String, Value>>>,
}
