use std::fmt;
use std::sync::Arc;

use aldo_backends::ToolSpec;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::outcome::ToolOutcome;
use super::connection::Server;
use crate::cancel::Cancel;

/// What a server says of one of its tools, with nothing hidden in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it does, as the server says.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: Value,
    /// Whether the server says that it changes nothing; absent where it does not say.
    pub read_only: Option<bool>,
}

/// A tool of a server.
#[derive(Clone)]
pub struct McpTool {
    definition: Definition,
    server: Arc<Server>,
}

impl McpTool {
    pub(super) fn new(definition: Definition, server: Arc<Server>) -> Self {
        Self { definition, server }
    }

    /// Returns what the server says of it.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Returns the server's name.
    pub fn server(&self) -> &str {
        self.server.name()
    }

    /// Whether a call may leave something changed; what does not say so may.
    pub fn has_side_effects(&self) -> bool {
        self.definition.read_only != Some(true)
    }

    /// Returns what the model is told of it.
    pub(in super::super) fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: self.definition.name.clone(),
            description: self.definition.description.clone(),
            parameters: self.definition.parameters.clone(),
        }
    }

    /// Calls it.
    pub(in super::super) async fn call(&self, arguments: &Value, cancel: &Cancel) -> ToolOutcome {
        self.server
            .call(&self.definition.name, arguments, cancel)
            .await
    }
}

impl fmt::Debug for McpTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("McpTool");
        shown
            .field("definition", &self.definition)
            .field("server", &self.server.name())
            .finish()
    }
}
