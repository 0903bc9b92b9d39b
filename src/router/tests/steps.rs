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
