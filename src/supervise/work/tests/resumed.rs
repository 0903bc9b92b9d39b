//! Trees that are gone on with: nobody who is done works again, and the others go on where they were.

use super::super::super::standing::{NotContinued, to_ask};
use super::*;
use crate::store::Status;

fn failing(text: &str) -> Turn {
    Turn::text(text).failing("the cable broke")
}

/// What the same models say in a later process.
impl Stage {
    fn then_saying(&mut self, turns: Vec<Turn>) {
        self.models[0].1 = Arc::new(Scripted::named("model", turns));
    }

    fn names_to_ask(&self, member: &Member) -> Vec<String> {
        let standing = Standing::of(&self.branch(), member).unwrap();
        let left = to_ask(member, Some(&standing)).into_iter();
        left.map(|member| member.name().to_owned()).collect()
    }
}

#[tokio::test]
async fn h01_who_is_done_does_not_work_again_and_the_rest_goes_on() {
    let mut stage = Stage::saying(vec![dear("one"), failing("tw")]);
    let member = tree(sequential());
    let came = stage.work(&member, json!({"task": "t"})).await;
    assert_eq!(came.report.stop.name(), "subagent_failed");
    assert_eq!(stage.names_to_ask(&member), ["c"]);
    let before = stage.store.children(&stage.branch().run).unwrap();
    stage.then_saying(vec![dear("two")]);
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    assert_eq!(came.report, Report::done("two".to_owned()));
    assert_eq!(
        stage.asked(0),
        ["one"],
        "what `b` wrote is what `c` works on"
    );
    assert_eq!(stage.tree(), "a:completed(b:completed c:completed)");
    let after = stage.store.children(&stage.branch().run).unwrap();
    let ids = |runs: &[RunRecord]| -> Vec<String> { runs.iter().map(|r| r.id.clone()).collect() };
    assert_eq!(ids(&before), ids(&after), "the runs are the same ones");
    assert_eq!(
        came.tally.usage().tokens_in,
        100_000,
        "what was used before counts"
    );
    assert!((came.tally.usd() - 0.2).abs() < 1e-9);
}

#[tokio::test]
async fn g09_what_was_spent_before_counts_against_the_ceiling_of_the_tree() {
    let mut stage = Stage::saying(vec![dear("one"), dear("two")]);
    stage.usd_max = Some(0.1);
    let member = tree(sequential());
    stage.work(&member, json!({"task": "t"})).await;
    stage.usd_max = Some(0.1005);
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    let reason = came.report.stop.message().unwrap();
    assert!(reason.contains("the run may cost $0.100500"), "{reason}");
    stage.usd_max = Some(1.0);
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    assert_eq!(came.report, Report::done("two".to_owned()));
    assert!((came.tally.usd() - 0.2).abs() < 1e-9);
}

#[tokio::test]
async fn h01_agents_side_by_side_both_go_on() {
    let mut stage = Stage::saying(vec![failing("on")]);
    let member = tree(supervisor("a", "strategy: parallel", &["b", "c"]));
    stage.work(&member, json!({"task": "t"})).await;
    assert_eq!(stage.names_to_ask(&member), ["b", "c"]);
    stage.then_saying(vec![Turn::text("one"), Turn::text("two")]);
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    assert_eq!(came.report.output, "## b\n\none\n\n## c\n\ntwo");
    assert_eq!(stage.tree(), "a:completed(b:completed c:completed)");
}

#[tokio::test]
async fn a_supervisor_that_has_spoken_is_not_asked_again() {
    let mut root = sequential();
    root.spec.prompt.system = "Lead.".to_owned();
    let member = tree(root);
    let mut stage = Stage::saying(vec![Turn::text("do it"), failing("on")]);
    stage.work(&member, json!({"task": "t"})).await;
    assert_eq!(stage.names_to_ask(&member), ["b", "c"]);
    stage.then_saying(vec![Turn::text("one"), Turn::text("two")]);
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    assert_eq!(came.report.output, "two");
    assert_eq!(stage.asked(0), ["do it", "one"]);
}

#[tokio::test]
async fn a_supervisor_that_has_not_spoken_speaks_first() {
    let mut root = sequential();
    root.spec.prompt.system = "Lead.".to_owned();
    let member = tree(root);
    let mut stage = Stage::saying(vec![failing("do")]);
    stage.work(&member, json!({"task": "t"})).await;
    assert_eq!(stage.names_to_ask(&member), ["a", "b", "c"]);
    let said = ["do it", "one", "two"].map(Turn::text);
    stage.then_saying(said.to_vec());
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    assert_eq!(came.report.output, "two");
    assert_eq!(stage.tree(), "a:completed(b:completed c:completed)");
}

#[tokio::test]
async fn rounds_go_on_in_the_round_they_were_in() {
    let composite = "strategy: iterative, iteration: {max_rounds: 3, terminate: DONE}";
    let member = tree(supervisor("a", composite, &["b", "c"]));
    let said = ["1b", "1c", "2b"].map(Turn::text);
    let mut stage = Stage::saying([said.to_vec(), vec![failing("2")]].concat());
    stage.work(&member, json!({"task": "t"})).await;
    assert_eq!(stage.names_to_ask(&member), ["b", "c"]);
    stage.then_saying(vec![Turn::text("DONE")]);
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    assert_eq!(came.report, Report::done("2b".to_owned()));
    assert_eq!(stage.asked(0), ["2b"]);
}

#[tokio::test]
async fn a_tree_below_a_tree_goes_on_where_it_was() {
    let inner = supervisor("b", "strategy: sequential", &["c", "d"]);
    let others = [
        inner,
        agent("c", "prompt: Work."),
        agent("d", "prompt: Work."),
    ];
    let member = gathered(supervisor("a", "strategy: sequential", &["b"]), &others).unwrap();
    let mut stage = Stage::saying(vec![Turn::text("one"), failing("tw")]);
    stage.work(&member, json!({"task": "t"})).await;
    assert_eq!(
        stage.tree(),
        "a:subagent_failed(b:subagent_failed(c:completed d:backend_failed))"
    );
    stage.then_saying(vec![Turn::text("two")]);
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    assert_eq!(came.report, Report::done("two".to_owned()));
    assert_eq!(
        stage.tree(),
        "a:completed(b:completed(c:completed d:completed))"
    );
    assert_eq!(stage.branch().run.status, Status::Completed);
}

#[tokio::test]
async fn what_is_done_and_not_yet_told_is_told() {
    let mut stage = Stage::saying(vec![Turn::text("one"), failing("tw")]);
    let member = tree(sequential());
    stage.work(&member, json!({"task": "t"})).await;
    // As if the process had been killed between the end of `b` and the word of it above.
    let database = rusqlite::Connection::open(stage.folder.path().join("runs.db")).unwrap();
    let cut = "PRAGMA foreign_keys = ON; DELETE FROM event WHERE run = 1 AND seq >= 2; DELETE FROM run WHERE number = 3";
    database.execute_batch(cut).unwrap();
    stage.then_saying(vec![Turn::text("two")]);
    let came = stage.go_on(&member, json!({"task": "t"})).await;
    assert_eq!(came.report, Report::done("two".to_owned()));
    assert_eq!(stage.asked(0), ["one"]);
    let told = stage.events(&stage.branch().run).into_iter();
    let told: Vec<Value> = told
        .filter(|event| event.kind == "subagent_ended")
        .map(|event| event.body["as"].clone())
        .collect();
    assert_eq!(told, ["b", "c"]);
}

#[tokio::test]
async fn another_agent_in_a_turn_that_has_begun_is_refused_by_name() {
    let stage = Stage::saying(vec![Turn::text("one"), failing("tw")]);
    stage.work(&tree(sequential()), json!({"task": "t"})).await;
    let other = tree(supervisor("a", "strategy: sequential", &["b", "d"]));
    let refused = Standing::of(&stage.branch(), &other).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "turn 1.2 of `a` was `c`, and its spec has `d` there now"
    );
    let fewer = tree(supervisor("a", "strategy: sequential", &["b"]));
    let refused = Standing::of(&stage.branch(), &fewer).unwrap_err();
    assert!(matches!(refused, NotContinued::Changed { now, .. } if now == "nobody"));
}
