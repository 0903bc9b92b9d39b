//! The runs of a tree as the store has them, whatever the specs say by now.

use super::tally::{Row, Served, Tally};
use super::team::Place;
use crate::agent::Stop;
use crate::store::{EventRecord, Events, RunId, RunRecord, Status, Store, StoreError, Which};

/// How deep the runs of a tree are followed: deeper than agents may start agents.
const DEPTH_MAX: usize = 16;

/// The run of an agent, with the runs of those it started.
#[derive(Debug)]
pub(crate) struct Branch {
    /// What its output is called.
    pub(crate) alias: String,
    /// Which of its supervisor's turns it is; nothing at the top.
    pub(super) place: Option<Place>,
    /// The run.
    pub(crate) run: RunRecord,
    /// What happened in it.
    pub(crate) events: Events,
    /// The runs it started, in the order they began; of one turn there may be several.
    pub(crate) below: Vec<Self>,
}

impl Branch {
    /// Reads the runs below `run`, in which `events` happened.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn read(store: &Store, run: RunRecord, events: Events) -> Result<Self, StoreError> {
        let alias = run.agent.clone();
        Self::of_depth(store, (alias, None), run, events, DEPTH_MAX)
    }

    fn of_depth(
        store: &Store,
        (alias, place): (String, Option<Place>),
        run: RunRecord,
        events: Events,
        depth: usize,
    ) -> Result<Self, StoreError> {
        let mut below = Vec::new();
        for event in events.of_kind("subagent").filter(|_| depth > 0) {
            let text = |key: &str| event.body[key].as_str().unwrap_or_default();
            let child = store.find(&Which::Id(text("run").to_owned()))?;
            // An entry that names a run which this one did not start is somebody's edit.
            if child.parent.as_deref() != Some(run.id.as_str()) {
                continue;
            }
            let events = store.events(&child)?;
            let place = text("place").parse().ok();
            let named = (text("as").to_owned(), place);
            below.push(Self::of_depth(store, named, child, events, depth - 1)?);
        }
        Ok(Self {
            alias,
            place,
            run,
            events,
            below,
        })
    }

    /// Returns what it and those below it cost, in US dollars.
    pub(super) fn usd(&self) -> f64 {
        self.run.usage.usd + self.below.iter().map(Self::usd).sum::<f64>()
    }

    /// Returns what it gave back, where it did what it is for.
    pub(super) fn output(&self) -> Option<String> {
        if self.run.status != Status::Completed {
            return None;
        }
        let mut events = self.events.events.iter().rev();
        let text = events.find_map(|event| match event.kind.as_str() {
            "output" => event.body["text"].as_str(),
            "answer" => event.body["content"].as_str(),
            _ => None,
        });
        Some(text.unwrap_or_default().to_owned())
    }

    /// Returns what a supervisor said before its agents worked.
    pub(super) fn spoken(&self) -> Option<String> {
        let text = |event: &EventRecord, key: &str| event.body[key].as_str().map(str::to_owned);
        if let Some(event) = self.events.of_kind("spoken").last() {
            return text(event, "text");
        }
        // An older aldo did not say so, but nobody worked before.
        let first = self.events.of_kind("subagent").next()?.seq;
        let answers = self.events.of_kind("answer");
        text(answers.filter(|event| event.seq < first).last()?, "content")
    }

    /// Whether it is written down in its supervisor's run, which is `above`, that it is done.
    pub(super) fn is_told(&self, above: &Self) -> bool {
        let Some(place) = self.place else {
            return false;
        };
        let mut ended = above.events.of_kind("subagent_ended");
        ended.any(|event| {
            event.body["place"] == place.to_string() && event.body["stop"] == self.stop()
        })
    }

    /// Returns why it stopped, where it did what it is for; the text it stopped at is not written down.
    pub(super) fn good_stop(&self) -> Stop {
        let (tool, text) = (String::new(), String::new());
        match self.stop() {
            "text_mention" => Stop::TextMention { text },
            "tool_result" => Stop::ToolResult { tool, text },
            "budget_exhausted" => Stop::BudgetExhausted,
            _ => Stop::Completed,
        }
    }

    fn stop(&self) -> &str {
        self.run.stop.as_deref().unwrap_or_default()
    }

    /// Returns what became of each run so far.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.add_to(&mut tally, None);
        tally
    }

    fn add_to(&self, tally: &mut Tally, parent: Option<RunId>) {
        // An id that is none stands in no run this program has written.
        let Some(run) = RunId::parse(&self.run.id) else {
            return;
        };
        let used = &self.run.usage;
        let elapsed_ms = self.run.elapsed_ms.unwrap_or_default();
        tally.rows.push(Row {
            run,
            parent,
            agent: self.run.agent.clone(),
            alias: self.alias.clone(),
            served_by: Served::of_run(&self.run),
            stop: self.run.stop.clone(),
            usage: used.tokens(),
            usd: used.usd,
            elapsed_ms: u64::try_from(elapsed_ms).unwrap_or_default(),
        });
        for branch in &self.below {
            branch.add_to(tally, Some(run));
        }
    }
}
