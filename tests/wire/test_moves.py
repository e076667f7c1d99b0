"""Several workers: a session moves to the worker that owns its room, and nobody can tell."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import Client, Server, frame, until

pytestmark = pytest.mark.threads
FLAGS = ("--workers", "4")


def test_many_rooms_over_all_workers(server: Server) -> None:
    """Each guest lands on a worker of the kernel's choice, and has to move three times out of four."""
    for number in range(60):
        host, guest, _ = server.pair(f"H{number}", f"G{number}")
        host.send("chat", content="over")
        guest.expect("chat", **{"from": f"H{number}", "content": "over"})
        guest.send("chat", content="back")
        host.expect("chat", **{"from": f"G{number}", "content": "back"})
        host.close()
        guest.expect("partner_left")
        guest.close()
    moved = server.metric("parley_sessions_moved_total", service="chat")
    assert moved > 10, "nobody moved: this tested nothing"


def test_order_holds_across_moves(server: Server) -> None:
    """Commands before, with and after the one that moves it, in one write: answered once, in order."""
    hosts = [server.client(f"Host {number}") for number in range(12)]
    codes = [host.create_room() for host in hosts]
    raw = server.upgraded()
    raw.send_json({"type": "set_username", "username": "Rover"})
    assert raw.json()["type"] == "username_set"
    commands, expected = b"", []
    for lap in range(5):
        for number, (host, code) in enumerate(zip(hosts, codes)):
            commands += b"".join(
                frame(0x1, text.encode())
                for text in (
                    '{"type":"join_room","room_code":"%s"}' % code,
                    '{"type":"chat","content":"%d.%d"}' % (lap, number),
                    '{"type":"set_username","username":"Rover"}',
                    '{"type":"nonsense %d"}' % number,
                    '{"type":"leave_room"}',
                    '{"type":"join_room","room_code":"NO-%d"}' % number,
                )
            )
            expected += [("room_joined", code), ("username_set", "Rover"), ("error", f"nonsense {number}"), ("error", f"NO-{number}")]
    raw.send(commands)
    for kind, word in expected:
        event = raw.json()
        assert event["type"] == kind and word in str(event), (event, kind, word)
    for number, host in enumerate(hosts):
        for lap in range(5):
            host.expect("partner_joined", username="Rover")
            host.expect("chat", **{"from": "Rover", "content": f"{lap}.{number}"})
            host.expect("partner_left")
        host.silent()


def test_a_ping_keeps_its_place_across_a_move(server: Server) -> None:
    for _ in range(8):
        host = server.client("Host")
        code = host.create_room()
        raw = server.upgraded()
        raw.send_json({"type": "set_username", "username": "x"})
        assert raw.json()["type"] == "username_set"
        raw.send(frame(0x1, b'{"type":"join_room","room_code":"%s"}' % code.encode()) + frame(0x9, b"after"))
        kinds = []
        while len(kinds) < 2:
            received = raw.frame()
            kinds.append(received.opcode)
        assert sorted(kinds) == [0x1, 0xA]


def test_a_fragmented_message_moves_whole(server: Server) -> None:
    for _ in range(8):
        host = server.client("Host")
        code = host.create_room()
        raw = server.upgraded()
        raw.send_json({"type": "set_username", "username": "Pieces"})
        assert raw.json()["type"] == "username_set"
        message = b'{"type":"chat","content":"in pieces"}'
        raw.send(frame(0x1, b'{"type":"join_room","room_code":"%s"}' % code.encode()) + frame(0x1, message[:10], fin=False))
        assert raw.json()["type"] == "room_joined"
        raw.send(frame(0x0, message[10:]))
        host.expect("partner_joined", username="Pieces")
        host.expect("chat", **{"from": "Pieces", "content": "in pieces"})


def test_closing_right_after_joining(server: Server) -> None:
    """The move and the end cross: the host hears of both, or of neither."""
    for number in range(40):
        host = server.client("Host")
        code = host.create_room()
        raw = server.upgraded()
        raw.send(
            frame(0x1, b'{"type":"set_username","username":"Brief"}')
            + frame(0x1, b'{"type":"join_room","room_code":"%s"}' % code.encode())
            + (frame(0x8, b"\x03\xe8") if number % 2 else b"")
        )
        if number % 2:
            assert raw.json()["type"] == "username_set"
            assert raw.json()["type"] == "room_joined"
            raw.expect_close(1000)
            host.expect("partner_joined")
            host.expect("partner_left")
        else:
            raw.abort()
            guest = server.client("Guest")

            def gets_in() -> bool:
                guest.send("join_room", room_code=code)
                return guest.recv()["type"] == "room_joined"

            until(gets_in, "the place of one that was cut off is free again")
            events = [event["type"] for event in host.fence()]
            assert events in (["partner_joined"], ["partner_joined", "partner_left", "partner_joined"]), events
            guest.close()
        host.close()
        raw.close()


def test_many_join_one_room_from_all_workers(server: Server) -> None:
    for _ in range(5):
        host = server.client("Host")
        code = host.create_room()
        guests = [server.client(str(number)) for number in range(30)]

        def join(client: Client) -> str:
            client.send("join_room", room_code=code)
            return client.recv()["type"]

        with ThreadPoolExecutor(30) as pool:
            assert sorted(pool.map(join, guests)) == ["error"] * 29 + ["room_joined"]
        host.expect("partner_joined")
        for client in (host, *guests):
            client.close()


def test_a_seeded_crowd(server: Server) -> None:
    """Clients wander between rooms at random; afterwards everything still works and nobody was lost."""
    seed = 20261
    draw = random.Random(seed)
    clients = [server.client(str(number)) for number in range(24)]
    codes: list[str] = []
    for step in range(600):
        client = draw.choice(clients)
        action = draw.choice(["create_room", "join_room", "join_room", "leave_room", "chat", "typing"])
        if action == "join_room" and codes:
            client.send(action, room_code=draw.choice(codes[-12:]))
        elif action == "chat":
            client.send(action, content=str(step))
        elif action != "join_room":
            client.send(action)
        for event in client.fence():
            if event["type"] == "room_created":
                codes.append(event["room_code"])
    for client in clients:
        client.fence()
        client.send("leave_room")
        client.fence()
    for client in clients:
        client.fence()
        client.create_room()
    assert server.metric("parley_rooms", service="chat") >= 24, f"seed {seed}"
