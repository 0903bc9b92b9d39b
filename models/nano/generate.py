"""Synthetic conversations: for training, for the tokenizer, and the held-out cases."""

import argparse
import json
import random

from chat import dumps, segments
from skills import arithmetic, drills, identity, jsonfill, repeat, retrieval, secret, systems, tools, values
from skills import wordings, wordings_more, wordings_tools  # noqa: F401  (they add wordings to the lists)
from skills.frames import SEEN, UNSEEN, reserved

MIX = {"identity": 0.7, "repeat": 1.0, "json": 1.0, "arithmetic": 2.0, "retrieval": 1.5, "secret": 0.8, "tools": 2.5}
DRILLS = {"copy": 2.5, "lookup": 2.0, "columns": 2.0}
SKILLS = ["identity", "repeat", "json", "arithmetic", "retrieval", "secret", "tool_call", "tool_answer"]
PLAIN = {"identity": identity.turn, "repeat": repeat.turn, "json": jsonfill.turn}


def wanted(r, make, held=None):
    """A turn whose value is on the right side: `held` None trains, True measures."""
    for _ in range(300):
        turn = make()
        if not turn.key or reserved(turn.key) == bool(held):
            return turn
    raise LookupError("too few values to keep some away from training")


def plain(r, held, unseen, allowed=("identity", "repeat", "json")):
    name = r.choice(allowed)
    return wanted(r, lambda: PLAIN[name](r, unseen), held)


def build(r, skill, held=None, unseen=False, long=0.2, thinking=True):
    """(system lines, tool list, turns) of one conversation around a skill."""
    lines = systems.system(r)
    offered = []
    if skill in drills.DRILLS:
        turns = [drills.DRILLS[skill](r)]
    elif skill in PLAIN:
        turns = [wanted(r, lambda: PLAIN[skill](r, unseen), held) for _ in range(r.choice([1, 1, 2, 3]))]
        if r.random() < 0.25:
            turns.insert(0, plain(r, held, unseen))
    elif skill == "arithmetic":
        turns = [wanted(r, lambda: arithmetic.turn(r, unseen, thinking), held)]
        if r.random() < 0.15:
            turns.insert(0, plain(r, held, False))
    elif skill == "retrieval":
        turns = retrieval.turns(r, unseen, long)
        if r.random() < 0.1:
            turns.append(plain(r, held, unseen))
    elif skill == "secret":
        turns = secret_turns(r, lines, held, unseen)
    else:
        offered = tools.offer(r)
        turns = [wanted(r, lambda: tools.turn(r, offered, unseen), held) for _ in range(r.choice([1, 2, 2, 3]))]
        if r.random() < 0.15:
            turns.insert(r.randint(0, len(turns)), plain(r, held, unseen))
        return lines, offered, turns
    if r.random() < 0.06:
        offered = tools.offer(r)[:3]
    return lines, offered, turns


def secret_turns(r, lines, held, unseen):
    extra, thing, hidden, facts = secret.setting(r, unseen)
    while reserved(hidden) != bool(held):
        extra, thing, hidden, facts = secret.setting(r, unseen)
    at = r.randint(0, len(lines))
    lines[at:at] = extra
    turns = [secret.pry(r, thing, hidden, unseen) for _ in range(r.choice([1, 2, 2]))]
    for fact in facts:
        if r.random() < 0.6:
            turns.append(secret.open_question(r, fact))
    if r.random() < 0.3:
        turns.append(plain(r, held, False))
    r.shuffle(turns)
    return turns


def tool_dumps(r):
    """Engines write the tool list differently: with or without spaces, in order or sorted."""
    spaced, ordered = r.random() < 0.6, r.random() < 0.4
    apart = (", ", ": ") if spaced else (",", ":")
    return lambda x: json.dumps(x, ensure_ascii=False, separators=apart, sort_keys=ordered)


def conversation(r, skill, **options):
    """Messages, tools, checks by message index, and whether thinking is on."""
    thinking = r.random() > 0.15 or bool(options.get("held"))
    lines, offered, turns = build(r, skill, thinking=thinking, **options)
    messages, checks = [], {}
    join = " " if r.random() < 0.7 else "\n"
    if lines:
        messages.append({"role": "system", "content": join.join(lines)})
    for turn in turns:
        for i, check in turn.checks.items():
            checks[len(messages) + i] = check
        messages += turn.messages
    shown = [tools.t.schema(r, t) for t in offered]
    return messages, shown, checks, thinking


def sample(r, mix, encode, long=0.2):
    """One training sample: token ids and which of them are answers."""
    skill = r.choices(list(mix), list(mix.values()))[0]
    try:
        messages, shown, _, thinking = conversation(r, skill, long=long)
    except LookupError:  # tools without arguments leave too few values: take another conversation
        return sample(r, mix, encode, long)
    last_user = max(i for i, m in enumerate(messages) if m["role"] == "user")
    ids, target = [], []
    for text, index in segments(messages, shown, thinking, tool_dumps(r)):
        piece = encode(text)
        dropped = index is not None and index < last_user and messages[index].get("reasoning_content")
        ids += piece
        target += [index is not None and not dropped] * len(piece)
    return skill, ids, target


def case(r, skill, unseen):
    """One held-out case: the messages before an answer, and what the answer must be."""
    while True:
        maker = "tools" if skill.startswith("tool") else skill
        try:
            messages, shown, checks, _ = conversation(r, maker, held=True, unseen=unseen)
        except LookupError:
            continue
        able = [i for i, (name, _) in checks.items() if name == skill]
        able = [i for i in able if sum(len(m["content"]) for m in messages[:i]) < 3600]
        if able:
            at = r.choice(able)
            before = [{k: v for k, v in m.items() if k != "reasoning_content"} for m in messages[:at]]
            return {"skill": skill, "column": UNSEEN if unseen else SEEN, "messages": before, "tools": shown,
                    "expect": checks[at][1], "answer": messages[at]}


def heldout(seed, count):
    """The same number of cases for every skill and column."""
    out = []
    for unseen in (False, True):
        for skill in SKILLS:
            r = random.Random(f"{seed}/{skill}/{unseen}")
            out += [case(r, skill, unseen) for _ in range(count)]
    return out


def corpus(seed, count):
    """Texts for the tokenizer: conversations of every skill, and loose values."""
    r = random.Random(seed)
    for _ in range(count):
        skill = r.choices(list(MIX), list(MIX.values()))[0]
        messages, shown, _, thinking = conversation(r, skill, long=0.05)
        yield "".join(t for t, _ in segments(messages, shown, thinking, tool_dumps(r)))
        yield " ".join(values.word(r) for _ in range(12))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--heldout", metavar="FILE", help="write the held-out cases here")
    p.add_argument("--count", type=int, default=12, help="cases for each skill and column")
    p.add_argument("--seed", default="heldout")
    p.add_argument("--show", metavar="SKILL", help="print some conversations of a skill")
    a = p.parse_args()
    if a.heldout:
        with open(a.heldout, "w") as f:
            for c in heldout(a.seed, a.count):
                c.pop("answer")
                if not c["tools"]:
                    c.pop("tools")
                f.write(dumps(c) + "\n")
    if a.show:
        r = random.Random(a.seed)
        for _ in range(a.count):
            messages, shown, _, thinking = conversation(r, a.show)
            print("".join(t for t, _ in segments(messages, shown, thinking)), "\n" + "=" * 60)


if __name__ == "__main__":
    main()
