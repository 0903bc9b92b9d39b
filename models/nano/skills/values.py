"""Values: the open vocabulary every skill draws its names, codes, words and sentences from."""

import string

from . import words as w

CODE = string.ascii_uppercase + string.digits
MIXED = string.ascii_letters + string.digits
MARKS = "!\"#$%&'()*+,-./:;=?@[]^_{|}~"
FOREIGN = ["café", "naïve", "Zürich", "señor", "smörgås", "über", "garçon", "→", "•", "€", "°", "ø", "é", "ß", "…"]


def made_up(r, low=2, high=4):
    """A word that does not exist."""
    return "".join(r.choice(w.SYLLABLES) for _ in range(r.randint(low, high)))


def word(r):
    k = r.random()
    if k < 0.4:
        return r.choice(w.NOUNS)
    if k < 0.55:
        return r.choice(w.ADJECTIVES)
    if k < 0.65:
        return r.choice(w.VERBS)
    return made_up(r)


def proper(r):
    """A made-up proper name."""
    return made_up(r).capitalize()


def first(r):
    return r.choice(w.FIRST) if r.random() < 0.7 else proper(r)


def person(r):
    name = first(r)
    if r.random() < 0.4:
        name += " " + (r.choice(w.LAST) if r.random() < 0.7 else proper(r))
    return name


def city(r):
    return r.choice(w.CITIES) if r.random() < 0.6 else proper(r)


def number(r):
    return str(r.choice([r.randint(0, 9), r.randint(10, 99), r.randint(100, 999), r.randint(1000, 99999)]))


def code(r):
    """An identifier such as QX-4471 or 9f3Kd2."""
    k = r.randrange(7)
    pick = lambda abc, n: "".join(r.choice(abc) for _ in range(n))
    if k == 0:
        return pick(string.ascii_uppercase, r.randint(2, 3)) + "-" + pick(string.digits, r.randint(2, 5))
    if k == 1:
        return pick(MIXED, r.randint(5, 9))
    if k == 2:
        return pick(CODE, 4) + "-" + pick(CODE, 4)
    if k == 3:
        return pick(string.digits, r.randint(4, 6))
    if k == 4:
        return word(r) + "-" + word(r) + "-" + pick(string.digits, 2)
    if k == 5:
        return made_up(r) + pick(string.digits, r.randint(1, 4))
    return pick("0123456789abcdef", r.randint(6, 8))


def noise(r):
    """A string with marks in it."""
    return "".join(r.choice(MIXED + MARKS) for _ in range(r.randint(4, 10)))


def filename(r):
    stem = word(r)
    if r.random() < 0.3:
        stem += r.choice("_-") + word(r)
    return stem + "." + r.choice(w.EXTENSIONS)


def path(r):
    parts = [r.choice(w.FOLDERS) if r.random() < 0.6 else word(r) for _ in range(r.randint(0, 2))]
    lead = r.choice(["", "", "", "/", "./"])
    return lead + "/".join(parts + [filename(r)])


def folder(r):
    parts = [r.choice(w.FOLDERS) if r.random() < 0.6 else word(r) for _ in range(r.randint(1, 2))]
    return r.choice(["", "", "/", "./"]) + "/".join(parts)


def time(r):
    return f"{r.randint(0, 23):02d}:{r.choice([0, 5, 10, 15, 20, 30, 40, 45, 50]):02d}"


def date(r):
    if r.random() < 0.5:
        return f"{r.randint(1, 28)} {r.choice(w.MONTHS)}"
    return f"20{r.randint(10, 39)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"


def noun_phrase(r):
    noun = r.choice(w.NOUNS) if r.random() < 0.85 else made_up(r)
    return (r.choice(w.ADJECTIVES) + " " if r.random() < 0.6 else "") + noun


def sentence(r):
    """A plain sentence about nothing."""
    k = r.randrange(9)
    if k == 0:
        s = f"the {noun_phrase(r)} {r.choice(w.VERBS)} the {noun_phrase(r)}"
    elif k == 1:
        s = f"{first(r)} {r.choice(w.VERBS)} a {noun_phrase(r)} near the {r.choice(w.NOUNS)}"
    elif k == 2:
        s = f"{r.choice(w.ADVERBS)} {first(r)} and {first(r)} {r.choice(w.VERBS)} to {city(r)}"
    elif k == 3:
        s = f"the {r.choice(w.JOBS)} from {city(r)} {r.choice(w.VERBS)} {number(r)} {r.choice(w.NOUNS)}s"
    elif k == 4:
        s = f"on {r.choice(w.WEEKDAYS)} the {r.choice(w.ANIMALS)} was {r.choice(w.ADJECTIVES)} and {r.choice(w.ADJECTIVES)}"
    elif k == 5:
        s = f"there is a {noun_phrase(r)} behind the {noun_phrase(r)}"
    elif k == 6:
        s = f"we {r.choice(w.VERBS)} {r.choice(w.FOODS)} with {first(r)} at {time(r)}"
    elif k == 7:
        s = f"my {r.choice(w.NOUNS)} is {r.choice(w.ADJECTIVES)}, but the {r.choice(w.NOUNS)} is {r.choice(w.ADJECTIVES)}"
    else:
        s = f"nobody {r.choice(w.VERBS)} the {r.choice(w.NOUNS)} {r.choice(w.ADVERBS)}"
    return s[0].upper() + s[1:]


def phrase(r):
    """Two to five loose words."""
    return " ".join(word(r) for _ in range(r.randint(2, 5)))


def paragraph(r, count):
    return " ".join(sentence(r) + r.choice([".", ".", ".", "!", "?"]) for _ in range(count))


def case(r, text):
    """The same text in some letter case."""
    k = r.random()
    if k < 0.12:
        return text.upper()
    if k < 0.2:
        return text.title()
    return text


def capital(text):
    return text[0].upper() + text[1:]
