"""deploy/h2o, deploy/nginx and deploy/envoy: the real programs before the real server. That services work through them is
seen by the wire tests, which PARLEY_FRONT sends through one (tests/run.py); here: who is told to be whose client."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterator

import pytest

from fronts import FRONTS, Envoy, Front, NginxStream
from game import Player
from harness import Raw, Server, handshake, unverified, until

FLAGS = ("--trusted-proxies", "127.0.0.1", "--limit-loopback", "--connections-per-address-max", "2")
HTTP_FRONTS = list(FRONTS.values())


@pytest.fixture
def behind() -> Iterator[Any]:
    """Starts a server and a front before it."""
    running: list[Any] = []

    def launch(kind: type[Front], *flags: str) -> tuple[Server, Front]:
        server = Server(*FLAGS, *flags)
        running.append(server)
        running.append(kind(server.address))
        return server, running[-1]

    yield launch
    for each in reversed(running):
        each.close() if isinstance(each, Front) else each.stop()


def connect(front: Front, source: str, tls: bool = True, **fields: str) -> tuple[Raw, int]:
    """A handshake from one of this machine's addresses, and the status of its answer."""
    raw = Raw(front.address, tls=tls, source=source)
    raw.send(handshake(**fields))
    return raw, raw.head().status


@pytest.mark.parametrize("kind", HTTP_FRONTS)
def test_each_client_has_its_own_bound(behind: Any, kind: type[Front]) -> None:
    server, front = behind(kind)
    held = [connect(front, "127.0.0.5") for _ in range(2)]
    assert [status for _, status in held] == [101, 101]
    assert connect(front, "127.0.0.5")[1] == 503
    assert connect(front, "127.0.0.5", X_Forwarded_For="192.0.2.1")[1] == 503
    assert connect(front, "127.0.0.5", Forwarded="for=192.0.2.1")[1] == 503
    assert connect(front, "127.0.0.6")[1] == 101
    held.pop()[0].close()
    until(lambda: connect(front, "127.0.0.5")[1] == 101, "a place that was given back is given out again")


def test_each_client_has_its_own_bound_by_the_proxy_protocol(behind: Any) -> None:
    server, front = behind(NginxStream, "--proxy-protocol")
    held = [connect(front, "127.0.0.5", tls=False) for _ in range(2)]
    assert [status for _, status in held] == [101, 101]
    assert connect(front, "127.0.0.5", tls=False)[1] == 503
    assert connect(front, "127.0.0.5", tls=False, X_Forwarded_For="192.0.2.1")[1] == 503
    assert connect(front, "127.0.0.6", tls=False)[1] == 101
    assert held[0][0].json()["type"] == "connected"
    held.pop()[0].close()
    until(lambda: connect(front, "127.0.0.5", tls=False)[1] == 101, "a place that was given back is given out again")
    metrics = server.request("GET", "/metrics", address=server.http_address).body
    assert b"\nparley_proxy_headers_refused_total 0\n" in metrics


@pytest.mark.parametrize("kind", HTTP_FRONTS)
def test_http_2_and_pages_of_the_same_origin(behind: Any, kind: type[Front]) -> None:
    _, front = behind(kind)
    context = unverified()
    context.set_alpn_protocols(["h2", "http/1.1"])
    raw = Raw(front.address, source="127.0.0.5")
    with context.wrap_socket(raw.socket) as secure:
        assert secure.selected_alpn_protocol() == "h2"
    host = f"localhost:{front.address[1]}"
    assert connect(front, "127.0.0.6", Host=host, Origin=f"https://{host}")[1] == 101
    assert connect(front, "127.0.0.6", Host=host, Origin="https://evil.example")[1] == 403


@pytest.mark.parametrize("kind", HTTP_FRONTS)
def test_what_is_not_passed_on(behind: Any, kind: type[Front]) -> None:
    """The metrics, and bodies that Parley would refuse."""
    server, front = behind(kind)
    raw = Raw(front.address, tls=True, source="127.0.0.5")
    raw.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert raw.head().status == 404
    raw = Raw(front.address, tls=True, source="127.0.0.5")
    raw.send(b"POST /chat/history HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n")
    assert raw.head().status == 413


@pytest.mark.parametrize("kind", HTTP_FRONTS)
def test_connections_to_us_are_shared_by_clients(behind: Any, kind: type[Front]) -> None:
    """Each gets the answer to its own question."""
    server, front = behind(kind)
    rooms = [f"room {number}" for number in range(2)]
    for room in rooms:
        player = Player(server, room, room=room)
        player.send("Chat", message=room)
        player.fence()

    def ask(number: int) -> None:
        room = rooms[number % len(rooms)]
        body = json.dumps({"room_id": room, "limit": 1}).encode()
        raw = Raw(front.address, tls=True, source=f"127.0.0.{number + 5}")
        for _ in range(20):
            raw.send(b"POST /chat/history HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            head = raw.head()
            assert head.status == 200, head
            assert [entry["message"] for entry in json.loads(raw.read(int(head.headers["content-length"])))] == [room]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(8)))


@pytest.mark.parametrize("kind", HTTP_FRONTS)
def test_a_stop_reaches_clients(behind: Any, kind: type[Front]) -> None:
    server, front = behind(kind)
    raw, status = connect(front, "127.0.0.5")
    assert status == 101 and raw.json()["type"] == "connected"
    server.signal(signal.SIGTERM)
    closing = raw.frame()
    assert closing.opcode == 8 and closing.close_code == 1001
    server.wait()
    raw = Raw(front.address, tls=True, source="127.0.0.5")
    raw.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert raw.head().status in (502, 503)


def arrive(server: Server, room: str) -> tuple[Player, int]:
    """Somebody comes to a room through the front, and finds so many there, itself included."""
    player = Player(server, path=f"/game?room={room}")
    return player, len(player.join(room)["room_state"])


def found_by_a_passer_by(server: Server, room: str) -> int:
    player, present = arrive(server, room)
    player.close()
    return present


def test_a_rooms_members_meet_in_one_of_several_servers() -> None:
    """In that which their key says; when it stops, in another, and those of other rooms notice nothing."""
    flags = ("--trusted-proxies", "127.0.0.1", "--drain-delay-ms", "1500", "--drain-ms", "100")
    with Server(*flags) as first, Server(*flags) as second:
        first.go_behind(Envoy(first.address, second.address))
        pairs = {room: [arrive(first, room) for _ in range(2)] for room in map("room-{}".format, range(16))}
        assert all([present for _, present in pair] == [1, 2] for pair in pairs.values())
        held = [server.metric("parley_rooms", service="game") for server in (first, second)]
        assert all(held) and sum(held) == len(pairs)

        def rooms_of_the_first() -> list[str] | None:
            rooms = [room["id"] for room in json.loads(first.request("GET", "/rooms", address=first.own_address).body)["rooms"]]
            return rooms if len(rooms) == held[0] else None

        moving = until(rooms_of_the_first, "the store knows all rooms")
        first.signal(signal.SIGTERM)
        until(lambda: found_by_a_passer_by(first, moving[0]) == 1, "who comes now is led to the second server")
        for room, pair in pairs.items():
            if room not in moving:
                assert [event["type"] for event in pair[0][0].fence()] == ["PlayerJoined"]
                continue
            for player, _ in pair:
                player.expect_close(1001)
            until(lambda: found_by_a_passer_by(first, room) == 1, "who passed by has left")
            assert [arrive(first, room)[1] for _ in range(2)] == [1, 2]
