"""Heads of requests that come in pieces, and what bounds them and those who send them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import Raw, Server, until

BOUND = 4096
FLAGS = ("--header-bytes-max", str(BOUND))


def sent_half(server: Server) -> Raw:
    """A connection of which the server has read the first half of a head, which is within the bound."""
    taken = server.metric("parley_accepted_total")
    raw = server.raw()
    raw.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * (BOUND // 2))
    until(lambda: server.metric("parley_accepted_total") > taken + 1, "it has been read")  # the question is one, too
    return raw


def test_a_head_in_pieces(server: Server) -> None:
    raw = sent_half(server)
    raw.send(b"\r\n\r\n")
    assert raw.head().status == 200


def test_a_head_that_grows_over_its_bound(server: Server) -> None:
    raw = sent_half(server)
    raw.send(b"x" * BOUND + b"\r\n\r\n")
    head = raw.head()
    assert head.status == 431 and json.loads(raw.read(int(head.headers["content-length"])))["status"] == 431


def test_a_head_that_grows_without_end(server: Server) -> None:
    """It is not waited for."""
    raw = sent_half(server)
    raw.send(b"x" * BOUND)
    assert raw.head().status == 431
    raw.rest()


@pytest.mark.parametrize("tls", [False, True])
def test_a_body_of_ambiguous_length_is_not_waited_for(start: Any, certificate: tuple[str, str], tls: bool) -> None:
    """Nor behind another request. (Over TLS the connection ends without an answer.)"""
    flags = ("--tls-cert", certificate[0], "--tls-key", certificate[1]) if tls else ()
    server = start("--header-timeout-ms", "60000", *flags, tls=tls)
    raw = server.raw()
    raw.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    raw.read(int(raw.head().headers["content-length"]))
    raw.send(b"POST /chat/history HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\nContent-Length: 30\r\n\r\n")
    if not tls:
        assert raw.head().status == 400
    raw.rest()


def test_connections_that_never_ask_are_bounded_too(start: Any) -> None:
    """Past those that may become sessions, and some for requests, the next is told so and closed."""
    server = start("--workers", "1", "--connections-max", "16")
    silent = []
    for _ in range(1000):
        raw = server.raw()
        raw.send(b"GET")
        silent.append(raw)
        if server_is_full(server):
            break
    assert 16 < len(silent) < 1000
    for raw in silent:
        raw.close()
    until(lambda: not server_is_full(server), "places that are given back are given out again")


def server_is_full(server: Server) -> bool:
    raw = server.raw()
    raw.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    try:
        head = raw.head()
    except (AssertionError, ConnectionResetError):
        return True
    if head.status == 503:
        assert "all connections are taken" in raw.rest().decode()
    raw.close()
    return head.status == 503
