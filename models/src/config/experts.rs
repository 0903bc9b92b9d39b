//! The mixture of experts that a feed-forward part can be.

/// How many experts a block has and how they are chosen for a token.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpertsConfig {
    /// Experts of a block (E), at least 1.
    pub count: usize,
    /// Experts of a token, from 1 to `count`.
    pub used: usize,
    /// Width inside an expert.
    pub feed_forward: usize,
    /// What the router's logits become before experts are compared.
    pub scoring: Scoring,
    /// Whether the scores of a token's experts are divided by their sum.
    pub normalised: bool,
    /// What the output is multiplied with.
    pub scale: f32,
}

/// What a router's logits become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scoring {
    /// Probabilities of all experts.
    Softmax,
    /// Each its own probability.
    Sigmoid,
}
