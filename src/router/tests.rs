#![allow(clippy::unwrap_used)]

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

mod steps {
    use super::*;

    #[test]
    fn a_sensitive_run_keeps_only_local_models() {
        let on_prem = Candidate {
            locality: Locality::OnPrem,
            privacy_allowed: PrivacyTier::ALL.to_vec(),
            ..cloud("b-prem")
        };
        let decision = decide(&sensitive(), vec![cloud("a-cloud"), on_prem, local("z")]);
        assert_eq!(chosen(&decision), "z");
        assert_eq!(step_of(&decision, "a-cloud"), Some(Step::Privacy));
        assert_eq!(step_of(&decision, "b-prem"), Some(Step::Privacy));
        assert_eq!(
            reason_of(&decision, "b-prem"),
            "its locality is `on-prem` and a `sensitive` run never leaves this machine"
        );
    }

    #[test]
    fn a_cloud_row_that_claims_to_allow_sensitive_is_still_dropped() {
        let liar = Candidate {
            privacy_allowed: PrivacyTier::ALL.to_vec(),
            ..cloud("liar")
        };
        let decision = decide(&sensitive(), vec![liar]);
        let refusal = refused(&decision);
        assert_eq!(refusal.code, RefusalCode::PrivacyTierUnroutable);
        assert_eq!(
            refusal.reason,
            "no model here may run `reviewer`, which is `sensitive` and asks for `local-reasoning`: \
             the nearest is `liar`, but its locality is `cloud` and a `sensitive` run never leaves this machine"
        );
    }

    #[test]
    fn a_local_row_that_does_not_allow_sensitive_is_dropped() {
        let shared = Candidate {
            privacy_allowed: vec![PrivacyTier::Public],
            ..local("shared")
        };
        let decision = decide(&sensitive(), vec![shared]);
        assert_eq!(step_of(&decision, "shared"), Some(Step::Privacy));
    }

    #[test]
    fn an_internal_run_keeps_rows_that_allow_internal() {
        let public = Candidate {
            privacy_allowed: vec![PrivacyTier::Public],
            ..local("public")
        };
        let decision = decide(&need(), vec![public.clone(), cloud("paid")]);
        assert_eq!(chosen(&decision), "paid");
        assert_eq!(
            reason_of(&decision, "public"),
            "its operator does not allow `internal` data on it"
        );
        let open = Need {
            tier: PrivacyTier::Public,
            ..need()
        };
        assert_eq!(chosen(&decide(&open, vec![public])), "public");
    }

    #[test]
    fn privacy_is_the_step_recorded_even_when_class_fails_as_well() {
        let other = Candidate {
            classes: vec![class("embeddings")],
            ..cloud("other")
        };
        let decision = decide(&sensitive(), vec![other]);
        assert_eq!(step_of(&decision, "other"), Some(Step::Privacy));
    }

    #[test]
    fn a_model_of_another_class_is_dropped() {
        let embedder = Candidate {
            classes: vec![class("embeddings")],
            ..local("nomic")
        };
        let decision = decide(&need(), vec![embedder]);
        assert_eq!(
            reason_of(&decision, "nomic"),
            "it serves `embeddings`, not `local-reasoning`"
        );
    }

    #[test]
    fn a_model_must_provide_everything_required() {
        let need = Need {
            requires: set(&["tool-use", "128k-context", "streaming"]),
            ..need()
        };
        let able = Candidate {
            provides: set(&["tool-use", "128k-context", "streaming", "reasoning"]),
            ..local("able")
        };
        let half = Candidate {
            provides: set(&["tool-use", "streaming"]),
            ..local("half")
        };
        let decision = decide(&need, vec![half, able]);
        assert_eq!(chosen(&decision), "able");
        assert_eq!(step_of(&decision, "half"), Some(Step::Provides));
        assert_eq!(reason_of(&decision, "half"), "it lacks `128k-context`");
    }

    #[test]
    fn a_step_that_may_cost_more_than_is_left_is_dropped() {
        // 1,000 in at $1 and 1,000 out at $10 a million: $0.011.
        let poor = Need {
            usd_left: Some(0.010_9),
            ..need()
        };
        let decision = decide(&poor, vec![cloud("paid")]);
        assert_eq!(step_of(&decision, "paid"), Some(Step::Budget));
        assert_eq!(
            reason_of(&decision, "paid"),
            "this step may cost $0.011000 and $0.010900 is left"
        );
        assert!(refused(&decision).fix.starts_with("raise `--max-usd`"));
    }

    #[test]
    fn a_step_that_may_cost_exactly_what_is_left_passes() {
        let exact = Need {
            usd_left: Some(0.011),
            ..need()
        };
        assert_eq!(chosen(&decide(&exact, vec![cloud("paid")])), "paid");
    }

    #[test]
    fn a_free_model_passes_when_nothing_is_left() {
        let broke = Need {
            usd_left: Some(0.0),
            ..need()
        };
        assert_eq!(
            chosen(&decide(&broke, vec![cloud("paid"), local("own")])),
            "own"
        );
    }

    #[test]
    fn a_price_that_is_no_price_never_passes_a_budget() {
        for usd in [f64::NAN, f64::INFINITY, -1.0] {
            let price = Price {
                usd_per_mtok_in: usd,
                usd_per_mtok_out: usd,
            };
            let odd = Candidate {
                price,
                ..cloud("odd")
            };
            let need = Need {
                usd_left: Some(1e9),
                ..need()
            };
            assert_eq!(
                step_of(&decide(&need, vec![odd]), "odd"),
                Some(Step::Budget),
                "{usd}"
            );
        }
        let unknown = Need {
            usd_left: Some(f64::NAN),
            ..need()
        };
        assert_eq!(
            step_of(&decide(&unknown, vec![cloud("paid")]), "paid"),
            Some(Step::Budget)
        );
    }

    #[test]
    fn of_two_that_pass_the_local_one_is_preferred() {
        let cloud = Candidate {
            rating: Some(0.99),
            latency_p95_ms: Some(1),
            ..cloud("a")
        };
        let target = Need {
            latency_p95_ms: Some(10),
            ..need()
        };
        let decision = decide(&target, vec![cloud, local("z")]);
        assert_eq!(chosen(&decision), "z");
        assert_eq!(step_of(&decision, "a"), Some(Step::Locality));
        assert_eq!(reason_of(&decision, "a"), "`z` passes as well and is local");
    }

    #[test]
    fn an_unhealthy_model_is_skipped() {
        let sick = Candidate {
            unhealthy: true,
            rating: Some(1.0),
            ..local("a")
        };
        let decision = decide(&need(), vec![sick, local("b")]);
        assert_eq!(chosen(&decision), "b");
        assert_eq!(
            reason_of(&decision, "a"),
            "a call to it failed within the last minute"
        );
    }

    #[test]
    fn an_unhealthy_local_model_does_not_push_out_a_remote_one_that_works() {
        let sick = Candidate {
            unhealthy: true,
            ..local("a")
        };
        let decision = decide(&need(), vec![sick, cloud("b")]);
        assert_eq!(chosen(&decision), "b");
        assert_eq!(step_of(&decision, "a"), Some(Step::Health));
    }

    #[test]
    fn an_unhealthy_local_model_never_sends_a_sensitive_run_elsewhere() {
        let sick = Candidate {
            unhealthy: true,
            ..local("a")
        };
        let decision = decide(&sensitive(), vec![sick, cloud("b")]);
        assert_eq!(refused(&decision).code, RefusalCode::PrivacyTierUnroutable);
    }
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

mod classes {
    use super::*;

    fn two_classes() -> Need {
        Need {
            classes: vec![class("reasoning-large"), class("local-reasoning")],
            ..need()
        }
    }

    #[test]
    fn fallbacks_are_tried_in_order_after_the_primary_class() {
        let decision = decide(&two_classes(), vec![local("own")]);
        match decision.outcome {
            Outcome::Local { class_used, .. } => assert_eq!(class_used, class("local-reasoning")),
            other => panic!("{other:?}"),
        }
        assert_eq!(decision.trace.len(), 2);
        assert_eq!(decision.trace[0].class, class("reasoning-large"));
        assert_eq!(
            decision.trace[0].dropped.as_ref().unwrap().step,
            Step::Class
        );
        assert_eq!(decision.trace[1].dropped, None);
    }

    #[test]
    fn the_primary_class_on_a_remote_model_comes_before_a_fallback_on_a_local_one() {
        let large = Candidate {
            classes: vec![class("reasoning-large")],
            ..cloud("large")
        };
        let decision = decide(&two_classes(), vec![local("own"), large]);
        assert_eq!(chosen(&decision), "large");
        assert_eq!(decision.trace.len(), 2, "the fallback is not looked at");
    }

    #[test]
    fn a_candidate_may_serve_several_classes() {
        let both = Candidate {
            classes: two_classes().classes,
            ..local("both")
        };
        assert_eq!(chosen(&decide(&two_classes(), vec![both])), "both");
    }

    #[test]
    fn a_word_that_does_not_ship_is_a_class_like_any_other() {
        let need = Need {
            classes: vec![class("coding-frontier")],
            ..need()
        };
        let coder = Candidate {
            classes: vec![class("coding-frontier")],
            ..local("coder")
        };
        assert_eq!(chosen(&decide(&need, vec![local("own"), coder])), "coder");
    }
}

mod ordering {
    use super::*;

    #[test]
    fn a_model_that_meets_the_latency_target_comes_first() {
        let target = Need {
            latency_p95_ms: Some(500),
            ..need()
        };
        let fast = Candidate {
            latency_p95_ms: Some(500),
            ..local("z-fast")
        };
        let slow = Candidate {
            latency_p95_ms: Some(501),
            rating: Some(1.0),
            ..local("a-slow")
        };
        let unknown = Candidate {
            rating: Some(1.0),
            ..local("b-unknown")
        };
        let decision = decide(&target, vec![slow, unknown, fast]);
        assert_eq!(chosen(&decision), "z-fast");
        assert_eq!(
            reason_of(&decision, "a-slow"),
            "`z-fast` comes before it: it meets the latency target"
        );
    }

    #[test]
    fn without_a_target_latency_decides_nothing() {
        let fast = Candidate {
            latency_p95_ms: Some(1),
            ..local("z")
        };
        assert_eq!(chosen(&decide(&need(), vec![fast, local("a")])), "a");
    }

    #[test]
    fn the_better_rated_comes_first_and_a_rated_one_before_one_without() {
        let good = Candidate {
            rating: Some(0.9),
            ..local("z")
        };
        let fair = Candidate {
            rating: Some(0.5),
            ..local("m")
        };
        let decision = decide(&need(), vec![local("a"), fair.clone(), good]);
        assert_eq!(chosen(&decision), "z");
        assert_eq!(
            reason_of(&decision, "a"),
            "`z` comes before it: it is rated higher"
        );
        assert_eq!(chosen(&decide(&need(), vec![local("a"), fair])), "m");
    }

    #[test]
    fn a_rating_that_is_not_a_number_counts_as_none() {
        let odd = Candidate {
            rating: Some(f64::NAN),
            ..local("z")
        };
        assert_eq!(chosen(&decide(&need(), vec![odd, local("a")])), "a");
    }

    #[test]
    fn the_cheaper_comes_first() {
        let dear = Candidate {
            price: Price {
                usd_per_mtok_in: 2.0,
                usd_per_mtok_out: 20.0,
            },
            ..cloud("a")
        };
        let decision = decide(&need(), vec![dear, cloud("z")]);
        assert_eq!(chosen(&decision), "z");
        assert_eq!(
            reason_of(&decision, "a"),
            "`z` comes before it: it is cheaper"
        );
    }

    #[test]
    fn of_equals_the_lesser_id_comes_first_whatever_the_listing() {
        let forwards = decide(&need(), vec![local("a"), local("b")]);
        let backwards = decide(&need(), vec![local("b"), local("a")]);
        assert_eq!(chosen(&forwards), "a");
        assert_eq!(chosen(&backwards), "a");
    }

    #[test]
    fn the_builtin_model_comes_after_any_other_that_is_equal() {
        let nano = Candidate {
            source: Source::Builtin,
            ..local("aldo-nano")
        };
        assert_eq!(
            chosen(&decide(&need(), vec![nano.clone(), local("qwen3-4b")])),
            "qwen3-4b"
        );
        assert_eq!(chosen(&decide(&need(), vec![nano])), "aldo-nano");
    }
}

mod pinned {
    use super::*;

    fn pinned(id: &str) -> Need {
        Need {
            model: Some(id.to_owned()),
            ..need()
        }
    }

    #[test]
    fn a_pin_leaves_one_row() {
        let decision = decide(&pinned("b"), vec![local("a"), local("b")]);
        assert_eq!(chosen(&decision), "b");
        assert_eq!(reason_of(&decision, "a"), "`--model` names `b`");
    }

    #[test]
    fn a_pin_does_not_excuse_from_class_or_capabilities() {
        let need = Need {
            requires: set(&["tool-use"]),
            ..pinned("b")
        };
        let decision = decide(&need, vec![local("a"), local("b")]);
        let refusal = refused(&decision);
        assert_eq!(refusal.code, RefusalCode::NoEligibleModel);
        assert_eq!(
            refusal.reason,
            "no model here may run `reviewer`, which asks for `local-reasoning`: \
             the nearest is `b`, but it lacks `tool-use`"
        );
        assert!(
            refusal.fix.starts_with("leave out `--model`"),
            "{}",
            refusal.fix
        );
    }

    #[test]
    fn a_pin_on_a_cloud_model_is_refused_for_a_sensitive_run() {
        let need = Need {
            tier: PrivacyTier::Sensitive,
            ..pinned("paid")
        };
        let decision = decide(&need, vec![local("own"), cloud("paid")]);
        assert_eq!(refused(&decision).code, RefusalCode::PrivacyTierUnroutable);
    }

    #[test]
    fn a_pin_on_a_model_that_is_not_here_says_so_and_names_the_nearest() {
        let decision = decide(
            &pinned("qwen3-4"),
            vec![local("qwen3-4b"), local("llama3.1-8b")],
        );
        let refusal = refused(&decision);
        assert_eq!(refusal.code, RefusalCode::ModelNotFound);
        assert_eq!(refusal.reason, "no model `qwen3-4` is here");
        assert_eq!(refusal.fix, "did you mean `--model qwen3-4b`?");
        let far = decide(&pinned("zzz"), vec![local("qwen3-4b")]);
        assert!(refused(&far).fix.contains("aldo models ls"));
    }

    #[test]
    fn a_pinned_run_is_never_handed_to_the_hosted_plane() {
        let need = Need {
            requires: set(&["tool-use"]),
            ..pinned("a")
        };
        let registry = registry(vec![local("a")]);
        let auto = route(
            &need,
            &registry,
            Route::Auto,
            HostedAccess::TokenSet,
            Discovery::Found,
        );
        assert_eq!(refused(&auto).code, RefusalCode::NoEligibleModel);
        let forced = route(
            &need,
            &registry,
            Route::Hosted,
            HostedAccess::TokenSet,
            Discovery::Found,
        );
        assert_eq!(refused(&forced).code, RefusalCode::HostedModelPinned);
    }
}

mod routes {
    use super::*;

    fn large() -> Need {
        Need {
            classes: vec![class("reasoning-large")],
            ..need()
        }
    }

    fn with(need: &Need, flag: Route, token: HostedAccess, discovery: Discovery) -> Outcome {
        route(need, &registry(vec![local("own")]), flag, token, discovery).outcome
    }

    fn code(outcome: &Outcome) -> Option<&'static str> {
        match outcome {
            Outcome::Refused(refusal) => Some(refusal.code.as_str()),
            Outcome::Local { .. } | Outcome::Hosted => None,
        }
    }

    #[test]
    fn auto_rule_1_runs_here_what_a_model_here_serves_even_with_a_token() {
        for discovery in [Discovery::Unset, Discovery::Empty, Discovery::Found] {
            let outcome = with(&need(), Route::Auto, HostedAccess::TokenSet, discovery);
            assert!(matches!(outcome, Outcome::Local { .. }), "{discovery:?}");
        }
    }

    #[test]
    fn auto_rule_2_stays_here_when_discovery_is_unset_or_empty_even_with_a_token() {
        for discovery in [Discovery::Unset, Discovery::Empty] {
            let outcome = with(&large(), Route::Auto, HostedAccess::TokenSet, discovery);
            let Outcome::Refused(refusal) = outcome else {
                panic!("{discovery:?}")
            };
            assert_eq!(refusal.code, RefusalCode::NoEligibleModel);
            assert!(refusal.fix.contains("`--route hosted`"), "{}", refusal.fix);
        }
    }

    #[test]
    fn auto_rule_3_delegates_when_nothing_here_serves_and_a_token_is_set() {
        let outcome = with(
            &large(),
            Route::Auto,
            HostedAccess::TokenSet,
            Discovery::Found,
        );
        assert_eq!(outcome, Outcome::Hosted);
    }

    #[test]
    fn auto_rule_3_counts_a_model_that_lacks_a_capability_as_not_serving() {
        let picky = Need {
            requires: set(&["tool-use"]),
            ..need()
        };
        let outcome = with(
            &picky,
            Route::Auto,
            HostedAccess::TokenSet,
            Discovery::Found,
        );
        assert_eq!(outcome, Outcome::Hosted);
    }

    #[test]
    fn auto_rule_4_names_a_model_to_pull_with_its_size_and_the_token_to_set() {
        let picky = Need {
            requires: set(&["tool-use", "128k-context"]),
            ..need()
        };
        let outcome = with(&picky, Route::Auto, HostedAccess::NoToken, Discovery::Found);
        let Outcome::Refused(refusal) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(refusal.code, RefusalCode::NoEligibleModel);
        assert_eq!(
            refusal.fix,
            "pull a model that can: `aldo models pull unsloth/Qwen3-4B-Thinking-2507-GGUF` (2.5 GB), \
             or set `ALDO_API_TOKEN` to run it on the hosted plane"
        );
    }

    #[test]
    fn an_agent_that_would_take_no_local_model_is_told_to_add_the_class() {
        let outcome = with(
            &large(),
            Route::Auto,
            HostedAccess::NoToken,
            Discovery::Unset,
        );
        let Outcome::Refused(refusal) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            refusal.reason,
            "no model here may run `reviewer`, which asks for `reasoning-large`: \
             the nearest is `own`, but it serves `local-reasoning`, not `reasoning-large`"
        );
        assert_eq!(
            refusal.fix,
            "add `local-reasoning` to the agent's fallbacks, \
             or ask the runtimes of this machine with `ALDO_LOCAL_DISCOVERY=all`, \
             or set `ALDO_API_TOKEN` to run it on the hosted plane"
        );
    }

    #[test]
    fn local_never_delegates() {
        let outcome = with(
            &large(),
            Route::Local,
            HostedAccess::TokenSet,
            Discovery::Found,
        );
        assert_eq!(code(&outcome), Some("no_eligible_model"));
    }

    #[test]
    fn hosted_delegates_even_what_a_model_here_would_serve() {
        let outcome = with(
            &need(),
            Route::Hosted,
            HostedAccess::TokenSet,
            Discovery::Unset,
        );
        assert_eq!(outcome, Outcome::Hosted);
    }

    #[test]
    fn hosted_without_a_token_is_an_error() {
        let outcome = with(
            &need(),
            Route::Hosted,
            HostedAccess::NoToken,
            Discovery::Unset,
        );
        let Outcome::Refused(refusal) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(refusal.code, RefusalCode::HostedTokenMissing);
        assert!(refusal.fix.contains("`ALDO_API_TOKEN`"));
    }

    #[test]
    fn e02_a_sensitive_agent_is_refused_hosted_with_or_without_a_token() {
        for token in [HostedAccess::TokenSet, HostedAccess::NoToken] {
            let outcome = with(&sensitive(), Route::Hosted, token, Discovery::Found);
            assert_eq!(code(&outcome), Some("privacy_tier_unroutable"), "{token:?}");
        }
    }

    #[test]
    fn e01_a_sensitive_agent_is_refused_hosted_under_auto_as_well() {
        let need = Need {
            tier: PrivacyTier::Sensitive,
            ..large()
        };
        for discovery in [Discovery::Unset, Discovery::Empty, Discovery::Found] {
            let outcome = with(&need, Route::Auto, HostedAccess::TokenSet, discovery);
            assert_eq!(
                code(&outcome),
                Some("privacy_tier_unroutable"),
                "{discovery:?}"
            );
        }
    }

    #[test]
    fn a_sensitive_agent_is_never_advised_to_go_hosted() {
        let need = Need {
            tier: PrivacyTier::Sensitive,
            ..large()
        };
        for token in [HostedAccess::TokenSet, HostedAccess::NoToken] {
            let Outcome::Refused(refusal) = with(&need, Route::Auto, token, Discovery::Unset)
            else {
                panic!("a sensitive agent was routed")
            };
            assert!(!refusal.fix.contains("hosted"), "{}", refusal.fix);
            assert!(!refusal.fix.contains("TOKEN"), "{}", refusal.fix);
        }
    }

    #[test]
    fn a_sensitive_agent_that_only_lacks_a_capable_model_is_not_a_privacy_matter() {
        let need = Need {
            requires: set(&["tool-use"]),
            ..sensitive()
        };
        let outcome = with(&need, Route::Auto, HostedAccess::NoToken, Discovery::Unset);
        assert_eq!(code(&outcome), Some("no_eligible_model"));
    }

    #[test]
    fn an_empty_registry_is_refused_with_a_way_out() {
        let decision = decide(&need(), Vec::new());
        let refusal = refused(&decision);
        assert_eq!(refusal.code, RefusalCode::NoEligibleModel);
        assert!(
            refusal
                .fix
                .contains("aldo models pull Qwen/Qwen3-0.6B-GGUF` (0.6 GB)")
        );
        assert!(decision.trace.is_empty());
    }
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
                    "candidate": "paid", "provider": "acme", "class": "local-reasoning",
                    "dropped": {
                        "step": "privacy",
                        "reason": "its locality is `cloud` and a `sensitive` run never leaves this machine",
                    },
                },
                { "candidate": "own", "provider": "candle", "class": "local-reasoning", "dropped": null },
            ],
        })
    );
    let refusal = decide(&sensitive(), vec![cloud("paid")]);
    let json = serde_json::to_value(&refusal.outcome).unwrap();
    assert_eq!(json["kind"], "refused");
    assert_eq!(json["code"], "privacy_tier_unroutable");
}
