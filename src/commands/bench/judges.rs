//! The judges a suite asks for: chosen by the router, at the tier of what is judged.

use aldo_backends::{EngineOptions, Timeouts};

use super::subject;
use crate::bench::judge::Judges;
use crate::bench::suite::Suite;
use crate::capabilities::PrivacyTier;
use crate::commands::backend::Opener;
use crate::commands::model::{self, Ask};
use crate::commands::{Context, ratings, store};
use crate::failure::Failure;

/// Opens one judge for each class the suite's rubrics name.
///
/// # Errors
/// A refusal where the tier is `sensitive` and no judge may be asked; otherwise why there is no judge is
/// kept beside its class.
pub(crate) async fn open(
    ctx: &Context<'_>,
    suite: &Suite,
    tier: PrivacyTier,
) -> Result<Judges, Failure> {
    let mut judges = Judges::new();
    let rubrics = suite.cases.iter().flat_map(|case| case.expect.rubrics());
    let mut classes: Vec<_> = rubrics.map(|rubric| rubric.class.clone()).collect();
    classes.sort();
    classes.dedup();
    if classes.is_empty() {
        return Ok(judges);
    }
    let mut discovered = model::all(ctx, Ask::for_tier(tier), None)?;
    store::mark_unhealthy(ctx, &mut discovered.registry);
    ratings::apply(ctx, &mut discovered);
    for class in classes {
        let chosen = subject::choose(ctx, &discovered, tier, vec![class.clone()], None);
        let chosen = match chosen {
            Ok(chosen) => chosen,
            Err(refusal) if tier == PrivacyTier::Sensitive => return Err(refusal),
            Err(refusal) => {
                judges.insert(class, Err(refusal.sentence()));
                continue;
            }
        };
        let opener = Opener {
            discovered: &discovered,
            tier,
            offline: ctx.config.offline,
            environment: &ctx.environment,
            engine: EngineOptions::default(),
            timeouts: Timeouts::default(),
        };
        let backend = opener.open(&chosen).await;
        judges.insert(class, backend.map_err(|error| error.to_string()));
    }
    Ok(judges)
}
