"""System texts: none, a name, a role, rules, or long ones that do not matter."""

from . import values as v
from . import words as w

ROLES = """assistant;reviewer;architect;helper;planner;tester;editor;teacher;librarian;secretary;analyst;operator;
researcher;writer;translator;support agent;release manager;security reviewer;project manager;tutor;clerk;guide;
software engineer;technical writer;quality checker;note taker;data assistant;system administrator;critic;
summariser;research assistant;coding assistant""".replace("\n", "").split(";")

OPENERS = ["You are {r}.", "You are {r} in a small team.", "Act as {r}.", "You work as {r}.", "Your role is {r}.",
           "You are {r} for {n}.", "Take the part of {r}.", "You are {x}, {r}.", "Be {r}.", "You are {r} called {x}."]

RULES = """Be brief.;Answer shortly.;Be kind and clear.;Use plain words.;Do what the user asks.;Be precise.;
Keep answers short.;Do not add comments.;Stay on the topic.;Follow the instructions of the user exactly.;
Never invent facts.;Check your work before you answer.;Write in English.;Be friendly.;Use the tools when they help.;
Prefer simple solutions.;Explain only when asked.;Give one answer at a time.;You read code and look for mistakes.;
You think about structure before details.;You care about tests.;You look for risks and name them.;
When you are unsure, say so.;The user is an expert.;The user is a beginner.;Treat every request with care.;
Do not use lists.;Do not use headings.;Your answers go to a terminal.;Work step by step.;You value clarity.;
Finish what you start.;Name the file you talk about.;Quote the text you refer to.;Keep a calm tone.;
You are part of a larger workflow.;Other agents read your answer.;Use the metric system.;Time is short.;
Do not guess.;Ask no questions back.;Answer the question and stop.;You help people with daily tasks.;
You can read and write files in the workspace.;Today is {d}.;The workspace is {p}.;The user is {n}.;
The project is called {x}.;The office is in {c}.""".replace("\n", "").split(";")

SELF = ["You are aldo-nano.", "You are aldo-nano, a tiny model.", "You are aldo-nano, the built-in model of aldo.",
        "You are a helpful assistant.", "You are an agent run by aldo.", "You are the hello agent of aldo."]


def fill(r, text):
    role = r.choice(ROLES)
    article = "an " if role[0] in "aeiou" else "a "
    return (text.replace("{r}", article + role).replace("{n}", v.person(r)).replace("{x}", v.proper(r))
            .replace("{d}", v.date(r)).replace("{p}", v.folder(r)).replace("{c}", v.city(r)))


def system(r, long=0.1):
    """Sentences of a system text; often none."""
    k = r.random()
    if k < 0.4:
        return []
    lines = [r.choice(SELF)] if k < 0.6 else [fill(r, r.choice(OPENERS))]
    lines += [fill(r, x) for x in r.sample(RULES, r.choice([0, 0, 1, 2, 3, 4]))]
    if r.random() < long:
        lines += [v.sentence(r) + "." for _ in range(r.randint(2, 10))]
        lines += [fill(r, x) for x in r.sample(RULES, r.randint(2, 6))]
    if r.random() < 0.05:
        r.shuffle(lines)
    return lines
