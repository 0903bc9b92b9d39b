//! What llama-server can be asked beyond the chat API.

use std::path::Path;

use serde_json::{Value, json};

use crate::peer::Peer;

pub(super) struct LlamaServer(Peer);

impl LlamaServer {
    pub(super) fn start(program: &Path, model: &Path) -> Self {
        Self(Peer::llama_server(program, model))
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Value {
        self.0
            .request("POST", path, &body.to_string())
            .expect("llama-server answers with JSON")
    }

    /// The tokens it writes at temperature 0 after `prompt`, without the end token.
    pub(super) fn greedy(&self, prompt: &[u32], tokens_max: usize) -> Vec<u32> {
        let reply = self.post(
            "/completion",
            &json!({
                "prompt": prompt, "n_predict": tokens_max, "temperature": 0, "samplers": ["top_k"], "top_k": 1,
                "repeat_penalty": 1.0, "cache_prompt": false, "return_tokens": true,
            }),
        );
        let mut tokens: Vec<u32> = serde_json::from_value(reply["tokens"].clone()).unwrap();
        if reply["stop_type"] == "eos" {
            let end = self.post(
                "/tokenize",
                &json!({"content": "<|im_end|>", "parse_special": true}),
            );
            if tokens.last() == end["tokens"][0].as_u64().map(|id| id as u32).as_ref() {
                tokens.pop();
            }
        }
        tokens
    }
}
