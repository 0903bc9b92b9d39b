use secrecy::SecretString;
use serde_json::{Map, Value};

use super::Timeouts;
use crate::net::Endpoint;
use crate::runtimes::Runtime;

/// What an [`OpenAi`](super::OpenAi) needs to know.
#[derive(Debug, Clone)]
pub struct OpenAiOptions {
    /// Where the server is. A base URL without a path gets `/v1`.
    pub endpoint: Endpoint,
    /// The model to ask for.
    pub model: String,
    /// Which runtime the server is, where that is known: each takes other extras.
    pub runtime: Option<Runtime>,
    /// Sent as `Authorization: Bearer …`.
    pub api_key: Option<SecretString>,
    /// Further headers.
    pub headers: Vec<(String, SecretString)>,
    /// Further fields of every request, as the catalogue writes them.
    pub extra: Map<String, Value>,
    /// How long each part of an answer may take.
    pub timeouts: Timeouts,
}

impl OpenAiOptions {
    /// Creates options for `model` at `endpoint`, without key and extras.
    pub fn new(endpoint: Endpoint, model: impl Into<String>) -> Self {
        Self {
            endpoint,
            model: model.into(),
            runtime: None,
            api_key: None,
            headers: Vec::new(),
            extra: Map::new(),
            timeouts: Timeouts::default(),
        }
    }

    /// The same for a server that is known to be `runtime`.
    #[must_use]
    pub fn for_runtime(self, runtime: Runtime) -> Self {
        Self {
            runtime: Some(runtime),
            ..self
        }
    }

    /// The endpoint of the chat API: runtimes have it below `/v1` of their root; the base URL of a
    /// service is taken as its makers write it, with `/v1` where they write no path.
    pub(super) fn chat_endpoint(&self) -> Endpoint {
        let path = self.endpoint.path();
        match self.runtime {
            Some(_) => {
                let root = path.strip_suffix("/v1").unwrap_or(path);
                self.endpoint.with_path(&format!("{root}/v1"))
            }
            None if path.is_empty() => self.endpoint.with_path("/v1"),
            None => self.endpoint.clone(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::net::Reach;

    #[test]
    fn the_chat_api_is_found_below_each_base_url() {
        for (url, runtime, chat) in [
            (
                "http://127.0.0.1:1",
                Some(Runtime::Vllm),
                "http://127.0.0.1:1/v1",
            ),
            (
                "http://127.0.0.1:1/v1",
                Some(Runtime::Vllm),
                "http://127.0.0.1:1/v1",
            ),
            (
                "http://127.0.0.1:1/x/",
                Some(Runtime::Vllm),
                "http://127.0.0.1:1/x/v1",
            ),
            ("http://127.0.0.1:1", None, "http://127.0.0.1:1/v1"),
            (
                "http://127.0.0.1:1/openai/v1",
                None,
                "http://127.0.0.1:1/openai/v1",
            ),
            ("http://127.0.0.1:1/api", None, "http://127.0.0.1:1/api"),
        ] {
            let endpoint = Endpoint::new(url, Reach::Loopback).unwrap();
            let mut options = OpenAiOptions::new(endpoint, "m");
            options.runtime = runtime;
            assert_eq!(options.chat_endpoint().base_url(), chat, "{url}");
        }
    }
}
