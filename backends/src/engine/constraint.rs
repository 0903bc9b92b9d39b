use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use aldo_models::{Grammars, Guide, ModelError, Plan, Rules, Sampler};

use super::queue::Queue;
use crate::BackendError;
use crate::generation::Source;

/// Which tokens an answer may consist of.
#[derive(Debug)]
pub(super) struct Constraint {
    state: State,
}

#[derive(Debug)]
enum State {
    /// All of them.
    Free,
    /// Another thread builds the grammars; `in_reasoning` when the answer will begin in reasoning.
    Building {
        built: Receiver<Result<Plan, ModelError>>,
        in_reasoning: bool,
    },
    Guided(Box<Guide>),
}

impl Constraint {
    /// Starts building the grammars of `rules`, if there are any to build; rings `queue` when they are.
    pub(super) fn start(
        rules: Rules,
        grammars: &Grammars,
        in_reasoning: bool,
        queue: &Arc<Queue>,
    ) -> Self {
        let state = if rules.is_free() {
            State::Free
        } else if let Some(plan) = grammars.ready(&rules) {
            State::Guided(Box::new(plan.guide(in_reasoning)))
        } else {
            State::Building {
                built: build(rules, grammars.clone(), Arc::clone(queue)),
                in_reasoning,
            }
        };
        Self { state }
    }

    /// Whether tokens can be chosen.
    pub(super) fn is_ready(&self) -> bool {
        match self.state {
            State::Free | State::Guided(_) => true,
            State::Building { .. } => false,
        }
    }

    /// Takes over what another thread has built.
    ///
    /// # Errors
    /// [`BackendError::Grammar`] when it could not be built.
    pub(super) fn poll(&mut self) -> Result<(), BackendError> {
        let State::Building {
            built,
            in_reasoning,
        } = &self.state
        else {
            return Ok(());
        };
        let plan = match built.try_recv() {
            Err(TryRecvError::Empty) => return Ok(()),
            Ok(plan) => plan,
            Err(TryRecvError::Disconnected) => Err(ModelError::Grammar {
                reason: "the thread that builds grammars stopped".to_owned(),
            }),
        };
        let plan = plan.map_err(|error| BackendError::Grammar {
            reason: error.to_string(),
        })?;
        for tool in plan.loose_tools() {
            tracing::warn!(
                tool,
                "calls are held to a part of the tool's schema: the rest says what no grammar can promise"
            );
        }
        self.state = State::Guided(Box::new(plan.guide(*in_reasoning)));
        Ok(())
    }

    /// Chooses the next token from its logits (V,), of which `recent` are repeated the less.
    ///
    /// # Errors
    /// As [`Sampler::sample_from`].
    pub(super) fn choose(
        &mut self,
        sampler: &mut Sampler,
        logits: &[f32],
        recent: &[u32],
    ) -> Result<u32, ModelError> {
        let State::Guided(guide) = &mut self.state else {
            return sampler.sample(logits, recent);
        };
        loop {
            let token = sampler.sample_from(logits, recent, guide.allowed()?)?;
            // A token may turn out not to fit; it is then no longer allowed.
            if guide.accept(token)? {
                return Ok(token);
            }
        }
    }

    /// Whether nothing but the end can follow.
    pub(super) fn is_over(&self) -> bool {
        match &self.state {
            State::Free | State::Building { .. } => false,
            State::Guided(guide) => guide.is_over(),
        }
    }
}

fn build(
    rules: Rules,
    grammars: Grammars,
    queue: Arc<Queue>,
) -> Receiver<Result<Plan, ModelError>> {
    let (sender, built) = channel();
    let work = move || {
        // Whoever asked may be gone.
        let _ = sender.send(grammars.plan(&rules));
        queue.reader_moved();
    };
    let thread = std::thread::Builder::new().name("aldo-grammar".to_owned());
    // Without a thread the sender is dropped, which the receiver tells.
    let _ = thread.spawn(work);
    built
}
