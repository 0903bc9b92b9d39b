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
        let Outcome::Refused(refusal) = with(&need, Route::Auto, token, Discovery::Unset) else {
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
    assert_eq!(
        refusal.reason,
        "no model here may run `reviewer`, which asks for `local-reasoning`: there is none at all"
    );
    assert!(decision.trace.is_empty());
}
