#!/usr/bin/env python3
"""Makes the golden checkpoints of this folder: tiny networks with random weights, written as a safetensors folder and as
GGUF files, with the logits that Hugging Face transformers computes for them. The tests compare our logits with these.

usage: make_golden.py --quantize PATH_OF_LLAMA_QUANTIZE [--out DIR]
Needs torch, transformers, safetensors, numpy and gguf from PyPI, and llama.cpp's llama-quantize (written with
torch 2.15, transformers 5.23, gguf 0.19, llama.cpp b11669). Seeds are fixed; other versions may round differently.

A case `<name>/` holds
  safetensors/         config.json, model.safetensors, tokenizer.json
  <type>.gguf          the same weights; a quantised file holds other weights, so it has its own logits
  wide-q4_k_m.gguf     one layer 256 wide, since blocks of K-quants are 256 long
  logits.safetensors   `<file>.<sequence>` (rows, V) in f32 for the last rows of each sequence
  tokens.json          the sequences and how many rows of logits each has

Matrices hold only values that bf16 and f16 both represent, so every unquantised file is the same network.
"""
import argparse
import json
import math
import pathlib
import subprocess
import tempfile

import gguf
import numpy as np
import torch
import transformers
from safetensors.torch import save_file

CONTEXT = 256
SMALL = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 64}
WIDE = {"hidden_size": 256, "intermediate_size": 256, "num_hidden_layers": 1, "num_attention_heads": 4,
        "num_key_value_heads": 1, "head_dim": 64, "vocab_size": 64}
LLAMA3_ROPE = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 32}
YARN_ROPE = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}

# name: class of the model, its config class, what its config says, the type of its safetensors, its GGUF files
CASES = {
    "llama": (transformers.LlamaForCausalLM, transformers.LlamaConfig,
              {"rope_theta": 10000.0, "rope_scaling": LLAMA3_ROPE, "tie_word_embeddings": False},
              torch.bfloat16, ["f32", "q8_0"]),
    "qwen2": (transformers.Qwen2ForCausalLM, transformers.Qwen2Config,
              {"rope_theta": 1000000.0, "rope_scaling": YARN_ROPE, "tie_word_embeddings": False},
              torch.float16, ["f16", "q8_0"]),
    "qwen3": (transformers.Qwen3ForCausalLM, transformers.Qwen3Config,
              {"rope_theta": 1000000.0, "tie_word_embeddings": True},
              torch.float32, ["bf16", "q8_0"]),
    "mistral": (transformers.MistralForCausalLM, transformers.MistralConfig,
                {"rope_theta": 10000.0, "sliding_window": 8, "tie_word_embeddings": False, "num_hidden_layers": 1},
                torch.bfloat16, []),
}
# The long sequence passes 128 tokens, the number of queries that attention takes at once.
SEQUENCES = {"short": (12, 12), "long": (150, 6)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quantize", required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    for seed, (name, (model_class, config_class, settings, dtype, files)) in enumerate(CASES.items()):
        folder = arguments.out / name
        folder.mkdir(parents=True, exist_ok=True)
        sequences = make_sequences(np.random.default_rng(100 + seed))
        logits = {}
        model = make_model(model_class, config_class, settings, SMALL, seed)
        write_folder(model, settings, dtype, folder / "safetensors")
        add_logits(logits, "plain", model, sequences)
        for kind in files:
            weights = write_gguf(model, name, kind, folder / f"{kind}.gguf")
            if kind == "q8_0":
                add_logits(logits, kind, with_weights(model, weights), sequences)
        if files:
            wide = make_model(model_class, config_class, settings, WIDE, seed + 50)
            write_quantized(wide, name, arguments.quantize, folder / "wide-q4_k_m.gguf")
            weights = read_gguf(wide, folder / "wide-q4_k_m.gguf", name)
            add_logits(logits, "wide-q4_k_m", with_weights(wide, weights), sequences)
        save_file(logits, folder / "logits.safetensors")
        described = {key: {"tokens": tokens, "rows": SEQUENCES[key][1]} for key, tokens in sequences.items()}
        (folder / "tokens.json").write_text(json.dumps(described) + "\n")
    write_ropes(arguments.out / "ropes.json")


def make_sequences(random):
    return {name: random.integers(0, SMALL["vocab_size"], length).tolist()
            for name, (length, _) in SEQUENCES.items()}


def make_model(model_class, config_class, settings, shape, seed):
    """A network whose layers all matter: random weights large enough that logits spread by about 1."""
    settings = dict(shape) | settings
    rope = {"rope_theta": settings.pop("rope_theta")} | settings.pop("rope_scaling", {"rope_type": "default"})
    config = config_class(**settings, rope_parameters=rope, max_position_embeddings=CONTEXT, bos_token_id=1,
                          eos_token_id=2, pad_token_id=None, attn_implementation="eager")
    model = model_class(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            random = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim == 2:
                scale = 1.0 if "embed_tokens" in name and not config.tie_word_embeddings else parameter.shape[1] ** -0.5
                parameter.copy_(representable(random * scale))
            elif name.endswith("bias"):
                parameter.copy_(random * 0.5)
            else:
                parameter.copy_(1 + random * 0.2)
            if parameter.ndim == 1:
                parameter.copy_(representable(parameter))
    return model


def representable(x):
    """`x` rounded to what bf16 and f16 both hold: eight bits of mantissa, no tiny numbers."""
    x = torch.where(x.abs() < 2.0 ** -13, torch.zeros_like(x), x)
    return x.to(torch.bfloat16).to(torch.float32)


def add_logits(logits, file, model, sequences):
    for name, tokens in sequences.items():
        with torch.no_grad():
            result = model(torch.tensor([tokens])).logits[0]
        assert torch.isfinite(result).all() and 0.3 < result.std() < 5, (file, name, result.std())
        logits[f"{file}.{name}"] = result[-SEQUENCES[name][1]:].to(torch.float32).contiguous()


def with_weights(model, weights):
    """The same network with other matrices."""
    other = type(model)(model.config).eval()
    other.load_state_dict(model.state_dict())
    other.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in weights.items()}, strict=False)
    other.tie_weights()
    return other


# --- safetensors ---

def write_folder(model, settings, dtype, folder):
    folder.mkdir(exist_ok=True)
    state = {name: tensor.to(dtype).contiguous() for name, tensor in model.state_dict().items()
             if not (model.config.tie_word_embeddings and name == "lm_head.weight")}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict()
    if "rope_scaling" in settings:
        # as files written before transformers 5 have it
        del config["rope_parameters"]
        config |= {"rope_theta": settings["rope_theta"], "rope_scaling": settings["rope_scaling"]}
    config = {key: value for key, value in sorted(config.items()) if not key.startswith("_")}
    config["architectures"] = [type(model).__name__]
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(model.config.vocab_size)) + "\n")


def token_texts(count):
    """`count` tokens: control tokens, single characters, and the one merge of the last token."""
    letters = [chr(0x100 + i) for i in range(count - 4)]
    return ["<unk>", "<s>", "</s>", *letters, letters[0] + letters[1]]


def tokenizer(count):
    texts = token_texts(count)
    special = [{"id": i, "content": texts[i], "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for i in range(3)]
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            "post_processor": None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                      "vocab": {text: i for i, text in enumerate(texts)}, "merges": [f"{texts[3]} {texts[4]}"]}}


# --- GGUF ---

def gguf_name(name):
    """The GGUF name of a Hugging Face weight."""
    fixed = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
             "lm_head.weight": "output.weight"}
    if name in fixed:
        return fixed[name]
    _, _, layer, *rest, kind = name.split(".")
    parts = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
             "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
             "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
             "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
    return f"blk.{layer}.{parts['.'.join(rest)]}.{kind}"


def permuted(name, values, config, architecture, back=False):
    """Rows of llama's query and key matrices as GGUF wants them: the two halves of a head interleaved."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
    if architecture != "llama" or heads is None:
        return values
    shape = (heads, 2, values.shape[0] // heads // 2, values.shape[1])
    if back:
        shape = (shape[0], shape[2], 2, shape[3])
    return values.reshape(shape).swapaxes(1, 2).reshape(values.shape)


def matrices(model, architecture):
    for name, tensor in model.state_dict().items():
        if not (model.config.tie_word_embeddings and name == "lm_head.weight"):
            yield gguf_name(name), permuted(name, tensor.numpy(), model.config, architecture)


def write_gguf(model, architecture, kind, path):
    """Writes the network with its matrices as `kind`; returns the weights as that file holds them."""
    writer = gguf.GGUFWriter(path, architecture)
    write_header(writer, model, architecture, kind)
    quantization = {"f32": gguf.GGMLQuantizationType.F32, "f16": gguf.GGMLQuantizationType.F16,
                    "bf16": gguf.GGMLQuantizationType.BF16, "q8_0": gguf.GGMLQuantizationType.Q8_0}[kind]
    factors = rope_factors(model.config)
    if factors is not None:
        writer.add_tensor("rope_freqs.weight", factors)
    for name, values in matrices(model, architecture):
        if values.ndim == 1:
            writer.add_tensor(name, values.astype(np.float32))
        else:
            writer.add_tensor(name, gguf.quants.quantize(values, quantization), raw_dtype=quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return read_gguf(model, path, architecture)


def write_header(writer, model, architecture, kind):
    config = model.config
    writer.add_name(f"golden {architecture}")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    if architecture == "llama":
        writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    if config.rope_parameters["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(config.rope_parameters["factor"])
        writer.add_rope_scaling_orig_ctx_len(config.rope_parameters["original_max_position_embeddings"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type({"f32": gguf.LlamaFileType.ALL_F32, "f16": gguf.LlamaFileType.MOSTLY_F16,
                          "bf16": gguf.LlamaFileType.MOSTLY_BF16, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}[kind])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    texts = token_texts(config.vocab_size)
    writer.add_token_list(texts)
    writer.add_token_types([gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (config.vocab_size - 3))
    writer.add_token_merges([f"{texts[3]} {texts[4]}"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def rope_factors(config):
    """What each rotary frequency is divided by; only llama's own scaling is written this way."""
    rope = config.rope_parameters
    if rope["rope_type"] != "llama3":
        return None
    factors = []
    for i in range(0, config.head_dim, 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (i / config.head_dim)
        rotations = rope["original_max_position_embeddings"] / wavelength
        kept = (rotations - rope["low_freq_factor"]) / (rope["high_freq_factor"] - rope["low_freq_factor"])
        kept = min(max(kept, 0.0), 1.0)
        factors.append(1 / (kept + (1 - kept) / rope["factor"]))
    return np.array(factors, np.float32)


def write_quantized(model, architecture, llama_quantize, path):
    with tempfile.TemporaryDirectory() as folder:
        plain = pathlib.Path(folder) / "f32.gguf"
        write_gguf(model, architecture, "f32", plain)
        subprocess.run([llama_quantize, plain, path, "Q4_K_M", "1"], check=True, capture_output=True)


def read_gguf(model, path, architecture):
    """The weights of a GGUF file, dequantised, by their Hugging Face names."""
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    weights = {}
    for name in model.state_dict():
        if gguf_name(name) not in tensors:
            continue
        tensor = tensors[gguf_name(name)]
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        weights[name] = permuted(name, values, model.config, architecture, back=True)
    return weights


# --- rope ---

def write_ropes(path):
    """Frequencies and magnitude of every kind of scaling."""
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    kinds = [
        {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0},
        {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
         "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},
        {"rope_type": "yarn", "rope_theta": 1000000.0, "factor": 4.0, "original_max_position_embeddings": 32768},
        {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 32.0, "original_max_position_embeddings": 4096,
         "beta_fast": 16.0, "beta_slow": 2.0, "attention_factor": 1.25},
    ]
    rows = []
    for parameters in kinds:
        config = transformers.LlamaConfig(head_dim=128, rope_parameters=dict(parameters),
                                          max_position_embeddings=131072)
        frequencies, magnitude = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, "cpu")
        rows.append({"parameters": parameters, "dim": 128, "magnitude": magnitude,
                     "frequencies": [float(f"{f:.8g}") for f in frequencies.tolist()]})
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
