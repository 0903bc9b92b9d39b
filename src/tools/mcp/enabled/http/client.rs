//! The protocol's requests, asked by the one client of this program.

use std::collections::HashMap;
use std::sync::Arc;

use aldo_backends::{HttpClient, HttpReply, HttpRequest};
use http::{HeaderName, HeaderValue};
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorData, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse as Posted,
};

use super::super::trouble::{LastTrouble, Trouble};
use super::super::visible::short;
use super::events::{Events, answer, unasked};

/// The longest answer in one document, in bytes: one message of the protocol.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// How much of a refusal is read, in bytes.
const REFUSAL_BYTES_MAX: usize = 64 << 10;
/// The longest name of a session, in bytes.
const SESSION_BYTES_MAX: usize = 1024;

const SESSION: &str = "mcp-session-id";
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// Asks one server.
#[derive(Debug, Clone)]
pub(super) struct Http {
    pub(super) client: HttpClient,
    /// Where it is asked, as the user wrote it.
    pub(super) path: Arc<str>,
    /// Whether each message has a connection of its own, so that the system decides on each anew.
    pub(super) is_sealed: bool,
    /// The variable with its token, for sentences.
    pub(super) token_env: Option<String>,
    /// Where is written down what goes wrong in the middle of an answer.
    pub(super) trouble: LastTrouble,
}

type Failure = StreamableHttpError<Trouble>;
type Headers = HashMap<HeaderName, HeaderValue>;

impl StreamableHttpClient for Http {
    type Error = Trouble;

    async fn post_message(
        &self,
        _: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<Posted, Failure> {
        let request = HttpRequest::post(&self.path, serde_json::to_vec(&message)?);
        let reply = self
            .send(
                request,
                "application/json, text/event-stream",
                session.as_deref(),
                &headers,
            )
            .await?;
        let waits = matches!(message, ClientJsonRpcMessage::Request(_));
        match reply.status() {
            status @ 200..=299 if !waits || status == 202 || status == 204 => Ok(Posted::Accepted),
            200..=299 => self.answered(reply).await,
            404 if session.is_some() => Err(StreamableHttpError::SessionExpired),
            _ => self.refused(&message, session.is_some(), reply).await,
        }
    }

    async fn get_stream(
        &self,
        _: Arc<str>,
        session: Option<Arc<str>>,
        _: Option<String>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<Events, Failure> {
        let request = HttpRequest::get(&self.path);
        let reply = self
            .send(request, EVENTS, session.as_deref(), &headers)
            .await?;
        // Many servers say nothing unasked, each in its own words.
        if reply.status() == 200 && kind(&reply) == EVENTS {
            return Ok(unasked(reply));
        }
        Err(StreamableHttpError::ServerDoesNotSupportSse)
    }

    async fn delete_session(
        &self,
        _: Arc<str>,
        session: Arc<str>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<(), Failure> {
        let request = HttpRequest::delete(&self.path);
        self.send(request, JSON, Some(&session), &headers).await?;
        Ok(())
    }
}

impl Http {
    async fn send<'r>(
        &'r self,
        request: HttpRequest<'r>,
        accept: &str,
        session: Option<&str>,
        headers: &'r Headers,
    ) -> Result<HttpReply, Trouble> {
        let mut request = request.header("accept", accept);
        if self.is_sealed {
            request = request.header("connection", "close");
        }
        if let Some(session) = session {
            request = request.header(SESSION, session);
        }
        for (name, value) in headers {
            // What the protocol's client makes is text.
            if let Ok(text) = value.to_str() {
                request = request.header(name.as_str(), text);
            }
        }
        Ok(self.client.send(request).await?)
    }

    /// Reads the answer to a request: one message, or a stream of them.
    async fn answered(&self, reply: HttpReply) -> Result<Posted, Failure> {
        let session = reply.header(SESSION).map(str::to_owned);
        if session
            .as_ref()
            .is_some_and(|name| name.len() > SESSION_BYTES_MAX)
        {
            return Err(Trouble("the name of its session is too long".to_owned()).into());
        }
        let kind = kind(&reply);
        if kind == EVENTS {
            return Ok(Posted::Sse(answer(reply, self.trouble.clone()), session));
        }
        if kind != JSON {
            let kind = short(&kind);
            let reason = format!("it answers with `{kind}`, neither JSON nor a stream of events");
            return Err(Trouble(reason).into());
        }
        let whole = reply
            .whole(MESSAGE_BYTES_MAX)
            .await
            .map_err(Trouble::from)?;
        let message = serde_json::from_slice::<ServerJsonRpcMessage>(&whole.body);
        let message = message.map_err(|_| {
            let begin = short(&String::from_utf8_lossy(&whole.body));
            Trouble(format!(
                "its answer is no message of the protocol: `{begin}`"
            ))
        })?;
        Ok(Posted::Json(message, session))
    }

    /// Explains a reply that is no answer. A server may say in the protocol's words why, and one that is
    /// older than the first question of a client refuses it in any way, which is an answer as well.
    async fn refused(
        &self,
        message: &ClientJsonRpcMessage,
        has_session: bool,
        reply: HttpReply,
    ) -> Result<Posted, Failure> {
        let status = reply.status();
        if let Some(reason) = self.plain(status, &reply) {
            return Err(Trouble(reason).into());
        }
        let body = reply.whole(REFUSAL_BYTES_MAX).await;
        let body = body.map(|whole| whole.body).unwrap_or_default();
        let said = match serde_json::from_slice::<ServerJsonRpcMessage>(&body) {
            Ok(ServerJsonRpcMessage::Error(said)) => Some(said),
            Ok(_) | Err(_) => None,
        };
        let first = first_question(message).filter(|_| !has_session && status < 500);
        if let Some(id) = first {
            let error = said.map_or_else(
                || ErrorData::invalid_request(format!("HTTP {status}"), None),
                |said| said.error,
            );
            let answer = ServerJsonRpcMessage::error(error, Some(id));
            return Ok(Posted::Json(answer, None));
        }
        if let Some(said) = said {
            return Ok(Posted::Json(ServerJsonRpcMessage::Error(said), None));
        }
        let reason = match (status, String::from_utf8_lossy(&body).trim()) {
            (404, _) => "nothing is at that address (404)".to_owned(),
            (status, "") => format!("it answers with status {status}"),
            (status, text) => format!("it answers with status {status}: {}", short(text)),
        };
        Err(Trouble(reason).into())
    }

    /// Explains what a status alone says.
    fn plain(&self, status: u16, reply: &HttpReply) -> Option<String> {
        match (status, &self.token_env) {
            (300..=399, _) => {
                let to = short(reply.header("location").unwrap_or("nowhere"));
                Some(format!(
                    "it points to `{to}` ({status}), where aldo does not follow; if that is right, it \
                     is the `url` for `mcp.toml`"
                ))
            }
            (401, Some(name)) => Some(format!("it does not accept the token in `{name}` (401)")),
            (401, None) => Some(
                "it asks for a token (401): `token_env` in `mcp.toml` names the variable that has it"
                    .to_owned(),
            ),
            (403, _) => Some("it does not let aldo in (403)".to_owned()),
            _ => None,
        }
    }
}

/// Returns the number of the question with which a client begins that knows the newest protocol.
fn first_question(message: &ClientJsonRpcMessage) -> Option<rmcp::model::RequestId> {
    match message {
        ClientJsonRpcMessage::Request(request) => match &request.request {
            ClientRequest::DiscoverRequest(_) => Some(request.id.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Returns what a reply says it is.
fn kind(reply: &HttpReply) -> String {
    let kind = reply.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}
