use std::time::Duration;

use aldo_models::shown;
use serde_json::Value;
use tokio::time::Instant;

use super::Server;
use crate::net::{Authorization, Endpoint, HttpClient, HttpRequest, NetError, Reach, WholeReply};

/// The longest reply that is read, in bytes.
const REPLY_BYTES_MAX: usize = 8 << 20;

/// Asks one server, within one deadline for all questions.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    client: HttpClient,
    deadline: Duration,
    until: Instant,
}

/// Why a server is not what was asked for.
#[derive(Debug)]
pub(super) enum Odd {
    /// There is no reply.
    Net(NetError),
    /// It says that it is still starting.
    Starting,
    /// The reply makes no sense.
    Unexpected(String),
    /// It is somebody else.
    Other(Server),
}

impl Asker {
    /// Creates one for the server below `base_url`; `/v1` at its end is left out.
    pub(super) fn new(base_url: &str, reach: Reach, deadline: Duration) -> Result<Self, NetError> {
        let endpoint = Endpoint::new(base_url, reach)?;
        let path = endpoint.path();
        let root = endpoint.with_path(path.strip_suffix("/v1").unwrap_or(path));
        Ok(Self {
            client: HttpClient::new(root, &Authorization::default(), deadline)?,
            deadline,
            until: Instant::now() + deadline,
        })
    }

    /// Whether there is no time left.
    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Reads a page, whatever its status.
    pub(super) async fn get(&self, path: &str) -> Result<WholeReply, Odd> {
        self.ask(HttpRequest::get(path)).await
    }

    /// Reads a page that must be a JSON object of status 200; `None` for any other.
    pub(super) async fn object(&self, path: &str) -> Option<Value> {
        object_of(&self.get(path).await.ok()?)
    }

    /// Sends a JSON document and reads the reply, whatever its status.
    pub(super) async fn post(&self, path: &str, json: &Value) -> Result<WholeReply, Odd> {
        self.ask(HttpRequest::post(path, json.to_string().into_bytes()))
            .await
    }

    /// What was waited for is the whole time, not what the earlier questions left of it.
    fn of_the_whole(&self, error: NetError) -> NetError {
        if let NetError::Timeout { address, what, .. } = error {
            let seconds = self.deadline.as_secs_f64();
            return NetError::Timeout {
                address,
                what,
                seconds,
            };
        }
        error
    }

    async fn ask(&self, request: HttpRequest<'_>) -> Result<WholeReply, Odd> {
        let left = self.until.saturating_duration_since(Instant::now());
        let reply = self.client.whole(request, REPLY_BYTES_MAX, left).await;
        reply.map_err(|error| Odd::Net(self.of_the_whole(error)))
    }
}

/// The JSON object of a reply of status 200.
pub(super) fn object_of(reply: &WholeReply) -> Option<Value> {
    let value: Value = serde_json::from_slice(&reply.body).ok()?;
    (reply.status == 200 && value.is_object()).then_some(value)
}

/// A short text of a server, safe to show.
pub(super) fn short_text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (!text.is_empty()).then(|| shown(text))
}
