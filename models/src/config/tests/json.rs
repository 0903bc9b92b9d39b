use serde_json::{Value as Json, json};

use super::super::{
    Architecture, ExpertsConfig, ModelConfig, OtherArchitecture, RopeScaling, Scoring,
};
use super::read_json;
use crate::error::ModelError;

#[track_caller]
fn assert_json_refused(field: &str, value: Json, parts: &[&str]) {
    let result = read_json(|config| config[field] = value);
    let message = result.expect_err(field).to_string();
    for part in parts.iter().chain([&field]) {
        assert!(
            message.contains(part),
            "{message:?} should contain {part:?}"
        );
    }
}

#[test]
fn b03_counts_and_sizes() {
    for (field, value) in [
        ("num_hidden_layers", json!(1_000_000_000)),
        ("num_hidden_layers", json!(0)),
        ("num_hidden_layers", json!(-1)),
        ("num_hidden_layers", json!("2")),
        ("hidden_size", json!(0)),
        ("num_attention_heads", json!(0)),
        ("num_key_value_heads", json!(3)),
        ("vocab_size", json!(1u64 << 40)),
        ("rms_norm_eps", json!(-1.0)),
        ("rope_theta", json!(0)),
        ("eos_token_id", json!(271)),
        ("eos_token_id", json!(["x"])),
        ("tie_word_embeddings", json!("no")),
        ("max_position_embeddings", Json::Null),
        ("hidden_act", json!("gelu")),
        ("mlp_bias", json!(true)),
        ("attention_bias", json!(true)),
        ("quantization_config", json!({"quant_method": "gptq"})),
        (
            "quantization_config",
            json!({"quant_method": "compressed-tensors", "format": "pack-quantized"}),
        ),
        ("architectures", json!([])),
    ] {
        assert_json_refused(field, value, &["config.json"]);
    }
    assert_json_refused("head_dim", json!(15), &["head"]);
}

#[test]
fn b03_json_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    for (text, part) in [
        ("{\"rms_norm_eps\": 1e400}", "out of range"),
        ("[]", "not an object"),
    ] {
        std::fs::write(&path, text).unwrap();
        let message = ModelConfig::from_folder(folder.path())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains(part) && message.contains("config.json"),
            "{message}"
        );
    }
    std::fs::write(&path, format!("{{\"a\":{}", "[".repeat(10_000))).unwrap();
    let message = ModelConfig::from_folder(folder.path())
        .unwrap_err()
        .to_string();
    assert!(message.contains("recursion limit"), "{message}");
}

#[test]
fn rope_scaling_in_json() {
    let scaling = |value: Json| {
        read_json(|it| it["rope_scaling"] = value)
            .unwrap()
            .rope
            .scaling
    };
    assert_eq!(scaling(Json::Null), RopeScaling::None);
    let linear = json!({"type": "linear", "factor": 2.0});
    assert_eq!(scaling(linear), RopeScaling::Linear { factor: 2.0 });
    let llama3 = json!({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192});
    let expected = RopeScaling::Llama3 {
        factor: 8.0,
        low_freq_factor: 1.0,
        high_freq_factor: 4.0,
        original_context_tokens: 8192,
    };
    assert_eq!(scaling(llama3), expected);
    let yarn = json!({"type": "yarn", "factor": 4.0});
    let RopeScaling::Yarn {
        original_context_tokens,
        beta_fast,
        ..
    } = scaling(yarn)
    else {
        panic!("not yarn");
    };
    assert_eq!((original_context_tokens, beta_fast), (2048, 32.0));
    assert_json_refused(
        "rope_scaling",
        json!({"type": "dynamic", "factor": 2.0}),
        &["dynamic"],
    );
    assert_json_refused(
        "rope_scaling",
        json!({"type": "linear"}),
        &["rope_scaling.factor"],
    );
    let flat = json!({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 4.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192});
    assert_json_refused("rope_scaling", flat, &["high_freq_factor"]);
}

#[test]
fn long_rope_in_json() {
    let factors = json!([1.0, 1.0, 1.0, 1.0, 1.0, 1.0]); // three quarters of 16, in pairs
    let read = |scaling: Json| {
        read_json(|it| {
            it["architectures"] = json!(["Phi3ForCausalLM"]);
            it["partial_rotary_factor"] = json!(0.75);
            it["original_max_position_embeddings"] = json!(256);
            it["rope_scaling"] = scaling;
        })
    };
    let scaling = json!({"type": "su", "short_factor": factors, "long_factor": factors});
    let rope = read(scaling.clone()).unwrap().rope;
    assert_eq!(rope.dim, 12);
    let RopeScaling::Long(long) = rope.scaling else {
        panic!("not long");
    };
    assert_eq!(long.original_context_tokens, 256);
    // The context is 8 times the original: the root of 1 + ln 8 / ln 256.
    assert!((long.magnitude - 1.375f32.sqrt()).abs() < 1e-6);
    for (name, value) in [
        ("short_factor", json!([1.0])),
        ("short_factor", json!("1.0")),
        ("long_factor", json!([1.0, 1.0, 1.0, 1.0, 1.0, "1"])),
        ("long_factor", json!([1.0, 1.0, 1.0, 1.0, 1.0, 0.0])),
        ("long_factor", Json::Null),
        ("original_max_position_embeddings", json!(0)),
    ] {
        let mut scaling = scaling.clone();
        scaling[name] = value;
        let message = read(scaling).unwrap_err().to_string();
        assert!(
            message.contains(&format!("`rope_scaling.{name}`")),
            "{message}"
        );
    }
}

#[test]
fn other_architectures_get_checked_members_only() {
    let read = |change: &dyn Fn(&mut Json)| {
        read_json(|it| {
            it["architectures"] = json!(["Gemma2ForCausalLM"]);
            it["tie_word_embeddings"] = json!(true);
            it["sliding_window"] = json!(512);
            it["final_logit_softcapping"] = json!(30.0);
            it["evil"] = json!("x");
            change(it);
        })
    };
    let config = read(&|_| {}).unwrap();
    let other = OtherArchitecture::Gemma2;
    assert_eq!(config.architecture, Architecture::Other(other));
    assert_eq!(config.context_tokens_max, 512, "no longer than the window");
    let members = config.other.unwrap().0;
    assert_eq!(members["final_logit_softcapping"], json!(30.0));
    assert!(!members.contains_key("evil") && !members.contains_key("attn_logit_softcapping"));
    for (field, value) in [
        ("tie_word_embeddings", json!(false)),
        ("final_logit_softcapping", json!(0)),
        ("query_pre_attn_scalar", json!(1u64 << 40)),
        ("hidden_activation", json!("tanh")),
        ("num_key_value_heads", json!(3)),
        ("max_position_embeddings", json!(0)),
        ("quantization_config", json!({"quant_method": "fp8"})),
    ] {
        let message = read(&|it| it[field] = value.clone())
            .unwrap_err()
            .to_string();
        let part = if field == "hidden_activation" {
            "tanh"
        } else {
            field
        };
        assert!(message.contains(part), "{message}");
    }
    let scaled = json!({"rope_type": "linear", "factor": 2.0});
    let message = read(&|it| it["rope_scaling"] = scaled.clone())
        .unwrap_err()
        .to_string();
    assert!(message.contains("`linear` is not supported"), "{message}");
}

#[test]
fn rope_parameters_of_transformers_5() {
    let config = read_json(|it| {
        it["rope_theta"] = Json::Null;
        it["rope_parameters"] = json!({"rope_type": "default", "rope_theta": 1_000_000.0});
    });
    let rope = config.unwrap().rope;
    assert_eq!((rope.theta, rope.scaling), (1_000_000.0, RopeScaling::None));
}

#[test]
fn hugging_face_classes() {
    let class = |name: &str| read_json(|it| it["architectures"] = json!([name])).unwrap();
    assert_eq!(
        class("MistralForCausalLM").architecture,
        Architecture::Llama
    );
    let qwen2 = class("Qwen2ForCausalLM");
    assert_eq!(
        (qwen2.architecture, qwen2.qkv_bias),
        (Architecture::Qwen2, true)
    );
    let qwen3 = class("Qwen3ForCausalLM");
    assert_eq!(
        (qwen3.architecture, qwen3.qkv_bias),
        (Architecture::Qwen3, false)
    );
}

/// A configuration of Qwen 3 with experts after `change`.
fn read_mixture(change: impl FnOnce(&mut Json)) -> Result<ModelConfig, ModelError> {
    read_json(|it| {
        it["architectures"] = json!(["Qwen3MoeForCausalLM"]);
        it["num_experts"] = json!(8);
        it["num_experts_per_tok"] = json!(2);
        it["moe_intermediate_size"] = json!(32);
        it["norm_topk_prob"] = json!(true);
        it["decoder_sparse_step"] = json!(1);
        it["mlp_only_layers"] = json!([]);
        change(it);
    })
}

#[test]
fn experts_in_json() {
    let config = read_mixture(|_| {}).unwrap();
    assert_eq!(config.architecture, Architecture::Qwen3Moe);
    let expected = ExpertsConfig {
        count: 8,
        used: 2,
        feed_forward: 32,
        scoring: Scoring::Softmax,
        normalised: true,
        scale: 1.0,
    };
    assert_eq!(config.experts, Some(expected));
    let mixtral = read_json(|it| {
        it["architectures"] = json!(["MixtralForCausalLM"]);
        it["num_experts"] = Json::Null;
        it["num_local_experts"] = json!(4);
        it["num_experts_per_tok"] = json!(1);
    });
    let mixtral = mixtral.unwrap();
    assert_eq!(mixtral.architecture, Architecture::Mixtral);
    let experts = mixtral.experts.unwrap();
    assert_eq!(
        (experts.count, experts.used, experts.feed_forward),
        (4, 1, 128)
    );
}

#[test]
fn b03_experts() {
    for (field, value) in [
        ("num_experts", json!(4_294_967_295u64)),
        ("num_experts", json!(0)),
        ("num_experts", json!("8")),
        ("num_experts_per_tok", json!(9)),
        ("num_experts_per_tok", json!(0)),
        ("num_experts_per_tok", Json::Null),
        ("moe_intermediate_size", json!(0)),
        ("moe_intermediate_size", json!(1u64 << 32)),
        ("norm_topk_prob", json!(1)),
        ("decoder_sparse_step", json!(2)),
        ("mlp_only_layers", json!([0])),
        ("mlp_only_layers", json!(0)),
    ] {
        let message = read_mixture(|config| config[field] = value)
            .expect_err(field)
            .to_string();
        assert!(message.contains(&format!("`{field}`")), "{message}");
    }
}

#[test]
fn sliding_windows() {
    let mistral = read_json(|it| it["sliding_window"] = json!(1024)).unwrap();
    assert_eq!(mistral.sliding_window, Some(1024));
    let wide = read_json(|it| it["sliding_window"] = json!(4096)).unwrap();
    assert_eq!(wide.sliding_window, None, "as wide as the context");
    let unused = read_json(|it| {
        it["architectures"] = json!(["Qwen2ForCausalLM"]);
        it["sliding_window"] = json!(1024);
    });
    assert_eq!(unused.unwrap().sliding_window, None);
    let mixed = json!(["full_attention", "sliding_attention"]);
    assert_json_refused("layer_types", mixed, &["mixture"]);
}

#[test]
fn ends_of_both_files_are_joined() {
    let config = read_json(|it| it["eos_token_id"] = json!([268, 270])).unwrap();
    assert_eq!(config.eos, [268, 270]);
}
