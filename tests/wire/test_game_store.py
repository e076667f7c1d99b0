"""What clients of game see of its store: rooms that open with what was said in them, or do not open."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from game import COLOR, Player
from harness import Server, frame, handshake, until

pytestmark = pytest.mark.threads
REFUSED = "The server cannot open another room now"
ROOMS = [f"room {number}" for number in range(6)]  # on whichever workers


def join(room: str, name: str = "N") -> bytes:
    return frame(0x1, json.dumps({"type": "Join", "room_id": room, "name": name, "color": COLOR}).encode())


def test_a_room_opens_with_what_was_said_in_it(start: Any, tmp_path: Path) -> None:
    """Entries come back as they were, from a room left by all or after a restart, and new moments are above theirs."""
    folder = {"DATA_DIR": str(tmp_path)}
    server = start("--workers", "3", env=folder)
    shown: dict[str, list[dict[str, Any]]] = {}
    for room in ROOMS:
        alice = Player(server, "Alïce 💬", room)
        for number in range(23):
            alice.chat(f"{number} \u0007 é 💬")
        alice.fence()
        shown[room] = Player(server, "Bob").join(room)["chat_history"]
        assert [entry["message"] for entry in shown[room]] == [f"{number} \u0007 é 💬" for number in range(3, 23)]
        alice.close()
    server.stop()

    server = start("--workers", "2", env=folder)
    rover = Player(server, "Rover")
    for room in ROOMS:
        welcome = rover.join(room)
        assert welcome["chat_history"] == shown[room]
        assert [id_ for id_, _ in welcome["room_state"]] == [rover.id], "players of former times are gone"
        rover.chat("on")
        rover.fence()
        last = Player(server, "Carol").join(room)["chat_history"][-1]
        assert (last["message"], last["client_id"]) == ("on", rover.id)
        assert last["timestamp"] > shown[room][-1]["timestamp"]
        rover.expect("PlayerJoined")


def test_many_wait_for_one_room_and_come_in_one_order(start: Any) -> None:
    server = start("--workers", "3")
    for lap, room in enumerate(ROOMS):
        players = [Player(server, str(number), f"before {lap} {number % 4}" if number % 2 else None) for number in range(24)]
        with ThreadPoolExecutor(24) as pool:
            list(pool.map(lambda player: player.send("Join", room_id=room, name=player.name, color=COLOR), players))
        seen = []
        for player in players:
            while (event := player.recv())["type"] != "Welcome":
                assert event["type"] in ("PlayerJoined", "PlayerLeft")  # of the room before
            order = [id_ for id_, _ in event["room_state"]]
            assert order[-1] == event["client_id"]
            while len(order) < len(players):
                order.append(player.expect("PlayerJoined")["client_id"])
            seen.append(order)
            assert player.fence() == []
        assert all(order == seen[0] for order in seen)
        for player in players:
            player.close()


def test_what_follows_a_join_that_waits_is_answered_after_it(start: Any) -> None:
    server = start("--workers", "3")
    raw = server.raw()
    raw.send(handshake("/game"))
    assert raw.head().status == 101
    raw.send(b"".join(join(room) + frame(0x1, b'{"type":"Chat","message":"in %s"}' % room.encode()) + frame(0x1, b'{"type":"x"}') for room in ROOMS))
    for room in ROOMS:
        assert raw.json()["type"] == "Welcome"
        assert raw.json()["message"] == "unknown type 'x'"
    for room in ROOMS:
        history = Player(server, "Late").join(room)["chat_history"]
        assert [(entry["message"], entry["room_id"]) for entry in history] == [(f"in {room}", room)]


def test_who_hangs_up_while_a_room_opens_leaves_nothing_behind(start: Any) -> None:
    server = start("--workers", "3")
    for lap in range(20):
        for room in ROOMS:
            raw = server.raw()
            raw.send(handshake("/game") + join(f"{room} {lap}"))
            raw.abort()
    until(lambda: server.metric("parley_rooms", service="game") == 0, "all rooms are closed")
    for room in ROOMS:
        assert len(Player(server).join(f"{room} 0")["room_state"]) == 1


def test_a_store_that_is_full_opens_no_room(start: Any) -> None:
    """Nothing can be given up: it has not reached MongoDB, which is away. Rooms that are open go on."""
    server = start("--workers", "3", "--store-mb-max", "8", env={"MONGODB_URL": "mongodb://127.0.0.1:1"})
    alice, bob = Player(server, "Alice", "open"), Player(server, "Bob", "open")
    alice.expect_joined(bob)
    sent = 0
    while server.get("/readyz").status == 200:
        assert sent < 20000, "never full"
        for _ in range(200):
            alice.chat("x" * 1000)
            sent += 1
        alice.fence()
        bob.fence()
    carol = Player(server, "Carol")
    for room in ROOMS:
        for player in (carol, alice):
            player.send("Join", room_id=room, name="x", color=COLOR)
            player.expect_error(REFUSED)
    alice.chat("still here")
    bob.expect_chat(alice, "Alice", "still here")
    assert carol.join("open")["chat_history"][-1]["message"] == "still here"
    alice.expect_joined(carol)
    bob.expect_joined(carol)
    bob.silent(alice)
