//! The clients: one that speaks TLS and nothing else, one for a hub without.

use std::sync::Once;
use std::time::Duration;

use reqwest::{Client, Url, redirect, retry};
use rustls::crypto::ring::default_provider;

use crate::hub::error::HubError;

static PROVIDER: Once = Once::new();

/// Each is made when it is first needed.
#[derive(Debug)]
pub(super) struct Clients {
    connect_timeout: Duration,
    encrypted: Option<Client>,
    clear: Option<Client>,
}

impl Clients {
    pub(super) fn new(connect_timeout: Duration) -> Self {
        Self {
            connect_timeout,
            encrypted: None,
            clear: None,
        }
    }

    /// The client for `url`.
    pub(super) fn of(&mut self, url: &Url) -> Result<Client, HubError> {
        let encrypted = url.scheme() == "https";
        let place = if encrypted {
            &mut self.encrypted
        } else {
            &mut self.clear
        };
        if let Some(client) = place {
            return Ok(client.clone());
        }
        let client = build(encrypted, self.connect_timeout)?;
        *place = Some(client.clone());
        Ok(client)
    }
}

/// Uses no proxy, follows no redirect, retries nothing and keeps no cookie.
fn build(encrypted: bool, connect_timeout: Duration) -> Result<Client, HubError> {
    PROVIDER.call_once(|| {
        // An error says that somebody installed one already, which serves as well.
        let _ = default_provider().install_default();
    });
    #[allow(clippy::disallowed_methods)] // the one place that downloads
    let builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .http1_only()
        .connect_timeout(connect_timeout)
        .user_agent(concat!("aldo/", env!("CARGO_PKG_VERSION")));
    let builder = if encrypted {
        builder.https_only(true)
    } else {
        // Nobody is trusted for TLS where there is none; without this a machine without certificates cannot build.
        builder.tls_certs_only([])
    };
    builder.build().map_err(|error| HubError::NoClient {
        reason: error.to_string(),
    })
}
