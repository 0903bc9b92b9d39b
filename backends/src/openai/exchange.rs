//! One request and its answer over the wire.

mod reading;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep, timeout_at};

use super::OpenAiOptions;
use super::refusal::learn;
use super::retry::pause;
use super::timeouts::Timeouts;
use super::worker::Job;
use crate::net::{Authorization, HttpClient, HttpReply, HttpRequest, NetError};
use crate::openai_wire::{Profile, RequestShape, ToolNames, body, failure_message};
use crate::{BackendError, Request};

/// The most bytes that are read of a refusal.
const REFUSAL_BYTES_MAX: usize = 64 << 10;
/// How often a request is changed to what the server takes.
const CHANGES_MAX: u32 = 8;

/// Everything that the requests to one server have in common.
#[derive(Debug)]
pub(super) struct Exchange {
    client: HttpClient,
    model: String,
    profile: Profile,
    extra: Map<String, Value>,
    timeouts: Timeouts,
    key: Option<SecretString>,
    /// What the server was found to accept.
    shape: Mutex<RequestShape>,
}

/// When an answer must have come this far.
#[derive(Debug, Clone, Copy)]
struct Deadlines {
    first_event: Instant,
    whole: Instant,
}

/// Why an attempt gave no answer.
struct Refusal {
    error: BackendError,
    /// The status code; 0 when there was no reply.
    status: u16,
    retry_after: Option<String>,
    message: String,
}

impl Exchange {
    pub(super) fn new(options: OpenAiOptions) -> Result<Self, BackendError> {
        let endpoint = options.chat_endpoint();
        let profile = Profile::new(options.runtime);
        let authorization = Authorization {
            bearer: options.api_key.clone(),
            headers: options.headers,
        };
        Ok(Self {
            client: HttpClient::new(endpoint, &authorization, options.timeouts.connect)?,
            model: options.model,
            profile,
            extra: options.extra,
            timeouts: options.timeouts,
            key: options.api_key,
            shape: Mutex::new(RequestShape::new(profile)),
        })
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// Answers a job; ends at once when nobody listens any more, which closes the connection.
    pub(super) async fn answer(&self, job: Job) {
        let outcome = tokio::select! {
            biased;
            () = job.events.closed() => return,
            outcome = self.exchange(&job) => outcome,
        };
        if let Err(error) = outcome {
            // The reader may be gone by now.
            let _ = job.events.send(Err(error)).await;
        }
    }

    async fn exchange(&self, job: &Job) -> Result<(), BackendError> {
        let now = Instant::now();
        let deadlines = Deadlines {
            first_event: now + self.timeouts.first_event.min(self.timeouts.whole),
            whole: now + self.timeouts.whole,
        };
        let names = if self.profile.takes_any_tool_name() {
            ToolNames::as_they_are()
        } else {
            ToolNames::strict(&job.request.tools)
        };
        let reply = self.open(&job.request, &names, deadlines).await?;
        self.read(reply, job, &names, deadlines).await
    }

    /// Sends the request until it is accepted or there is no point in trying.
    async fn open(
        &self,
        request: &Request,
        names: &ToolNames,
        deadlines: Deadlines,
    ) -> Result<HttpReply, BackendError> {
        let (mut failures, mut changes) = (0, 0);
        loop {
            let shape = self.shape();
            let sent = body(
                &self.model,
                request,
                names,
                self.profile,
                &shape,
                &self.extra,
            );
            let attempt = timeout_at(deadlines.first_event, self.attempt(&sent));
            let refusal = match attempt.await {
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(refusal)) => refusal,
                Err(_) => return Err(self.too_late("first event", self.timeouts.first_event)),
            };
            let (status, message) = (refusal.status, refusal.message.as_str());
            if changes < CHANGES_MAX && self.learned(status, message, &sent, request) {
                changes += 1;
                continue;
            }
            let after = refusal.retry_after.as_deref();
            let again = pause(failures, status, after, message, self.timeouts.retry_pause);
            match again {
                Some(pause) if Instant::now() + pause < deadlines.first_event => {
                    failures += 1;
                    tracing::debug!(status, failures, "the server is asked again");
                    sleep(pause).await;
                }
                Some(_) | None => return Err(refusal.error),
            }
        }
    }

    async fn attempt(&self, sent: &Map<String, Value>) -> Result<HttpReply, Refusal> {
        let json = serde_json::to_vec(sent).unwrap_or_default();
        let request = HttpRequest::post("/chat/completions", json);
        let reply = self.client.send(request).await.map_err(Refusal::of_net)?;
        let status = reply.status();
        if status == 200 {
            return Ok(reply);
        }
        let retry_after = reply.header("retry-after").map(ToOwned::to_owned);
        let body = reply.whole(REFUSAL_BYTES_MAX).await;
        let message = match status {
            300..400 => "redirects are not followed".to_owned(),
            _ => body.map_or_else(
                |error| error.to_string(),
                |whole| self.without_key(failure_message(&whole.body)),
            ),
        };
        Err(Refusal {
            error: self.refused(status, &message),
            status,
            retry_after,
            message,
        })
    }

    fn shape(&self) -> RequestShape {
        let shape = self.shape.lock();
        shape.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learned(
        &self,
        status: u16,
        message: &str,
        sent: &Map<String, Value>,
        request: &Request,
    ) -> bool {
        let mut shape = self.shape.lock().unwrap_or_else(PoisonError::into_inner);
        learn(&mut shape, status, message, sent, &request.response)
    }

    fn refused(&self, status: u16, message: &str) -> BackendError {
        if message.contains("does not support tools") {
            return BackendError::ToolsUnsupported {
                model: self.model.clone(),
            };
        }
        BackendError::Status {
            address: self.address(),
            status,
            message: message.to_owned(),
        }
    }

    fn too_late(&self, what: &'static str, limit: Duration) -> BackendError {
        BackendError::Timeout {
            address: self.address(),
            what,
            seconds: limit.as_secs_f64(),
        }
    }

    fn bad_reply(&self, reason: impl Into<String>) -> BackendError {
        BackendError::BadReply {
            address: self.address(),
            reason: reason.into(),
        }
    }

    fn address(&self) -> String {
        self.client.endpoint().base_url()
    }

    /// Servers like to repeat the key that they refuse.
    fn without_key(&self, message: String) -> String {
        match self.key.as_ref().map(ExposeSecret::expose_secret) {
            Some(key) if !key.is_empty() => message.replace(key, "[key]"),
            Some(_) | None => message,
        }
    }
}

impl Refusal {
    /// A connection that broke may be an old one that the server had closed; whatever else went wrong
    /// will go wrong again.
    fn of_net(error: NetError) -> Self {
        Self {
            status: if matches!(error, NetError::Broken { .. }) {
                0
            } else {
                599
            },
            error: error.into(),
            retry_after: None,
            message: String::new(),
        }
    }
}
