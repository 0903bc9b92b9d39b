#![allow(clippy::unwrap_used)]

mod roles;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Barrier;

use super::super::crew::tests::{agent, gathered, supervisor};
use super::*;
use crate::spec::Found;

/// What agents do, in the order they are set to work, and what they were given.
#[derive(Default)]
struct Stage {
    answers: RefCell<VecDeque<(&'static str, Report)>>,
    given: RefCell<Vec<(String, Place, Value)>>,
}

impl Stage {
    /// Has each answer its text when its agent is next.
    fn playing(answers: &[(&'static str, &str)]) -> Self {
        let answers = answers.iter();
        Self {
            answers: RefCell::new(
                answers
                    .map(|(name, text)| (*name, Report::done((*text).to_owned())))
                    .collect(),
            ),
            ..Self::default()
        }
    }

    fn start<'a>(&'a self, order: Order<'a>) -> Working<'a> {
        let alias = order.child.alias.clone();
        self.given
            .borrow_mut()
            .push((alias.clone(), order.place, order.inputs));
        let (expected, report) = self.answers.borrow_mut().pop_front().unwrap();
        assert_eq!(alias, expected);
        Box::pin(std::future::ready(report))
    }

    fn given(&self) -> Vec<(String, String, Value)> {
        let given = self.given.borrow();
        let shown = given
            .iter()
            .map(|(name, place, inputs)| (name.clone(), place.to_string(), inputs.clone()));
        shown.collect()
    }
}

fn tree(root: Found) -> Member {
    let others = ["b", "c", "d", "judge"].map(|name| agent(name, ""));
    gathered(root, &others).unwrap()
}

fn scope(member: &Member) -> Scope {
    let inputs = json!({"task": "t"}).as_object().unwrap().clone();
    let names = member.below().map(|child| child.alias.clone());
    Scope::new(inputs, names.collect::<Vec<_>>())
}

async fn work(member: &Member, stage: &Stage) -> Report {
    let cancel = Cancel::new();
    let team = Team {
        member,
        at_once: 8,
        cancel: &cancel,
        start: &|order| stage.start(order),
    };
    team.work(scope(member)).await
}

#[tokio::test]
async fn sequential_chains_outputs() {
    let member = tree(supervisor("a", "strategy: sequential", &["b", "c", "d"]));
    let stage = Stage::playing(&[("b", "one"), ("c", "two"), ("d", "three")]);
    assert_eq!(
        work(&member, &stage).await,
        Report::done("three".to_owned())
    );
    let row = |name: &str, place: &str, task: &str| {
        (name.to_owned(), place.to_owned(), json!({ "task": task }))
    };
    assert_eq!(
        stage.given(),
        [
            row("b", "1.1", "t"),
            row("c", "1.2", "one"),
            row("d", "1.3", "two")
        ]
    );
}

#[tokio::test]
async fn sequential_stops_at_the_first_failure_and_names_it() {
    let member = tree(supervisor("a", "strategy: sequential", &["b", "c", "d"]));
    let stage = Stage::playing(&[("b", "one"), ("c", "cut")]);
    stage.answers.borrow_mut()[1].1.stop = Stop::MaxUsd { usd: 1.0 };
    let report = work(&member, &stage).await;
    assert_eq!(report.stop.name(), "subagent_failed");
    assert_eq!(
        report.stop.message().unwrap(),
        "`c` stopped with `max_usd`: the run may cost $1.000000, and cost more"
    );
    assert_eq!(report.stop.exit_code(), 1);
    assert_eq!(stage.given().len(), 2, "`d` never worked");
}

#[tokio::test]
async fn the_exit_code_is_that_of_the_agent_that_failed() {
    let member = tree(supervisor("a", "strategy: sequential", &["b"]));
    let reason = || "no".to_owned();
    for (stop, code) in [
        (Stop::Refused { reason: reason() }, 3),
        (Stop::BackendFailed { reason: reason() }, 4),
    ] {
        let stage = Stage::playing(&[("b", "")]);
        stage.answers.borrow_mut()[0].1.stop = stop;
        assert_eq!(work(&member, &stage).await.stop.exit_code(), code);
    }
}

#[tokio::test]
async fn parallel_gives_all_the_same_and_keeps_the_order_of_the_spec() {
    let member = tree(supervisor("a", "strategy: parallel", &["b", "c"]));
    let both = Barrier::new(2);
    let cancel = Cancel::new();
    let team = Team {
        member: &member,
        at_once: 8,
        cancel: &cancel,
        start: &|order| {
            let both = &both;
            assert_eq!(order.inputs, json!({"task": "t"}));
            Box::pin(async move {
                // Neither ends before both have begun; the first of the spec ends last.
                both.wait().await;
                if order.place.number == 1 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Report::done(format!("by {}\n", order.child.alias))
            })
        },
    };
    assert_eq!(
        team.work(scope(&member)).await.output,
        "## b\n\nby b\n\n## c\n\nby c"
    );
}

#[tokio::test]
async fn parallel_has_at_most_so_many_at_work_at_once() {
    let member = tree(supervisor("a", "strategy: parallel", &["b", "c", "d"]));
    let (now, most) = (Cell::new(0), Cell::new(0));
    let cancel = Cancel::new();
    let team = Team {
        member: &member,
        at_once: 2,
        cancel: &cancel,
        start: &|_| {
            let (now, most) = (&now, &most);
            Box::pin(async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                tokio::task::yield_now().await;
                now.set(now.get() - 1);
                Report::done(String::new())
            })
        },
    };
    assert!(team.work(scope(&member)).await.is_done());
    assert_eq!(most.get(), 2);
}

#[tokio::test]
async fn a_failure_ends_those_beside_it_and_those_that_wait() {
    let member = tree(supervisor("a", "strategy: parallel", &["b", "c", "d"]));
    let begun = Cell::new(0);
    let cancel = Cancel::new();
    let team = Team {
        member: &member,
        at_once: 2,
        cancel: &cancel,
        start: &|order| {
            begun.set(begun.get() + 1);
            Box::pin(async move {
                if order.child.alias == "c" {
                    let reason = "the server has gone".to_owned();
                    return Report::stopped(Stop::BackendFailed { reason });
                }
                order.cancel.canceled().await;
                Report::stopped(Stop::Canceled)
            })
        },
    };
    let report = team.work(scope(&member)).await;
    assert_eq!(
        report.stop.message().unwrap(),
        "`c` stopped with `backend_failed`: the server has gone"
    );
    assert_eq!(begun.get(), 2, "`d` waited and never began");
    assert!(!cancel.is_canceled(), "only the team was asked to end");
}

#[tokio::test]
async fn the_wish_of_the_user_reaches_all_and_is_no_failure() {
    let member = tree(supervisor("a", "strategy: parallel", &["b", "c"]));
    let cancel = Cancel::new();
    let team = Team {
        member: &member,
        at_once: 8,
        cancel: &cancel,
        start: &|order| {
            cancel.cancel();
            Box::pin(async move {
                order.cancel.canceled().await;
                Report::stopped(Stop::Canceled)
            })
        },
    };
    assert_eq!(team.work(scope(&member)).await.stop, Stop::Canceled);
}

#[tokio::test]
async fn debate_gives_the_aggregator_everything() {
    let composite = "strategy: debate, aggregator: judge";
    let member = tree(supervisor("a", composite, &["b", "c"]));
    let stage = Stage::playing(&[("b", "yes"), ("c", "no"), ("judge", "perhaps")]);
    assert_eq!(work(&member, &stage).await.output, "perhaps");
    let (_, place, inputs) = stage.given().pop().unwrap();
    assert_eq!(place, "1.3");
    assert_eq!(inputs, json!({"task": "t", "b": "yes", "c": "no"}));
}

#[tokio::test]
async fn iterative_repeats_until_the_word_and_gives_what_came_before_it() {
    let composite = "strategy: iterative, iteration: {max_rounds: 4, terminate: APPROVED}";
    let member = tree(supervisor("a", composite, &["b", "c"]));
    let stage = Stage::playing(&[
        ("b", "draft"),
        ("c", "longer"),
        ("b", "long draft"),
        ("c", "APPROVED"),
    ]);
    assert_eq!(work(&member, &stage).await.output, "long draft");
    let given = stage.given();
    assert_eq!(
        (given[2].1.as_str(), &given[2].2),
        ("2.1", &json!({"task": "longer"}))
    );
}

#[tokio::test]
async fn iterative_without_the_word_stops_at_its_rounds() {
    let rounds = |terminate: &str| {
        let composite = format!("strategy: iterative, iteration: {{max_rounds: 2{terminate}}}");
        tree(supervisor("a", &composite, &["b"]))
    };
    let stage = || Stage::playing(&[("b", "one"), ("b", "two")]);
    let report = work(&rounds(", terminate: APPROVED"), &stage()).await;
    assert_eq!(report.stop, Stop::MaxRounds { rounds: 2 });
    assert_eq!(
        (report.output.as_str(), report.stop.exit_code()),
        ("two", 1)
    );
    let report = work(&rounds(""), &stage()).await;
    assert_eq!(report, Report::done("two".to_owned()));
}

#[tokio::test]
async fn an_input_that_is_not_there_ends_the_team_before_anybody_is_asked() {
    let root = agent(
        "a",
        "spawn: {allowed: [b]}\ncomposite: {strategy: parallel, subagents: [{agent: b, input_map: {x: brief}}]}\n",
    );
    let stage = Stage::default();
    let report = work(&tree(root), &stage).await;
    assert_eq!(report.stop.exit_code(), 2);
    assert_eq!(
        report.stop.message().unwrap(),
        "`b` stopped with `bad_inputs`: `b` cannot be given `x`: there is no input and no output `brief`"
    );
}
