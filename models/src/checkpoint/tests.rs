#![allow(clippy::unwrap_used)]

mod find;

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use ::sha2::{Digest, Sha256};

use super::*;
use crate::test_support::{GgufWriter, TinyShape, Value, tiny_gguf, tiny_safetensors};

fn tiny() -> GgufWriter {
    tiny_gguf(&TinyShape::default())
}

fn write(path: &Path, writer: &GgufWriter) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, writer.bytes()).unwrap();
}

#[track_caller]
fn refusal(path: &Path) -> String {
    Checkpoint::open(path)
        .expect_err("should be refused")
        .to_string()
}

#[test]
fn a_gguf_file_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Tiny-Random.Q8_0.gguf");
    write(&path, &tiny());
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.id(), "tiny-random.q8_0");
    assert_eq!(checkpoint.path(), Some(path.as_path()));
    assert_eq!(checkpoint.format(), Format::Gguf);
    assert_eq!(checkpoint.quantization(), "Q8_0");
    assert_eq!(
        checkpoint.parameters(),
        2 * 271 * 64 + 2 * (36_864 + 2 * 64) + 64
    );
    assert_eq!(
        checkpoint.size_bytes(),
        std::fs::metadata(&path).unwrap().len()
    );
    let cache = checkpoint.memory_bytes(100) - checkpoint.memory_bytes(0);
    // 2 layers × 2 heads × (16 elements of a key and of a value in 16 bits, and their scales)
    assert_eq!(cache, 100 * 2 * 2 * (16 + 2) * 4);
    // The weights are kept packed, and the file's bytes are not kept beside them.
    let kept = checkpoint.memory_bytes(0) as f64 / checkpoint.size_bytes() as f64;
    assert!((0.9..1.1).contains(&kept), "{kept}");
    assert!(
        checkpoint
            .chat_template_source()
            .unwrap()
            .contains("<|im_start|>")
    );
    let facts = checkpoint.facts();
    assert_eq!(
        (facts.name.as_deref(), facts.license.as_deref()),
        (Some("tiny-random"), Some("mit"))
    );
    assert_eq!(facts.tensor_kinds["Q8_0"], 16);
    assert_eq!(facts.tensor_kinds["F32"], 5);
    let tokenizer = facts.tokenizer.unwrap();
    assert_eq!((tokenizer.kind.as_str(), tokenizer.tokens), ("gpt2", 271));
    let template = facts.template.unwrap();
    assert_eq!(
        (template.sha256.len(), template.error.as_deref()),
        (64, None)
    );
    assert!(template.tools && !template.thinking);
}

#[test]
fn a_safetensors_folder_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("My-Model");
    tiny_safetensors(&path, &TinyShape::default()).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.id(), "my-model");
    assert_eq!(checkpoint.format(), Format::Safetensors);
    assert_eq!(checkpoint.quantization(), "F32");
    assert!(
        checkpoint
            .chat_template_source()
            .unwrap()
            .contains("<|im_start|>")
    );
    let by_file = Checkpoint::open(&path.join("model.safetensors")).unwrap();
    assert_eq!(by_file.config(), checkpoint.config());
    assert_eq!(by_file.id(), "my-model");
    std::fs::write(path.join("chat_template.jinja"), "x").unwrap();
    assert_eq!(
        Checkpoint::open(&path).unwrap().chat_template_source(),
        Some("x")
    );
    std::fs::remove_file(path.join("config.json")).unwrap();
    assert!(refusal(&path).ends_with("it has no `config.json`"));
}

#[test]
fn every_architecture_opens_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    for architecture in TinyShape::ARCHITECTURES {
        let shape = TinyShape {
            architecture,
            ..TinyShape::default()
        };
        let path = folder.path().join(format!("{architecture}.gguf"));
        write(&path, &tiny_gguf(&shape));
        let gguf = Checkpoint::open(&path).unwrap();
        tiny_safetensors(&folder.path().join(architecture), &shape).unwrap();
        let safetensors = Checkpoint::open(&folder.path().join(architecture)).unwrap();
        assert_eq!(gguf.config().architecture.name(), *architecture);
        assert_eq!(safetensors.config().architecture.name(), *architecture);
        assert_eq!(gguf.parameters(), safetensors.parameters());
        assert_eq!(gguf.config().qkv_bias, safetensors.config().qkv_bias);
    }
}

#[test]
fn the_memory_of_every_expert_counts() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = |architecture: &'static str| {
        let path = folder.path().join(format!("{architecture}.gguf"));
        let shape = TinyShape {
            architecture,
            ..TinyShape::default()
        };
        write(&path, &tiny_gguf(&shape));
        Checkpoint::open(&path).unwrap()
    };
    let (dense, mixture) = (checkpoint("llama"), checkpoint("mixtral"));
    // Three more experts a block, in 34 bytes for 32 weights.
    let more = mixture.parameters() - dense.parameters();
    let bytes = mixture.memory_bytes(0) - dense.memory_bytes(0);
    assert!(more > 140_000 && bytes > more * 34 / 32, "{more} {bytes}");
}

#[test]
fn a_tokenizer_that_cannot_be_used_is_a_fact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(
        &path,
        &tiny().key("tokenizer.ggml.pre", Value::Text("unheard-of".to_owned())),
    );
    let facts = Checkpoint::open(&path).unwrap().facts();
    let reason = facts.tokenizer.unwrap_err();
    assert_eq!(reason, "pre-tokenizer `unheard-of` is not known");
    assert_eq!(facts.template.unwrap().error, Some(reason));
}

#[test]
fn the_builtin_model_opens() {
    let checkpoint = Checkpoint::builtin().unwrap();
    assert_eq!((checkpoint.id(), checkpoint.path()), ("aldo-nano", None));
    assert_eq!(checkpoint.config().architecture.name(), "qwen3");
    assert_eq!(checkpoint.warnings(), Vec::<String>::new());
    assert_eq!(checkpoint.sha256().unwrap().len(), 64);
}

#[test]
fn checksums_are_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(&path, &tiny());
    let checkpoint = Checkpoint::open(&path).unwrap();
    let sum = checkpoint.sha256().unwrap();
    let expected = Sha256::digest(std::fs::read(&path).unwrap());
    assert_eq!(sum, sha256::hexadecimal(&expected));
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .set_len(5)
        .unwrap();
    assert!(matches!(
        checkpoint.sha256(),
        Err(ModelError::Changed { .. })
    ));
}

#[test]
fn missing_tensors_and_types_are_refused_before_loading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(&path, &tiny().without_tensor("blk.1.ffn_up.weight"));
    assert_eq!(refusal(&path), "tensor `blk.1.ffn_up.weight` is missing");
    // The same number of bytes as 8-bit integers, which nothing computes with.
    write(
        &path,
        &tiny().change("blk.0.attn_norm.weight", |it| {
            it.kind = 26;
        }),
    );
    assert_eq!(
        refusal(&path),
        "tensor `blk.0.attn_norm.weight` has type I32, which is not supported"
    );
    write(
        &path,
        &tiny().key("llama.feed_forward_length", Value::U32(64)),
    );
    assert!(refusal(&path).contains("`blk.0.ffn_gate.weight`: has shape [128, 64]"));
}

#[test]
fn b03_tied_weights_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(&path, &tiny().without_tensor("output.weight"));
    assert!(Checkpoint::open(&path).unwrap().config().tied_embeddings);
    let path = folder.path().join("st");
    tiny_safetensors(&path, &TinyShape::default()).unwrap();
    let file = path.join("model.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    let renamed = String::from_utf8_lossy(&bytes[..8192])
        .find("lm_head.weight")
        .unwrap();
    let mut changed = bytes;
    changed[renamed] = b'x';
    std::fs::write(&file, changed).unwrap();
    assert_eq!(refusal(&path), "tensor `output.weight` is missing");
}

#[test]
fn b04_pickles_are_refused_unopened() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pytorch_model.bin", "model.pt", "model.pkl"] {
        let path = folder.path().join(name.replace('.', "-")).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "GGUF").unwrap();
        assert!(refusal(&path).contains("pickle"), "{name}");
        assert!(refusal(path.parent().unwrap()).contains("pickle"), "{name}");
    }
    let found = find::rows(folder.path());
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|row| row.contains("pickle")), "{found:?}");
}

#[test]
fn templates_have_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(
        &path,
        &tiny().key(
            "tokenizer.chat_template",
            Value::Text("x".repeat(300 << 10)),
        ),
    );
    assert!(refusal(&path).contains("`tokenizer.chat_template`: is longer"));
    write(&path, &tiny().without_key("tokenizer.chat_template"));
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(checkpoint.warnings(), ["it has no chat template"]);
    assert!(matches!(
        checkpoint.chat_template(),
        Err(ModelError::NoChatTemplate)
    ));
}

/// Flips 400 bits of the first `bytes` of the file at `path`, each alone, and opens `checkpoint`.
fn flip_bits(path: &Path, bytes: usize, checkpoint: &Path) -> (usize, usize) {
    let honest = std::fs::read(path).unwrap();
    let bytes = bytes.min(honest.len());
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let mut write_byte = |at: usize, byte: u8| {
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(&[byte]).unwrap();
    };
    let (mut opened, mut refused) = (0, 0);
    for flip in 0..400 {
        let bit = flip * 7919 % (bytes * 8);
        write_byte(bit / 8, honest[bit / 8] ^ (1 << (bit % 8)));
        match Checkpoint::open(checkpoint) {
            Ok(_) => opened += 1,
            Err(_) => refused += 1,
        }
        write_byte(bit / 8, honest[bit / 8]);
    }
    (opened, refused)
}

#[test]
fn a13_bit_flips_cost_no_more_than_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    write(&path, &tiny());
    let (opened, refused) = flip_bits(&path, tiny().header_bytes().len(), &path);
    assert!(
        opened > 0 && refused > 0,
        "{opened} opened, {refused} refused"
    );
    let path = folder.path().join("st");
    tiny_safetensors(&path, &TinyShape::default()).unwrap();
    for (name, bytes) in [("model.safetensors", 2048), ("config.json", 400)] {
        let (_, refused) = flip_bits(&path.join(name), bytes, &path);
        assert!(refused > 0, "{name}");
    }
}
