//! aldo's side of the comparison with other runtimes; `run.py` beside this file calls it in turn with theirs.
//!
//! usage: peers make 0.6b|1.7b FILE     writes a synthetic checkpoint in `Q8_0`
//!        peers FILE CASE…              measures each case once and prints a line of JSON for it
//!
//! A case is `prompt:N`, the tokens a second of a prompt of N tokens; or `decode:S:D:N`, the tokens a second
//! of S sequences together that write N tokens each behind D.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use aldo_models::test_support::Synthetic;
use aldo_models::{Batch, Cache, Checkpoint, Decoder, DeviceChoice, Logits, pick, threads};
use serde_json::json;

/// The most prompt tokens of a forward.
const CHUNK: usize = 512;
/// Tokens of a case that comes before all others: threads start, memory becomes the process's own.
const WARM_UP: usize = 32;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let words = std::env::args().skip(1).filter(|it| !it.starts_with("--"));
    let words: Vec<_> = words.collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", shape, path] => make(shape, Path::new(path)),
        [path, ref cases @ ..] => measure(Path::new(path), cases),
        [] => Err("say which checkpoint to measure".into()),
    }
}

fn make(shape: &str, path: &Path) -> Outcome<()> {
    let shape = match shape {
        "0.6b" => Synthetic::default(),
        "1.7b" => Synthetic::larger(),
        other => return Err(format!("`{other}` is no shape: 0.6b, 1.7b").into()),
    };
    let shape = Synthetic {
        tied: true,
        context: 40_960,
        ..shape
    };
    Ok(std::fs::write(path, shape.gguf().bytes())?)
}

fn measure(path: &Path, cases: &[&str]) -> Outcome<()> {
    let start = Instant::now();
    let (device, _) = pick(DeviceChoice::Cpu)?;
    let checkpoint = Checkpoint::open(path)?;
    let decoder = Decoder::load(&checkpoint, &device, &mut |_| {})?;
    let load_s = start.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({"load_s": load_s, "memory_bytes": memory_bytes(), "threads": threads()})
    );
    prompt(&decoder, WARM_UP)?;
    for case in cases {
        let parts: Vec<_> = case.split(':').collect();
        let rate = match parts[..] {
            ["prompt", tokens] => prompt(&decoder, tokens.parse()?)?,
            ["decode", sequences, depth, tokens] => decode(
                &decoder,
                sequences.parse()?,
                depth.parse()?,
                tokens.parse()?,
            )?,
            _ => return Err(format!("`{case}` is no case").into()),
        };
        println!("{}", json!({"case": case, "tokens_per_s": rate}));
    }
    Ok(())
}

fn empty(decoder: &Decoder, slots: usize) -> Outcome<Cache> {
    let (device, _) = pick(DeviceChoice::Cpu)?;
    Ok(Cache::new(decoder.config(), &device, slots)?)
}

fn fill(decoder: &Decoder, cache: &mut Cache, slot: usize, tokens: usize) -> Outcome<()> {
    let all: Vec<_> = (0..tokens as u32)
        .map(|it| it * 7919 % 20_000 + slot as u32)
        .collect();
    let mut left = tokens;
    for chunk in all.chunks(CHUNK) {
        left -= chunk.len();
        let logits = if left == 0 {
            Logits::Last
        } else {
            Logits::None
        };
        let mut batch = Batch::new();
        batch.push(slot, chunk, logits);
        decoder.forward(&batch, cache)?;
    }
    Ok(())
}

fn prompt(decoder: &Decoder, tokens: usize) -> Outcome<f64> {
    let mut cache = empty(decoder, 1)?;
    let start = Instant::now();
    fill(decoder, &mut cache, 0, tokens)?;
    Ok(tokens as f64 / start.elapsed().as_secs_f64())
}

fn decode(decoder: &Decoder, sequences: usize, depth: usize, tokens: usize) -> Outcome<f64> {
    let mut cache = empty(decoder, sequences)?;
    for slot in 0..sequences {
        fill(decoder, &mut cache, slot, depth)?;
    }
    let mut last: Vec<u32> = (0..sequences as u32).collect();
    let start = Instant::now();
    for _ in 0..tokens {
        let mut batch = Batch::new();
        for (slot, token) in last.iter().enumerate() {
            batch.push(slot, &[*token], Logits::Last);
        }
        let logits = decoder.forward(&batch, &mut cache)?.to_vec2::<f32>()?;
        last = logits.iter().map(|logits| best(logits)).collect();
    }
    Ok((sequences * tokens) as f64 / start.elapsed().as_secs_f64())
}

fn best(logits: &[f32]) -> u32 {
    let numbered = logits.iter().enumerate();
    let best = numbered.max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(token, _)| token as u32)
}

/// The memory of this process, where the system says it.
fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}
