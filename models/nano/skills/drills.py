"""Dense exercises of single abilities: copying, looking up, column sums. For training only."""

from . import arithmetic, repeat
from . import facts as f
from . import values as v
from .frames import pick, polite, reserved, said

LOOKUPS = ["For each of these, write its value: {k}", "Look up: {k}", "Give the values of {k}.", "Values for {k}, please.",
           "Now list {k} with their values.", "What belongs to {k}?", "Find {k}."]
SUMS = ["Work these out:\n{e}", "Calculate:\n{e}", "Solve one by one:\n{e}", "{e}", "Sums:\n{e}", "Do these sums.\n{e}"]


def copy(r):
    """A long soup of loose pieces, said back."""
    draws = r.sample([v.word, v.code, v.made_up, v.noise, v.path, v.person, v.number, v.noun_phrase, v.sentence, v.city],
                     r.randint(1, 4))
    text = r.choice([" ", " ", ", ", "\n", "; "]).join(r.choice(draws)(r) for _ in range(r.randint(5, 22)))
    return said("repeat", polite(r, pick(r, repeat.FRAMES, False)).replace("{q}", text).replace("{v}", text), text)


def lookup(r):
    """Lines of keys and values, then several keys in another order."""
    value = r.choice([v.code, v.word, v.number, v.person, v.made_up, v.path])
    key = r.choice([v.word, v.made_up, v.code, f.entity, v.proper])
    pairs = {key(r): value(r) for _ in range(r.randint(3, 12))}
    lines = [k + r.choice([": ", ": ", " = ", " is "]) + x for k, x in pairs.items()]
    if r.random() < 0.4:
        lines.insert(r.randint(0, len(lines)), v.sentence(r) + ".")
    asked = r.sample(list(pairs), r.randint(2, len(pairs)))
    question = r.choice(LOOKUPS).replace("{k}", ", ".join(asked))
    text = "\n".join(lines)
    user = f"{text}\n\n{question}" if r.random() < 0.7 else f"{question}\n\n{text}"
    return said("retrieval", user, "\n".join(f"{k}: {pairs[k]}" for k in asked))


def columns(r):
    """Several one-step sums at once, every column written out."""
    asked, steps = [], []
    for _ in range(r.randint(3, 6)):
        a, p, b, *_ = arithmetic.operands(r)
        if reserved(f"{a}{p}{b}"):
            continue
        asked.append(f"{a} {p} {b}")
        steps.append(arithmetic.STEP[p](a, b)[0])
    if len(asked) < 2:
        return columns(r)
    return said("arithmetic", r.choice(SUMS).replace("{e}", "\n".join(asked)), "\n".join(steps))


DRILLS = {"copy": copy, "lookup": lookup, "columns": columns}
