#!/usr/bin/env python3
"""Renders the templates of `sources/` for some conversations as Hugging Face transformers does, into expected.json.

Our own templates, which use every construct that the templates of real families use. `template/tests.rs` compares
byte for byte; an `error` is compared by the template's own words.

usage: make_expected.py
Needs transformers and jinja2.
"""
import json
import pathlib

from jinja2.exceptions import TemplateError
from transformers.utils.chat_template_utils import render_jinja_template

HERE = pathlib.Path(__file__).parent
NANO = HERE.parent.parent / "nano" / "chat_template.jinja"

READ = {"type": "function", "function": {
    "name": "fs.read", "description": "Reads a \"file\" & <b>shows</b> it – naïve 日本",
    "parameters": {"type": "object", "properties": {"path": {"type": "string"}, "lines": {"type": "integer", "minimum": 0.5}},
                   "required": ["path"]}}}
NOW = {"type": "function", "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}}


def call(name, arguments, number=1):
    return {"type": "function", "id": f"call0000{number}", "function": {"name": name, "arguments": arguments}}


CONVERSATIONS = {
    "one question": [{"role": "user", "content": "  Hello <there> & 'you'\n"}],
    "with system": [{"role": "system", "content": "Be brief.\n"}, {"role": "user", "content": "naïve 日本 👍?"}],
    "turns": [
        {"role": "system", "content": "S"}, {"role": "user", "content": "one"},
        {"role": "assistant", "content": "<think>\nfirst\n</think>\n\nuno", "reasoning_content": None},
        {"role": "user", "content": "two"}, {"role": "assistant", "content": "due", "reasoning_content": "second\n"},
        {"role": "user", "content": "three"},
    ],
    "a call": [
        {"role": "user", "content": "Read it."},
        {"role": "assistant", "content": "", "reasoning_content": "must read",
         "tool_calls": [call("fs.read", {"path": "a \"b\".txt", "lines": 3, "x": {"y": [1, None, True, 0.1]}})]},
        {"role": "tool", "name": "fs.read", "content": "line 1\nline 2 é"},
        {"role": "assistant", "content": "It has two lines."},
        {"role": "user", "content": "Thanks"},
    ],
    "two calls": [
        {"role": "user", "content": "Both."},
        {"role": "assistant", "content": "I will.", "tool_calls": [call("fs.read", {"path": "a"}), call("now", {}, 2)]},
        {"role": "tool", "content": "A"}, {"role": "tool", "content": "12:00"},
    ],
    "arguments as text": [
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": None, "tool_calls": [call("now", "{\"zone\": \"UTC\"}")]},
        {"role": "tool", "content": "12:00"},
    ],
    "no turns": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
}

OPTIONS = [
    {"tools": None, "add_generation_prompt": True},
    {"tools": [READ, NOW], "add_generation_prompt": True},
    {"tools": None, "add_generation_prompt": True, "enable_thinking": False},
    {"tools": [NOW], "add_generation_prompt": False, "enable_thinking": True},
]


def render(source, messages, options):
    extra = {key: value for key, value in options.items() if key not in ("tools", "add_generation_prompt")}
    try:
        texts, _ = render_jinja_template(
            conversations=[messages], tools=options["tools"], chat_template=source,
            add_generation_prompt=options["add_generation_prompt"], bos_token="<s>", eos_token="</s>", **extra,
        )
        return {"text": texts[0]}
    except TemplateError as error:
        return {"error": str(error)}


def main():
    cases = []
    for path in [*sorted((HERE / "sources").glob("*.jinja")), NANO]:
        source = path.read_text()
        for name, messages in CONVERSATIONS.items():
            for number, options in enumerate(OPTIONS):
                try:
                    result = render(source, messages, options)
                except TypeError as error:  # Python's own error, for example None + str
                    result = {"fails": str(error)}
                cases.append({"template": path.name, "conversation": name, "options": number, **result})
    out = {"conversations": CONVERSATIONS, "options": OPTIONS, "cases": cases}
    (HERE / "expected.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
    kinds = [next(key for key in ("text", "error", "fails") if key in case) for case in cases]
    print({kind: kinds.count(kind) for kind in set(kinds)})


if __name__ == "__main__":
    main()
