//! A server that aldo starts, closed in like any program of a tool.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rmcp::service::ClientInitializeError;
use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;

use super::lines::Lines;
use super::{Link, NotGreeted, Server, Watched, greeted, too_late, visible};
use crate::capabilities::PrivacyTier;
use crate::tools::context::Context;
use crate::tools::mcp::servers::ServerCommand;
use crate::tools::sealed::{Kept, Order, Streams};

/// How much of its error output is shown where it did not start, in bytes.
const SAID_BYTES_MAX: u64 = 2048;

/// Starts the server and greets it.
pub(super) async fn start(
    name: &str,
    command: &ServerCommand,
    context: &Context,
) -> Result<Server, String> {
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
    let lines = Lines::new(served.stdout, Arc::clone(&watched.line_too_long));
    let running = match greeted(&watched, (lines, served.stdin)).await {
        Ok(running) => running,
        Err(NotGreeted::Failed(error)) => return Err(not_started(&error, served.stderr).await),
        Err(NotGreeted::TooLate) => return Err(too_late()),
    };
    drain(served.stderr);
    let link = Link::Pipe {
        _supervisor: served.supervisor,
    };
    Ok(Server::new(
        name,
        running,
        watched,
        command.timeout_ms,
        link,
    ))
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
