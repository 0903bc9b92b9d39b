//! A server at the other end of a pipe.

mod lines;
mod results;
mod visible;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, PaginatedRequestParams, ProtocolVersion};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt, NotificationContext, RoleClient,
    RunningService,
};
use rmcp::{ClientHandler, ServiceError};
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr};

use super::super::context::Context;
use super::super::outcome::ToolOutcome;
use super::super::sealed::{Kept, Order, Streams};
use super::definition::Definition;
use super::servers::ServerCommand;
use crate::cancel::Cancel;
use crate::capabilities::PrivacyTier;
use lines::Lines;

/// How long a server may take until it answers for the first time.
const START_MAX: Duration = Duration::from_secs(30);
/// How long it may take to say which tools it has.
const LIST_MAX: Duration = Duration::from_secs(15);
/// How long a call may take at most, whatever the user's file says.
const CALL_MS_MAX: u64 = 600_000;
/// How many pages of tools are read.
const PAGES_MAX: usize = 20;
/// How many tools a server may have.
const TOOLS_MAX: usize = 1000;
/// How much of its error output is shown where it did not start, in bytes.
const SAID_BYTES_MAX: u64 = 2048;

/// A server that runs.
pub(crate) struct Server {
    name: String,
    running: RunningService<RoleClient, Client>,
    watched: Watched,
    patience: Duration,
    // The supervisor ends when its input is closed, which `running` holds.
    _supervisor: Child,
}

/// What is noticed about a server while it runs.
#[derive(Debug, Clone, Default)]
struct Watched {
    line_too_long: Arc<AtomicBool>,
    tools_changed: Arc<AtomicBool>,
}

/// What aldo is to a server: nobody who answers questions, samples or shows folders.
#[derive(Debug, Clone)]
struct Client {
    watched: Watched,
}

impl ClientHandler for Client {
    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.watched.tools_changed.store(true, Ordering::Relaxed);
    }
}

impl Server {
    /// Starts a server, closed in, and greets it.
    pub(super) async fn start(
        name: &str,
        command: &ServerCommand,
        context: &Context,
    ) -> Result<Self, String> {
        let variables = variables(command, context);
        let variables: Vec<_> = variables
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_os_str()))
            .collect();
        let served = context
            .launcher
            .serve(&order(command, context), &variables)
            .await;
        let served = served.map_err(|error| error.to_string())?;
        let watched = Watched::default();
        let client = Client {
            watched: watched.clone(),
        };
        let lines = Lines::new(served.stdout, Arc::clone(&watched.line_too_long));
        let lifecycle = ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::LATEST],
            legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
        };
        let greeting = client.serve_with_lifecycle((lines, served.stdin), lifecycle);
        let running = match tokio::time::timeout(START_MAX, greeting).await {
            Ok(Ok(running)) => running,
            Ok(Err(error)) => return Err(not_started(&error, served.stderr).await),
            Err(_) => return Err(format!("it did not answer in {} s", START_MAX.as_secs())),
        };
        drain(served.stderr);
        Ok(Self {
            name: name.to_owned(),
            running,
            watched,
            patience: Duration::from_millis(command.timeout_ms.min(CALL_MS_MAX)),
            _supervisor: served.supervisor,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Asks which tools it has.
    pub(super) async fn definitions(&self) -> Result<Vec<Definition>, String> {
        let listed = tokio::time::timeout(LIST_MAX, self.list()).await;
        let listed = listed.map_err(|_| "it did not say in time which tools it has".to_owned())?;
        listed.map_err(|error| self.sentence(&error))?
    }

    async fn list(&self) -> Result<Result<Vec<Definition>, String>, ServiceError> {
        let mut definitions = Vec::new();
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let page = self.running.list_tools(Some(page)).await?;
            for tool in page.tools {
                match results::definition(tool) {
                    Ok(definition) => definitions.push(definition),
                    Err(reason) => return Ok(Err(reason)),
                }
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(Ok(definitions));
            }
            if definitions.len() > TOOLS_MAX {
                break;
            }
        }
        Ok(Err("it has more tools than aldo reads".to_owned()))
    }

    /// Calls a tool and waits, no longer than it may take.
    pub(super) async fn call(&self, tool: &str, arguments: &Value, cancel: &Cancel) -> ToolOutcome {
        if self.watched.tools_changed.load(Ordering::Relaxed) {
            let reason = "changed its tools during the run; the next run shows the difference";
            return ToolOutcome::Refused(format!("the MCP server `{}` {reason}", self.name));
        }
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let answered = tokio::select! {
            biased;
            () = cancel.canceled() => return self.failed("the call was stopped"),
            answered = tokio::time::timeout(self.patience, self.running.call_tool(request)) => answered,
        };
        match answered {
            Ok(Ok(result)) => results::outcome(result),
            Ok(Err(error)) => self.failed(&self.sentence(&error)),
            Err(_) => {
                let ms = self.patience.as_millis();
                self.failed(&format!("it did not answer in {ms} ms"))
            }
        }
    }

    fn failed(&self, reason: &str) -> ToolOutcome {
        ToolOutcome::Failed(format!("the MCP server `{}`: {reason}", self.name))
    }

    fn sentence(&self, error: &ServiceError) -> String {
        if self.watched.line_too_long.load(Ordering::Relaxed) {
            return format!(
                "it sent a line of more than {} bytes",
                lines::LINE_BYTES_MAX
            );
        }
        match error {
            ServiceError::McpError(error) => {
                format!("it says: {}", visible::short(&error.message))
            }
            ServiceError::TransportClosed | ServiceError::TransportSend(_) => {
                "it has ended".to_owned()
            }
            error => visible::short(&error.to_string()),
        }
    }
}

/// In a sensitive run a server has no network, so that what it is told stays here.
fn order(command: &ServerCommand, context: &Context) -> Order {
    Order {
        program: command.command.clone(),
        args: command.args.clone(),
        folder: command
            .write
            .first()
            .cloned()
            .unwrap_or_else(|| PathBuf::from("/")),
        read: command.read.clone(),
        write: command.write.clone(),
        network: command.network && context.tier != PrivacyTier::Sensitive,
        timeout_ms: None,
        streams: Streams::Connected,
        kept: Kept::End(SAID_BYTES_MAX as usize),
    }
}

/// The variables the user's file names, as far as they are set.
fn variables(command: &ServerCommand, context: &Context) -> Vec<(String, OsString)> {
    let named = command.env.iter();
    named
        .filter_map(|name| Some((name.clone(), context.launcher.variable(name)?)))
        .collect()
}

async fn not_started(error: &ClientInitializeError, stderr: ChildStderr) -> String {
    let mut said = Vec::new();
    let reading = stderr.take(SAID_BYTES_MAX);
    let mut reading = Box::pin(reading);
    let _ = tokio::time::timeout(Duration::from_secs(3), reading.read_to_end(&mut said)).await;
    let said = visible::short(String::from_utf8_lossy(&said).trim());
    if said.is_empty() {
        return format!(
            "it does not answer as a server: {}",
            visible::short(&error.to_string())
        );
    }
    format!("it did not start: {said}")
}

/// Reads what the supervisor says at its end, so that it is not held up by it.
fn drain(mut stderr: ChildStderr) {
    tokio::spawn(async move {
        let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    });
}
