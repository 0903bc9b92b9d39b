"""Trains aldo-nano on the CPU against a wall-clock budget. Stops and resumes at any time."""

import argparse
import json
import math
import random
import signal
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import evaluate
import generate
from model import Nano, Shape
from optimiser import Muon, others

# progress of training: (from, longest sample, share of long texts, tokens in a batch)
STAGES = [(0.0, 320, 0.0, 4096), (0.1, 640, 0.08, 4096), (0.5, 1300, 0.15, 4096), (0.8, 1300, 0.2, 6144)]


class Pool:
    """Samples kept sorted by length, so that a batch wastes no padding."""

    def __init__(self, encode, seed, size=384):
        self.encode, self.size = encode, size
        self.random = random.Random(seed)
        self.items, self.mix, self.drill = [], dict(generate.MIX), 1.0

    def remix(self, file):
        """Takes the weights of the skills from a file that may change while training runs."""
        if file.exists():
            self.mix.update(json.loads(file.read_text()))

    def fill(self, longest, share):
        mix = {**self.mix, **{k: x * self.drill for k, x in generate.DRILLS.items()}}
        while len(self.items) < self.size:
            _, ids, target = generate.sample(self.random, mix, self.encode, share)
            if len(ids) <= longest and any(target):
                self.items.append((ids, target))
        self.items.sort(key=lambda x: len(x[0]))

    def batch(self, stage):
        _, longest, share, tokens = stage
        if len(self.items) < self.size * 2 // 3:
            self.fill(longest, share)
        # An anchor drawn by tokens keeps long samples from piling up.
        weights = [len(ids) for ids, _ in self.items]
        end = self.random.choices(range(len(self.items)), weights)[0] + 1
        width = len(self.items[end - 1][0])
        start = max(0, end - max(1, tokens // width))
        taken = self.items[start:end]
        del self.items[start:end]
        return collate(taken)


def collate(samples):
    """(ids [b, l], flat positions that predict an answer token, those tokens, token count)."""
    width = max(len(ids) for ids, _ in samples)
    ids = torch.zeros(len(samples), width, dtype=torch.long)
    where, wanted = [], []
    for row, (tokens, target) in enumerate(samples):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        for i in range(1, len(tokens)):
            if target[i]:
                where.append(row * width + i - 1)
                wanted.append(tokens[i])
    return ids, torch.tensor(where), torch.tensor(wanted), sum(len(t) for t, _ in samples)


def schedule(progress, warm=0.01, floor=0.0):
    """Warm-up, a plateau, and a straight line to zero."""
    if progress < warm:
        return progress / warm + 0.02
    return max(floor, min(1.0, (1 - progress) / 0.7))


class Run:
    """The state of a training run and how it is kept on disk."""

    def __init__(self, a):
        self.a, self.dir = a, Path(a.run)
        self.dir.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(7)
        self.tokenizer = Tokenizer.from_file(a.tokenizer)
        self.model = Nano(Shape(layers=a.layers, feed_forward=a.feed_forward))
        self.muon = Muon(self.model, a.muon)
        self.adam = others(self.model, a.adam)
        self.elapsed, self.steps, self.tokens, self.targets, self.starts = 0.0, 0, 0, 0, 0
        self.log_file = open(self.dir / "train.log", "a")
        if (self.dir / "state.pt").exists():
            self.load()

    def log(self, text):
        print(text, flush=True)
        print(text, file=self.log_file, flush=True)

    def load(self):
        s = torch.load(self.dir / "state.pt", weights_only=True)
        self.model.load_state_dict(s["model"])
        self.adam.load_state_dict(s["adam"])
        for key, value in s["muon"].items():
            self.muon.state[key].copy_(value)
        self.elapsed, self.steps, self.tokens, self.targets, self.starts = s["counts"]
        self.log(f"resumed at {self.elapsed / 60:.1f} min, step {self.steps}")

    def save(self):
        counts = (self.elapsed, self.steps, self.tokens, self.targets, self.starts)
        s = {"model": self.model.state_dict(), "adam": self.adam.state_dict(), "muon": self.muon.state,
             "counts": counts, "shape": self.model.shape.as_dict()}
        torch.save(s, self.dir / "state.tmp")
        (self.dir / "state.tmp").replace(self.dir / "state.pt")

    def step(self, batch, scale):
        ids, where, wanted, count = batch
        loss = F.cross_entropy(self.model(ids, where), wanted)
        loss.backward()
        self.muon.step(scale)
        for group in self.adam.param_groups:
            group["lr"] = self.a.adam * scale
        self.adam.step()
        for p in self.model.parameters():
            p.grad = None
        self.steps += 1
        self.tokens += count
        self.targets += len(wanted)
        return loss.item()

    def measure(self, cases):
        begun = time.time()
        table = evaluate.teacher_forced(self.model, self.tokenizer, cases)
        self.log(evaluate.show(table) + f"  ({time.time() - begun:.0f} s)")
        with open(self.dir / "eval.jsonl", "a") as f:
            f.write(json.dumps({"minutes": self.elapsed / 60, "tokens": self.tokens, "table": table}) + "\n")


def train(a):
    torch.set_num_threads(a.threads)
    run = Run(a)
    run.starts += 1
    if a.compile:
        run.model.compile()
    pool = Pool(lambda text: run.tokenizer.encode(text).ids, f"{a.seed}/{run.starts}")
    cases = generate.heldout("dev", a.dev)
    mix_file = run.dir / "mix.json"
    budget, last, saved, measured = a.minutes * 60, time.time(), time.time(), time.time()
    losses, since = [], (run.tokens, time.time())
    pool.remix(mix_file)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    while run.elapsed < budget and not stop:
        progress = run.elapsed / budget
        stage = [s for s in STAGES if progress >= s[0]][-1]
        pool.drill = max(0.15, 1 - progress / 0.65)
        losses.append(run.step(pool.batch(stage), schedule(progress)))
        if not math.isfinite(losses[-1]):
            raise SystemExit("the loss is not finite")
        now = time.time()
        run.elapsed, last = run.elapsed + now - last, now
        if run.steps % 20 == 0:
            rate = (run.tokens - since[0]) / (now - since[1])
            run.log(f"{run.elapsed / 60:6.2f} min  step {run.steps}  {run.tokens / 1e6:.2f} M tokens  "
                    f"{rate:.0f}/s  loss {sum(losses) / len(losses):.4f}  rate {schedule(progress):.3f}")
            losses, since = [], (run.tokens, now)
        if now - saved > 120:
            run.save()
            saved = now
        if now - measured > a.every * 60:
            run.measure(cases)
            measured = time.time()
            pool.remix(mix_file)
    run.save()
    if not stop:
        run.measure(cases)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--run", required=True, help="folder for checkpoints and logs, outside the repository")
    p.add_argument("--tokenizer", default="tokenizer.json")
    p.add_argument("--minutes", type=float, default=84, help="wall-clock budget over all restarts")
    p.add_argument("--every", type=float, default=8, help="minutes between measurements")
    p.add_argument("--dev", type=int, default=24, help="cases for each skill and column")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--layers", type=int, default=6)
    p.add_argument("--feed-forward", type=int, default=512)
    p.add_argument("--muon", type=float, default=0.02)
    p.add_argument("--adam", type=float, default=0.004)
    p.add_argument("--seed", default="aldo-nano")
    p.add_argument("--compile", action="store_true")
    train(p.parse_args())


if __name__ == "__main__":
    main()
