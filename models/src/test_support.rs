//! Checkpoints for tests of all crates, written from nothing: small, random, the same for the same
//! seed, and able to lie in every field. Not part of the crate's interface.

mod corpora;
mod gguf_writer;
mod mutate;
mod schemas;
mod synthetic;
mod tiny;

pub use corpora::replay;
pub use gguf_writer::{GgufWriter, Value};
pub use mutate::mutated;
pub use schemas::{Dice, random_schema};
pub use synthetic::Synthetic;
pub use tiny::{CHATML_TEMPLATE, TinyShape, tiny_gguf, tiny_safetensors, tiny_tokens};
