"""Frames that no well-behaved library sends, against the real server: what breaks a rule, where it is noticed, what
arrives of the answer, and what the others notice of it (nothing)."""

from __future__ import annotations

import json
import socket
import struct
import threading
from pathlib import Path
from typing import Iterator

import pytest

from harness import Raw, Server, frame, handshake, until

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PROTOCOL_ERROR, INVALID_DATA, POLICY_VIOLATION, TOO_BIG = 1002, 1007, 1008, 1009
MESSAGE_BYTES_MAX = 65536

MASK = b"\x37\xfa\x21\x3d"


@pytest.fixture(scope="module", params=["plain", "tls"])
def server(request: pytest.FixtureRequest, certificate: tuple[str, str]) -> Iterator[Server]:
    """What holds for plain connections holds for TLS, whose bytes take another way in."""
    flags = ("--tls-cert", certificate[0], "--tls-key", certificate[1]) if request.param == "tls" else ()
    with Server(*flags, tls=bool(flags)) as running:
        yield running


@pytest.fixture(scope="module")
def plain() -> Iterator[Server]:
    """For clients that send and read at the same time, which Python's TLS sockets must not."""
    with Server() as running:
        yield running


def named(name: str) -> bytes:
    return json.dumps({"type": "set_username", "username": name}).encode()


def fragments(payload: bytes, *ends: int) -> list[bytes]:
    """A text in frames that end at these places, and the last one."""
    starts = [0, *ends]
    parts = [payload[a:b] for a, b in zip(starts, [*ends, len(payload)])]
    return [frame(CONTINUATION if i else TEXT, p, fin=i == len(parts) - 1) for i, p in enumerate(parts)]


def expect_named(raw: Raw, name: str) -> None:
    assert raw.json() == {"type": "username_set", "username": name}


def send_all(raw: Raw, data: bytes) -> threading.Thread:
    """Sends in the background, for as long as the server takes it."""

    def run() -> None:
        try:
            raw.send(data)
        except OSError:
            pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


# --- rules of the header, noticed by the header ---------------------------------------------------------------------

START = frame(TEXT, b"a", fin=False)  # a message is under way

HEADERS = {
    "reserved bit 1": (b"\xc1", PROTOCOL_ERROR),
    "reserved bit 2": (b"\xa1", PROTOCOL_ERROR),
    "reserved bit 3": (b"\x91", PROTOCOL_ERROR),
    "reserved opcode 3": (b"\x83", PROTOCOL_ERROR),
    "reserved opcode 15": (b"\x8f", PROTOCOL_ERROR),
    "ping in fragments": (b"\x09", PROTOCOL_ERROR),
    "close in fragments": (b"\x08", PROTOCOL_ERROR),
    "continuation of nothing": (b"\x80", PROTOCOL_ERROR),
    "message in a message": (START + b"\x81", PROTOCOL_ERROR),
    "binary in a text": (START + b"\x02", PROTOCOL_ERROR),
    "not masked": (b"\x81\x05", PROTOCOL_ERROR),
    "not masked and empty": (b"\x81\x00", PROTOCOL_ERROR),
    "ping of 126 bytes": (b"\x89\xfe", PROTOCOL_ERROR),
    "pong of 64 bits": (b"\x8a\xff", PROTOCOL_ERROR),
    "close of one byte": (b"\x88\x81", PROTOCOL_ERROR),
    "16 bits for 125": (b"\x81\xfe\x00\x7d", PROTOCOL_ERROR),
    "64 bits for 65535": (b"\x81\xff" + struct.pack(">Q", 65535), PROTOCOL_ERROR),
    "highest bit of the length": (b"\x81\xff" + struct.pack(">Q", 1 << 63), PROTOCOL_ERROR),
    "one byte too many": (b"\x81\xff" + struct.pack(">Q", MESSAGE_BYTES_MAX + 1), TOO_BIG),
    "one byte too many of binary": (b"\x82\xff" + struct.pack(">Q", MESSAGE_BYTES_MAX + 1), TOO_BIG),
    "the greatest length": (b"\x82\xff" + struct.pack(">Q", (1 << 63) - 1), TOO_BIG),
    "too much in two frames": (
        frame(TEXT, b" " * 40000, fin=False) + b"\x80\xfe" + struct.pack(">H", 25537),
        TOO_BIG,
    ),
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("cut", ["at once", "byte by byte"])
def test_header(server: Server, name: str, cut: str) -> None:
    """Nothing is sent after the byte that breaks the rule."""
    data, code = HEADERS[name]
    raw = server.upgraded()
    if cut == "at once":
        raw.send(data)
    else:
        raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        long_part = max(0, len(data) - 20)
        raw.send(data[:long_part])
        for at in range(long_part, len(data)):
            raw.send(data[at : at + 1])
    assert raw.expect_close(code), "a Close says why"


# --- text, noticed at the byte --------------------------------------------------------------------------------------

TEXTS = {
    "a continuation byte": b"\x80",
    "never a byte of UTF-8": b"ab\xff",
    "an overlong form": b"\xc0",
    "an overlong form of three": b"\xe0\x9f",
    "a surrogate": b"\xed\xa0",
    "above U+10FFFF": b"\xf4\x90",
    "a character cut short": b"\xec\x95 ",
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_in_one_frame(server: Server, name: str) -> None:
    """The frame is announced longer; what follows the wrong byte is never sent."""
    raw = server.upgraded()
    whole = frame(TEXT, TEXTS[name] + b" " * 50)
    raw.send(whole[:-50])
    assert raw.expect_close(INVALID_DATA)


@pytest.mark.parametrize("name", TEXTS)
def test_text_in_fragments(server: Server, name: str) -> None:
    raw = server.upgraded()
    raw.send(b"".join(frame(CONTINUATION if i else TEXT, bytes([b]), fin=False) for i, b in enumerate(TEXTS[name])))
    assert raw.expect_close(INVALID_DATA)


def test_text_that_ends_in_a_character(server: Server) -> None:
    raw = server.upgraded()
    raw.send_frame(TEXT, b'"\xec\x95')
    assert raw.expect_close(INVALID_DATA)


def test_binary_need_not_be_text(server: Server) -> None:
    raw = server.upgraded()
    raw.send_frame(BINARY, b"\xff\xfe")
    raw.send_frame(TEXT, named("Ann"))
    expect_named(raw, "Ann")


# --- messages, however they come ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Ann", "안녕하세요", "\U0001f600"])
def test_byte_by_byte(server: Server, name: str) -> None:
    raw = server.upgraded()
    raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in frame(TEXT, named(name)):
        raw.send(bytes([byte]))
    expect_named(raw, name)


def test_every_cut_in_two(server: Server) -> None:
    raw = server.upgraded()
    raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    two = frame(TEXT, named("Ann")) + frame(TEXT, named("Ève"))
    for at in range(1, len(two)):
        raw.send(two[:at])
        raw.send(two[at:])
        expect_named(raw, "Ann")
        expect_named(raw, "Ève")


def test_fragments_with_pings_between(server: Server) -> None:
    raw = server.upgraded()
    parts = fragments(named("안녕"), 5, 37, 38, 39, 44)
    for number, part in enumerate(parts):
        raw.send(part + frame(PING, b"%d" % number))
    received = [raw.frame() for _ in range(len(parts) + 1)]
    pongs = [f.payload for f in received if f.opcode == PONG]
    assert pongs == [b"%d" % number for number in range(len(parts))]
    texts = [f.payload for f in received if f.opcode == TEXT]
    assert [json.loads(t) for t in texts] == [{"type": "username_set", "username": "안녕"}]


def test_the_longest_message(server: Server) -> None:
    """65,536 bytes, in one frame and in many; white space counts."""
    raw = server.upgraded()
    longest = named("Ann").ljust(MESSAGE_BYTES_MAX)
    raw.send_frame(TEXT, longest)
    expect_named(raw, "Ann")
    raw.send(b"".join(fragments(longest, 1, 1000, 65000)))
    expect_named(raw, "Ann")
    raw.send(b"".join(fragments(longest + b" ", 1, 1000, 65000)))
    assert raw.expect_close(TOO_BIG)


def test_empty_fragments_have_a_bound(plain: Server) -> None:
    """They cost nothing to send, and a message of them would never end."""
    raw = plain.upgraded()
    sender = send_all(raw, frame(TEXT, b"", fin=False) + frame(CONTINUATION, b"", fin=False) * 200_000)
    assert raw.expect_close(POLICY_VIOLATION)
    sender.join()


def test_frames_with_the_handshake_are_served(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake() + frame(TEXT, named("Ann")) + frame(TEXT, named("Bob"))[:9])
    assert raw.head().status == 101
    assert raw.json()["type"] == "connected"
    expect_named(raw, "Ann")
    raw.send(frame(TEXT, named("Bob"))[9:])
    expect_named(raw, "Bob")


# --- Ping and Pong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [b"", b"x", b"\xff" * 125])
def test_ping(server: Server, payload: bytes) -> None:
    raw = server.upgraded()
    raw.send_frame(PING, payload)
    assert raw.frame() == (PONG, payload, True)


def test_pings_in_a_burst_are_all_answered(server: Server) -> None:
    raw = server.upgraded()
    raw.send(b"".join(frame(PING, b"%d" % i) for i in range(16)))
    assert [raw.frame().payload for _ in range(16)] == [b"%d" % i for i in range(16)]


def test_a_pong_says_that_what_came_before_the_ping_is_answered(server: Server) -> None:
    raw = server.upgraded()
    raw.send(frame(TEXT, named("Ann")) + frame(PING, b"seen?"))
    expect_named(raw, "Ann")
    assert raw.frame() == (PONG, b"seen?", True)


def test_pongs_are_taken_in_silence(server: Server) -> None:
    raw = server.upgraded()
    raw.send(frame(PONG) + frame(PONG, b"unasked") + frame(TEXT, named("Ann")))
    expect_named(raw, "Ann")


def test_a_flood_of_pings_ends(plain: Server) -> None:
    """Its sender never reads while it sends."""
    raw = plain.upgraded()
    sender = send_all(raw, frame(PING, b"x" * 125) * 100_000)
    sender.join()
    try:
        while (received := raw.frame()).opcode == PONG:
            pass
        assert (received.opcode, received.close_code) == (CLOSE, POLICY_VIOLATION)
    except ConnectionResetError:
        pass  # it sent more than a farewell waits for: the server need not hear it out
    other = plain.upgraded()
    other.send_frame(TEXT, named("Ann"))
    expect_named(other, "Ann")


# --- Close ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999])
def test_a_close_is_answered_with_its_code(server: Server, code: int) -> None:
    raw = server.upgraded()
    raw.send_frame(CLOSE, struct.pack(">H", code) + "안녕".encode())
    raw.expect_close(code)


def test_a_close_without_a_code(server: Server) -> None:
    raw = server.upgraded()
    raw.send_frame(CLOSE)
    assert raw.frame() == (CLOSE, b"", True)
    assert raw.closed()


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
def test_a_code_that_may_not_be_sent(server: Server, code: int) -> None:
    """Noticed by the code: the reason is announced but never sent."""
    raw = server.upgraded()
    raw.send(frame(CLOSE, struct.pack(">H", code) + b"why")[:-3])
    assert raw.expect_close(PROTOCOL_ERROR)


def test_a_reason_that_is_not_text(server: Server) -> None:
    raw = server.upgraded()
    raw.send(frame(CLOSE, struct.pack(">H", 1000) + b"a\xff" + b"b" * 20)[:-20])
    assert raw.expect_close(INVALID_DATA)


def test_answers_come_before_the_close(server: Server) -> None:
    raw = server.upgraded()
    raw.send(frame(TEXT, named("Ann")) * 20 + frame(CLOSE, struct.pack(">H", 1000)) + frame(TEXT, named("late")))
    for _ in range(20):
        expect_named(raw, "Ann")
    received = raw.frame()
    assert (received.opcode, received.close_code) == (CLOSE, 1000)
    assert raw.closed()


@pytest.mark.parametrize("code", [1000, 3000])
def test_a_close_that_more_follows_is_answered_without_a_reset(plain: Server, code: int) -> None:
    raw = plain.upgraded()
    sender = send_all(raw, frame(CLOSE, struct.pack(">H", code)) + b"\x00" * 1_000_000)
    assert raw.frame() == (CLOSE, struct.pack(">H", code), True)
    sender.join()
    assert raw.socket.recv(1) == b""


@pytest.mark.parametrize("unread", [1, 10_000, 1_000_000])
def test_a_close_arrives_past_unread_input(plain: Server, unread: int) -> None:
    """Closing a socket with unread input would reset the connection, and the reset would overtake the Close."""
    raw = plain.upgraded()
    sender = send_all(raw, b"\xc1" + b"\x00" * unread)
    assert raw.expect_close(PROTOCOL_ERROR)
    sender.join()


def test_a_close_arrives_in_the_middle_of_a_message_too_big(plain: Server) -> None:
    raw = plain.upgraded()
    sender = send_all(raw, frame(TEXT, b"x" * 1_000_000))
    assert raw.expect_close(TOO_BIG)
    sender.join()


def test_who_holds_on_is_let_go(plain: Server) -> None:
    """The server has said its Close; these clients neither answer nor hang up."""
    descriptors = Path(f"/proc/{plain.process.pid}/fd")
    before = len(list(descriptors.iterdir()))
    clients = [plain.upgraded() for _ in range(50)]
    for client in clients:
        client.send(b"\xc1")
        assert client.frame().close_code == PROTOCOL_ERROR
    until(lambda: len(list(descriptors.iterdir())) <= before, "their descriptors are closed")


def test_who_never_stops_sending_is_cut_off(plain: Server) -> None:
    raw = plain.upgraded()
    raw.send(b"\xc1")
    assert raw.frame().close_code == PROTOCOL_ERROR
    with pytest.raises(OSError):
        for _ in range(10_000):
            raw.send(b"\x00" * 65536)


# --- connections that end without one -------------------------------------------------------------------------------

PIECES = {
    "between frames": b"",
    "in a header": b"\x81",
    "in a long header": b"\x81\xfe\x01",
    "in a mask": b"\x81\x85\x00",
    "in a payload": frame(TEXT, named("Ann"))[:-3],
    "between fragments": frame(TEXT, b'{"type"', fin=False),
    "in a ping": frame(PING, b"payload")[:-2],
    "in a ping between fragments": frame(TEXT, b'{"type"', fin=False) + frame(PING, b"payload")[:-2],
}


@pytest.mark.parametrize("how", ["end", "reset"])
@pytest.mark.parametrize("where", PIECES)
@pytest.mark.threads
def test_cut_off(server: Server, where: str, how: str) -> None:
    """The partner is told, once, and nobody else notices."""
    host = server.client("Alice")
    code = host.create_room()
    raw = server.upgraded()
    raw.send_frame(TEXT, named("Bob"))
    raw.send_json({"type": "join_room", "room_code": code})
    expect_named(raw, "Bob")
    assert raw.json()["type"] == "room_joined"
    host.expect("partner_joined", username="Bob")
    raw.send(PIECES[where])
    if how == "end":
        raw.close()
    else:
        raw.abort()
    host.expect("partner_left")
    host.silent()
    host.close()


def test_half_close(server: Server) -> None:
    """A client that has said all it had to say still gets its answers."""
    raw = server.upgraded()
    raw.send(frame(TEXT, named("Ann")) * 50)
    socket.socket.shutdown(raw.socket, socket.SHUT_WR)  # of TCP, also under TLS
    for _ in range(50):
        expect_named(raw, "Ann")
    assert raw.closed()


def test_half_close_with_much_unread(plain: Server) -> None:
    """What waits for a client that sends no more is still for it."""
    alice, bob = plain.client("Alice"), plain.upgraded()
    code = alice.create_room()
    bob.send_json({"type": "set_username", "username": "Bob"})
    bob.send_json({"type": "join_room", "room_code": code})
    alice.expect("partner_joined", username="Bob")
    for number in range(20):  # more than the kernel holds for who does not read
        alice.send("chat", content=f"{number} " + "x" * 30000)
    alice.fence()
    bob.socket.shutdown(socket.SHUT_WR)
    alice.expect("partner_left")
    assert [bob.json()["type"] for _ in range(2)] == ["username_set", "room_joined"]
    assert [bob.json()["content"].split()[0] for _ in range(20)] == [str(number) for number in range(20)]
    assert bob.closed()


def test_announced_bytes_cost_no_memory(plain: Server) -> None:
    """200 clients announce the longest message and send one byte of it."""
    announced = b"\x81\xff" + struct.pack(">Q", MESSAGE_BYTES_MAX) + MASK + b"\x00"
    clients = [plain.upgraded() for _ in range(200)]
    before = plain.metric("process_resident_memory_bytes")
    for client in clients:
        client.send(announced)
    plain.upgraded().close()  # the server has been round its connections
    assert plain.metric("process_resident_memory_bytes") - before < 200 * MESSAGE_BYTES_MAX / 4
    for client in clients:
        client.abort()
    until(lambda: plain.metric("parley_connections") <= 1, "all connections are gone")
