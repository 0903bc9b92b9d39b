//! Conversations that come near the end of the model's window, which holds 1,000 tokens.

use super::*;

fn quiet() -> impl FnMut(&Shown<'_>) -> ControlFlow<()> + Send {
    |_: &Shown<'_>| ControlFlow::Continue(())
}

/// A turn of about 200 tokens that calls a tool nobody has.
fn long_turn(n: u32) -> Turn {
    let call = ToolCall {
        id: n.to_string(),
        name: "none".to_owned(),
        arguments: json!({"n": n}),
    };
    Turn::new(vec![
        Event::Text(format!("{n} {}", "x".repeat(500))),
        Event::ToolCall(call),
    ])
}

fn rig(strategy: SummaryStrategy) -> Rig {
    let mut rig = Rig::new();
    rig.spec.iteration = Some(Iteration {
        max_cycles: 50,
        context_window: None,
        summary_strategy: strategy,
        termination_conditions: Vec::new(),
    });
    rig
}

fn texts(messages: &[Message]) -> Vec<&str> {
    let texts = messages.iter().map(|message| message.content.as_str());
    texts
        .map(|text| text.split(' ').next().unwrap_or_default())
        .collect()
}

#[test]
fn a_rolling_window_leaves_the_first_steps_out_and_whole() {
    let rig = rig(SummaryStrategy::RollingWindow);
    let turns = (1..=5).map(long_turn).chain([Turn::text("done")]);
    let backend = Scripted::new(turns.collect());
    let outcome = rig.run_with(&backend, &mut quiet());
    assert_eq!(outcome.stop, Stop::Completed);
    let last = backend.requests().pop().unwrap().messages;
    assert_eq!(last[0].content, "You are a test.");
    assert!(
        last[1]
            .content
            .starts_with("hello\n\n[Your first steps are left out")
    );
    let kept = texts(&last[2..]);
    assert_eq!(kept.first().copied(), Some("3"), "{kept:?}");
    assert_eq!(
        kept.len() % 2,
        0,
        "a call and its result stay together: {kept:?}"
    );
    let (_, _, events) = rig.stored();
    let shortened: Vec<_> = events
        .iter()
        .filter(|event| event.kind == "shortened")
        .collect();
    assert_eq!(shortened.len(), 1);
    let expected = json!({"strategy": "rolling-window", "steps": 2, "summary": null});
    assert_eq!(shortened[0].body, expected);
}

#[test]
fn a_summary_stands_for_what_is_left_out() {
    let rig = rig(SummaryStrategy::PeriodicSummary);
    let mut turns: Vec<Turn> = (1..=4).map(long_turn).collect();
    turns.push(Turn::text(" I looked at 1 to 3. ").using(used(50, 9)));
    turns.push(Turn::text("done").using(used(300, 1)));
    let backend = Scripted::new(turns);
    let outcome = rig.run_with(&backend, &mut quiet());
    assert_eq!(
        (outcome.stop, outcome.usage.tokens_in),
        (Stop::Completed, 350)
    );
    let requests = backend.requests();
    let asked = &requests[4];
    assert!(
        asked.messages[0].content.contains("Sum up"),
        "{:?}",
        asked.messages[0]
    );
    assert!(
        asked.messages[1].content.contains("Agent calls none"),
        "{:?}",
        asked.messages[1]
    );
    assert!(asked.tools.is_empty() && asked.tokens_max == 125);
    let last = &requests[5].messages;
    assert!(
        last[1]
            .content
            .ends_with("[What you have done so far: I looked at 1 to 3.]")
    );
}

#[test]
fn a_summary_that_fails_leaves_the_steps_out_all_the_same() {
    let rig = rig(SummaryStrategy::PeriodicSummary);
    let mut turns: Vec<Turn> = (1..=4).map(long_turn).collect();
    turns.push(Turn::new(Vec::new()).failing("gone"));
    turns.push(Turn::text("done"));
    let backend = Scripted::new(turns);
    assert_eq!(rig.run_with(&backend, &mut quiet()).stop, Stop::Completed);
    let last = backend.requests().pop().unwrap().messages;
    assert!(
        last[1].content.contains("left out here"),
        "{}",
        last[1].content
    );
}

#[test]
fn what_cannot_fit_is_not_sent() {
    let mut rig = rig(SummaryStrategy::RollingWindow);
    rig.candidate.context_tokens = 8;
    let backend = Scripted::new(vec![Turn::text("never asked")]);
    let outcome = rig.run_with(&backend, &mut quiet());
    assert_eq!(
        (outcome.stop.name(), outcome.stop.exit_code()),
        ("does_not_fit", 1)
    );
    assert!(backend.requests().is_empty());
}

/// A model that makes more tokens of its conversation than anybody expects: two of three bytes.
struct Strict {
    inner: Scripted,
    context_max: usize,
    refused: std::sync::atomic::AtomicUsize,
}

impl Backend for Strict {
    fn model(&self) -> &str {
        self.inner.model()
    }

    fn generate(
        &self,
        request: aldo_backends::Request,
    ) -> Result<aldo_backends::Generation, aldo_backends::BackendError> {
        let bytes: usize = request.messages.iter().map(|one| one.content.len()).sum();
        let tokens_in = bytes * 2 / 3;
        if tokens_in > self.context_max {
            self.refused
                .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let context_max = self.context_max;
            return Err(aldo_backends::BackendError::ContextTooSmall {
                tokens_in,
                context_max,
            });
        }
        self.inner.generate(request)
    }
}

#[test]
fn a_model_that_counts_more_than_expected_is_asked_again_with_less() {
    let rig = rig(SummaryStrategy::RollingWindow);
    let turns = (1..=3).map(long_turn).chain([Turn::text("done")]);
    let backend = Strict {
        inner: Scripted::new(turns.collect()),
        context_max: 1_000,
        refused: std::sync::atomic::AtomicUsize::new(0),
    };
    let outcome = rig.run_with(&backend, &mut quiet());
    assert_eq!(
        (outcome.stop, outcome.output.as_str()),
        (Stop::Completed, "done")
    );
    assert_eq!(backend.refused.into_inner(), 1);
    assert_eq!(
        rig.kinds()
            .iter()
            .filter(|kind| *kind == "shortened")
            .count(),
        1
    );
    assert!(rig.store.unhealthy().unwrap().is_empty(), "it is not ill");
}
