//! What the tests share: golden cases and short ways to run a decoder.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aldo_models::{Batch, Cache, Checkpoint, Decoder, Logits};
use candle_core::{Device, Tensor};

/// A file or folder of a golden case.
pub(crate) fn golden(case: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(case)
        .join(file)
}

/// Loads a golden checkpoint onto the processor.
pub(crate) fn load(case: &str, file: &str) -> Decoder {
    load_path(&golden(case, file))
}

/// Loads a checkpoint onto the processor.
pub(crate) fn load_path(path: &Path) -> Decoder {
    Decoder::load(&Checkpoint::open(path).unwrap(), &Device::Cpu, &mut |_| {}).unwrap()
}

/// An empty cache for `decoder`.
pub(crate) fn cache(decoder: &Decoder, slots: usize) -> Cache {
    Cache::new(decoder.config(), &Device::Cpu, slots).unwrap()
}

/// A sequence of a case.
pub(crate) struct Sequence {
    pub(crate) tokens: Vec<u32>,
    /// How many rows of reference logits it has.
    pub(crate) rows: usize,
    /// The context length the reference had in mind; `None` is the model's own.
    pub(crate) context: Option<usize>,
}

/// The sequence `name` of a case.
pub(crate) fn sequence(case: &str, name: &str) -> Sequence {
    let text = std::fs::read_to_string(golden(case, "tokens.json")).unwrap();
    let described: serde_json::Value = serde_json::from_str(&text).unwrap();
    let sequence = &described[name];
    let tokens = sequence["tokens"].as_array().unwrap();
    let tokens = tokens.iter().map(|token| token.as_u64().unwrap() as u32);
    Sequence {
        tokens: tokens.collect(),
        rows: sequence["rows"].as_u64().unwrap() as usize,
        context: sequence["context"].as_u64().map(|it| it as usize),
    }
}

/// The tokens of a sequence of a case.
pub(crate) fn tokens(case: &str, name: &str) -> Vec<u32> {
    sequence(case, name).tokens
}

/// The reference's logits for a file of a case: (rows, V).
pub(crate) fn reference(case: &str, file: &str, sequence: &str) -> Vec<Vec<f32>> {
    let path = golden(case, "logits.safetensors");
    let all: HashMap<String, Tensor> = candle_core::safetensors::load(path, &Device::Cpu).unwrap();
    all[&format!("{file}.{sequence}")].to_vec2().unwrap()
}

/// Feeds `tokens` to a slot and returns the logits of all of them.
pub(crate) fn feed(
    decoder: &Decoder,
    cache: &mut Cache,
    slot: usize,
    tokens: &[u32],
) -> Vec<Vec<f32>> {
    let mut batch = Batch::new();
    batch.push(slot, tokens, Logits::All);
    decoder.forward(&batch, cache).unwrap().to_vec2().unwrap()
}

/// The logits of all of `tokens`, computed at once in a cache of their own.
pub(crate) fn alone(decoder: &Decoder, tokens: &[u32]) -> Vec<Vec<f32>> {
    in_context(decoder, tokens, None)
}

/// As [`alone`], in a cache that could hold no more than `context`.
pub(crate) fn in_context(
    decoder: &Decoder,
    tokens: &[u32],
    context: Option<usize>,
) -> Vec<Vec<f32>> {
    let mut cache = cache(decoder, 1).with_context_tokens_max(context.unwrap_or(usize::MAX));
    feed(decoder, &mut cache, 0, tokens)
}

/// The largest difference of two sets of logits, as a part of the largest logit.
pub(crate) fn largest_difference(result: &[Vec<f32>], expected: &[Vec<f32>]) -> f32 {
    let largest = expected
        .iter()
        .flatten()
        .fold(0f32, |largest, logit| largest.max(logit.abs()));
    differences(result, expected).fold(0f32, |largest, difference| largest.max(difference.abs()))
        / largest
}

/// The root mean square of the differences of two sets of logits, as a part of that of the logits.
pub(crate) fn mean_difference(result: &[Vec<f32>], expected: &[Vec<f32>]) -> f32 {
    let of_differences = differences(result, expected)
        .map(|difference| difference.powi(2))
        .sum::<f32>();
    let of_logits = expected
        .iter()
        .flatten()
        .map(|logit| logit.powi(2))
        .sum::<f32>();
    (of_differences / of_logits).sqrt()
}

fn differences(result: &[Vec<f32>], expected: &[Vec<f32>]) -> impl Iterator<Item = f32> {
    assert_eq!(result.len(), expected.len());
    assert!(result.iter().flatten().all(|logit| logit.is_finite()));
    result
        .iter()
        .flatten()
        .zip(expected.iter().flatten())
        .map(|(a, b)| a - b)
}

/// Asserts that two sets of logits differ nowhere by more than `bound` of the largest logit.
#[track_caller]
pub(crate) fn assert_close(result: &[Vec<f32>], expected: &[Vec<f32>], bound: f32, what: &str) {
    let difference = largest_difference(result, expected);
    assert!(
        difference <= bound,
        "{what}: logits differ by {difference:e}, allowed are {bound:e}"
    );
}
