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
