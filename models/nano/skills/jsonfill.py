"""Fill a JSON shape with the values that the request gives."""

import json

from . import values as v
from . import words as w
from .frames import pick, polite, said

KEYS = {
    "text": """name title city colour owner status code label author street country team model brand note
category language subject sender room host branch user region product material message format level
currency vendor genre planet song animal job editor folder file""".split(),
    "whole": """age count year size price port weight height score total floor pages width seats number stock
quantity limit retries minutes version days users items rank points length depth volume""".split(),
    "flag": """active done open urgent public paid ready enabled visible locked draft shared archived valid
hidden online required fragile signed""".split(),
    "list": "tags colours names items files words rooms labels steps cities".split(),
}

GIVE = ["Fill this JSON shape: {shape}\nValues: {given}", "Fill in the JSON {shape} with {given}.",
        "Complete this JSON object: {shape}\nUse {given}.", "Shape: {shape}\nData: {given}\nWrite the JSON.",
        "Use {given} to fill {shape}.", "Here is a template: {shape}\nHere are the values: {given}\nReturn only JSON.",
        "Return JSON in the form {shape} where {given}.", "Given {given}, fill {shape}. Only the JSON.",
        "Produce the JSON object {shape} from these values: {given}", "{given}\n\nPut that into {shape}",
        "Template:\n{shape}\nValues:\n{given}", "Answer with JSON shaped like {shape}. The values: {given}.",
        "Replace the placeholders in {shape}: {given}.", "I need {shape} filled in. {given}.",
        "Write one JSON object like {shape} with {given} and nothing else.", "Format as {shape}: {given}",
        "Take the facts {given} and write them as {shape}.", "{shape}\n\nFill the object above: {given}.",
        "Make JSON. The shape is {shape}. The values are {given}.", "JSON please: {given}. Follow {shape}.",
        "Output only a JSON object that follows {shape}; {given}.", "Record: {given}\nSchema: {shape}\nJSON:",
        "Turn this into JSON of the shape {shape}: {given}", "Set the fields of {shape} so that {given}.",
        "The record says: {given}. Express it as {shape}.", "Fill the gaps in {shape} using {given}."]

KEYED = ["Write a JSON object with the keys {keys}. Values: {given}.", "Return JSON with {keys}: {given}.",
         "Give me JSON with the fields {keys}, where {given}.", "Make a JSON object (keys {keys}) from this: {given}",
         "Only JSON, with the keys {keys}. {given}.", "Answer as a JSON object with {keys}. Facts: {given}.",
         "Encode as JSON with keys {keys}: {given}", "From the facts {given}, build JSON with the keys {keys}.",
         "Create a JSON object that has {keys}. Use {given}.", "JSON with exactly the keys {keys}; {given}.",
         "Reply with a JSON object. Keys: {keys}. Data: {given}.", "Produce JSON, keys {keys}, values {given}."]

PAIRS = ["{k} is {v}", "{k} = {v}", "{k}: {v}", "the {k} is {v}", "{k} {v}", "{k} should be {v}", "{k}={v}",
         "{k} -> {v}", "set {k} to {v}", "{k} must be {v}", "for {k} use {v}", "{v} as {k}", "{k} := {v}"]


def text_value(r):
    """A text that cannot be taken for a number."""
    while True:
        draw = r.choice([v.word, v.person, v.city, v.code, v.phrase, v.path, v.proper, v.date, v.made_up, v.person])
        text = draw(r)
        if not text.isdigit():
            return text


def field(r, used):
    """A key, its kind and its value."""
    key = None
    while key is None or key in used:
        kind = r.choices(["text", "whole", "flag", "list"], [6, 4, 2, 1])[0]
        key = r.choice(KEYS[kind])
        if r.random() < 0.15 and kind in ("text", "whole"):
            key = v.made_up(r)
        elif r.random() < 0.1:
            key = r.choice(["first", "last", "main", "home", "new"]) + "_" + key
    used.add(key)
    if kind == "text":
        return key, kind, text_value(r)
    if kind == "whole":
        return key, kind, r.choice([r.randint(0, 99), r.randint(0, 9999)])
    if kind == "flag":
        return key, kind, r.random() < 0.5
    return key, kind, [v.word(r) for _ in range(r.randint(2, 3))]


PLACE = {"text": ['"string"', '""', '"..."', '"<{k}>"', '"?"', "string", '"text"', "null"],
         "whole": ["0", "number", '"integer"', "null", '"number"', "?", '"<{k}>"'],
         "flag": ["false", "boolean", '"boolean"', "null", "true or false", '"<{k}>"'],
         "list": ["[]", '["string"]', "[...]", '["..."]', "null"]}


def shape(r, fields, style):
    """The empty object, in one of several ways of writing placeholders."""
    parts = []
    for key, kind, value in fields:
        if kind == "object":
            parts.append(f'"{key}": ' + shape(r, value, style))
            continue
        choices = PLACE[kind]
        parts.append(f'"{key}": ' + choices[style % len(choices)].replace("{k}", key))
    if r.random() < 0.1:
        return "{\n  " + ",\n  ".join(parts) + "\n}"
    return "{" + ", ".join(parts) + "}"


def shown(r, value, kind):
    if kind == "flag":
        return r.choice(["true", "yes", "true"]) if value else r.choice(["false", "no", "false"])
    if kind == "list":
        return " and ".join(value) if r.random() < 0.4 and len(value) == 2 else ", ".join(value)
    if kind == "text" and r.random() < 0.25:
        return f'"{value}"'
    return str(value)


def build(fields):
    return {k: build(x) if kind == "object" else x for k, kind, x in fields}


def flat(fields):
    for key, kind, value in fields:
        if kind == "object":
            yield from flat(value)
        else:
            yield key, kind, value


def turn(r, unseen=False):
    used = set()
    fields = [field(r, used) for _ in range(r.choice([1, 2, 2, 3, 3, 3, 4, 5]))]
    nested = r.random() < 0.15
    if nested:
        fields.append((r.choice("address details meta options place".split()), "object",
                       [field(r, used) for _ in range(2)]))
    pairs = list(flat(fields))
    if r.random() < 0.5:
        r.shuffle(pairs)
    how = pick(r, PAIRS, False)
    sep = r.choice([", ", ", ", "; ", "\n", " and "])
    if any(kind == "list" for _, kind, _ in pairs) and sep == ", ":
        sep = "; "
    given = sep.join(how.replace("{k}", k.replace("_", " ") if r.random() < 0.2 else k).replace("{v}", shown(r, x, kind))
                     for k, kind, x in pairs)
    if nested or r.random() < 0.6:
        asked = polite(r, pick(r, GIVE, unseen)).replace("{shape}", shape(r, fields, r.randrange(12)))
    else:
        quote = r.choice(["{}", '"{}"', "`{}`"])
        keys = [quote.format(k) for k, _, _ in fields]
        text = r.choice([", ".join(keys), " and ".join([", ".join(keys[:-1]), keys[-1]]) if len(keys) > 1 else keys[0]])
        asked = polite(r, pick(r, KEYED, unseen)).replace("{keys}", text)
    result = build(fields)
    answer = json.dumps(result, ensure_ascii=False)
    return said("json", asked.replace("{given}", given), answer, {"json": result}, key=answer)
