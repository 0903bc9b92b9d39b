//! Which members each architecture of the other library has, and what they may be.

use std::ops::RangeInclusive;

use super::super::super::OtherArchitecture;
use super::super::super::limits;

/// A member of `config.json` and what it may be. `None` as a default: it must be there.
pub(super) enum Rule {
    Integer(&'static str, RangeInclusive<u64>, Option<u64>),
    Float(&'static str, RangeInclusive<f64>, Option<f64>),
    Truth(&'static str, bool),
    /// The only value for which the other library computes the right thing, also when it is absent.
    Always(&'static str, bool),
    /// An integer for which absence has a meaning of its own.
    MayBeNone(&'static str, RangeInclusive<u64>),
    /// A float for which absence has a meaning of its own.
    FloatMayBeNone(&'static str, RangeInclusive<f64>),
    /// One of several texts, and the one that stands for none.
    Text(&'static str, &'static [&'static str], &'static str),
    /// A list of whole numbers, or none.
    List(&'static str, RangeInclusive<u64>),
    /// A member that must be absent or an empty list.
    Empty(&'static str),
}

use Rule::{Always, Empty, Float, FloatMayBeNone, Integer, List, MayBeNone, Text, Truth};

const RMS_EPS: Rule = Float("rms_norm_eps", limits::EPS, Some(1e-6));
const LAYER_EPS: Rule = Float("layer_norm_eps", limits::EPS, Some(1e-5));
const CAP: RangeInclusive<f64> = 1e-3..=1e6;
const SHARE: RangeInclusive<f64> = 0.0..=1.0;
const PARTIAL: &str = "partial_rotary_factor";
const TIED: &str = "tie_word_embeddings";

/// What `architecture` reads beyond the numbers that all have.
pub(super) fn of(architecture: OtherArchitecture) -> Vec<Rule> {
    match architecture {
        OtherArchitecture::Gemma => {
            vec![RMS_EPS, Always(TIED, true), Truth("attention_bias", false)]
        }
        OtherArchitecture::Gemma2 => vec![
            RMS_EPS,
            Always(TIED, true),
            Truth("attention_bias", false),
            FloatMayBeNone("final_logit_softcapping", CAP),
            FloatMayBeNone("attn_logit_softcapping", CAP),
            Integer("query_pre_attn_scalar", limits::HIDDEN, Some(256)),
        ],
        OtherArchitecture::Starcoder2 => vec![
            Float("norm_epsilon", limits::EPS, Some(1e-5)),
            Always(TIED, true),
            Truth("use_bias", true),
        ],
        OtherArchitecture::StableLm => vec![
            LAYER_EPS,
            Always(TIED, false),
            Always("use_parallel_residual", false),
            Always("qk_layernorm", false),
            Truth("use_qkv_bias", false),
            Truth("use_cache", true),
            Float(PARTIAL, SHARE, Some(0.25)),
        ],
        OtherArchitecture::Phi2 => vec![
            LAYER_EPS,
            Always(TIED, false),
            Truth("qk_layernorm", false),
            Float(PARTIAL, SHARE, Some(0.5)),
        ],
        OtherArchitecture::Olmo => olmo().into(),
        OtherArchitecture::Olmo2 => [RMS_EPS].into_iter().chain(olmo()).collect(),
        OtherArchitecture::Glm4 => vec![
            RMS_EPS,
            Truth(TIED, false),
            Truth("attention_bias", false),
            Float(PARTIAL, SHARE, Some(0.5)),
        ],
        OtherArchitecture::Helium => vec![
            RMS_EPS,
            Truth(TIED, false),
            Truth("attention_bias", false),
            Truth("mlp_bias", false),
        ],
        OtherArchitecture::SmolLm3 => vec![
            RMS_EPS,
            Truth(TIED, true),
            Truth("attention_bias", false),
            Truth("mlp_bias", false),
            Always("use_sliding_window", false),
            List("no_rope_layers", 0..=1),
            MayBeNone("no_rope_layer_interval", limits::LAYERS),
        ],
        OtherArchitecture::Qwen2Moe => qwen2_moe(),
        OtherArchitecture::DeepSeek2 => deepseek2(),
    }
}

fn olmo() -> [Rule; 3] {
    [
        Truth(TIED, false),
        Truth("attention_bias", false),
        FloatMayBeNone("clip_qkv", CAP),
    ]
}

fn qwen2_moe() -> Vec<Rule> {
    vec![
        RMS_EPS,
        Always(TIED, false),
        Always("use_sliding_window", false),
        Empty("mlp_only_layers"),
        Integer("max_window_layers", 0..=1024, Some(0)),
        Integer("decoder_sparse_step", limits::LAYERS, Some(1)),
        Integer("moe_intermediate_size", limits::FEED_FORWARD, None),
        Integer(
            "shared_expert_intermediate_size",
            limits::FEED_FORWARD,
            None,
        ),
        Integer("num_experts_per_tok", EXPERTS, None),
        Integer("num_experts", EXPERTS, None),
        Truth("norm_topk_prob", false),
    ]
}

fn deepseek2() -> Vec<Rule> {
    vec![
        RMS_EPS,
        Truth(TIED, false),
        Truth("attention_bias", false),
        Truth("norm_topk_prob", false),
        Integer("moe_intermediate_size", limits::FEED_FORWARD, None),
        Integer("n_routed_experts", EXPERTS, None),
        MayBeNone("n_shared_experts", EXPERTS),
        Integer("num_experts_per_tok", EXPERTS, None),
        Integer("moe_layer_freq", limits::LAYERS, Some(1)),
        Integer("first_k_dense_replace", 0..=1024, Some(0)),
        Float("routed_scaling_factor", limits::BLEND, Some(1.0)),
        Text("topk_method", &["greedy", "group_limited_greedy"], "greedy"),
        Text("scoring_func", &["softmax"], "softmax"),
        MayBeNone("q_lora_rank", limits::HIDDEN),
        Integer("kv_lora_rank", limits::HIDDEN, None),
        Integer("qk_rope_head_dim", limits::HEAD_DIM, None),
        Integer("qk_nope_head_dim", limits::HEAD_DIM, None),
        Integer("v_head_dim", limits::HEAD_DIM, None),
        Integer("n_group", 1..=1024, Some(1)),
        Integer("topk_group", 1..=1024, Some(1)),
    ]
}

const EXPERTS: RangeInclusive<u64> = 1..=4096;
