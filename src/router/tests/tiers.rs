//! What no flag, token or parent changes about a sensitive run.

use super::*;

const ROUTES: [Route; 3] = [Route::Auto, Route::Local, Route::Hosted];
const ACCESS: [HostedAccess; 4] = [
    HostedAccess::TokenSet,
    HostedAccess::NoToken,
    HostedAccess::Offline,
    HostedAccess::NotBuilt,
];

/// Every answer that flag, token and discovery can bring about where nothing local serves.
fn outcomes(need: &Need) -> Vec<Outcome> {
    let only_cloud = registry(vec![cloud("paid")]);
    let mut outcomes = Vec::new();
    for flag in ROUTES {
        for access in ACCESS {
            for discovery in [Discovery::Unset, Discovery::Empty, Discovery::Found] {
                outcomes.push(route(need, &only_cloud, flag, access, discovery).outcome);
            }
        }
    }
    outcomes
}

#[test]
fn e01_sensitive_with_a_token_under_auto_is_refused_as_unroutable() {
    for outcome in outcomes(&sensitive()) {
        let Outcome::Refused(refusal) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(refusal.code, RefusalCode::PrivacyTierUnroutable);
    }
}

#[test]
fn e06_a_sensitive_parents_internal_child_is_sensitive() {
    for own in [PrivacyTier::Public, PrivacyTier::Internal] {
        let child = Need {
            tier: own,
            ..need()
        }
        .at_least(PrivacyTier::Sensitive);
        assert_eq!(child.tier, PrivacyTier::Sensitive);
        for outcome in outcomes(&child) {
            assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
        }
    }
}

#[test]
fn e06_a_public_parent_does_not_loosen_its_child() {
    let child = sensitive().at_least(PrivacyTier::Public);
    assert_eq!(child.tier, PrivacyTier::Sensitive);
    let child = need().at_least(PrivacyTier::Public);
    assert_eq!(child.tier, PrivacyTier::Internal);
}

#[test]
fn e02_the_word_hosted_after_model_sends_nothing_sensitive_away() {
    let pinned = |tier| Need {
        tier,
        model: Some("hosted".to_owned()),
        ..need()
    };
    let decision = decide(&pinned(PrivacyTier::Sensitive), vec![local("own")]);
    assert_eq!(refused(&decision).code, RefusalCode::PrivacyTierUnroutable);
    let decision = decide(&pinned(PrivacyTier::Internal), vec![local("own")]);
    assert_eq!(refused(&decision).code, RefusalCode::ModelNotFound);
    assert!(refused(&decision).fix.contains("`--route hosted`"));
    let named = Candidate {
        provider: "ollama".to_owned(),
        ..local("hosted")
    };
    let decision = decide(&pinned(PrivacyTier::Sensitive), vec![named]);
    assert_eq!(chosen(&decision), "hosted", "a model may be called so");
}

#[test]
fn e09_offline_the_hosted_plane_is_neither_used_nor_advised() {
    for access in [HostedAccess::Offline, HostedAccess::NotBuilt] {
        let hosted = route(
            &need(),
            &registry(vec![local("own")]),
            Route::Hosted,
            access,
            Discovery::Unset,
        );
        let code = refused(&hosted).code.as_str();
        assert_eq!(
            code,
            match access {
                HostedAccess::Offline => "hosted_offline",
                _ => "hosted_not_built",
            }
        );
        let auto = route(
            &need(),
            &registry(Vec::new()),
            Route::Auto,
            access,
            Discovery::Found,
        );
        assert!(!refused(&auto).fix.contains("hosted"), "{:?}", auto.outcome);
    }
}
