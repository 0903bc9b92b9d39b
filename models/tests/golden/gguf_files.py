"""Writes a network as GGUF files, as llama.cpp's converter names and shapes them, and reads their weights back."""
import math
import pathlib
import re
import subprocess
import tempfile

import gguf
import numpy as np

import gguf_mixed
import mxfp4

# What GGUF calls an architecture, where that is not the case's name.
ARCHITECTURES = {"mixtral": "llama"}
# What a file calls itself, where that is not the case's name: llama.cpp looks for certain tokens in what is named phi3.
NAMES = {"phi3": "long rope"}
# Rows of queries and keys are permuted for these, as their rotary pairs are interleaved.
PERMUTED = {"llama", "mixtral"}
OUTSIDE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
           "lm_head.weight": "output.weight"}
INSIDE = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
          "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
          "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
          "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
          "self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up",
          "mlp.gate": "ffn_gate_inp", "block_sparse_moe.gate": "ffn_gate_inp"}
EXPERT = {"gate_proj": "ffn_gate_exps", "up_proj": "ffn_up_exps", "down_proj": "ffn_down_exps",
          "w1": "ffn_gate_exps", "w3": "ffn_up_exps", "w2": "ffn_down_exps"}


def gguf_name(name):
    """The GGUF name of a weight on disk, and which expert of a stack it is."""
    name = name.replace("model.language_model.", "model.")
    if name in OUTSIDE:
        return OUTSIDE[name], None
    _, _, layer, *rest, kind = name.split(".")
    if "experts" in rest:
        *_, expert, matrix = rest
        return f"blk.{layer}.{EXPERT[matrix]}.{kind}", int(expert)
    return f"blk.{layer}.{INSIDE['.'.join(rest)]}.{kind}", None


def permuted(name, values, config, case, back=False):
    """Rows of query and key matrices as GGUF wants them: the two halves of a head interleaved."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
    if case not in PERMUTED or heads is None:
        return values
    shape = (heads, 2, values.shape[0] // heads // 2, values.shape[1])
    if back:
        shape = (shape[0], shape[2], 2, shape[3])
    return values.reshape(shape).swapaxes(1, 2).reshape(values.shape)


def tensors(model, state, case):
    """GGUF names and values; the experts of a block are one tensor."""
    stacks = {}
    for name, tensor in state.items():
        if is_mixed(name, case):
            values = gguf_mixed.to_gguf(name, tensor.float().numpy(), model.config, case)
            yield from zip(mixed_names(name, case), values)
            continue
        ours, expert = gguf_name(name)
        values = permuted(name, tensor.float().numpy(), model.config, case)
        if expert is None:
            yield ours, values
        else:
            stacks.setdefault(ours, {})[expert] = values
    for name, stack in stacks.items():
        yield name, np.stack([stack[expert] for expert in sorted(stack)])


def is_mixed(name, case):
    alone = re.search(r"experts\.\d", name)
    return case in gguf_mixed.MODULES and name != "lm_head.weight" and "embed_tokens" not in name and not alone


def mixed_names(name, case):
    return [OUTSIDE["model.norm.weight"]] if name.endswith("model.norm.weight") \
        else gguf_mixed.names(name, case, INSIDE)


def write(model, state, case, kind, path):
    """Writes the network with its matrices as `kind`; returns the weights on disk as that file holds them."""
    writer = gguf.GGUFWriter(path, ARCHITECTURES.get(case, case))
    write_header(writer, model, case, kind)
    quantization = {"f32": gguf.GGMLQuantizationType.F32, "f16": gguf.GGMLQuantizationType.F16,
                    "bf16": gguf.GGMLQuantizationType.BF16, "q8_0": gguf.GGMLQuantizationType.Q8_0,
                    "mxfp4": gguf.GGMLQuantizationType.BF16}[kind]
    for name, factors in rope_factors(model.config).items():
        writer.add_tensor(name, factors)
    for name, values in tensors(model, state, case):
        if values.ndim == 1 or any(part in name for part in ("ffn_gate_inp", "ssm_conv1d", "bias")):
            writer.add_tensor(name, values.astype(np.float32))
        else:
            own = mxfp4.KIND if kind == "mxfp4" and "_exps" in name else quantization
            writer.add_tensor(name, gguf.quants.quantize(values, own), raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return read(model, state, path, case)


def write_quantized(model, state, case, llama_quantize, path):
    """As `write`, with llama.cpp's own mixture of K-quants."""
    with tempfile.TemporaryDirectory() as folder:
        plain = pathlib.Path(folder) / "f32.gguf"
        write(model, state, case, "f32", plain)
        subprocess.run([llama_quantize, plain, path, "Q4_K_M", "1"], check=True, capture_output=True)
    return read(model, state, path, case)


def read(model, state, path, case):
    """The weights of a GGUF file, dequantised, by their names on disk."""
    found = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    weights = {}

    def values_of(ours):
        tensor = found[ours]
        return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)

    for name in state:
        if is_mixed(name, case):
            parts = [values_of(ours) for ours in mixed_names(name, case)]
            weights[name] = np.ascontiguousarray(gguf_mixed.from_gguf(name, parts, model.config, case))
            continue
        ours, expert = gguf_name(name)
        values = values_of(ours)
        values = values if expert is None else values[expert]
        weights[name] = permuted(name, values, model.config, case, back=True)
    return weights


def write_header(writer, model, case, kind):
    config = model.config
    writer.add_name(f"golden {NAMES.get(case, case)}")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    if getattr(config, "intermediate_size", None):
        writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    write_rope(writer, config, case, head_dim)
    write_experts(writer, config, case)
    gguf_mixed.write_header(writer, config, case)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type({"f32": gguf.LlamaFileType.ALL_F32, "f16": gguf.LlamaFileType.MOSTLY_F16,
                          "bf16": gguf.LlamaFileType.MOSTLY_BF16, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
                          "mxfp4": gguf.LlamaFileType.MOSTLY_MXFP4_MOE}[kind])
    write_tokenizer(writer, config)


def write_rope(writer, config, case, head_dim):
    rope = config.rope_parameters
    rope = rope.get("full_attention", rope)
    if case in PERMUTED:
        writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "longrope":
        original = rope["original_max_position_embeddings"]
        factor = config.max_position_embeddings / original
        writer.add_rope_dimension_count(int(head_dim * rope["partial_rotary_factor"]))
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(factor) / math.log(original)))
        writer.add_sliding_window(0)


def write_experts(writer, config, case):
    count = getattr(config, "num_local_experts", None) or getattr(config, "num_experts", None)
    if count is None:
        return
    writer.add_expert_count(count)
    writer.add_expert_used_count(config.num_experts_per_tok)
    if case == "qwen3moe":
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)


def write_tokenizer(writer, config):
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    texts = token_texts(config.vocab_size)
    writer.add_token_list(texts)
    writer.add_token_types([gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (config.vocab_size - 3))
    writer.add_token_merges([f"{texts[3]} {texts[4]}"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def token_texts(count):
    """`count` tokens: control tokens, single characters, and the one merge of the last token."""
    letters = [chr(0x100 + i) for i in range(count - 4)]
    return ["<unk>", "<s>", "</s>", *letters, letters[0] + letters[1]]


def rope_factors(config):
    """What each rotary frequency is divided by, where it is written as tensors."""
    rope = config.rope_parameters
    rope = rope.get("full_attention", rope)
    if rope["rope_type"] == "longrope":
        return {f"rope_factors_{length}.weight": np.array(rope[f"{length}_factor"], np.float32)
                for length in ("long", "short")}
    if rope["rope_type"] != "llama3":
        return {}
    factors = []
    for i in range(0, config.head_dim, 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (i / config.head_dim)
        rotations = rope["original_max_position_embeddings"] / wavelength
        kept = (rotations - rope["low_freq_factor"]) / (rope["high_freq_factor"] - rope["low_freq_factor"])
        kept = min(max(kept, 0.0), 1.0)
        factors.append(1 / (kept + (1 - kept) / rope["factor"]))
    return {"rope_freqs.weight": np.array(factors, np.float32)}
