//! However tokens reach the decoder, the logits are the same.

#![allow(clippy::unwrap_used)]

use aldo_models::{Batch, Logits, ModelError};

use crate::cases::CASES;
use crate::support::{alone, assert_close, cache, feed, largest_difference, load, tokens};

/// The same sums in another order.
const BOUND: f32 = 1e-5;
/// The same sums over activations that were rounded to eight bits once more or less.
const QUANTIZED_BOUND: f32 = 1e-5;
/// The most that tipped roundings change: the error of rounding itself.
const TIPPED_BOUND: f32 = 5e-2;

#[test]
fn decoding_token_by_token_equals_prefill() {
    for case in CASES {
        let decoder = load(case.name, case.plain());
        let tokens = tokens(case.name, "long");
        let mut cache = cache(&decoder, 1);
        let one_by_one = tokens
            .iter()
            .flat_map(|&token| feed(&decoder, &mut cache, 0, &[token]));
        let one_by_one = one_by_one.collect::<Vec<_>>();
        assert_close(&one_by_one, &alone(&decoder, &tokens), BOUND, case.name);
    }
}

/// A sum that differs in its last bit can tip the rounding of an activation to eight bits, which then
/// shows in the logits. That is rare, so that most sequences agree.
#[test]
fn decoding_quantised_weights_token_by_token_equals_prefill() {
    const TOKENS: usize = 12;
    for case in CASES {
        for file in case.quantized {
            let decoder = load(case.name, file);
            let all = tokens(case.name, "long");
            let parts = all.chunks_exact(TOKENS).collect::<Vec<_>>();
            let equal = parts.iter().filter(|tokens| {
                let mut cache = cache(&decoder, 1);
                let one_by_one = tokens
                    .iter()
                    .flat_map(|&token| feed(&decoder, &mut cache, 0, &[token]));
                let one_by_one = one_by_one.collect::<Vec<_>>();
                let whole = alone(&decoder, tokens);
                let what = format!("{}/{file}", case.name);
                assert_close(&one_by_one, &whole, TIPPED_BOUND, &what);
                largest_difference(&one_by_one, &whole) <= QUANTIZED_BOUND
            });
            let (equal, parts) = (equal.count(), parts.len());
            let name = case.name;
            assert!(4 * equal >= 3 * parts, "{name}/{file}: {equal} of {parts}");
        }
    }
}

#[test]
fn prefill_in_chunks_equals_prefill_at_once() {
    for case in CASES {
        let decoder = load(case.name, case.plain());
        let tokens = tokens(case.name, "long");
        let whole = alone(&decoder, &tokens);
        for chunk in [7, 64, 129] {
            let mut cache = cache(&decoder, 1);
            let chunks = tokens
                .chunks(chunk)
                .flat_map(|chunk| feed(&decoder, &mut cache, 0, chunk));
            let what = format!("{} in chunks of {chunk}", case.name);
            assert_close(&chunks.collect::<Vec<_>>(), &whole, BOUND, &what);
        }
    }
}

#[test]
fn sequences_in_one_batch_equal_each_alone() {
    for case in CASES {
        let decoder = load(case.name, case.plain());
        let tokens = tokens(case.name, "long");
        let parts = [
            &tokens[..5],
            &tokens[20..60],
            &tokens[60..61],
            &tokens[100..],
        ];
        let mut cache = cache(&decoder, 4);
        feed(&decoder, &mut cache, 1, &parts[1][..30]); // slot 1 goes on, the others begin
        let mut batch = Batch::new();
        batch.push(3, parts[3], Logits::Last);
        batch.push(0, parts[0], Logits::All);
        batch.push(1, &parts[1][30..], Logits::Last);
        batch.push(2, parts[2], Logits::None);
        let logits = decoder.forward(&batch, &mut cache).unwrap();
        let logits = logits.to_vec2::<f32>().unwrap();
        assert_eq!(logits.len(), 1 + parts[0].len() + 1);
        let last = |part: &[u32]| vec![alone(&decoder, part).pop().unwrap()];
        let expected = [last(parts[3]), alone(&decoder, parts[0]), last(parts[1])].concat();
        assert_close(&logits, &expected, BOUND, case.name);
        let lengths = (0..4).map(|slot| cache.len(slot)).collect::<Vec<_>>();
        assert_eq!(lengths, parts.map(<[u32]>::len));
    }
}

#[test]
fn two_spans_of_one_slot_follow_each_other() {
    for case in ["qwen3", "qwen35moe"] {
        let decoder = load(case, "bf16.gguf");
        let tokens = tokens(case, "short");
        let mut cache = cache(&decoder, 1);
        let mut batch = Batch::new();
        batch.push(0, &tokens[..4], Logits::All);
        batch.push(0, &tokens[4..], Logits::All);
        let logits = decoder.forward(&batch, &mut cache).unwrap();
        let logits = logits.to_vec2().unwrap();
        assert_close(&logits, &alone(&decoder, &tokens), BOUND, "two spans");
        assert_eq!(cache.len(0), tokens.len());
    }
}

#[test]
fn a_fork_equals_recomputing() {
    for case in CASES {
        let decoder = load(case.name, case.plain());
        let tokens = tokens(case.name, "short");
        let mut cache = cache(&decoder, 2);
        feed(&decoder, &mut cache, 0, &tokens[..6]);
        cache.fork(0, 1).unwrap();
        let other = [tokens[7], tokens[3]];
        let forked = feed(&decoder, &mut cache, 1, &other);
        let original = feed(&decoder, &mut cache, 0, &tokens[6..]);
        let whole = alone(&decoder, &tokens);
        assert_close(&original, &whole[6..], BOUND, case.name);
        let recomputed = alone(&decoder, &[&tokens[..6], &other].concat());
        assert_close(&forked, &recomputed[6..], BOUND, case.name);
    }
}

#[test]
fn going_on_after_a_trim_equals_recomputing() {
    for case in CASES {
        let decoder = load(case.name, case.plain());
        let tokens = tokens(case.name, "short");
        let mut cache = cache(&decoder, 1);
        feed(&decoder, &mut cache, 0, &tokens);
        let kept = cache.trim(0, 3);
        assert_eq!(cache.len(0), kept);
        if kept < 3 {
            feed(&decoder, &mut cache, 0, &tokens[kept..3]);
        }
        let other = [tokens[9], tokens[8], tokens[7]];
        let logits = feed(&decoder, &mut cache, 0, &other);
        let recomputed = alone(&decoder, &[&tokens[..3], &other].concat());
        assert_close(&logits, &recomputed[3..], BOUND, case.name);
    }
}

#[test]
fn running_states_go_back_to_the_end_of_a_prompt_and_no_further() {
    let decoder = load("qwen35moe", "bf16.gguf");
    let tokens = tokens("qwen35moe", "short");
    let whole = alone(&decoder, &tokens);
    let mut cache = cache(&decoder, 2);
    feed(&decoder, &mut cache, 0, &tokens[..8]);
    for token in &tokens[8..] {
        feed(&decoder, &mut cache, 0, &[*token]);
    }
    cache.fork(0, 1).unwrap();
    for slot in [0, 1] {
        assert_eq!(cache.trimmed_len(slot, 7), 0);
        assert_eq!(cache.trimmed_len(slot, 12), 12);
        assert_eq!(cache.trim(slot, 10), 8);
        let again = feed(&decoder, &mut cache, slot, &tokens[8..]);
        assert_close(&again, &whole[8..], BOUND, "behind the prompt");
    }
    assert_eq!(cache.trim(0, 5), 0);
    let again = feed(&decoder, &mut cache, 0, &tokens);
    assert_close(&again, &whole, BOUND, "from the beginning");
}

#[test]
fn a_failed_forward_leaves_running_states_as_they_were() {
    let decoder = load("qwen35moe", "bf16.gguf");
    let tokens = tokens("qwen35moe", "short");
    let mut cache = cache(&decoder, 2).with_context_tokens_max(10);
    feed(&decoder, &mut cache, 0, &tokens[..8]);
    let mut batch = Batch::new();
    batch.push(0, &tokens[8..11], Logits::Last);
    assert!(decoder.forward(&batch, &mut cache).is_err());
    let logits = feed(&decoder, &mut cache, 0, &tokens[8..10]);
    let whole = alone(&decoder, &tokens);
    assert_close(&logits, &whole[8..10], BOUND, "after the error");
}

#[test]
fn a_batch_that_asks_for_no_logits_still_fills_the_cache() {
    let decoder = load("llama", "f32.gguf");
    let tokens = tokens("llama", "short");
    let mut cache = cache(&decoder, 1);
    let mut batch = Batch::new();
    batch.push(0, &tokens[..8], Logits::None);
    let logits = decoder.forward(&batch, &mut cache).unwrap();
    assert_eq!(logits.dims(), &[0, decoder.config().vocabulary]);
    let rest = feed(&decoder, &mut cache, 0, &tokens[8..]);
    assert_close(&rest, &alone(&decoder, &tokens)[8..], BOUND, "rest");
}

#[test]
fn a_full_context_is_an_error_that_leaves_the_cache_as_it_was() {
    let decoder = load("llama", "f32.gguf");
    let tokens = tokens("llama", "short");
    let mut cache = cache(&decoder, 2).with_context_tokens_max(10);
    feed(&decoder, &mut cache, 0, &tokens[..8]);
    let size_bytes = cache.size_bytes();
    let mut batch = Batch::new();
    batch.push(1, &tokens[..2], Logits::Last); // this one would fit
    batch.push(0, &tokens[8..11], Logits::Last);
    let error = decoder.forward(&batch, &mut cache).unwrap_err();
    assert!(
        matches!(
            error,
            ModelError::ContextFull {
                needed: 11,
                context_max: 10
            }
        ),
        "{error}"
    );
    assert_eq!((cache.len(0), cache.len(1)), (8, 0));
    assert_eq!(cache.size_bytes(), size_bytes);
    let logits = feed(&decoder, &mut cache, 0, &tokens[8..10]);
    assert_close(
        &logits,
        &alone(&decoder, &tokens)[8..10],
        BOUND,
        "after the error",
    );
}

#[test]
fn a_batch_without_tokens_or_with_strange_ones_is_refused() {
    let decoder = load("qwen2", "f16.gguf");
    let mut cache = cache(&decoder, 1);
    let mut refused = |slot: usize, tokens: &[u32]| {
        let mut batch = Batch::new();
        batch.push(slot, tokens, Logits::Last);
        let error = decoder.forward(&batch, &mut cache).unwrap_err();
        assert!(matches!(error, ModelError::Setting { .. }), "{error}");
        error.to_string()
    };
    assert_eq!(refused(0, &[]), "`batch`: holds no tokens");
    assert_eq!(
        refused(0, &[1, 64]),
        "`batch`: token 64 is outside the vocabulary of 64"
    );
    assert_eq!(refused(1, &[1]), "`batch`: slot 1 of 1 does not exist");
    assert!(cache.is_empty());
}
