//! Downloads of weights from a hub into the Hugging Face cache: the only part of this crate that
//! connects to anything.
//!
//! The hub, and everybody it redirects to, is hostile: names become paths only when they are plain, a
//! file is visible only when its digest is right, and a token goes to the hub's own origin alone.
//! Knows no command and prints nothing.

mod address;
mod blob;
mod cache;
mod choice;
mod client;
mod download;
mod error;
mod file_name;
mod listing;
mod lock;
mod partial;
mod patience;
mod quantisation;
mod reply;
mod sha1;
mod trouble;
mod wanted;

#[cfg(not(feature = "hub"))]
mod disabled;
#[cfg(feature = "hub")]
mod enabled;
#[cfg(all(test, feature = "hub"))]
mod tests;

#[cfg(not(feature = "hub"))]
use disabled as wire;
#[cfg(feature = "hub")]
use enabled as wire;

pub use address::{HubAddress, Token, TokenPlace};
pub use blob::BlobId;
pub use cache::{HubCache, Origin, Removed, Unfinished};
pub use choice::Choice;
pub use client::{Found, Hub, HubOptions, PullProgress, Pulled};
pub use error::HubError;
pub use file_name::FileName;
pub use listing::{HubFile, Listing};
pub use patience::Patience;
pub use wanted::{RepositoryId, Revision, Wanted};

/// Whether this build can download.
pub const HUB_BUILT: bool = wire::BUILT;
