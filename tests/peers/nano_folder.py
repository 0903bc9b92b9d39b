#!/usr/bin/env python3
"""Writes the built-in checkpoint, or another GGUF file of its kind, as a Hugging Face folder with the same weights in
full, so that servers which read no GGUF can serve the very same model.

usage: nano_folder.py MODEL.gguf TOKENIZER.json FOLDER
Needs gguf, numpy and safetensors.
"""
import json
import shutil
import sys
from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import save_file

PARTS = {
    "attn_norm": "input_layernorm",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
WHOLE = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}


def folder_name(name):
    """The name that Hugging Face has for a tensor."""
    if name in WHOLE:
        return WHOLE[name]
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{PARTS[part]}.{kind}"


def weights(reader):
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        yield folder_name(tensor.name), np.ascontiguousarray(values.reshape(tensor.shape[::-1]))


def config(field, vocabulary):
    of = lambda name: field(f"qwen3.{name}")
    return {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": of("embedding_length"),
        "num_hidden_layers": of("block_count"), "num_attention_heads": of("attention.head_count"),
        "num_key_value_heads": of("attention.head_count_kv"), "head_dim": of("attention.key_length"),
        "intermediate_size": of("feed_forward_length"), "vocab_size": vocabulary,
        "max_position_embeddings": of("context_length"), "rope_theta": of("rope.freq_base"),
        "rms_norm_eps": of("attention.layer_norm_rms_epsilon"), "hidden_act": "silu", "attention_bias": False,
        "tie_word_embeddings": True, "torch_dtype": "float32",
        "bos_token_id": field("tokenizer.ggml.bos_token_id"), "eos_token_id": field("tokenizer.ggml.eos_token_id"),
    }


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.split("usage: ")[1].splitlines()[0])
    model, tokenizer, folder = map(Path, sys.argv[1:])
    reader = GGUFReader(model)
    field = lambda name: reader.fields[name].contents()
    if field("general.architecture") != "qwen3":
        sys.exit(f"{model} is no qwen3 checkpoint")
    tokens = field("tokenizer.ggml.tokens")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": tokens[field("tokenizer.ggml.eos_token_id")],
        "pad_token": tokens[field("tokenizer.ggml.bos_token_id")], "bos_token": None,
        "model_max_length": field("qwen3.context_length"), "clean_up_tokenization_spaces": False,
        "chat_template": field("tokenizer.chat_template"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(weights(reader)), folder / "model.safetensors", metadata={"format": "pt"})
    for name, value in (("config.json", config(field, len(tokens))), ("tokenizer_config.json", settings)):
        (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
    shutil.copyfile(tokenizer, folder / "tokenizer.json")


if __name__ == "__main__":
    main()
