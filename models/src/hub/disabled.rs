//! The build without downloads: no connection can be made, and no reply can exist.

use std::convert::Infallible;
use std::time::Duration;

use super::address::{HubAddress, Token};
use super::error::HubError;
use super::patience::Patience;
use super::reply::Head;
use super::trouble::Trouble;

/// Whether this build can download.
pub(super) const BUILT: bool = false;

/// Cannot be made.
#[derive(Debug)]
pub(super) struct Wire(Infallible);

/// Cannot be made.
#[derive(Debug)]
pub(super) struct Reply(Infallible);

impl Wire {
    pub(super) fn new(
        _: &HubAddress,
        token: Option<&Token>,
        _: Patience,
    ) -> Result<Self, HubError> {
        // Only the enabled client sends it.
        let _ = token.map(Token::expose);
        let _ = super::address::is_this_machine;
        Err(HubError::NotBuilt)
    }

    pub(super) fn get(&mut self, _: &str, _: Option<(u64, u64)>) -> Result<Reply, Trouble> {
        match self.0 {}
    }

    pub(super) fn chunk(&mut self, _: &mut Reply) -> Result<Option<Vec<u8>>, Trouble> {
        match self.0 {}
    }

    pub(super) fn pause(&mut self, _: Duration) -> Result<(), HubError> {
        match self.0 {}
    }
}

impl Reply {
    pub(super) fn head(&self) -> &Head {
        match self.0 {}
    }

    pub(super) fn address(&self) -> &str {
        match self.0 {}
    }
}
