//! The order of what is left: latency target met, measured rating, cheaper, then id.

use std::cmp::Ordering;

use super::decision::{Dropped, Step};
use super::need::Need;
use super::steps::estimated_usd;
use crate::candidate::{Candidate, Source};

/// Returns the candidate that comes first; between equal rows, the one listed first.
pub(super) fn best<'a>(
    need: &Need,
    candidates: impl Iterator<Item = &'a Candidate>,
) -> Option<&'a Candidate> {
    candidates.reduce(|best, next| match compare(need, best, next).0 {
        Ordering::Less | Ordering::Equal => best,
        Ordering::Greater => next,
    })
}

/// Returns why `other` is not `chosen`.
pub(super) fn dropped(need: &Need, chosen: &Candidate, other: &Candidate) -> Dropped {
    let why = match compare(need, chosen, other).1 {
        Key::Latency => "it meets the latency target",
        Key::Rating => "it is rated higher",
        Key::Price => "it is cheaper",
        Key::Builtin => "the built-in model is for demonstration and comes last",
        Key::Id => "they are equal but for their ids",
    };
    let reason = format!("`{}` comes before it: {why}", chosen.id);
    Dropped {
        step: Step::Order,
        reason,
    }
}

/// What decided between two candidates.
#[derive(Clone, Copy)]
enum Key {
    Latency,
    Rating,
    Price,
    Builtin,
    Id,
}

/// Compares two candidates; the lesser comes first.
fn compare(need: &Need, a: &Candidate, b: &Candidate) -> (Ordering, Key) {
    let latency = misses_latency(need, a).cmp(&misses_latency(need, b));
    let rating = rating(b).total_cmp(&rating(a));
    let price = estimated_usd(need, a).total_cmp(&estimated_usd(need, b));
    // Everything in process costs nothing; without this, `aldo-nano` would win by its first letter.
    let builtin = is_builtin(a).cmp(&is_builtin(b));
    let id = a.id.cmp(&b.id).then_with(|| a.provider.cmp(&b.provider));
    [
        (latency, Key::Latency),
        (rating, Key::Rating),
        (price, Key::Price),
        (builtin, Key::Builtin),
    ]
    .into_iter()
    .find(|(ordering, _)| ordering.is_ne())
    .unwrap_or((id, Key::Id))
}

/// Whether a target is set that the candidate is not known to meet.
fn misses_latency(need: &Need, candidate: &Candidate) -> bool {
    let Some(target) = need.latency_p95_ms else {
        return false;
    };
    candidate
        .latency_p95_ms
        .is_none_or(|latency| latency > target)
}

/// The rating; a model without one comes after every model with one.
fn rating(candidate: &Candidate) -> f64 {
    candidate
        .rating
        .filter(|rating| rating.is_finite())
        .unwrap_or(f64::NEG_INFINITY)
}

fn is_builtin(candidate: &Candidate) -> bool {
    match candidate.source {
        Source::Builtin => true,
        Source::Checkpoint(_) | Source::Runtime { .. } | Source::Catalog(_) => false,
    }
}
