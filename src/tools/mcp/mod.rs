//! Tools of Model Context Protocol servers, which aldo starts or asks over HTTP. A server is somebody
//! else's program, and what it says of itself is hostile text: it is bounded, shown with nothing hidden in
//! it, and pinned, so that what a person agreed to is what runs.
//!
//! Knows no loop: a server's tool is one more [`super::Tool`].

mod definition;
mod pins;
mod server_url;
mod servers;

#[cfg(not(feature = "mcp"))]
mod disabled;
#[cfg(feature = "mcp")]
mod enabled;
#[cfg(not(feature = "mcp"))]
use disabled as connection;
#[cfg(feature = "mcp")]
use enabled as connection;

pub use definition::{Definition, McpTool};
pub use pins::Pins;
pub use server_url::ServerUrl;
pub use servers::{ServerCommand, ServerConfig, Servers};

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::approval::{Cause, Question};
use super::approver::Approver;
use super::context::Context;
use super::native::Native;
use super::tool::Tool;
use crate::spec::McpServer;
use connection::Server;

/// Why the tools of a server are not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the MCP server `{server}`: {reason}")]
pub struct McpError {
    /// Its name.
    pub server: String,
    /// In a sentence.
    pub reason: String,
}

/// Starts the servers a spec names and returns those of their tools that it allows.
///
/// What a server is started with and what its tools say of themselves is compared with what was agreed
/// to the last time; where it differs, a person is asked.
///
/// # Errors
/// [`McpError`] when a server is not known, does not answer, lacks a tool, or was not agreed to.
pub async fn connect(
    wanted: &[McpServer],
    servers: &Servers,
    pins: &Pins,
    context: &Context,
    approver: &Approver,
) -> Result<Vec<Tool>, McpError> {
    let mut tools = Vec::new();
    let mut names: BTreeSet<String> = Native::ALL.map(|tool| tool.name().to_owned()).into();
    for wanted in wanted {
        let failed = |reason: String| McpError {
            server: wanted.server.clone(),
            reason,
        };
        let config = servers.get(&wanted.server).map_err(failed)?;
        let server = Server::start(&wanted.server, config, context)
            .await
            .map_err(failed)?;
        let offered = server.definitions().await.map_err(failed)?;
        let allowed = allowed(wanted, &offered).map_err(failed)?;
        agree(wanted, config, &allowed, pins, context, approver)
            .await
            .map_err(failed)?;
        let server = Arc::new(server);
        for definition in allowed {
            if !names.insert(definition.name.clone()) {
                let name = &definition.name;
                return Err(failed(format!("another tool is called `{name}` as well")));
            }
            tools.push(Tool::Mcp(McpTool::new(definition, Arc::clone(&server))));
        }
    }
    Ok(tools)
}

/// The tools the spec allows, in its order.
fn allowed(wanted: &McpServer, offered: &[Definition]) -> Result<Vec<Definition>, String> {
    let find = |name: &String| {
        let mut found = offered.iter().filter(|definition| definition.name == *name);
        match (found.next(), found.next()) {
            (Some(definition), None) => Ok(definition.clone()),
            (Some(_), Some(_)) => Err(format!("it offers two tools called `{name}`")),
            (None, _) => Err(format!("it offers no tool called `{name}`")),
        }
    };
    wanted.allow.iter().map(find).collect()
}

/// Makes sure that a person has agreed to the command or the address, and to what the tools say.
async fn agree(
    wanted: &McpServer,
    config: &ServerConfig,
    allowed: &[Definition],
    pins: &Pins,
    context: &Context,
    approver: &Approver,
) -> Result<(), String> {
    let Some(difference) = pins.difference(&wanted.server, config, allowed)? else {
        return Ok(());
    };
    let is_new = difference.is_new;
    let question = Question {
        agent: context.agent.clone(),
        tool: wanted.server.clone(),
        arguments: json!({ "server": wanted.server, "changes": difference.lines }),
        folder: None,
        cause: Cause::Server { is_new },
        in_spec: is_new,
    };
    approver.ask(question).await?;
    pins.keep(&wanted.server, config, allowed)
}
