//! What `aldo runs --json` prints; scripts read it, so it changes only by addition.

use serde::Serialize;
use serde_json::Value;

use crate::store::{EventRecord, Events, RunRecord, UsageRecord};

/// The document of `aldo runs ls`.
#[derive(Debug, Serialize)]
pub(super) struct List<'a> {
    runs: Vec<Run<'a>>,
    total: u64,
}

/// A run that another one started, with those it started.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) run: RunRecord,
    pub(super) below: Vec<Self>,
}

/// The document of `aldo runs replay`.
#[derive(Debug, Serialize)]
pub(super) struct Replayed<'a> {
    output: &'a str,
    run: Run<'a>,
}

impl<'a> Replayed<'a> {
    pub(super) fn new(run: &'a RunRecord, output: &'a str) -> Self {
        let run = run.into();
        Self { output, run }
    }
}

/// A line of `aldo runs export`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Line<'a> {
    /// A run; its entries follow.
    Run(Box<Run<'a>>),
    /// An entry.
    Event {
        run: &'a str,
        #[serde(flatten)]
        event: Event<'a>,
    },
    /// What follows cannot be trusted.
    Broken { run: &'a str, reason: &'a str },
}

/// The document of `aldo runs show`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown<'a> {
    run: Run<'a>,
    decision: Option<&'a Value>,
    messages: Vec<&'a Value>,
    tool_calls: Vec<&'a Value>,
    children: Vec<Child<'a>>,
    events: Vec<Event<'a>>,
    broken: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Child<'a> {
    run: Run<'a>,
    children: Vec<Self>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a> {
    id: &'a str,
    agent: &'a str,
    agent_version: &'a str,
    project: Option<&'a str>,
    privacy_tier: &'a str,
    model: Option<&'a str>,
    provider: Option<&'a str>,
    locality: Option<&'a str>,
    status: &'static str,
    stop: Option<&'a str>,
    error: Option<&'a str>,
    started_at: String,
    elapsed_ms: Option<i64>,
    usage: Usage,
    parent: Option<&'a str>,
    origin: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    tokens_in: i64,
    tokens_cached: i64,
    tokens_out: i64,
    tokens_reasoning: i64,
    usd: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Event<'a> {
    seq: i64,
    at: String,
    kind: &'a str,
    body: &'a Value,
}

impl<'a> List<'a> {
    pub(super) fn new(runs: &'a [RunRecord], total: u64) -> Self {
        let runs = runs.iter().map(Run::from).collect();
        Self { runs, total }
    }
}

impl<'a> Shown<'a> {
    pub(super) fn new(run: &'a RunRecord, events: &'a Events, below: &'a [Tree]) -> Self {
        let all = &events.events;
        let said = |event: &&EventRecord| {
            matches!(event.kind.as_str(), "message" | "answer" | "tool_result")
        };
        let mut decisions = all.iter().filter(|event| event.kind == "decision");
        Self {
            run: run.into(),
            decision: decisions.next().map(|event| &event.body),
            messages: all.iter().filter(said).map(|event| &event.body).collect(),
            tool_calls: all.iter().flat_map(tool_calls).collect(),
            children: below.iter().map(Child::from).collect(),
            events: all.iter().map(Event::from).collect(),
            broken: events.broken.as_deref(),
        }
    }
}

fn tool_calls(event: &EventRecord) -> impl Iterator<Item = &Value> {
    event.body["tool_calls"].as_array().into_iter().flatten()
}

impl<'a> From<&'a RunRecord> for Run<'a> {
    fn from(run: &'a RunRecord) -> Self {
        Self {
            id: &run.id,
            agent: &run.agent,
            agent_version: &run.agent_version,
            project: run.project.as_deref(),
            privacy_tier: &run.privacy_tier,
            model: run.model.as_deref(),
            provider: run.provider.as_deref(),
            locality: run.locality.as_deref(),
            status: run.status.as_str(),
            stop: run.stop.as_deref(),
            error: run.error.as_deref(),
            started_at: run.started_at.to_string(),
            elapsed_ms: run.elapsed_ms,
            usage: run.usage.into(),
            parent: run.parent.as_deref(),
            origin: run.origin.as_deref(),
        }
    }
}

impl<'a> From<&'a Tree> for Child<'a> {
    fn from(tree: &'a Tree) -> Self {
        Self {
            run: (&tree.run).into(),
            children: tree.below.iter().map(Self::from).collect(),
        }
    }
}

impl<'a> Line<'a> {
    /// Returns the lines of one run.
    pub(super) fn of(run: &'a RunRecord, events: &'a Events) -> Vec<Self> {
        let entry = |event: &'a EventRecord| Self::Event {
            run: &run.id,
            event: event.into(),
        };
        let broken = events.broken.as_deref().map(|reason| Self::Broken {
            run: &run.id,
            reason,
        });
        let first = Self::Run(Box::new(run.into()));
        let entries = events.events.iter().map(entry);
        std::iter::once(first)
            .chain(entries)
            .chain(broken)
            .collect()
    }
}

impl From<UsageRecord> for Usage {
    fn from(usage: UsageRecord) -> Self {
        Self {
            tokens_in: usage.tokens_in,
            tokens_cached: usage.tokens_cached,
            tokens_out: usage.tokens_out,
            tokens_reasoning: usage.tokens_reasoning,
            usd: usage.usd,
        }
    }
}

impl<'a> From<&'a EventRecord> for Event<'a> {
    fn from(event: &'a EventRecord) -> Self {
        Self {
            seq: event.seq,
            at: event.at.to_string(),
            kind: &event.kind,
            body: &event.body,
        }
    }
}

#[cfg(test)]
mod tests;
