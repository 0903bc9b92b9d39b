#!/usr/bin/env python3
"""Writes random eyes for a small model: a vision tower that llama-server loads beside it with --mmproj.

usage: tiny_eyes.py MODEL.gguf EYES.gguf

What the model then says of a picture is nonsense; that pictures reach it, are counted and answered is real.
"""

import sys

import numpy as np
from gguf import GGUFReader, GGUFWriter

WIDTH, FEED_FORWARD, LAYERS, HEADS, PATCH, IMAGE = 32, 64, 2, 2, 14, 56


def settings(writer, embedding):
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", True)
    numbers = {
        "image_size": IMAGE, "patch_size": PATCH, "embedding_length": WIDTH, "feed_forward_length": FEED_FORWARD,
        "block_count": LAYERS, "attention.head_count": HEADS, "projection_dim": embedding,
    }
    for name, number in numbers.items():
        writer.add_uint32(f"clip.vision.{name}", number)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])


def tensors(embedding):
    random = np.random.default_rng(7)

    def matrix(*shape):
        return (random.standard_normal(shape) * 0.05).astype(np.float32)

    def linear(name, outputs, inputs):
        yield f"{name}.weight", matrix(outputs, inputs)
        yield f"{name}.bias", np.zeros(outputs, np.float32)

    def norm(name):
        yield f"{name}.weight", np.ones(WIDTH, np.float32)
        yield f"{name}.bias", np.zeros(WIDTH, np.float32)

    yield "v.patch_embd.weight", matrix(WIDTH, 3, PATCH, PATCH)
    yield "v.class_embd", matrix(WIDTH)
    yield "v.position_embd.weight", matrix((IMAGE // PATCH) ** 2 + 1, WIDTH)
    yield from norm("v.pre_ln")
    yield from norm("v.post_ln")
    for layer in range(LAYERS):
        block = f"v.blk.{layer}"
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            yield from linear(f"{block}.{part}", WIDTH, WIDTH)
        for part in ("ln1", "ln2"):
            yield from norm(f"{block}.{part}")
        yield from linear(f"{block}.ffn_up", FEED_FORWARD, WIDTH)
        yield from linear(f"{block}.ffn_down", WIDTH, FEED_FORWARD)
    yield from linear("mm.0", embedding, WIDTH)
    yield from linear("mm.2", embedding, embedding)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("usage: ")[1].splitlines()[0])
    reader = GGUFReader(sys.argv[1])
    field = lambda name: reader.fields[name].contents()
    embedding = field(f"{field('general.architecture')}.embedding_length")
    writer = GGUFWriter(sys.argv[2], "clip")
    settings(writer, embedding)
    for name, values in tensors(embedding):
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
