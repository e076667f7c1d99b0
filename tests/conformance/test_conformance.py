"""Runs cases.py against the echo server."""

from __future__ import annotations

import socket
import struct
import threading
from typing import Iterator

import pytest

from cases import CLOSE, CORE, LIMITS, Closes, Expect, Send, Step
from echo import echo_server
from harness import BINARY, SANITIZER, TIMEOUT, Raw, clean_environment, frame, handshake


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with echo_server(BINARY.parent / "tests/echo_server", clean_environment(), SANITIZER) as listening:
        yield listening


def run(address: tuple[str, int], steps: list[Step]) -> None:
    connection = Raw(address)
    connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.send(handshake("/"))
    assert connection.head().status == 101
    if not isinstance(steps[-1], Closes):
        steps = [*steps, Send((frame(CLOSE, struct.pack(">H", 1000)),)), Closes(1000)]
    sender = None
    for step in steps:
        if isinstance(step, Send):
            finish(sender)
            sender = threading.Thread(target=write, args=(connection, step.pieces))
            sender.start()
        elif isinstance(step, Expect):
            received = connection.frame()
            assert (received.opcode, received.fin) == (step.opcode, True), received
            assert received.payload == step.payload
        else:
            received = connection.frame()
            assert received.opcode == CLOSE, received
            assert (received.close_code if received.payload else None) == step.code, received
            assert connection.closed()
    finish(sender)
    connection.close()


def finish(sender: threading.Thread | None) -> None:
    if sender is not None:
        sender.join(TIMEOUT)
        assert not sender.is_alive(), "the server does not read"


def write(connection: Raw, pieces: list[bytes]) -> None:
    try:
        for piece in pieces:
            connection.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server had heard enough: what it said is judged


def test_these_are_all() -> None:
    """The suite's 247 core cases and its 54 about limits; none is left out in silence."""
    assert len(CORE) == 247
    assert len(LIMITS) == 54


@pytest.mark.parametrize("case", CORE)
def test_core(address: tuple[str, int], case: str) -> None:
    run(address, CORE[case])


@pytest.mark.parametrize("case", LIMITS)
def test_limits(address: tuple[str, int], case: str) -> None:
    run(address, LIMITS[case]())
