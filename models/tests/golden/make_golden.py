#!/usr/bin/env python3
"""Makes the golden checkpoints of this folder: tiny networks with random weights, written as a safetensors folder and as
GGUF files, with the logits that Hugging Face transformers computes for them. The tests compare our logits with these.

usage: make_golden.py --quantize PATH_OF_LLAMA_QUANTIZE [--out DIR] [CASE…]
Needs torch, transformers, safetensors, numpy and gguf from PyPI, and llama.cpp's llama-quantize (written with
torch 2.15, transformers 5.23, gguf 0.19, llama.cpp b11669). Seeds are fixed; other versions may round differently.

A case `<name>/` holds
  safetensors/         config.json, model.safetensors, tokenizer.json
  <type>.gguf          the same weights; a quantised file holds other weights, so it has its own logits
  *mxfp4*              experts of gpt-oss as they are published, in both formats
  wide-q4_k_m.gguf     one layer 256 wide, since blocks of K-quants are 256 long
  logits.safetensors   `<file>.<sequence>` (rows, V) in f32 for the last rows of each sequence
  tokens.json          the sequences and how many rows of logits each has

To add an architecture: a row in CASES here, what its GGUF files need in `gguf_files.py`, and a row in `cases.rs`.

Matrices hold only values that bf16 and f16 both represent, so every unquantised file is the same network.
"""
import argparse
import json
import math
import pathlib
import tempfile

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file

import gguf_files
import mxfp4

CONTEXT = 256
SMALL = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 64}
WIDE = {"hidden_size": 256, "intermediate_size": 256, "num_hidden_layers": 1, "num_attention_heads": 4,
        "num_key_value_heads": 1, "head_dim": 64, "vocab_size": 64}
LLAMA3_ROPE = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 32}
YARN_ROPE = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}



def experts(small):
    """`small` experts in the small network, three in the wide one, whose file would be large otherwise."""
    return lambda shape: small if shape is SMALL else 3


def long_rope(shape):
    """LongRoPE over three quarters of a head; the original context lies between the two sequences."""
    pairs = shape["head_dim"] * 3 // 8
    return {"rope_type": "longrope", "partial_rotary_factor": 0.75, "original_max_position_embeddings": 32,
            "short_factor": [1.0 + 0.05 * i for i in range(pairs)],
            "long_factor": [1.0 + 0.5 * i for i in range(pairs)]}


def gemma3_rope(scaling):
    """Frequencies of full layers, scaled, and those of local ones."""
    return {"full_attention": {"rope_theta": 1000000.0} | scaling,
            "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}


# name: class of the model, its config class, what its config says (what depends on the shape is a function of it), the
# type of its safetensors, its GGUF files
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
    "qwen3moe": (transformers.Qwen3MoeForCausalLM, transformers.Qwen3MoeConfig,
                 {"rope_theta": 1000000.0, "tie_word_embeddings": False, "num_experts": experts(6),
                  "num_experts_per_tok": 2,
                  "moe_intermediate_size": lambda shape: shape["intermediate_size"] // shape["num_hidden_layers"],
                  "norm_topk_prob": True, "decoder_sparse_step": 1},
                 torch.bfloat16, ["bf16", "q8_0"]),
    "mixtral": (transformers.MixtralForCausalLM, transformers.MixtralConfig,
                {"rope_theta": 1000000.0, "tie_word_embeddings": False, "num_local_experts": experts(4),
                 "num_experts_per_tok": 2},
                torch.bfloat16, ["f16", "q8_0"]),
    "phi3": (transformers.Phi3ForCausalLM, transformers.Phi3Config,
             {"rope_theta": 10000.0, "rope_parameters": long_rope, "original_max_position_embeddings": 32,
              "tie_word_embeddings": False},
             torch.bfloat16, ["f32", "q8_0"]),
    "gemma3": (transformers.Gemma3ForCausalLM, transformers.Gemma3TextConfig,
               {"rope_parameters": gemma3_rope({"rope_type": "linear", "factor": 4.0}), "sliding_window": 8,
                "query_pre_attn_scalar": lambda shape: shape["head_dim"], "tie_word_embeddings": True,
                "layer_types": lambda shape: ["sliding_attention", "full_attention"][:shape["num_hidden_layers"]]},
               torch.bfloat16, ["f32", "q8_0"]),
    "gemma3-caps": (transformers.Gemma3ForCausalLM, transformers.Gemma3TextConfig,
                    {"rope_parameters": gemma3_rope({"rope_type": "default"}), "sliding_window": 8,
                     "query_pre_attn_scalar": 40, "final_logit_softcapping": 2.0, "tie_word_embeddings": False,
                     "layer_types": ["full_attention"], "num_hidden_layers": 1},
                    torch.bfloat16, []),
    "gpt-oss": (transformers.GptOssForCausalLM, transformers.GptOssConfig,
                {"rope_theta": 150000.0, "rope_scaling": YARN_ROPE | {"truncate": False}, "sliding_window": 8,
                 "num_local_experts": experts(4), "num_experts_per_tok": 2, "tie_word_embeddings": False},
                torch.bfloat16, ["bf16", "q8_0"]),
    "qwen35moe": (transformers.Qwen3_5MoeForCausalLM, transformers.Qwen3_5MoeTextConfig,
                  {"rope_theta": 1000000.0, "rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5,
                                                                "mrope_section": [2, 1, 1]},
                   "tie_word_embeddings": False, "num_experts": experts(4), "num_experts_per_tok": 2,
                   "moe_intermediate_size": lambda shape: shape["intermediate_size"] // shape["num_hidden_layers"],
                   "shared_expert_intermediate_size": lambda shape: shape["intermediate_size"], "intermediate_size": None,
                   "linear_num_key_heads": 2, "linear_num_value_heads": 4,
                   "linear_key_head_dim": lambda shape: shape["head_dim"],
                   "linear_value_head_dim": lambda shape: shape["head_dim"],
                   "layer_types": lambda shape: ["linear_attention", "full_attention"][:shape["num_hidden_layers"]]},
                  torch.bfloat16, ["bf16", "q8_0"]),
}
# A sequence that the reference computes as one of this many tokens at most, since it knows no more of it.
CONTEXTS = {"phi3": {"short": 32}}
# The long sequence passes 128 tokens, the number of queries that attention takes at once.
SEQUENCES = {"short": (12, 12), "long": (150, 6)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quantize", required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="only these")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    for seed, (name, (model_class, config_class, settings, dtype, files)) in enumerate(CASES.items()):
        if arguments.cases and name not in arguments.cases:
            continue
        folder = arguments.out / name
        folder.mkdir(parents=True, exist_ok=True)
        sequences = make_sequences(np.random.default_rng(100 + seed))
        logits = {}
        model = make_model(model_class, config_class, settings, SMALL, seed)
        write_folder(model, settings, dtype, folder / "safetensors")
        add_logits(logits, "plain", model, sequences)
        for kind in files:
            weights = gguf_files.write(model, disk_state(model), name, kind, folder / f"{kind}.gguf")
            if kind == "q8_0":
                add_logits(logits, kind, with_weights(model, weights), sequences)
        if files:
            wide = make_model(model_class, config_class, settings, WIDE, seed + 50)
            path = folder / "wide-q4_k_m.gguf"
            weights = gguf_files.write_quantized(wide, disk_state(wide), name, arguments.quantize, path)
            add_logits(logits, "wide-q4_k_m", with_weights(wide, weights), sequences)
        if name == "qwen35moe":
            whole = arguments.out / "qwen35moe-whole"
            write_whole(model, dtype, whole / "safetensors")
            save_file({key: value for key, value in logits.items() if key.startswith("plain")},
                      whole / "logits.safetensors")
            (whole / "tokens.json").write_text(json.dumps({key: describe(name, key, tokens)
                                                           for key, tokens in sequences.items()}) + "\n")
        if name == "gpt-oss":
            add_mxfp4(logits, model, settings, dtype, folder, sequences)
        save_file(logits, folder / "logits.safetensors")
        described = {key: describe(name, key, tokens) for key, tokens in sequences.items()}
        (folder / "tokens.json").write_text(json.dumps(described) + "\n")
    write_ropes(arguments.out / "ropes.json")


def add_mxfp4(logits, model, settings, dtype, folder, sequences):
    """Both formats with the experts as they are published."""
    rounded = with_weights(model, mxfp4.rounded(disk_state(model)))
    state = disk_state(rounded)
    gguf_files.write(rounded, state, "gpt-oss", "mxfp4", folder / "mxfp4.gguf")
    folder = folder / "safetensors-mxfp4"
    write_folder(rounded, settings, dtype, folder, {"quantization_config": {"quant_method": "mxfp4"}})
    save_file(mxfp4.hugging_face(state, dtype), folder / "model.safetensors", metadata={"format": "pt"})
    for file in ("mxfp4", "safetensors-mxfp4"):
        add_logits(logits, file, rounded, sequences)


def describe(case, name, tokens):
    described = {"tokens": tokens, "rows": SEQUENCES[name][1]}
    context = CONTEXTS.get(case, {}).get(name)
    return described | ({"context": context} if context else {})


def make_sequences(random):
    return {name: random.integers(0, SMALL["vocab_size"], length).tolist()
            for name, (length, _) in SEQUENCES.items()}


def make_model(model_class, config_class, settings, shape, seed):
    """A network whose layers all matter: random weights large enough that logits spread by about 1."""
    settings = {key: value(shape) if callable(value) else value for key, value in (shape | settings).items()}
    settings = {key: value for key, value in settings.items() if value is not None}
    scaling = settings.pop("rope_scaling", None) or settings.pop("rope_parameters", {"rope_type": "default"})
    rope = scaling if "full_attention" in scaling else {"rope_theta": settings.pop("rope_theta")} | scaling
    config = config_class(**settings, rope_parameters=rope, max_position_embeddings=CONTEXT, bos_token_id=1,
                          eos_token_id=2, pad_token_id=None, attn_implementation="eager")
    model = model_class(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            random = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim >= 2:
                scale = 1.0 if "embed_tokens" in name and not config.tie_word_embeddings else parameter.shape[-1] ** -0.5
                # Routers decide clearly: between nearly equal experts, rounding decides.
                scale *= 4 if name.endswith(("mlp.gate.weight", "mlp.router.weight")) else 1
                # Some gates lie beyond the limit of gpt-oss.
                scale *= 32 if name.endswith("gate_up_proj_bias") else 1
                parameter.copy_(representable(random * scale))
            elif name.endswith("bias"):
                parameter.copy_(random * 0.5)
            elif name.endswith("A_log"):
                parameter.copy_(random - 2)  # so that a state lasts for some tokens
            elif is_centred(name, config):
                parameter.copy_(random * 0.2)
            else:
                parameter.copy_(1 + random * 0.2)
            if parameter.ndim == 1:
                parameter.copy_(representable(parameter))
    return model


def is_centred(name, config):
    """Whether 1 is added to the weights of this norm."""
    return config.model_type in ("gemma3_text", "qwen3_5_moe_text") and "linear_attn" not in name


def representable(x):
    """`x` rounded to what bf16 and f16 both hold: eight bits of mantissa, no tiny numbers."""
    x = torch.where(x.abs() < 2.0 ** -13, torch.zeros_like(x), x)
    return x.to(torch.bfloat16).to(torch.float32)


def add_logits(logits, file, model, sequences):
    for name, tokens in sequences.items():
        with torch.no_grad():
            result = model(torch.tensor([tokens]), use_cache=False).logits[0]
        assert torch.isfinite(result).all() and 0.3 < result.std() < 5, (file, name, result.std())
        logits[f"{file}.{name}"] = result[-SEQUENCES[name][1]:].to(torch.float32).contiguous()


def with_weights(model, weights):
    """The same network with other weights, by their names on disk."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        file = pathlib.Path(folder) / "model.safetensors"
        state = load_file(file) | {name: torch.from_numpy(values.copy()) for name, values in weights.items()}
        save_file(state, file, metadata={"format": "pt"})
        return type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def disk_state(model):
    """The weights by the names that checkpoints have on disk, which may differ from those in memory."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        state = load_file(pathlib.Path(folder) / "model.safetensors")
    order = {name: place for place, name in enumerate(model.state_dict())}
    return dict(sorted(state.items(), key=lambda item: order.get(item[0], len(order))))


# --- safetensors ---

def write_folder(model, settings, dtype, folder, more=None):
    folder.mkdir(exist_ok=True)
    state = {name: tensor.to(dtype).contiguous() for name, tensor in disk_state(model).items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict()
    if "rope_scaling" in settings:
        # as files written before transformers 5 have it
        del config["rope_parameters"]
        config |= {"rope_theta": settings["rope_theta"], "rope_scaling": settings["rope_scaling"]}
    config = {key: value for key, value in sorted(config.items()) if not key.startswith("_")}
    config |= more or {}
    config["dtype"] = None  # the tensors say it
    config["architectures"] = [type(model).__name__]
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(model.config.vocab_size)) + "\n")


def write_whole(model, dtype, folder):
    """The network as the text part of one that sees images, its experts in stacks."""
    folder.mkdir(parents=True, exist_ok=True)
    vision = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 64,
              "num_position_embeddings": 16, "patch_size": 4}
    config = transformers.Qwen3_5MoeConfig(text_config=model.config.to_dict(), vision_config=vision)
    whole = transformers.Qwen3_5MoeForConditionalGeneration(config)
    whole.model.language_model.load_state_dict(model.model.state_dict())
    whole.lm_head.load_state_dict(model.lm_head.state_dict())
    state = {name: tensor.to(dtype).contiguous() for name, tensor in whole.state_dict().items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    config = config.to_dict() | {"architectures": [type(whole).__name__]}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(model.config.vocab_size)) + "\n")


def tokenizer(count):
    texts = gguf_files.token_texts(count)
    special = [{"id": i, "content": texts[i], "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for i in range(3)]
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            "post_processor": None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                      "vocab": {text: i for i, text in enumerate(texts)}, "merges": [f"{texts[3]} {texts[4]}"]}}


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
        {"rope_type": "yarn", "rope_theta": 150000.0, "factor": 32.0, "original_max_position_embeddings": 4096,
         "truncate": False},
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
