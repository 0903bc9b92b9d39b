#![allow(clippy::unwrap_used)]

mod called;
mod ends;
mod handed_over;
mod shortened;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use aldo_backends::{
    Backend, Event, Finish, Message, Role, Sampling, Scripted, ToolCall, Turn, Usage,
};
use serde_json::json;
use tempfile::TempDir;

use super::super::test_support::{candidate, decision, spec, toolbox};
use super::super::{Attempt, Cancel, Limits, Outcome, Show, Start, Task, begin};
use super::run;
use crate::agent::{Shown, Stop};
use crate::candidate::Candidate;
use crate::spec::{AgentSpec, DecodingMode, Iteration, SummaryStrategy, TerminationCondition};
use crate::store::{EventRecord, Redactor, Status, Store, Which};
use crate::tools::{Approver, Toolbox};

/// A store, a model of a price, and what an agent did there.
struct Rig {
    _folder: TempDir,
    store: Arc<Store>,
    spec: AgentSpec,
    limits: Limits,
    cancel: Cancel,
    toolbox: Option<Toolbox>,
    candidate: Candidate,
}

fn toolbox_of(spec: &AgentSpec, cancel: &Cancel) -> Toolbox {
    toolbox(&spec.tools, Approver::nobody(false), cancel)
}

impl Rig {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let spec = spec();
        Self {
            store: Arc::new(Store::open(folder.path(), Redactor::default()).unwrap()),
            limits: Limits::of(&spec, None),
            spec,
            cancel: Cancel::new(),
            toolbox: None,
            candidate: candidate(),
            _folder: folder,
        }
    }

    fn run(&self, turns: Vec<Turn>) -> Outcome {
        self.run_with(&Scripted::new(turns), &mut |_| ControlFlow::Continue(()))
    }

    /// Runs to the end, also where the model leaves the run to another one and there is none.
    fn run_with(&self, backend: &dyn Backend, show: &mut Show<'_>) -> Outcome {
        match self.attempt(backend, show) {
            Attempt::Ended(outcome) => *outcome,
            Attempt::Spoken(spoken) => spoken.end(),
            Attempt::Unanswered(unanswered) => unanswered.end(),
        }
    }

    fn attempt(&self, backend: &dyn Backend, show: &mut Show<'_>) -> Attempt {
        let candidate = &self.candidate;
        let messages = vec![Message::system("You are a test."), Message::user("hello")];
        let record = begin(
            &self.store,
            &self.spec,
            candidate,
            &decision(),
            json!({}),
            &messages,
            None,
        )
        .unwrap();
        let toolbox = self.toolbox.clone();
        let toolbox = toolbox.unwrap_or_else(|| toolbox_of(&self.spec, &self.cancel));
        let task = Task {
            spec: &self.spec,
            candidate,
            start: Start::new(messages),
            toolbox: &toolbox,
            sampling: Sampling::default(),
            tokens_max: 100,
            limits: self.limits,
        };
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(run(&task, backend, record, &self.cancel, show))
    }

    fn stored(&self) -> (Status, String, Vec<EventRecord>) {
        let record = self.store.find(&Which::Last).unwrap();
        let events = self.store.events(&record).unwrap();
        assert_eq!(events.broken, None);
        (
            record.status,
            record.stop.unwrap_or_default(),
            events.events,
        )
    }

    fn kinds(&self) -> Vec<String> {
        self.stored()
            .2
            .into_iter()
            .map(|event| event.kind)
            .collect()
    }
}

fn used(tokens_in: u64, tokens_out: u64) -> Usage {
    Usage {
        tokens_in,
        tokens_out,
        first_token_ms: 5.0,
        ..Usage::default()
    }
}

fn malformed() -> Turn {
    Turn::new(vec![
        Event::Text("let me see ".to_owned()),
        Event::MalformedToolCall {
            text: "<tool_call>{".to_owned(),
            reason: "the object does not end".to_owned(),
        },
    ])
    .using(used(10, 5))
}

#[test]
fn an_answer_is_joined_shown_and_written_down() {
    let rig = Rig::new();
    let turn = Turn::new(vec![
        Event::Reasoning("hm".to_owned()),
        Event::Text("hel".to_owned()),
        Event::Text("lo".to_owned()),
    ]);
    let mut shown = Vec::new();
    let outcome = rig.run_with(&Scripted::new(vec![turn.using(used(7, 3))]), &mut |event| {
        if let Shown::Event(event) = event {
            shown.push((*event).clone());
        }
        ControlFlow::Continue(())
    });
    assert_eq!(
        (outcome.stop.clone(), outcome.output.as_str()),
        (Stop::Completed, "hello")
    );
    assert_eq!((outcome.usage.tokens_in, outcome.usage.tokens_out), (7, 3));
    assert!(
        (outcome.usd - 13e-6).abs() < 1e-12,
        "7 read at $1, 3 written at $2 a million"
    );
    assert_eq!(shown.len(), 4, "{shown:?}");
    let (status, stop, events) = rig.stored();
    assert_eq!((status, stop.as_str()), (Status::Completed, "completed"));
    assert_eq!(
        rig.kinds(),
        ["decision", "task", "message", "message", "answer", "stop"]
    );
    let answer =
        json!({"role": "assistant", "content": "hello", "reasoning": "hm", "finish": "stop"});
    assert_eq!(events[4].body, answer);
}

#[test]
fn the_request_holds_what_the_task_says() {
    let rig = Rig::new();
    let backend = Scripted::new(vec![Turn::text("ok")]);
    rig.run_with(&backend, &mut |_| ControlFlow::Continue(()));
    let requests = backend.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].tokens_max, 100);
    let roles: Vec<Role> = requests[0]
        .messages
        .iter()
        .map(|message| message.role)
        .collect();
    assert_eq!(roles, [Role::System, Role::User]);
}

#[test]
fn a_call_that_cannot_be_read_is_explained_and_never_replayed() {
    let rig = Rig::new();
    let backend = Scripted::new(vec![malformed(), Turn::text("sorry").using(used(20, 1))]);
    let outcome = rig.run_with(&backend, &mut |_| ControlFlow::Continue(()));
    assert_eq!(
        (outcome.stop, outcome.output.as_str()),
        (Stop::Completed, "sorry")
    );
    assert_eq!((outcome.usage.tokens_in, outcome.usage.tokens_out), (30, 6));
    assert!(
        (outcome.usage.first_token_ms - 5.0).abs() < 1e-9,
        "of the first turn"
    );
    let second = &backend.requests()[1].messages;
    assert_eq!(second.len(), 4);
    assert_eq!(
        (second[2].role, second[2].content.as_str()),
        (Role::Assistant, "let me see ")
    );
    assert!(
        second[3].content.contains("the object does not end"),
        "{}",
        second[3].content
    );
    assert!(
        second
            .iter()
            .all(|message| !message.content.contains("<tool_call>"))
    );
    assert_eq!(
        rig.kinds(),
        [
            "decision",
            "task",
            "message",
            "message",
            "answer",
            "malformed_tool_call",
            "message",
            "answer",
            "stop"
        ]
    );
}

#[test]
fn a_model_that_keeps_writing_broken_calls_is_stopped() {
    let rig = Rig::new();
    let outcome = rig.run(vec![malformed(), malformed(), malformed(), malformed()]);
    assert!(
        matches!(outcome.stop, Stop::MalformedToolCall { .. }),
        "{:?}",
        outcome.stop
    );
    assert_eq!(outcome.usage.tokens_in, 30, "three turns");
    assert_eq!(rig.stored().1, "malformed_tool_call");
}

#[test]
fn an_answer_that_is_not_whole_is_no_success() {
    let rig = Rig::new();
    let outcome = rig.run(vec![
        Turn::text("half an")
            .finishing(Finish::Length)
            .using(used(1, 100)),
    ]);
    assert_eq!(outcome.stop, Stop::LengthLimit { tokens: 100 });
    assert_eq!(
        (outcome.stop.exit_code(), outcome.output.as_str()),
        (1, "half an")
    );
    assert_eq!(rig.stored().2[4].body["finish"], "length");
}

#[test]
fn a_mentioned_text_ends_the_run_before_anything_else_is_looked_at() {
    let mut rig = Rig::new();
    rig.spec.termination.text_mention = Some("DONE".to_owned());
    let outcome = rig.run(vec![Turn::text("all DONE").finishing(Finish::Length)]);
    assert_eq!(
        outcome.stop,
        Stop::TextMention {
            text: "DONE".to_owned()
        }
    );
    assert_eq!(
        (outcome.stop.exit_code(), rig.stored().0),
        (0, Status::Completed)
    );

    rig.spec.termination.text_mention = None;
    rig.spec.iteration = Some(Iteration {
        max_cycles: 3,
        context_window: None,
        summary_strategy: SummaryStrategy::RollingWindow,
        termination_conditions: vec![
            TerminationCondition::BudgetExhausted,
            TerminationCondition::TextIncludes {
                text: "OVER".to_owned(),
            },
        ],
    });
    let outcome = rig.run(vec![Turn::text("OVER")]);
    assert_eq!(
        outcome.stop,
        Stop::TextMention {
            text: "OVER".to_owned()
        }
    );
    assert_eq!(rig.run(vec![Turn::text("over")]).stop, Stop::Completed);
}

#[test]
fn promised_json_is_checked() {
    let mut rig = Rig::new();
    rig.spec.model_policy.decoding.mode = DecodingMode::Json;
    assert_eq!(
        rig.run(vec![Turn::text(" {\"a\": [1]}\n")]).stop,
        Stop::Completed
    );
    let outcome = rig.run(vec![Turn::text("Sure: {}")]);
    assert!(
        matches!(outcome.stop, Stop::InvalidJson { .. }),
        "{:?}",
        outcome.stop
    );
    assert_eq!(
        (outcome.stop.exit_code(), outcome.output.as_str()),
        (1, "Sure: {}")
    );
}

#[test]
fn ceilings_stop_the_next_turn() {
    let mut rig = Rig::new();
    let full = rig.limits;
    let turns = || vec![malformed(), Turn::text("never asked")];

    rig.limits = Limits {
        turns_max: 1,
        ..full
    };
    assert_eq!(rig.run(turns()).stop, Stop::MaxTurns { turns: 1 });
    rig.limits = Limits {
        tokens_in_max: Some(10),
        ..full
    };
    assert_eq!(rig.run(turns()).stop, Stop::MaxTokens { tokens: 10 });
    rig.limits = Limits {
        usd_max: Some(1e-6),
        ..full
    };
    assert_eq!(rig.run(turns()).stop, Stop::MaxUsd { usd: 1e-6 });
    rig.limits = Limits {
        turns_max: 2,
        tokens_in_max: Some(100),
        usd_max: Some(1.0),
        ..full
    };
    assert_eq!(rig.run(turns()).stop, Stop::Completed);
}
