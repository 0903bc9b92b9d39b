"""Muon for the matrices of the layers, AdamW for everything else."""

import torch


def orthogonalise(g, steps=5):
    """Newton-Schulz iteration on a stack of matrices [n, rows, cols], rows >= cols."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.transpose(1, 2)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        s = x @ x.transpose(1, 2)
        x = a * x + torch.baddbmm(b * s, s, s, alpha=c) @ x
    return x.transpose(1, 2)


def pieces(model):
    """Views of the layers' weights, one matrix each, as (view, transposed?) by shape."""
    s = model.shape
    q, kv, ff = s.heads * s.head_dim, s.kv_heads * s.head_dim, s.feed_forward
    groups = {}

    def add(parameter, start, stop):
        rows, cols = stop - start, parameter.shape[1]
        key = (max(rows, cols), min(rows, cols))
        groups.setdefault(key, []).append((parameter, start, stop, rows < cols))

    for layer in model.layers:
        add(layer.qkv, 0, q)
        add(layer.qkv, q, q + kv)
        add(layer.qkv, q + kv, q + 2 * kv)
        add(layer.out, 0, s.hidden)
        add(layer.gate_up, 0, ff)
        add(layer.gate_up, ff, 2 * ff)
        add(layer.down, 0, s.hidden)
    return groups


class Muon:
    """Momentum, orthogonalised in one batch for each matrix shape."""

    def __init__(self, model, lr=0.02, momentum=0.95, decay=0.01):
        self.groups = pieces(model)
        self.lr, self.momentum, self.decay = lr, momentum, decay
        self.state = {}
        for key, items in self.groups.items():
            self.state[key] = torch.zeros(len(items), *key)

    @torch.no_grad()
    def step(self, scale):
        for key, items in self.groups.items():
            grads = []
            for p, a, b, flip in items:
                g = p.grad[a:b]
                grads.append(g.t() if flip else g)
            grads = torch.stack(grads)
            buf = self.state[key]
            buf.lerp_(grads, 1 - self.momentum)
            update = orthogonalise(torch.lerp(grads, buf, self.momentum))
            for (p, a, b, flip), u in zip(items, update):
                rows, cols = b - a, p.shape[1]
                rate = self.lr * scale
                p[a:b].mul_(1 - rate * self.decay)
                u = u.t() if flip else u
                p[a:b].add_(u, alpha=-rate * max(1.0, rows / cols) ** 0.5)


def others(model, lr):
    """AdamW over the embedding and the norm gains."""
    gains, matrices = [], []
    for name, p in model.named_parameters():
        if p.ndim == 1:
            gains.append(p)
        elif name == "embed":
            matrices.append(p)
    return torch.optim.AdamW(
        [{"params": matrices, "lr": lr}, {"params": gains, "lr": lr}],
        betas=(0.9, 0.98),
        eps=1e-10,
        weight_decay=0.0,
    )
