//! The client of a hub: one request at a time, every redirect looked at, the token on the hub's own
//! origin only.

mod client;
mod redirect;

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderValue,
    LOCATION, RANGE, RETRY_AFTER,
};
use reqwest::{Response, Url};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;

use super::address::{HubAddress, Token, without_secrets};
use super::error::HubError;
use super::patience::Patience;
use super::reply::Head;
use super::trouble::Trouble;
use crate::escape::shown;
use client::Clients;

/// Whether this build can download.
pub(super) const BUILT: bool = true;

/// The most redirects that one request follows.
const REDIRECTS_MAX: usize = 8;
/// The most bytes of all header names and values of a reply.
const HEADERS_BYTES_MAX: usize = 64 << 10;
/// What the hub says a file is before it sends us to where it lies.
const LINKED_ETAG: &str = "x-linked-etag";
/// The commit that a file is from.
const COMMIT: &str = "x-repo-commit";

/// Connections to a hub and to where it keeps files.
#[derive(Debug)]
pub(super) struct Wire {
    runtime: Runtime,
    interrupt: Signal,
    clients: Clients,
    base: Url,
    token: Option<HeaderValue>,
    patience: Patience,
}

/// A reply whose head is here.
#[derive(Debug)]
pub(super) struct Reply {
    head: Head,
    address: String,
    response: Response,
}

impl Wire {
    pub(super) fn new(
        address: &HubAddress,
        token: Option<&Token>,
        patience: Patience,
    ) -> Result<Self, HubError> {
        let no_client = |reason: String| HubError::NoClient { reason };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| no_client(error.to_string()))?;
        let interrupt = {
            let _inside = runtime.enter();
            signal(SignalKind::interrupt()).map_err(|error| no_client(error.to_string()))?
        };
        let base = Url::parse(&address.base_url()).map_err(|error| no_client(error.to_string()))?;
        let token = token.map(|token| {
            let value = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
            value.map(|mut value| {
                value.set_sensitive(true);
                value
            })
        });
        Ok(Self {
            runtime,
            interrupt,
            clients: Clients::new(patience.connect),
            base,
            token: token
                .transpose()
                .map_err(|error| no_client(error.to_string()))?,
            patience,
        })
    }

    /// Asks for what is at `path` below the hub's address, or the bytes `range` of it, both ends
    /// included. Every status that is no redirect is a reply.
    pub(super) fn get(&mut self, path: &str, range: Option<(u64, u64)>) -> Result<Reply, Trouble> {
        let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let mut url = Url::parse(&text).map_err(|error| HubError::NoClient {
            reason: error.to_string(),
        })?;
        let (mut announced, mut commit) = (None, None);
        for _ in 0..=REDIRECTS_MAX {
            redirect::allowed_offline(&url)?;
            let response = self.send(&url, range)?;
            let headers = response.headers();
            if redirect::same_origin(&url, &self.base) {
                announced = text_of(headers, LINKED_ETAG)
                    .or_else(|| text_of(headers, ETAG.as_str()))
                    .or(announced);
                commit = text_of(headers, COMMIT).or(commit);
            }
            if !response.status().is_redirection() {
                return Ok(Reply {
                    head: head(&response, announced, commit),
                    address: shown_url(&url),
                    response,
                });
            }
            let location = text_of(headers, LOCATION.as_str()).unwrap_or_default();
            url = redirect::next(&url, &location, &self.base)?;
        }
        Err(Trouble::Final(HubError::BadRedirect {
            address: self.base.as_str().to_owned(),
            to: shown_url(&url),
            reason: "there is no end to its redirects",
        }))
    }

    /// The next bytes of the body; `None` at its end.
    pub(super) fn chunk(&mut self, reply: &mut Reply) -> Result<Option<Vec<u8>>, Trouble> {
        let (address, idle) = (reply.address.clone(), self.patience.idle);
        let chunk = self.wait(&address, idle, reply.response.chunk())?;
        Ok(chunk.map(Vec::from))
    }

    /// Waits, unless the user interrupts.
    pub(super) fn pause(&mut self, time: Duration) -> Result<(), HubError> {
        let interrupt = &mut self.interrupt;
        self.runtime.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(time) => Ok(()),
                _ = interrupt.recv() => Err(HubError::Interrupted),
            }
        })
    }

    fn send(&mut self, url: &Url, range: Option<(u64, u64)>) -> Result<Response, Trouble> {
        let mut request = self
            .clients
            .of(url)?
            .get(url.clone())
            .header(ACCEPT_ENCODING, "identity");
        if let Some((first, last)) = range {
            request = request.header(RANGE, format!("bytes={first}-{last}"));
        }
        if let Some(token) = self
            .token
            .as_ref()
            .filter(|_| redirect::same_origin(url, &self.base))
        {
            request = request.header(AUTHORIZATION, token.clone());
        }
        let address = shown_url(url);
        let response = self.wait(&address, self.patience.idle, request.send())?;
        let bytes: usize = response
            .headers()
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if bytes > HEADERS_BYTES_MAX {
            return Err(Trouble::Final(HubError::Unreachable {
                address,
                reason: format!("its headers are longer than {HEADERS_BYTES_MAX} bytes"),
            }));
        }
        Ok(response)
    }

    /// Waits for `work`, for at most `limit`, unless the user interrupts.
    fn wait<T>(
        &mut self,
        address: &str,
        limit: Duration,
        work: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, Trouble> {
        let interrupt = &mut self.interrupt;
        let done = self.runtime.block_on(async {
            tokio::select! {
                done = timeout(limit, work) => Ok(done),
                _ = interrupt.recv() => Err(HubError::Interrupted),
            }
        })?;
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Trouble::passing(address, said(&error))),
            Err(_) => Err(Trouble::passing(
                address,
                format!("nothing came for {} s", limit.as_secs_f64()),
            )),
        }
    }
}

impl Reply {
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

fn head(response: &Response, announced: Option<String>, commit: Option<String>) -> Head {
    let headers = response.headers();
    let number = |name: &str| text_of(headers, name)?.parse::<u64>().ok();
    Head {
        status: response.status().as_u16(),
        range: text_of(headers, CONTENT_RANGE.as_str()),
        length: number(CONTENT_LENGTH.as_str()),
        retry_after: number(RETRY_AFTER.as_str()).map(Duration::from_secs),
        announced,
        commit,
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn shown_url(url: &Url) -> String {
    shown(&without_secrets(url.as_str()))
}

/// The innermost cause, which names what happened; the outer ones repeat the address.
fn said(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    shown(&cause.to_string().to_lowercase())
}
