"""mistral.rs's side, through its Python package, in a process of its own."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def is_installed():
    return importlib.util.find_spec("mistralrs") is not None


def measure(path, cases, threads):
    """Tokens a second of each case with one sequence."""
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "CANDLE_NUM_THREADS": str(threads)}
    run = subprocess.run([sys.executable, __file__, str(path), *cases], env=environment, check=True,
                         capture_output=True, text=True)
    return json.loads(run.stdout.splitlines()[-1])


def words(count, seed):
    """Words of one token each: in the synthetic checkpoint a space and three letters are one. Prompts begin
    differently, since what a prompt shares with one before is not computed again."""
    numbers = [seed * 97 + count + place * 7919 for place in range(count)]
    return "".join(" " + "".join(LETTERS[number // 26**digit % 26] for digit in range(3)) for number in numbers)


def main(path, *cases):
    import mistralrs

    path = pathlib.Path(path)
    which = mistralrs.Which.GGUF(quantized_model_id=str(path.parent), quantized_filename=path.name)
    runner = mistralrs.Runner(which=which, no_kv_cache=False)

    def usage(prompt, tokens):
        request = mistralrs.CompletionRequest(model="default", prompt=words(prompt, tokens), max_tokens=tokens,
                                              temperature=0.0)
        return runner.send_completion_request(request).usage

    usage(32, 2)
    rates = {}
    for case in cases:
        kind, *numbers = case.split(":")
        numbers = [int(number) for number in numbers]
        if kind == "prompt":
            rates[case] = usage(numbers[0], 1).avg_prompt_tok_per_sec
        elif numbers[0] == 1:
            rates[case] = usage(numbers[1], numbers[2]).avg_compl_tok_per_sec
    print(json.dumps(rates))


if __name__ == "__main__":
    main(*sys.argv[1:])
