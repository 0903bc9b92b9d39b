//! Weights that are not numbers.

#![allow(clippy::unwrap_used)]

use std::fs;

use aldo_models::{
    Batch, Checkpoint, Decoder, LoadProgress, Logits, ModelError, Sampler, Sampling,
};
use candle_core::Device;
use tempfile::TempDir;

use crate::support::{cache, golden, load_path, tokens};

/// The safetensors folder of a case with one element of a weight replaced by `bits` of bf16.
fn poisoned(case: &str, tensor: &str, bits: u16) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json"] {
        fs::copy(
            golden(case, "safetensors").join(file),
            folder.path().join(file),
        )
        .unwrap();
    }
    let mut bytes = fs::read(golden(case, "safetensors").join("model.safetensors")).unwrap();
    let header_len = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header_len]).unwrap();
    assert_eq!(header[tensor]["dtype"], "BF16");
    let at = 8 + header_len + header[tensor]["data_offsets"][0].as_u64().unwrap() as usize;
    bytes[at..at + 2].copy_from_slice(&bits.to_le_bytes());
    fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
    folder
}

#[test]
fn a11_weights_that_are_not_finite_end_in_an_error_and_not_in_text() {
    const NAN: u16 = 0x7fc0;
    const INFINITY: u16 = 0x7f80;
    for tensor in [
        "model.norm.weight",
        "model.layers.0.mlp.down_proj.weight",
        "lm_head.weight",
    ] {
        for bits in [NAN, INFINITY] {
            let folder = poisoned("llama", tensor, bits);
            let decoder = load_path(folder.path());
            let tokens = tokens("llama", "short");
            let mut cache = cache(&decoder, 1);
            let mut batch = Batch::new();
            batch.push(0, &tokens, Logits::Last);
            let error = match decoder.forward(&batch, &mut cache) {
                Err(error) => error,
                Ok(logits) => {
                    let logits = logits.to_vec2::<f32>().unwrap();
                    let mut sampler = Sampler::new(Sampling::default()).unwrap();
                    sampler.sample(&logits[0], &[]).unwrap_err()
                }
            };
            assert!(
                matches!(
                    error,
                    ModelError::NonFiniteStates { .. } | ModelError::NonFiniteLogits { step: 0 }
                ),
                "{tensor}: {error}"
            );
        }
    }
}

#[test]
fn loading_reports_how_far_it_is() {
    let checkpoint = Checkpoint::open(&golden("qwen3", "q8_0.gguf")).unwrap();
    let mut reports = Vec::<LoadProgress>::new();
    Decoder::load(&checkpoint, &Device::Cpu, &mut |progress| {
        reports.push(progress);
    })
    .unwrap();
    assert!(reports.len() > 20);
    assert!(
        reports
            .windows(2)
            .all(|pair| pair[0].done_bytes <= pair[1].done_bytes)
    );
    let (first, last) = (reports[0], reports[reports.len() - 1]);
    assert_eq!(first.done_bytes, 0);
    assert_eq!(last.done_bytes, last.total_bytes);
    assert_eq!(last.total_bytes, checkpoint.size_bytes());
}
