#![allow(clippy::unwrap_used)]

mod classes;
mod ordering;
mod pinned;
mod routes;
mod steps;
mod tiers;

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::candidate::{Locality, Price, Source};
use crate::capabilities::Capability;

fn class(word: &str) -> CapabilityClass {
    CapabilityClass::new(word).unwrap()
}

fn set(words: &[&str]) -> BTreeSet<Capability> {
    words
        .iter()
        .map(|word| Capability::new(word).unwrap())
        .collect()
}

/// A local model of class `local-reasoning` that streams.
fn local(id: &str) -> Candidate {
    Candidate {
        id: id.to_owned(),
        provider: "candle".to_owned(),
        locality: Locality::Local,
        classes: vec![CapabilityClass::LOCAL_REASONING],
        provides: set(&["streaming"]),
        privacy_allowed: PrivacyTier::ALL.to_vec(),
        context_tokens: 4096,
        price: Price::FREE,
        latency_p95_ms: None,
        rating: None,
        unhealthy: false,
        source: Source::Checkpoint(PathBuf::from(id)),
    }
}

/// A cloud model of class `local-reasoning`, so that class never decides unless a test says so.
fn cloud(id: &str) -> Candidate {
    Candidate {
        provider: "acme".to_owned(),
        locality: Locality::Cloud,
        privacy_allowed: vec![PrivacyTier::Public, PrivacyTier::Internal],
        price: Price {
            usd_per_mtok_in: 1.0,
            usd_per_mtok_out: 10.0,
        },
        ..local(id)
    }
}

fn need() -> Need {
    Need {
        agent: "reviewer".to_owned(),
        tier: PrivacyTier::Internal,
        classes: vec![CapabilityClass::LOCAL_REASONING],
        requires: set(&["streaming"]),
        tokens_in: 1000,
        tokens_out_max: 1000,
        usd_left: None,
        latency_p95_ms: None,
        model: None,
    }
}

fn sensitive() -> Need {
    Need {
        tier: PrivacyTier::Sensitive,
        ..need()
    }
}

fn registry(candidates: Vec<Candidate>) -> Registry {
    Registry {
        candidates,
        unavailable: Vec::new(),
    }
}

/// Routes with `auto`, no token, discovery unset.
fn decide(need: &Need, candidates: Vec<Candidate>) -> Decision {
    route(
        need,
        &registry(candidates),
        Route::Auto,
        HostedAccess::NoToken,
        Discovery::Unset,
    )
}

fn chosen(decision: &Decision) -> &str {
    match &decision.outcome {
        Outcome::Local { candidate_id, .. } => candidate_id,
        other => panic!("not chosen: {other:?}"),
    }
}

fn refused(decision: &Decision) -> &Refusal {
    match &decision.outcome {
        Outcome::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn step_of(decision: &Decision, id: &str) -> Option<Step> {
    let entry = decision
        .trace
        .iter()
        .find(|entry| entry.candidate == id)
        .unwrap();
    entry.dropped.as_ref().map(|dropped| dropped.step)
}

fn reason_of<'a>(decision: &'a Decision, id: &str) -> &'a str {
    let entry = decision
        .trace
        .iter()
        .find(|entry| entry.candidate == id)
        .unwrap();
    &entry.dropped.as_ref().unwrap().reason
}

#[test]
fn a_decision_for_a_local_row_never_leads_to_a_remote_one_of_the_same_name() {
    let twin = Candidate {
        locality: Locality::Cloud,
        ..local("twin")
    };
    let registry = registry(vec![twin, local("twin")]);
    let decision = route(
        &sensitive(),
        &registry,
        Route::Auto,
        HostedAccess::NoToken,
        Discovery::Unset,
    );
    assert_eq!(
        decision.candidate(&registry).unwrap().locality,
        Locality::Local
    );
}

#[test]
fn the_decision_is_written_in_words_scripts_can_read() {
    let decision = decide(&sensitive(), vec![cloud("paid"), local("own")]);
    let json = serde_json::to_value(&decision).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "outcome": {
                "kind": "local", "candidateId": "own", "provider": "candle", "locality": "local",
                "classUsed": "local-reasoning", "estimatedUsd": 0.0,
            },
            "trace": [
                {
                    "candidate": "paid", "provider": "acme", "locality": "cloud",
                    "class": "local-reasoning",
                    "dropped": {
                        "step": "privacy",
                        "reason": "its locality is `cloud` and a `sensitive` run never leaves this machine",
                    },
                },
                {
                    "candidate": "own", "provider": "candle", "locality": "local",
                    "class": "local-reasoning", "dropped": null,
                },
            ],
        })
    );
    let refusal = decide(&sensitive(), vec![cloud("paid")]);
    let json = serde_json::to_value(&refusal.outcome).unwrap();
    assert_eq!(json["kind"], "refused");
    assert_eq!(json["code"], "privacy_tier_unroutable");
}
