//! A backend that asks a server over HTTP, as `OpenAI` defined it and as servers really speak it.

mod timeouts;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::net::{Authorization, Endpoint, HttpClient};
use crate::runtimes::Runtime;
use crate::{Backend, BackendError, Generation, Request};
pub use timeouts::Timeouts;

/// What an [`OpenAi`] needs to know.
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

/// A model behind an HTTP server.
#[derive(Debug)]
pub struct OpenAi {
    model: String,
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
}

impl OpenAi {
    /// Starts the thread that will talk to the server. Connects to nothing yet.
    ///
    /// # Errors
    /// [`BackendError::NoClient`].
    pub fn new(options: OpenAiOptions) -> Result<Self, BackendError> {
        let authorization = Authorization {
            bearer: options.api_key,
            headers: options.headers,
        };
        HttpClient::new(options.endpoint, &authorization, options.timeouts.connect)?;
        Ok(Self {
            model: options.model,
        })
    }
}

impl Backend for OpenAi {
    fn model(&self) -> &str {
        &self.model
    }

    fn generate(&self, request: Request) -> Result<Generation, BackendError> {
        request.check()?;
        Err(BackendError::NoClient {
            reason: "not connected yet".to_owned(),
        })
    }
}
