//! Requests and replies: time and size are bounded here, whatever the peer does.

use std::future::Future;
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::timeout;

use aldo_models::is_offline;

use super::endpoint::Endpoint;
use super::error::NetError;
use super::wire;

/// The HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Asks for something to be done.
    Post,
    /// Ends something.
    Delete,
}

/// What proves to the peer who asks.
#[derive(Debug, Clone, Default)]
pub struct Authorization {
    /// Sent as `Authorization: Bearer …`.
    pub bearer: Option<SecretString>,
    /// Further headers; their values may be secrets.
    pub headers: Vec<(String, SecretString)>,
}

/// One request.
#[derive(Debug, Clone)]
pub struct HttpRequest<'a> {
    /// The method.
    pub method: Method,
    /// What follows the base URL; begins with `/`.
    pub path: &'a str,
    /// A JSON document to send.
    pub json: Option<Vec<u8>>,
    /// Headers of this request alone, besides those of the client; their values are no secrets.
    pub headers: Vec<(&'a str, String)>,
}

/// A client of one endpoint. Uses no proxy, follows no redirect, retries nothing and keeps no cookie.
#[derive(Debug, Clone)]
pub struct HttpClient {
    endpoint: Endpoint,
    connection: wire::Connection,
    connect_timeout: Duration,
}

/// The head of a reply; its body can be read in pieces.
#[derive(Debug)]
pub struct HttpReply {
    address: String,
    reply: wire::Reply,
}

/// A reply that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeReply {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl<'a> HttpRequest<'a> {
    /// Creates a request that reads `path`.
    pub fn get(path: &'a str) -> Self {
        Self {
            method: Method::Get,
            path,
            json: None,
            headers: Vec::new(),
        }
    }

    /// Creates a request that sends the document `json` to `path`.
    pub fn post(path: &'a str, json: Vec<u8>) -> Self {
        Self {
            method: Method::Post,
            path,
            json: Some(json),
            headers: Vec::new(),
        }
    }

    /// Creates a request that ends what is at `path`.
    pub fn delete(path: &'a str) -> Self {
        Self {
            method: Method::Delete,
            ..Self::get(path)
        }
    }

    /// The same with one header more.
    #[must_use]
    pub fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl HttpClient {
    /// Creates a client; connects to nothing yet. Whoever is offline has clients of this machine only.
    ///
    /// # Errors
    /// [`NetError::Offline`], [`NetError::NotBuilt`], [`NetError::NoClient`] and [`NetError::BadHeader`].
    pub fn new(
        endpoint: Endpoint,
        authorization: &Authorization,
        connect_timeout: Duration,
    ) -> Result<Self, NetError> {
        if is_offline() && !endpoint.is_loopback() {
            let url = endpoint.base_url();
            return Err(NetError::Offline { url });
        }
        let connection = wire::Connection::new(&endpoint, authorization, connect_timeout)?;
        Ok(Self {
            endpoint,
            connection,
            connect_timeout,
        })
    }

    /// The endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends `request` and waits for the head of the reply, without a limit of its own on the time
    /// after the connection stands.
    ///
    /// # Errors
    /// [`NetError::BadHeader`], [`NetError::Unreachable`], [`NetError::Timeout`] of the connection,
    /// [`NetError::Broken`] and [`NetError::TooLong`].
    pub async fn send(&self, request: HttpRequest<'_>) -> Result<HttpReply, NetError> {
        let address = self.endpoint.base_url();
        let reply = self
            .connection
            .send(&self.endpoint, request, self.connect_timeout)
            .await?;
        Ok(HttpReply { address, reply })
    }

    /// Sends `request` and reads the whole reply, of at most `bytes_max` bytes, before `deadline`.
    ///
    /// # Errors
    /// As [`HttpClient::send`], and [`NetError::Timeout`] when the deadline passes.
    pub async fn whole(
        &self,
        request: HttpRequest<'_>,
        bytes_max: usize,
        deadline: Duration,
    ) -> Result<WholeReply, NetError> {
        let address = self.endpoint.base_url();
        within(deadline, &address, "whole reply", async {
            self.send(request).await?.whole(bytes_max).await
        })
        .await
    }
}

impl HttpReply {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.reply.status()
    }

    /// The value of a header, when it is text. `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.reply.header(name)
    }

    /// Appends the next bytes of the body to `into`; false at its end.
    ///
    /// # Errors
    /// [`NetError::Broken`], also when the peer closes before the announced end.
    pub async fn read(&mut self, into: &mut Vec<u8>) -> Result<bool, NetError> {
        self.reply.read(&self.address, into).await
    }

    /// Reads the rest, of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// As [`HttpReply::read`], and [`NetError::TooLong`].
    pub async fn whole(mut self, bytes_max: usize) -> Result<WholeReply, NetError> {
        let mut body = Vec::new();
        while self.read(&mut body).await? {
            if body.len() > bytes_max {
                return Err(NetError::TooLong {
                    address: self.address,
                    what: "reply",
                    bytes_max,
                });
            }
        }
        Ok(WholeReply {
            status: self.status(),
            headers: self.reply.headers(),
            body,
        })
    }
}

impl WholeReply {
    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Runs `work` for at most `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    address: &str,
    what: &'static str,
    work: impl Future<Output = Result<T, NetError>>,
) -> Result<T, NetError> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(NetError::Timeout {
            address: address.to_owned(),
            what,
            seconds: limit.as_secs_f64(),
        })
    })
}
