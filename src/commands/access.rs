//! Whether the hosted plane can be used, and where it is.

use aldo_backends::{Endpoint, Reach};
use secrecy::SecretString;

use super::Context;
use crate::env;
use crate::hosted::{self, Plane};
use crate::router::HostedAccess;

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
