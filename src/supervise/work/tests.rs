#![allow(clippy::unwrap_used)]

mod private;
mod resumed;

use std::collections::BTreeSet;
use std::sync::Arc;

use aldo_backends::{Backend, Role, Sampling, Scripted, Turn};
use serde_json::json;
use tempfile::TempDir;

use super::super::branch::Branch;
use super::super::crew::tests::{agent, gathered, supervisor};
use super::super::office::{Opening, Routing, Unopened};
use super::super::tally::Tally;
use super::*;
use crate::agent::test_support::toolbox;
use crate::candidate::{Locality, Price, Registry, Source};
use crate::capabilities::{Capability, CapabilityClass, PrivacyTier};
use crate::router::{Discovery, HostedAccess, Route};
use crate::spec::{Agents, Found};
use crate::store::{EventRecord, Redactor, RunRecord, Store, Which};
use crate::tools::Approver;

/// A model that does all that agents ask for, and costs a dollar a million tokens.
fn candidate(id: &str, locality: Locality) -> Candidate {
    Candidate {
        id: id.to_owned(),
        provider: "scripted".to_owned(),
        locality,
        classes: vec![CapabilityClass::LOCAL_REASONING],
        provides: BTreeSet::from([
            Capability::TOOL_USE,
            Capability::CONTEXT_128K,
            Capability::REASONING,
            Capability::STRUCTURED_OUTPUT,
            Capability::STREAMING,
        ]),
        privacy_allowed: PrivacyTier::ALL.to_vec(),
        context_tokens: 131_072,
        price: Price {
            usd_per_mtok_in: 1.0,
            usd_per_mtok_out: 1.0,
        },
        latency_p95_ms: None,
        rating: None,
        unhealthy: false,
        source: Source::Builtin,
    }
}

/// Models, and what each says when it is asked.
struct Stage {
    folder: TempDir,
    store: Arc<Store>,
    models: Vec<(Candidate, Arc<Scripted>)>,
    usd_max: Option<f64>,
}

/// What came of a tree.
struct Came {
    report: Report,
    tally: Tally,
}

impl Stage {
    /// One model on this machine that says `turns`.
    fn saying(turns: Vec<Turn>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Redactor::new(std::iter::empty())).unwrap();
        Self {
            store: Arc::new(store),
            folder,
            models: Vec::new(),
            usd_max: None,
        }
        .and("model", Locality::Local, turns)
    }

    /// As before, and the model `id` as well.
    fn and(mut self, id: &str, locality: Locality, turns: Vec<Turn>) -> Self {
        let model = (
            candidate(id, locality),
            Arc::new(Scripted::named(id, turns)),
        );
        self.models.push(model);
        self
    }

    fn open(&self, candidate: &Candidate) -> Opening<'_> {
        let mut models = self.models.iter();
        let (_, backend) = models.find(|(known, _)| known.id == candidate.id).unwrap();
        let backend: Arc<dyn Backend> = Arc::clone(backend) as Arc<dyn Backend>;
        Box::pin(std::future::ready(Ok::<_, Unopened>(backend)))
    }

    async fn work(&self, member: &Member, inputs: Value) -> Came {
        self.work_from(member, inputs, None).await
    }

    /// Goes on with the tree of the run that began last.
    async fn go_on(&self, member: &Member, inputs: Value) -> Came {
        let branch = self.branch();
        self.work_from(member, inputs, Some(&branch)).await
    }

    fn branch(&self) -> Branch {
        let root = self.store.find(&Which::Last).unwrap();
        let events = self.store.events(&root).unwrap();
        Branch::read(&self.store, root, events).unwrap()
    }

    async fn work_from(&self, member: &Member, inputs: Value, branch: Option<&Branch>) -> Came {
        let standing = branch.map(|branch| Standing::of(branch, member).unwrap());
        let candidates = self.models.iter().map(|(candidate, _)| candidate.clone());
        let office = Office {
            store: Arc::clone(&self.store),
            project: None,
            routing: Routing {
                registry: RefCell::new(Registry {
                    candidates: candidates.collect(),
                    unavailable: Vec::new(),
                }),
                route: Route::Local,
                hosted: HostedAccess::NoToken,
                discovery: Discovery::Unset,
                model: None,
            },
            at_once: 8,
            tokens_max: None,
            sampling: &|_| Sampling::default(),
            open: &|candidate| self.open(&candidate),
            tools: &|spec, cancel| {
                let tools = toolbox(&spec.tools, Approver::nobody(false), &cancel);
                Box::pin(std::future::ready(Ok(tools)))
            },
            say: &|_| {},
            first: Vec::new(),
            tally: RefCell::new(branch.map(Branch::tally).unwrap_or_default()),
        };
        let report = office
            .run(
                member,
                standing.as_ref(),
                inputs,
                &Cancel::new(),
                self.usd_max,
            )
            .await;
        let tally = office.tally.take();
        Came { report, tally }
    }

    /// What the model `at` was asked, as its last messages.
    fn asked(&self, at: usize) -> Vec<String> {
        let requests = self.models[at].1.requests();
        let last = requests.into_iter().map(|request| {
            let messages = request.messages.into_iter();
            let mut users = messages.filter(|message| message.role == Role::User);
            users.next_back().unwrap().content
        });
        last.collect()
    }

    /// The tree of the run that began last: `agent(children)`.
    fn tree(&self) -> String {
        let root = self.store.find(&Which::Last).unwrap();
        self.shown(&root)
    }

    fn shown(&self, run: &RunRecord) -> String {
        let children = self.store.children(run).unwrap();
        let below: Vec<String> = children.iter().map(|child| self.shown(child)).collect();
        let status = run.stop.as_deref().unwrap_or("-");
        match below.as_slice() {
            [] => format!("{}:{status}", run.agent),
            _ => format!("{}:{status}({})", run.agent, below.join(" ")),
        }
    }

    fn events(&self, run: &RunRecord) -> Vec<EventRecord> {
        let events = self.store.events(run).unwrap();
        assert_eq!(events.broken, None);
        events.events
    }
}

/// A turn that takes 100,000 tokens, ten cents.
fn dear(text: &str) -> Turn {
    Turn::text(text).using(Usage {
        tokens_in: 50_000,
        tokens_out: 50_000,
        ..Usage::default()
    })
}

fn tree(root: Found) -> Member {
    let others = ["b", "c", "d", "judge"].map(|name| agent(name, "prompt: Work."));
    gathered(root, &others).unwrap()
}

fn sequential() -> Found {
    supervisor("a", "strategy: sequential", &["b", "c"])
}

#[tokio::test]
async fn the_reference_agency_works_to_its_end_as_a_tree_of_five() {
    let said = ["design", "steps", "review", "audit", "report"];
    let stage = Stage::saying(said.map(Turn::text).to_vec());
    let places = Agents {
        project: stage.folder.path().to_owned(),
        user: None,
        default_tier: PrivacyTier::Internal,
    };
    let find = |name: &str| places.find(name);
    let member = super::super::gather(find("principal").unwrap(), &find, 5).unwrap();
    let came = stage.work(&member, json!({"brief": "add a flag"})).await;
    assert_eq!(came.report, Report::done("report".to_owned()));
    assert_eq!(
        stage.tree(),
        "principal:completed(architect:completed tech-lead:completed(code-reviewer:completed \
         security-auditor:completed) backend-engineer:completed)"
    );
    assert_eq!(
        stage.asked(0),
        [
            "add a flag",
            r#"{"brief":"add a flag","design":"design"}"#,
            r#"{"brief":"add a flag","work":"steps"}"#,
            r#"{"brief":"add a flag","work":"steps"}"#,
            r###"{"brief":"add a flag","design":"design","plan":"## tech-lead\n\nsteps\n\n## review\n\nreview\n\n## audit\n\naudit"}"###,
        ]
    );
    assert_eq!(came.tally.rows.len(), 6);
}

#[tokio::test]
async fn each_agent_has_its_own_decision_before_anything_else() {
    let stage = Stage::saying(vec![Turn::text("one"), Turn::text("two")]);
    stage.work(&tree(sequential()), json!({"task": "t"})).await;
    let root = stage.store.find(&Which::Last).unwrap();
    let kinds = |run: &RunRecord| -> Vec<String> {
        stage
            .events(run)
            .into_iter()
            .map(|event| event.kind)
            .collect()
    };
    assert_eq!(
        kinds(&root),
        [
            "message",
            "subagent",
            "subagent_ended",
            "subagent",
            "subagent_ended",
            "output",
            "stop"
        ]
    );
    for child in stage.store.children(&root).unwrap() {
        assert_eq!(
            kinds(&child),
            ["decision", "message", "message", "answer", "stop"]
        );
        assert_eq!(child.parent.as_deref(), Some(root.id.as_str()));
    }
    assert_eq!(stage.events(&root)[5].body["text"], "two");
}

#[tokio::test]
async fn a_supervisor_with_a_prompt_speaks_first_and_its_agents_work_on_that() {
    let mut root = sequential();
    root.spec.prompt.system = "Lead.".to_owned();
    let stage = Stage::saying(vec![
        Turn::text("do it"),
        Turn::text("one"),
        Turn::text("two"),
    ]);
    let came = stage.work(&tree(root), json!({"task": "t"})).await;
    assert_eq!(stage.asked(0), ["t", "do it", "one"]);
    assert_eq!(came.report.output, "two");
    assert_eq!(stage.tree(), "a:completed(b:completed c:completed)");
}

#[tokio::test]
async fn a_supervisor_that_cannot_speak_starts_nobody() {
    let mut root = sequential();
    root.spec.prompt.system = "Lead.".to_owned();
    let stage = Stage::saying(vec![Turn::text("I was ab").failing("the cable broke")]);
    let came = stage.work(&tree(root), json!({"task": "t"})).await;
    assert_eq!(came.report.stop.name(), "backend_failed");
    assert_eq!(stage.tree(), "a:backend_failed");
}

#[tokio::test]
async fn g09_a_budget_that_is_reached_in_a_child_ends_the_tree_by_name() {
    let mut stage = Stage::saying(vec![dear("one"), dear("two")]);
    stage.usd_max = Some(0.1);
    let came = stage.work(&tree(sequential()), json!({"task": "t"})).await;
    assert_eq!(
        came.report.stop.message().unwrap(),
        "`c` stopped with `max_usd`: the run may cost $0.100000, and cost more"
    );
    assert_eq!(came.report.stop.exit_code(), 1);
    assert_eq!(stage.tree(), "a:subagent_failed(b:completed c:max_usd)");
    assert_eq!(stage.models[0].1.turns_left(), 1, "nothing was sent for it");
    assert!((came.tally.usd() - 0.1).abs() < 1e-9);
}

#[tokio::test]
async fn g09_the_ceiling_of_a_supervisor_holds_for_all_below_it() {
    let with_ceiling = "spawn: {allowed: [b, c]}\ntermination: {max_usd: 0.15}\ncomposite: \
        {strategy: sequential, subagents: [{agent: b}, {agent: c}, {agent: b, as: d}]}\n";
    let stage = Stage::saying(vec![dear("one"), dear("two"), dear("three")]);
    let came = stage
        .work(&tree(agent("a", with_ceiling)), json!({"task": "t"}))
        .await;
    let reason = came.report.stop.message().unwrap();
    assert!(reason.contains("the run may cost $0.150000"), "{reason}");
    assert_eq!(
        stage.tree(),
        "a:subagent_failed(b:completed c:completed b:max_usd)"
    );
}

#[tokio::test]
async fn usage_of_the_whole_tree_is_summed() {
    let stage = Stage::saying(vec![dear("one"), dear("two")]);
    let came = stage.work(&tree(sequential()), json!({"task": "t"})).await;
    let usage = came.tally.usage();
    assert_eq!((usage.tokens_in, usage.tokens_out), (100_000, 100_000));
    assert_eq!(came.tally.models().len(), 1);
}

#[tokio::test]
async fn a_model_that_gives_no_answer_is_replaced_and_not_asked_again_by_the_others() {
    let gone = vec![Turn::new(Vec::new()).failing("gone")];
    let stage = Stage::saying(gone).and(
        "other",
        Locality::Local,
        vec![Turn::text("one"), Turn::text("two")],
    );
    let came = stage.work(&tree(sequential()), json!({"task": "t"})).await;
    assert_eq!(came.report.output, "two");
    assert_eq!(stage.models[0].1.requests().len(), 1);
    let root = stage.store.find(&Which::Last).unwrap();
    let children = stage.store.children(&root).unwrap();
    let kinds: Vec<String> = stage
        .events(&children[0])
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            "decision", "message", "message", "failed", "decision", "answer", "stop"
        ]
    );
    assert_eq!(children[0].model.as_deref(), Some("other"));
}
