//! Where a tree stands that an earlier process began: who is done, who has spoken, and where the others
//! were cut off.

use std::collections::BTreeMap;

use super::branch::Branch;
use super::crew::{Child, Member};
use super::team::Place;
use crate::agent::{self, NotResumed, Start};
use crate::spec::Strategy;
use crate::store::RunRecord;

/// Where the run of an agent stands, with those of the agents it started.
#[derive(Debug)]
pub(crate) struct Standing {
    /// The run.
    pub(super) run: RunRecord,
    /// What it gave back, where it did what it is for: it does not work again.
    pub(super) done: Option<Done>,
    /// What a supervisor said before its agents worked.
    pub(super) spoken: Option<String>,
    /// Where its conversation stands; nothing where nothing was said to a model yet.
    pub(super) start: Option<Start>,
    /// What it and those below it cost, in US dollars.
    pub(super) usd: f64,
    /// The agents it started, by its turns.
    pub(super) below: BTreeMap<Place, Self>,
}

/// What an agent gave back that is done.
#[derive(Debug, Clone)]
pub(super) struct Done {
    /// What it wrote.
    pub(super) output: String,
    /// Whether its supervisor has written that down.
    pub(super) is_told: bool,
}

/// Why a tree cannot be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotContinued {
    /// A run of it does not say where it stands.
    #[error("`{alias}` cannot go on: {source}")]
    Run {
        /// What the output of its agent is called.
        alias: String,
        /// Why not.
        source: NotResumed,
    },
    /// Another agent has taken a turn that has begun already.
    #[error("turn {place} of `{agent}` was `{before}`, and its spec has `{now}` there now")]
    Changed {
        /// The supervisor.
        agent: String,
        /// The turn.
        place: String,
        /// Who has begun it.
        before: String,
        /// Who would do it now; nobody where the spec has fewer agents.
        now: String,
    },
}

impl Standing {
    /// Says where `branch`, the runs of `member` and those below it, stands.
    ///
    /// # Errors
    /// [`NotContinued`].
    pub(crate) fn of(branch: &Branch, member: &Member) -> Result<Self, NotContinued> {
        let mut standing = Self {
            run: branch.run.clone(),
            done: branch.output().map(|output| Done {
                output,
                is_told: false,
            }),
            spoken: None,
            start: None,
            usd: branch.usd(),
            below: BTreeMap::new(),
        };
        if standing.done.is_some() {
            return Ok(standing);
        }
        let start = match agent::resume(&branch.events, &branch.run.usage) {
            Ok(start) => Some(start),
            Err(NotResumed::NoMessage) => None,
            Err(source) => {
                let alias = branch.alias.clone();
                return Err(NotContinued::Run { alias, source });
            }
        };
        standing.start = start.filter(|_| member.speaks());
        if member.composite().is_some() {
            standing.spoken = branch.spoken();
            standing.look_below(branch, member)?;
        }
        Ok(standing)
    }

    /// Finds the agent of each turn that has begun; where one began twice, the later run counts.
    fn look_below(&mut self, branch: &Branch, member: &Member) -> Result<(), NotContinued> {
        for below in &branch.below {
            let Some(place) = below.place else { continue };
            let child = member.child_at(place);
            let is_same = |child: &&Child| {
                child.alias == below.alias && child.member.name() == below.run.agent
            };
            let Some(child) = child.filter(is_same) else {
                return Err(NotContinued::Changed {
                    agent: member.name().to_owned(),
                    place: place.to_string(),
                    before: below.alias.clone(),
                    now: child.map_or_else(|| "nobody".to_owned(), |child| child.alias.clone()),
                });
            };
            let mut standing = Self::of(below, &child.member)?;
            if let Some(done) = &mut standing.done {
                done.is_told = below.is_told(branch);
            }
            self.below.insert(place, standing);
        }
        Ok(())
    }
}

/// Returns the agents of a tree that may still ask a model, each before those below it; all that speak
/// where it has not begun.
pub(crate) fn to_ask<'m>(member: &'m Member, standing: Option<&Standing>) -> Vec<&'m Member> {
    if standing.is_some_and(|standing| standing.done.is_some()) {
        return Vec::new();
    }
    let has_spoken = standing.is_some_and(|standing| standing.spoken.is_some());
    let strategy = member.composite().map(|composite| composite.strategy);
    // In the next round all of them work again.
    let standing = standing.filter(|_| strategy != Some(Strategy::Iterative));
    let below = member.below().enumerate().flat_map(|(at, child)| {
        let place = Place {
            round: 1,
            number: at + 1,
        };
        let standing = standing.and_then(|standing| standing.below.get(&place));
        to_ask(&child.member, standing)
    });
    let itself = (member.speaks() && !has_spoken).then_some(member);
    itself.into_iter().chain(below).collect()
}

impl Member {
    /// Returns who has this turn.
    pub(super) fn child_at(&self, place: Place) -> Option<&Child> {
        self.below().nth(place.number.checked_sub(1)?)
    }
}
