//! A build without the protocol: no server is started.

use serde_json::Value;

use super::super::context::Context;
use super::super::outcome::ToolOutcome;
use super::definition::Definition;
use super::servers::ServerConfig;
use crate::cancel::Cancel;

const REASON: &str = "this build has no MCP client";

/// Nobody.
#[derive(Debug)]
pub(crate) enum Server {}

impl Server {
    #[allow(clippy::unused_async)] // as the other build has it
    pub(super) async fn start(_: &str, _: &ServerConfig, _: &Context) -> Result<Self, String> {
        Err(REASON.to_owned())
    }

    pub(super) fn name(&self) -> &str {
        match *self {}
    }

    #[allow(clippy::unused_async)] // as the other build has it
    pub(super) async fn definitions(&self) -> Result<Vec<Definition>, String> {
        match *self {}
    }

    #[allow(clippy::unused_async)] // as the other build has it
    pub(super) async fn call(&self, _: &str, _: &Value, _: &Cancel) -> ToolOutcome {
        match *self {}
    }
}
