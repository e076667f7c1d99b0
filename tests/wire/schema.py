"""Every frame held against generated/protocol.schema.json, and what has been seen, for test_coverage.py."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

from protocol import CLOSES, SERVICES

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS: dict[str, Any] = json.loads((ROOT / "generated/protocol.schema.json").read_text())["$defs"]


class Seen:
    """What has crossed the wire in this run, by the names in protocol.yaml: "chat.join_room", "live.CHANNEL_JOIN",
    "game.room_full"."""

    commands: set[str] = set()
    events: set[str] = set()
    errors: set[str] = set()
    closes: set[str] = set()  # "reading_too_slowly"
    refusals: set[int] = set()  # 404


class BytesAtMost:
    """A word of the schema that is ours: strings are counted in bytes of UTF-8."""

    def __init__(self, schema: dict[str, Any], bound: int, path: list[str]):
        self.bound = bound

    def validate(self, value: Any) -> None:
        if isinstance(value, str) and len(value.encode()) > self.bound:
            raise ValueError(f"more than {self.bound} bytes")


class BytesAtLeast(BytesAtMost):
    def validate(self, value: Any) -> None:
        if isinstance(value, str) and len(value.encode()) < self.bound:
            raise ValueError(f"less than {self.bound} bytes")


VALIDATORS: dict[str, Draft202012Validator] = {}


def check_schema(name: str, value: Any) -> None:
    if name not in VALIDATORS:
        schema = {"$ref": f"#/$defs/{name}", "$defs": DEFINITIONS}
        VALIDATORS[name] = Draft202012Validator(schema, keywords={"maxBytes": BytesAtMost, "minBytes": BytesAtLeast})
    VALIDATORS[name].validate(value)


def checked_event(text: str | bytes) -> dict[str, Any]:
    """An event of any service, as its JSON; fails where it is not one of protocol.yaml's."""
    event = json.loads(text)
    if "op" in event:
        name = live_name(event)
        check_schema(f"live.event.{name}", event)
        Seen.events.add(f"live.{name}")
        if name == "ERROR":
            Seen.errors.add(error_name("live", event["d"]["code"], event["d"]["reason"]))
        return event
    if event["type"][:1].isupper():
        check_schema(f"game.event.{event['type']}", event)
        Seen.events.add(f"game.{event['type']}")
        if event["type"] == "Error":
            Seen.errors.add(error_name("game", None, event["message"]))
        return event
    check_schema("chat.event", event)
    Seen.events.add(f"chat.{event['type']}")
    if event["type"] == "error":
        Seen.errors.add(error_name("chat", event["code"], event["message"]))
    return event


def error_name(service: str, code: str | int | None, text: str) -> str:
    """What protocol.yaml calls an error; of several that the text may be, the one that says most in its own words."""
    own_words = {}
    for name, error in SERVICES[service].errors.items():
        pieces = re.split(r"\{[^{}]*\}", error.text)
        if error.code == code and re.fullmatch("(.*)".join(map(re.escape, pieces)), text, re.DOTALL):
            own_words[f"{service}.{name}"] = sum(map(len, pieces))
    assert own_words, f"protocol.yaml has no error {code} of {service} that says {text!r}"
    return max(own_words, key=lambda name: own_words[name])


def note_close(code: int, reason: str) -> None:
    """How the server ended a WebSocket; without a reason it answers a client's Close."""
    if reason:
        Seen.closes.add(next(name for name, close in CLOSES.items() if close == (code, reason)))


def live_name(event: dict[str, Any]) -> str:
    """What protocol.yaml calls an event of live; an ACK is named by what it answers: CHANNEL_JOIN_ACK."""
    return LIVE_ACKS[event["d"]["op"]] if event["op"] == 200 else LIVE_EVENTS[event["op"]]


def ops(prefix: str, acks: bool = False) -> dict[int, str]:
    """Names by op, from the schema."""
    found = {}
    for name, schema in DEFINITIONS.items():
        op = schema.get("properties", {}).get("op", {}).get("const")
        if name.startswith(prefix) and op is not None and (op == 200) == acks:
            key = schema["properties"]["d"]["properties"]["op"]["const"] if acks else op
            found[key] = name.removeprefix(prefix)
    return found


LIVE_COMMANDS = ops("live.command.")
LIVE_EVENTS, LIVE_ACKS = ops("live.event."), ops("live.event.", acks=True)
