"""Trains the byte-level BPE of aldo-nano on its own synthetic corpus."""

import argparse
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from generate import corpus

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKUP = ["<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]
VOCABULARY = 2048
# The pre-tokeniser that llama.cpp calls "qwen2": single digits, words with one leading mark.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def blank():
    """A tokenizer with the right steps and no vocabulary."""
    t = Tokenizer(models.BPE(byte_fallback=False))
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    t.decoder = decoders.ByteLevel()
    return t


def train(texts):
    """Merges first, then the nine special tokens at the end of the vocabulary."""
    t = blank()
    size = VOCABULARY - len(CONTROL) - len(MARKUP)
    t.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    t.add_special_tokens([AddedToken(x, special=True, normalized=False) for x in CONTROL])
    t.add_tokens([AddedToken(x, special=False, normalized=False) for x in MARKUP])
    if t.get_vocab_size() != VOCABULARY:
        raise SystemExit(f"the vocabulary has {t.get_vocab_size()} entries, not {VOCABULARY}")
    return t


def strip(text):
    for mark in CONTROL + MARKUP:
        text = text.replace(mark, "")
    return text


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", default="tokenizer.json")
    p.add_argument("--count", type=int, default=30000, help="conversations in the corpus")
    a = p.parse_args()
    t = train(strip(x) for x in corpus("tokenizer", a.count))
    t.save(a.out)
    with open(a.out) as f:
        print(len(json.load(f)["model"]["merges"]), "merges,", t.get_vocab_size(), "tokens")


if __name__ == "__main__":
    main()
