"""Say exactly this: words, codes, paths, sentences, marks."""

from . import values as v
from .frames import compose, pick, polite, quoted, said

VERBS = """Repeat;Echo;Say;Write;Print;Output;Return;Copy;Reply with;Respond with;Answer with;Send back;Type;
Give back;Give me;State;Reproduce;Quote;Recite;Utter;Parrot;Display;Emit;Spell back;Post;Hand back;Read back;
Write down;Put down;Render;Transcribe""".replace("\n", "").split(";")

OBJECTS = """this;the following;this text;the text below;this line;these words;this exactly;the next line;
exactly this;only this;just this;the following text;this string;the string;what follows;this message;
the following line;my words;this input;the quoted part;the phrase;this and nothing else;word for word;
verbatim;this sequence;the content;this bit""".replace("\n", "").split(";")

TAILS = ["{a} {b}: {v}", "{a} {b}:\n{v}", "{a} {b}:\n\n{v}", "{a} {b} - {v}", "{a} {b}, please: {v}",
         "{a} {b} without any change: {v}", "{a} {b} exactly: {v}", "{a} {b} and add nothing: {v}",
         "{a} {b}, with no other words: {v}", "{a} {b} back to me: {v}", "{a} {b} letter by letter: {v}",
         "{a} {b}, keep every mark: {v}", "{a} {b} once: {v}", "{a} {b} => {v}", "{a} {b}. {v}"]

FRAMES = [
    "Say {q}.", "Say {q} and nothing else.", "Say exactly {q}.", "Repeat {q}.", "Repeat {q} exactly.",
    "Repeat after me: {v}", "Reply with exactly {q}.", "Reply with {q} only.", "Answer only {q}.",
    "Your whole answer must be {q}.", "Write {q}, no more and no less.", "Echo {q} back.", "echo {v}",
    "Just say {q}.", "Print {q} unchanged.", "Return {q} as it is.", "I want you to say {q}.",
    "Copy {q} into your answer and stop.", "The only thing you should write is {q}.",
    "Output the text {q} and then stop.", "Respond with the single line {q}.", "Type {q} for me.",
    "Give me {q} back.", "When you answer, use only {q}.", "Here is a text: {v}\nRepeat it.",
    "Here is a text: {v}\nWrite it again, the same.", "{v}\n\nRepeat the line above.",
    "{v}\n\nCopy the text above exactly.", "Text: {v}\nTask: repeat the text.", "Task: echo the text.\nText: {v}",
    "Input: {v}\nOutput the input.", "Please send back what I send: {v}", "Tell me this, word for word: {v}",
    "Read this and write it out again: {v}", "My text is {q}. Say it.", "Say it back: {v}",
    "Do not explain. Say {q}.", "No comments, only the text {q}.", "Without quotes, write {q}.",
    "Let your reply be {q}.", "Make your reply exactly {q}.", "Nothing but {q}, please.",
    "I say {q}, you say the same.", "Mirror this: {v}", "Say the word {q}.", "Say the code {q}.",
    "Repeat the sentence {q}.", "What I write, you write: {v}", "Use these words as your answer: {v}",
    "Can you say {q}?", "Could you write exactly {q}?", "Would you repeat {q} for me?", "Now say {q}.",
    "Confirm by writing {q}.", "Acknowledge with {q}.", "Finish with the text {q} and only that.",
    "To pass this check, answer {q}.", "Respond {q}.", "Answer: {q}. Nothing more.", "Reply {q}",
]


def value(r):
    """What is to be said."""
    k = r.randrange(13)
    if k < 3:
        return v.case(r, v.sentence(r)) + r.choice(["", ".", "!", "?"])
    if k == 3:
        return v.paragraph(r, 2)
    if k == 4:
        return v.case(r, v.word(r))
    if k == 5:
        return v.case(r, v.phrase(r))
    if k == 6:
        return v.path(r)
    if k == 7:
        return v.noise(r)
    if k == 8:
        return " ".join(r.choice([v.code, v.number, v.made_up, v.noise])(r) for _ in range(r.randint(2, 4)))
    if k == 9:
        return v.code(r)
    if k == 10:
        return v.phrase(r) + r.choice([", ", "; ", ": ", " - ", " / ", "... "]) + v.phrase(r) + r.choice(["!", "?", ".", ""])
    if k == 11:
        return f"{v.word(r)} {r.choice(v.FOREIGN)} {v.word(r)}"
    return r.choice([v.person, v.city, v.date, v.time, v.number])(r)


def request(r, text, unseen):
    """The wording around it."""
    if r.random() < 0.5:
        verb, thing, tail = compose(r, [VERBS, OBJECTS, TAILS], unseen)
        asked = polite(r, tail.replace("{a}", verb).replace("{b}", thing))
    else:
        asked = pick(r, FRAMES, unseen)
        if not asked.startswith("{"):
            asked = polite(r, asked)
    bare = quoted(r, text) if r.random() < 0.25 and "\n" not in text else text
    marked = quoted(r, text)
    if marked == text:
        marked = f'"{text}"' if '"' not in text else text
    return asked.replace("{q}", marked).replace("{v}", bare)


def turn(r, unseen=False):
    text = value(r)
    return said("repeat", request(r, text, unseen), text, key=text)
