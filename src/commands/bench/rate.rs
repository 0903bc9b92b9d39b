//! A finished suite becomes a rating.

use jiff::Timestamp;

use crate::bench::report_wire::{ModelReport, Report};
use crate::bench::suite::{Origin, Suite};
use crate::commands::{Context, store};
use crate::store::RatingRecord;

/// Keeps the rating of a model whose every case was asked. A store that cannot be written to costs the
/// rating, not the report.
pub(super) fn keep(ctx: &Context, suite: &Suite, report: &Report, model: &ModelReport) {
    let Some(score) = model.summary.score else {
        return;
    };
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let rating = RatingRecord {
        provider: model.provider.clone(),
        model: model.model.clone(),
        machine: report.machine.key(),
        suite: suite.name.clone(),
        suite_version: suite.version.clone(),
        origin: origin(suite.origin).to_owned(),
        weights: model.weights.clone(),
        build: model.build.clone(),
        device: model.device.clone(),
        at_ms: Timestamp::now().as_millisecond(),
        score,
        passed: count(model.summary.passed),
        counted: count(model.summary.counted),
        decode_tok_per_s: model.summary.decode_tok_per_sec,
        p95_latency_ms: model.summary.p95_latency_ms,
    };
    let kept = store::open(ctx).and_then(|store| Ok(store.rate(&rating)?));
    if let Err(failure) = kept {
        let sentence = failure.sentence();
        ctx.ui
            .warn(&format!("the rating could not be kept: {sentence}"));
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Builtin => "builtin",
        Origin::Project => "project",
        Origin::Named => "named",
    }
}
