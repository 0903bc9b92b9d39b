//! What the fuzz targets of `models/fuzz` run: one function a target, each takes anything and must
//! return. Not part of the crate's interface.

mod answer;
mod bundle;
mod files;
mod header;
mod patch;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

pub use answer::dialect;
pub use bundle::bundle;
pub use files::{config_json, safetensors_index};
pub use header::{gguf_header, gguf_load, tokenizer_from_gguf};

use crate::template::{Jinja, Renderer};

/// The longest template that is tried: the stack of a thread holds whatever nests in it.
const SOURCE_BYTES_MAX: usize = 4 << 10;
/// The longest text a template may write.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// A target: its name and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 8] = [
    ("gguf_header", gguf_header),
    ("gguf_load", gguf_load),
    ("tokenizer_from_gguf", tokenizer_from_gguf),
    ("safetensors_index", safetensors_index),
    ("config_json", config_json),
    ("template", template),
    ("dialect", dialect),
    ("bundle", bundle),
];

/// Parses a template and renders it for a conversation with a tool and a call.
pub fn template(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else {
        return;
    };
    if source.len() > SOURCE_BYTES_MAX {
        return;
    }
    if let Ok(template) = Jinja::parse_with_room(source) {
        // Memory is what the process is given; here only a panic counts.
        let _ = template.render(&variables(), TEXT_BYTES_MAX);
    }
}

fn variables() -> Map<String, Value> {
    let tool = json!({"type": "function", "function": {"name": "t", "description": "d",
        "parameters": {"type": "object", "properties": {"p": {"type": "string"}}}}});
    let call = json!({"type": "function", "function": {"name": "t", "arguments": {"p": 1.5}}});
    let variables = json!({
        "bos_token": "<s>",
        "add_generation_prompt": true,
        "tools": [tool],
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": "u </think> é"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "r"},
        ],
    });
    variables.as_object().cloned().unwrap_or_default()
}
