"""Last: every command, event and error of the services has crossed the wire in this run, every way to end a WebSocket, and
every refusal over HTTP."""

from __future__ import annotations

import json

import pytest

from protocol import CLOSES, SERVICES
from schema import DEFINITIONS, ROOT, Seen

per_service = pytest.mark.parametrize("service", SERVICES)
NEVER = {
    "live.access_denied",  # for channels whose rules forbid something; no channel has rules yet
    "live.internal_error",  # for ten thousand channels with members in them, and for mail between workers that is lost
}
NEVER_CLOSED = {
    "out_of_memory",  # tests/unit fails the memory
    "memory_short",
    "server_busy",  # for a worker that takes no letters any more
    "server_full",  # every worker has room for all that are let in
}


def named(prefix: str, service: str) -> set[str]:
    whole = f"{service}.{prefix}."
    return {f"{service}.{name.removeprefix(whole)}" for name in DEFINITIONS if name.startswith(whole)}


@per_service
def test_every_command_was_sent(service: str) -> None:
    assert named("command", service) - Seen.commands == set()


@per_service
def test_every_event_was_received(service: str) -> None:
    assert named("event", service) - Seen.events == set()


@per_service
def test_every_error_was_received(service: str) -> None:
    errors = {f"{service}.{name}" for name in SERVICES[service].errors}
    assert errors - Seen.errors == NEVER & errors


@pytest.mark.direct("some are only provoked where no front is between")
def test_every_close_was_received() -> None:
    assert CLOSES.keys() - Seen.closes == NEVER_CLOSED


@pytest.mark.direct("some are only provoked where no front is between")
def test_every_refusal_was_received() -> None:
    described = json.loads((ROOT / "generated/openapi.json").read_text())["components"]["responses"]
    assert {int(status) for status in described} - Seen.refusals == set()
