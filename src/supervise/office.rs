//! What all agents of a tree work with: models, tools, the store, and who hears of it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aldo_backends::{Backend, BackendError, Sampling};

use super::tally::Tally;
use super::team::Place;
use crate::agent::{Shown, Stop};
use crate::cancel::Cancel;
use crate::candidate::{Candidate, Locality, Registry};
use crate::router::{self, Decision, Discovery, HostedAccess, Need, Route};
use crate::spec::AgentSpec;
use crate::store::{Entry, Store};
use crate::tools::Toolbox;

/// What all agents of a tree work with.
pub(crate) struct Office<'a> {
    /// Where everything is written down.
    pub(crate) store: Arc<Store>,
    /// The project the runs are written down for.
    pub(crate) project: Option<String>,
    /// How each agent gets its model.
    pub(crate) routing: Routing,
    /// The most agents of one supervisor at work at once.
    pub(crate) at_once: usize,
    /// The most tokens an answer may have, where the user says so.
    pub(crate) tokens_max: Option<u64>,
    /// How an agent's tokens are chosen.
    pub(crate) sampling: &'a dyn Fn(&AgentSpec) -> Sampling,
    /// Opens a model; agents that work at the same time get the same one.
    pub(crate) open: &'a dyn Fn(Candidate) -> Opening<'a>,
    /// Opens the tools of an agent.
    pub(crate) tools: &'a dyn Fn(AgentSpec, Cancel) -> Equipping<'a>,
    /// Hears what happens.
    pub(crate) say: &'a (dyn Fn(&Said<'_>) + Sync),
    /// What the run of the agent at the top begins or goes on with: what was typed, how far it is closed.
    pub(crate) first: Vec<Entry>,
    /// What became of each agent.
    pub(crate) tally: RefCell<Tally>,
}

/// A model on its way.
pub(crate) type Opening<'a> =
    Pin<Box<dyn Future<Output = Result<Arc<dyn Backend>, Unopened>> + 'a>>;

/// Tools on their way, or why they cannot be had.
pub(crate) type Equipping<'a> = Pin<Box<dyn Future<Output = Result<Toolbox, String>> + 'a>>;

/// Why a model was not opened.
#[derive(Debug)]
pub(crate) enum Unopened {
    /// It cannot be.
    Backend(BackendError),
    /// The run is sensitive, and the model turned out not to be computed on this machine.
    NotLocal(String),
}

/// Something that happens in a tree.
#[derive(Debug)]
pub(crate) enum Said<'s> {
    /// An agent begins to work.
    Begins {
        /// What its output is called.
        alias: &'s str,
        /// The model that was chosen for it.
        candidate: &'s Candidate,
    },
    /// Something happens in its work.
    Happens {
        /// What its output is called.
        alias: &'s str,
        /// What.
        shown: &'s Shown<'s>,
    },
    /// Its model gave no answer, and another one is asked.
    HandedOver {
        /// What its output is called.
        alias: &'s str,
        /// The model that failed.
        failed: &'s Candidate,
        /// Why.
        reason: &'s str,
    },
    /// It was done before the run was taken up again.
    Kept {
        /// What its output is called.
        alias: &'s str,
    },
    /// It is done.
    Ends {
        /// What its output is called.
        alias: &'s str,
        /// Which of its supervisor's turns it was.
        place: Option<Place>,
        /// Why it stopped.
        stop: &'s Stop,
    },
}

/// How each agent of a tree gets its model: by the same rules as alone.
#[derive(Debug)]
pub(crate) struct Routing {
    /// The models there are, with what is learned of them while the tree works.
    pub(crate) registry: RefCell<Registry>,
    /// Where the user lets it happen.
    pub(crate) route: Route,
    /// Whether the hosted plane can be used.
    pub(crate) hosted: HostedAccess,
    /// What became of asking runtimes.
    pub(crate) discovery: Discovery,
    /// The only model the user accepts.
    pub(crate) model: Option<String>,
}

impl Routing {
    /// Returns what an agent asks of a model, with `tokens_in` to be read and `usd_left` to be spent.
    pub(crate) fn need(&self, spec: &AgentSpec, tokens_in: u64, usd_left: Option<f64>) -> Need {
        spec.need(tokens_in, usd_left, self.model.clone())
    }

    /// Decides; returns the model as well, where one may answer.
    pub(crate) fn decide(&self, need: &Need) -> (Decision, Option<Candidate>) {
        let registry = self.registry.borrow();
        let decision = router::route(need, &registry, self.route, self.hosted, self.discovery);
        let chosen = decision.candidate(&registry).cloned();
        (decision, chosen)
    }

    /// Remembers that a model failed, for all agents of the tree.
    pub(super) fn learn(&self, failed: &Candidate, error: &Unopened) {
        let mut registry = self.registry.borrow_mut();
        let rows = registry.candidates.iter_mut();
        for row in rows.filter(|row| row.provider == failed.provider && row.id == failed.id) {
            match error {
                Unopened::Backend(_) => row.unhealthy = true,
                Unopened::NotLocal(_) => row.locality = Locality::Cloud,
            }
        }
    }
}

impl Unopened {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Backend(error) => error.to_string(),
            Self::NotLocal(reason) => reason.clone(),
        }
    }
}
