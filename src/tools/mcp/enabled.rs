//! A server that runs, whether at the other end of a pipe or of a connection.

mod http;
mod lines;
mod piped;
mod results;
mod trouble;
mod visible;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, PaginatedRequestParams, ProtocolVersion};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt, NotificationContext, RoleClient,
    RunningService,
};
use rmcp::transport::IntoTransport;
use rmcp::{ClientHandler, ServiceError};
use serde_json::Value;
use tokio::process::Child;

use super::super::context::Context;
use super::super::outcome::ToolOutcome;
use super::definition::Definition;
use super::servers::ServerConfig;
use crate::cancel::Cancel;
use trouble::LastTrouble;

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

/// A server that runs.
pub(crate) struct Server {
    name: String,
    running: RunningService<RoleClient, Client>,
    watched: Watched,
    patience: Duration,
    link: Link,
}

/// What a server is at the other end of.
enum Link {
    /// A pipe. The supervisor ends when its input is closed, which the running service holds.
    Pipe {
        /// Kept so that nobody waits for it before it ends.
        _supervisor: Child,
    },
    /// Connections.
    Http,
}

/// What is noticed about a server while it runs.
#[derive(Debug, Clone, Default)]
struct Watched {
    line_too_long: Arc<AtomicBool>,
    tools_changed: Arc<AtomicBool>,
    trouble: LastTrouble,
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
    /// Starts a server, closed in, or goes to where it is, and greets it.
    pub(super) async fn start(
        name: &str,
        config: &ServerConfig,
        context: &Context,
    ) -> Result<Self, String> {
        match config {
            ServerConfig::Command(command) => piped::start(name, command, context).await,
            ServerConfig::Url(url) => http::start(name, url, context).await,
        }
    }

    fn new(
        name: &str,
        running: RunningService<RoleClient, Client>,
        watched: Watched,
        timeout_ms: u64,
        link: Link,
    ) -> Self {
        Self {
            name: name.to_owned(),
            running,
            watched,
            patience: Duration::from_millis(timeout_ms.min(CALL_MS_MAX)),
            link,
        }
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
        // What went wrong before is not why this call does.
        self.watched.trouble.take();
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
            ServiceError::TransportSend(error) => {
                trouble::of_transport(error).unwrap_or_else(|| self.ended())
            }
            ServiceError::TransportClosed => self.ended(),
            error => visible::short(&error.to_string()),
        }
    }

    fn ended(&self) -> String {
        match &self.link {
            Link::Pipe { .. } => "it has ended".to_owned(),
            Link::Http => {
                let last = self.watched.trouble.take();
                last.unwrap_or_else(|| "its answer ended too early".to_owned())
            }
        }
    }
}

/// Why a server was not greeted.
enum NotGreeted {
    /// It took too long.
    TooLate,
    /// It said something else than it should, or nothing more.
    Failed(Box<ClientInitializeError>),
}

/// Greets the server at the other end of `transport`.
async fn greeted<T, E, A>(
    watched: &Watched,
    transport: T,
) -> Result<RunningService<RoleClient, Client>, NotGreeted>
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let client = Client {
        watched: watched.clone(),
    };
    let lifecycle = ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::LATEST],
        legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
    };
    let greeting = client.serve_with_lifecycle(transport, lifecycle);
    match tokio::time::timeout(START_MAX, greeting).await {
        Ok(Ok(running)) => Ok(running),
        Ok(Err(error)) => Err(NotGreeted::Failed(Box::new(error))),
        Err(_) => Err(NotGreeted::TooLate),
    }
}

fn too_late() -> String {
    format!("it did not answer in {} s", START_MAX.as_secs())
}
