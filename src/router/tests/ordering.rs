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
