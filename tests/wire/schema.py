"""Every frame held against generated/protocol.schema.json, and what has been seen, for test_coverage.py."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

from protocol import CLOSES, SERVICES, Message

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS: dict[str, Any] = json.loads((ROOT / "generated/protocol.schema.json").read_text())["$defs"]
SERVICE_AT = {path: name for name, wire in SERVICES.items() for path in wire.paths}


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


def checked_event(service: str, text: str | bytes) -> dict[str, Any]:
    """An event of the service, as its JSON; fails where it is not one of protocol.yaml's."""
    event, wire = json.loads(text), SERVICES[service]
    kind = event_type(service, event)
    check_schema(f"{service}.event.{kind.NAME}", event)
    Seen.events.add(f"{service}.{kind.NAME}")
    if kind is wire.error_event:
        fields = event if wire.body_key is None else event[wire.body_key]
        Seen.errors.add(error_name(service, fields.get(wire.error_code), fields[wire.error_text]))
    return event


def event_type(service: str, event: dict[str, Any]) -> type[Message]:
    """What protocol.yaml calls it, as NAME; an ack is named by what it answers: CHANNEL_JOIN_ACK."""
    wire, tag = SERVICES[service], event.get(SERVICES[service].tag_key)
    if wire.ack and tag == wire.ack[0]:
        return wire.acks[event[wire.body_key][wire.ack[1]]]
    assert tag in wire.events, f"{service} has no such event: {event}"
    return wire.events[tag]


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
