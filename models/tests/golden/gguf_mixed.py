"""How llama.cpp's converter changes the weights of networks whose layers are not all alike, and back again."""
import re

import numpy as np

# Modules that these networks call otherwise than most; the rest is in `gguf_files.INSIDE`.
MODULES = {
    "gemma3": {"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
               "post_feedforward_layernorm": "post_ffw_norm"},
    "gpt-oss": {"post_attention_layernorm": "post_attention_norm", "mlp.router": "ffn_gate_inp"},
    "qwen35moe": {"post_attention_layernorm": "post_attention_norm", "linear_attn.in_proj_qkv": "attn_qkv",
                  "linear_attn.in_proj_z": "attn_gate", "linear_attn.in_proj_b": "ssm_beta",
                  "linear_attn.in_proj_a": "ssm_alpha", "linear_attn.conv1d": "ssm_conv1d",
                  "linear_attn.norm": "ssm_norm", "linear_attn.out_proj": "ssm_out",
                  "mlp.shared_expert.gate_proj": "ffn_gate_shexp", "mlp.shared_expert.up_proj": "ffn_up_shexp",
                  "mlp.shared_expert.down_proj": "ffn_down_shexp", "mlp.shared_expert_gate": "ffn_gate_inp_shexp"},
}
# Tensors that do not end with weight or bias, or are split.
TENSORS = {
    "self_attn.sinks": ["attn_sinks.weight"], "linear_attn.A_log": ["ssm_a"], "linear_attn.dt_bias": ["ssm_dt.bias"],
    "mlp.experts.gate_up_proj": ["ffn_gate_exps.weight", "ffn_up_exps.weight"],
    "mlp.experts.gate_up_proj_bias": ["ffn_gate_exps.bias", "ffn_up_exps.bias"],
    "mlp.experts.down_proj": ["ffn_down_exps.weight"], "mlp.experts.down_proj_bias": ["ffn_down_exps.bias"],
}


def names(name, case, inside):
    """The GGUF names of a weight on disk."""
    layer, rest = re.fullmatch(r"model\.(?:language_model\.)?layers\.(\d+)\.(.*)", name).groups()
    if rest in TENSORS:
        return [f"blk.{layer}.{ours}" for ours in TENSORS[rest]]
    module, kind = rest.rsplit(".", 1)
    return [f"blk.{layer}.{(inside | MODULES[case])[module]}.{kind}"]


def to_gguf(name, values, config, case):
    """The values of a weight on disk as GGUF wants them, one array for each of its names."""
    if from_zero(name, case):
        return [values + 1]
    if name.endswith("A_log"):
        values = -np.exp(values)
    if name.endswith("conv1d.weight"):
        values = values.squeeze(1)
    if name.endswith("shared_expert_gate.weight"):
        values = values.squeeze(0)
    if "linear_attn." in name:
        values = reordered(name, values, config)
    if case == "gpt-oss" and "experts." in name:
        values = values.swapaxes(-1, -2) if values.ndim == 3 else values
        if "gate_up_proj_bias" in name:
            return [values[:, ::2], values[:, 1::2]]
        return [values[:, ::2], values[:, 1::2]] if "gate_up" in name else [values]
    if "experts.gate_up_proj" in name:
        return np.split(values, 2, axis=1)
    return [values]


def from_gguf(name, parts, config, case):
    """The reverse of `to_gguf`."""
    if from_zero(name, case):
        return parts[0] - 1
    if case == "gpt-oss" and "experts." in name:
        values = np.stack(parts, axis=2).reshape(parts[0].shape[0], -1, *parts[0].shape[2:]) if len(parts) == 2 \
            else parts[0]
        return values.swapaxes(-1, -2) if values.ndim == 3 else values
    if "experts.gate_up_proj" in name:
        return np.concatenate(parts, axis=1)
    values = parts[0]
    if "linear_attn." in name:
        values = reordered(name, values, config, back=True)
    if name.endswith("A_log"):
        values = np.log(-values)
    if name.endswith("conv1d.weight"):
        values = values[:, None]
    if name.endswith("shared_expert_gate.weight"):
        values = values[None]
    return values


def from_zero(name, case):
    return case in ("gemma3", "qwen35moe") and name.endswith("norm.weight") and "linear_attn" not in name


def reordered(name, values, config, back=False):
    """Value heads of linear attention as GGUF has them: the first of each key head, then the second of each."""
    keys = 2 * config.linear_num_key_heads * config.linear_key_head_dim
    if "in_proj_qkv" in name or "conv1d" in name:
        return np.concatenate([values[:keys], tiled(values[keys:], 0, config.linear_value_head_dim, config, back)])
    if "in_proj_z" in name:
        return tiled(values, 0, config.linear_value_head_dim, config, back)
    if "out_proj" in name:
        return tiled(values, 1, config.linear_value_head_dim, config, back)
    return values if "norm" in name else tiled(values, 0, 1, config, back)


def tiled(values, axis, width, config, back):
    heads = config.linear_num_key_heads
    each = config.linear_num_value_heads // heads
    first, second = (each, heads) if back else (heads, each)
    shape = values.shape
    values = values.reshape(*shape[:axis], first, second, width, *shape[axis + 1:])
    return values.swapaxes(axis, axis + 1).reshape(shape)


def write_header(writer, config, case):
    if case in ("gemma3", "gpt-oss"):
        writer.add_sliding_window(config.sliding_window)
    if case == "gemma3":
        writer.add_sliding_window_pattern(config.layer_types.index("full_attention") + 1
                                          if "full_attention" in config.layer_types else 6)
    if case == "gpt-oss":
        writer.add_expert_feed_forward_length(config.intermediate_size)
    if case == "qwen35moe":
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)
        writer.add_expert_shared_feed_forward_length(config.shared_expert_intermediate_size)
        writer.add_ssm_conv_kernel(config.linear_conv_kernel_dim)
        writer.add_ssm_state_size(config.linear_key_head_dim)
        writer.add_ssm_group_count(config.linear_num_key_heads)
        writer.add_ssm_time_step_rank(config.linear_num_value_heads)
        writer.add_ssm_inner_size(config.linear_num_value_heads * config.linear_value_head_dim)
        writer.add_full_attention_interval(2)
        part = config.rope_parameters["partial_rotary_factor"]
        writer.add_rope_dimension_count(int(config.head_dim * part))
        writer.add_rope_dimension_sections([*config.rope_parameters["mrope_section"], 0])
