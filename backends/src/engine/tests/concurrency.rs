//! Several answers at once, slow readers and readers that leave. The steps are taken by hand where
//! it matters how many there were.

use super::*;
use crate::engine::language::Language;
use crate::engine::meter::Meter;
use crate::engine::network::Network;
use crate::engine::outbox::Outbox;
use crate::engine::scheduler::Scheduler;
use crate::engine::sequence::Sequence;

/// The parts of an engine without its thread.
struct Bench {
    network: Network,
    language: Language,
    scheduler: Scheduler,
    queue: Arc<Queue>,
}

impl Bench {
    fn new(sequences_max: usize, prefill_chunk_tokens: usize) -> Self {
        let Tiny {
            checkpoint,
            folder: _folder,
        } = checkpoint_of(&tiny_writer());
        let options = EngineOptions {
            sequences_max,
            prefill_chunk_tokens,
            ..options()
        };
        let network = Network::load(&checkpoint, &options, &mut |_| {}).unwrap();
        Self {
            language: Language::of(&checkpoint).unwrap(),
            scheduler: Scheduler::new(network.cache.slots(), prefill_chunk_tokens),
            network,
            queue: Arc::new(Queue::new("bench", 8, sequences_max)),
        }
    }

    fn add(&mut self, request: &Request) -> Generation {
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

    fn step(&mut self) -> bool {
        self.scheduler
            .step(&mut self.network, &self.language, &self.queue)
    }
}

const LONG: &str = "a prompt that is longer than one chunk of the prefill";

#[test]
fn an_answer_nobody_reads_stops_within_one_token() {
    let mut bench = Bench::new(1, 256);
    let generation = bench.add(&ask(LONG, 1000));
    for _ in 0..5 {
        assert!(bench.step());
    }
    let held = bench.network.cache.len(0);
    drop(generation);
    assert!(!bench.step(), "no token is computed after the reader left");
    assert_eq!(bench.network.cache.len(0), held);
    assert!(bench.scheduler.is_idle());
}

#[test]
fn a_prefill_nobody_waits_for_stops_within_one_chunk() {
    let mut bench = Bench::new(1, 7);
    let generation = bench.add(&ask(LONG, 1000));
    assert!(bench.step() && bench.step());
    assert_eq!(bench.network.cache.len(0), 14);
    drop(generation);
    assert!(!bench.step());
    assert_eq!(bench.network.cache.len(0), 14);
    let again = bench.add(&ask(LONG, 1));
    while bench.step() {}
    assert_eq!(
        read(again).unwrap().usage.tokens_cached,
        14,
        "what was computed is not lost"
    );
}

#[test]
fn others_write_while_a_long_prompt_is_read() {
    let mut bench = Bench::new(2, 4);
    let mut writer = bench.add(&ask("a", 1000));
    let mut first = None;
    while first.is_none() {
        assert!(bench.step());
        first = writer.try_next();
    }
    let _reader = bench.add(&ask(LONG, 1));
    let before = bench.network.cache.len(0);
    for step in 1..=5 {
        assert!(bench.step());
        assert_eq!(
            bench.network.cache.len(0),
            before + step,
            "one token a step"
        );
        assert_eq!(bench.network.cache.len(1), 4 * step, "one chunk a step");
    }
}

#[test]
fn answers_written_together_are_those_written_alone() {
    let requests = || ["one", "two and the other", LONG].map(|text| ask(text, 30));
    let alone = requests().map(|request| answer(&tiny_engine(options()), request).text);
    let engine = tiny_engine(EngineOptions {
        prefill_chunk_tokens: 8,
        ..options()
    });
    let together = requests().map(|request| engine.generate(request).unwrap());
    assert_eq!(
        together.map(|generation| read(generation).unwrap().text),
        alone
    );
}

#[test]
fn a_reader_that_does_not_read_holds_nobody_up_and_loses_nothing() {
    let tokens = 80; // more than the channel holds
    let expected = answer(&tiny_engine(options()), ask("one and the other", tokens));
    let engine = tiny_engine(EngineOptions {
        sequences_max: 1,
        ..options()
    });
    let slow = engine.generate(ask("one and the other", tokens)).unwrap();
    let quick = answer(&engine, ask("two", tokens));
    assert_eq!(quick.usage.tokens_out, tokens as u64);
    let slow = read(slow).unwrap();
    assert_eq!(slow.text, expected.text);
    assert_eq!(slow.usage.tokens_out, tokens as u64);
}

#[test]
fn dropping_an_answer_makes_room_for_the_next() {
    let engine = tiny_engine(EngineOptions {
        sequences_max: 1,
        queue_max: 1,
        ..options()
    });
    for _ in 0..5 {
        let mut generation = engine.generate(ask("one and the other", 2000)).unwrap();
        while !matches!(generation.blocking_next().unwrap().unwrap(), Event::Text(_)) {}
        drop(generation);
    }
    assert_eq!(answer(&engine, ask("two", 3)).usage.tokens_out, 3);
}
