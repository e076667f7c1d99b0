"""Every frame held against generated/protocol.schema.json, and what has been seen, for test_coverage.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS: dict[str, Any] = json.loads((ROOT / "generated/protocol.schema.json").read_text())["$defs"]


class Seen:
    """What has crossed the wire in this run: "chat.join_room", "live.CHANNEL_JOIN", errors by their codes; game's, which
    have none, by their names in protocol.yaml."""

    commands: set[str] = set()
    events: set[str] = set()
    errors: set[str] = set()


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
            Seen.errors.add(f"live.{event['d']['code']}")
        return event
    if event["type"][:1].isupper():
        check_schema(f"game.event.{event['type']}", event)
        Seen.events.add(f"game.{event['type']}")
        if event["type"] == "Error":
            Seen.errors.add(f"game.{game_error(event['message'])}")
        return event
    check_schema("chat.event", event)
    Seen.events.add(f"chat.{event['type']}")
    if event["type"] == "error":
        Seen.errors.add(f"chat.{event['code']}")
    return event


def game_error(message: str) -> str:
    """What protocol.yaml calls an error of game."""
    names = {
        "Join a room first": "not_joined",
        "Room is full": "room_full",
        "The server cannot open another room now": "room_refused",
        "Token is not valid": "invalid_token",
        "Tokens are not used here": "tokens_unused",
    }
    return names.get(message, "parse_error" if message.startswith("JSON parse error: ") else "invalid_message")


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
