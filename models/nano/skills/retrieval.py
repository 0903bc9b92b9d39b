"""Find one fact in a text of up to a thousand tokens."""

from . import facts as f
from . import values as v
from .frames import Turn, pick

GIVE = ["{d}\n\n{q}", "Read this text:\n{d}\n\n{q}", "Text:\n{d}\n\nQuestion: {q}", "{q}\n\n{d}",
        "Here are some notes.\n\n{d}\n\n{q}", "Document:\n{d}\n\n{q}", "Question: {q}\nText: {d}",
        "Use the text below to answer: {q}\n\n{d}", "Context: {d}\n\nQ: {q}\nA:", "{q} The text follows.\n{d}",
        "Given this:\n\"{d}\"\n{q}", "<text>\n{d}\n</text>\n{q}", "I have a note:\n---\n{d}\n---\n{q}",
        "Below is a page from my notebook.\n\n{d}\n\nNow the question. {q}", "{d}\nBased on the above: {q}",
        "Look at these lines:\n{d}\nThen answer this: {q}", "Please read carefully. {d} {q}",
        "Answer from the text.\n\nText: {d}\n\n{q}", "Source:\n{d}\n\nTask: {q}", "```\n{d}\n```\n{q}"]


def document(r, facts, filler, unseen):
    """Facts hidden in filler, as prose, as lines, or as a table."""
    style = r.random()
    if style < 0.12:
        return "\n".join(f"| {e} | {a} | {x} |" for e, a, x in facts)
    if style < 0.24:
        return "\n".join(f"{e}, {a}: {x}" for e, a, x in facts)
    parts = [f.state(r, fact, unseen) for fact in facts]
    for _ in range(filler):
        parts.insert(r.randint(0, len(parts)), v.sentence(r) + ".")
    if style < 0.4:
        return "\n".join(parts)
    if style < 0.5:
        return "\n".join(f"{r.choice('-*')} {p}" for p in parts)
    text, line = "", 0
    for p in parts:
        text += p
        line += 1
        if line > 4 and r.random() < 0.3:
            text, line = text + "\n\n", 0
        else:
            text += " "
    return text.strip()


def size(r, long):
    """How many facts and how much filler: short texts mostly, long ones steadily."""
    k = r.random()
    if k < long:
        return r.randint(4, 14), r.randint(15, 45)
    if k < 0.5:
        return r.randint(1, 4), r.randint(0, 5)
    return r.randint(3, 8), r.randint(2, 14)


def turns(r, unseen=False, long=0.2):
    """One text, then several questions about it."""
    count, filler = size(r, long)
    facts = f.new_facts(r, count)
    text = document(r, facts, filler, unseen)
    asked = r.sample(facts, min(len(facts), r.randint(3, 9)))
    out = []
    for i, fact in enumerate(asked):
        question = f.ask(r, fact, unseen)
        if r.random() < 0.3:
            question += r.choice(f.HINT)
        user = question
        if i == 0:
            user = pick(r, GIVE, unseen).replace("{q}", question).replace("{d}", text)
        answer = fact[2]
        out.append(Turn([{"role": "user", "content": user}, {"role": "assistant", "content": answer}],
                        {1: ("retrieval", {"text": answer})}, key="/".join(fact)))
    return out
