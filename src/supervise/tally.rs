use aldo_backends::Usage;

use crate::candidate::{Candidate, Locality};
use crate::store::{RunId, RunRecord};

/// What became of each agent of a tree, in the order they began.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// One row an agent that worked.
    pub(crate) rows: Vec<Row>,
}

/// What became of one agent.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its run.
    pub(crate) run: RunId,
    /// The run of its supervisor.
    pub(crate) parent: Option<RunId>,
    /// Its name.
    pub(crate) agent: String,
    /// What its output is called.
    pub(crate) alias: String,
    /// The model that answered; nothing for a supervisor that asks none.
    pub(crate) served_by: Option<Served>,
    /// The name of the reason it stopped; nothing while it works.
    pub(crate) stop: Option<String>,
    /// What it used itself.
    pub(crate) usage: Usage,
    /// What that cost, in US dollars.
    pub(crate) usd: f64,
    /// How long it took, those below it included, in milliseconds.
    pub(crate) elapsed_ms: u64,
}

/// A model that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Served {
    /// The model.
    pub(crate) id: String,
    /// Who served it.
    pub(crate) provider: String,
    /// Where it was served.
    pub(crate) locality: Locality,
}

impl Served {
    /// Returns the model that answers a run of the store.
    pub(super) fn of_run(run: &RunRecord) -> Option<Self> {
        let locality = run.locality.as_deref().and_then(Locality::of_word);
        Some(Self {
            id: run.model.clone()?,
            provider: run.provider.clone()?,
            // A word nobody knows could be farther than any.
            locality: locality.unwrap_or(Locality::Cloud),
        })
    }
}

impl From<&Candidate> for Served {
    fn from(candidate: &Candidate) -> Self {
        Self {
            id: candidate.id.clone(),
            provider: candidate.provider.clone(),
            locality: candidate.locality,
        }
    }
}

impl Tally {
    /// Returns the row of a run.
    pub(super) fn row(&mut self, run: RunId) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.run == run)
    }

    /// Returns what all of them used together; the first token is the first one's.
    pub(crate) fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        for row in &self.rows {
            let usage = &row.usage;
            if sum.first_token_ms == 0.0 {
                sum.first_token_ms = usage.first_token_ms;
            }
            sum.tokens_in += usage.tokens_in;
            sum.tokens_cached += usage.tokens_cached;
            sum.tokens_out += usage.tokens_out;
            sum.tokens_reasoning += usage.tokens_reasoning;
            sum.load_ms += usage.load_ms;
            sum.prefill_ms += usage.prefill_ms;
            sum.decode_ms += usage.decode_ms;
        }
        sum
    }

    /// Returns what all of them cost together, in US dollars.
    pub(crate) fn usd(&self) -> f64 {
        self.rows.iter().map(|row| row.usd).sum()
    }

    /// Returns the models that answered, each once, the first one first.
    pub(crate) fn models(&self) -> Vec<&Served> {
        let mut models: Vec<&Served> = Vec::new();
        for served in self.rows.iter().filter_map(|row| row.served_by.as_ref()) {
            let known =
                |other: &&Served| other.id == served.id && other.provider == served.provider;
            if !models.iter().any(known) {
                models.push(served);
            }
        }
        models
    }
}
