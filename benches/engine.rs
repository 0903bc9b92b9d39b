//! What the engine saves: a conversation's tenth turn against a cold prompt of only its new tokens,
//! eight requests at once against one, and guessed tokens against plain decoding. The checkpoint is
//! synthetic, of the shape of Qwen3-0.6B in `Q8_0`; no criterion bench, since a round takes minutes.
//!
//! usage: cargo bench --bench engine [-- LAYERS]
//!   LAYERS   blocks of the network, 28 without it; fewer for a slow machine

#![allow(clippy::print_stdout)]

use std::path::Path;

use aldo_backends::{
    Backend, Engine, EngineOptions, Event, Message, Request, Sampling, Speculation, Usage,
};
use aldo_models::test_support::Synthetic;
use aldo_models::{Checkpoint, DeviceChoice};

const ROUNDS: usize = 3;
/// New words a turn of the conversation has, and words of each answer.
const TURN: (u32, usize) = (48, 24);
/// Words of the file to edit; every so many of them is changed.
const FILE: (u32, u32) = (300, 25);
/// Words that follow each other at random, and how many may follow each.
const MAZE: (u32, u32) = (12, 3);
const MAZE_FIRST: u32 = 5_000;
/// The last word of a prompt, behind which the edited file begins, or the maze.
const EDIT: u32 = 17_000;
const WANDER: u32 = 17_001;

fn main() {
    let layers = std::env::args().find_map(|word| word.parse().ok());
    let shape = Synthetic {
        layers: layers.unwrap_or(Synthetic::default().layers),
        follows: follows(),
        ..Synthetic::default()
    };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("synthetic-0.6b.gguf");
    std::fs::write(&path, shape.gguf().bytes()).expect("there is room for the checkpoint");
    println!(
        "{} layers of Qwen3-0.6B, Q8_0, random weights",
        shape.layers
    );
    conversation(&path);
    parallel(&path);
    let edit = speculation(&path, &edit_prompt(), 0.0, FILE.0 as usize - 2);
    println!("edit this file, speculation against plain: {edit:.2} x");
    let maze = speculation(
        &path,
        &[words(0..200), Synthetic::text(WANDER)].concat(),
        1.0,
        200,
    );
    println!("text that cannot be predicted: {maze:.3} x");
}

/// The file is a chain of words. In the maze each word is followed by some of the others, all equally
/// likely, so what followed it last time says little.
fn follows() -> Vec<(u32, u32)> {
    let word = Synthetic::word;
    let mut follows = vec![(word(EDIT), word(1_000)), (word(WANDER), word(MAZE_FIRST))];
    follows.extend((1_000..1_000 + FILE.0).map(|it| (word(it), word(it + 1))));
    for from in 0..MAZE.0 {
        let to = (1..=MAZE.1).map(|step| (from + step * step) % MAZE.0);
        follows.extend(to.map(|to| (word(MAZE_FIRST + from), word(MAZE_FIRST + to))));
    }
    follows
}

fn words(numbers: impl IntoIterator<Item = u32>) -> String {
    numbers.into_iter().map(Synthetic::text).collect()
}

/// The file before the edit: every so many words another one.
fn edit_prompt() -> String {
    let old = (0..FILE.0).map(|it| {
        if it % FILE.1 == FILE.1 - 1 {
            16_000 + it
        } else {
            1_000 + it
        }
    });
    [words(old), Synthetic::text(EDIT)].concat()
}

fn engine(path: &Path, speculation: Speculation) -> Engine {
    let options = EngineOptions {
        device: DeviceChoice::Cpu,
        sequences_max: 8,
        speculation,
        ..EngineOptions::default()
    };
    let engine = Engine::start(
        Checkpoint::open(path).expect("the checkpoint is valid"),
        options,
    );
    answer(&engine, vec![Message::user(words(0..40))], 4, 0.0); // loads and repacks the weights
    engine
}

fn request(messages: Vec<Message>, tokens_max: usize, temperature: f32) -> Request {
    Request {
        tokens_max,
        sampling: Sampling {
            temperature,
            ..Sampling::default()
        },
        ..Request::new(messages)
    }
}

fn answer(
    engine: &Engine,
    messages: Vec<Message>,
    tokens: usize,
    temperature: f32,
) -> (String, Usage) {
    let generation = engine.generate(request(messages, tokens, temperature));
    read(generation.expect("the queue has room"))
}

fn read(mut generation: aldo_backends::Generation) -> (String, Usage) {
    let mut text = String::new();
    loop {
        match generation
            .blocking_next()
            .expect("an end comes")
            .expect("no error comes")
        {
            Event::Text(more) => text += &more,
            Event::Done { usage, .. } => return (text, usage),
            _ => {}
        }
    }
}

/// Prints how long the first token of turn ten takes, and that of a cold prompt as long as the part of
/// turn ten that was not cached.
fn conversation(path: &Path) {
    let engine = engine(path, Speculation::Off);
    let (mut tenth, mut cold, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS as u32 {
        let mut messages = Vec::new();
        for turn in 0..10 {
            let first = 6_000 + (round * 10 + turn) * 100;
            messages.push(Message::user(words(first..first + TURN.0)));
            let (text, usage) = answer(&engine, messages.clone(), TURN.1, 0.0);
            messages.push(Message::assistant(text));
            if turn == 9 {
                tenth.push(usage);
            }
        }
        let new = tenth
            .last()
            .map_or(0, |usage| usage.tokens_in - usage.tokens_cached) as u32;
        let first = 10_000 + round * 2_000;
        cold.push(
            answer(
                &engine,
                vec![Message::user(words(first..first + new))],
                4,
                0.0,
            )
            .1,
        );
        let all = tenth.last().map_or(0, |usage| usage.tokens_in) as u32;
        let first = first + 1_000;
        whole.push(
            answer(
                &engine,
                vec![Message::user(words(first..first + all))],
                4,
                0.0,
            )
            .1,
        );
    }
    let ms = |usages: &[Usage]| median(usages.iter().map(|usage| usage.first_token_ms).collect());
    let (turn, cold_ms, whole_ms) = (ms(&tenth), ms(&cold), ms(&whole));
    println!(
        "turn ten: {} tokens, {} of them cached, first token after {turn:.0} ms; a cold prompt of {} \
         tokens: {cold_ms:.0} ms, ratio {:.2}; of all {}: {whole_ms:.0} ms",
        tenth[0].tokens_in,
        tenth[0].tokens_cached,
        cold[0].tokens_in,
        turn / cold_ms,
        whole[0].tokens_in,
    );
}

/// Prints the decode rate of one request and the sum of those of eight at once.
fn parallel(path: &Path) {
    let engine = engine(path, Speculation::Off);
    let ask = |start: u32| request(vec![Message::user(words(start..start + 24))], 48, 0.0);
    let rate = |usage: &Usage| (usage.tokens_out - 1) as f64 / usage.decode_ms * 1000.0;
    let (mut one, mut eight) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS as u32 {
        let start = 8_000 + round * 400;
        let alone: Vec<_> = (0..8)
            .map(|index| {
                read(
                    engine
                        .generate(ask(start + index * 40))
                        .expect("there is room"),
                )
            })
            .collect();
        one.push(alone.iter().map(|(_, usage)| rate(usage)).sum::<f64>() / 8.0);
        let running: Vec<_> = (0..8)
            .map(|index| {
                engine
                    .generate(ask(start + index * 40))
                    .expect("there is room")
            })
            .collect();
        let together: Vec<_> = running.into_iter().map(read).collect();
        eight.push(together.iter().map(|(_, usage)| rate(usage)).sum());
        let same = alone.iter().zip(&together).all(|(a, b)| a.0 == b.0);
        assert!(same, "answers written together are those written alone");
    }
    let (one, eight) = (median(one), median(eight));
    println!(
        "decode: one request {one:.1} tokens/s, eight at once {eight:.1} tokens/s, ratio {:.2}",
        eight / one
    );
}

/// How many times as fast the same answer is decoded with guesses where they pay.
fn speculation(path: &Path, prompt: &str, temperature: f32, tokens: usize) -> f64 {
    let rates = [Speculation::Off, Speculation::WherePays].map(|speculation| {
        let engine = engine(path, speculation);
        let round = |_| answer(&engine, vec![Message::user(prompt)], tokens, temperature);
        let rounds: Vec<_> = (0..ROUNDS).map(round).collect();
        let rates = rounds
            .iter()
            .map(|(_, usage)| usage.tokens_out as f64 / usage.decode_ms);
        (rounds[0].0.clone(), median(rates.collect()))
    });
    assert_eq!(rates[0].0, rates[1].0, "the same text");
    rates[1].1 / rates[0].1
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
