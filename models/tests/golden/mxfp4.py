"""Experts of gpt-oss in MXFP4, as llama.cpp writes them and as Hugging Face does."""
import gguf
import numpy as np
import torch

KIND = gguf.GGMLQuantizationType.MXFP4
BLOCK_BYTES = 17


def is_expert(name):
    return name.endswith(("experts.gate_up_proj", "experts.down_proj"))


def blocks(values):
    """The blocks of a stack (E, inputs, outputs): (E, outputs, inputs / 32, 17)."""
    rows = np.ascontiguousarray(values.swapaxes(1, 2))
    packed = gguf.quants.quantize(rows, KIND)
    return packed.reshape(*rows.shape[:2], -1, BLOCK_BYTES)


def rounded(state):
    """The weights with their experts as MXFP4 holds them."""
    values = {name: tensor.float().numpy() for name, tensor in state.items()}
    for name in filter(is_expert, state):
        packed = blocks(values[name])
        rows = gguf.quants.dequantize(packed.reshape(*packed.shape[:2], -1), KIND)
        values[name] = np.ascontiguousarray(rows.astype(np.float32).swapaxes(1, 2))
    return values


def hugging_face(state, dtype):
    """The weights as a folder has them: two codes a byte that follow each other, and scales apart."""
    stored = {}
    for name, tensor in state.items():
        if not is_expert(name):
            stored[name] = tensor.to(dtype).contiguous()
            continue
        packed = blocks(tensor.float().numpy())
        scales, codes = packed[..., 0], packed[..., 1:]
        codes = np.concatenate([codes & 15, codes >> 4], axis=-1)  # (…, 32), in order of elements
        stored[name + "_blocks"] = torch.from_numpy(np.ascontiguousarray(codes[..., ::2] | codes[..., 1::2] << 4))
        stored[name + "_scales"] = torch.from_numpy(np.ascontiguousarray(scales))
    return stored
