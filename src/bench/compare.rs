//! What changed between two reports. Pure.

use serde::Serialize;

use super::report_wire::{ModelReport, Report, Status};

/// What changed for one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The model.
    pub model: String,
    /// Its score before and now.
    pub score: [Option<f64>; 2],
    /// Its mean rate before and now.
    pub tok_per_sec: [Option<f64>; 2],
    /// The time that 95 % of the cases stay within, before and now.
    pub p95_latency_ms: [Option<f64>; 2],
    /// Cases whose outcome is another: the case, before, now.
    pub cases: Vec<(String, Status, Status)>,
}

/// Compares each model of `now` with the same one of `before`; where both have one model only, with
/// that.
pub fn changes(before: &Report, now: &Report) -> Vec<Change> {
    let only = match (before.models.as_slice(), now.models.as_slice()) {
        ([was], [_]) => Some(was),
        _ => None,
    };
    let same = |model: &ModelReport| {
        let mut models = before.models.iter();
        let found = models.find(|was| was.model == model.model && was.provider == model.provider);
        found.or(only)
    };
    now.models
        .iter()
        .filter_map(|model| Some(change(same(model)?, model)))
        .collect()
}

fn change(was: &ModelReport, now: &ModelReport) -> Change {
    let both = |value: fn(&ModelReport) -> Option<f64>| [value(was), value(now)];
    let cases = now.cases.iter().filter_map(|row| {
        let before = was.cases.iter().find(|before| before.case == row.case)?;
        (before.status != row.status).then(|| (row.case.clone(), before.status, row.status))
    });
    Change {
        model: now.model.clone(),
        score: both(|model| model.summary.score),
        tok_per_sec: both(|model| model.summary.avg_tok_per_sec),
        p95_latency_ms: both(|model| model.summary.p95_latency_ms),
        cases: cases.collect(),
    }
}
