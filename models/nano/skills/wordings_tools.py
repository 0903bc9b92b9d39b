"""More wordings for requests to tools, all of them for training: none is ever measured."""

from . import requests
from .frames import more
from .wordings import lines

for kind, text in {
    "fs.list": "Show {path}.\nWhat files do we have in {path}?\nPlease list the folder {path}.\nTell me which files {path} has.\n"
               "dir {path}\nWhat lies in {path}?\nContents of {path}?\nEnumerate {path}.\nSee what is in the folder {path}.",
    "fs.search": "Find the text {query}.\nIs {query} anywhere in the files?\nLocate {query}.\nSearch for the string {query}.\n"
                 "Which files mention {query}?\nDo a search for {query}.",
    "git.status": "What is the git state?\nState of the working tree?\nShow me what changed.\nAre there uncommitted files?\n"
                  "Tell me the status of the repository.\nHow does the repository look?\nWhat did I change?",
    "git.log": "Print the last {count} commits.\nWhat happened in the last {count} commits?\nGive {count} log entries.\n"
               "I want to see {count} commits.\nRead the git log, last {count}.",
    "memory.read": "Tell me what you stored for {key}.\nLook up the memory called {key}.\nWhat did I tell you about {key}?\n"
                   "Read {key} from memory.\nFetch the remembered value of {key}.\nWhat was {key} again? Check your memory.",
    "memory.write": "Please remember {key}: {value}.\nRemember {value} as {key}.\nPut {value} under {key} in your memory.\n"
                    "Do not forget: {key} is {value}.\nStore this: {key} is {value}.\nLet {key} be {value}, remember that.",
    "shell.exec": "Please run {command}.\nCan you run {command}?\nExecute the command {command} for me.\nDo {command} in the shell.\n"
                  "Try {command}.\n$ {command}\nLaunch {command}.\nI want you to run {command}.\nOpen a shell and run {command}.",
    "get_weather": "What's the weather like in {city}?\nWeather in {city}\nIs it sunny in {city}?\nHow cold is it in {city}?\n"
                   "What is it like outside in {city}?\nGive me the weather for {city}.\nTemperature in {city}?\n"
                   "Could you look up the weather in {city}?\nForecast for {city}, please.\nWhat weather does {city} have?",
    "get_time": "What's the time in {city}?\nClock in {city}?\nGive me the time in {city}.\nWhat hour is it in {city}?\n"
                "Is it late in {city}?\nLocal time in {city}?",
    "web.fetch": "Read the page {url}.\nRetrieve {url}.\nWhat does {url} contain?\nGo to {url}.\nGet the page {url}.\nVisit {url}.",
    "send_email": "Send {to} an e-mail with the subject {subject}.\nE-mail to {to}: {subject}.\nCompose a mail to {to}, subject {subject}.\n"
                  "Drop {to} a mail about {subject}.",
    "calculator": "Work out {expression} using the calculator.\nRun {expression} through the calculator.\nCalculator: {expression}",
    "fs.write": "Write the text {content} into the file {path}.\nAdd a file {path} with {content}.\nMake {path} contain {content}.\n"
                "Please write {content} into {path}.\nCreate a new file {path}: {content}\nFile {path} should say {content}.\n"
                "Write to {path} the following: {content}\nSave the text {content} as {path}.\nOverwrite {path} with {content}.\n"
                "Produce a file {path} holding {content}.\nNew file {path}, content {content}.",
}.items():
    more(requests.ASK[kind], lines(text))

more(requests.SHOW, lines("""
Show the file {path}.
What's in {path}?
What is written in {path}?
Please read {path}.
Read out {path}.
Tell me what is in the file {path}.
Let me see {path}.
View {path}.
Get the content of {path}.
Fetch {path} and show it.
I want to see the file {path}.
Type out {path}.
What text is in {path}?
Can you open {path}?
Could you read {path} to me?
Contents of the file {path}, please."""))

more(requests.READ_ASK, lines("""
{q} You find it in {path}.
The file {path} knows: {q}
Have a look at {path}. {q}
Please read {path}. {q}
From {path}: {q}
{q} (file: {path})
Using the file {path}, answer this. {q}
Load {path}. {q}
{q} Read {path} for it.
I wonder: {q} It should be in {path}.
Find it in {path}. {q}
Consult {path}. {q}
View {path} and say: {q}
Based on {path}, {l}
{path} has the answer. {q}
Take {path} and answer: {q}"""))

more(requests.INVENTED, lines("""
{A} that {thing} {rest}.
{A} our {thing} {rest}.
{A} one {thing} {rest}.
{A} a new {thing} {rest}.
{A} the {thing}, {rest}.
I would like to {a} a {thing} {rest}.
I'd like you to {a} the {thing} {rest}.
Could you {a} a {thing} {rest}?
Can we {a} the {thing} {rest}?
Do me a favour and {a} the {thing} {rest}.
Now {a} the {thing} {rest}.
Next, {a} a {thing} {rest}.
The {thing}: please {a} it {rest}.
You should {a} the {thing} {rest}.
Your job: {a} the {thing} {rest}.
Task: {a} a {thing} {rest}.
Make use of {name} {rest}.
Use the tool {name} {rest}.
Try {name} {rest}.
Invoke {name} {rest}.
I have a {thing}. {A} it {rest}.
Somebody has to {a} the {thing} {rest}.
{A} {thing}, {rest}
Try to {a} the {thing} {rest}."""))
