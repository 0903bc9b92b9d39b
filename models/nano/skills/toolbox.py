"""Tools on offer: the usual ones of an agent, and made-up ones with made-up arguments."""

from . import values as v
from . import words as w

# name, description, [(argument, type, description)], optional arguments
KNOWN = {
    "fs.read": (["Read a text file", "Returns the content of a file", "Reads a file from the workspace"],
                [("path", "string", ["Path of the file", "File to read", "Where the file is"])],
                [("limit", "integer", "Most lines to return"), ("offset", "integer", "First line")]),
    "fs.write": (["Write a text file", "Creates or replaces a file", "Writes text to a file in the workspace"],
                 [("path", "string", ["Path of the file", "File to write"]),
                  ("content", "string", ["The text to write", "New content", "What the file shall hold"])],
                 [("append", "boolean", "Add to the end")]),
    "fs.list": (["List a folder", "Lists the files of a folder", "Names of the files in a folder"],
                [("path", "string", ["Folder to list", "Path of the folder"])], [("depth", "integer", "How deep")]),
    "fs.search": (["Search text in files", "Finds lines that contain a text"],
                  [("query", "string", ["Text to look for"])], [("path", "string", "Folder to search")]),
    "git.status": (["Show the state of the repository", "Which files changed", "Status of the working tree"], [], []),
    "git.log": (["Show the last commits", "History of the repository"],
                [("count", "integer", ["How many commits", "Number of commits"])], []),
    "memory.read": (["Read a remembered value", "Recalls what was stored under a key"],
                    [("key", "string", ["Key of the value", "Name of the memory"])], []),
    "memory.write": (["Remember a value", "Stores a value under a key"],
                     [("key", "string", ["Key"]), ("value", "string", ["What to remember"])], []),
    "shell.exec": (["Run a shell command", "Runs a command and returns its output"],
                   [("command", "string", ["Command line", "The command to run"])],
                   [("timeout", "integer", "Seconds to wait")]),
    "get_weather": (["Current weather of a city", "Get the weather", "Weather at a place"],
                    [("city", "string", ["Name of the city", "City"])], [("unit", "string", "celsius or fahrenheit")]),
    "get_time": (["Current time in a city", "Tells the time at a place"], [("city", "string", ["City"])], []),
    "web.fetch": (["Fetch a web page", "Downloads a page"], [("url", "string", ["Address of the page"])], []),
    "send_email": (["Send an e-mail", "Sends a message by e-mail"],
                   [("to", "string", ["Who receives it", "Receiver"]), ("subject", "string", ["Subject line"])], []),
    "calculator": (["Calculate an expression"], [("expression", "string", ["What to calculate"])], []),
}

# What a made-up tool does: the verb in its name, the same in its description, and in requests.
ACTIONS = {
    "book": ["Book", "Reserve"], "order": ["Order", "Get"], "rename": ["Rename"], "start": ["Start", "Launch", "Switch on"],
    "stop": ["Stop", "Halt", "Switch off"], "schedule": ["Schedule", "Plan"], "find": ["Find", "Look for", "Search for"],
    "lookup": ["Look up", "Check"], "delete": ["Delete", "Remove", "Erase"], "create": ["Create", "Make", "Add"],
    "track": ["Track", "Follow"], "lock": ["Lock", "Seal"], "open": ["Open", "Unlock"], "paint": ["Paint", "Colour"],
    "send": ["Send", "Ship"], "count": ["Count"], "update": ["Update", "Change"], "cancel": ["Cancel", "Call off"],
    "measure": ["Measure"], "repair": ["Repair", "Fix"], "move": ["Move", "Shift"], "sell": ["Sell"], "rent": ["Rent"],
    "inspect": ["Inspect", "Examine"], "clean": ["Clean", "Wash"], "print": ["Print"], "archive": ["Archive", "Put away"],
    "assign": ["Assign", "Give out"], "translate": ["Translate"], "play": ["Play"], "scan": ["Scan"], "share": ["Share"],
}

# name: type, how values are drawn, description, how a request says it
ARGUMENTS = {
    "city": ("string", v.city, "Name of the city", ["in {v}", "for {v}", "with city {v}", "in the city of {v}"]),
    "name": ("string", v.proper, "Name", ["called {v}", "named {v}", "with the name {v}", "by the name of {v}"]),
    "person": ("string", v.person, "Who it is for", ["for {v}", "on behalf of {v}", "with person {v}", "for the person {v}"]),
    "colour": ("string", lambda r: r.choice(w.COLOURS), "Colour", ["in {v}", "in the colour {v}", "with colour {v}"]),
    "count": ("integer", lambda r: r.randint(1, 99), "How many", ["{v} times", "with count {v}", "with a count of {v}"]),
    "size": ("integer", lambda r: r.randint(1, 999), "Size", ["of size {v}", "with size {v}", "size {v}"]),
    "id": ("string", v.code, "Identifier", ["with id {v}", "with the id {v}", "number {v}", "{v}"]),
    "date": ("string", v.date, "Day", ["on {v}", "for {v}", "with date {v}", "dated {v}"]),
    "time": ("string", v.time, "Time of day", ["at {v}", "for {v}", "with time {v}"]),
    "label": ("string", v.word, "Label", ["labelled {v}", "with label {v}", "with the label {v}"]),
    "urgent": ("boolean", lambda r: True, "Whether it is urgent", ["urgently", "with urgent on", "and mark it urgent"]),
    "public": ("boolean", lambda r: r.random() < 0.5, "Whether all may see it", ["with public {v}", "(public: {v})"]),
    "minutes": ("integer", lambda r: r.randint(1, 180), "Minutes", ["for {v} minutes", "with minutes {v}", "lasting {v} minutes"]),
    "path": ("string", v.path, "Path of the file", ["at {v}", "with path {v}", "using the file {v}", "from {v}"]),
    "note": ("string", v.phrase, "A remark", ["with the note {q}", "noting {q}", "and the remark {q}"]),
    "room": ("integer", lambda r: r.randint(1, 500), "Room number", ["in room {v}", "for room {v}", "with room {v}"]),
    "level": ("integer", lambda r: r.randint(0, 10), "Level", ["at level {v}", "with level {v}", "on level {v}"]),
    "title": ("string", lambda r: v.capital(v.phrase(r)), "Title", ["titled {q}", "with the title {q}"]),
}


def invent(r):
    """A made-up tool: its schema parts and what a request needs to know about it."""
    action = r.choice(list(ACTIONS))
    thing = r.choice(w.NOUNS) if r.random() < 0.8 else v.made_up(r)
    style = r.randrange(6)
    name = {0: f"{action}_{thing}", 1: f"{thing}.{action}", 2: f"{action}{thing.capitalize()}", 3: f"{action}-{thing}",
            4: f"{thing}_{action}", 5: f"{action}_{thing}"}[style]
    if r.random() < 0.08:
        name = v.made_up(r) + r.choice(["", "_", "."]) + v.made_up(r)
    keys = r.sample(list(ARGUMENTS), r.choice([1, 1, 2, 2, 3]))
    text = r.choice([f"{ACTIONS[action][0]} a {thing}", f"{ACTIONS[action][0]}s a {thing}", f"Use it to {action} the {thing}",
                     f"{r.choice(ACTIONS[action])} the {thing}"])
    arguments = [(k, ARGUMENTS[k][0], ARGUMENTS[k][2]) for k in keys]
    return {"name": name, "text": text, "arguments": arguments, "optional": [], "action": action, "thing": thing}


def known(r, name):
    texts, arguments, optional = KNOWN[name]
    arguments = [(k, kind, r.choice(text)) for k, kind, text in arguments]
    extra = [x for x in optional if r.random() < 0.3]
    return {"name": name, "text": r.choice(texts), "arguments": arguments, "optional": extra}


def schema(r, tool):
    """The tool in the OpenAI form; writers differ in what they add, so this does too."""
    properties = {}
    bare = r.random() < 0.15
    for key, kind, text in tool["arguments"] + tool["optional"]:
        properties[key] = {"type": kind} if bare else {"type": kind, "description": text}
    parameters = {"type": "object", "properties": properties}
    required = [k for k, _, _ in tool["arguments"]]
    if required or r.random() < 0.3:
        parameters["required"] = required
    if r.random() < 0.15:
        parameters["additionalProperties"] = False
    text = tool["text"] + r.choice([".", ""])
    return {"type": "function", "function": {"name": tool["name"], "description": text, "parameters": parameters}}
