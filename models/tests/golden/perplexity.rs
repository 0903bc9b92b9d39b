//! The perplexity of the built-in model on a fixed text, its matrices in every type: our kernels against
//! the same weights made F32 first, and the type against F32.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::{BufWriter, Cursor};
use std::path::Path;

use aldo_models::{Checkpoint, Decoder, Tokenizer};
use candle_core::Device;
use candle_core::quantized::gguf_file::{self, Content};
use candle_core::quantized::{GgmlDType, QTensor};

use crate::support::{cache, feed, load_path};

const NANO: &[u8] = include_bytes!("../../nano/aldo-nano.gguf");
/// Conversations that the model was never trained on.
const HELD_OUT: &str = include_str!("../../nano/heldout.jsonl");
/// The skills whose answers are given at once, without reasoning.
const SKILLS: [&str; 3] = ["identity", "repeat", "retrieval"];
/// How many of them are read.
const CONVERSATIONS: usize = 12;
/// What rounding activations to 8 bits may add to or take from the perplexity.
const KERNEL_ERROR: f64 = 0.002;

/// A type, and how much more perplexity than with F32 it may cost a network as small as this.
const TYPES: [(GgmlDType, f64); 12] = [
    (GgmlDType::F16, 0.002),
    (GgmlDType::BF16, 0.01),
    (GgmlDType::Q8_0, 0.01),
    (GgmlDType::Q6K, 0.03),
    (GgmlDType::Q5K, 0.05),
    (GgmlDType::Q5_1, 0.05),
    (GgmlDType::Q5_0, 0.05),
    (GgmlDType::Q4K, 0.1),
    (GgmlDType::Q4_1, 0.1),
    (GgmlDType::Q4_0, 0.1),
    (GgmlDType::Q3K, 0.15),
    (GgmlDType::Q2K, 0.4),
];

/// A conversation in the model's own layout.
struct Conversation {
    prompt: Vec<u32>,
    answer: Vec<u32>,
}

/// Held-out conversations of the [`SKILLS`], without tools.
fn conversations(tokenizer: &Tokenizer) -> Vec<Conversation> {
    let tokens = |text: &str| tokenizer.encode_template(text).unwrap();
    let mut read = Vec::new();
    for line in HELD_OUT.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let (messages, answer) = (&case["messages"], &case["expect"]["text"]);
        let asked = SKILLS.contains(&case["skill"].as_str().unwrap()) && case["tools"].is_null();
        let (Some(answer), true) = (answer.as_str(), asked) else {
            continue;
        };
        let mut prompt = String::new();
        for message in messages.as_array().unwrap() {
            let (role, content) = (&message["role"], &message["content"]);
            let (role, content) = (role.as_str().unwrap(), content.as_str().unwrap());
            let turn = ["<|im_start|>", role, "\n", content, "<|im_end|>\n"];
            prompt.extend(turn);
        }
        prompt += "<|im_start|>assistant\n<think>\n\n</think>\n\n";
        read.push(Conversation {
            prompt: tokens(&prompt),
            answer: tokens(&format!("{answer}<|im_end|>")),
        });
    }
    // Every skill is there: the file has them one after the other.
    let step = read.len() / CONVERSATIONS;
    read.into_iter().step_by(step.max(1)).collect()
}

/// The built-in model with every matrix made by `convert`, in a file of `folder`.
fn rewritten(folder: &Path, name: &str, convert: &dyn Fn(QTensor) -> QTensor) -> Decoder {
    let mut file = Cursor::new(NANO);
    #[allow(clippy::disallowed_methods)] // a file of this project
    let header = Content::read(&mut file).unwrap();
    let mut names: Vec<&String> = header.tensor_infos.keys().collect();
    names.sort();
    let made: Vec<QTensor> = names
        .iter()
        .map(|name| header.tensor(&mut file, name, &Device::Cpu).unwrap())
        .map(|tensor| match tensor.rank() {
            2 => convert(tensor),
            _ => tensor,
        })
        .collect();
    let metadata: Vec<_> = header
        .metadata
        .iter()
        .map(|(k, v)| (k.as_str(), v))
        .collect();
    let pairs: Vec<_> = names.iter().map(|it| it.as_str()).zip(&made).collect();
    let path = folder.join(name);
    let mut out = BufWriter::new(File::create(&path).unwrap());
    gguf_file::write(&mut out, &metadata, &pairs).unwrap();
    drop(out.into_inner().unwrap());
    load_path(&path)
}

fn quantized(tensor: &QTensor, kind: GgmlDType) -> QTensor {
    let dense = tensor.dequantize(&Device::Cpu).unwrap();
    QTensor::quantize(&dense, kind).unwrap()
}

/// How a conversation is fed.
#[derive(Clone, Copy)]
enum Fed {
    /// All tokens in one forward, by the kernels for many rows.
    AtOnce,
    /// The answer one token a forward, by the kernels for few rows.
    InSteps,
}

/// The exponential of the mean surprise at each token of the answers.
fn perplexity(decoder: &Decoder, conversations: &[Conversation], fed: Fed) -> f64 {
    let (mut surprise, mut count) = (0.0, 0);
    for Conversation { prompt, answer } in conversations {
        let mut cache = cache(decoder, 1);
        let rows = match fed {
            Fed::AtOnce => {
                let all = [prompt.as_slice(), answer].concat();
                feed(decoder, &mut cache, 0, &all)
            }
            Fed::InSteps => {
                let mut rows = feed(decoder, &mut cache, 0, prompt);
                rows.extend(
                    answer
                        .iter()
                        .flat_map(|it| feed(decoder, &mut cache, 0, &[*it])),
                );
                rows
            }
        };
        let before = rows.iter().skip(prompt.len() - 1);
        surprise += before.zip(answer).map(surprise_at).sum::<f64>();
        count += answer.len();
    }
    (surprise / f64::from(u32::try_from(count).unwrap())).exp()
}

/// How little the logits (V,) expected `token`, in nats.
fn surprise_at((logits, token): (&Vec<f32>, &u32)) -> f64 {
    let largest = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f64 = logits.iter().map(|it| f64::from(it - largest).exp()).sum();
    sum.ln() - f64::from(logits[*token as usize] - largest)
}

#[test]
fn no_type_costs_more_perplexity_than_its_own_error() {
    let tokenizer = Checkpoint::builtin().unwrap().tokenizer().unwrap();
    let read = conversations(&tokenizer);
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, fed, convert: &dyn Fn(QTensor) -> QTensor| {
        perplexity(&rewritten(folder.path(), name, convert), &read, fed)
    };
    let plain = of("f32.gguf", Fed::AtOnce, &|it| {
        quantized(&it, GgmlDType::F32)
    });
    assert!(
        plain < 1.5,
        "these are not the model's own answers: {plain}"
    );
    for (kind, loss) in TYPES {
        let dense = |it: QTensor| quantized(&quantized(&it, kind), GgmlDType::F32);
        let exact = of("dense.gguf", Fed::AtOnce, &dense);
        for fed in [Fed::AtOnce, Fed::InSteps] {
            let packed = of("packed.gguf", fed, &|it| quantized(&it, kind));
            let added = (packed / exact - 1.0).abs();
            assert!(added <= KERNEL_ERROR, "{kind:?}: {packed}, exactly {exact}");
            let lost = packed / plain - 1.0;
            assert!(lost <= loss, "{kind:?}: {packed}, F32 has {plain}");
        }
    }
}
