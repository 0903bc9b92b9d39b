"""Two steps of whole-number arithmetic, worked digit by digit before the answer."""

from . import values as v
from . import words as w
from .frames import pick, polite, said

BARE = [
    "What is {e}?", "Calculate {e}.", "Compute {e}.", "{e} = ?", "{e}", "Work out {e}.", "How much is {e}?",
    "Solve {e}.", "Evaluate {e}.", "Give me the value of {e}.", "Find {e}.", "What does {e} come to?",
    "Tell me {e}.", "What do you get for {e}?", "I need the result of {e}.", "Do this sum: {e}", "Math: {e}",
    "{e} equals what?", "What number is {e}?", "What is the result of {e}?", "Please calculate: {e}",
    "Can you work out {e}?", "Try this one: {e}", "What's {e}?", "The answer to {e} is?", "Figure out {e}.",
]

SPOKEN = [
    "Start with {a}, {x} {b}, then {y} {c}. What do you have?",
    "Take {a}. {X} {b}. {Y} {c}. What is the result?",
    "Begin at {a}, {x} {b} and then {y} {c}.",
    "I think of {a}. I {x} {b}. Then I {y} {c}. Which number is it now?",
    "First number: {a}. Step one: {x} {b}. Step two: {y} {c}. Final number?",
    "From {a}, {x} {b}; after that {y} {c}. How much is it?",
    "If you take {a}, {x} {b} and {y} {c}, what comes out?",
    "Let n be {a}. {X} {b}, then {y} {c}. What is n now?",
    "A counter shows {a}. {X} {b}. Then {y} {c}. What does it show?",
    "Set the total to {a}, {x} {b}, {y} {c}. What is the total?",
    "With {a} on the screen, {x} {b}, and finally {y} {c}. Give the number on the screen.",
]

MORE = ["buys {n} more", "gets {n} more", "finds {n} more", "adds {n}", "is given {n}", "collects {n} more",
        "receives another {n}", "picks up {n} more", "wins {n}", "makes {n} more"]
LESS = ["gives away {n}", "loses {n}", "sells {n}", "uses {n}", "breaks {n}", "hands {n} to a friend",
        "drops {n}", "throws away {n}", "eats {n}", "leaves {n} behind", "donates {n}"]
GROUPS = ["There are {a} {box} with {b} {things} each", "{p} fills {a} {box} with {b} {things} in each",
          "{p} has {a} {box}, and each holds {b} {things}", "A shop stores {a} {box} of {b} {things}",
          "{p} carries {a} {box}; every one of them contains {b} {things}",
          "{p} buys {a} {box} with {b} {things} apiece", "On the table are {a} {box} of {b} {things} each"]
HAVE = ["{p} has {a} {things}", "{p} owns {a} {things}", "{p} starts the day with {a} {things}",
        "There are {a} {things} in the {box1} of {p}", "{p} begins with {a} {things}", "{p} keeps {a} {things}",
        "In the morning {p} counts {a} {things}", "{p} brought {a} {things}"]
END = ["How many {things} are there now?", "How many {things} are left?", "How many does {p} have at the end?",
       "How many {things} does {p} have now?", "What is the number of {things} now?", "How many in total?",
       "Count the {things}.", "How many {things} remain?", "So how many {things} is that?"]
ONLY = ["Answer with the number only.", "Just the number.", "Only the number, please.",
        "Reply with the number and nothing else.", "Give only the final number.", "Number only.",
        "Your answer should be just a number.", "Write only the number."]
BOXES = "box bag basket crate shelf tray jar drawer pack row".split()
WORDS = {"+": ["add", "plus"], "-": ["subtract", "take away"], "*": ["multiply by", "times"]}


def add(a, b):
    """Columns from the units up, with the carry written out."""
    x, y = str(a)[::-1], str(b)[::-1]
    parts, carry = [], 0
    for i in range(max(len(x), len(y))):
        digits = [int(n[i]) for n in (x, y) if i < len(n)] + ([1] if carry else [])
        total = sum(digits)
        parts.append("+".join(map(str, digits)) + f"={total}")
        carry = total // 10
    return f"{a} + {b}: {', '.join(parts)}, so {a + b}", a + b


def subtract(a, b):
    """Columns from the units up; ten is borrowed where the column is too small."""
    x, y = str(a)[::-1], str(b)[::-1]
    parts, borrow = [], 0
    for i, top in enumerate(x):
        minus = ([int(y[i])] if i < len(y) else []) + ([1] if borrow else [])
        top = int(top)
        borrow = 1 if top < sum(minus) else 0
        shown = top + 10 * borrow
        parts.append("-".join(map(str, [shown] + minus)) + f"={shown - sum(minus)}")
    return f"{a} - {b}: {', '.join(parts)}, so {a - b}", a - b


def multiply(a, b):
    """Many digits by one digit, from the units up; a single-digit left side is swapped over."""
    if b > 9:
        a, b = b, a
    parts, carry = [], 0
    for digit in str(a)[::-1]:
        product = int(digit) * b
        parts.append(f"{digit}*{b}={product}")
        if carry:
            parts.append(f"{product}+{carry}={product + carry}")
        carry = (product + carry) // 10
    return f"{a} * {b}: {', '.join(parts)}, so {a * b}", a * b


STEP = {"+": add, "-": subtract, "*": multiply}


def operands(r):
    """Two operations over small numbers that never go below zero."""
    size = lambda: r.choice([r.randint(1, 9), r.randint(10, 99), r.randint(10, 99), r.randint(100, 499)])
    while True:
        a, b, c = size(), size(), size()
        p, q = r.choice("++--*"), r.choice("++--*")
        if p == "*":
            a, b = r.randint(2, 99), r.randint(2, 9)
        if q == "*":
            c = r.randint(2, 9)
        if p == "-" and b > a:
            a, b = b, a
        first = {"+": a + b, "-": a - b, "*": a * b}[p]
        if q == "*" and first > 99 or q == "-" and c > first:
            continue
        return a, p, b, q, c, first


def expression(r, a, p, b, q, c):
    """The sum in symbols."""
    sign = {"+": "+", "-": "-", "*": r.choice(["*", "*", "×", "x"])}
    gap = r.choice([" ", " ", " ", ""])
    left = f"{a}{gap}{sign[p]}{gap}{b}"
    if q == "*" and p != "*" or r.random() < 0.4:
        left = f"({left})"
    return f"{left}{gap}{sign[q]}{gap}{c}"


def story(r, a, p, b, q, c, unseen):
    """The sum in words, about things in boxes."""
    things, box = r.choice(w.NOUNS) + "s", r.choice(BOXES)
    if p == "*":
        begin = pick(r, GROUPS, unseen)
    else:
        begin = pick(r, HAVE, unseen) + r.choice([" and ", ", then ", ". Then {p} "]) + pick(r, MORE if p == "+" else LESS, unseen).replace("{n}", "{b}")
    middle = r.choice([". {p} then ", ". Then {p} ", ", and {p} ", ". Later {p} "]) + pick(r, MORE if q == "+" else LESS, unseen).replace("{n}", "{c}")
    end = pick(r, END, unseen)
    boxes = {"box": "boxes", "shelf": "shelves"}.get(box, box + "s")
    return (begin + middle + ". " + end).format(a=a, b=b, c=c, p=v.first(r), things=things, box=boxes, box1=box)


def question(r, a, p, b, q, c, unseen):
    kind = r.random()
    if kind < 0.4 and q != "*":
        return story(r, a, p, b, q, c, unseen)
    if kind < 0.6:
        x, y = r.choice(WORDS[p][:1]), r.choice(WORDS[q][:1])
        frame = pick(r, SPOKEN, unseen)
        return frame.format(a=a, b=b, c=c, x=x, y=y, X=x.capitalize(), Y=y.capitalize())
    return polite(r, pick(r, BARE, unseen)).replace("{e}", expression(r, a, p, b, q, c))


def turn(r, unseen=False, thinking=True):
    if r.random() < 0.2 and not unseen:
        return short(r, thinking)
    a, p, b, q, c, middle = operands(r)
    asked = question(r, a, p, b, q, c, unseen)
    one, first = STEP[p](a, b)
    two, result = STEP[q](first, c)
    return finish(r, asked, f"{one}\n{two}", result, f"{a}{p}{b}{q}{c}", thinking)


def short(r, thinking):
    """One step only: the same columns, learnt sooner."""
    a, p, b, *_ = operands(r)
    sign = {"*": "×"}.get(p, p) if r.random() < 0.3 else p
    one, result = STEP[p](a, b)
    asked = polite(r, pick(r, BARE, False)).replace("{e}", f"{a} {sign} {b}")
    return finish(r, asked, one, result, f"{a}{p}{b}", thinking)


def finish(r, asked, steps, result, key, thinking):
    plain = r.random() < 0.2
    if plain:
        asked += (" " if asked[-1] in ".?!" else ". ") + r.choice(ONLY)
    answer = str(result) if plain else f"The answer is {result}."
    if thinking:
        return said("arithmetic", asked, answer, key=key, think=steps)
    if not plain:
        answer = f"{steps}\n{answer}"
    return said("arithmetic", asked, answer, {"contains": str(result)}, key)
