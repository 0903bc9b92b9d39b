#!/usr/bin/env python3
"""Compares aldo with llama.cpp and mistral.rs on the same file, in one run.

Makes a synthetic checkpoint (random weights, the shape of Qwen3), has every runtime measure every case in
turn, several rounds, and prints medians with their spread and aldo's ratio to each. Nothing else should run
meanwhile. Needs Python 3.10 and nothing beside; `llama-bench`, `llama-server` and `llama-quantize` from
--llama or the PATH; mistral.rs where Python can import `mistralrs`.

  benches/peers/run.py --quick                       under a minute
  benches/peers/run.py --json peers.json             all of it
  ALDO_CPU=avx2 benches/peers/run.py --llama DIR     DIR with a llama.cpp that has no AVX-512
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import llama
import mistral

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ["prompt:128", "prompt:512", "prompt:2048", "prompt:8192",
         "decode:1:64:64", "decode:1:4096:32", "decode:4:64:64", "decode:8:64:64"]
QUICK = ["prompt:512", "decode:1:64:32"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="0.6b", choices=["0.6b", "1.7b"])
    parser.add_argument("--types", default="q4_k_m,q8_0,q4_0", help="of weights, joined by commas")
    parser.add_argument("--cases", help="joined by commas, as `benches/peers/aldo.rs` describes them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--quick", action="store_true", help="two cases of one type, one round")
    parser.add_argument("--folder", default=ROOT / "target" / "peers", type=pathlib.Path)
    parser.add_argument("--llama", type=pathlib.Path, help="the folder of llama.cpp's programs")
    parser.add_argument("--aldo", type=pathlib.Path, help="the built bench, else cargo builds it")
    parser.add_argument("--json", type=pathlib.Path, help="where to keep every figure")
    return parser.parse_args()


def build():
    """Builds aldo's side as a release is built and returns the program."""
    command = ["cargo", "bench", "--locked", "--bench", "peers", "--no-run", "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    built = [json.loads(line) for line in lines if line.startswith("{")]
    return next(it["executable"] for it in built
                if it.get("executable") and it["target"]["name"] == "peers")


def checkpoint(folder, aldo, shape, kind, quantize):
    """The path of the synthetic checkpoint in `kind`, which is made when it is not there."""
    path = folder / f"qwen3-{shape}-{kind}.gguf"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    plain = folder / f"qwen3-{shape}-q8_0.gguf"
    if not plain.exists():
        subprocess.run([aldo, "make", shape, plain], check=True)
    if kind != "q8_0":
        part = path.with_suffix(".part")
        command = [quantize, "--allow-requantize", plain, part, kind.upper()]
        subprocess.run(command, check=True, capture_output=True)
        part.rename(path)
    return path


def read_once(path):
    """Brings a file into the page cache, so that loading does not measure the disk."""
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def measure_aldo(program, path, cases, threads):
    read_once(path)
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    run = subprocess.run([program, path, *cases], env=environment, check=True, capture_output=True, text=True)
    first, *lines = [json.loads(line) for line in run.stdout.splitlines()]
    rates = {line["case"]: line["tokens_per_s"] for line in lines}
    return {**rates, "load_s": first["load_s"], "memory_bytes": first["memory_bytes"]}


def summary(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "all": values}


def table(kind, cases, figures, runtimes):
    """One line a case: each runtime's median (least–most) and aldo's ratio to it."""
    print(f"\n{kind}: tokens a second, median (least–most); ratio of medians, aldo to the other")
    for case in cases:
        own = figures["aldo"].get(case)
        cells = []
        for name in runtimes:
            of = figures[name].get(case)
            if not of:
                cells.append(f"{name} –")
                continue
            cell = f"{name} {of['median']:.1f} ({of['least']:.1f}–{of['most']:.1f})"
            if name != "aldo" and own:
                cell += f" ratio {own['median'] / of['median']:.2f}"
            cells.append(cell)
        print(f"  {case:18} " + "   ".join(cells))
    load, memory = figures["aldo"]["load_s"]["median"], figures["aldo"]["memory_bytes"]["median"]
    print(f"  aldo loads from the page cache in {load:.2f} s and takes {memory / 1e6:.0f} MB")


def main():
    options = arguments()
    kinds, cases = options.types.split(","), options.cases.split(",") if options.cases else CASES
    if options.quick:
        kinds, cases, options.rounds = kinds[:1], QUICK, 1
    programs = llama.Programs(options.llama)
    aldo = options.aldo.resolve() if options.aldo else build()
    report = {"shape": options.shape, "threads": options.threads, "cpu": os.environ.get("ALDO_CPU"), "types": {}}
    for kind in kinds:
        path = checkpoint(options.folder, aldo, options.shape, kind, programs.quantize or shutil.which("true"))
        sides = {"aldo": lambda: measure_aldo(aldo, path, cases, options.threads)}
        if programs.bench:
            sides["llama.cpp"] = lambda: programs.measure(path, cases, options.threads)
        if mistral.is_installed():
            sides["mistral.rs"] = lambda: mistral.measure(path, cases, options.threads)
        elif kind == kinds[0]:
            print("mistral.rs is not installed for this Python; `pip install mistralrs` brings it", file=sys.stderr)
        rounds = {name: [] for name in sides}
        for number in range(options.rounds):
            for name, side in sides.items():
                print(f"{kind}: round {number + 1}, {name}", file=sys.stderr)
                rounds[name].append(side())
        figures = {name: {case: summary([of[case] for of in results])
                          for case in results[0]} for name, results in rounds.items()}
        report["types"][kind] = figures
        table(kind, cases, figures, list(sides))
        if options.json:
            options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
