//! Which model answers: a pure function of the need and the registry.
//!
//! Knows no clock, no network, no environment and no file, so the same input gives the same choice.

use crate::candidate::{Candidate, Registry};
use crate::capabilities::{CapabilityClass, PrivacyTier};

mod decision;
mod need;
mod order;
mod refusal;
mod steps;
mod suggestion;

pub use decision::{Consideration, Decision, Dropped, Outcome, Refusal, RefusalCode, Step};
pub use need::{Discovery, HostedAccess, Need, Route};
pub use suggestion::{Suggestion, suggest};

/// Decides which model answers `need`, or why none may.
///
/// `auto` runs here what can run here; it goes to the hosted plane only when the runtimes of this
/// machine were asked, none serves, there is a token, and neither the tier nor `--model` forbids it.
pub fn route(
    need: &Need,
    registry: &Registry,
    route: Route,
    hosted: HostedAccess,
    discovery: Discovery,
) -> Decision {
    let asked = Asked {
        need,
        registry,
        route,
        hosted,
        discovery,
    };
    match route {
        Route::Hosted => Decision {
            outcome: asked.hosted_only(),
            trace: Vec::new(),
        },
        Route::Auto | Route::Local => asked.here_first(),
    }
}

/// Everything the router was given.
#[derive(Clone, Copy)]
struct Asked<'a> {
    need: &'a Need,
    registry: &'a Registry,
    route: Route,
    hosted: HostedAccess,
    discovery: Discovery,
}

impl<'a> Asked<'a> {
    /// `--route hosted`. The tier is looked at before the token: a sensitive run is refused
    /// for what it is, not for what is missing.
    fn hosted_only(self) -> Outcome {
        if self.need.tier == PrivacyTier::Sensitive {
            return Outcome::Refused(refusal::sensitive_hosted(self.need));
        }
        if let Some(model) = &self.need.model {
            return Outcome::Refused(refusal::hosted_model_pinned(model));
        }
        match self.hosted {
            HostedAccess::TokenSet => Outcome::Hosted,
            HostedAccess::NoToken => Outcome::Refused(refusal::hosted_token_missing()),
            HostedAccess::Offline => Outcome::Refused(refusal::hosted_offline()),
            HostedAccess::NotBuilt => Outcome::Refused(refusal::hosted_not_built()),
        }
    }

    fn here_first(self) -> Decision {
        let mut trace = Vec::new();
        for class in &self.need.classes {
            if let Some(chosen) = self.choose(class, &mut trace) {
                return Decision {
                    outcome: self.chosen(chosen, class),
                    trace,
                };
            }
        }
        let outcome = if self.may_delegate() {
            Outcome::Hosted
        } else {
            Outcome::Refused(refusal::none_left(self, &trace))
        };
        Decision { outcome, trace }
    }

    fn chosen(self, candidate: &Candidate, class: &CapabilityClass) -> Outcome {
        Outcome::Local {
            candidate_id: candidate.id.clone(),
            provider: candidate.provider.clone(),
            locality: candidate.locality,
            class_used: class.clone(),
            estimated_usd: steps::estimated_usd(self.need, candidate),
        }
    }

    /// Whether `auto` may hand a need that nothing here serves to the hosted plane.
    fn may_delegate(self) -> bool {
        self.route == Route::Auto
            && self.hosted == HostedAccess::TokenSet
            && self.discovery == Discovery::Found
            && self.need.tier != PrivacyTier::Sensitive
            && self.need.model.is_none()
    }

    /// Takes every candidate through the steps for one class; returns the best of what is left.
    fn choose(
        self,
        class: &CapabilityClass,
        trace: &mut Vec<Consideration>,
    ) -> Option<&'a Candidate> {
        let candidates = &self.registry.candidates;
        let mut fates: Vec<Option<Dropped>> = candidates
            .iter()
            .map(|candidate| steps::before_locality(self.need, class, candidate))
            .collect();
        let chosen = self.prefer_local_then_best(&mut fates);
        trace.extend(
            candidates
                .iter()
                .zip(fates)
                .map(|(candidate, dropped)| Consideration {
                    candidate: candidate.id.clone(),
                    provider: candidate.provider.clone(),
                    locality: candidate.locality,
                    class: class.clone(),
                    dropped,
                }),
        );
        chosen
    }

    /// Locality, health and order, which compare what passed so far.
    ///
    /// An unhealthy local model is no reason to drop a remote one that works: locality is a
    /// preference between two that pass.
    fn prefer_local_then_best(self, fates: &mut [Option<Dropped>]) -> Option<&'a Candidate> {
        let candidates = &self.registry.candidates;
        let passing = |fates: &[Option<Dropped>]| -> Vec<&'a Candidate> {
            candidates
                .iter()
                .zip(fates)
                .filter(|(_, f)| f.is_none())
                .map(|(c, _)| c)
                .collect()
        };
        let best_local = order::best(
            self.need,
            passing(fates)
                .into_iter()
                .filter(|c| steps::is_local(c) && !c.unhealthy),
        );
        for (candidate, fate) in candidates.iter().zip(&mut *fates) {
            if fate.is_none() {
                *fate = steps::locality_and_health(candidate, best_local);
            }
        }
        let chosen = order::best(self.need, passing(fates).into_iter())?;
        for (candidate, fate) in candidates.iter().zip(&mut *fates) {
            if fate.is_none() && !std::ptr::eq(candidate, chosen) {
                *fate = Some(order::dropped(self.need, chosen, candidate));
            }
        }
        Some(chosen)
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
