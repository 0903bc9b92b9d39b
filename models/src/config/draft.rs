//! Numbers that lie in their ranges, before they are compared with each other.

use std::path::Path;

use super::mixture::Specifics;
use super::{Architecture, ExpertsConfig, ModelConfig, OtherConfig, RopeConfig};
use crate::error::ModelError;
use crate::kernels::attention::CacheElement;

/// A configuration in the making. The `*_field` members name what the source calls a number.
pub(super) struct Draft {
    pub(super) layers: usize,
    pub(super) hidden: usize,
    pub(super) heads: usize,
    pub(super) kv_heads: usize,
    pub(super) kv_heads_field: String,
    pub(super) head_dim: usize,
    pub(super) head_dim_field: String,
    pub(super) feed_forward: usize,
    pub(super) experts: Option<ExpertsConfig>,
    pub(super) vocabulary: usize,
    pub(super) context_tokens_max: usize,
    pub(super) rms_norm_eps: f64,
    pub(super) rope: RopeConfig,
    pub(super) rope_dim_field: String,
    pub(super) tied_embeddings: bool,
    pub(super) qkv_bias: bool,
    pub(super) bos: Option<u32>,
    pub(super) bos_field: &'static str,
    pub(super) eos: Vec<u32>,
    pub(super) eos_field: &'static str,
    pub(super) sliding_window: Option<usize>,
    pub(super) specifics: Specifics,
    pub(super) other: Option<OtherConfig>,
}

impl Draft {
    /// Compares the numbers with each other.
    ///
    /// # Errors
    /// [`ModelError::Malformed`] naming the field.
    pub(super) fn check(
        self,
        path: &Path,
        architecture: Architecture,
    ) -> Result<ModelConfig, ModelError> {
        let wrong = |field: &str, reason: String| Err(ModelError::malformed(path, field, reason));
        if !self.heads.is_multiple_of(self.kv_heads) {
            let reason = format!(
                "is {}, which does not divide {} heads",
                self.kv_heads, self.heads
            );
            return wrong(&self.kv_heads_field, reason);
        }
        if self.head_dim < 2 || !self.head_dim.is_multiple_of(2) {
            let reason = format!("is {}, not an even number", self.head_dim);
            return wrong(&self.head_dim_field, reason);
        }
        let dim = self.rope.dim;
        if dim < 2 || !dim.is_multiple_of(2) || dim > self.head_dim {
            let reason = format!("is {dim}, not an even number up to {}", self.head_dim);
            return wrong(&self.rope_dim_field, reason);
        }
        let outside = |id: &u32| *id as usize >= self.vocabulary;
        if let Some(id) = self.bos.filter(outside) {
            return wrong(
                self.bos_field,
                format!("is {id}, there are {} tokens", self.vocabulary),
            );
        }
        if let Some(id) = self.eos.iter().find(|id| outside(id)) {
            return wrong(
                self.eos_field,
                format!("is {id}, there are {} tokens", self.vocabulary),
            );
        }
        let window = self
            .sliding_window
            .filter(|&it| it > 0 && it < self.context_tokens_max);
        Ok(ModelConfig {
            architecture,
            hidden: self.hidden,
            layers: self.layers,
            heads: self.heads,
            kv_heads: self.kv_heads,
            head_dim: self.head_dim,
            feed_forward: self.feed_forward,
            experts: self.experts,
            vocabulary: self.vocabulary,
            context_tokens_max: self.context_tokens_max,
            rms_norm_eps: self.rms_norm_eps,
            rope: self.rope,
            tied_embeddings: self.tied_embeddings,
            qkv_bias: self.qkv_bias,
            bos: self.bos,
            eos: self.eos,
            sliding_window: window,
            layer_kinds: self.specifics.kinds(self.layers, window),
            local_rope: self.specifics.local_rope,
            score_width: self.specifics.score_width,
            norms_from_zero: self.specifics.norms_from_zero,
            logit_cap: self.specifics.logit_cap,
            linear_attention: self.specifics.linear_attention,
            shared_expert: self.specifics.shared_expert,
            other: self.other,
            cache_element: CacheElement::F32, // until the types of the weights are known
        })
    }
}
