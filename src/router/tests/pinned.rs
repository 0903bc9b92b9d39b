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
