"""What may become a WebSocket, and what is refused before it does: requests written by hand."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from harness import KEY, Raw, Server, frame, handshake

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def refused(server: Server, request: bytes, status: int) -> tuple[Raw, dict]:
    """Sends it; checks that it is answered with this status and a JSON body that gives a reason."""
    raw = server.raw()
    raw.send(request)
    head = raw.head()
    assert head.status == status, head
    assert "sec-websocket-accept" not in head.headers
    body = json.loads(raw.read(int(head.headers["content-length"])))
    assert body["message"], body
    return raw, head.headers


def accepted(server: Server, request: bytes) -> Raw:
    raw = server.raw()
    raw.send(request)
    assert raw.head().status == 101
    assert raw.json()["type"] == "connected"
    return raw


def test_the_answer(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake())
    head = raw.head()
    assert head.status == 101
    assert head.headers["upgrade"].lower() == "websocket"
    assert head.headers["connection"].lower() == "upgrade"
    assert head.headers["sec-websocket-accept"] == base64.b64encode(hashlib.sha1((KEY + GUID).encode()).digest()).decode()
    assert "sec-websocket-protocol" not in head.headers and "sec-websocket-extensions" not in head.headers


def test_the_key_of_the_rfc(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ=="))
    assert raw.head().headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("path", ["/chat", "/", "/chat?room=1", "/?a=b&c"])
def test_paths_that_speak(server: Server, path: str) -> None:
    accepted(server, handshake(path))


@pytest.mark.parametrize("path", ["/nothing", "/chat/", "/chat/x", "//chat", "/Chat", "/cha", "/chatt", "/%63hat", "/chat%00", "/./chat", "/health/"])
def test_other_paths_are_not_found(server: Server, path: str) -> None:
    refused(server, handshake(path), 404)


@pytest.mark.parametrize("path", ["/health", "/metrics", "/protocol.yaml"])
def test_paths_that_do_not_speak_websocket(server: Server, path: str) -> None:
    raw = server.raw()
    raw.send(handshake(path))
    assert raw.head().status in (200, 400, 404)  # never 101


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS", "DELETE"])
def test_only_get_upgrades(server: Server, method: str) -> None:
    raw = server.raw()
    raw.send(handshake(method=method, Content_Length="0"))
    assert raw.head().status in (400, 405)


def test_only_http_1_1_upgrades(server: Server) -> None:
    refused(server, handshake(version="HTTP/1.0"), 400)


@pytest.mark.parametrize("version", ["0", "7", "8", "12", "14", "130", "13, 8", "x", "", "+13", "013"])
def test_other_versions(server: Server, version: str) -> None:
    _, headers = refused(server, handshake(Sec_WebSocket_Version=version), 426)
    assert headers["sec-websocket-version"] == "13"


def test_no_version(server: Server) -> None:
    _, headers = refused(server, handshake(drop=("Sec-WebSocket-Version",)), 426)
    assert headers["sec-websocket-version"] == "13"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        base64.b64encode(b"fifteen bytes!!").decode(),
        base64.b64encode(b"seventeen bytes!!").decode(),
        "!!!!!!!!!!!!!!!!!!!!!!==",
        KEY[:-2] + "  ",
        KEY[:-1],
        KEY + "=",
        KEY.replace("=", "A"),
    ],
)
def test_malformed_keys(server: Server, key: str) -> None:
    refused(server, handshake(Sec_WebSocket_Key=key), 400)


def test_no_key(server: Server) -> None:
    refused(server, handshake(drop=("Sec-WebSocket-Key",)), 400)


def test_two_keys(server: Server) -> None:
    request = handshake().replace(b"Sec-WebSocket-Key:", b"Sec-WebSocket-Key: " + KEY.encode() + b"\r\nSec-WebSocket-Key:")
    refused(server, request, 400)


@pytest.mark.parametrize("connection", ["upgrade", "UPGRADE", "keep-alive, Upgrade", "keep-alive,upgrade", "Upgrade , close"])
def test_connection_lists_upgrade(server: Server, connection: str) -> None:
    accepted(server, handshake(Connection=connection))


@pytest.mark.parametrize("upgrade", ["WebSocket", "WEBSOCKET", "websocket, h2c"])
def test_upgrade_in_any_case(server: Server, upgrade: str) -> None:
    accepted(server, handshake(Upgrade=upgrade))


def test_field_names_in_any_case_and_white_space_around_values(server: Server) -> None:
    request = handshake(Sec_WebSocket_Version=" \t13 \t").replace(b"Host:", b"hOST:").replace(b"Sec-WebSocket", b"sEC-wEBsOCKET")
    accepted(server, request)


# --- Host and Origin ------------------------------------------------------------------------------------------------


def test_no_host(server: Server) -> None:
    refused(server, handshake(drop=("Host",)), 400)


@pytest.mark.parametrize("second", [b"localhost", b"elsewhere"])
def test_two_hosts(server: Server, second: bytes) -> None:
    refused(server, handshake().replace(b"Upgrade:", b"Host: " + second + b"\r\nUpgrade:", 1), 400)


def test_no_origin_is_no_browser(server: Server) -> None:
    accepted(server, handshake())


@pytest.mark.parametrize("origin", ["http://localhost:8080", "https://localhost:8080", "HTTP://LOCALHOST:8080"])
def test_a_page_of_the_same_host(server: Server, origin: str) -> None:
    accepted(server, handshake(Host="localhost:8080", Origin=origin))


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://localhost:8081", "http://localhost", "http://localhost:8080.evil.example", "http://evil.example/localhost:8080", "null", "", "localhost:8080", "http://localhost:8080/", "http://x@localhost:8080"],
)
def test_a_page_of_another_host(server: Server, origin: str) -> None:
    refused(server, handshake(Host="localhost:8080", Origin=origin), 403)


@pytest.mark.parametrize(("host", "origin"), [("a.example", "http://a.example:80"), ("a.example:80", "http://a.example"),
                                              ("a.example", "https://a.example:443"), ("a.example:443", "https://a.example")])
def test_the_port_that_a_scheme_has_anyway(server: Server, host: str, origin: str) -> None:
    accepted(server, handshake(Host=host, Origin=origin))


@pytest.mark.parametrize(("host", "origin"), [("a.example", "http://a.example:443"), ("a.example:80", "https://a.example"),
                                              ("a.example", "http://a.example:8080"), ("a.example", "http://:80")])
def test_a_port_that_a_scheme_has_not(server: Server, host: str, origin: str) -> None:
    refused(server, handshake(Host=host, Origin=origin), 403)


def test_two_origins(server: Server) -> None:
    request = handshake(Host="localhost", Origin="http://localhost").replace(b"Origin:", b"Origin: http://localhost\r\nOrigin:", 1)
    refused(server, request, 400)


def test_allowed_origins(start) -> None:
    server = start(env={"ALLOWED_ORIGINS": "https://one.example, https://two.example:8443, http://three.example:80"})
    accepted(server, handshake(Origin="https://one.example"))
    accepted(server, handshake(Origin="https://two.example:8443"))
    for origin in ("https://one.example:443", "http://three.example", "http://three.example:80"):
        accepted(server, handshake(Origin=origin))
    for origin in ("https://one.example:80", "http://three.example:443", "https://three.example", "http://three.example:8080"):
        refused(server, handshake(Origin=origin), 403)
    accepted(server, handshake())
    refused(server, handshake(Origin="https://two.example"), 403)
    refused(server, handshake(Origin="http://one.example"), 403)
    refused(server, handshake(Origin="https://one.example.evil.example"), 403)


def test_every_origin(start) -> None:
    server = start(env={"ALLOWED_ORIGINS": "*"})
    accepted(server, handshake(Origin="https://anywhere.example"))
    accepted(server, handshake(Origin="null"))


# --- smuggling ------------------------------------------------------------------------------------------------------

AMBIGUOUS = {
    "length and chunked": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "chunked and length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n",
    "the same length twice": "Content-Length: 5\r\nContent-Length: 5\r\n",
    "a list of lengths": "Content-Length: 5, 5\r\n",
    "length with a sign": "Content-Length: +5\r\n",
    "negative length": "Content-Length: -1\r\n",
    "length no number": "Content-Length: five\r\n",
    "length too great": "Content-Length: 99999999999999999999999\r\n",
    "length with a space inside": "Content-Length: 1 0\r\n",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "unknown coding": "Transfer-Encoding: xchunked\r\n",
    "folded header": "X-Folded: a\r\n b\r\n",
    "folded with a tab": "X-Folded: a\r\n\tb\r\n",
    "space before the colon": "Content-Length : 5\r\n",
    "no colon": "Nonsense\r\n",
    "no name": ": value\r\n",
}


@pytest.mark.parametrize("method, path", [("GET", "/chat"), ("GET", "/health"), ("POST", "/health")])
@pytest.mark.parametrize("lines", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_ambiguous_requests_are_refused_and_the_connection_closed(server: Server, lines: str, method: str, path: str) -> None:
    raw = server.raw()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()
    raw.send(head + b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = raw.rest()
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert answer.count(b"HTTP/1.1 ") == 1, "what follows an ambiguous request is not read as another"


@pytest.mark.parametrize("head", [b"GET /health HTTP/1.1\r\n\r\n", b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"], ids=["none", "two"])
def test_exactly_one_host_for_http_too(server: Server, head: bytes) -> None:
    raw = server.raw()
    raw.send(head)
    assert raw.rest().startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00\x00\x00\x00\r\n\r\n", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /chat HTTP/9.9\r\n\r\n", b"\r\n" * 20 + b"x\r\n\r\n"])
def test_what_is_no_request_is_closed(server: Server, junk: bytes) -> None:
    raw = server.raw()
    raw.send(junk)
    raw.socket.shutdown(1)
    answer = raw.rest()
    assert not answer or answer.startswith(b"HTTP/1.1 400 "), answer
    accepted(server, handshake())


# --- what arrives with it -------------------------------------------------------------------------------------------


def test_frames_that_arrive_with_the_handshake_are_served(server: Server) -> None:
    raw = accepted(server, handshake() + frame(0x1, b'{"type":"set_username","username":"eager"}') + frame(0x9, b"ping"))
    answers = {received.opcode: received.payload for received in (raw.frame(), raw.frame())}  # a Pong may overtake
    assert answers == {0x1: b'{"type":"username_set","username":"eager"}', 0xA: b"ping"}


def test_half_a_frame_that_arrives_with_the_handshake(server: Server) -> None:
    message = frame(0x1, b'{"type":"set_username","username":"eager"}')
    raw = accepted(server, handshake() + message[:9])
    raw.send(message[9:])
    assert raw.json()["type"] == "username_set"


def test_one_byte_at_a_time(server: Server) -> None:
    raw = server.raw()
    raw.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
    for byte in handshake() + frame(0x1, b'{"type":"set_username","username":"slow"}'):
        raw.send(bytes([byte]))
    assert raw.head().status == 101
    assert raw.json()["type"] == "connected"
    assert raw.json()["type"] == "username_set"


def test_a_request_before_the_handshake_on_one_connection(server: Server) -> None:
    raw = server.raw()
    raw.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = raw.head()
    assert head.status == 200
    raw.read(int(head.headers["content-length"]))
    raw.send(handshake())
    assert raw.head().status == 101
    assert raw.json()["type"] == "connected"


def test_a_subprotocol_that_is_not_spoken_is_not_chosen(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake(Sec_WebSocket_Protocol="soap, wamp"))
    head = raw.head()
    assert head.status == 101 and "sec-websocket-protocol" not in head.headers


def test_an_extension_that_is_not_spoken_is_not_chosen(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits"))
    head = raw.head()
    assert head.status == 101 and "sec-websocket-extensions" not in head.headers


def test_a_refusal_harms_nobody_else(server: Server) -> None:
    alice, bob, _ = server.pair()
    for _ in range(50):
        refused(server, handshake(Sec_WebSocket_Version="8"), 426)[0].close()
    alice.send("chat", content="undisturbed")
    bob.expect("chat")
