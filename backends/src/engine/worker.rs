use std::sync::Arc;

use aldo_models::{Checkpoint, LoadProgress};

use super::constraint::Constraint;
use super::language::{Language, Prompt};
use super::meter::Meter;
use super::network::Network;
use super::options::EngineOptions;
use super::outbox::Outbox;
use super::queue::{Job, Queue};
use super::scheduler::Scheduler;
use super::sequence::Sequence;
use crate::generation::EventSender;
use crate::{BackendError, Event};

/// Loading is reported in at most this many events, so that they and an error fit the channel.
const LOADING_EVENTS_MAX: u64 = 32;

/// What the engine's thread owns and does. Text and weights are loaded when the first request needs
/// them; what could not be loaded is tried again by the next, so each caller gets the true error.
#[derive(Debug)]
pub(super) struct Worker {
    checkpoint: Checkpoint,
    options: EngineOptions,
    language: Option<Language>,
    loaded: Option<Loaded>,
    /// Kept while a job is prepared: should that panic, its reader must not see an end before the
    /// queue knows the reason.
    preparing: Option<EventSender>,
}

#[derive(Debug)]
struct Loaded {
    network: Network,
    scheduler: Scheduler,
}

impl Worker {
    /// Creates a worker that has read nothing yet.
    pub(super) fn new(checkpoint: Checkpoint, options: EngineOptions) -> Self {
        Self {
            checkpoint,
            options,
            language: None,
            loaded: None,
            preparing: None,
        }
    }

    /// Answers the requests of `queue` until it is closed and all is answered.
    pub(super) fn run(&mut self, queue: &Arc<Queue>) {
        loop {
            self.admit(queue);
            if self.step(queue) {
                continue;
            }
            if queue.is_closed() && self.loaded.as_ref().is_none_or(|l| l.scheduler.is_idle()) {
                return;
            }
            queue.wait();
        }
    }

    fn admit(&mut self, queue: &Arc<Queue>) {
        while self
            .loaded
            .as_ref()
            .is_none_or(|loaded| loaded.scheduler.has_room())
        {
            let Some(job) = queue.take() else { return };
            let events = job.events.clone();
            self.preparing = Some(events.clone());
            if let Err(error) = self.prepare(job, queue) {
                Outbox::new(events).push(Err(error));
                queue.finished();
            }
            self.preparing = None;
        }
    }

    fn step(&mut self, queue: &Queue) -> bool {
        match (&mut self.loaded, &self.language) {
            (Some(loaded), Some(language)) => {
                loaded.scheduler.step(&mut loaded.network, language, queue)
            }
            (None, _) | (_, None) => false,
        }
    }

    /// Makes a sequence of `job`. Whatever can be refused is refused before weights are read.
    fn prepare(&mut self, job: Job, queue: &Arc<Queue>) -> Result<(), BackendError> {
        let context = self
            .options
            .context_for(self.checkpoint.config().context_tokens_max);
        let prompt = self.language()?.prompt(&job.request, context)?;
        let in_reasoning = prompt.opens_reasoning;
        // Grammars are built on threads of their own, meanwhile weights are read.
        let constraint = self
            .language()?
            .constraint(&job.request, in_reasoning, queue);
        let load_ms = self.load(&job.events)?;
        let sequence = self.sequence(job, prompt, constraint, load_ms, context)?;
        if let Some(loaded) = &mut self.loaded {
            loaded.scheduler.add(sequence);
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        job: Job,
        prompt: Prompt,
        constraint: Constraint,
        load_ms: f64,
        context: usize,
    ) -> Result<Sequence, BackendError> {
        let meter = Meter::new(job.accepted, prompt.tokens.len(), load_ms);
        let outbox = Outbox::new(job.events);
        Sequence::new(
            &job.request,
            prompt,
            constraint,
            self.language()?,
            outbox,
            meter,
            context,
        )
    }

    fn language(&mut self) -> Result<&Language, BackendError> {
        match &mut self.language {
            Some(language) => Ok(language),
            empty => Ok(empty.insert(Language::of(&self.checkpoint)?)),
        }
    }

    /// Loads the weights if they are not; returns how long that took for this request.
    fn load(&mut self, events: &EventSender) -> Result<f64, BackendError> {
        if self.loaded.is_some() {
            return Ok(0.0);
        }
        let mut reported = 0;
        let mut report = |progress: LoadProgress| {
            let LoadProgress {
                done_bytes,
                total_bytes,
            } = progress;
            let part = done_bytes.saturating_mul(LOADING_EVENTS_MAX - 1) / total_bytes.max(1);
            if part > reported || reported == 0 {
                reported = part.max(1);
                // There is room for each; a reader that went away needs none.
                let _ = events.try_send(Ok(Event::Loading {
                    done_bytes,
                    total_bytes,
                }));
            }
        };
        let network = Network::load(&self.checkpoint, &self.options, &mut report)?;
        let load_ms = network.load_ms;
        let scheduler = Scheduler::new(&network, &self.options);
        self.loaded = Some(Loaded { network, scheduler });
        Ok(load_ms)
    }
}
