//! What an agent may call.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::tools::schema::{self, ToolSchema};

/// What an agent may call.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Tools {
    /// Names of native tools, each known to [`crate::tools::schema`].
    pub native: Vec<String>,
    /// Tools of MCP servers.
    pub mcp: Vec<McpServer>,
    /// What tools may touch.
    pub permissions: Permissions,
    /// Bounds of single tools, as they are written; they are good ones.
    pub guards: serde_json::Map<String, Value>,
    /// Which calls are asked about first, by tool.
    pub approvals: BTreeMap<String, Approval>,
}

impl Tools {
    /// Returns what the model is told of the native tools, in the order of the spec.
    pub fn offered(&self) -> Vec<ToolSchema> {
        self.native
            .iter()
            .filter_map(|name| schema::native(name))
            .collect()
    }
}

/// The tools of one MCP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct McpServer {
    /// The server's name in the user's configuration.
    pub server: String,
    /// The tools the agent may call.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// What tools may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Permissions {
    /// The network.
    pub network: NetworkPermission,
    /// Files.
    pub filesystem: FilesystemPermission,
}

/// What of the network tools may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkPermission {
    /// Nothing.
    #[default]
    None,
    /// This machine's own addresses.
    Loopback,
    /// Everything.
    Full,
}

/// What of the files under its root a tool may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilesystemPermission {
    /// Nothing.
    None,
    /// Reading.
    #[default]
    ReadOnly,
    /// Reading and writing.
    ReadWrite,
}

/// Whether a call is asked about first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// It is not.
    Never,
    /// It is, every time.
    Always,
    /// It is when it touches a protected path.
    ProtectedPaths,
}

impl Approval {
    /// Returns the word that is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
            Self::ProtectedPaths => "protected_paths",
        }
    }
}
