//! Networks whose layers are not all alike.

use super::{ModelConfig, RopeConfig};

/// How a layer mixes tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LayerKind {
    /// Attention over everything before.
    Full,
    /// Attention over the sliding window.
    Local,
    /// Linear attention, which keeps a state instead of tokens.
    Linear,
}

/// The shape of linear attention: Q key heads, S value heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinearAttentionConfig {
    /// Heads of queries and keys (Q).
    pub key_heads: usize,
    /// Heads of values (S); a multiple of `key_heads`.
    pub value_heads: usize,
    /// Width of a query or a key.
    pub key_dim: usize,
    /// Width of a value.
    pub value_dim: usize,
    /// Tokens that the convolution sees, at least 2.
    pub kernel: usize,
    /// Which key head a value head belongs to.
    pub value_order: ValueOrder,
}

/// How the value heads of a file follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueOrder {
    /// All of the first key head, then all of the second: Hugging Face.
    Grouped,
    /// The first of every key head, then the second of every: GGUF.
    Tiled,
}

/// What only some architectures have; the default is what the others are.
#[derive(Debug, Clone, Default)]
pub(super) struct Specifics {
    /// Empty where the window alone says it.
    pub(super) layer_kinds: Vec<LayerKind>,
    pub(super) local_rope: Option<RopeConfig>,
    pub(super) score_width: Option<usize>,
    pub(super) norms_from_zero: bool,
    pub(super) logit_cap: Option<f32>,
    pub(super) linear_attention: Option<LinearAttentionConfig>,
    pub(super) shared_expert: Option<usize>,
}

impl Specifics {
    /// The kind of each of `layers`, where all have the same `window` if none is named.
    pub(super) fn kinds(&self, layers: usize, window: Option<usize>) -> Vec<LayerKind> {
        if !self.layer_kinds.is_empty() {
            return self.layer_kinds.clone();
        }
        let kind = match window {
            Some(_) => LayerKind::Local,
            None => LayerKind::Full,
        };
        vec![kind; layers]
    }
}

/// Kinds that repeat: every `interval`-th layer is `LayerKind::Full`, the others are `kind`.
pub(super) fn every(interval: usize, layers: usize, kind: LayerKind) -> Vec<LayerKind> {
    let full = |layer: usize| interval > 0 && (layer + 1).is_multiple_of(interval);
    let kind = |layer| if full(layer) { LayerKind::Full } else { kind };
    (0..layers).map(kind).collect()
}

impl ModelConfig {
    /// How many positions back the attention of `layer` looks, where it is limited.
    pub fn window(&self, layer: usize) -> Option<usize> {
        match self.layer_kinds.get(layer) {
            Some(LayerKind::Local) => self.sliding_window,
            Some(LayerKind::Full | LayerKind::Linear) | None => None,
        }
    }

    /// How many layers keep keys and values of every token.
    pub fn attention_layers(&self) -> usize {
        let kinds = self.layer_kinds.iter();
        kinds.filter(|kind| **kind != LayerKind::Linear).count()
    }

    /// What the products of queries and keys are multiplied with.
    pub fn attention_scale(&self) -> f64 {
        (self.score_width.unwrap_or(self.head_dim) as f64).powf(-0.5)
    }
}

impl LinearAttentionConfig {
    /// The width of all queries, and of all keys.
    pub fn key_width(&self) -> usize {
        self.key_heads * self.key_dim
    }

    /// The width of all values.
    pub fn value_width(&self) -> usize {
        self.value_heads * self.value_dim
    }

    /// The width of what the convolution goes over.
    pub fn channels(&self) -> usize {
        2 * self.key_width() + self.value_width()
    }

    /// The elements of the state of one layer and one sequence.
    pub fn state_elements(&self) -> usize {
        (self.kernel - 1) * self.channels() + self.value_width() * self.key_dim
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_so_many_layers_are_full() {
        use LayerKind::{Full, Local};
        assert_eq!(every(2, 5, Local), [Local, Full, Local, Full, Local]);
        assert_eq!(every(1, 2, Local), [Full, Full]);
        assert_eq!(every(0, 2, Local), [Local, Local]);
        assert_eq!(every(6, 3, Local), [Local; 3]);
    }
}
