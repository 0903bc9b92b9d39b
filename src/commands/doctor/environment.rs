//! The variables that are set: ours, and those that change what a model computes.

use super::{Check, State};
use crate::commands::Context;
use crate::config::without_secrets;
use crate::env;

/// Lists the variables that are set; values of secrets are not shown.
pub(super) fn checks(ctx: &Context) -> Vec<Check> {
    let ours = env::ALL.iter().filter_map(|variable| {
        let value = ctx.environment.get(variable.name)?.to_string_lossy();
        let says = if variable.secret {
            format!("set, {} characters hidden", value.chars().count())
        } else {
            without_secrets(&value)
        };
        Some(Check::new("environment", variable.name, State::Works, says))
    });
    let computing = env::CANDLE.iter().filter_map(|name| {
        let value = ctx.environment.get(name)?.to_string_lossy();
        let says = format!("{value}; it changes how models compute");
        Some(Check::new("environment", *name, State::Warns, says))
    });
    ours.chain(computing).collect()
}
