//! Models that fail before they say anything, and those that fail after.

use aldo_backends::BackendError;

use super::*;
use crate::agent::hand_over;
use crate::store::UsageRecord;

fn quiet() -> impl FnMut(&Shown<'_>) -> ControlFlow<()> + Send {
    |_: &Shown<'_>| ControlFlow::Continue(())
}

fn unanswered(rig: &Rig, turns: Vec<Turn>) -> crate::agent::Unanswered {
    match rig.attempt(&Scripted::new(turns), &mut quiet()) {
        Attempt::Unanswered(unanswered) => unanswered,
        Attempt::Ended(outcome) => panic!("{:?}", outcome.stop),
        Attempt::Spoken(spoken) => panic!("{spoken:?}"),
    }
}

#[test]
fn d10_a_model_that_fails_before_it_says_anything_leaves_the_run_to_another() {
    let rig = Rig::new();
    let mut unanswered = unanswered(&rig, vec![Turn::new(Vec::new()).failing("refused")]);
    assert_eq!(rig.store.unhealthy().unwrap().len(), 1, "the failure marks");
    assert_eq!(rig.stored().0, Status::Running, "the run is not over");

    let next = Candidate {
        id: "other".to_owned(),
        ..candidate()
    };
    hand_over(
        &mut unanswered.record,
        &candidate(),
        &unanswered.error.to_string(),
        &decision(),
        Some(&next),
    )
    .unwrap();
    let toolbox = toolbox_of(&rig.spec, &rig.cancel);
    let task = Task {
        spec: &rig.spec,
        candidate: &next,
        start: Start::new(vec![Message::user("hello")]),
        toolbox: &toolbox,
        sampling: Sampling::default(),
        tokens_max: 100,
        limits: rig.limits,
    };
    let backend = Scripted::new(vec![Turn::text("here I am")]);
    let attempt = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(run(
            &task,
            &backend,
            unanswered.record,
            &rig.cancel,
            &mut quiet(),
        ));
    let Attempt::Ended(outcome) = attempt else {
        panic!("the second model answered")
    };
    assert_eq!(
        (outcome.stop, outcome.output.as_str()),
        (Stop::Completed, "here I am")
    );
    assert_eq!(
        rig.kinds(),
        [
            "decision", "task", "message", "message", "failed", "decision", "answer", "stop"
        ]
    );
    let (_, _, events) = rig.stored();
    assert_eq!(
        events[4].body,
        json!({"provider": "scripted", "model": "test-model", "reason": "refused"})
    );
    let record = rig.store.find(&Which::Last).unwrap();
    assert_eq!(
        record.model.as_deref(),
        Some("other"),
        "who answered in the end"
    );
}

#[test]
fn e05_a_model_that_fails_after_its_first_words_ends_the_run() {
    let rig = Rig::new();
    let backend = Scripted::new(vec![Turn::text("I was").failing("gone")]);
    let Attempt::Ended(outcome) = rig.attempt(&backend, &mut quiet()) else {
        panic!("something was shown")
    };
    assert_eq!(
        (outcome.stop.exit_code(), outcome.output.as_str()),
        (4, "I was")
    );
}

#[test]
fn e05_words_of_an_earlier_turn_count_as_shown() {
    let rig = Rig::new();
    let second = Turn::new(Vec::new()).failing("gone");
    let backend = Scripted::new(vec![malformed(), second]);
    let Attempt::Ended(outcome) = rig.attempt(&backend, &mut quiet()) else {
        panic!("something was shown")
    };
    assert_eq!(outcome.stop.name(), "backend_failed");
}

#[test]
fn loading_is_nothing_that_was_said() {
    let rig = Rig::new();
    let loading = Event::Loading {
        done_bytes: 1,
        total_bytes: 2,
    };
    let unanswered = unanswered(&rig, vec![Turn::new(vec![loading]).failing("too large")]);
    assert!(matches!(unanswered.error, BackendError::Scripted { .. }));
}

#[test]
fn a_request_that_no_model_could_answer_is_not_asked_again() {
    let rig = Rig::new();
    assert!(
        matches!(
            rig.attempt(&Scripted::new(Vec::new()), &mut quiet()),
            Attempt::Ended(_)
        ),
        "the script is empty, which is nobody's illness"
    );
}

#[test]
fn r12_calls_that_went_on_are_not_made_again_by_another_model() {
    let mut rig = Rig::new();
    rig.spec.tools.native = vec!["fs.read".to_owned()];
    let call = json!({"id": "1", "name": "fs.read", "arguments": {"path": "a"}});
    let answer =
        json!({"role": "assistant", "content": "", "tool_calls": [call], "finish": "tool_calls"});
    let messages = [Message::user("hello")];
    let record = begin(
        &rig.store,
        &rig.spec,
        &rig.candidate,
        &decision(),
        json!({}),
        &messages,
        None,
    )
    .unwrap();
    let mut events = rig
        .store
        .events(&rig.store.find(&Which::Last).unwrap())
        .unwrap();
    let mut cut_off = events.events[0].clone();
    (cut_off.kind, cut_off.body) = ("answer".to_owned(), answer);
    events.events.push(cut_off);
    let toolbox = toolbox_of(&rig.spec, &rig.cancel);
    let task = Task {
        spec: &rig.spec,
        candidate: &rig.candidate,
        start: crate::agent::resume(&events, &UsageRecord::default()).unwrap(),
        toolbox: &toolbox,
        sampling: Sampling::default(),
        tokens_max: 100,
        limits: rig.limits,
    };
    let backend = Scripted::new(vec![Turn::new(Vec::new()).failing("refused")]);
    let attempt = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(run(&task, &backend, record, &rig.cancel, &mut quiet()));
    let Attempt::Ended(outcome) = attempt else {
        panic!("another model would make the call a second time")
    };
    assert_eq!(outcome.stop.name(), "backend_failed");
    let results = rig.kinds().into_iter().filter(|kind| kind == "tool_result");
    assert_eq!(results.count(), 1);
}
