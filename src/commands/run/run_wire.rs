//! What `aldo run --json` prints. Not a program type: names and shapes stay as scripts read them.

use aldo_backends::Usage;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::seal::Closed;
use crate::agent;
use crate::candidate::{Candidate, Locality};
use crate::failure::Failure;
use crate::hosted::Finished;
use crate::store::{Run, RunId};
use crate::supervise::{Report, Row, Served, Tally};

/// The document of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunDocument {
    ok: bool,
    output: Option<String>,
    usage: Option<UsageDocument>,
    model: Option<String>,
    provider: Option<String>,
    locality: Option<&'static str>,
    elapsed_ms: u64,
    run_id: Option<String>,
    route: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<Value>,
    /// What became of each agent below a supervisor.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subagents: Vec<Subagent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

/// What became of an agent below a supervisor.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Subagent {
    agent: String,
    #[serde(rename = "as")]
    alias: String,
    run_id: String,
    model: Option<String>,
    provider: Option<String>,
    locality: Option<&'static str>,
    stop: Option<String>,
    elapsed_ms: u64,
    usage: UsageDocument,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subagents: Vec<Subagent>,
}

/// What an answer took.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UsageDocument {
    tokens_in: u64,
    tokens_cached: u64,
    tokens_out: u64,
    tokens_reasoning: u64,
    load_ms: f64,
    prefill_ms: f64,
    first_token_ms: f64,
    decode_ms: f64,
    usd: f64,
}

impl RunDocument {
    /// Makes the document of a run that came to its end.
    pub(super) fn ended(
        ended: &agent::Outcome,
        candidate: &Candidate,
        failure: Option<&Failure>,
    ) -> Self {
        Self {
            ok: failure.is_none(),
            output: Some(ended.output.clone()),
            usage: Some(UsageDocument::new(&ended.usage, ended.usd)),
            model: Some(candidate.id.clone()),
            provider: Some(candidate.provider.clone()),
            locality: Some(candidate.locality.as_str()),
            elapsed_ms: ended.elapsed_ms,
            run_id: Some(ended.run.to_string()),
            route: "local",
            seal: None,
            subagents: Vec::new(),
            error: failure.map(Failure::json),
        }
    }

    /// Makes the document of a tree of agents that came to its end; the farthest its text went is its
    /// locality.
    pub(super) fn tree(
        report: &Report,
        tally: &Tally,
        elapsed_ms: u64,
        failure: Option<&Failure>,
    ) -> Self {
        let models = tally.models();
        let joined = |name: fn(&Served) -> &str| {
            let mut names: Vec<&str> = models.iter().map(|model| name(model)).collect();
            names.dedup();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let root = tally.rows.first().map(|row| row.run);
        Self {
            ok: failure.is_none(),
            output: Some(report.output.clone()),
            usage: Some(UsageDocument::new(&tally.usage(), tally.usd())),
            model: joined(|model| &model.id),
            provider: joined(|model| &model.provider),
            locality: models
                .iter()
                .map(|model| model.locality)
                .max()
                .map(Locality::as_str),
            elapsed_ms,
            run_id: root.map(|run| run.to_string()),
            route: "local",
            seal: None,
            subagents: Subagent::below(tally, root),
            error: failure.map(Failure::json),
        }
    }

    /// Says how far the system closed the run.
    pub(super) fn closed(self, closed: &Closed) -> Self {
        Self {
            seal: closed.document(),
            ..self
        }
    }

    /// Makes the document of a run on the hosted plane; without `finished` it did not come to its end.
    pub(super) fn hosted(
        finished: Option<&Finished>,
        record: &Run,
        failure: Option<&Failure>,
    ) -> Self {
        let usage = finished.map(|finished| {
            let used = || finished.used.iter();
            let usage = Usage {
                tokens_in: used().map(|step| step.tokens_in).sum(),
                tokens_out: used().map(|step| step.tokens_out).sum(),
                ..Usage::default()
            };
            UsageDocument::new(&usage, finished.usd)
        });
        Self {
            ok: failure.is_none(),
            output: finished.map(|finished| finished.output.clone()),
            usage,
            model: finished.and_then(|finished| finished.model.clone()),
            provider: finished.and_then(|finished| finished.provider.clone()),
            locality: Some(Locality::Cloud.as_str()),
            elapsed_ms: record.elapsed().as_millis() as u64,
            run_id: Some(record.id().to_string()),
            route: "hosted",
            seal: None,
            subagents: Vec::new(),
            error: failure.map(Failure::json),
        }
    }

    /// Makes the document of a run that no model answered.
    pub(super) fn refused(
        route: &'static str,
        run_id: Option<String>,
        elapsed_ms: u64,
        failure: &Failure,
    ) -> Self {
        Self {
            ok: false,
            output: None,
            usage: None,
            model: None,
            provider: None,
            locality: None,
            elapsed_ms,
            run_id,
            route,
            seal: None,
            subagents: Vec::new(),
            error: Some(failure.json()),
        }
    }
}

impl Subagent {
    fn below(tally: &Tally, parent: Option<RunId>) -> Vec<Self> {
        let rows = tally
            .rows
            .iter()
            .filter(|row| row.parent.is_some() && row.parent == parent);
        rows.map(|row| Self::of(tally, row)).collect()
    }

    fn of(tally: &Tally, row: &Row) -> Self {
        let model = row.served_by.as_ref();
        Self {
            agent: row.agent.clone(),
            alias: row.alias.clone(),
            run_id: row.run.to_string(),
            model: model.map(|model| model.id.clone()),
            provider: model.map(|model| model.provider.clone()),
            locality: model.map(|model| model.locality.as_str()),
            stop: row.stop.clone(),
            elapsed_ms: row.elapsed_ms,
            usage: UsageDocument::new(&row.usage, row.usd),
            subagents: Self::below(tally, Some(row.run)),
        }
    }
}

impl UsageDocument {
    fn new(usage: &Usage, usd: f64) -> Self {
        Self {
            tokens_in: usage.tokens_in,
            tokens_cached: usage.tokens_cached,
            tokens_out: usage.tokens_out,
            tokens_reasoning: usage.tokens_reasoning,
            load_ms: usage.load_ms,
            prefill_ms: usage.prefill_ms,
            first_token_ms: usage.first_token_ms,
            decode_ms: usage.decode_ms,
            usd,
        }
    }
}

impl From<UsageDocument> for Usage {
    fn from(document: UsageDocument) -> Self {
        Self {
            tokens_in: document.tokens_in,
            tokens_cached: document.tokens_cached,
            tokens_out: document.tokens_out,
            tokens_reasoning: document.tokens_reasoning,
            load_ms: document.load_ms,
            prefill_ms: document.prefill_ms,
            first_token_ms: document.first_token_ms,
            decode_ms: document.decode_ms,
        }
    }
}
