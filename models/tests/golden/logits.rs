//! Logits equal the reference implementation's.

use crate::support::{alone, assert_close, load, mean_difference, reference, sequence};

/// f32 arithmetic in another order; the product asks for 1e-3.
const PLAIN_BOUND: f32 = 1e-5;
/// The reference has the same dequantised weights, so what is left is that activations are rounded to
/// eight bits before they are multiplied with quantised weights. The same rounding done in the
/// reference moves its logits by 1.1 to 2.8 % on average; a mistake moves them by far more.
const QUANTIZED_BOUND: f32 = 3.5e-2;

/// Calls `check` with our logits and the reference's, for each sequence of a case.
fn compare(case: &str, file: &str, weights: &str, check: impl Fn(&[Vec<f32>], &[Vec<f32>], &str)) {
    let decoder = load(case, file);
    for name in ["short", "long"] {
        let (tokens, rows) = sequence(case, name);
        let logits = alone(&decoder, &tokens);
        assert_eq!(logits.len(), tokens.len());
        let last = &logits[tokens.len() - rows..];
        check(
            last,
            &reference(case, weights, name),
            &format!("{case}/{file}, {name} sequence"),
        );
    }
}

#[track_caller]
fn assert_equals_reference(case: &str, file: &str) {
    compare(case, file, "plain", |logits, expected, what| {
        assert_close(logits, expected, PLAIN_BOUND, what);
    });
}

#[track_caller]
fn assert_within_quantization(case: &str, weights: &str) {
    compare(
        case,
        &format!("{weights}.gguf"),
        weights,
        |logits, expected, what| {
            let mean = mean_difference(logits, expected);
            assert!(
                mean <= QUANTIZED_BOUND,
                "{what}: logits differ by {mean:e} on average"
            );
        },
    );
}

#[test]
fn llama_equals_transformers() {
    assert_equals_reference("llama", "f32.gguf");
    assert_equals_reference("llama", "safetensors");
}

#[test]
fn qwen2_equals_transformers() {
    assert_equals_reference("qwen2", "f16.gguf");
    assert_equals_reference("qwen2", "safetensors");
}

#[test]
fn qwen3_equals_transformers() {
    assert_equals_reference("qwen3", "bf16.gguf");
    assert_equals_reference("qwen3", "safetensors");
}

#[test]
fn mistral_with_its_window_equals_transformers() {
    assert_equals_reference("mistral", "safetensors");
}

#[test]
fn q8_0_stays_within_its_error() {
    for case in ["llama", "qwen2", "qwen3"] {
        assert_within_quantization(case, "q8_0");
    }
}

#[test]
fn q4_k_m_stays_within_its_error() {
    for case in ["llama", "qwen2", "qwen3"] {
        assert_within_quantization(case, "wide-q4_k_m");
    }
}
