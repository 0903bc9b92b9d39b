//! What the agent asks of a model, out of either form.

use aldo_models::check_schema;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use super::super::policy::{DecodingMode, ModelPolicy};
use super::super::raw::{RawClass, RawPolicy};
use super::super::sections::SchemaRef;
use super::Check;
use crate::capabilities::{CapabilityClass, PrivacyTier};

impl Check<'_> {
    pub(super) fn policy(
        &mut self,
        policy: Spanned<RawPolicy>,
        top_tier: Option<Spanned<PrivacyTier>>,
        default_tier: PrivacyTier,
    ) -> Option<ModelPolicy> {
        let (place, mut policy) = (policy.referenced, policy.value);
        let privacy_tier = self.tier(policy.privacy_tier.take(), top_tier, default_tier);
        self.decoding(place, &mut policy);
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

    fn decoding(&mut self, place: Location, policy: &mut RawPolicy) {
        let decoding = &mut policy.decoding;
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
            (DecodingMode::Constrained, Some(file)) => match self.schema(file) {
                Ok(schema) => decoding.json_schema = Some(schema),
                Err(reason) => self.fault(place, reason),
            },
            (DecodingMode::Free | DecodingMode::Json, None) => {}
        }
    }

    /// Reads the schema that answers must keep to, and checks that they can be made to.
    fn schema(&self, file: &str) -> Result<Value, String> {
        let text = self.beside.read(file)?;
        let schema = serde_json::from_str(&text)
            .map_err(|error| format!("`{file}` is not a JSON Schema: {error}"))?;
        check_schema(&schema).map_err(|error| format!("`{file}`: {error}"))?;
        Ok(schema)
    }

    /// Reads the schema of the outputs, which JSON answers are then held to.
    pub(super) fn outputs(
        &mut self,
        outputs: Option<Spanned<SchemaRef>>,
        policy: Option<&mut ModelPolicy>,
    ) -> SchemaRef {
        let Some(outputs) = outputs else {
            return SchemaRef::default();
        };
        let (place, outputs) = (outputs.referenced, outputs.value);
        let decoding = policy.map(|policy| &mut policy.decoding);
        match (&outputs.schema_ref, decoding) {
            (Some(file), Some(decoding)) if decoding.mode == DecodingMode::Json => {
                match self.schema(file) {
                    Ok(schema) => decoding.json_schema = Some(schema),
                    Err(reason) => self.fault(place, reason),
                }
            }
            (Some(file), _) => {
                // Nothing is held to it, but a name that leads nowhere is a mistake all the same.
                if let Err(reason) = self.beside.read(file) {
                    self.fault(place, format!("`schema_ref`: {reason}"));
                }
            }
            (None, _) => {}
        }
        outputs
    }
}
