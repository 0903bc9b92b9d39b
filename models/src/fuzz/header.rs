//! GGUF files.

use std::sync::LazyLock;

use candle_core::Device;

use super::patch::patched;
use crate::batch::{Batch, Logits};
use crate::cache::Cache;
use crate::checkpoint::Checkpoint;
use crate::decoder::Decoder;
use crate::error::ModelError;
use crate::gguf::{Gguf, MetadataValue};
use crate::test_support::{GgufWriter, TinyShape, tiny_gguf, tiny_tokens};
use crate::tokenizer::Tokenizer;

const NAME: &str = "fuzz.gguf";
/// What every architecture's smallest checkpoint looks like; a model that computes in a millisecond.
const SHAPE: TinyShape = TinyShape {
    architecture: "llama",
    hidden: 32,
    layers: 1,
    heads: 2,
    kv_heads: 1,
    feed_forward: 32,
    context: 64,
    seed: 0,
};
const TEXTS: [&str; 3] = ["the hen and\n é 👍", "<|im_end|>", ""];

static CHECKPOINTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let of = |architecture| {
        tiny_gguf(&TinyShape {
            architecture,
            ..SHAPE
        })
        .bytes()
    };
    TinyShape::ARCHITECTURES.iter().map(|it| of(it)).collect()
});
static TOKENIZER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let writer = tiny_gguf(&SHAPE);
    let about_text = |key: &[u8]| key.starts_with(b"tokenizer.");
    let keys = writer.keys.into_iter().filter(|(key, _)| about_text(key));
    GgufWriter {
        keys: keys.collect(),
        ..GgufWriter::default()
    }
    .bytes()
});

/// Reads the header and everything in it.
///
/// # Panics
/// When tensors overlap.
pub fn gguf_header(bytes: &[u8]) {
    let Ok(gguf) = Gguf::from_bytes(NAME, bytes) else {
        return;
    };
    for (key, value) in gguf.metadata().iter() {
        if let MetadataValue::Texts(_) = value {
            let _ = gguf.metadata().strings(key);
        }
    }
    let bytes: usize = gguf
        .tensors()
        .iter()
        .map(|tensor| gguf.data(tensor).len())
        .sum();
    assert!(bytes as u64 <= gguf.size_bytes(), "tensors overlap");
}

/// Changes a checkpoint, loads it and computes a token. The first byte chooses the architecture, the
/// rest are changes.
pub fn gguf_load(bytes: &[u8]) {
    let Some((first, changes)) = bytes.split_first() else {
        return;
    };
    let honest = &CHECKPOINTS[usize::from(*first) % CHECKPOINTS.len()];
    // What is refused is refused; what is taken has to compute, or say that it cannot.
    let _ = compute(&patched(honest.clone(), changes));
}

fn compute(bytes: &[u8]) -> Result<(), ModelError> {
    let checkpoint = Checkpoint::from_gguf_bytes(NAME, bytes)?;
    let facts = checkpoint.facts();
    assert!(facts.tensor_kinds.values().sum::<usize>() > 0);
    let decoder = Decoder::load(&checkpoint, &Device::Cpu, &mut |_| {})?;
    let cache = Cache::new(decoder.config(), &Device::Cpu, 1)?;
    let mut cache = cache.with_context_tokens_max(8);
    let mut batch = Batch::new();
    let vocabulary = decoder.config().vocabulary as u32;
    batch.push(0, &[0, 1 % vocabulary.max(1), vocabulary - 1], Logits::Last);
    let logits = decoder.forward(&batch, &mut cache)?;
    assert_eq!(logits.dims(), [1, vocabulary as usize]);
    Ok(())
}

/// Changes a header's tokenizer, reads it, and writes and reads text with it.
///
/// # Panics
/// When it gives ids that it does not know.
pub fn tokenizer_from_gguf(changes: &[u8]) {
    let bytes = patched(TOKENIZER.clone(), changes);
    let Ok(gguf) = Gguf::from_bytes(NAME, &bytes) else {
        return;
    };
    let Ok(tokenizer) = Tokenizer::from_gguf(gguf.metadata(), tiny_tokens().len()) else {
        return;
    };
    for text in TEXTS {
        for ids in [tokenizer.encode_text(text), tokenizer.encode_template(text)] {
            let mut detokenizer = tokenizer.detokenizer();
            for id in ids.unwrap_or_default() {
                assert!((id as usize) < tokenizer.vocabulary(), "{id}");
                detokenizer.push(id);
            }
            detokenizer.finish();
        }
    }
}
