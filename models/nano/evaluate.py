"""Held-out accuracy by skill and column, of a checkpoint or of a served model."""

import argparse
import json
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import torch

import generate
from chat import answer_text, prompt


def ids_of(tokenizer, case):
    """The prompt and the whole expected answer, as token ids."""
    before = tokenizer.encode(prompt(case["messages"], case["tools"])).ids
    after = tokenizer.encode(answer_text(case["answer"]) + "<|im_end|>").ids
    return before, after


@torch.no_grad()
def teacher_forced(model, tokenizer, cases, tokens=8192):
    """Greedy decoding writes the expected answer exactly if every next token is the likeliest."""
    rows = sorted(((*ids_of(tokenizer, c), c) for c in cases), key=lambda x: len(x[0]) + len(x[1]))
    table = defaultdict(list)
    while rows:
        width = len(rows[-1][0]) + len(rows[-1][1])
        taken = rows[-max(1, tokens // width):]
        del rows[-len(taken):]
        ids = torch.zeros(len(taken), width, dtype=torch.long)
        where, spans = [], []
        for i, (before, after, _) in enumerate(taken):
            ids[i, : len(before) + len(after)] = torch.tensor(before + after)
            spans.append((len(where), len(where) + len(after)))
            where += [i * width + len(before) - 1 + j for j in range(len(after))]
        best = model(ids, torch.tensor(where)).argmax(-1).tolist()
        for (a, b), (_, after, case) in zip(spans, taken):
            table[f"{case['skill']} | {case['column']}"].append(best[a:b] == after)
    return {k: sum(v) / len(v) for k, v in table.items()}


def show(table):
    """One line: skill seen/unseen in percent."""
    parts = []
    for skill in generate.SKILLS:
        pair = [table.get(f"{skill} | {c}", float("nan")) for c in (generate.SEEN, generate.UNSEEN)]
        parts.append(f"{skill} {100 * pair[0]:.0f}/{100 * pair[1]:.0f}")
    return "exact, seen/new wording: " + "  ".join(parts)


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as f:
        return json.load(f)


def parse_call(text):
    """The tool call in an answer, or None."""
    try:
        body = text.split("<tool_call>", 1)[1].split("</tool_call>", 1)[0]
        call = json.loads(body)
        return {"name": call["name"], "arguments": call["arguments"]}
    except (IndexError, KeyError, TypeError, json.JSONDecodeError):
        return None


def passes(expect, text):
    """Whether an answer is the expected one. Reasoning is not part of the answer."""
    answer = text.split("</think>")[-1].strip()
    if "text" in expect:
        return answer == expect["text"].strip()
    if "contains" in expect:
        return expect["contains"] in answer
    if "not_contains" in expect:
        return bool(answer) and expect["not_contains"] not in answer
    if "tool_call" in expect:
        return parse_call(text) == expect["tool_call"]
    try:
        return json.loads(answer) == expect["json"]
    except json.JSONDecodeError:
        return False


def answer(url, case):
    """The greedy answer of a llama.cpp server to the raw prompt of a case."""
    body = {"prompt": prompt(case["messages"], case["tools"]), "temperature": 0, "top_k": 1, "n_predict": 300,
            "cache_prompt": False, "stop": ["<|im_end|>"]}
    return post(url + "/completion", body)["content"]


def served(url, cases, misses=None, parallel=4):
    """Accuracy of a served model, several cases at a time."""
    table = defaultdict(list)
    with ThreadPoolExecutor(parallel) as pool:
        texts = pool.map(lambda case: answer(url, case), cases)
        for case, text in zip(cases, texts):
            good = passes(case["expect"], text)
            table[f"{case['skill']} | {case['column']}"].append(good)
            if misses and not good:
                misses.write(json.dumps({**case, "got": text}, ensure_ascii=False) + "\n")
    return {k: sum(v) / len(v) for k, v in table.items()}


def markdown(table, count):
    """The table of the README."""
    lines = [f"| skill | {generate.SEEN} | {generate.UNSEEN} |", "|---|---|---|"]
    for skill in generate.SKILLS:
        pair = [table[f"{skill} | {c}"] for c in (generate.SEEN, generate.UNSEEN)]
        lines.append(f"| {skill} | {100 * pair[0]:.1f} % | {100 * pair[1]:.1f} % |")
    return "\n".join(lines) + f"\n\n{count} cases for each skill and column."


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--server", default="http://127.0.0.1:8080", help="a llama.cpp server with the exported file")
    p.add_argument("--count", type=int, default=100, help="cases for each skill and column")
    p.add_argument("--seed", default="final")
    p.add_argument("--misses", help="write failed cases here")
    a = p.parse_args()
    misses = open(a.misses, "w") if a.misses else None
    table = served(a.server, generate.heldout(a.seed, a.count), misses)
    print(markdown(table, a.count))


if __name__ == "__main__":
    main()
