#!/usr/bin/env python3
"""Makes kinds/kinds.safetensors: two rows of 256 weights in every type that is computed with, as the bytes of the file
format, and the values that the reference implementations make of them.

usage: make_kinds.py [--out DIR]
Needs numpy, torch, safetensors and gguf from PyPI (written with gguf 0.19, torch 2.15). The seed is fixed.

`<TYPE>.blocks` are bytes and `<TYPE>.values` (2, 256) f32. GGUF's types are read by gguf.quants.dequantize; where that
package has no quantiser the blocks are random bytes with plausible scales. FP8 is read by torch: `F8_E4M3.blocks`
without scales, all 256 codes but the two that are no numbers.
"""
import argparse
import pathlib

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import quants
from safetensors.numpy import save_file

ROWS, COLUMNS = 2, 256
# Where the half-precision scales stand in a block of those types that have no quantiser in Python.
SCALES = {Kind.Q2_K: (80, 82), Kind.Q3_K: (108,), Kind.Q4_K: (0, 2), Kind.Q5_K: (0, 2), Kind.Q6_K: (208,),
          Kind.IQ4_NL: (0,), Kind.IQ4_XS: (0,)}
QUANTISED = [Kind.F16, Kind.BF16, Kind.Q4_0, Kind.Q4_1, Kind.Q5_0, Kind.Q5_1, Kind.Q8_0, Kind.MXFP4]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "kinds")
    out = parser.parse_args().out
    random = np.random.default_rng(7)
    weights = (random.standard_normal((ROWS, COLUMNS)) * 0.05).astype(np.float32)
    tensors = {}
    for kind in QUANTISED:
        add(tensors, kind, quants.quantize(weights, kind))
    for kind, places in SCALES.items():
        block_len, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        blocks = random.integers(0, 256, (ROWS * COLUMNS // block_len, block_bytes), dtype=np.uint8)
        for place in places:
            scales = (random.uniform(0.001, 0.01, len(blocks)) * 2).astype(np.float16)
            blocks[:, place:place + 2] = scales.view(np.uint8).reshape(-1, 2)
        add(tensors, kind, blocks.reshape(ROWS, -1))
    codes = np.array([code for code in range(256) if code & 127 != 127] * 3, dtype=np.uint8)[:ROWS * COLUMNS]
    tensors["F8_E4M3.blocks"] = codes
    eight = torch.from_numpy(codes.copy()).view(torch.float8_e4m3fn)
    tensors["F8_E4M3.values"] = eight.to(torch.float32).numpy().reshape(ROWS, COLUMNS)
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out / "kinds.safetensors")


def add(tensors, kind, blocks):
    values = quants.dequantize(blocks, kind).reshape(ROWS, COLUMNS).astype(np.float32)
    assert np.isfinite(values).all(), kind
    tensors[f"{kind.name}.blocks"] = np.ascontiguousarray(blocks).view(np.uint8).reshape(-1)
    tensors[f"{kind.name}.values"] = values


if __name__ == "__main__":
    main()
