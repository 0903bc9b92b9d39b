//! The names of weights: GGUF's are canonical, Hugging Face's are translated to them.

/// Names outside the blocks, Hugging Face's first.
const OUTSIDE: &[(&str, &str)] = &[
    ("model.embed_tokens.weight", "token_embd.weight"),
    ("model.norm.weight", "output_norm.weight"),
    ("lm_head.weight", "output.weight"),
];

/// Modules of a block, Hugging Face's first; `.weight` or `.bias` follows.
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

/// The canonical name of the tensor that a Hugging Face checkpoint calls `name`; `None` for tensors
/// that no architecture reads, such as stored rotary frequencies.
pub(crate) fn canonical(name: &str) -> Option<String> {
    if let Some((_, ours)) = OUTSIDE.iter().find(|(theirs, _)| *theirs == name) {
        return Some((*ours).to_owned());
    }
    let (layer, rest) = name.strip_prefix("model.layers.")?.split_once('.')?;
    // Through a number, so that `07` cannot stand beside `7`.
    let layer: u32 = layer.parse().ok()?;
    let (module, kind) = rest.rsplit_once('.')?;
    if !matches!(kind, "weight" | "bias") {
        return None;
    }
    if let Some((_, ours)) = INSIDE.iter().find(|(theirs, _)| *theirs == module) {
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
            assert_eq!(canonical(theirs).as_deref(), Some(ours));
        }
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
            assert_eq!(canonical(name), None, "{name}");
        }
    }
}
