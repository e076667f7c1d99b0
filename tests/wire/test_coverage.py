"""Last: every command, event and error of the services has crossed the wire in this run."""

from __future__ import annotations

import pytest

from schema import DEFINITIONS, Seen

pytestmark = pytest.mark.parametrize("service", ["chat", "live", "game"])
NEVER = {
    "live.2002",  # for channels whose rules forbid something; no channel has rules yet
    "live.9000",  # for ten thousand channels with members in them, and for mail between workers that is lost
}


def named(prefix: str, service: str) -> set[str]:
    whole = f"{service}.{prefix}."
    return {f"{service}.{name.removeprefix(whole)}" for name in DEFINITIONS if name.startswith(whole)}


def errors(service: str) -> set[str]:
    if service == "game":
        names = ["parse_error", "invalid_message", "not_joined", "room_full", "room_refused", "invalid_token", "tokens_unused"]
        return {f"game.{name}" for name in names}
    if service == "live":
        codes = DEFINITIONS["live.event.ERROR"]["properties"]["d"]["properties"]["code"]["enum"]
    else:
        codes = DEFINITIONS["chat.event.error"]["properties"]["code"]["enum"]
    return {f"{service}.{code}" for code in codes}


def test_every_command_was_sent(service: str) -> None:
    assert named("command", service) - Seen.commands == set()


def test_every_event_was_received(service: str) -> None:
    assert named("event", service) - Seen.events == set()


def test_every_error_was_received(service: str) -> None:
    assert errors(service) - Seen.errors == NEVER & errors(service)
