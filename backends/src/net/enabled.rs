//! The network client.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, redirect, retry};
use secrecy::ExposeSecret;

use super::client::{Authorization, HttpRequest, Method};
use super::endpoint::Endpoint;
use super::error::NetError;
pub(super) use super::tls::SPEAKS_TLS;
use super::tls::prepared;
use aldo_models::shown;

pub(super) const BUILT: bool = true;

/// The most bytes of all header names and values of a reply.
const HEADERS_BYTES_MAX: usize = 64 << 10;

/// Connections to one endpoint.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    client: Client,
}

/// A reply whose head is here.
#[derive(Debug)]
pub(super) struct Reply(reqwest::Response);

impl Connection {
    pub(super) fn new(
        endpoint: &Endpoint,
        authorization: &Authorization,
        connect_timeout: Duration,
    ) -> Result<Self, NetError> {
        #[allow(clippy::disallowed_methods)] // the one place, and the endpoint is the proof
        let builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .http1_only()
            .tcp_nodelay(true)
            .connect_timeout(connect_timeout)
            .user_agent(concat!("aldo/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(authorization)?)
            // The kernel refuses to route from a loopback address to any other machine.
            .local_address(endpoint.is_loopback().then(|| loopback_like(endpoint)));
        let encrypted = endpoint.origin().starts_with("https://");
        let client = prepared(builder, encrypted)
            .build()
            .map_err(|error| NetError::NoClient {
                reason: said(&error),
            })?;
        Ok(Self { client })
    }

    pub(super) async fn send(
        &self,
        endpoint: &Endpoint,
        request: HttpRequest<'_>,
        connect_timeout: Duration,
    ) -> Result<Reply, NetError> {
        let url = format!("{}{}", endpoint.base_url(), request.path);
        let mut builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url),
            Method::Delete => self.client.delete(url),
        };
        if let Some(json) = request.json {
            builder = builder.header(CONTENT_TYPE, "application/json").body(json);
        }
        for (name, text) in &request.headers {
            let (key, value) = header(name, text)?;
            builder = builder.header(key, value);
        }
        let address = endpoint.base_url();
        let reply = builder
            .send()
            .await
            .map_err(|error| told(&address, &error, connect_timeout))?;
        let headers = reply.headers().iter();
        let bytes: usize = headers
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if bytes > HEADERS_BYTES_MAX {
            return Err(NetError::TooLong {
                address,
                what: "header block",
                bytes_max: HEADERS_BYTES_MAX,
            });
        }
        Ok(Reply(reply))
    }
}

impl Reply {
    pub(super) fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    pub(super) fn headers(&self) -> Vec<(String, String)> {
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        self.0.headers().iter().filter_map(text).collect()
    }

    pub(super) async fn read(
        &mut self,
        address: &str,
        into: &mut Vec<u8>,
    ) -> Result<bool, NetError> {
        let chunk = self.0.chunk().await.map_err(|error| NetError::Broken {
            address: address.to_owned(),
            reason: said(&error),
        })?;
        Ok(chunk.is_some_and(|bytes| {
            into.extend_from_slice(&bytes);
            true
        }))
    }
}

/// Whether somebody accepts a connection at a port of 127.0.0.1 before `deadline`.
pub async fn is_listening(port: u16, deadline: Duration) -> bool {
    #[allow(clippy::disallowed_methods)] // the one place, and the address is this machine's
    let connecting = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    matches!(tokio::time::timeout(deadline, connecting).await, Ok(Ok(_)))
}

fn headers(authorization: &Authorization) -> Result<HeaderMap, NetError> {
    let mut map = HeaderMap::new();
    let mut add = |name: &str, text: &str| -> Result<(), NetError> {
        let (key, mut value) = header(name, text)?;
        value.set_sensitive(true);
        map.insert(key, value);
        Ok(())
    };
    if let Some(token) = &authorization.bearer {
        add(
            AUTHORIZATION.as_str(),
            &format!("Bearer {}", token.expose_secret()),
        )?;
    }
    for (name, value) in &authorization.headers {
        add(name, value.expose_secret())?;
    }
    Ok(map)
}

fn header(name: &str, text: &str) -> Result<(HeaderName, HeaderValue), NetError> {
    let bad = || NetError::BadHeader { name: shown(name) };
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
    let value = HeaderValue::from_str(text).map_err(|_| bad())?;
    Ok((key, value))
}

fn loopback_like(endpoint: &Endpoint) -> IpAddr {
    if endpoint.is_ipv6() {
        Ipv6Addr::LOCALHOST.into()
    } else {
        Ipv4Addr::LOCALHOST.into()
    }
}

fn told(address: &str, error: &reqwest::Error, connect_timeout: Duration) -> NetError {
    let address = address.to_owned();
    if error.is_timeout() {
        NetError::Timeout {
            address,
            what: "connection",
            seconds: connect_timeout.as_secs_f64(),
        }
    } else if error.is_connect() {
        NetError::Unreachable {
            address,
            reason: said(error),
        }
    } else {
        NetError::Broken {
            address,
            reason: said(error),
        }
    }
}

/// The innermost cause, which names what happened; the outer ones repeat the address.
fn said(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    shown(&cause.to_string().to_lowercase())
}
