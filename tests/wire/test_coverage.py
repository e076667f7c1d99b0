"""Last: every command, event and error of chat has crossed the wire in this run."""

from __future__ import annotations

import json

from harness import ROOT, Seen


def words() -> dict[str, set[str]]:
    definitions = json.loads((ROOT / "generated/protocol.schema.json").read_text())["$defs"]

    def named(prefix: str) -> set[str]:
        return {name.removeprefix(prefix) for name in definitions if name.startswith(prefix)}

    errors = set(definitions["chat.event.error"]["properties"]["code"]["enum"])
    return {"commands": named("chat.command."), "events": named("chat.event."), "errors": errors}


def test_every_command_was_sent() -> None:
    assert words()["commands"] - Seen.commands == set()


def test_every_event_was_received() -> None:
    assert words()["events"] - Seen.events == set()


def test_every_error_was_received() -> None:
    assert words()["errors"] - Seen.errors == set()
