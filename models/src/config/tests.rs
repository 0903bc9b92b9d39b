#![allow(clippy::unwrap_used)]

mod json;
mod mixed;

use serde_json::{Value as Json, json};

use super::*;
use crate::test_support::{GgufWriter, TinyShape, Value, tiny_gguf, tiny_safetensors};

fn tiny() -> GgufWriter {
    tiny_gguf(&TinyShape::default())
}

fn read_gguf(writer: &GgufWriter) -> Result<ModelConfig, ModelError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.gguf");
    std::fs::write(&path, writer.bytes()).unwrap();
    ModelConfig::from_gguf(&Gguf::open(&path).unwrap())
}

/// The configuration of the tiny folder after `change`.
fn read_json(change: impl FnOnce(&mut Json)) -> Result<ModelConfig, ModelError> {
    let folder = tempfile::tempdir().unwrap();
    tiny_safetensors(folder.path(), &TinyShape::default()).unwrap();
    let path = folder.path().join("config.json");
    let mut config: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut config);
    std::fs::write(&path, config.to_string()).unwrap();
    ModelConfig::from_folder(folder.path())
}

#[track_caller]
fn assert_gguf_refused(key: &str, value: Value, parts: &[&str]) {
    let field = if key.contains("general.") || key.contains("tokenizer.") {
        key.to_owned()
    } else {
        format!("llama.{key}")
    };
    let message = read_gguf(&tiny().key(&field, value))
        .expect_err(key)
        .to_string();
    for part in parts.iter().chain([&format!("`{field}`").as_str()]) {
        assert!(
            message.contains(part),
            "{message:?} should contain {part:?}"
        );
    }
}

#[test]
fn both_formats_describe_the_same_network() {
    let from_gguf = read_gguf(&tiny()).unwrap();
    let from_json = read_json(|_| {}).unwrap();
    assert_eq!(from_gguf.rope.layout, RopeLayout::Interleaved);
    assert_eq!(from_json.rope.layout, RopeLayout::Half);
    let mut same = from_json.clone();
    same.rope.layout = RopeLayout::Interleaved;
    same.rms_norm_eps = from_gguf.rms_norm_eps;
    assert_eq!(from_gguf, same);
    assert!((from_json.rms_norm_eps - 1e-5).abs() < 1e-12);
    assert_eq!(
        (from_gguf.heads, from_gguf.kv_heads, from_gguf.head_dim),
        (4, 2, 16)
    );
    assert_eq!(
        (from_gguf.vocabulary, from_gguf.eos.as_slice()),
        (271, &[270][..])
    );
    assert!(!from_gguf.tied_embeddings);
}

#[test]
fn a10_counts_and_sizes() {
    let huge = || Value::U32(u32::MAX);
    for (key, value) in [
        ("attention.head_count", Value::U32(0)),
        ("attention.head_count", huge()),
        ("attention.head_count_kv", Value::U32(0)),
        ("attention.head_count_kv", Value::U32(3)),
        ("block_count", Value::U32(0)),
        ("block_count", huge()),
        ("embedding_length", Value::U32(0)),
        ("embedding_length", huge()),
        ("feed_forward_length", Value::U32(0)),
        ("context_length", Value::U32(0)),
        ("context_length", huge()),
        ("rope.dimension_count", Value::U32(0)),
        ("rope.dimension_count", Value::U32(31)),
        ("rope.dimension_count", Value::U32(18)),
        ("rope.dimension_count", huge()),
        ("expert_count", huge()),
        ("attention.key_length", huge()),
    ] {
        assert_gguf_refused(key, value, &["is "]);
    }
    assert_gguf_refused("attention.value_length", Value::U32(8), &["differs"]);
}

#[test]
fn a10_floats_and_types() {
    for (key, value) in [
        ("attention.layer_norm_rms_epsilon", f32::NAN),
        ("attention.layer_norm_rms_epsilon", -1.0),
        ("attention.layer_norm_rms_epsilon", 0.0),
        ("rope.freq_base", 0.0),
        ("rope.freq_base", f32::INFINITY),
        ("rope.freq_base", f32::NAN),
        ("rope.scaling.factor", 0.0),
        ("rope.scaling.factor", f32::INFINITY),
    ] {
        assert_gguf_refused(key, Value::F32(value), &["is "]);
    }
    assert_gguf_refused(
        "block_count",
        Value::Text("2".to_owned()),
        &["integer", "text"],
    );
    assert_gguf_refused("rope.freq_base", Value::U32(10_000), &["float", "u32"]);
    assert_gguf_refused("general.architecture", Value::U32(1), &["text", "u32"]);
    let negative = Value::Raw(5, (-1i32).to_le_bytes().to_vec());
    assert_gguf_refused("block_count", negative, &["-1 is out of range"]);
}

#[test]
fn a10_missing_keys_are_named() {
    for key in [
        "block_count",
        "embedding_length",
        "attention.head_count",
        "context_length",
    ] {
        let field = format!("llama.{key}");
        let message = read_gguf(&tiny().without_key(&field))
            .unwrap_err()
            .to_string();
        assert!(
            message.ends_with(&format!("`{field}`: is missing")),
            "{message}"
        );
    }
    let error = read_gguf(&tiny().without_tensor("token_embd.weight")).unwrap_err();
    assert!(matches!(error, ModelError::MissingTensor { .. }), "{error}");
}

#[test]
fn a09_embedding_rows_are_the_vocabulary() {
    let tokens = Value::Texts(vec!["a".to_owned(); 270]);
    let message = read_gguf(&tiny().key("tokenizer.ggml.tokens", tokens))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("`token_embd.weight`: has 271 rows for 270 tokens"),
        "{message}"
    );
}

#[test]
fn a12_special_tokens_exist() {
    let huge = || Value::U32(u32::MAX);
    assert_gguf_refused("tokenizer.ggml.bos_token_id", huge(), &["271 tokens"]);
    assert_gguf_refused(
        "tokenizer.ggml.eos_token_id",
        Value::U32(271),
        &["271 tokens"],
    );
}

#[test]
fn unknown_architectures_are_named_with_those_supported() {
    let writer = tiny().key(
        "general.architecture",
        Value::Text("gemma9\u{1b}".to_owned()),
    );
    let message = read_gguf(&writer).unwrap_err().to_string();
    for part in [
        "architecture `gemma9\\u{1b}` is not",
        "(supported: llama, qwen2,",
        "also gemma, ",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let message = read_json(|it| it["architectures"] = json!(["BloomForCausalLM"])).unwrap_err();
    assert!(
        message.to_string().contains("`BloomForCausalLM`"),
        "{message}"
    );
    let qwen2 = tiny_gguf(&TinyShape {
        architecture: "qwen2",
        ..TinyShape::default()
    });
    let experts = read_gguf(&qwen2.key("qwen2.expert_count", Value::U32(8))).unwrap_err();
    assert!(
        experts.to_string().contains("`qwen2 with experts`"),
        "{experts}"
    );
    let adapter = tiny().key("general.type", Value::Text("adapter".to_owned()));
    assert!(
        read_gguf(&adapter)
            .unwrap_err()
            .to_string()
            .contains("type `adapter`")
    );
}

fn tiny_mixture() -> GgufWriter {
    tiny_gguf(&TinyShape {
        architecture: "mixtral",
        ..TinyShape::default()
    })
}

#[test]
fn experts_in_gguf() {
    let config = read_gguf(&tiny_mixture()).unwrap();
    assert_eq!(config.architecture, Architecture::Mixtral);
    let experts = config.experts.unwrap();
    assert_eq!(
        (experts.count, experts.used, experts.feed_forward),
        (4, 2, 128)
    );
    assert_eq!(
        (experts.normalised, experts.scoring),
        (true, Scoring::Softmax)
    );
    let keys = tiny_mixture()
        .key("llama.expert_feed_forward_length", Value::U32(64))
        .key("llama.expert_weights_norm", Value::Bool(false))
        .key("llama.expert_weights_scale", Value::F32(2.5))
        .key("llama.expert_gating_func", Value::U32(2));
    let experts = read_gguf(&keys).unwrap().experts.unwrap();
    let expected = ExpertsConfig {
        count: 4,
        used: 2,
        feed_forward: 64,
        scoring: Scoring::Sigmoid,
        normalised: false,
        scale: 2.5,
    };
    assert_eq!(experts, expected);
}

#[test]
fn a10_experts() {
    for (key, value) in [
        ("expert_count", Value::U32(u32::MAX)),
        ("expert_count", Value::U32(4097)),
        ("expert_count", Value::Text("8".to_owned())),
        ("expert_used_count", Value::U32(0)),
        ("expert_used_count", Value::U32(5)),
        ("expert_used_count", Value::U32(u32::MAX)),
        ("expert_feed_forward_length", Value::U32(0)),
        ("expert_feed_forward_length", Value::U32(u32::MAX)),
        ("expert_weights_scale", Value::F32(f32::NAN)),
        ("expert_weights_norm", Value::U32(1)),
        ("expert_gating_func", Value::U32(9)),
    ] {
        let field = format!("llama.{key}");
        let message = read_gguf(&tiny_mixture().key(&field, value))
            .expect_err(key)
            .to_string();
        assert!(message.contains(&format!("`{field}`")), "{message}");
    }
    let without = tiny_mixture().without_key("llama.expert_used_count");
    let message = read_gguf(&without).unwrap_err().to_string();
    assert!(
        message.contains("`llama.expert_used_count`: is missing"),
        "{message}"
    );
}

#[test]
fn rope_scaling_in_gguf() {
    let scaling = |writer: GgufWriter| read_gguf(&writer).unwrap().rope.scaling;
    let kind = |name: &str| tiny().key("llama.rope.scaling.type", Value::Text(name.to_owned()));
    let factor = |writer: GgufWriter| writer.key("llama.rope.scaling.factor", Value::F32(4.0));
    assert_eq!(scaling(tiny()), RopeScaling::None);
    assert_eq!(scaling(factor(kind("none"))), RopeScaling::None);
    assert_eq!(
        scaling(factor(kind("linear"))),
        RopeScaling::Linear { factor: 4.0 }
    );
    let original = Value::U32(1024);
    let yarn = factor(kind("yarn")).key("llama.rope.scaling.original_context_length", original);
    let RopeScaling::Yarn {
        original_context_tokens,
        attention_factor,
        ..
    } = scaling(yarn)
    else {
        panic!("not yarn");
    };
    assert_eq!((original_context_tokens, attention_factor), (1024, None));
    let message = read_gguf(&kind("dynamic")).unwrap_err().to_string();
    assert!(
        message.contains("`llama.rope.scaling.type`: `dynamic`"),
        "{message}"
    );
}

#[test]
fn long_rope_in_gguf() {
    let phi3 = || {
        tiny_gguf(&TinyShape {
            architecture: "phi3",
            ..TinyShape::default()
        })
        .key("phi3.rope.scaling.original_context_length", Value::U32(64))
        .key("phi3.rope.scaling.attn_factor", Value::F32(1.25))
    };
    let (short, long) = ("rope_factors_short.weight", "rope_factors_long.weight");
    let both = phi3()
        .f32(short, &[8], &[1.0; 8])
        .f32(long, &[8], &[4.0; 8]);
    let expected = LongRope {
        short: vec![1.0; 8],
        long: vec![4.0; 8],
        original_context_tokens: 64,
        magnitude: 1.25,
    };
    assert_eq!(
        read_gguf(&both).unwrap().rope.scaling,
        RopeScaling::Long(expected)
    );
    let half = read_gguf(&phi3().f32(long, &[8], &[4.0; 8])).unwrap_err();
    assert!(matches!(half, ModelError::MissingTensor { .. }), "{half}");
    let original = "phi3.rope.scaling.original_context_length";
    for (writer, part) in [
        (both.clone().without_key(original), original),
        (both.clone().key(original, Value::U32(0)), original),
        (
            both.clone()
                .key("phi3.rope.scaling.attn_factor", Value::F32(f32::NAN)),
            "attn_factor",
        ),
        (
            phi3()
                .f32(short, &[8], &[1.0; 8])
                .f32(long, &[7], &[4.0; 7]),
            long,
        ),
        (
            phi3()
                .f32(short, &[8], &[0.0; 8])
                .f32(long, &[8], &[4.0; 8]),
            short,
        ),
    ] {
        let message = read_gguf(&writer).unwrap_err().to_string();
        assert!(message.contains(part), "{message} should contain {part}");
    }
}

#[test]
fn rope_factors_in_gguf() {
    let with = |values: &[f32]| tiny().f32("rope_freqs.weight", &[values.len() as u64], values);
    let config = read_gguf(&with(&[1.0, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0])).unwrap();
    let expected = vec![1.0, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0];
    assert_eq!(config.rope.scaling, RopeScaling::Factors(expected));
    for wrong in [&[1.0; 7][..], &[0.0; 8], &[f32::NAN; 8]] {
        let message = read_gguf(&with(wrong)).unwrap_err().to_string();
        assert!(message.contains("`rope_freqs.weight`"), "{message}");
    }
}
