//! The names of weights: GGUF's are canonical, Hugging Face's are translated to them.

use crate::config::Architecture;

/// Names outside the blocks, Hugging Face's first.
const OUTSIDE: &[(&str, &str)] = &[
    ("model.embed_tokens.weight", "token_embd.weight"),
    ("model.norm.weight", "output_norm.weight"),
    ("lm_head.weight", "output.weight"),
];

/// Modules of a block, Hugging Face's first; `.weight`, `.bias` or the scales of 8-bit floats follow.
const INSIDE: &[(&str, &str)] = &[
    ("input_layernorm", "attn_norm"),
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.q_norm", "attn_q_norm"),
    ("self_attn.k_norm", "attn_k_norm"),
    ("post_attention_layernorm", "ffn_norm"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
    ("self_attn.qkv_proj", "attn_qkv"),
    ("mlp.gate_up_proj", "ffn_up"), // phi3: GGUF calls the fused matrix so
    ("mlp.gate", "ffn_gate_inp"),
    ("block_sparse_moe.gate", "ffn_gate_inp"),
];

/// The matrices of one expert, Hugging Face's first: after `mlp.experts.<expert>.` or, as Mixtral
/// writes them, `block_sparse_moe.experts.<expert>.`.
const EXPERT: &[(&str, &str)] = &[
    ("gate_proj", "ffn_gate"),
    ("up_proj", "ffn_up"),
    ("down_proj", "ffn_down"),
    ("w1", "ffn_gate"),
    ("w3", "ffn_up"),
    ("w2", "ffn_down"),
];

/// Modules that `gemma3` calls otherwise than [`INSIDE`].
const GEMMA3: &[(&str, &str)] = &[
    ("post_attention_layernorm", "post_attention_norm"),
    ("pre_feedforward_layernorm", "ffn_norm"),
    ("post_feedforward_layernorm", "post_ffw_norm"),
];

/// Modules that `gpt-oss` calls otherwise.
const GPT_OSS: &[(&str, &str)] = &[
    ("post_attention_layernorm", "post_attention_norm"),
    ("mlp.router", "ffn_gate_inp"),
];

/// Tensors of `gpt-oss` whose names end otherwise. Its experts are stored with inputs first, or in MXFP4
/// with codes and scales apart.
const GPT_OSS_TENSORS: &[(&str, &str)] = &[
    ("self_attn.sinks", "attn_sinks.weight"),
    ("mlp.experts.gate_up_proj", "ffn_gate_up_exps.transposed"),
    ("mlp.experts.gate_up_proj_blocks", "ffn_gate_up_exps.codes"),
    ("mlp.experts.gate_up_proj_scales", "ffn_gate_up_exps.scales"),
    ("mlp.experts.gate_up_proj_bias", "ffn_gate_up_exps.bias"),
    ("mlp.experts.down_proj", "ffn_down_exps.transposed"),
    ("mlp.experts.down_proj_blocks", "ffn_down_exps.codes"),
    ("mlp.experts.down_proj_scales", "ffn_down_exps.scales"),
    ("mlp.experts.down_proj_bias", "ffn_down_exps.bias"),
];

/// Modules that `qwen35moe` calls otherwise.
const QWEN35MOE: &[(&str, &str)] = &[
    ("post_attention_layernorm", "post_attention_norm"),
    ("linear_attn.in_proj_qkv", "attn_qkv"),
    ("linear_attn.in_proj_z", "attn_gate"),
    ("linear_attn.in_proj_b", "ssm_beta"),
    ("linear_attn.in_proj_a", "ssm_alpha"),
    ("linear_attn.conv1d", "ssm_conv1d"),
    ("linear_attn.norm", "ssm_norm"),
    ("linear_attn.out_proj", "ssm_out"),
    ("mlp.shared_expert.gate_proj", "ffn_gate_shexp"),
    ("mlp.shared_expert.up_proj", "ffn_up_shexp"),
    ("mlp.shared_expert.down_proj", "ffn_down_shexp"),
    ("mlp.shared_expert_gate", "ffn_gate_inp_shexp"),
];

/// Tensors of `qwen35moe` whose names end otherwise.
const QWEN35MOE_TENSORS: &[(&str, &str)] = &[
    ("linear_attn.A_log", "ssm_a_log"),
    ("linear_attn.dt_bias", "ssm_dt.bias"),
    ("mlp.experts.gate_up_proj", "ffn_gate_up_exps.weight"),
    ("mlp.experts.down_proj", "ffn_down_exps.weight"),
];

/// Modules and whole tensors that an architecture names in its own way.
fn own(architecture: Architecture) -> [&'static [(&'static str, &'static str)]; 2] {
    match architecture {
        Architecture::Gemma3 => [GEMMA3, &[]],
        Architecture::GptOss => [GPT_OSS, GPT_OSS_TENSORS],
        Architecture::Qwen35Moe => [QWEN35MOE, QWEN35MOE_TENSORS],
        Architecture::Other(_)
        | Architecture::Llama
        | Architecture::Qwen2
        | Architecture::Qwen3
        | Architecture::Qwen3Moe
        | Architecture::Mixtral
        | Architecture::Phi3 => [&[], &[]],
    }
}

/// The canonical name of the tensor that a Hugging Face checkpoint of `architecture` calls `name`;
/// `None` for tensors that it does not read, such as stored rotary frequencies or what sees images.
pub(crate) fn canonical(name: &str, architecture: Architecture) -> Option<String> {
    // The text part of a network that sees images too, as transformers 4 and 5 write it.
    if let Some(rest) = name.strip_prefix("model.language_model.") {
        return text(&format!("model.{rest}"), architecture);
    }
    text(
        name.strip_prefix("language_model.").unwrap_or(name),
        architecture,
    )
}

fn text(name: &str, architecture: Architecture) -> Option<String> {
    if let Some((_, ours)) = OUTSIDE.iter().find(|(theirs, _)| *theirs == name) {
        return Some((*ours).to_owned());
    }
    let (layer, rest) = name.strip_prefix("model.layers.")?.split_once('.')?;
    // Through a number, so that `07` cannot stand beside `7`.
    let layer: u32 = layer.parse().ok()?;
    let [modules, tensors] = own(architecture);
    if let Some((_, ours)) = tensors.iter().find(|(theirs, _)| *theirs == rest) {
        return Some(format!("blk.{layer}.{ours}"));
    }
    let (module, kind) = rest.rsplit_once('.')?;
    if !matches!(
        kind,
        "weight" | "bias" | "weight_scale" | "weight_scale_inv"
    ) {
        return None;
    }
    let mut modules = modules.iter().chain(INSIDE);
    if let Some((_, ours)) = modules.find(|(theirs, _)| *theirs == module) {
        return Some(format!("blk.{layer}.{ours}.{kind}"));
    }
    let expert = module.strip_prefix("mlp.experts.");
    let expert = expert.or_else(|| module.strip_prefix("block_sparse_moe.experts."))?;
    let (number, matrix) = expert.split_once('.')?;
    let number: u32 = number.parse().ok()?;
    let (_, ours) = EXPERT.iter().find(|(theirs, _)| *theirs == matrix)?;
    Some(format!("blk.{layer}.{ours}.{number}.{kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hugging_face_names_become_canonical() {
        let cases = [
            ("model.embed_tokens.weight", "token_embd.weight"),
            ("lm_head.weight", "output.weight"),
            ("model.layers.0.self_attn.q_proj.bias", "blk.0.attn_q.bias"),
            (
                "model.layers.31.self_attn.k_norm.weight",
                "blk.31.attn_k_norm.weight",
            ),
            (
                "model.layers.7.post_attention_layernorm.weight",
                "blk.7.ffn_norm.weight",
            ),
            (
                "model.layers.7.mlp.down_proj.weight",
                "blk.7.ffn_down.weight",
            ),
            (
                "model.layers.3.mlp.experts.127.up_proj.weight",
                "blk.3.ffn_up.127.weight",
            ),
            (
                "model.layers.3.block_sparse_moe.experts.0.w2.weight",
                "blk.3.ffn_down.0.weight",
            ),
            (
                "model.layers.3.mlp.gate.weight",
                "blk.3.ffn_gate_inp.weight",
            ),
        ];
        for (theirs, ours) in cases {
            assert_eq!(
                canonical(theirs, Architecture::Llama).as_deref(),
                Some(ours)
            );
        }
    }

    #[test]
    fn architectures_have_names_of_their_own() {
        use Architecture::{Gemma3, GptOss, Qwen35Moe};
        let cases = [
            (
                "language_model.model.layers.1.post_attention_layernorm.weight",
                Gemma3,
                "blk.1.post_attention_norm.weight",
            ),
            (
                "model.layers.1.pre_feedforward_layernorm.weight",
                Gemma3,
                "blk.1.ffn_norm.weight",
            ),
            (
                "model.layers.1.self_attn.sinks",
                GptOss,
                "blk.1.attn_sinks.weight",
            ),
            (
                "model.layers.1.mlp.router.bias",
                GptOss,
                "blk.1.ffn_gate_inp.bias",
            ),
            (
                "model.language_model.layers.1.linear_attn.A_log",
                Qwen35Moe,
                "blk.1.ssm_a_log",
            ),
            (
                "model.language_model.norm.weight",
                Qwen35Moe,
                "output_norm.weight",
            ),
            ("language_model.lm_head.weight", Gemma3, "output.weight"),
        ];
        for (theirs, architecture, ours) in cases {
            assert_eq!(canonical(theirs, architecture).as_deref(), Some(ours));
        }
        let images = "model.visual.blocks.0.attn.qkv.weight";
        assert_eq!(canonical(images, Qwen35Moe), None);
    }

    #[test]
    fn other_names_have_no_canonical_form() {
        for name in [
            "",
            "model.layers.0.self_attn.rotary_emb.inv_freq",
            "model.layers.x.mlp.up_proj.weight",
            "model.layers.0.mlp.experts.x.up_proj.weight",
            "model.layers.0.mlp.experts.0.w4.weight",
            "model.layers.0.mlp.up_proj.qweight",
            "transformer.h.0.attn.weight",
            "blk.0.attn_q.weight",
        ] {
            assert_eq!(canonical(name, Architecture::Llama), None, "{name}");
        }
    }
}
