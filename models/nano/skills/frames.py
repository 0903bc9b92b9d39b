"""What all skills share: held-out wordings, held-out values, and the turn they produce."""

import zlib
from dataclasses import dataclass, field

SEEN, UNSEEN = "seen wording", "new wording"


@dataclass
class Turn:
    """One exchange: its messages, and for each answer in it the skill and how to check it."""

    messages: list
    checks: dict
    key: str = ""
    last: bool = False


@dataclass
class Episode:
    """Turns that share a system text and tools."""

    turns: list
    system: str = ""
    tools: list = field(default_factory=list)


def said(skill, user, answer, expect=None, key="", think=""):
    """The plain exchange: one question, one answer."""
    reply = {"role": "assistant", "content": answer}
    if think:
        reply["reasoning_content"] = think
    expect = expect or {"text": answer}
    return Turn([{"role": "user", "content": user}, reply], {1: (skill, expect)}, key, bool(think))


def crc(text):
    return zlib.crc32(text.encode())


def halves(frames):
    """(wordings trained on, wordings kept away from training): one in six is kept away."""
    if id(frames) not in SIDES:
        KEEP.append(frames)
        kept = set(sorted(frames, key=lambda f: crc("frame:" + f))[: len(frames) // 6])
        SIDES[id(frames)] = ([f for f in frames if f not in kept], [f for f in frames if f in kept])
    return SIDES[id(frames)]


def more(frames, extra):
    """Adds wordings to the trained half only; the measured half stays as it was."""
    seen, kept = halves(frames)
    seen.extend(x for x in extra if x not in seen and x not in kept)


def reserved(key):
    """Whether a value is kept away from training."""
    return crc("value:" + key) % 24 == 0


def pick(r, frames, unseen):
    """One wording from the half of the list that the column uses."""
    seen, kept = halves(frames)
    return r.choice(kept if unseen and kept else seen)


SIDES, KEEP = {}, []


def compose(r, slots, unseen):
    """One member of every slot; when unseen, at least one member is a withheld one."""
    split = [halves(slot) for slot in slots]
    able = [i for i, side in enumerate(split) if side[1]]
    must = r.choice(able) if unseen else -1
    parts = []
    for i, (seen, kept) in enumerate(split):
        new = unseen and kept and (i == must or r.random() < 0.5)
        parts.append(r.choice(kept if new else seen))
    return parts


def polite(r, text):
    """Wraps a wording in an optional opener and closer, before its values are filled in."""
    ends = text.endswith("}")
    k = r.random()
    low = text[0].lower() + text[1:]
    if k < 0.12:
        text = r.choice(["Please ", "please ", "Kindly "]) + low
    elif k < 0.2:
        text = r.choice(["Hi. ", "Hello! ", "Hey, ", "OK. ", "Now: ", "Next: ", "Quick one: ", "One more: "]) + text
    elif k < 0.25 and not ends and not text.endswith("?"):
        text = r.choice(["Could you ", "Can you ", "Would you "]) + low.rstrip(".") + "?"
    elif k < 0.3:
        text = low
    if r.random() < 0.08 and not ends:
        text += r.choice([" Thanks.", " Thank you!", " Thanks in advance."])
    return text


def quoted(r, text):
    """The value in one of several quoting styles, the bare one included."""
    styles = ['"{}"', "'{}'", "`{}`", "{}", "“{}”", "<{}>", "[{}]", "*{}*", "({})"]
    styles = [s for s in styles if s[0] not in text and s[-1] not in text or s == "{}"]
    return r.choice(styles).format(text)
