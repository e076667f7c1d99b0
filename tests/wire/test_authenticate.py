"""A client of chat or game proves anew what it may, while its session goes on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from game import Player
from harness import Client, Connected, Server
from tokens import SECRET, bearer, signed

FLAGS = ("--jwt-secret", SECRET)


def connected(server: Server, service: str) -> Connected:
    headers = {"additional_headers": bearer()}
    return Client(server, None, "/chat", **headers) if service == "chat" else Player(server, **headers)


def authenticate(client: Any, token: str) -> None:
    client.send("authenticate" if isinstance(client, Client) else "Authenticate", token=token)


def expect_proven(client: Any, token: str, expires_s: int) -> None:
    authenticate(client, token)
    client.expect("authenticated" if isinstance(client, Client) else "Authenticated", expires_at=expires_s * 1000)


def expect_refused(client: Any, token: str) -> None:
    authenticate(client, token)
    expect_error(client, "invalid_token", "Token is not valid")


def expect_error(client: Any, code: str, text: str) -> None:
    client.expect_error(*((code, text) if isinstance(client, Client) else (text,)))


@pytest.mark.parametrize("service", ["chat", "game"])
def test_a_new_token_is_told_until_when_it_holds(server: Server, service: str) -> None:
    client = connected(server, service)
    later = int(time.time()) + 3600
    expect_proven(client, signed(exp=later), later)
    expect_proven(client, signed(exp=later + 7, sub=None), later + 7)
    expect_proven(client, signed(exp=2**53), 2**53)


@pytest.mark.parametrize("service", ["chat", "game"])
def test_a_token_that_proves_nothing_changes_nothing(server: Server, service: str) -> None:
    client = connected(server, service)
    now = int(time.time())
    for token in ("any", signed(exp=now - 1), signed(exp=None), signed(key="x" * 32), signed(algorithm="none"), signed() + "A"):
        expect_refused(client, token)
    expect_proven(client, signed(exp=now + 60), now + 60)


def test_in_a_room_and_outside_of_it(server: Server) -> None:
    until = int(time.time()) + 60
    alice, bob = (Player(server, name, additional_headers=bearer()) for name in ("Alice", "Bob"))
    expect_proven(alice, signed(exp=until), until)
    for player in (alice, bob):
        player.join("proven")
    alice.expect_joined(bob)
    expect_proven(alice, signed(exp=until), until)
    bob.silent(alice)
    host = Client(server, "Host", "/chat", additional_headers=bearer())
    guest = Client(server, "Guest", "/chat", additional_headers=bearer())
    guest.join(host.create_room(), partner="Host")
    host.expect("partner_joined")
    expect_proven(guest, signed(exp=until), until)
    host.silent(guest)


@pytest.mark.parametrize("service", ["chat", "game"])
def test_where_there_are_no_tokens(start: Any, service: str) -> None:
    client = connected(start(), service)
    authenticate(client, signed())
    expect_error(client, "tokens_unused", "Tokens are not used here")


@pytest.mark.parametrize("service", ["chat", "game"])
def test_tokens_are_not_logged(start: Any, service: str) -> None:
    server = start(*FLAGS, env={"LOG_LEVEL": "debug"})
    client = connected(server, service)
    right, wrong = signed(exp=int(time.time()) + 99), signed(key="x" * 32)
    authenticate(client, right)
    client.recv()
    expect_refused(client, wrong)
    server.stop()
    assert right not in server.log and wrong not in server.log


@pytest.mark.parametrize("service", ["chat", "game"])
def test_who_guesses_tokens_is_cut_off(start: Any, service: str) -> None:
    client = connected(start(*FLAGS, "--limit-loopback", "--guesses-max", "5"), service)
    for guess in range(5):
        expect_refused(client, str(guess))
    authenticate(client, "another")
    client.expect_close(1008)
