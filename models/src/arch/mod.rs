//! One architecture a file, named as checkpoints name it. Each reads its weights by their literal
//! names and knows its own order of layers; what they share is in [`crate::layers`].

mod gemma3;
mod gpt_oss;
mod llama;
mod mixtral;
mod other;
mod phi3;
mod qwen2;
mod qwen3;
mod qwen35moe;
mod qwen3moe;

pub(crate) use gemma3::Gemma3;
pub(crate) use gpt_oss::GptOss;
pub(crate) use llama::Llama;
pub(crate) use mixtral::Mixtral;
pub(crate) use other::{Conversation, Other};
pub(crate) use phi3::Phi3;
pub(crate) use qwen2::Qwen2;
pub(crate) use qwen3::Qwen3;
pub(crate) use qwen3moe::Qwen3Moe;
pub(crate) use qwen35moe::Qwen35Moe;
