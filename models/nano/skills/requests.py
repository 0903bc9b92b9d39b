"""What users ask of each tool, what the tool gives back, and what is said about it."""

import json

from . import facts as f
from . import toolbox as t
from . import values as v
from . import words as w
from .frames import pick, polite, quoted

ASK = {
    "fs.list": ["What is in {path}?", "List {path}.", "List the files in {path}.", "Which files are in {path}?",
                "Show me the folder {path}.", "What does the folder {path} hold?", "ls {path}", "Look into {path}.",
                "Give me the files of {path}.", "Name everything in {path}.", "Show the content of the folder {path}."],
    "fs.search": ["Search for {query}.", "Find {query} in the files.", "Where does {query} occur?", "grep {query}",
                  "Which file contains {query}?", "Look for the text {query}.", "Search the files for {query}."],
    "git.status": ["What is the state of the repository?", "Show the git status.", "git status", "Which files changed?",
                   "Is the working tree clean?", "Are there changes to commit?", "Check the repository.",
                   "Did anything change in the repository?", "Run git status.", "What changed since the last commit?"],
    "git.log": ["Show the last {count} commits.", "What are the latest {count} commits?", "git log, {count} entries",
                "List {count} commits.", "Give me the history, {count} commits.", "Show {count} entries of the log."],
    "memory.read": ["What do you remember about {key}?", "Recall {key}.", "Read the memory {key}.", "What is stored under {key}?",
                    "Look {key} up in your memory.", "Get {key} from memory.", "Do you remember {key}?"],
    "memory.write": ["Remember that {key} is {value}.", "Store {value} under {key}.", "Save {value} in memory as {key}.",
                     "Keep {value} in mind under the key {key}.", "Memorise {key} = {value}.", "Note for later: {key} is {value}."],
    "shell.exec": ["Run {command}.", "Execute {command}.", "Run the command {command}.", "In the shell, run {command}.",
                   "Start {command} in a shell.", "What does {command} print?", "Please execute the command {command}.",
                   "Use the shell to run {command}.", "Type {command} into the shell."],
    "get_weather": ["What is the weather in {city}?", "How is the weather in {city}?", "Weather for {city}?",
                    "Is it raining in {city}?", "Tell me the weather in {city}.", "Do I need a coat in {city}?",
                    "Check the weather in {city}.", "How warm is it in {city}?", "Will I need an umbrella in {city}?",
                    "I travel to {city}. How is the weather there?"],
    "get_time": ["What time is it in {city}?", "Tell me the time in {city}.", "How late is it in {city}?",
                 "Current time in {city}?", "Time in {city}, please.", "Which time do they have in {city}?"],
    "web.fetch": ["Fetch {url}.", "Download {url}.", "What is on {url}?", "Open the page {url}.", "Get me {url}.",
                  "Load the page at {url}.", "Show me what {url} says."],
    "send_email": ["Send an e-mail to {to} about {subject}.", "Write to {to} with the subject {subject}.",
                   "Mail {to}, subject {subject}.", "E-mail {to} on the subject {subject}.",
                   "Tell {to} by e-mail about {subject}."],
    "calculator": ["Use the calculator for {expression}.", "Calculate {expression} with the tool.",
                   "Let the calculator do {expression}.", "Give {expression} to the calculator."],
    "fs.write": ["Write {content} to {path}.", "Save {content} in {path}.", "Create the file {path} with the text {content}.",
                 "Put {content} into {path}.", "Make a file {path} that says {content}.", "Store the text {content} in {path}.",
                 "Write a file named {path} containing {content}.", "Create {path} with the content {content}.",
                 "In {path}, write {content}.", "Set the content of {path} to {content}.", "I want {content} in {path}.",
                 "Save this to {path}: {content}", "Write this into {path}: {content}"],
}
SHOW = ["Show me {path}.", "What is in {path}?", "Read {path}.", "Read the file {path}.", "What does {path} say?",
        "Open {path}.", "Print the file {path}.", "cat {path}", "Tell me what {path} contains.", "Display {path}.",
        "Give me the content of {path}.", "Read {path} and tell me what it says.", "Load {path}.", "What does the file {path} hold?"]
READ_ASK = ["Read {path}. {q}", "Read the file {path} and answer: {q}", "{q} It is in {path}.", "{q} Look in {path}.",
            "According to {path}, {l}", "Look at {path}. {q}", "In {path}: {q}", "{q} See the file {path}.",
            "Open {path} and tell me: {q}", "Use {path} to answer this: {q}", "Check {path}. {q}", "{q} The file is {path}.",
            "The answer is in {path}. {q}", "Read {path}, then answer. {q}"]
INVENTED = ["{A} the {thing} {rest}.", "{A} a {thing} {rest}.", "I want you to {a} the {thing} {rest}.",
            "{A} my {thing} {rest}.", "I need to {a} a {thing} {rest}.", "Can you {a} the {thing} {rest}?",
            "Please {a} the {thing} {rest}.", "Use {name} {rest}.", "Call {name} {rest}.", "{A} {thing} {rest}",
            "It is time to {a} the {thing} {rest}.", "Help me {a} the {thing} {rest}.", "Go and {a} a {thing} {rest}.",
            "We should {a} the {thing} {rest}.", "Would you {a} one {thing} {rest}?", "Let us {a} the {thing} {rest}.",
            "Run {name} {rest}.", "With {name}, {a} the {thing} {rest}.", "My {thing}: {a} it {rest}."]
ERRORS = ["no such file", "permission denied", "not found", "timed out", "connection refused", "the disk is full",
          "access denied", "invalid argument", "service unavailable", "quota exceeded", "not allowed", "is a folder"]
SKY = "sunny cloudy rainy windy foggy clear snowy stormy".split()


def command(r):
    return r.choice([f"ls {v.folder(r)}", f"cat {v.path(r)}", "date", "pwd", "whoami", f"echo {v.word(r)}", "make test",
                     f"wc -l {v.path(r)}", f"rm {v.path(r)}", f"mkdir {v.folder(r)}", f"{v.made_up(r)} --{v.word(r)}",
                     f"python {v.word(r)}.py", f"grep {v.word(r)} {v.path(r)}", "cargo test", f"touch {v.path(r)}"])


DRAW = {
    "path": v.path, "query": lambda r: r.choice([v.word, v.code, v.phrase])(r), "count": lambda r: r.randint(1, 50),
    "key": lambda r: r.choice([v.word, v.made_up, v.code])(r), "value": lambda r: r.choice([v.word, v.code, v.person, v.phrase])(r),
    "command": command, "city": v.city, "url": lambda r: f"https://{v.made_up(r)}.{r.choice(['org', 'com', 'net', 'dev'])}/{v.word(r)}",
    "to": lambda r: f"{v.made_up(r)}@{v.made_up(r)}.org" if r.random() < 0.7 else v.first(r),
    "subject": lambda r: r.choice([v.phrase, v.noun_phrase])(r), "expression": lambda r: f"{r.randint(2, 999)} {r.choice('+-*/')} {r.randint(2, 99)}",
    "content": lambda r: r.choice([v.sentence, v.phrase, v.word, v.code, lambda q: v.sentence(q) + "."])(r),
}


def error(r):
    """A failed call: what the tool returns, and what is told."""
    text = r.choice(ERRORS) + (f": {v.path(r)}" if r.random() < 0.4 else "")
    raw = r.choice(["error: {}", "Error: {}", '{{"error": "{}"}}', "ERROR {}", "failed: {}"]).format(text)
    return raw, f"The tool failed: {text}"


def object_result(r, pairs):
    """A JSON result and the sentence about it."""
    raw = json.dumps(dict(pairs), ensure_ascii=False, separators=r.choice([(", ", ": "), (",", ":")]))
    told = ", ".join(f"{k} {json.dumps(x) if isinstance(x, bool) else x}" for k, x in pairs)
    return raw, f"The result: {told}"


def result(r, name, arguments):
    """What a tool returns, and the answer that follows."""
    if r.random() < 0.12:
        return error(r)
    if name == "fs.write":
        return r.choice(["ok", "done", "wrote {n} bytes", '{{"written": {n}}}', "saved"]).format(n=r.randint(3, 200)), \
            f"Done: {arguments['path']} is written."
    if name == "memory.write":
        return r.choice(["ok", "stored", "done"]), f"Done: {arguments['key']} is stored."
    if name == "fs.list":
        files = [v.filename(r) for _ in range(r.randint(1, 5))]
        raw = r.choice(["\n".join(files), json.dumps(files), ", ".join(files)])
        return raw, "The files are: " + ", ".join(files)
    if name == "get_weather":
        pairs = [("temperature", r.randint(-15, 38)), ("sky", r.choice(SKY))]
        if r.random() < 0.4:
            pairs.insert(r.randint(0, 2), r.choice([("wind", r.randint(1, 90)), ("humidity", r.randint(10, 99))]))
        if r.random() < 0.6:
            return object_result(r, pairs)
    if name == "get_time":
        return (lambda x: (x, f"The result: {x}"))(v.time(r))
    if r.random() < 0.35:
        keys = r.sample("state total id name count owner level price code place".split(), r.randint(1, 3))
        return object_result(r, [(k, r.choice([v.word, v.code, lambda q: q.randint(1, 999), v.proper])(r)) for k in keys])
    raw = r.choice([v.sentence, v.phrase, v.code, v.sentence, lambda q: v.sentence(q) + "."])(r)
    return raw, f"The result: {raw}"


def for_known(r, tool, unseen):
    """(request, arguments) for one of the usual tools."""
    arguments = {k: DRAW["path" if k == "path" else k](r) for k, _, _ in tool["arguments"]}
    if tool["name"] == "fs.list":
        arguments["path"] = v.folder(r)
    asked = polite(r, pick(r, ASK[tool["name"]], unseen))
    for k, x in arguments.items():
        shown = str(x)
        if k in ("content", "value", "subject", "command", "query", "expression"):
            shown = quoted(r, shown) if r.random() < 0.6 else (shown if k != "content" else f'"{shown}"')
        elif r.random() < 0.15:
            shown = quoted(r, shown)
        asked = asked.replace("{" + k + "}", shown)
    return asked, arguments


def for_invented(r, tool, unseen):
    """(request, arguments) for a made-up tool."""
    arguments, rest = {}, []
    for key, kind, _ in tool["arguments"]:
        _, draw, _, says = t.ARGUMENTS[key]
        value = arguments[key] = draw(r)
        shown = {True: "true", False: "false"}[value] if kind == "boolean" else str(value)
        rest.append(r.choice(says).replace("{v}", shown).replace("{q}", f'"{shown}"'))
    if r.random() < 0.3:
        r.shuffle(rest)
    word = r.choice(t.ACTIONS[tool["action"]])
    frame = pick(r, INVENTED, unseen)
    asked = frame.replace("{A}", word).replace("{a}", word.lower()).replace("{thing}", tool["thing"])
    return asked.replace("{name}", tool["name"]).replace("{rest}", r.choice([" ", ", ", " "]).join(rest) if len(rest) > 1 else rest[0]), arguments
