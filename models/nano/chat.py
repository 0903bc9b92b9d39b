"""The chat layout in plain Python: fast enough for training, and equal to chat_template.jinja."""

import json
from pathlib import Path

TEMPLATE = Path(__file__).with_name("chat_template.jinja")
NO_THOUGHT = "<think>\n\n</think>\n\n"


def tool_lines(tools, dumps):
    head = "Tools on offer, one a line:\n<tools>"
    tail = '\n</tools>\nTo use one, answer with its name and arguments:\n<tool_call>\n{"name": ..., "arguments": {...}}\n</tool_call>'
    return head + "".join("\n" + dumps(t) for t in tools) + tail


def dumps(value):
    return json.dumps(value, ensure_ascii=False)


def answer_text(message, keep_reasoning=True):
    """What the assistant writes for one message, the end mark left out."""
    text = message.get("content") or ""
    calls = [c["function"] for c in message.get("tool_calls", [])]
    blocks = [f'<tool_call>\n{{"name": "{c["name"]}", "arguments": {dumps(c["arguments"])}}}\n</tool_call>' for c in calls]
    text = "\n".join(([text] if text else []) + blocks)
    if keep_reasoning and message.get("reasoning_content"):
        text = f"<think>\n{message['reasoning_content']}\n</think>\n\n{text}"
    return text


def segments(messages, tools=(), thinking=True, tool_dumps=dumps):
    """Pieces of the whole conversation: (text, index of the message it answers, or None)."""
    out = []
    lead = messages[0]["content"] if messages and messages[0]["role"] == "system" else ""
    if lead or tools:
        gap = "\n\n" if lead and tools else ""
        body = lead + gap + (tool_lines(tools, tool_dumps) if tools else "")
        out.append((f"<|im_start|>system\n{body}<|im_end|>\n", None))
    last_user = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=-1)
    for i, m in enumerate(messages):
        if m["role"] == "user":
            out.append((f"<|im_start|>user\n{m['content']}<|im_end|>\n", None))
        elif m["role"] == "tool":
            first = i == 0 or messages[i - 1]["role"] != "tool"
            final = i + 1 == len(messages) or messages[i + 1]["role"] != "tool"
            text = ("<|im_start|>user" if first else "") + f"\n<tool_response>\n{m['content']}\n</tool_response>"
            out.append((text + ("<|im_end|>\n" if final else ""), None))
        elif m["role"] == "assistant":
            block = NO_THOUGHT if not thinking and i + 1 == len(messages) else ""
            out.append(("<|im_start|>assistant\n" + block, None))
            out.append((answer_text(m, i > last_user), i))
            out.append(("<|im_end|>", i))
            out.append(("\n", None))
    return out


def prompt(messages, tools=(), thinking=True):
    """The text before the next answer."""
    text = "".join(t for t, _ in segments(messages, tools))
    return text + "<|im_start|>assistant\n" + ("" if thinking else NO_THOUGHT)
