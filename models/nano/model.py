"""The network of aldo-nano: a small Qwen3 decoder, written for training on a CPU."""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Shape:
    """Every size of the network."""

    vocab: int = 2048
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 64
    feed_forward: int = 512
    context: int = 2048
    rope_theta: float = 10000.0
    eps: float = 1e-6

    def as_dict(self):
        return asdict(self)


def rms(x, weight, eps):
    """Root-mean-square norm over the last axis."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def rotate(x, cos, sin):
    """Rotary embedding, halves layout. x: [batch, length, heads, head_dim]."""
    half = x.shape[-1] // 2
    left, right = x[..., :half], x[..., half:]
    return torch.cat((left * cos - right * sin, right * cos + left * sin), -1)


def before_attention(x, gain, qkv, q_gain, k_gain, cos, sin, sizes):
    """Norm, projections, QK norm and rotation. Returns q, k, v as [b, heads, l, d]."""
    heads, kv_heads, dim, eps = sizes
    batch, length, _ = x.shape
    mixed = F.linear(rms(x, gain, eps), qkv).view(batch, length, -1, dim)
    q = rotate(rms(mixed[:, :, :heads], q_gain, eps), cos, sin)
    k = rotate(rms(mixed[:, :, heads : heads + kv_heads], k_gain, eps), cos, sin)
    v = mixed[:, :, heads + kv_heads :]
    return q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)


def after_attention(x, mixed, out, gain, gate_up, down, eps):
    """Output projection, residual, and the gated feed-forward."""
    x = x + F.linear(mixed, out)
    gate, up = F.linear(rms(x, gain, eps), gate_up).chunk(2, -1)
    return x + F.linear(F.silu(gate) * up, down)


class Layer(nn.Module):
    """The weights of one decoder layer, with fused projections."""

    def __init__(self, s):
        super().__init__()
        q, kv = s.heads * s.head_dim, s.kv_heads * s.head_dim
        self.attn_gain = nn.Parameter(torch.ones(s.hidden))
        self.q_gain = nn.Parameter(torch.ones(s.head_dim))
        self.k_gain = nn.Parameter(torch.ones(s.head_dim))
        self.qkv = nn.Parameter(torch.randn(q + 2 * kv, s.hidden) * s.hidden**-0.5)
        self.out = nn.Parameter(torch.zeros(s.hidden, q))
        self.ffn_gain = nn.Parameter(torch.ones(s.hidden))
        self.gate_up = nn.Parameter(torch.randn(2 * s.feed_forward, s.hidden) * s.hidden**-0.5)
        self.down = nn.Parameter(torch.zeros(s.hidden, s.feed_forward))


class Nano(nn.Module):
    """Token ids to hidden states and logits."""

    def __init__(self, shape=None):
        super().__init__()
        self.shape = s = shape or Shape()
        self.embed = nn.Parameter(torch.randn(s.vocab, s.hidden) * 0.02)
        self.layers = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.final_gain = nn.Parameter(torch.ones(s.hidden))
        half = s.head_dim // 2
        freq = s.rope_theta ** (-torch.arange(half, dtype=torch.float32) / half)
        angle = torch.arange(s.context, dtype=torch.float32)[:, None] * freq
        self.register_buffer("cos", angle.cos()[:, None, :], persistent=False)
        self.register_buffer("sin", angle.sin()[:, None, :], persistent=False)
        self.pre, self.post = before_attention, after_attention

    def compile(self):
        """Fuses the element-wise parts; attention stays a library call."""
        self.pre = torch.compile(before_attention, dynamic=True)
        self.post = torch.compile(after_attention, dynamic=True)

    def hidden_states(self, ids):
        s = self.shape
        batch, length = ids.shape
        cos, sin = self.cos[:length], self.sin[:length]
        sizes = (s.heads, s.kv_heads, s.head_dim, s.eps)
        x = F.embedding(ids, self.embed)
        for layer in self.layers:
            q, k, v = self.pre(
                x, layer.attn_gain, layer.qkv, layer.q_gain, layer.k_gain, cos, sin, sizes
            )
            repeat = s.heads // s.kv_heads
            k, v = k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1)
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            mixed = mixed.transpose(1, 2).reshape(batch, length, -1)
            x = self.post(
                x, mixed, layer.out, layer.ffn_gain, layer.gate_up, layer.down, s.eps
            )
        return x

    def forward(self, ids, where=None):
        """Logits at the flat positions `where` of `ids`, or at every position."""
        x = self.hidden_states(ids)
        if where is not None:
            x = x.reshape(-1, x.shape[-1])[where]
        return F.linear(rms(x, self.final_gain, self.shape.eps), self.embed)

    def named_qwen3(self):
        """The weights under their Hugging Face Qwen3 names."""
        s = self.shape
        q, kv, ff = s.heads * s.head_dim, s.kv_heads * s.head_dim, s.feed_forward
        tensors = {"model.embed_tokens.weight": self.embed, "model.norm.weight": self.final_gain}
        for i, layer in enumerate(self.layers):
            p = f"model.layers.{i}."
            tensors[p + "input_layernorm.weight"] = layer.attn_gain
            tensors[p + "self_attn.q_norm.weight"] = layer.q_gain
            tensors[p + "self_attn.k_norm.weight"] = layer.k_gain
            tensors[p + "self_attn.q_proj.weight"] = layer.qkv[:q]
            tensors[p + "self_attn.k_proj.weight"] = layer.qkv[q : q + kv]
            tensors[p + "self_attn.v_proj.weight"] = layer.qkv[q + kv :]
            tensors[p + "self_attn.o_proj.weight"] = layer.out
            tensors[p + "post_attention_layernorm.weight"] = layer.ffn_gain
            tensors[p + "mlp.gate_proj.weight"] = layer.gate_up[:ff]
            tensors[p + "mlp.up_proj.weight"] = layer.gate_up[ff:]
            tensors[p + "mlp.down_proj.weight"] = layer.down
        return {k: v.detach().clone().contiguous() for k, v in tensors.items()}
