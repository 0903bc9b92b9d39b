"""A third helping of wordings, all of them for training: none is ever measured."""

from . import facts, identity, requests, retrieval
from .frames import more
from .wordings import lines

more(facts.ASK, lines("""
Would you tell me the {a} of {e}?
My colleague wants the {a} of {e}.
Please say which {a} {e} has.
Can the text tell me the {a} of {e}?
And the {a} of {e}?
Now the {a} of {e}.
The {a} of {e}, please.
The {a} for {e}?
Check the {a} of {e}.
Check what {a} {e} has.
Get the {a} of {e}.
Get me the {a} for {e}.
Quote the {a} of {e}.
Spell out the {a} of {e}.
Provide the {a} of {e}.
Locate the {a} of {e}.
Mention the {a} of {e}.
Write down the {a} for {e}.
Which is the {a} of {e}?
Which {a} is it for {e}?
What might be the {a} of {e}?
What {a} was given to {e}?
What {a} do we have for {e}?
What do you find as the {a} of {e}?
So {e} has which {a}?
If I ask for the {a} of {e}, what do you answer?
Remind me of the {a} of {e}.
For {e}, give me the {a}.
For {e} I need the {a}.
As for {e}, which {a}?
On {e}: the {a}?
Tell us {e}'s {a}.
Do we know the {a} of {e}? Say it.
One thing only: the {a} of {e}.
{e} - which {a}?
{e}, {a}?
Take the {a} of {e} from the text.
Copy the {a} of {e} from the text.
Reading the text, what is the {a} of {e}?
Please report which {a} belongs to {e}."""))

more(facts.STATE, lines("""
{e} comes with the {a} {v}.
{e} goes by the {a} {v}.
{e}, whose {a} is {v}, is well known.
{e} got {v} for its {a}.
{e} keeps {v} as the {a}.
{e} | {a} | {v}
{e} / {a} / {v}
{e} -> {a} -> {v}
{e}, {a}, {v}.
{e} = {a} {v}
{a}, {e}: {v}
{a} for {e} = {v}
{a} of {e} - {v}
[{e}] {a}: {v}
{e}'s {a} is {v}.
{e}'s {a}: {v}
{v} is what {e} has as {a}.
{v} was chosen as the {a} of {e}.
{v} ({a} of {e})
Today the {a} of {e} is {v}.
Under {a}, {e} has {v}.
Look: the {a} of {e} is {v}.
My notes say that the {a} of {e} is {v}.
The page shows {v} as the {a} of {e}.
You will find that the {a} of {e} is {v}.
The value of {a} for {e} is {v}.
Regarding {e}: the {a} is {v}.
With {e} comes the {a} {v}.
Its {a} makes {e} known: {v}.
Over at {e} they have {v} as {a}.
Then {e} took {v} as its {a}.
There is {e} with the {a} {v}.
A letter names {v} as the {a} of {e}.
Both books have {v} as the {a} for {e}.
Some people call {v} the {a} of {e}.
The sign says {v} for the {a} of {e}.
We all know {v} as the {a} of {e}.
Her file holds {v} under the {a} of {e}.
Somebody entered {v} as {a} for {e}.
The old plan puts {v} as the {a} of {e}.
I see {v} as the {a} at {e}.
An answer came: {v} for the {a} of {e}.
The third row has {v}, the {a} of {e}.
{e} ~ {a} ~ {v}
{e} {a} {v}
{e}; {a}; {v};
{e} ({a}): {v}."""))

more(retrieval.GIVE, lines("""
{d}\\n{q}
{d} {q}
Take this text.\\n\\n{d}\\n\\n{q}
{q}\\n\\n---\\n{d}\\n---
My notes are these:\\n{d}\\nAnd now: {q}
Reference:\\n{d}\\n\\nUser: {q}
Paragraph:\\n\\n{d}\\n\\nAnswer this: {q}
These lines came by mail.\\n{d}\\n\\n{q}
Mind the details.\\n\\n{d}\\n\\n{q}
I paste a text here:\\n\\n{d}\\n\\n{q}
From this text only: {d}\\n\\n{q}
{d}\\n\\nThat was the text. {q}"""))

more(requests.INVENTED, lines("""
{A} the {thing}: {rest}
{A} my {thing}, please, {rest}.
{A} any {thing} {rest}.
{A} this {thing} for me {rest}.
Go and {a} the {thing} {rest}.
Help me {a} the {thing} {rest}.
Let us {a} the {thing} {rest}.
We have to {a} the {thing} {rest}.
We must {a} a {thing} {rest}.
Would you mind to {a} the {thing} {rest}?
Is it possible to {a} the {thing} {rest}?
It is time to {a} the {thing} {rest}.
I ask you to {a} the {thing} {rest}.
I want the tool to {a} the {thing} {rest}.
There is a {thing}; {a} it {rest}.
This {thing}: {a} it {rest}.
That {thing} over there: {a} it {rest}.
About the {thing}: {a} it {rest}.
For the {thing}, {a} it {rest}.
Our {thing} is waiting. {A} it {rest}.
With the tool {name}: {rest}.
By {name}, {rest}.
Through {name}: {rest}.
{name} {rest}
{name}, please, {rest}.
Start {name} {rest}.
Execute {name} {rest}.
Apply {name} {rest}.
You have {name}. Use it {rest}.
A job for {name}: {rest}.
Using {name}, {a} a {thing} {rest}.
Employ {name} to {a} the {thing} {rest}."""))

for kind, text in {
    "WHO": "What should I call you?\nSay your name.\nYour name, please.\nName yourself.\nWho answers me here?\nWho is there?\n"
           "Who do I have here?\nI wonder who you are.\nIs there a name for you?\nAre you an AI?\nAre you alive?",
    "CAN": "How could you be of use?\nWhat are your strengths?\nWhat work can I give you?\nName what you can do.\nYour abilities?\n"
           "What can I ask of you?\nIn which things are you good?",
    "CANNOT": "What are you bad at?\nWhat is too hard for you?\nWhat is beyond you?\nTell me your limits.\nWhere do you fail?\n"
              "Can I trust you?\nDo you make mistakes?\nWhat should I never ask of you?",
    "BETTER": "You are too weak, what else is there?\nHow do I replace you with a better model?\nGet me a better model.\n"
              "What do I type for a better model?\nIs there a stronger model?\nI need something smarter than you.",
    "SIZE": "How big is this model?\nTell me your size.\nIs four million your size?\nAre you a large model?\nYour number of parameters?",
    "HOW": "Is all well?\nAre you ready?\nHow do you feel?\nAre you doing well?",
    "HELLO": "Greetings\nGood evening\nHey there\nHello there\nHi there\nGood day to you",
    "THANKS": "Many thanks.\nThat helps, thanks.\nThank you so much!\nThat was kind.",
    "BYE": "See you later.\nI must go, goodbye.\nUntil next time.\nFarewell!\nThat is it for today, bye.",
    "TASKS": "Debate {n} with me\nInvent a story about {n}\nAdvise me on {n}\nWrite code that sorts {n}\nCompare {n} and {m}\n"
             "What would {p} say about {n}?\nHow far is it to {c}?\nPlan a trip to {c}\nCorrect my {n} program\nReview my {n} code\n"
             "What do people in {c} eat?\nHow heavy is a {n}?\nGive your opinion on {n}",
}.items():
    more(getattr(identity, kind), lines(text))
