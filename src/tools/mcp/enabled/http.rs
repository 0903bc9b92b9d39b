//! A server that is asked over HTTP. The one client of this program asks it, with all its locks: no
//! proxy, no redirect, this machine's addresses bound to this machine.

mod client;
mod events;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aldo_backends::{Authorization, Endpoint, HttpClient};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::common::client_side_sse::SseRetryPolicy;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use secrecy::SecretString;

use super::{Link, NotGreeted, Server, Watched, greeted, too_late, trouble};
use crate::capabilities::PrivacyTier;
use crate::tools::context::Context;
use crate::tools::mcp::server_url::ServerUrl;
use client::Http;

/// How long a connection may take to stand.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long aldo waits before it listens again to a server that closed what it listened to.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// How often it does that.
const LISTEN_AGAIN_MAX: usize = 20;

/// Goes to the server and greets it.
pub(super) async fn start(
    name: &str,
    server: &ServerUrl,
    context: &Context,
) -> Result<Server, String> {
    let endpoint = server.endpoint()?;
    permitted(server, &endpoint, context)?;
    let watched = Watched::default();
    let client = HttpClient::new(
        endpoint.with_path(""),
        &authorization(server, context)?,
        CONNECT_MAX,
    );
    let http = Http {
        client: client.map_err(|error| error.to_string())?,
        path: server.path().into(),
        is_sealed: context.tier == PrivacyTier::Sensitive,
        token_env: server.token_env.clone(),
        trouble: watched.trouble.clone(),
    };
    let mut config = StreamableHttpClientTransportConfig::with_uri(server.url.as_str());
    config.retry_config = Arc::new(Sparingly::default());
    let transport = StreamableHttpClientTransport::with_client(http, config);
    let running = greeted(&watched, transport)
        .await
        .map_err(|why| match why {
            NotGreeted::TooLate => too_late(),
            NotGreeted::Failed(error) => trouble::of_greeting(&error, &watched.trouble),
        })?;
    Ok(Server::new(
        name,
        running,
        watched,
        server.timeout_ms,
        Link::Http,
    ))
}

/// What a sensitive run says stays on this machine: aldo cannot close a server in that it has not
/// started, so the user has to vouch for it, and the system must leave the run a connection at all.
fn permitted(server: &ServerUrl, endpoint: &Endpoint, context: &Context) -> Result<(), String> {
    if context.tier != PrivacyTier::Sensitive {
        return Ok(());
    }
    if !server.sensitive || !endpoint.is_loopback() {
        return Err(
            "the run is sensitive, and aldo cannot keep a server in that it asks over HTTP; where one \
             on this machine passes nothing on, `sensitive = true` in `mcp.toml` says so"
                .to_owned(),
        );
    }
    if !context.loopback {
        return Err(
            "the run is sensitive and its model is in this process, so the system closes every \
             connection; start the server with a `command`, or choose a model served on this machine"
                .to_owned(),
        );
    }
    Ok(())
}

/// Reads what proves who asks from the variables that the user's file names.
fn authorization(server: &ServerUrl, context: &Context) -> Result<Authorization, String> {
    let secret = |name: &String| {
        let value = context.launcher.variable(name);
        let value = value.and_then(|value| value.into_string().ok());
        let value = value.map(|value| value.trim().to_owned());
        match value.filter(|value| !value.is_empty()) {
            Some(value) => Ok(SecretString::from(value)),
            None => Err(format!(
                "the variable `{name}`, which `mcp.toml` names for it, is not set"
            )),
        }
    };
    let headers = server.headers_env.iter();
    Ok(Authorization {
        bearer: server.token_env.as_ref().map(secret).transpose()?,
        headers: headers
            .map(|(header, name)| Ok((header.clone(), secret(name)?)))
            .collect::<Result<_, String>>()?,
    })
}

/// Listens again to a server only so often in all, whatever it wishes.
#[derive(Debug, Default)]
struct Sparingly {
    times: AtomicUsize,
}

impl SseRetryPolicy for Sparingly {
    fn retry(&self, _: usize) -> Option<Duration> {
        let before = self.times.fetch_add(1, Ordering::Relaxed);
        (before < LISTEN_AGAIN_MAX).then_some(LISTEN_AGAIN)
    }
}
