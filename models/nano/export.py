"""Writes a checkpoint as GGUF (Q8_0 or F32) or as a Hugging Face folder."""

import argparse
import hashlib
import json
from pathlib import Path

import gguf
import torch
from gguf.quants import quantize
from safetensors.torch import save_file

from model import Nano, Shape
from tokenizer import CONTROL, MARKUP

HERE = Path(__file__).parent
ABOUT = ("The built-in model of aldo: about four million parameters trained from nothing on synthetic "
         "conversations. For demonstration and tests only; it is not a capable model.")
PARTS = {
    "input_layernorm.weight": "attn_norm.weight",
    "self_attn.q_norm.weight": "attn_q_norm.weight",
    "self_attn.k_norm.weight": "attn_k_norm.weight",
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.o_proj.weight": "attn_output.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
}


def load(checkpoints):
    """The model of a checkpoint, or the mean of several of one run (arXiv 1803.05407)."""
    states = [torch.load(checkpoint, weights_only=True) for checkpoint in checkpoints]
    shape = states[0]["shape"]
    if any(state["shape"] != shape for state in states):
        raise SystemExit("the checkpoints differ in shape")
    weights = [state["model"] for state in states]
    mean = {name: sum(w[name].float() for w in weights) / len(weights) for name in weights[0]}
    model = Nano(Shape(**shape))
    model.load_state_dict(mean)
    return model


def gguf_name(name):
    """The llama.cpp name of a Hugging Face tensor."""
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, part = name.split(".", 3)
    return f"blk.{layer}.{PARTS[part]}"


def vocabulary(tokenizer):
    """Tokens in id order, their kinds, and the merges."""
    entries = dict(tokenizer["model"]["vocab"])
    entries.update({t["content"]: t["id"] for t in tokenizer["added_tokens"]})
    tokens = sorted(entries, key=entries.get)
    if [entries[t] for t in tokens] != list(range(len(tokens))):
        raise SystemExit("the token ids have gaps")
    kind = {**{t: gguf.TokenType.CONTROL for t in CONTROL}, **{t: gguf.TokenType.USER_DEFINED for t in MARKUP}}
    merges = [m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]]
    return tokens, [kind.get(t, gguf.TokenType.NORMAL) for t in tokens], merges


def describe(w, s, kind):
    """General and architecture metadata."""
    w.add_type(gguf.GGUFType.MODEL)
    w.add_name("aldo-nano")
    w.add_description(ABOUT)
    w.add_license("MIT OR Apache-2.0")
    w.add_size_label("4M")
    w.add_languages(["en"])
    w.add_file_type(kind)
    w.add_quantization_version(gguf.GGML_QUANT_VERSION)
    w.add_context_length(s.context)
    w.add_embedding_length(s.hidden)
    w.add_block_count(s.layers)
    w.add_feed_forward_length(s.feed_forward)
    w.add_head_count(s.heads)
    w.add_head_count_kv(s.kv_heads)
    w.add_key_length(s.head_dim)
    w.add_value_length(s.head_dim)
    w.add_layer_norm_rms_eps(s.eps)
    w.add_rope_freq_base(s.rope_theta)
    w.add_vocab_size(s.vocab)


def write_gguf(model, tokenizer, path, full):
    """One GGUF file: matrices in Q8_0 unless `full`, norms always in F32."""
    w = gguf.GGUFWriter(str(path), "qwen3")
    describe(w, model.shape, gguf.LlamaFileType.ALL_F32 if full else gguf.LlamaFileType.MOSTLY_Q8_0)
    tokens, kinds, merges = vocabulary(tokenizer)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("qwen2")
    w.add_token_list(tokens)
    w.add_token_types(kinds)
    w.add_token_merges(merges)
    w.add_eos_token_id(tokens.index("<|im_end|>"))
    w.add_bos_token_id(tokens.index("<|endoftext|>"))
    w.add_pad_token_id(tokens.index("<|endoftext|>"))
    w.add_add_bos_token(False)
    w.add_chat_template((HERE / "chat_template.jinja").read_text())
    for name, tensor in model.named_qwen3().items():
        data = tensor.float().numpy()
        if data.ndim == 2 and not full:
            q = gguf.GGMLQuantizationType.Q8_0
            w.add_tensor(gguf_name(name), quantize(data, q), raw_dtype=q)
        else:
            w.add_tensor(gguf_name(name), data)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def write_folder(model, tokenizer, folder):
    """A folder that the transformers library opens."""
    s = model.shape
    folder.mkdir(parents=True, exist_ok=True)
    save_file(model.named_qwen3(), folder / "model.safetensors", metadata={"format": "pt"})
    tokens, _, _ = vocabulary(tokenizer)
    config = {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": s.hidden,
        "num_hidden_layers": s.layers, "num_attention_heads": s.heads, "num_key_value_heads": s.kv_heads,
        "head_dim": s.head_dim, "intermediate_size": s.feed_forward, "vocab_size": s.vocab,
        "max_position_embeddings": s.context, "rope_theta": s.rope_theta, "rms_norm_eps": s.eps,
        "hidden_act": "silu", "attention_bias": False, "tie_word_embeddings": True, "torch_dtype": "float32",
        "bos_token_id": tokens.index("<|endoftext|>"), "eos_token_id": tokens.index("<|im_end|>"),
    }
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
        "bos_token": None, "model_max_length": s.context, "clean_up_tokenization_spaces": False,
        "chat_template": (HERE / "chat_template.jinja").read_text(),
    }
    for name, value in (("config.json", config), ("tokenizer_config.json", settings), ("tokenizer.json", tokenizer)):
        (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--checkpoint", required=True, nargs="+", help="several of one run: their mean is written")
    p.add_argument("--tokenizer", default=str(HERE / "tokenizer.json"))
    p.add_argument("--out", default=str(HERE / "aldo-nano.gguf"))
    p.add_argument("--f32", help="also write a GGUF with full weights here")
    p.add_argument("--folder", help="also write a Hugging Face folder here")
    a = p.parse_args()
    model, tokenizer = load(a.checkpoint), json.loads(Path(a.tokenizer).read_text())
    write_gguf(model, tokenizer, a.out, False)
    if a.f32:
        write_gguf(model, tokenizer, a.f32, True)
    if a.folder:
        write_folder(model, tokenizer, Path(a.folder))
    data = Path(a.out).read_bytes()
    print(f"{hashlib.sha256(data).hexdigest()}  {Path(a.out).name}  {len(data)} bytes")


if __name__ == "__main__":
    main()
