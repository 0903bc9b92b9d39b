//! What the architectures share. Nothing here knows which model it belongs to.
//!
//! Letters in shapes: N tokens of a batch, n of one span, H query heads, K key-value heads,
//! G = H / K, D head size, T positions of a sequence, V vocabulary.

mod attention;
mod delta_net;
mod flat;
mod linear;
mod linear_attention;
mod loader;
mod matrix;
mod mlp;
mod moe;
mod norm;
mod rope;
mod values;

pub(crate) use attention::{Focus, Heads};
pub(crate) use linear::Linear;
pub(crate) use linear_attention::LinearAttention;
pub(crate) use loader::Loader;
pub(crate) use matrix::Matrix;
pub(crate) use mlp::{Activation, Mlp};
pub(crate) use moe::{Moe, SharedExpert};
pub(crate) use norm::{RmsNorm, sum};
pub(crate) use rope::{Rope, Rotation};
