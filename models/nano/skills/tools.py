"""Choose a tool, give it the right arguments, then answer from what it returns."""

import json

from . import facts as f
from . import requests as q
from . import retrieval
from . import toolbox as t
from . import values as v
from .frames import Turn, pick, polite


def offer(r):
    """One to six tools, each once."""
    count = r.choice([1, 1, 2, 2, 3, 3, 4, 5, 6])
    tools, names = [], set()
    base = r.random()
    while len(tools) < count:
        tool = t.known(r, r.choice(list(t.KNOWN))) if r.random() < base else t.invent(r)
        if tool["name"] not in names:
            names.add(tool["name"])
            tools.append(tool)
    return tools


def call(name, arguments):
    return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)


def exchange(asked, tool, arguments, raw, told, key):
    """The four messages of one tool use."""
    wanted = {"name": tool["name"], "arguments": arguments}
    messages = [
        {"role": "user", "content": asked},
        {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": wanted}]},
        {"role": "tool", "content": raw},
        {"role": "assistant", "content": told},
    ]
    checks = {1: ("tool_call", {"tool_call": wanted}), 3: ("tool_answer", {"text": told})}
    return Turn(messages, checks, key=key)


def reading(r, tool, unseen):
    """fs.read: show a file, or answer from it."""
    path = v.path(r)
    if r.random() < 0.35:
        content = r.choice([v.sentence(r) + ".", v.paragraph(r, 2), v.phrase(r), v.code(r)])
        asked = polite(r, pick(r, q.SHOW, unseen)).replace("{path}", path)
        raw, told = content, f"The file says: {content}"
        key = content
    else:
        count = r.choice([1, 1, 2, 3, 5])
        facts = f.new_facts(r, count)
        raw = retrieval.document(r, facts, r.choice([0, 1, 2, 4, 8]), False)
        fact = r.choice(facts)
        question = f.ask(r, fact, False)
        frame = pick(r, q.READ_ASK, unseen)
        asked = frame.replace("{path}", path).replace("{q}", question).replace("{l}", question[0].lower() + question[1:])
        told, key = fact[2], "/".join(fact)
    if r.random() < 0.12:
        raw, told = q.error(r)
    return exchange(asked, tool, {"path": path}, raw, told, key)


def turn(r, tools, unseen=False):
    """One use of one of the tools on offer."""
    tool = r.choice(tools)
    if tool["name"] == "fs.read":
        return reading(r, tool, unseen)
    if "thing" in tool:
        asked, arguments = q.for_invented(r, tool, unseen)
    else:
        asked, arguments = q.for_known(r, tool, unseen)
    raw, told = q.result(r, tool["name"], arguments)
    return exchange(asked, tool, arguments, raw, told, key=call(tool["name"], arguments) if arguments else "")
