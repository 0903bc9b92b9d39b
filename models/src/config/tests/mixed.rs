//! Architectures whose layers are not all alike.

use serde_json::{Value as Json, json};

use super::super::{Architecture, LayerKind, LinearAttentionConfig, ModelConfig, ValueOrder};
use super::{read_gguf, read_json, tiny};
use crate::error::ModelError;
use crate::test_support::{GgufWriter, Value};

/// The tiny header as one of `architecture`.
fn header(architecture: &str) -> GgufWriter {
    let keys = [
        ("context_length", 2048),
        ("embedding_length", 64),
        ("block_count", 4),
        ("feed_forward_length", 128),
        ("attention.head_count", 4),
        ("attention.head_count_kv", 2),
        ("attention.sliding_window", 16),
    ];
    let of_experts = [
        ("expert_count", 4),
        ("expert_used_count", 2),
        ("expert_feed_forward_length", 32),
        ("expert_shared_feed_forward_length", 48),
        ("ssm.conv_kernel", 4),
        ("ssm.state_size", 16),
        ("ssm.group_count", 2),
        ("ssm.time_step_rank", 4),
        ("ssm.inner_size", 32),
    ];
    let of_experts = of_experts.iter().filter(|_| architecture != "gemma3");
    let name = Value::Text(architecture.to_owned());
    let writer = tiny().key("general.architecture", name).key(
        &format!("{architecture}.attention.layer_norm_rms_epsilon"),
        Value::F32(1e-6),
    );
    keys.iter()
        .chain(of_experts)
        .fold(writer, |writer, (key, number)| {
            writer.key(&format!("{architecture}.{key}"), Value::U32(*number))
        })
}

fn with(architecture: &str, key: &str, value: Value) -> Result<ModelConfig, ModelError> {
    read_gguf(&header(architecture).key(&format!("{architecture}.{key}"), value))
}

#[track_caller]
fn assert_gguf_refused(architecture: &str, key: &str, value: Value) {
    let message = with(architecture, key, value).expect_err(key).to_string();
    assert!(
        message.contains(&format!("`{architecture}.{key}`")),
        "{message}"
    );
}

/// The tiny folder's configuration as one of `class`, after `change`.
fn folder(class: &str, change: impl FnOnce(&mut Json)) -> Result<ModelConfig, ModelError> {
    read_json(|config| {
        config["architectures"] = json!([class]);
        config["num_hidden_layers"] = json!(4);
        config["num_experts"] = json!(4);
        change(config);
    })
}

#[track_caller]
fn assert_json_refused(class: &str, field: &str, value: Json) {
    let message = folder(class, |config| config[field] = value)
        .expect_err(field)
        .to_string();
    assert!(message.contains(&format!("`{field}`")), "{message}");
}

const GEMMA3: &str = "Gemma3ForCausalLM";
const GPT_OSS: &str = "GptOssForCausalLM";
const QWEN35: &str = "Qwen3_5MoeForCausalLM";

#[test]
fn gemma3_in_both_formats() {
    use LayerKind::{Full, Local};
    let gguf = with("gemma3", "attention.sliding_window_pattern", Value::U32(2)).unwrap();
    let json = folder(GEMMA3, |config| {
        config["sliding_window"] = json!(16);
        config["sliding_window_pattern"] = json!(2);
        config["query_pre_attn_scalar"] = json!(16);
    });
    let json = json.unwrap();
    for config in [&gguf, &json] {
        assert_eq!(config.architecture, Architecture::Gemma3);
        assert_eq!(config.layer_kinds, [Local, Full, Local, Full]);
        assert_eq!((config.window(0), config.window(1)), (Some(16), None));
        assert_eq!(
            config.local_rope.as_ref().map(|it| it.theta),
            Some(10_000.0)
        );
        assert!((config.attention_scale() - 0.25).abs() < 1e-12);
    }
    assert!(json.norms_from_zero && !gguf.norms_from_zero);
    let usual = read_gguf(&header("gemma3")).unwrap();
    assert_eq!(usual.layer_kinds, [Local; 4], "every sixth is full");
    let large = with("gemma3", "block_count", Value::U32(62)).unwrap();
    assert_eq!(large.score_width, Some(16), "hidden width a head");
}

#[test]
fn what_a_gemma3_folder_leaves_out_is_what_transformers_takes() {
    let config = folder(GEMMA3, |config| {
        *config = json!({
            "architectures": ["Gemma3ForConditionalGeneration"], "eos_token_id": [1, 106],
            "text_config": {"model_type": "gemma3_text", "hidden_size": 2560,
                "intermediate_size": 10240, "num_hidden_layers": 34, "sliding_window": 1024,
                "rope_scaling": {"factor": 8.0, "rope_type": "linear"}},
            "vision_config": {"hidden_size": 1152},
        });
    });
    let config = config.unwrap();
    assert_eq!(
        (config.heads, config.kv_heads, config.head_dim),
        (8, 4, 256)
    );
    assert_eq!((config.vocabulary, config.rope.theta), (262_208, 1e6));
    assert_eq!((config.window(4), config.window(5)), (Some(1024), None));
    assert!(config.eos.starts_with(&[1, 106]), "{:?}", config.eos);
    assert!(config.tied_embeddings);
}

#[test]
fn a10_b03_gemma3_numbers_out_of_range() {
    for (key, value) in [
        ("attention.sliding_window_pattern", Value::U32(0)),
        ("attention.sliding_window_pattern", Value::U32(u32::MAX)),
        ("attn_logit_softcapping", Value::F32(50.0)),
        ("final_logit_softcapping", Value::F32(f32::NAN)),
        ("rope.freq_base_swa", Value::F32(0.0)),
    ] {
        assert_gguf_refused("gemma3", key, value);
    }
    for (field, value) in [
        ("sliding_window_pattern", json!(0)),
        ("query_pre_attn_scalar", json!(0)),
        ("final_logit_softcapping", json!(-1.0)),
        ("attn_logit_softcapping", json!(50.0)),
        ("use_bidirectional_attention", json!(true)),
        ("attention_bias", json!(true)),
        ("hidden_activation", json!("relu")),
        ("rope_local_base_freq", json!(0.0)),
        ("layer_types", json!(["full_attention"])),
        (
            "layer_types",
            json!(["full_attention", "linear_attention", "x", 1]),
        ),
    ] {
        assert_json_refused(GEMMA3, field, value);
    }
}

#[test]
fn gpt_oss_in_both_formats() {
    use LayerKind::{Full, Local};
    let gguf = read_gguf(&header("gpt-oss")).unwrap();
    let json = folder(GPT_OSS, |config| config["sliding_window"] = json!(16)).unwrap();
    for config in [gguf, json] {
        assert_eq!(config.architecture, Architecture::GptOss);
        assert_eq!(config.layer_kinds, [Local, Full, Local, Full]);
        assert_eq!(config.sliding_window, Some(16));
        let experts = config.experts.unwrap();
        assert_eq!(
            (experts.count, experts.used, experts.normalised),
            (4, 2, true)
        );
    }
    assert_json_refused(GPT_OSS, "swiglu_limit", json!(5.0));
    assert_json_refused(GPT_OSS, "attention_bias", json!(false));
}

#[test]
fn qwen35moe_in_both_formats() {
    use LayerKind::{Full, Linear};
    let gguf = read_gguf(&header("qwen35moe")).unwrap();
    let json = folder(QWEN35, |config| {
        for (field, number) in [
            ("num_experts", 4),
            ("moe_intermediate_size", 32),
            ("shared_expert_intermediate_size", 48),
            ("linear_num_key_heads", 2),
            ("linear_num_value_heads", 4),
            ("linear_key_head_dim", 16),
            ("linear_value_head_dim", 8),
        ] {
            config[field] = json!(number);
        }
    });
    let json = json.unwrap();
    assert_eq!(json.rope.dim, 4, "a quarter of a head rotates");
    for (config, value_order) in [(gguf, ValueOrder::Tiled), (json, ValueOrder::Grouped)] {
        assert_eq!(config.layer_kinds, [Linear, Linear, Linear, Full]);
        assert_eq!((config.attention_layers(), config.window(0)), (1, None));
        assert_eq!(config.shared_expert, Some(48));
        let expected = LinearAttentionConfig {
            key_heads: 2,
            value_heads: 4,
            key_dim: 16,
            value_dim: 8,
            kernel: 4,
            value_order,
        };
        assert_eq!(config.linear_attention, Some(expected));
    }
    let guessing = with("qwen35moe", "nextn_predict_layers", Value::U32(1)).unwrap();
    assert_eq!(guessing.layers, 3, "the last block only guesses");
}

#[test]
fn a10_b03_qwen35moe_numbers_out_of_range() {
    for (key, number) in [
        ("full_attention_interval", 0),
        ("nextn_predict_layers", 4),
        ("expert_shared_feed_forward_length", 0),
        ("ssm.conv_kernel", 1),
        ("ssm.conv_kernel", u32::MAX),
        ("ssm.state_size", 0),
        ("ssm.group_count", 0),
        ("ssm.group_count", u32::MAX),
        ("ssm.time_step_rank", 3),
        ("ssm.inner_size", 33),
        ("ssm.inner_size", 0),
    ] {
        assert_gguf_refused("qwen35moe", key, Value::U32(number));
    }
    for (field, value) in [
        ("linear_num_key_heads", json!(0)),
        ("linear_num_value_heads", json!(31)),
        ("linear_conv_kernel_dim", json!(1)),
        ("linear_key_head_dim", json!(1e9)),
        ("shared_expert_intermediate_size", json!(0)),
        ("full_attention_interval", json!(0)),
        ("attention_bias", json!(true)),
    ] {
        assert_json_refused(QWEN35, field, value);
    }
}
