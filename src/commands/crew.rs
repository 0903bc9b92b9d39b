//! The agents below a supervisor, as this user's places have them.

use super::{Context, agents};
use crate::failure::Failure;
use crate::spec::Found;
use crate::supervise::{self, CrewError, Member};

/// Reads every agent below `found`, and says what of their files was ignored.
///
/// # Errors
/// A usage failure where one cannot be used, or may not be started.
pub(crate) fn gather(ctx: &Context, found: Found) -> Result<Member, Failure> {
    let places = agents::places(ctx);
    let own_tier = found.spec.tier();
    let depth_max = ctx.config.max_agent_depth;
    let member = supervise::gather(found, &|name| places.find(name), depth_max)?;
    for below in member.all().into_iter().skip(1) {
        for warning in &below.found.warnings {
            ctx.ui.warn(warning);
        }
    }
    let tier = member.found.spec.tier();
    if tier > own_tier {
        ctx.ui.note(&format!(
            "`{}` runs at `{tier}`: an agent below it is, and what that writes comes back",
            member.name()
        ));
    }
    Ok(member)
}

impl From<CrewError> for Failure {
    fn from(error: CrewError) -> Self {
        Self::usage(error.code(), error.to_string()).hint(error.hint())
    }
}
