//! The steps a candidate must pass on its own, in their order, each with its sentence.

use super::decision::{Dropped, Step};
use super::need::Need;
use crate::candidate::{Candidate, Locality};
use crate::capabilities::{CapabilityClass, PrivacyTier};

/// Returns what the step may cost at most, in US dollars; a price that is no price is infinite.
pub(super) fn estimated_usd(need: &Need, candidate: &Candidate) -> f64 {
    let usd = candidate.price.usd(need.tokens_in, need.tokens_out_max);
    if usd >= 0.0 { usd } else { f64::INFINITY }
}

/// Whether the text of a request stays on this machine.
pub(super) fn is_local(candidate: &Candidate) -> bool {
    match candidate.locality {
        Locality::Local => true,
        Locality::OnPrem | Locality::Cloud => false,
    }
}

/// Privacy first, then `--model`, class, what is required, budget.
pub(super) fn before_locality(
    need: &Need,
    class: &CapabilityClass,
    candidate: &Candidate,
) -> Option<Dropped> {
    privacy(need, candidate).or_else(|| after_privacy(need, class, candidate))
}

/// The same without the privacy step: whether privacy alone stands in the way.
pub(super) fn after_privacy(
    need: &Need,
    class: &CapabilityClass,
    candidate: &Candidate,
) -> Option<Dropped> {
    pinned(need, candidate)
        .or_else(|| serves(class, candidate))
        .or_else(|| provides(need, candidate))
        .or_else(|| budget(need, candidate))
}

/// What remains once `best_local`, a healthy local model that passes, is known.
pub(super) fn locality_and_health(
    candidate: &Candidate,
    best_local: Option<&Candidate>,
) -> Option<Dropped> {
    if let (Some(local), false) = (best_local, is_local(candidate)) {
        let reason = format!("`{}` passes as well and is local", local.id);
        return stopped(Step::Locality, reason);
    }
    if candidate.unhealthy {
        return stopped(
            Step::Health,
            "a call to it failed within the last minute".to_owned(),
        );
    }
    None
}

fn privacy(need: &Need, candidate: &Candidate) -> Option<Dropped> {
    match need.tier {
        PrivacyTier::Public => return None,
        PrivacyTier::Internal => {}
        PrivacyTier::Sensitive if is_local(candidate) => {}
        PrivacyTier::Sensitive => {
            let reason = format!(
                "its locality is `{}` and a `sensitive` run never leaves this machine",
                candidate.locality
            );
            return stopped(Step::Privacy, reason);
        }
    }
    if candidate.privacy_allowed.contains(&need.tier) {
        return None;
    }
    stopped(
        Step::Privacy,
        format!("its operator does not allow `{}` data on it", need.tier),
    )
}

fn pinned(need: &Need, candidate: &Candidate) -> Option<Dropped> {
    let model = need.model.as_ref()?;
    if candidate.id == *model {
        return None;
    }
    stopped(Step::Model, format!("`--model` names `{model}`"))
}

fn serves(class: &CapabilityClass, candidate: &Candidate) -> Option<Dropped> {
    if candidate.classes.contains(class) {
        return None;
    }
    let served = list(candidate.classes.iter().map(CapabilityClass::as_str));
    stopped(Step::Class, format!("it serves {served}, not `{class}`"))
}

fn provides(need: &Need, candidate: &Candidate) -> Option<Dropped> {
    let mut missing = need.requires.difference(&candidate.provides).peekable();
    missing.peek()?;
    let missing = list(missing.map(crate::capabilities::Capability::as_str));
    stopped(Step::Provides, format!("it lacks {missing}"))
}

fn budget(need: &Need, candidate: &Candidate) -> Option<Dropped> {
    let usd_left = need.usd_left?;
    let usd = estimated_usd(need, candidate);
    if usd <= usd_left {
        return None;
    }
    let reason = format!("this step may cost ${usd:.6} and ${usd_left:.6} is left");
    stopped(Step::Budget, reason)
}

/// Writes words as `` `a`, `b` ``, or `nothing`.
pub(super) fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    if words.is_empty() {
        "nothing".to_owned()
    } else {
        words.join(", ")
    }
}

#[allow(clippy::unnecessary_wraps)] // Each step answers with an option; this keeps them one line.
fn stopped(step: Step, reason: String) -> Option<Dropped> {
    Some(Dropped { step, reason })
}
