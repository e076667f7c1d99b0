"""The same over TLS, in the process itself."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from admin import Admin
from game import COLOR, Player
from harness import BINARY, Raw, Server, frame, handshake, unverified, until
from live import OPS


@pytest.fixture(scope="module")
def server(certificate: tuple[str, str]) -> Iterator[Server]:
    with Server("--tls-cert", certificate[0], "--tls-key", certificate[1], "--workers", "2", tls=True) as running:
        yield running


def test_chat(server: Server) -> None:
    alice, bob, _ = server.pair()
    for number in range(100):
        alice.send("chat", content=str(number))
    for number in range(100):
        assert bob.expect("chat")["content"] == str(number)


def test_moves(server: Server) -> None:
    for number in range(20):
        host, guest, _ = server.pair()
        guest.send("chat", content=str(number))
        host.expect("chat", **{"from": "Bob", "content": str(number)})
        host.close()
        guest.expect("partner_left")
        guest.close()


def test_http(server: Server) -> None:
    assert server.get("/health").status == 200
    assert server.get("/").status == 200
    for path in ("/health", "/rooms"):
        assert server.request("GET", path, address=server.http_address).status == 200


def test_too_long_a_body(server: Server) -> None:
    """The refusal arrives, though the client sends all of its body first."""
    reply = server.request("POST", "/chat/history", body=b"x" * 1_000_000)
    assert reply.status == 413 and json.loads(reply.body)["status"] == 413


def test_great_messages(server: Server) -> None:
    """Often enough that the kernel takes some of them whole and others in pieces."""
    for _ in range(10):
        alice, bob, _ = server.pair()
        for _ in range(20):
            alice.send("chat", content="é" * 16384)
        for _ in range(20):
            assert bob.expect("chat")["content"] == "é" * 16384


def test_frames_that_arrive_with_the_handshake(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake() + frame(0x1, b'{"type":"set_username","username":"eager"}'))
    assert raw.head().status == 101
    assert raw.json()["type"] == "connected"
    assert raw.json()["type"] == "username_set"


def test_protocol_errors_are_told(server: Server) -> None:
    raw = server.upgraded()
    raw.send_frame(0x1, b"x", masked=False)
    raw.expect_close(1002)


def test_commands_that_wait_for_another_worker(server: Server) -> None:
    """Meanwhile nothing more is read, and what was read before is kept."""
    raw = server.upgraded("/live", greeting=False)
    raw.json()
    commands = [("IDENTIFY", {"user_id": "anna", "token": "any"})]
    for number in range(20):
        commands += [("CHANNEL_CREATE", {"channel_id": f"tls {number}", "channel_name": "x"}), ("HEARTBEAT", None)]
    for name, data in commands:
        raw.send_json({"op": OPS[name], "d": data})
    assert raw.json()["op"] == OPS["IDENTIFY"] + 1
    for number in range(20):
        assert raw.json()["d"]["data"]["channel_id"] == f"tls {number}"
        assert raw.json()["op"] == 2


def lagging_player(admin: Admin) -> tuple[Player, Raw, int]:
    """One who chats in a room, one there who does not read, for whom the server keeps messages; and how many were sent."""
    alice = Player(admin.server, "Alice", "lag")
    slow = admin.server.upgraded("/game", greeting=False)
    slow.send_json({"type": "Join", "room_id": "lag", "name": "Slow", "color": COLOR})
    assert slow.json()["type"] == "Welcome"
    sent = 0

    def lags_after_more() -> bool:
        nonlocal sent
        for _ in range(100):
            alice.chat(f"{sent} {'x' * 480}")
            sent += 1
        alice.fence()
        return any(session["waiting_messages"] > 0 for session in admin.all("sessions"))

    until(lags_after_more, "one connection lags")
    return alice, slow, sent


def test_a_move_takes_along_what_is_not_sent_yet(certificate: tuple[str, str], start) -> None:
    admin = Admin(start, "--tls-cert", certificate[0], "--tls-key", certificate[1], "--workers", "4", tls=True)
    alice, slow, sent = lagging_player(admin)
    rooms = [f"room {number}" for number in range(8)]
    for room in rooms:
        slow.send_json({"type": "Join", "room_id": room, "name": "Slow", "color": COLOR})
    alice.expect("PlayerLeft")
    for number in range(sent):
        assert slow.json()["message"].startswith(f"{number} ")
    for _ in rooms:
        assert slow.json()["type"] == "Welcome"
    assert admin.server.metric("parley_sessions_moved_total", service="game") > 0


def test_a_reader_that_is_cut_off_reads_why(certificate: tuple[str, str], start) -> None:
    """After whole messages, in order."""
    limits = ("--workers", "1", "--egress-messages-max", "1000")
    admin = Admin(start, "--tls-cert", certificate[0], "--tls-key", certificate[1], *limits, tls=True)
    alice, slow, sent = lagging_player(admin)

    def is_cut_off_after_more() -> bool:
        for _ in range(200):
            alice.chat("too much")
        return any(event["type"] == "PlayerLeft" for event in alice.fence())

    until(is_cut_off_after_more, "a reader that lags without end is cut off")
    read = 0
    while (received := slow.frame()).opcode == 0x1:
        assert json.loads(received.payload)["message"].startswith(f"{read} " if read < sent else "too much")
        read += 1
    assert read > 0
    assert (received.opcode, received.close_code) == (0x8, 1013)
    assert slow.closed()


def test_plain_text_on_the_tls_port(server: Server) -> None:
    with socket.create_connection(server.address, 10) as plain:
        plain.sendall(handshake())
        try:
            answer = plain.recv(1000)
        except ConnectionResetError:
            answer = b""
        assert b"101" not in answer
    server.pair()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions_that_are_spoken(server: Server, version: ssl.TLSVersion) -> None:
    context = unverified()
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(server.address, 10) as plain, context.wrap_socket(plain) as secured:
        assert secured.version() == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_versions_are_not_spoken(server: Server) -> None:
    context = unverified()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(server.address, 10) as plain, pytest.raises((ssl.SSLError, ConnectionResetError)):
        context.wrap_socket(plain)


def test_http_2_is_not_offered(server: Server) -> None:
    context = unverified()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(server.address, 10) as plain, context.wrap_socket(plain) as secured:
        assert secured.selected_alpn_protocol() in (None, "http/1.1")


def test_cut_off_in_the_middle_of_everything(server: Server) -> None:
    for steps in range(3):
        plain = socket.create_connection(server.address, 10)
        if steps == 0:
            plain.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
            plain.close()
            continue
        secured = unverified().wrap_socket(plain)
        secured.sendall(handshake()[:40] if steps == 1 else handshake() + frame(0x1, b"half")[:3])
        secured.close()
    server.pair()


def test_shutdown(certificate: tuple[str, str], start) -> None:
    server = start("--tls-cert", certificate[0], "--tls-key", certificate[1], tls=True)
    alice, bob, _ = server.pair()
    server.signal()
    alice.expect_close(1001)
    bob.expect_close(1001)
    server.wait()


@pytest.mark.parametrize("fault", ["no key", "no such file", "not a certificate", "key of another", "key of another kind"])
def test_bad_files_are_told_at_start(certificate: tuple[str, str], tmp_path: Path, fault: str) -> None:
    cert, key = certificate
    if fault == "no such file":
        cert = str(tmp_path / "missing.pem")
    elif fault == "not a certificate":
        cert = str(tmp_path / "other.pem")
        Path(cert).write_text("nothing of the kind\n")
    elif fault == "key of another":
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", tmp_path / "key.pem"], check=True)
        key = str(tmp_path / "key.pem")
    elif fault == "key of another kind":
        subprocess.run(["openssl", "genrsa", "-out", tmp_path / "key.pem", "2048"], check=True, capture_output=True)
        key = str(tmp_path / "key.pem")
    flags = ["--tls-cert", cert] + ([] if fault == "no key" else ["--tls-key", key])
    done = subprocess.run([BINARY, "127.0.0.1:0", *flags], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert "tls" in done.stderr.lower() and len(done.stderr.splitlines()) <= 5, done.stderr
