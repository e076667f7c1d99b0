"""Names in C, made from names on the wire."""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int "
    "long register restrict return short signed sizeof static struct switch typedef union unsigned void "
    "volatile while bool true false NULL errno assert asm".split())


def snake(name: str) -> str:
    """PlayerUpdate, HEARTBEAT_ACK and modelUrl as player_update, heartbeat_ack and model_url."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()


def macro(name: str) -> str:
    return snake(name).upper()


def c_string(text: str) -> str:
    """A C string literal; what is not plain ASCII is written in octal, which cannot run on."""
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\?':  # a question mark might begin a trigraph
            out.append("\\" + char)
        else:
            out.append(char if 32 <= byte < 127 else f"\\{byte:03o}")
    return '"' + "".join(out) + '"'
