"""The HTTP API: on which ports, by which methods, for which pages of other origins; rooms and history are the store's
(test_store.py), and how they are asked for is looked at here."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from typing import Any, Callable

import pytest

from game import Player
from harness import BINARY, ROOT, TIMEOUT, Client, Raw, Reply, Server, clean_environment, handshake, until

API = {"/health": "GET, HEAD", "/rooms": "GET, HEAD", "/chat/history": "POST"}
ASK = b'{"room_id":"room123","limit":20}'


def ports(server: Server) -> list[tuple[str, int]]:
    return [server.address, server.http_address]


def reason(reply: Reply, status: int) -> str:
    """Refused with this status, told in JSON."""
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/json"
    body = json.loads(reply.body)
    assert body["status"] == status and body["error"] and body["message"]
    return body["message"]


# --- ports ----------------------------------------------------------------------------------------------------------


def test_both_ports_serve_it(server: Server) -> None:
    for address in ports(server):
        health = server.request("GET", "/health", address=address)
        assert health.status == 200 and json.loads(health.body)["services"]["websocket"] == "healthy"
        for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/protocol.yaml", "/rooms"):
            assert server.request("GET", path, address=address).status == 200, path
        assert server.request("POST", "/chat/history", body=ASK, address=address).status == 200


def test_the_second_port_serves_nothing_else(server: Server) -> None:
    for path in ("/", "/chat", "/live", "/ws", "/game", "/rooms/", "/nothing", "/health/x"):
        reason(server.request("GET", path, address=server.http_address), 404)
    for path in ("/", "/chat", "/game", "/health"):
        raw = Raw(server.http_address)
        raw.send(handshake(path))
        assert raw.head().status == 404


def test_it_can_be_switched_off(start: Any) -> None:
    for server in (start("--http-port", "off"), start(env={"HTTP_PORT": "off"})):
        assert server.http_address[1] == 0
        assert server.get("/rooms").status == 200


def taken() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


def test_a_port_that_is_taken(start: Any) -> None:
    """One that was asked for is needed; without the default one the server does."""
    with taken() as busy:
        port = str(busy.getsockname()[1])
        done = subprocess.run([BINARY, "127.0.0.1:0", "--http-port", port], capture_output=True, text=True, timeout=TIMEOUT, env=clean_environment())
        assert done.returncode == 1 and port in done.stderr and "in use" in done.stderr
    with socket.socket() as busy:
        try:
            busy.bind(("127.0.0.1", 3001))
            busy.listen()
        except OSError:
            pass  # another program has it, which does as well
        server = start(env={"HTTP_PORT": ""})
        assert "the HTTP API has no port of its own" in server.wait_log("port of its own")
        assert server.get("/rooms").status == 200


def test_the_main_ports_number_means_that_one_alone(start: Any) -> None:
    with taken() as free:
        port = free.getsockname()[1]
    server = start("--http-port", str(port), address=f"127.0.0.1:{port}")
    assert server.http_address[1] == 0
    assert server.get("/rooms").status == 200


# --- methods and bodies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", API)
def test_methods(server: Server, path: str) -> None:
    for address in ports(server):
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"):
            reply = server.request(method, path, address=address, body=ASK if method == "POST" else None)
            if method in API[path].split(", "):
                assert reply.status == 200, (method, reply)
            else:
                reason(reply, 405)
                assert reply.headers["allow"] == API[path]
    reply = server.request("HEAD", path)
    if path == "/chat/history":
        assert reply.status == 405
    else:
        assert reply.status == 200 and reply.body == b"" and int(reply.headers["content-length"]) > 2


@pytest.mark.parametrize(
    "body, words",
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "object"),
        (b'{"limit":5}', "room_id"),
        (b'{"room_id":7}', "room_id"),
        (b'{"room_id":""}', "room_id"),
        (b'{"room_id":"x","limit":0}', "limit"),
        (b'{"room_id":"x","limit":4294967296}', "limit"),
        (b'{"room_id":"x","limit":"5"}', "limit"),
        (b'{"room_id":"x","limit":2.5}', "limit"),
        (b'{"room_id":"x","room_id":"y"}', "room_id"),
        (b'{"room_id":"' + b"x" * 513 + b'"}', "room_id"),
        (b'{"room_id":"\xff"}', ""),
        (b"[" * 60000, ""),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(server: Server, body: bytes, words: str) -> None:
    for address in ports(server):
        assert words in reason(server.request("POST", "/chat/history", body=body, address=address), 400)


def test_content_types_are_not_asked_for(server: Server) -> None:
    for headers in ({}, {"Content-Type": "application/json; charset=utf-8"}, {"Content-Type": "text/plain"}):
        reply = server.request("POST", "/chat/history", headers, b'{"room_id":"\\ubc29","more":1}')
        assert reply.status == 200 and json.loads(reply.body) == []


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("second", [False, True], ids=["first", "second"])
def test_too_long_a_body(server: Server, chunked: bool, second: bool) -> None:
    """413 reaches a client that sends all of its body first, whichever request of the connection it is."""
    raw = server.raw()
    if second:
        raw.send(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        raw.read(int(raw.head().headers["content-length"]))
    body = b'{"room_id":"' + b"x" * 1_000_000 + b'"}'
    lines = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    raw.send(b"POST /chat/history HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n\r\n")
    raw.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body)
    head = raw.head()
    assert head.status == 413 and head.headers["content-type"] == "application/json"
    assert json.loads(raw.rest())["status"] == 413


def test_a_body_in_pieces_and_requests_behind_it(server: Server) -> None:
    raw = server.raw()
    request = b"POST /chat/history HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(ASK), ASK)
    chunks = b"POST /chat/history HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + ASK[:5] + b"\r\n%x\r\n" % (len(ASK) - 5) + ASK[5:] + b"\r\n0\r\n\r\n"
    bad = b"POST /chat/history HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
    for at in range(len(request)):
        raw.send(request[at : at + 1])
    raw.send(bad + request + chunks + b"GET /rooms HTTP/1.1\r\nHost: a\r\n\r\n" + b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + request)
    for status in (200, 400, 200, 200, 200, 404, 200):
        head = raw.head()
        assert head.status == status
        json.loads(raw.read(int(head.headers["content-length"])))


def test_a_client_that_is_told_to_go_on(server: Server) -> None:
    raw = server.raw()
    raw.send(b"POST /chat/history HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(ASK))
    assert raw.head().status == 100
    raw.send(ASK)
    assert raw.head().status == 200


def test_clients_that_go_away(server: Server) -> None:
    """While their answers are being made, in every way; the server goes on."""
    request = b"POST /chat/history HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(ASK), ASK)
    for leave in (Raw.close, Raw.abort, lambda raw: raw.socket.shutdown(socket.SHUT_WR)):
        for _ in range(20):
            raw = server.raw()
            raw.send(request * 3)
            leave(raw)
    assert server.request("POST", "/chat/history", body=ASK).status == 200
    until(lambda: server.metric("parley_sockets") <= 21, "the connections are gone")


# --- pages of other origins -----------------------------------------------------------------------------------------

ORIGINS = "https://one.example,https://two.example:8443"


def preflight(server: Server, path: str, origin: str, method: str = "POST") -> Reply:
    return server.request("OPTIONS", path, {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type"})


def test_allowed_origins_may_read_every_answer(start: Any) -> None:
    server = start(env={"ALLOWED_ORIGINS": ORIGINS})
    for origin in ORIGINS.split(","):
        for method, path, status in [("GET", "/rooms", 200), ("GET", "/health", 200), ("POST", "/chat/history", 400), ("PUT", "/rooms", 405), ("GET", "/nothing", 404)]:
            reply = server.request(method, path, {"Origin": origin})
            assert reply.status == status
            assert reply.headers["access-control-allow-origin"] == origin and reply.headers["vary"] == "Origin"
    named = server.get("/rooms", {"Origin": "https://one.example:443"})  # the port that https has anyway
    assert named.headers["access-control-allow-origin"] == "https://one.example:443"
    for origin in ("https://evil.example", "http://one.example", "https://one.example:80", "https://one.example.evil.example", "null"):
        reply = server.get("/rooms", {"Origin": origin})
        assert reply.status == 200 and "access-control-allow-origin" not in reply.headers and reply.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in server.get("/rooms").headers
    raw = server.raw()
    raw.send(b"GET /rooms HTTP/1.1\r\nHost: a\r\nOrigin: https://one.example\r\nOrigin: https://evil.example\r\n\r\n")
    assert "access-control-allow-origin" not in raw.head().headers


def test_preflights(start: Any) -> None:
    server = start(env={"ALLOWED_ORIGINS": ORIGINS})
    for path, methods in API.items():
        reply = preflight(server, path, "https://one.example")
        assert reply.status == 204 and reply.body == b""
        assert reply.headers["access-control-allow-origin"] == "https://one.example"
        assert reply.headers["access-control-allow-methods"] == methods
        assert reply.headers["access-control-allow-headers"] == "Authorization, Content-Type"
        assert int(reply.headers["access-control-max-age"]) > 0
        assert "content-length" not in reply.headers
        refused = preflight(server, path, "https://evil.example")
        assert reason(refused, 403) and "access-control-allow-origin" not in refused.headers
    reason(preflight(server, "/nothing", "https://one.example"), 404)
    reason(server.request("OPTIONS", "/rooms", {"Origin": "https://one.example"}), 405)


def test_preflights_need_no_token(start: Any) -> None:
    """Browsers send none with them."""
    server = start("--jwt-secret", "x" * 32, env={"ALLOWED_ORIGINS": "*"})
    assert preflight(server, "/rooms", "https://any.example", "GET").status == 204
    reply = server.get("/rooms", {"Origin": "https://any.example"})
    assert reply.status == 401 and reply.headers["access-control-allow-origin"] == "https://any.example"


def test_only_the_same_origin_by_default(server: Server) -> None:
    reply = server.get("/rooms", {"Origin": "https://one.example"})
    assert reply.status == 200 and "access-control-allow-origin" not in reply.headers
    reason(preflight(server, "/rooms", "https://one.example"), 403)


# --- rooms and history ----------------------------------------------------------------------------------------------


def test_rooms_and_history_of_a_game(server: Server) -> None:
    """What a client has been shown, another finds at once, on either port and whichever worker answers."""
    alice, bob = Player(server, "Alice", "api"), Player(server, "Bob", "api")
    alice.expect_joined(bob)
    for number in range(30):
        alice.chat(f"message {number}")
        stamp = bob.expect_chat(alice, "Alice", f"message {number}")
        for address in ports(server):
            entries = json.loads(server.request("POST", "/chat/history", body=b'{"room_id":"api"}', address=address).body)
            last = entries[-1]
            assert (last["message"], last["username"], last["client_id"], last["room_id"]) == (f"message {number}", "Alice", alice.id, "api")
            assert last["timestamp"].rstrip("Z") == stamp.removesuffix("+00:00")
    rooms = [room for room in json.loads(server.get("/rooms").body)["rooms"] if room["id"] == "api"]
    assert len(rooms) == 1 and rooms[0]["name"] == "api" and rooms[0]["player_count"] == 2


def test_who_asks_for_more_than_an_answer_holds_gets_the_newest(server: Server) -> None:
    alice, bob = Player(server, "Alice", "talk"), Player(server, "Bob", "talk")
    alice.expect_joined(bob)
    for number in range(120):
        alice.chat(str(number))
    bob.expect_chat(alice, "Alice", "0")
    until(lambda: messages(server, 1)[-1] == "119", "all is kept")
    for limit in (99, 100, 101, 1000, 4294967295):
        assert messages(server, limit) == [str(number) for number in range(120)][-min(limit, 100) :]


def messages(server: Server, limit: int) -> list[str]:
    reply = server.request("POST", "/chat/history", body=json.dumps({"room_id": "talk", "limit": limit}).encode())
    assert reply.status == 200
    return [entry["message"] for entry in json.loads(reply.body)]
