#!/usr/bin/env python3
"""Trains a small SentencePiece BPE model with byte fallback on the project's own pages and writes its pieces, and the
ids it gives to some texts, to spm.json. `tokenizer/tests.rs` compares.

usage: make_spm.py
Needs sentencepiece.
"""
import json
import pathlib
import tempfile

import sentencepiece

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent.parent
CORPUS = [ROOT / "README.md", ROOT / "docs" / "architecture.md", ROOT / "docs" / "dependencies.md"]
TEXTS = [
    "Hello world", " leading space", "two  spaces   three", "trailing ", "tab\tand\nnew line\n\n", "naïve café", "日本語 中文",
    "👩‍👩‍👧 👍🏽", "don't stop", "1234567 3.14", "x", " ", "", "the model runs inside the process", "aldo-nano", "</s> <s> <unk>",
    "▁already▁", "é", "\u0000\u0007", "AAAAAAAAAAAAAAAAAAAAAAAA", "a" * 100, "{\"name\": \"fs.read\"}",
]


def main():
    with tempfile.TemporaryDirectory() as folder:
        prefix = pathlib.Path(folder) / "m"
        sentencepiece.SentencePieceTrainer.train(
            input=",".join(map(str, CORPUS)), model_prefix=str(prefix), model_type="bpe", vocab_size=700, byte_fallback=True,
            normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=True, split_digits=True,
            allow_whitespace_only_pieces=True, minloglevel=2,
        )
        model = sentencepiece.SentencePieceProcessor(model_file=str(prefix) + ".model")
    pieces = range(model.get_piece_size())
    kind = lambda i: 2 if model.is_unknown(i) else 3 if model.is_control(i) else 6 if model.is_byte(i) else 1
    out = {
        "tokens": [model.id_to_piece(i) for i in pieces],
        "scores": [model.get_score(i) for i in pieces],
        "types": [kind(i) for i in pieces],
        "cases": [{"text": text, "ids": model.encode(text)} for text in TEXTS],
    }
    (HERE / "spm.json").write_text(json.dumps(out, ensure_ascii=False) + "\n")
    print(len(out["tokens"]), "pieces")


if __name__ == "__main__":
    main()
