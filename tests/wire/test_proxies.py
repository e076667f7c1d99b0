"""Behind proxies: whose a request or a connection is, and who is believed about it. 127.0.0.2 stands for a proxy here,
and 127.0.0.1, which the bounds hold for, for a client that has connected by itself."""

from __future__ import annotations

import http.client
import json
import struct
from typing import Any

import pytest

from game import Player
from harness import TIMEOUT, Head, Raw, Server, handshake, until
from tokens import SECRET, bearer, signed

PROXY = "127.0.0.2"
TRUST = ("--trusted-proxies", PROXY, "--limit-loopback")
LINE = b"PROXY TCP4 %s 10.0.0.1 50000 443\r\n"
LIVEZ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


def forwarded(server: Server, client: str, source: str = PROXY, path: str = "/chat", **fields: str) -> tuple[Raw, Head]:
    """A WebSocket that a proxy passes on, past its handshake's answer."""
    raw = Raw(server.address, source=source)
    raw.send(handshake(path, X_Forwarded_For=client, **fields))
    return raw, raw.head()


def status(server: Server, client: str, **options: Any) -> int:
    raw, head = forwarded(server, client, **options)
    raw.close()
    return head.status


def binary(command: int = 0x21, family: int = 0x11, addresses: bytes = bytes([192, 0, 2, 7, 10, 0, 0, 1]) + struct.pack(">HH", 1, 443)) -> bytes:
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack(">BBH", command, family, len(addresses)) + addresses


# --- X-Forwarded-For, Forwarded -------------------------------------------------------------------------------------


def test_clients_of_a_proxy_have_bounds_of_their_own(start: Any) -> None:
    server = start("--connections-per-address-max", "3", *TRUST)
    held = [forwarded(server, "192.0.2.1") for _ in range(3)]
    assert [head.status for _, head in held] == [101, 101, 101]
    assert status(server, "192.0.2.1") == 503
    assert status(server, "6.6.6.6, 192.0.2.1") == 503
    assert status(server, "192.0.2.1:4711") == 503
    assert status(server, "192.0.2.1, 127.0.0.2") == 503
    assert status(server, "192.0.2.2") == 101
    assert status(server, "2001:db8::1") == 101
    assert server.metric("parley_accept_refused_total", bound="address") == 4
    held.pop()[0].close()
    until(lambda: status(server, "192.0.2.1") == 101, "a place that was given back is given out again")


def test_a_network_of_ipv6_is_one_client(start: Any) -> None:
    server = start("--connections-per-address-max", "2", *TRUST)
    for number in range(2):
        assert forwarded(server, f'"[2001:db8::{number}]:80"')[1].status == 101
    assert status(server, "2001:db8::ffff") == 503
    assert status(server, "2001:db8:0:1::1") == 101


def test_others_are_not_believed(start: Any) -> None:
    server = start("--connections-per-address-max", "3", *TRUST)
    held = [forwarded(server, f"192.0.2.{number}", source="127.0.0.3") for number in range(3)]
    assert [head.status for _, head in held] == [101, 101, 101]
    assert status(server, "192.0.2.9", source="127.0.0.3") == 503
    assert status(server, "192.0.2.0") == 101


def test_connections_of_a_proxy_that_wait_count_for_nobody(start: Any) -> None:
    server = start("--connections-per-address-max", "3", *TRUST)
    idle = [Raw(server.address, source=PROXY) for _ in range(10)]
    for raw in idle:
        raw.send(LIVEZ)
        assert raw.head().status == 200
    assert status(server, "192.0.2.1") == 101


@pytest.mark.parametrize("field", ["unknown", "_hidden", "192.0.2.256", "[::1", '"', ","])
def test_who_is_hidden_counts_as_the_proxy(start: Any, field: str) -> None:
    server = start("--connections-per-address-max", "2", *TRUST)
    held = [forwarded(server, f"192.0.2.1, {field}" if field != "," else field) for _ in range(2)]
    assert [head.status for _, head in held] == [101, 101]
    assert status(server, field) == 503
    assert status(server, "192.0.2.1") == 101


def test_forwarded_as_rfc_7239_has_it(start: Any) -> None:
    server = start("--connections-per-address-max", "1", *TRUST)
    for client in ("192.0.2.1", "192.0.2.2"):
        for expected in (101, 503):
            raw = Raw(server.address, source=PROXY)
            raw.send(handshake(Forwarded=f'for="6.6.6.6, for={client};proto=https'))
            assert raw.head().status == expected


def test_wrong_codes_bar_who_has_guessed_them(start: Any) -> None:
    server = start("--guesses-max", "3", "--guesses-refill-ms", "3600000", *TRUST)

    def guess(client: str) -> int:
        """The opcode of the answer to a wrong code: an error's, or a Close's."""
        raw, head = forwarded(server, client)
        assert head.status == 101 and raw.json()["type"] == "connected"
        raw.send_json({"type": "set_username", "username": "x"})
        assert raw.json()["type"] == "username_set"
        raw.send_json({"type": "join_room", "room_code": "AAAAAA"})
        return raw.frame().opcode

    assert [guess("192.0.2.1") for _ in range(4)] == [1, 1, 1, 8]
    assert guess("192.0.2.2") == 1
    assert guess("192.0.2.1") == 8


def test_wrong_tokens_bar_who_has_tried_them(start: Any) -> None:
    """Requests of several clients come by one connection of the proxy."""
    server = start("--guesses-max", "2", "--guesses-refill-ms", "3600000", "--jwt-secret", SECRET, *TRUST)
    proxy = http.client.HTTPConnection(*server.address, timeout=TIMEOUT, source_address=(PROXY, 0))

    def rooms(client: str, token: str) -> int:
        proxy.request("GET", "/rooms", headers={"X-Forwarded-For": client} | bearer(token))
        answer = proxy.getresponse()
        answer.read()
        return answer.status

    assert [rooms("192.0.2.1", "wrong") for _ in range(3)] == [401, 401, 429]
    assert [rooms("192.0.2.2", "wrong"), rooms("192.0.2.2", signed()), rooms("192.0.2.1", signed())] == [401, 200, 429]
    assert status(server, "192.0.2.1", path="/game", **bearer()) == 429
    assert status(server, "192.0.2.2", path="/game", **bearer()) == 101
    proxy.close()


def test_the_log_names_the_client(start: Any) -> None:
    server = start("--connections-per-address-max", "1", "--log-level", "debug", *TRUST)
    assert [forwarded(server, "2001:db8::7")[1].status for _ in range(2)] == [101, 503]
    server.wait_log(r"handshake accepted .*2001:db8::7")
    assert "too many connections" in server.wait_log(r"handshake refused .*2001:db8::7")
    forwarded(server, "192.0.2.9", source="127.0.0.1")
    server.wait_log(r"handshake accepted .*127\.0\.0\.1")
    assert "192.0.2.9" not in server.log


def test_a_page_behind_a_front_that_takes_the_tls_off(server: Server) -> None:
    for origin, expected in (("https://example.org", 101), ("https://evil.example", 403)):
        raw = server.raw()
        raw.send(handshake(Host="example.org", Origin=origin, X_Forwarded_Proto="https"))
        assert raw.head().status == expected


def test_without_the_option_nobody_is_believed(start: Any) -> None:
    server = start("--connections-per-address-max", "2", "--limit-loopback")
    held = [forwarded(server, f"192.0.2.{number}", source="127.0.0.1") for number in range(2)]
    assert [head.status for _, head in held] == [101, 101]
    assert status(server, "192.0.2.9", source="127.0.0.1") == 503


# --- the PROXY protocol ---------------------------------------------------------------------------------------------


@pytest.fixture
def proxied(start: Any) -> Server:
    return start("--proxy-protocol", "--connections-per-address-max", "3", "--header-timeout-ms", "1000", *TRUST)


def passed_on(server: Server, first: bytes, request: bytes = LIVEZ, **options: Any) -> Raw:
    raw = Raw(server.address, source=PROXY, first=first, **options)
    raw.send(request)
    return raw


def refusals(server: Server) -> float:
    return server.metric("parley_proxy_headers_refused_total")


@pytest.mark.parametrize(
    "first",
    [
        LINE % b"192.0.2.1",
        b"PROXY TCP6 2001:db8::1 ::1 50000 443\r\n",
        b"PROXY UNKNOWN\r\n",
        binary(),
        binary(family=0x21, addresses=bytes(36)),
        binary(addresses=bytes(12) + b"\x03\x00\x01x" * 100),
        binary(command=0x20, family=0, addresses=b""),
        binary(family=0x31, addresses=bytes(216)),
    ],
)
def test_a_header_and_then_a_request(proxied: Server, first: bytes) -> None:
    assert passed_on(proxied, first).head().status == 200
    assert passed_on(proxied, first + LIVEZ, b"").head().status == 200
    assert passed_on(proxied, first, handshake()).head().status == 101
    assert refusals(proxied) == 0


@pytest.mark.parametrize("first", [LINE % b"192.0.2.1", binary()])
def test_split_at_any_byte(start: Any, first: bytes) -> None:
    server = start("--proxy-protocol", *TRUST)
    whole = first + LIVEZ
    for at in range(1, len(whole)):
        assert passed_on(server, whole[:at], whole[at:]).head().status == 200, at
    raw = passed_on(server, b"", b"")
    for byte in whole:
        raw.send(bytes([byte]))
    assert raw.head().status == 200


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"PROXY TCP4 192.0.2.1 10.0.0.1 50000\r\n",
        b"PROXY TCP4 192.0.2.300 10.0.0.1 50000 443\r\n",
        b"PROXY UNKNOWN " + b"x" * 200,
        b"\x16\x03\x01\x00\xff\x01\x00",
        bytes(100),
        binary(command=0x22),
        binary(addresses=bytes(11)),
        binary(addresses=bytes(5000)),
    ],
)
def test_a_wrong_header_ends_the_connection(proxied: Server, first: bytes) -> None:
    raw = Raw(proxied.address, source=PROXY)
    try:
        raw.send(first + LIVEZ)
    except OSError:
        pass  # closed before all of it was taken
    assert raw.closed()
    assert refusals(proxied) == 1


def test_a_header_that_does_not_end(proxied: Server) -> None:
    assert passed_on(proxied, b"PROXY TCP4 192", b"").closed()
    assert passed_on(proxied, binary()[:20], b"").closed()
    assert refusals(proxied) == 2


def test_a_header_that_is_broken_off(proxied: Server) -> None:
    for first in (b"P", binary()[:20]):
        Raw(proxied.address, source=PROXY, first=first).abort()
    until(lambda: proxied.metric("parley_sockets") == 1, "both are gone")
    assert refusals(proxied) == 0


def test_the_header_tells_whose_the_connection_is(proxied: Server) -> None:
    """From its first byte on: one too many is turned away before it has asked for anything."""
    held = [passed_on(proxied, LINE % b"192.0.2.1") for _ in range(3)]
    assert [raw.head().status for raw in held] == [200, 200, 200]
    assert passed_on(proxied, LINE % b"192.0.2.1").head().status == 503
    assert passed_on(proxied, LINE % b"192.0.2.2", handshake(X_Forwarded_For="192.0.2.1")).head().status == 101
    held.pop().close()
    until(lambda: passed_on(proxied, LINE % b"192.0.2.1").head().status == 200, "a place is given out again")


def test_who_is_turned_away_holds_no_place(proxied: Server) -> None:
    connections = [passed_on(proxied, LINE % b"192.0.2.1") for _ in range(5)]
    assert sorted(raw.head().status for raw in connections) == [200, 200, 200, 503, 503]
    for raw in connections:
        raw.close()
    until(lambda: proxied.metric("parley_sockets") == 1, "all are gone")


def test_a_proxy_behind_a_proxy(proxied: Server) -> None:
    """A header that names a trusted proxy: that one's requests say whose they are."""
    request = handshake(X_Forwarded_For="192.0.2.1")
    assert [passed_on(proxied, LINE % b"127.0.0.2", request).head().status for _ in range(4)] == [101, 101, 101, 503]
    assert passed_on(proxied, LINE % b"127.0.0.2", handshake(X_Forwarded_For="192.0.2.2")).head().status == 101


def test_others_begin_with_their_request(proxied: Server) -> None:
    assert proxied.get("/livez").status == 200
    raw = proxied.raw()
    raw.send(LINE % b"192.0.2.1" + LIVEZ)
    assert raw.head().status == 400
    assert refusals(proxied) == 0


def test_the_other_port_is_as_ever(proxied: Server) -> None:
    raw = Raw(proxied.http_address, source=PROXY)
    raw.send(LIVEZ)
    assert raw.head().status == 200


def test_before_tls(start: Any, certificate: tuple[str, str]) -> None:
    cert, key = certificate
    server = start("--proxy-protocol", *TRUST, "--connections-per-address-max", "2", "--tls-cert", cert, "--tls-key", key, tls=True)
    held = [passed_on(server, LINE % b"192.0.2.1", tls=True) for _ in range(2)]
    assert [raw.head().status for raw in held] == [200, 200]
    with pytest.raises(OSError):
        passed_on(server, LINE % b"192.0.2.1", tls=True).head()
    assert passed_on(server, binary(), handshake(), tls=True).head().status == 101


def test_stopping_does_not_wait_for_headers(start: Any) -> None:
    server = start("--proxy-protocol", "--shutdown-timeout-ms", "20000", "--header-timeout-ms", "60000", *TRUST)
    waiting = passed_on(server, b"PROXY", b"")
    until(lambda: server.metric("parley_sockets") == 2, "it has arrived")
    server.signal()
    assert waiting.closed()
    server.wait()


def test_the_protocol_needs_proxies_to_speak_it(start: Any) -> None:
    with pytest.raises(AssertionError, match="--proxy-protocol needs --trusted-proxies"):
        Server("--proxy-protocol")


# --- connections that a front shares among requests -----------------------------------------------------------------


def post(body: bytes, client: str, **fields: str) -> bytes:
    lines = {"Host": "localhost", "X-Forwarded-For": client, "Content-Length": str(len(body))} | fields
    return b"POST /chat/history HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()).encode() + b"\r\n" + body


def history(raw: Raw) -> list[str]:
    head = raw.head()
    assert head.status == 200, head
    return [entry["message"] for entry in json.loads(raw.read(int(head.headers["content-length"])))]


def test_requests_of_several_clients_on_one_connection(start: Any) -> None:
    """Each gets its own answer, however their bytes are cut."""
    server = start(*TRUST)
    for room in ("one", "two"):
        player = Player(server, room, room=room)
        player.send("Chat", message=f"in {room}")
        player.fence()
    requests = [(post(json.dumps({"room_id": room, "limit": 5}).encode(), f"192.0.2.{n}"), room) for n in range(5) for room in ("one", "two")]
    whole = b"".join(request for request, _ in requests)
    answers = [[f"in {room}"] for _, room in requests]
    raw = Raw(server.address, source=PROXY)
    raw.send(whole)
    assert [history(raw) for _ in requests] == answers
    for step in (1, 7, 100):
        raw = Raw(server.address, source=PROXY)
        for at in range(0, len(whole), step):
            raw.send(whole[at : at + step])
        assert [history(raw) for _ in requests] == answers


@pytest.mark.parametrize(
    "fields",
    [
        {"Transfer-Encoding": "chunked"},
        {"Content-Length": "0\r\nContent-Length: 40"},
        {"Content-Length": "+5"},
        {"Content-Length": "5, 5"},
        {"Content-Length": "0x5"},
        {"Transfer-Encoding ": "chunked"},
        {"Content-Length": "5\r\n 0"},
    ],
)
def test_what_could_be_another_clients_request_is_not_served(server: Server, fields: dict[str, str]) -> None:
    """A body that a front may have taken for longer or shorter than we: refused, also as a later request, and nothing
    of it is read as a request."""
    hidden = b"GET /rooms HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for before in (b"", LIVEZ):
        raw = server.raw()
        raw.send(before + post(hidden, "192.0.2.1", **fields) + hidden)
        if before:
            head = raw.head()
            assert head.status == 200
            raw.read(int(head.headers["content-length"]))
        answer = raw.rest()
        assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1") == 1, answer
