//! Several answers at once, slow readers and readers that leave. The steps are taken by hand where
//! it matters how many there were.

use super::bench::Bench;
use super::*;

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
fn answers_at_the_same_time_grow_in_the_same_steps() {
    let mut bench = Bench::new(2, 256);
    let _one = bench.add(&ask("a", 1000));
    let _other = bench.add(&ask("one and the other", 1000));
    for _ in 0..3 {
        assert!(bench.step());
    }
    for _ in 0..5 {
        let before = [0, 1].map(|slot| bench.network.cache.len(slot));
        assert!(bench.step());
        let grew = [0, 1].map(|slot| bench.network.cache.len(slot) - before[slot]);
        assert!(grew.iter().all(|&it| it > 0), "{grew:?} in one step"); // more where a guess was right
    }
}

#[test]
fn a_short_prompt_does_not_wait_for_a_long_one() {
    let mut bench = Bench::new(2, 8);
    let long = LONG.repeat(20);
    let _long = bench.add(&ask(&long, 1));
    assert!(bench.step());
    let mut short = bench.add(&ask("a", 1));
    let mut steps = 0;
    while short.try_next().is_none() {
        assert!(bench.step());
        steps += 1;
    }
    let read = bench.network.cache.len(0);
    assert!(steps < 10, "{steps}");
    assert!(
        read < 20 * LONG.len() / 2,
        "{read} tokens of the long one were read"
    );
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
