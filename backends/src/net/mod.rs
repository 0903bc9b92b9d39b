//! The only opener of connections in this crate, and what may be connected to.
//!
//! An [`Endpoint`] is the proof that an address may be used; an [`HttpClient`] exists only for an
//! endpoint. Knows no models, no agents and no tiers beyond [`Reach`].

mod client;
mod endpoint;
mod error;
mod host;

#[cfg(not(feature = "net"))]
mod disabled;
#[cfg(feature = "net")]
mod enabled;
#[cfg(feature = "net")]
mod tls;

#[cfg(not(feature = "net"))]
use disabled as wire;
#[cfg(feature = "net")]
use enabled as wire;

pub use client::{Authorization, HttpClient, HttpReply, HttpRequest, Method, WholeReply};
pub use endpoint::{Endpoint, Reach};
pub use error::NetError;
pub use wire::is_listening;

/// Whether this build has a network client at all.
pub const HTTP_BUILT: bool = wire::BUILT;
