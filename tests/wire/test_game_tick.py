"""game with GAME_TICK_MS: what goes out together, what does not wait, and that reading what many send in one go
(net/gather.h) loses and delays nothing."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from game import COLOR, Player, state
from harness import TIMEOUT, Server


@pytest.fixture(scope="module", params=["1", "4"], ids=["one worker", "four workers"])
def ticking(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server("--workers", request.param, "--game-tick-ms", "10") as server:
        yield server


def test_with_a_tick_the_newest_states_go_out_together(start: Any) -> None:
    server = start(env={"GAME_TICK_MS": "200"})
    alice, bob, carol = (Player(server, name) for name in ("Alice", "Bob", "Carol"))
    alice.join("r")
    bob.join("r")
    alice.expect_joined(bob)
    for number in range(50):
        alice.update(state("Alice", number))
        bob.update(state("Bob", -number))
    carol.join("r")
    alice.expect_joined(carol)  # joins do not wait
    alice.expect_update(bob, state("Bob", -49))
    bob.expect_joined(carol)
    bob.expect_update(alice, state("Alice", 49))
    bob.chat("now")
    alice.expect_chat(bob, "Bob", "now")
    alice.silent(bob)


def test_what_a_player_does_is_seen_in_its_order(start: Any) -> None:
    server = start("--game-tick-ms", "60000")
    alice, bob = Player(server, "Alice", "r"), Player(server, "Bob", "r")
    alice.expect_joined(bob)
    for number in range(3):
        alice.update(state("Alice", number))
    alice.chat("here I am")
    bob.expect_update(alice, state("Alice", 2))
    bob.expect_chat(alice, "Alice", "here I am")
    alice.chat("still")
    bob.expect_chat(alice, "Alice", "still")


def test_with_a_long_tick_nothing_else_waits_for_it(start: Any) -> None:
    server = start("--game-tick-ms", "60000")
    began = time.monotonic()
    alice, bob = Player(server, "Alice", "r"), Player(server, "Bob", "r")
    alice.expect_joined(bob)
    for number in range(20):
        alice.chat(str(number))
        bob.expect_chat(alice, "Alice", str(number))
        assert bob.connection.ping().wait(TIMEOUT)
    alice.close()
    bob.expect_left(alice)
    assert time.monotonic() - began < 30, "something waited for the tick"


def test_one_after_the_other(ticking: Server) -> None:
    """Each update comes after a pause or in the middle of one: none waits for another to wake the server."""
    alice, bob = Player(ticking, "Alice", "turns"), Player(ticking, "Bob", "turns")
    alice.expect_joined(bob)
    began = time.monotonic()
    for number in range(100):
        alice.update(state("Alice", number))
        bob.expect_update(alice, state("Alice", number))
        bob.update(state("Bob", number))
        alice.expect_update(bob, state("Bob", number))
    assert time.monotonic() - began < 20, "updates waited longer than for the tick"


def test_more_at_once_than_one_look_takes(ticking: Server) -> None:
    """300 players in rooms of 30 all send before any reads; each view ends as its room is."""
    with ThreadPoolExecutor(16) as pool:
        players = list(pool.map(lambda number: Player(ticking, f"P{number}", f"many {number % 10}"), range(300)))
    for number, player in enumerate(players):
        for step in range(3):
            player.update(state(player.name, number + step / 10))
        player.chat(player.name)
    truth = {player.id: state(player.name, number + 0.2) for number, player in enumerate(players)}
    for number, player in enumerate(players):
        others = {other.id: other for other in players[number % 10 :: 10]}
        del others[player.id]
        wanted, chats = set(others), set(others)
        while wanted or chats:
            event = player.recv()
            match event["type"]:
                case "PlayerUpdate":
                    if event["state"] == truth[event["client_id"]]:
                        wanted.remove(event["client_id"])
                case "ChatMessage":
                    assert event["client_id"] not in wanted, "the message overtook the state"
                    chats.remove(event["client_id"])
                case kind:
                    assert kind == "PlayerJoined", event


def test_ending_in_every_way(ticking: Server) -> None:
    stayer = Player(ticking, "Stayer", "ends")
    for end in ("close", "abort", "half close", "violate", "move"):
        raw = ticking.upgraded("/game", greeting=False)
        raw.send_json({"type": "Join", "room_id": "ends", "name": end, "color": COLOR})
        welcome = raw.json()
        assert stayer.expect("PlayerJoined")["client_id"] == welcome["client_id"]
        raw.send_json({"type": "Update", "state": state(end, 1)})
        stayer.expect("PlayerUpdate", client_id=welcome["client_id"], state=state(end, 1))
        match end:
            case "close":
                raw.send_frame(0x8, struct.pack(">H", 1000))
                raw.expect_close(1000)
            case "abort":
                raw.abort()
            case "half close":
                raw.socket.shutdown(socket.SHUT_WR)
                assert raw.rest() == b""
            case "violate":
                raw.send_frame(0x3)
                raw.expect_close(1002)
            case "move":
                for number in range(8):  # with four workers, most of them on others
                    raw.send_json({"type": "Join", "room_id": f"other {number}", "name": end, "color": COLOR})
                    assert raw.json()["client_id"] == welcome["client_id"]
        stayer.expect("PlayerLeft", client_id=welcome["client_id"])
        stayer.silent()


def test_stopping_closes_them(start: Any) -> None:
    server = start("--game-tick-ms", "1000")
    players = [Player(server, f"P{number}", "r") for number in range(3)]
    players[0].update(state("P0", 1))
    server.signal()
    for player in players:
        player.expect_close(1001)
    server.wait()
