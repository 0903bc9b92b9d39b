"""Facts that can be stated one way and asked for another way."""

from . import values as v
from . import words as w
from .frames import pick

WHATS = {
    "code": ["access code", "door code", "locker code", "ticket number", "serial number", "booking code", "pass phrase",
             "badge number", "batch number", "order number", "invoice number", "tracking code", "room key code"],
    "count": ["height", "weight", "price", "capacity", "speed limit", "page count", "seat count", "depth", "age",
              "length", "budget", "population", "port number", "room number", "floor", "year of building"],
    "who": ["owner", "manager", "captain", "author", "editor", "designer", "inspector", "contact", "tenant",
            "keeper", "driver", "founder", "reviewer", "coach", "painter"],
    "where": ["home town", "location", "birthplace", "next stop", "head office", "place of storage", "destination"],
    "when": ["opening time", "closing time", "start time", "departure time", "lunch time", "meeting time"],
    "day": ["due date", "delivery date", "birthday", "release date", "closing day", "market day"],
    "look": ["colour", "paint colour", "flag colour", "favourite colour", "roof colour"],
    "word": ["nickname", "mascot", "favourite fruit", "code name", "symbol", "motto word", "theme", "pet"],
    "path": ["log file", "config file", "backup path", "notes file"],
}
DRAW = {
    "code": v.code, "count": lambda r: str(r.choice([r.randint(2, 99), r.randint(100, 9999)])), "who": v.person,
    "where": v.city, "when": v.time, "day": lambda r: v.date(r) if r.random() < 0.6 else r.choice(w.WEEKDAYS),
    "look": lambda r: r.choice(w.COLOURS), "word": v.word, "path": v.path,
}

STATE = [
    "The {a} of {e} is {v}.", "{e} has the {a} {v}.", "For {e}, the {a} is {v}.", "{e}: {a} {v}.", "{e} - {a}: {v}",
    "As for {e}, its {a} is {v}.", "We set the {a} of {e} to {v}.", "The {a} for {e} is {v}.",
    "Note that {e} has {v} as its {a}.", "Everybody knows that the {a} of {e} is {v}.", "{e} uses {v} as {a}.",
    "Remember: the {a} of {e} is {v}.", "The list gives {v} as the {a} of {e}.", "At {e} the {a} is {v}.",
    "{v} is the {a} of {e}.", "It says that the {a} of {e} is {v}.", "In the case of {e} the {a} is {v}.",
    "The {a} of {e} was changed to {v}.", "{e} was given the {a} {v}.", "The {a} belonging to {e} reads {v}.",
    "Since last week {e} has had {v} as its {a}.", "On {e}, the {a} shows {v}.", "They wrote {v} under {a} for {e}.",
]

ASK = [
    "What is the {a} of {e}?", "What is the {a} for {e}?", "Tell me the {a} of {e}.", "Give the {a} of {e}.",
    "Which {a} does {e} have?", "{e}: what is the {a}?", "Find the {a} of {e}.", "I need the {a} of {e}.",
    "According to the text, what is the {a} of {e}?", "Look up the {a} of {e}.", "What {a} does {e} have?",
    "What does the text say about the {a} of {e}?", "The {a} of {e} is what?", "State the {a} of {e}.",
    "Can you find the {a} of {e}?", "Please give me the {a} for {e}.", "Name the {a} of {e}.",
    "What's the {a} of {e}?", "For {e}, what is the {a}?", "Do you see the {a} of {e}?", "{a} of {e}?",
    "What value is given for the {a} of {e}?", "What was the {a} of {e} again?", "Read out the {a} of {e}.",
    "Extract the {a} of {e}.", "How does the text give the {a} of {e}?", "Say the {a} of {e}.",
    "Search for the {a} of {e} and write it.", "Let me know the {a} of {e}.", "About {e}: which {a}?",
    "I forgot the {a} of {e}, what is it?", "Answer with the {a} of {e}.",
]

HINT = ["", "", "", "", " Answer with the value only.", " Only the value.", " Answer briefly.", " Be exact.",
        " Just the value, please.", " Use the text above.", " One short answer."]


def entity(r):
    """Something a fact can be about."""
    k = r.randrange(8)
    if k == 0:
        return v.proper(r)
    if k == 1:
        return f"the {v.noun_phrase(r)}"
    if k == 2:
        return f"{r.choice(['Project', 'Room', 'Station', 'Team', 'Ship', 'Unit', 'House', 'Server'])} {v.proper(r)}"
    if k == 3:
        return f"the {v.proper(r)} {r.choice(w.NOUNS)}"
    if k == 4:
        return v.person(r)
    if k == 5:
        return f"the {r.choice(w.NOUNS)} in {v.city(r)}"
    if k == 6:
        return f"{v.first(r)}'s {r.choice(w.NOUNS)}"
    return f"{r.choice(['room', 'gate', 'line', 'box', 'shelf', 'bus', 'unit'])} {r.randint(1, 99)}"


def new_facts(r, count):
    """Facts (entity, attribute, value); entities and attributes repeat, pairs never do."""
    entities = [entity(r) for _ in range(max(1, round(count * r.choice([0.5, 0.8, 1]))))]
    kinds = r.sample(list(WHATS), min(len(WHATS), r.randint(1, 5)))
    facts, seen = [], set()
    while len(facts) < count:
        kind = r.choice(kinds if r.random() < 0.8 else list(WHATS))
        what = r.choice(WHATS[kind]) if r.random() < 0.9 else v.made_up(r)
        pair = (r.choice(entities), what)
        if pair in seen:
            entities.append(entity(r))
            continue
        seen.add(pair)
        facts.append((*pair, DRAW[kind](r)))
    return facts


def capital(text):
    return text[0].upper() + text[1:]


def state(r, fact, unseen):
    """The fact as a sentence. Values keep their case."""
    e, a, value = fact
    frame = pick(r, STATE, unseen)
    out = frame.replace("{e}", e).replace("{a}", a)
    if not frame.startswith("{v}"):
        out = capital(out)
    return out.replace("{v}", value)


def ask(r, fact, unseen):
    e, a, _ = fact
    return capital(pick(r, ASK, unseen).replace("{e}", e).replace("{a}", a))
