//! What the router is told of the world: whether the hosted plane can be used, and what came of
//! asking the runtimes.

use super::Context;
use crate::candidate::{Registry, Source};
use crate::router::{Discovery, HostedAccess};

/// Whether the hosted plane can be used, its tier apart.
pub(crate) fn hosted(ctx: &Context) -> HostedAccess {
    match ctx.config.api_token {
        Some(_) => HostedAccess::TokenSet,
        None => HostedAccess::NoToken,
    }
}

/// What became of asking runtimes: nobody asked, none serves a model, or at least one does.
pub(crate) fn discovery(ctx: &Context, registry: &Registry) -> Discovery {
    let asked = ctx.config.discovery.as_deref().unwrap_or_default();
    if asked.is_empty() {
        return Discovery::Unset;
    }
    let served = |source: &Source| match source {
        Source::Builtin | Source::Checkpoint(_) => false,
    };
    let found = registry.candidates.iter().any(|row| served(&row.source));
    if found {
        Discovery::Found
    } else {
        Discovery::Empty
    }
}
