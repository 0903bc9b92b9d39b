#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aldo_backends::{Endpoint, Finish, Message, Reach, ToolCall, Usage};
use serde_json::json;
use tempfile::TempDir;

use super::super::attributes::Value;
use super::super::span::Kind;
use super::*;
use crate::store::{Ending, Entry, NewRun, Redactor, Run, ServedBy, Status, StepUsage, Store};

const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

/// A store, and the spans of its runs. What is heard first is heard in the first second, and so on.
struct Told {
    store: Arc<Store>,
    spans: Arc<Mutex<Vec<Span>>>,
    withheld: Arc<Mutex<Vec<Withheld>>>,
    _folder: TempDir,
}

impl Told {
    fn new(endpoint: &str, content: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let endpoint = Endpoint::new(endpoint, Reach::OperatorNetwork).unwrap();
        let admission = Admission::new(endpoint, content);
        let spans: Arc<Mutex<Vec<Span>>> = Arc::default();
        let withheld: Arc<Mutex<Vec<Withheld>>> = Arc::default();
        let (to, why) = (Arc::clone(&spans), Arc::clone(&withheld));
        let state = Mutex::new((Traces::default(), Timestamp::UNIX_EPOCH));
        let listener = move |heard: &Heard<'_>| {
            let mut state = state.lock().unwrap();
            let (traces, at) = &mut *state;
            *at += SECOND;
            match traces.hear(heard, &admission, *at, next_id) {
                Ok(spans) => lock(&to).extend(spans),
                Err(withheld) => lock(&why).push(withheld),
            }
        };
        let redactor = Redactor::new([("SOME_TOKEN".to_owned(), "canary-8181".to_owned())]);
        let store = Store::open(folder.path(), redactor).unwrap();
        Self {
            store: Arc::new(store.heard_by(Some(Box::new(listener)))),
            spans,
            withheld,
            _folder: folder,
        }
    }

    fn run(&self, agent: &str, parent: Option<&Run>) -> Run {
        let new = NewRun {
            agent: agent.to_owned(),
            agent_version: "1.0.0".to_owned(),
            privacy_tier: "internal",
            model: Some("m".to_owned()),
            provider: Some("ollama".to_owned()),
            locality: Some("local"),
            parent: parent.map(Run::id),
            ..NewRun::default()
        };
        let entries = [
            Entry::Decision(json!({})),
            Entry::Message(Message::system("Be brief.")),
            Entry::Message(Message::user("canary-9191 canary-8181")),
        ];
        self.store.begin(&new, &entries).unwrap()
    }

    /// The spans so far, one a line; ids are those of the order in which they were made.
    fn shown(&self) -> String {
        let mut shown = String::new();
        let spans = lock(&self.spans);
        for span in spans.iter() {
            let seconds = |at: Timestamp| at.as_second();
            let kind = match span.kind {
                Kind::Internal => "in",
                Kind::Client => "out",
            };
            let _ = write!(
                shown,
                "{} {kind} {}..{}",
                span.name,
                seconds(span.start),
                seconds(span.end)
            );
            for (key, value) in &span.attributes.0 {
                let value = match value {
                    Value::Text(text) => text.clone(),
                    Value::Texts(texts) => texts.join("+"),
                    Value::Count(count) => count.to_string(),
                    Value::Real(real) => real.to_string(),
                };
                if !SAME.contains(key) {
                    let _ = write!(shown, " {key}={value}");
                }
            }
            shown.push('\n');
        }
        shown
    }
}

/// What every span of a run says alike.
const SAME: [&str; 3] = [
    "gen_ai.conversation.id",
    "gen_ai.agent.name",
    "gen_ai.operation.name",
];

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap()
}

fn next_id() -> SpanId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    SpanId(NEXT.fetch_add(1, Ordering::SeqCst))
}

fn used() -> StepUsage {
    StepUsage {
        provider: "ollama".to_owned(),
        model: "m".to_owned(),
        usage: Usage {
            tokens_in: 10,
            tokens_cached: 4,
            tokens_out: 3,
            first_token_ms: 500.0,
            ..Usage::default()
        },
        usd: 0.5,
    }
}

fn answer(finish: Option<Finish>, calls: Vec<ToolCall>) -> Entry {
    Entry::Answer {
        message: Message::assistant("canary-9292").with_tool_calls(calls),
        finish,
    }
}

fn call(id: &str, name: &str) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: json!({"path": "canary-9393"}),
    }
}

fn intent(call: ToolCall) -> Entry {
    Entry::ToolIntent {
        call,
        permission: "spec",
        side_effects: false,
    }
}

fn result(id: &str, name: &str, outcome: &'static str) -> Entry {
    Entry::ToolResult {
        id: id.to_owned(),
        name: name.to_owned(),
        outcome,
        text: "canary-9494".to_owned(),
        elapsed_ms: 2_000,
    }
}

fn ending(status: Status, stop: &'static str) -> Ending {
    Ending {
        status,
        stop,
        reason: Some("canary-9595".to_owned()),
    }
}

/// A run with two answers and three calls: one done, one refused, one of a tool that nobody has.
fn with_tools(told: &Told) {
    let mut run = told.run("reader", None);
    let calls = vec![call("c1", "fs.read"), call("c2", "fs.write")];
    run.append(&[answer(Some(Finish::ToolCalls), calls)], Some(&used()))
        .unwrap();
    run.append(&[intent(call("c1", "fs.read"))], None).unwrap();
    run.append(&[result("c1", "fs.read", "done")], None)
        .unwrap();
    run.append(&[result("c2", "fs.write", "refused")], None)
        .unwrap();
    run.append(&[result("c3", "made up, canary-9696", "failed")], None)
        .unwrap();
    let last = [answer(Some(Finish::Stop), Vec::new())];
    run.finish(
        &last,
        Some(&used()),
        &ending(Status::Completed, "completed"),
    )
    .unwrap();
}

#[test]
fn a_run_its_answers_and_its_calls_are_spans() {
    let told = Told::new("http://127.0.0.1:4318", false);
    with_tools(&told);
    insta::assert_snapshot!(told.shown(), @r"
    chat m out 1..2 gen_ai.provider.name=ollama gen_ai.request.model=m gen_ai.response.finish_reasons=tool_calls gen_ai.usage.input_tokens=10 gen_ai.usage.output_tokens=3 gen_ai.usage.cache_read.input_tokens=4 gen_ai.response.time_to_first_chunk=0.5 aldo.usd=0.5
    execute_tool fs.read in 2..4 gen_ai.tool.name=fs.read gen_ai.tool.type=function gen_ai.tool.call.id=c1
    execute_tool fs.write in 3..5 gen_ai.tool.name=fs.write gen_ai.tool.type=function gen_ai.tool.call.id=c2 error.type=refused
    execute_tool _OTHER in 4..6 gen_ai.tool.name=_OTHER gen_ai.tool.type=function gen_ai.tool.call.id=c3 error.type=failed
    chat m out 6..7 gen_ai.provider.name=ollama gen_ai.request.model=m gen_ai.response.finish_reasons=stop gen_ai.usage.input_tokens=10 gen_ai.usage.output_tokens=3 gen_ai.usage.cache_read.input_tokens=4 gen_ai.response.time_to_first_chunk=0.5 aldo.usd=0.5
    invoke_agent reader in 1..7 gen_ai.agent.version=1.0.0 gen_ai.provider.name=ollama gen_ai.request.model=m gen_ai.usage.input_tokens=20 gen_ai.usage.output_tokens=6 aldo.privacy_tier=internal aldo.locality=local aldo.usd=1
    ");
    let spans = lock(&told.spans);
    let agent = spans.last().unwrap();
    assert_eq!(agent.parent, None);
    assert!(
        spans[..5]
            .iter()
            .all(|span| span.parent == Some(agent.id) && span.trace == agent.trace)
    );
}

#[test]
fn nothing_that_anybody_wrote_is_in_a_span_unless_the_user_asks_for_it() {
    let told = Told::new("http://127.0.0.1:4318", false);
    with_tools(&told);
    let spans = format!("{:?}", lock(&told.spans));
    assert!(!spans.contains("canary"), "{spans}");
    let told = Told::new("http://127.0.0.1:4318", true);
    with_tools(&told);
    let spans = format!("{:?}", lock(&told.spans));
    for said in ["9191", "9292", "9393", "9494"] {
        assert!(spans.contains(&format!("canary-{said}")), "{said}: {spans}");
    }
    assert!(spans.contains("[redacted:SOME_TOKEN]"), "{spans}");
    // A secret, the reason of an end, the name of a tool that a model made up.
    for never in ["8181", "9595", "9696"] {
        assert!(
            !spans.contains(&format!("canary-{never}")),
            "{never}: {spans}"
        );
    }
}

#[test]
fn what_goes_wrong_is_a_word() {
    let told = Told::new("http://127.0.0.1:4318", false);
    let mut run = told.run("unlucky", None);
    let failed = Entry::Failed {
        provider: "vllm".to_owned(),
        model: "big".to_owned(),
        reason: "canary-9797".to_owned(),
    };
    let next = ServedBy {
        model: Some("aldo-nano".to_owned()),
        provider: "candle".to_owned(),
        locality: "local",
    };
    run.hand_over(&[failed], Some(&next)).unwrap();
    run.append(&[intent(call("c1", "shell.exec"))], None)
        .unwrap();
    let cut = [answer(None, Vec::new())];
    run.finish(&cut, None, &ending(Status::Canceled, "canceled"))
        .unwrap();
    insta::assert_snapshot!(told.shown(), @r"
    chat big out 1..2 gen_ai.provider.name=vllm gen_ai.request.model=big error.type=model_failed
    chat aldo-nano in 3..4 gen_ai.provider.name=candle gen_ai.request.model=aldo-nano error.type=canceled
    execute_tool shell.exec in 3..4 gen_ai.tool.name=shell.exec gen_ai.tool.type=function gen_ai.tool.call.id=c1 error.type=canceled
    invoke_agent unlucky in 1..4 gen_ai.agent.version=1.0.0 gen_ai.provider.name=candle gen_ai.request.model=aldo-nano gen_ai.usage.input_tokens=0 gen_ai.usage.output_tokens=0 aldo.privacy_tier=internal aldo.locality=local error.type=canceled
    ");
    let spans = format!("{:?}", lock(&told.spans));
    assert!(!spans.contains("canary"), "{spans}");
}

#[test]
fn a_tree_is_one_trace_under_the_id_of_the_run_at_its_top() {
    let told = Told::new("http://127.0.0.1:4318", false);
    let lead = told.run("lead", None);
    let child = told.run("child", Some(&lead));
    let grandchild = told.run("grandchild", Some(&child));
    let completed = ending(Status::Completed, "completed");
    for run in [&grandchild, &child, &lead] {
        run.finish(&[], None, &completed).unwrap();
    }
    let spans = lock(&told.spans);
    let [grandchild, child, top] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(top.trace, lead.id().bits());
    assert_eq!((child.trace, grandchild.trace), (top.trace, top.trace));
    assert_eq!(child.parent, Some(top.id));
    assert_eq!(grandchild.parent, Some(child.id));
}

#[test]
fn a_run_that_is_gone_on_with_is_told_of_again_in_the_same_trace() {
    let told = Told::new("http://127.0.0.1:4318", false);
    let run = told.run("reader", None);
    let id = run.id();
    run.finish(&[], None, &ending(Status::Canceled, "canceled"))
        .unwrap();
    let record = told.store.find(&crate::store::Which::Last).unwrap();
    let by = ServedBy {
        model: Some("other".to_owned()),
        provider: "candle".to_owned(),
        locality: "local",
    };
    let run = told
        .store
        .reopen(&record, &[Entry::Resumed], Some(&by))
        .unwrap();
    let last = [answer(Some(Finish::Stop), Vec::new())];
    run.finish(&last, None, &ending(Status::Completed, "completed"))
        .unwrap();
    let spans = lock(&told.spans);
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(
        names,
        ["invoke_agent reader", "chat other", "invoke_agent reader"]
    );
    assert!(spans.iter().all(|span| span.trace == id.bits()));
}

#[test]
fn of_what_happens_on_the_hosted_plane_nobody_makes_steps_up() {
    let told = Told::new("http://127.0.0.1:4318", false);
    let mut run = told.run("reader", None);
    run.append(&[Entry::HostedRequest(json!({}))], None)
        .unwrap();
    run.append(&[], Some(&used())).unwrap();
    let last = [answer(None, Vec::new())];
    run.finish(&last, None, &ending(Status::Failed, "hosted_failed"))
        .unwrap();
    insta::assert_snapshot!(told.shown(), @r"
    invoke_agent reader out 1..4 gen_ai.agent.version=1.0.0 gen_ai.provider.name=ollama gen_ai.request.model=m gen_ai.usage.input_tokens=10 gen_ai.usage.output_tokens=3 aldo.privacy_tier=internal aldo.locality=local aldo.usd=0.5 error.type=hosted_failed
    ");
}

#[test]
fn a_sensitive_run_is_not_told_to_another_machine() {
    let told = Told::new("http://collector.lan:4318", true);
    let new = NewRun {
        agent: "confidant".to_owned(),
        privacy_tier: "sensitive",
        ..NewRun::default()
    };
    let mut run = told.store.begin(&new, &[]).unwrap();
    run.append(&[answer(Some(Finish::Stop), Vec::new())], Some(&used()))
        .unwrap();
    // Nor what hangs below it, whatever that says of itself.
    let below = told.run("below", Some(&run));
    for run in [below, run] {
        run.finish(&[], None, &ending(Status::Completed, "completed"))
            .unwrap();
    }
    let spans = lock(&told.spans);
    assert_eq!(*spans, []);
    assert_eq!(*lock(&told.withheld), [Withheld::Sensitive]);
}
