//! Whose success is that of all.

use super::*;

/// A supervisor of `b`, `c` and `d` for whom the success of `roles` counts; `c` is to say `APPROVED`.
fn with_roles(composite: &str, roles: &str) -> Member {
    let spec = format!(
        "spawn: {{allowed: [b, c, d, judge]}}\ntermination: {{success_roles: [{roles}]}}\ncomposite: \
         {{{composite}, subagents: [{{agent: b}}, {{agent: c, as: review}}, {{agent: d}}]}}\n"
    );
    let others = [
        agent("b", ""),
        agent("c", "termination: {text_mention: APPROVED}\n"),
        agent("d", ""),
        agent("judge", ""),
    ];
    gathered(agent("a", &spec), &others).unwrap()
}

/// As [`Stage::playing`]; who says the word stops at it.
fn reporting(answers: &[(&'static str, &str)]) -> Stage {
    let stage = Stage::playing(answers);
    for (_, report) in stage.answers.borrow_mut().iter_mut() {
        if report.output.contains("APPROVED") {
            let text = "APPROVED".to_owned();
            report.stop = Stop::TextMention { text };
        }
    }
    stage
}

#[tokio::test]
async fn the_first_whose_success_counts_ends_the_others() {
    let member = with_roles("strategy: sequential", "review");
    let stage = reporting(&[("b", "draft"), ("review", "good, APPROVED")]);
    let report = work(&member, &stage).await;
    assert_eq!(report, Report::done("good, APPROVED".to_owned()));
    assert_eq!(stage.given().len(), 2, "`d` never worked");
    // The agent's own name serves as well as that of its output.
    let member = with_roles("strategy: sequential", "c");
    let stage = reporting(&[("b", "draft"), ("review", "APPROVED")]);
    assert!(work(&member, &stage).await.is_done());
}

#[tokio::test]
async fn without_the_success_that_counts_a_run_has_none() {
    let three = [("b", "draft"), ("review", "bad"), ("d", "end")];
    for composite in [
        "strategy: sequential",
        "strategy: parallel",
        "strategy: iterative, iteration: {max_rounds: 1}",
    ] {
        let report = work(&with_roles(composite, "review"), &reporting(&three)).await;
        assert_eq!(
            (report.stop.name(), report.stop.exit_code()),
            ("no_success", 1)
        );
        assert!(report.output.contains("end"), "{report:?}");
        assert_eq!(
            report.stop.message().unwrap(),
            "no success was reported by `review`"
        );
    }
    // Who names no text succeeds by answering.
    let report = work(&with_roles("strategy: sequential", "d"), &reporting(&three)).await;
    assert_eq!(report, Report::done("end".to_owned()));
}

#[tokio::test]
async fn rounds_go_on_until_the_success_that_counts() {
    let composite = "strategy: iterative, iteration: {max_rounds: 4}";
    let stage = reporting(&[
        ("b", "one"),
        ("review", "no"),
        ("d", "-"),
        ("b", "two"),
        ("review", "APPROVED"),
    ]);
    let report = work(&with_roles(composite, "review, d"), &stage).await;
    assert_eq!(
        report.output, "-",
        "`d` has no text to say and succeeds first"
    );
    let report = work(
        &with_roles(composite, "review"),
        &reporting(&[
            ("b", "one"),
            ("review", "no"),
            ("d", "-"),
            ("b", "two"),
            ("review", "APPROVED"),
        ]),
    )
    .await;
    assert_eq!(report, Report::done("APPROVED".to_owned()));
}

#[tokio::test]
async fn of_agents_side_by_side_the_first_success_ends_the_others() {
    let member = with_roles("strategy: debate, aggregator: judge", "d");
    let canceled = Cell::new(0);
    let cancel = Cancel::new();
    let team = Team {
        member: &member,
        at_once: 8,
        cancel: &cancel,
        start: &|order| {
            let canceled = &canceled;
            Box::pin(async move {
                if order.child.alias == "d" {
                    return Report::done("mine".to_owned());
                }
                order.cancel.canceled().await;
                canceled.set(canceled.get() + 1);
                Report::stopped(Stop::Canceled)
            })
        },
    };
    let report = team.work(scope(&member)).await;
    assert_eq!(report, Report::done("mine".to_owned()));
    assert_eq!(canceled.get(), 2);
    assert!(!cancel.is_canceled(), "only the team was asked to end");
}

#[tokio::test]
async fn a_failure_is_no_success_whoever_it_is() {
    let stage = reporting(&[("b", "cut")]);
    stage.answers.borrow_mut()[0].1.stop = Stop::MaxUsd { usd: 1.0 };
    let report = work(&with_roles("strategy: sequential", "b"), &stage).await;
    assert_eq!(report.stop.name(), "subagent_failed");
}
