//! The build without a client for the hosted plane: none can be made.

use std::convert::Infallible;

use super::{Finished, HostedError, HostedTier, Notice, Order, Pace, Plane};

/// Whether this build has a client.
pub(crate) const BUILT: bool = false;

/// Cannot be made.
#[derive(Debug)]
pub(crate) struct Hosted(Infallible);

impl Hosted {
    /// Refuses.
    pub(crate) fn new(_: HostedTier, _: &Plane, _: Pace) -> Result<Self, HostedError> {
        Err(HostedError::NotBuilt)
    }

    /// Is never called.
    #[allow(clippy::unused_async)] // the signature of the enabled client
    pub(crate) async fn run(
        &self,
        _: &Order,
        _: &mut dyn FnMut(Notice),
    ) -> Result<Finished, HostedError> {
        match self.0 {}
    }
}
