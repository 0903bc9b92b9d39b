//! Turns that call tools.

use super::*;
use crate::candidate::{Candidate, Source};
use crate::spec::Approval;

fn call(id: &str, name: &str, arguments: serde_json::Value) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments,
    }
}

fn calling(calls: Vec<ToolCall>) -> Turn {
    Turn::new(calls.into_iter().map(Event::ToolCall).collect())
}

fn quiet() -> impl FnMut(&Shown<'_>) -> ControlFlow<()> + Send {
    |_: &Shown<'_>| ControlFlow::Continue(())
}

fn rig_with(tools: &[&str]) -> Rig {
    let mut rig = Rig::new();
    rig.spec.tools.native = tools.iter().map(|&name| name.to_owned()).collect();
    rig
}

fn looping(conditions: Vec<TerminationCondition>, max_cycles: u32) -> Iteration {
    Iteration {
        max_cycles,
        context_window: None,
        summary_strategy: SummaryStrategy::RollingWindow,
        termination_conditions: conditions,
    }
}

#[test]
fn results_of_one_turn_come_back_together_and_in_order() {
    let rig = rig_with(&["fs.read"]);
    let calls = vec![
        call("1", "fs.read", json!({"path": "a"})),
        call("2", "fs.reed", json!({})),
        call("3", "fs.read", json!("no object")),
    ];
    let backend = Scripted::new(vec![calling(calls), Turn::text("done")]);
    let outcome = rig.run_with(&backend, &mut quiet());
    assert_eq!(
        (outcome.stop, outcome.output.as_str()),
        (Stop::Completed, "done")
    );
    let requests = backend.requests();
    assert_eq!(requests[0].tools.len(), 1);
    let told = &requests[1].messages[2..];
    let ids: Vec<_> = told
        .iter()
        .map(|message| message.tool_call_id.as_deref())
        .collect();
    assert_eq!(ids, [None, Some("1"), Some("2"), Some("3")]);
    assert_eq!(told[0].tool_calls.len(), 3);
    assert_eq!(
        told[2].content,
        "no tool is called `fs.reed`; did you mean `fs.read`?"
    );
    assert_eq!(
        told[3].content,
        "the arguments of `fs.read` must be a JSON object"
    );
    // What was no call is answered with the intents; the call that runs is answered after it has run.
    assert_eq!(
        rig.kinds()[4..],
        [
            "answer",
            "tool_intent",
            "tool_result",
            "tool_result",
            "tool_result",
            "answer",
            "stop"
        ]
    );
}

#[test]
fn g08_a_call_that_nobody_approves_does_not_begin() {
    let rig = rig_with(&["shell.exec"]);
    let calls = vec![call("1", "shell.exec", json!({"program": "true"}))];
    let backend = Scripted::new(vec![calling(calls), Turn::text("then not")]);
    assert_eq!(rig.run_with(&backend, &mut quiet()).stop, Stop::Completed);
    let told = &backend.requests()[1].messages[3];
    assert!(
        told.content.contains("nobody is there to approve"),
        "{}",
        told.content
    );
    assert_eq!(
        rig.kinds()[4..],
        ["answer", "tool_result", "answer", "stop"]
    );
    let (_, _, events) = rig.stored();
    assert_eq!(events[5].body["outcome"], "refused");
}

#[test]
fn a_result_may_be_what_the_agent_waits_for() {
    let mut rig = rig_with(&["fs.read"]);
    let condition = |includes: &str| TerminationCondition::ToolResult {
        tool: "fs.read".to_owned(),
        includes: includes.to_owned(),
    };
    let turns = || {
        let calls = vec![call("1", "fs.read", json!("none"))];
        vec![calling(calls), Turn::text("never asked")]
    };
    rig.spec.iteration = Some(looping(vec![condition("must be a JSON object")], 5));
    let outcome = rig.run(turns());
    assert_eq!(
        (outcome.stop.name(), outcome.stop.exit_code()),
        ("tool_result", 0)
    );
    assert_eq!(rig.stored().0, Status::Completed);
    rig.spec.iteration = Some(looping(vec![condition("something else")], 5));
    assert_eq!(rig.run(turns()).stop, Stop::Completed);
}

#[test]
fn cycles_are_turns_that_call_tools() {
    let mut rig = rig_with(&["fs.read"]);
    rig.spec.iteration = Some(looping(Vec::new(), 2));
    rig.limits = Limits::of(&rig.spec, None);
    let turn = |n: u32| calling(vec![call(&n.to_string(), "fs.read", json!({"path": n}))]);
    let backend = Scripted::new(vec![turn(1), turn(2), Turn::text("never asked")]);
    let outcome = rig.run_with(&backend, &mut quiet());
    assert_eq!(outcome.stop, Stop::MaxCycles { cycles: 2 });
    assert_eq!(backend.turns_left(), 1);
    assert_eq!(
        rig.run(vec![turn(1), Turn::text("ok")]).stop,
        Stop::Completed
    );
}

#[test]
fn the_same_call_again_and_again_ends() {
    let rig = rig_with(&["fs.read"]);
    let turn = |n: u32| calling(vec![call(&n.to_string(), "fs.read", json!({"path": "a"}))]);
    let outcome = rig.run((0..9).map(turn).collect());
    let tool = "fs.read".to_owned();
    assert_eq!(outcome.stop, Stop::Repeating { tool, times: 5 });
    assert_eq!(outcome.stop.exit_code(), 1);
}

#[test]
fn a_budget_that_is_used_up_may_be_an_end_the_spec_wants() {
    let mut rig = rig_with(&["fs.read"]);
    let turns = || {
        let first = calling(vec![call("1", "fs.read", json!({"path": "a"}))]).using(used(10, 5));
        vec![first, Turn::text("never asked")]
    };
    rig.limits.usd_max = Some(1e-6);
    assert_eq!(rig.run(turns()).stop, Stop::MaxUsd { usd: 1e-6 });
    rig.spec.iteration = Some(looping(vec![TerminationCondition::BudgetExhausted], 5));
    let outcome = rig.run(turns());
    assert_eq!(
        (outcome.stop.name(), outcome.stop.exit_code()),
        ("budget_exhausted", 0)
    );
}

#[test]
fn d11_a_call_that_cannot_be_read_is_written_again_under_a_grammar() {
    let rig = rig_with(&["fs.read", "fs.list"]);
    let again = Turn::text(r#"{"name": "fs.read", "arguments": {"path": "a"}}"#).using(used(9, 4));
    let backend = Scripted::new(vec![
        malformed(),
        again,
        Turn::text("done").using(used(5, 1)),
    ]);
    let outcome = rig.run_with(&backend, &mut quiet());
    assert_eq!(outcome.stop, Stop::Completed);
    assert_eq!(
        (outcome.usage.tokens_in, outcome.usage.tokens_out),
        (24, 10)
    );
    let requests = backend.requests();
    assert!(!requests[1].response.is_free() && requests[1].tools.is_empty());
    let asked = requests[1].messages.last().unwrap();
    assert!(
        asked.content.contains("the object does not end"),
        "{}",
        asked.content
    );
    let third = &requests[2].messages;
    assert_eq!(
        (third[2].content.as_str(), third[2].tool_calls.len()),
        ("let me see ", 1)
    );
    assert_eq!(third[3].role, Role::Tool);
    assert_eq!(
        rig.kinds()[4..],
        [
            "answer",
            "malformed_tool_call",
            "repaired_tool_call",
            "tool_intent",
            "tool_result",
            "answer",
            "stop"
        ]
    );
}

#[test]
fn d11_what_cannot_be_written_again_is_explained() {
    let rig = rig_with(&["fs.read"]);
    let backend = Scripted::new(vec![
        malformed(),
        Turn::text("no json"),
        Turn::text("sorry"),
    ]);
    assert_eq!(rig.run_with(&backend, &mut quiet()).output, "sorry");
    let third = &backend.requests()[2].messages;
    assert_eq!(third.len(), 4);
    assert!(
        third[3].content.contains("Write the call again"),
        "{}",
        third[3].content
    );
}

#[test]
fn d11_a_server_is_told_what_is_wrong() {
    let mut rig = rig_with(&["fs.read"]);
    rig.candidate = Candidate {
        source: Source::Runtime {
            runtime: aldo_backends::Runtime::Ollama,
            base_url: "http://127.0.0.1:1".to_owned(),
        },
        ..candidate()
    };
    let backend = Scripted::new(vec![malformed(), Turn::text("sorry")]);
    assert_eq!(rig.run_with(&backend, &mut quiet()).output, "sorry");
    assert!(backend.requests()[1].response.is_free());
}

#[test]
fn a_turn_has_room_for_so_many_calls() {
    let mut rig = rig_with(&["fs.read"]);
    rig.candidate.context_tokens = 100_000;
    let many = (0..40).map(|n| call(&n.to_string(), "fs.read", json!({"path": "a"})));
    let backend = Scripted::new(vec![calling(many.collect()), Turn::text("ok")]);
    assert_eq!(rig.run_with(&backend, &mut quiet()).stop, Stop::Completed);
    let told = &backend.requests()[1].messages;
    assert_eq!(told.len(), 43);
    assert!(
        told[42].content.contains("only 32 calls"),
        "{}",
        told[42].content
    );
}

#[test]
fn a_spec_that_says_never_is_not_asked_about() {
    let mut rig = rig_with(&["shell.exec"]);
    let approvals = &mut rig.spec.tools.approvals;
    approvals.insert("shell.exec".to_owned(), Approval::Never);
    let calls = vec![call("1", "shell.exec", json!({"program": "true"}))];
    rig.run(vec![calling(calls), Turn::text("ok")]);
    let (_, _, events) = rig.stored();
    assert_eq!(events[5].kind, "tool_intent");
    assert_eq!(events[5].body["permission"], "not_asked");
    assert_eq!(events[5].body["side_effects"], true);
}
