#!/usr/bin/env python3
"""Writes a qwen3 checkpoint with random weights and the real vocabulary of the Qwen family (151,936 entries) as GGUF,
so that tokenisation can be compared with llama.cpp on a vocabulary people use.

The vocabulary comes from the package `dashscope`, which carries it as ranked byte strings; the merges follow from the
ranks: the last merge of a token is the pair that byte-pair encoding, stopped before that token's own rank, is left with.

usage: real_vocabulary.py QWEN_TIKTOKEN OUT.gguf
Needs numpy and gguf.
"""
import base64
import os
import sys

import gguf
import numpy as np

ROWS, HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD, FEED_FORWARD = 151_936, 64, 1, 2, 1, 32, 96
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_letters():
    """The letter that stands for each byte in a byte-level vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters, moved = {}, 0
    for byte in range(256):
        if byte in plain:
            letters[byte] = chr(byte)
        else:
            letters[byte], moved = chr(256 + moved), moved + 1
    return letters


def last_merge(token, ranks):
    """The two parts that are left of `token` when only merges of a lower rank than its own are made."""
    limit, parts = ranks[token], [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        best = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], limit))
        assert ranks.get(parts[best] + parts[best + 1], limit) < limit, token
        parts[best : best + 2] = [parts[best] + parts[best + 1]]
    return parts


def read_ranks(path):
    with open(path, "rb") as file:
        pairs = (line.split() for line in file if line.strip())
        return {base64.b64decode(token): int(rank) for token, rank in pairs}


def vocabulary(ranks):
    """Tokens, their types and the merges, as GGUF writes them."""
    letters = byte_letters()
    spell = lambda token: "".join(letters[byte] for byte in token)
    ordered = sorted(ranks, key=ranks.get)
    tokens = [spell(token) for token in ordered] + SPECIALS
    types = [gguf.TokenType.NORMAL] * len(ordered) + [gguf.TokenType.CONTROL] * len(SPECIALS)
    while len(tokens) < ROWS:
        tokens.append(f"[PAD{len(tokens)}]")
        types.append(gguf.TokenType.UNUSED)
    merges = [" ".join(map(spell, last_merge(token, ranks))) for token in ordered if len(token) > 1]
    return tokens, types, merges


def write_settings(writer, end_of_text):
    writer.add_name("real-vocabulary")
    writer.add_context_length(2048)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_bos_token_id(end_of_text)
    writer.add_eos_token_id(end_of_text + 2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def write_weights(writer):
    random = np.random.default_rng(0)

    def matrix(name, rows, columns):
        values = (random.standard_normal((rows, columns)) * 0.05).astype(np.float32)
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)

    def ones(name, length):
        writer.add_tensor(name, np.ones(length, np.float32))

    matrix("token_embd.weight", ROWS, HIDDEN)
    ones("output_norm.weight", HIDDEN)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        ones(block + "attn_norm.weight", HIDDEN)
        ones(block + "ffn_norm.weight", HIDDEN)
        ones(block + "attn_q_norm.weight", HEAD)
        ones(block + "attn_k_norm.weight", HEAD)
        matrix(block + "attn_q.weight", HEADS * HEAD, HIDDEN)
        matrix(block + "attn_k.weight", KV_HEADS * HEAD, HIDDEN)
        matrix(block + "attn_v.weight", KV_HEADS * HEAD, HIDDEN)
        matrix(block + "attn_output.weight", HIDDEN, HEADS * HEAD)
        matrix(block + "ffn_gate.weight", FEED_FORWARD, HIDDEN)
        matrix(block + "ffn_up.weight", FEED_FORWARD, HIDDEN)
        matrix(block + "ffn_down.weight", HIDDEN, FEED_FORWARD)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("usage: ")[1].splitlines()[0])
    ranks, out = read_ranks(sys.argv[1]), sys.argv[2]
    tokens, types, merges = vocabulary(ranks)
    writer = gguf.GGUFWriter(out + ".partial", "qwen3")
    write_settings(writer, len(ranks))
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    write_weights(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(out + ".partial", out)
    print(f"{out}: {len(tokens)} tokens, {len(merges)} merges, {os.path.getsize(out)} bytes")


if __name__ == "__main__":
    main()
