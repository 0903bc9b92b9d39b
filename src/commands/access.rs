//! What the router is told of the world: whether the hosted plane can be used, and what came of
//! asking the runtimes.

use aldo_backends::{Endpoint, Reach};
use secrecy::SecretString;

use super::Context;
use crate::candidate::{Registry, Source};
use crate::env;
use crate::hosted::{self, Plane};
use crate::router::{Discovery, HostedAccess};

/// Whether the hosted plane can be used, the tier of a run apart.
pub(crate) fn hosted(ctx: &Context) -> HostedAccess {
    let Some(plane) = plane(ctx) else {
        return HostedAccess::NoToken;
    };
    let stays_here = || Endpoint::new(&plane.url, Reach::Loopback).is_ok();
    match plane.offline {
        _ if !hosted::BUILT => HostedAccess::NotBuilt,
        true if !stays_here() => HostedAccess::Offline,
        true | false => HostedAccess::TokenSet,
    }
}

/// Returns where the hosted plane is; nothing without a token.
pub(crate) fn plane(ctx: &Context) -> Option<Plane> {
    let token = ctx.config.setting(&env::API_TOKEN)?;
    let url = ctx.config.setting(&env::API_URL)?;
    Some(Plane {
        url: url.value.trim().to_owned(),
        token: SecretString::from(token.value.trim()),
        offline: ctx.config.offline,
    })
}

/// What became of asking runtimes: nobody asked, none serves a model, or at least one does.
pub(crate) fn discovery(ctx: &Context, registry: &Registry) -> Discovery {
    let asked = ctx.config.discovery.as_deref().unwrap_or_default();
    if asked.is_empty() {
        return Discovery::Unset;
    }
    let served = |source: &Source| match source {
        Source::Runtime { .. } => true,
        Source::Builtin | Source::Checkpoint(_) | Source::Catalog(_) => false,
    };
    if registry.candidates.iter().any(|row| served(&row.source)) {
        Discovery::Found
    } else {
        Discovery::Empty
    }
}
