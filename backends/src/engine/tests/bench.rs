//! The parts of an engine without its thread, so that steps are taken by hand.

use super::*;
use crate::engine::language::Language;
use crate::engine::meter::Meter;
use crate::engine::network::Network;
use crate::engine::outbox::Outbox;
use crate::engine::scheduler::Scheduler;
use crate::engine::sequence::Sequence;

/// The parts of an engine without its thread.
pub(super) struct Bench {
    pub(super) network: Network,
    pub(super) language: Language,
    pub(super) scheduler: Scheduler,
    queue: Arc<Queue>,
}

impl Bench {
    pub(super) fn new(sequences_max: usize, prefill_chunk_tokens: usize) -> Self {
        Self::with(&EngineOptions {
            sequences_max,
            prefill_chunk_tokens,
            ..options()
        })
    }

    pub(super) fn with(options: &EngineOptions) -> Self {
        let Tiny {
            checkpoint,
            folder: _folder,
        } = checkpoint_of(&tiny_writer());
        let network = Network::load(&checkpoint, options, &mut |_| {}).unwrap();
        Self {
            language: Language::of(&checkpoint).unwrap(),
            scheduler: Scheduler::new(&network, options),
            network,
            queue: Arc::new(Queue::new("bench", 8, options.sequences_max)),
        }
    }

    pub(super) fn add(&mut self, request: &Request) -> Generation {
        let (events, generation) = Generation::new(Arc::clone(&self.queue) as _);
        let context = self.network.cache.context_tokens_max();
        let prompt = self.language.prompt(request, context).unwrap();
        let meter = Meter::new(Instant::now(), prompt.tokens.len(), 0.0);
        let outbox = Outbox::new(events);
        let constraint = self.language.constraint(request, false, &self.queue);
        let language = &self.language;
        let made = Sequence::new(
            request, prompt, constraint, language, outbox, meter, context,
        );
        self.scheduler.add(made.unwrap());
        generation
    }

    pub(super) fn step(&mut self) -> bool {
        self.scheduler
            .step(&mut self.network, &self.language, &self.queue)
    }
}
