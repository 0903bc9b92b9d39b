//! What holds for every registry and every need, tried on random ones.

use std::path::PathBuf;

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::candidate::{Locality, Price, Source};
use crate::capabilities::Capability;

const CLASSES: [CapabilityClass; 3] = [
    CapabilityClass::LOCAL_REASONING,
    CapabilityClass::REASONING_LARGE,
    CapabilityClass::FAST_DRAFT,
];
const CAPABILITIES: [Capability; 3] = [
    Capability::STREAMING,
    Capability::TOOL_USE,
    Capability::CONTEXT_128K,
];

fn locality() -> impl Strategy<Value = Locality> {
    select(vec![Locality::Local, Locality::OnPrem, Locality::Cloud])
}

fn usd() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        0.0..20.0,
        Just(-1.0),
        Just(f64::NAN),
        Just(f64::INFINITY)
    ]
}

fn candidate() -> impl Strategy<Value = Candidate> {
    let row = (
        select(vec!["a", "b", "c", "d", "e"]),
        locality(),
        subsequence(CLASSES.to_vec(), 0..=3),
        btree_set(select(CAPABILITIES.to_vec()), 0..=3),
        subsequence(PrivacyTier::ALL.to_vec(), 0..=3),
        (usd(), usd()),
        option::of(0..2000_u64),
        option::of(prop_oneof![0.0..1.0, Just(f64::NAN)]),
        any::<bool>(),
        any::<bool>(),
    );
    row.prop_map(
        |(id, locality, classes, provides, privacy_allowed, usd, latency, rating, sick, own)| {
            Candidate {
                id: id.to_owned(),
                provider: "test".to_owned(),
                locality,
                classes,
                provides,
                privacy_allowed,
                context_tokens: 4096,
                price: Price {
                    usd_per_mtok_in: usd.0,
                    usd_per_mtok_out: usd.1,
                },
                latency_p95_ms: latency,
                rating,
                unhealthy: sick,
                source: if own {
                    Source::Builtin
                } else {
                    Source::Checkpoint(PathBuf::from(id))
                },
            }
        },
    )
}

fn need(tier: impl Strategy<Value = PrivacyTier>) -> impl Strategy<Value = Need> {
    let parts = (
        tier,
        subsequence(CLASSES.to_vec(), 0..=3).prop_shuffle(),
        btree_set(select(CAPABILITIES.to_vec()), 0..=2),
        (0..10_000_u64, 0..10_000_u64),
        option::of(usd()),
        option::of(0..2000_u64),
        option::weighted(0.2, select(vec!["a", "b", "x"])),
    );
    parts.prop_map(
        |(tier, classes, requires, tokens, usd_left, latency_p95_ms, model)| Need {
            agent: "any".to_owned(),
            tier,
            classes,
            requires,
            tokens_in: tokens.0,
            tokens_out_max: tokens.1,
            usd_left,
            latency_p95_ms,
            model: model.map(str::to_owned),
        },
    )
}

fn any_tier() -> impl Strategy<Value = PrivacyTier> {
    select(PrivacyTier::ALL.to_vec())
}

fn any_route() -> impl Strategy<Value = Route> {
    select(vec![Route::Auto, Route::Local, Route::Hosted])
}

fn any_hosted() -> impl Strategy<Value = HostedAccess> {
    select(vec![
        HostedAccess::TokenSet,
        HostedAccess::NoToken,
        HostedAccess::Offline,
        HostedAccess::NotBuilt,
    ])
}

fn any_discovery() -> impl Strategy<Value = Discovery> {
    select(vec![Discovery::Unset, Discovery::Empty, Discovery::Found])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sensitive_run_never_leaves_the_machine(
        need in need(Just(PrivacyTier::Sensitive)),
        candidates in vec(candidate(), 0..6),
        flag in any_route(), token in any_hosted(), discovery in any_discovery(),
    ) {
        let registry = Registry { candidates, unavailable: Vec::new() };
        let decision = route(&need, &registry, flag, token, discovery);
        prop_assert_ne!(&decision.outcome, &Outcome::Hosted);
        if let Some(row) = decision.candidate(&registry) {
            prop_assert_eq!(row.locality, Locality::Local);
        }
        for (entry, row) in decision.trace.iter().zip(registry.candidates.iter().cycle()) {
            prop_assert!(entry.dropped.is_some() || row.locality == Locality::Local);
        }
    }

    #[test]
    fn what_is_chosen_satisfies_the_need(
        need in need(any_tier()),
        candidates in vec(candidate(), 0..6),
        flag in any_route(), token in any_hosted(), discovery in any_discovery(),
    ) {
        let registry = Registry { candidates, unavailable: Vec::new() };
        let decision = route(&need, &registry, flag, token, discovery);
        if let Outcome::Local { class_used, .. } = &decision.outcome {
            prop_assert!(need.classes.contains(class_used));
            let kept = decision.trace.iter().filter(|entry| entry.dropped.is_none()).count();
            prop_assert_eq!(kept, 1, "exactly one entry of the trace was not dropped");
            let row = decision.candidate(&registry).expect("a choice names a row");
            prop_assert!(row.locality == Locality::Local || need.tier != PrivacyTier::Sensitive);
            prop_assert!(need.model.as_ref().is_none_or(|model| *model == row.id));
        }
        if let Outcome::Refused(refusal) = &decision.outcome {
            prop_assert!(decision.trace.iter().all(|entry| entry.dropped.is_some()));
            prop_assert!(!refusal.reason.is_empty() && !refusal.fix.is_empty());
        }
    }

    #[test]
    fn d10_a_model_that_failed_is_not_chosen_again_and_a_sensitive_run_stays_here(
        need in need(any_tier()),
        candidates in vec(candidate(), 0..6),
        token in any_hosted(), discovery in any_discovery(),
    ) {
        let mut registry = Registry { candidates, unavailable: Vec::new() };
        let mut failed = Vec::new();
        for _ in 0..=registry.candidates.len() {
            let decision = route(&need, &registry, Route::Auto, token, discovery);
            let Some(chosen) = decision.candidate(&registry).cloned() else {
                prop_assert!(need.tier != PrivacyTier::Sensitive || decision.outcome != Outcome::Hosted);
                return Ok(());
            };
            prop_assert!(need.tier != PrivacyTier::Sensitive || chosen.locality == Locality::Local);
            let name = (chosen.provider, chosen.id);
            prop_assert!(!failed.contains(&name));
            for row in &mut registry.candidates {
                row.unhealthy |= row.provider == name.0 && row.id == name.1;
            }
            failed.push(name);
        }
        prop_assert!(false, "somebody was chosen twice");
    }

    #[test]
    fn the_order_of_the_listing_changes_nothing(
        need in need(any_tier()),
        candidates in vec(candidate(), 0..6),
        discovery in any_discovery(),
    ) {
        let mut reversed = candidates.clone();
        reversed.reverse();
        let decide = |candidates| {
            let registry = Registry { candidates, unavailable: Vec::new() };
            route(&need, &registry, Route::Auto, HostedAccess::NoToken, discovery).outcome
        };
        let id = |outcome: Outcome| match outcome {
            Outcome::Local { candidate_id, class_used, .. } => Some((candidate_id, class_used)),
            Outcome::Hosted | Outcome::Refused(_) => None,
        };
        prop_assert_eq!(id(decide(candidates)), id(decide(reversed)));
    }
}
