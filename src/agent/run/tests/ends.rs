//! Ends of a run that its agent did not choose.

use super::*;

#[test]
fn the_clock_stops_a_run_that_has_no_time_left() {
    let mut rig = Rig::new();
    rig.limits.wall_clock_max = Duration::ZERO;
    let backend = Scripted::new(vec![Turn::text("too late")]);
    let outcome = rig.run_with(&backend, &mut |_| ControlFlow::Continue(()));
    assert_eq!(outcome.stop, Stop::WallClock { seconds: 0 });
    assert_eq!(
        (rig.stored().0, outcome.output.as_str()),
        (Status::Failed, "")
    );
}

#[test]
fn what_was_written_before_a_cancel_is_kept() {
    let rig = Rig::new();
    let cancel = rig.cancel.clone();
    let backend = Scripted::new(vec![Turn::new(vec![
        Event::Text("so far".to_owned()),
        Event::Text(" and no further".to_owned()),
    ])]);
    let outcome = rig.run_with(&backend, &mut |_| {
        cancel.cancel();
        ControlFlow::Continue(())
    });
    assert_eq!(
        (outcome.stop.clone(), outcome.stop.exit_code()),
        (Stop::Canceled, 130)
    );
    assert_eq!(outcome.output, "so far");
    let (status, stop, events) = rig.stored();
    assert_eq!((status, stop.as_str()), (Status::Canceled, "canceled"));
    assert_eq!(events[4].body["content"], outcome.output);
}

#[test]
fn a_cancel_before_the_first_turn_asks_nothing() {
    let rig = Rig::new();
    rig.cancel.cancel();
    let backend = Scripted::new(vec![Turn::text("never")]);
    let outcome = rig.run_with(&backend, &mut |_| ControlFlow::Continue(()));
    assert_eq!(outcome.stop, Stop::Canceled);
    assert!(backend.requests().is_empty());
    assert_eq!(
        rig.kinds(),
        ["decision", "task", "message", "message", "stop"]
    );
}

#[test]
fn a_reader_that_has_gone_ends_the_run_quietly() {
    let rig = Rig::new();
    let outcome = rig.run_with(&Scripted::new(vec![Turn::text("a")]), &mut |_| {
        ControlFlow::Break(())
    });
    assert_eq!(
        (outcome.stop.clone(), outcome.stop.exit_code()),
        (Stop::OutputClosed, 0)
    );
    assert_eq!(rig.stored().0, Status::Canceled);
}

#[test]
fn a_model_that_fails_is_marked_and_its_words_are_kept() {
    let rig = Rig::new();
    let outcome = rig.run(vec![Turn::text("I was").failing("the device is gone")]);
    assert_eq!(
        outcome.stop,
        Stop::BackendFailed {
            reason: "the device is gone".to_owned()
        }
    );
    assert_eq!(
        (outcome.stop.exit_code(), outcome.output.as_str()),
        (4, "I was")
    );
    let marks = rig.store.unhealthy().unwrap();
    assert_eq!((marks.len(), marks[0].model.as_str()), (1, "test-model"));
    let (status, stop, events) = rig.stored();
    assert_eq!((status, stop.as_str()), (Status::Failed, "backend_failed"));
    assert_eq!(events[4].body["finish"], json!(null), "cut off");
    assert_eq!(events[5].body["reason"], "the device is gone");
}

#[test]
fn a_request_no_model_could_answer_marks_nobody() {
    let rig = Rig::new();
    assert!(
        matches!(rig.run(Vec::new()).stop, Stop::BackendFailed { .. }),
        "the script is empty"
    );
    assert!(rig.store.unhealthy().unwrap().is_empty());
}

#[test]
fn h2_an_end_that_cannot_be_written_leaves_the_answer_intact() {
    let rig = Rig::new();
    let path = rig.store.path().to_owned();
    let outcome = rig.run_with(&Scripted::new(vec![Turn::text("the answer")]), &mut |_| {
        let _ = std::fs::remove_file(&path);
        ControlFlow::Continue(())
    });
    assert!(
        matches!(outcome.stop, Stop::StoreFailed { .. }),
        "{:?}",
        outcome.stop
    );
    assert_eq!(
        (outcome.stop.exit_code(), outcome.output.as_str()),
        (1, "the answer")
    );
    assert!(outcome.store_error.is_some());
}

#[test]
fn h2_a_step_that_cannot_be_written_is_the_last_one() {
    let rig = Rig::new();
    let path = rig.store.path().to_owned();
    let backend = Scripted::new(vec![malformed(), Turn::text("never asked")]);
    let outcome = rig.run_with(&backend, &mut |_| {
        let _ = std::fs::remove_file(&path);
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.stop.name(), "store_failed");
    assert_eq!(backend.requests().len(), 1);
}

#[test]
fn an_agent_whose_own_success_counts_reports_it_or_has_none() {
    let mut rig = Rig::new();
    rig.spec.termination.success_roles = vec![rig.spec.name().to_owned()];
    let outcome = rig.run(vec![Turn::text("an answer")]);
    assert_eq!(outcome.stop, Stop::Completed, "it names nothing to report");
    rig.spec.termination.text_mention = Some("APPROVED".to_owned());
    let outcome = rig.run(vec![Turn::text("bad")]);
    assert_eq!(
        (outcome.stop.name(), outcome.stop.exit_code()),
        ("no_success", 1)
    );
    assert_eq!(outcome.output, "bad");
    let outcome = rig.run(vec![Turn::text("APPROVED")]);
    assert_eq!(outcome.stop.name(), "text_mention");
}

#[test]
fn what_others_took_of_the_time_is_gone() {
    let mut rig = Rig::new();
    let second = Duration::from_secs(1);
    rig.limits = rig.limits.for_at_most(second, second);
    let backend = Scripted::new(vec![Turn::text("too late")]);
    let outcome = rig.run_with(&backend, &mut |_| ControlFlow::Continue(()));
    assert_eq!(outcome.stop, Stop::WallClock { seconds: 1 });
}
