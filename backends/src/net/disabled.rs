//! The build without a network client: no connection can be made, and no reply can exist.

use std::convert::Infallible;
use std::time::Duration;

use super::client::{Authorization, HttpRequest};
use super::endpoint::Endpoint;
use super::error::NetError;

pub(super) const SPEAKS_TLS: bool = false;
pub(super) const BUILT: bool = false;

/// Cannot be made.
#[derive(Debug, Clone)]
pub(super) struct Connection(Infallible);

/// Cannot be made.
#[derive(Debug)]
pub(super) struct Reply(Infallible);

impl Connection {
    pub(super) fn new(
        endpoint: &Endpoint,
        _: &Authorization,
        _: Duration,
    ) -> Result<Self, NetError> {
        // Only the enabled client binds a source address by the family of its peer.
        let _ = endpoint.is_ipv6();
        Err(NetError::NotBuilt)
    }

    #[allow(clippy::unused_async)] // the signature of the enabled client
    pub(super) async fn send(
        &self,
        _: &Endpoint,
        _: HttpRequest<'_>,
        _: Duration,
    ) -> Result<Reply, NetError> {
        match self.0 {}
    }
}

impl Reply {
    pub(super) fn status(&self) -> u16 {
        match self.0 {}
    }

    pub(super) fn header(&self, _: &str) -> Option<&str> {
        match self.0 {}
    }

    pub(super) fn headers(&self) -> Vec<(String, String)> {
        match self.0 {}
    }

    #[allow(clippy::unused_async)] // the signature of the enabled client
    pub(super) async fn read(&mut self, _: &str, _: &mut Vec<u8>) -> Result<bool, NetError> {
        match self.0 {}
    }
}

/// Whether somebody accepts a connection at a port of 127.0.0.1: nobody is asked.
#[allow(clippy::unused_async)] // the signature of the enabled client
pub async fn is_listening(_: u16, _: Duration) -> bool {
    false
}
