//! The hosted plane: an agent is run elsewhere, over its REST interface, and waited for.
//!
//! Knows no routing, no store and no terminal. A client exists only for a [`HostedTier`], and none of
//! those can be made of `sensitive`.

#[allow(dead_code)] // each build makes some of the variants only
mod error;
// Without the client nothing there is made, only matched on.
#[cfg_attr(not(feature = "hosted"), allow(dead_code))]
mod order;
mod tier;

#[cfg(not(feature = "hosted"))]
mod disabled;
#[cfg(feature = "hosted")]
mod enabled;

#[cfg(not(feature = "hosted"))]
pub(crate) use disabled::{BUILT, Hosted};
#[cfg(feature = "hosted")]
pub(crate) use enabled::{BUILT, Hosted};

pub(crate) use error::HostedError;
#[cfg_attr(not(feature = "hosted"), allow(unused_imports))]
pub(crate) use order::{End, Finished, Notice, Order, Pace, Plane, Used};
pub(crate) use tier::HostedTier;
