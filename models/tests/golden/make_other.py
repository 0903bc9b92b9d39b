#!/usr/bin/env python3
"""Makes the golden checkpoints of architectures that candle-transformers computes: as `make_golden.py`, with one layer
less to look at and as safetensors only.

usage: make_other.py [--out DIR] [CASE…]
"""
import argparse
import json
import pathlib

import numpy as np
import torch
import transformers
from safetensors.torch import save_file

from make_golden import SMALL, add_logits, describe, make_model, make_sequences, write_folder

# name: class of the model, its config class, what its config says
CASES = {
    "gemma": (transformers.GemmaForCausalLM, transformers.GemmaConfig, {"tie_word_embeddings": True}),
    "gemma2": (transformers.Gemma2ForCausalLM, transformers.Gemma2Config,
               {"tie_word_embeddings": True, "query_pre_attn_scalar": 16, "attn_logit_softcapping": 20.0,
                "final_logit_softcapping": 10.0, "sliding_window": 200}),
    "starcoder2": (transformers.Starcoder2ForCausalLM, transformers.Starcoder2Config,
                   {"tie_word_embeddings": True, "use_bias": True, "sliding_window": None}),
    "stablelm": (transformers.StableLmForCausalLM, transformers.StableLmConfig,
                 {"tie_word_embeddings": False, "use_qkv_bias": True, "partial_rotary_factor": 0.25}),
    "phi2": (transformers.PhiForCausalLM, transformers.PhiConfig,
             {"tie_word_embeddings": False, "partial_rotary_factor": 0.5}),
    "olmo": (transformers.OlmoForCausalLM, transformers.OlmoConfig, {"tie_word_embeddings": True}),
    "olmo2": (transformers.Olmo2ForCausalLM, transformers.Olmo2Config, {"tie_word_embeddings": False}),
    "glm4": (transformers.Glm4ForCausalLM, transformers.Glm4Config,
             {"tie_word_embeddings": False, "attention_bias": True, "partial_rotary_factor": 0.5}),
    "helium": (transformers.HeliumForCausalLM, transformers.HeliumConfig, {"tie_word_embeddings": False}),
    "smollm3": (transformers.SmolLM3ForCausalLM, transformers.SmolLM3Config,
                {"tie_word_embeddings": True, "no_rope_layer_interval": 2}),
    "qwen2moe": (transformers.Qwen2MoeForCausalLM, transformers.Qwen2MoeConfig,
                 {"tie_word_embeddings": False, "num_experts": 4, "num_experts_per_tok": 2, "decoder_sparse_step": 1,
                  "moe_intermediate_size": 32, "shared_expert_intermediate_size": 32, "norm_topk_prob": False}),
    "deepseek2": (transformers.DeepseekV2ForCausalLM, transformers.DeepseekV2Config,
                  {"tie_word_embeddings": False, "num_key_value_heads": 4, "head_dim": 8, "q_lora_rank": None,
                   "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 16,
                   "n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
                   "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1, "topk_method": "greedy",
                   "rope_parameters": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64,
                                       "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 0.707,
                                       "mscale_all_dim": 0.707}}),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "other")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="only these")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    for seed, (name, (model_class, config_class, settings)) in enumerate(CASES.items()):
        if arguments.cases and name not in arguments.cases:
            continue
        folder = arguments.out / name
        folder.mkdir(parents=True, exist_ok=True)
        sequences = make_sequences(np.random.default_rng(300 + seed))
        logits = {}
        part = {"partial_rotary_factor": settings.pop("partial_rotary_factor")} \
            if "partial_rotary_factor" in settings else {}
        rope = {"rope_type": "default"} | part
        shape = SMALL | {"head_dim": settings.get("head_dim", 16)}
        model = make_model(model_class, config_class, {"rope_theta": 10000.0, "rope_parameters": rope} | settings,
                           shape, 200 + seed)
        write_folder(model, settings, torch.bfloat16, folder / "safetensors")
        add_logits(logits, "plain", model, sequences)
        save_file(logits, folder / "logits.safetensors")
        described = {key: describe(name, key, tokens) for key, tokens in sequences.items()}
        (folder / "tokens.json").write_text(json.dumps(described) + "\n")


if __name__ == "__main__":
    main()
