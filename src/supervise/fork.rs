//! The tree that a changed message makes of another one: all that does not follow from that message stays,
//! as runs of their own that repeat the steps of the old ones.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::branch::Branch;
use super::crew::Member;
use super::team::Place;
use crate::spec::Strategy;
use crate::store::{EventRecord, Events, RunId, Status, UsageRecord};

/// What of a supervisor's own run stays when one of its agents is told something else.
const OWN: [&str; 10] = [
    "decision",
    "task",
    "message",
    "answer",
    "malformed_tool_call",
    "repaired_tool_call",
    "tool_intent",
    "tool_result",
    "shortened",
    "spoken",
];

/// A change to what one agent of a tree was told.
#[derive(Debug)]
pub(crate) struct Edit {
    /// The id of its run.
    pub(crate) run: String,
    /// The place of the entry that is changed.
    pub(crate) seq: i64,
    /// The entries up to that one, as they are to be.
    pub(crate) kept: Events,
}

impl Branch {
    /// Returns the tree that `edit` makes of this one, the tree of `member`; nothing where the run is not
    /// in it. Its runs are not written down yet.
    pub(crate) fn edited(&self, member: &Member, edit: &Edit) -> Option<Self> {
        let path = self.path_to(&edit.run)?;
        Some(self.forked(Some(member), &path, edit, None))
    }

    /// Returns the runs from below this one down to the run `id`.
    fn path_to(&self, id: &str) -> Option<Vec<&str>> {
        if self.run.id == id {
            return Some(Vec::new());
        }
        self.below.iter().find_map(|branch| {
            let path = branch.path_to(id)?;
            Some([vec![branch.run.id.as_str()], path].concat())
        })
    }

    fn forked(
        &self,
        member: Option<&Member>,
        path: &[&str],
        edit: &Edit,
        parent: Option<&str>,
    ) -> Self {
        let mut forked = self.renamed(parent);
        (forked.run.status, forked.run.stop, forked.run.error) = (Status::Interrupted, None, None);
        let Some((next, rest)) = path.split_first() else {
            forked.events = self.changed(edit);
            return forked;
        };
        let edited = self.below.iter().find(|branch| branch.run.id == *next);
        let edited = edited.and_then(|branch| branch.place);
        for branch in &self.below {
            if branch.run.id == *next {
                let child = branch.place.and_then(|place| member?.child_at(place));
                let child = child.map(|child| &child.member);
                let below = branch.forked(child, rest, edit, Some(&forked.run.id));
                forked.below.push(below);
            } else if stays(member, branch.place, edited) {
                forked.below.push(branch.copied(Some(&forked.run.id)));
            }
        }
        forked.events = self.told(&forked.below, edited);
        forked
    }

    /// Returns the same run once more, with those below it.
    fn copied(&self, parent: Option<&str>) -> Self {
        let mut copied = self.renamed(parent);
        let below = self.below.iter();
        copied.below = below
            .map(|branch| branch.copied(Some(&copied.run.id)))
            .collect();
        let events = self.events.events.iter().cloned();
        copied.events.events = renamed_below(events, &copied.below);
        if copied.run.status != Status::Completed {
            copied.run.status = Status::Interrupted;
        }
        copied
    }

    /// Returns a run of its own that goes on from this one, with nothing below it and nothing spent.
    fn renamed(&self, parent: Option<&str>) -> Self {
        let mut run = self.run.clone();
        run.origin = Some(std::mem::replace(&mut run.id, RunId::now().to_string()));
        run.parent = parent.map(str::to_owned);
        run.usage = UsageRecord::default();
        run.elapsed_ms = None;
        Self {
            alias: self.alias.clone(),
            place: self.place,
            run,
            events: self.events.clone(),
            below: Vec::new(),
        }
    }

    /// Returns the entries of the run that is changed: what was typed, and those up to the change.
    fn changed(&self, edit: &Edit) -> Events {
        let task = self.events.of_kind("task").take(1).cloned();
        let word = EventRecord {
            seq: 0,
            at: self.run.started_at,
            kind: "edited".to_owned(),
            body: json!({"run": edit.run, "seq": edit.seq}),
        };
        let kept = edit.kept.events.iter().cloned();
        Events {
            events: task.chain([word]).chain(kept).collect(),
            broken: None,
        }
    }

    /// Returns the entries of a supervisor above the change: its own, and those of agents that stay.
    fn told(&self, below: &[Self], edited: Option<Place>) -> Events {
        let stay: Vec<String> = below
            .iter()
            .filter_map(|branch| Some(branch.place?.to_string()))
            .collect();
        let edited = edited.map(|place| place.to_string());
        let events = self.events.events.iter().filter(|event| {
            let place = event.body["place"].as_str().unwrap_or_default();
            let of_one = || stay.iter().any(|known| known == place);
            match event.kind.as_str() {
                "subagent" => of_one(),
                "subagent_ended" => of_one() && edited.as_deref() != Some(place),
                kind => OWN.contains(&kind),
            }
        });
        Events {
            events: renamed_below(events.cloned(), below),
            broken: None,
        }
    }
}

/// Whether what an agent wrote in its turn does not follow from what another one is told in its own.
fn stays(member: Option<&Member>, turn: Option<Place>, edited: Option<Place>) -> bool {
    let (Some(turn), Some(edited)) = (turn, edited) else {
        return false;
    };
    let composite = member.and_then(Member::composite);
    let strategy = composite.map_or(Strategy::Sequential, |composite| composite.strategy);
    let agents = member.map_or(0, |member| member.children.len());
    match strategy {
        Strategy::Sequential | Strategy::Iterative => turn < edited,
        Strategy::Parallel => turn != edited,
        Strategy::Debate => turn != edited && turn.number <= agents,
    }
}

/// Names the runs of `below` where their supervisor says that it has started them; a run that has no
/// place there is not named any more.
fn renamed_below(events: impl Iterator<Item = EventRecord>, below: &[Branch]) -> Vec<EventRecord> {
    let names: BTreeMap<&str, &str> = below
        .iter()
        .filter_map(|branch| Some((branch.run.origin.as_deref()?, branch.run.id.as_str())))
        .collect();
    events
        .filter_map(|mut event| {
            if event.kind == "subagent" {
                let new = names.get(event.body["run"].as_str()?)?;
                event.body["run"] = Value::from(*new);
            }
            Some(event)
        })
        .collect()
}
