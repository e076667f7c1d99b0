"""What one client, or many, may use of the server: time, memory, connections, descriptors."""

from __future__ import annotations

import json
import resource
import signal
import threading
import time
from pathlib import Path

import pytest

from harness import Server, frame, handshake, until
from live import Live


def cpu_seconds(server: Server) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def refused_with(server: Server, status: int) -> bool:
    """A connection over a cap is told so, or just closed."""
    raw = server.raw()
    try:
        raw.send(handshake())
        answer = raw.rest()
    except OSError:
        return True
    return not answer or answer.startswith(b"HTTP/1.1 %d " % status)


def is_served(server: Server) -> bool:
    raw = server.raw()
    try:
        raw.send(handshake())
        return raw.head().status == 101
    except (OSError, AssertionError):
        return False
    finally:
        raw.close()


# --- heads ----------------------------------------------------------------------------------------------------------


def test_a_slow_head_is_closed(start) -> None:
    server = start("--header-timeout-ms", "1500")
    waiting = {
        "nothing": server.raw(),
        "half a head": server.raw(),
        "half a second head": server.raw(),
    }
    waiting["half a head"].send(b"GET /chat HTTP/1.1\r\nHost: x\r\n")
    waiting["half a second head"].send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    head = waiting["half a second head"].head()
    waiting["half a second head"].read(int(head.headers["content-length"]))
    waiting["half a second head"].send(b"GET /livez HTTP/1.1\r\n")
    started = time.monotonic()
    for label, raw in waiting.items():
        raw.rest()
        assert time.monotonic() - started < 10, label
    assert is_served(server)


def test_a_head_that_drips_is_closed_too(start) -> None:
    server = start("--header-timeout-ms", "1000")
    raw = server.raw()
    raw.send(b"GET /chat HTTP/1.1\r\n")
    raw.socket.settimeout(0.1)  # one byte every tenth of a second, until it is closed
    started = time.monotonic()
    closed = False
    while not closed and time.monotonic() - started < 15:
        try:
            raw.send(b"x")
            closed = raw.socket.recv(1000) == b""
        except TimeoutError:
            pass
        except OSError:
            closed = True
    assert closed


def test_a_head_over_its_bound_is_refused(server: Server) -> None:
    raw = server.raw()
    try:
        raw.send(handshake(X_Long="x" * 200_000))
        answer = raw.rest()
    except OSError:
        answer = b""
    assert not answer or answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 ")), answer
    assert is_served(server)


def test_a_head_just_within_its_bound_is_served(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake(X_Long="x" * 16_000))
    assert raw.head().status == 101


def test_many_headers_are_bounded(server: Server) -> None:
    raw = server.raw()
    try:
        raw.send(handshake(**{f"X_{number}": "y" for number in range(5000)}))
        answer = raw.rest()
    except OSError:
        answer = b""
    assert not answer.startswith(b"HTTP/1.1 101 ")


# --- connections ----------------------------------------------------------------------------------------------------


def test_the_cap_on_connections(start) -> None:
    server = start("--connections-max", "20")
    held = [server.upgraded() for _ in range(20)]
    assert refused_with(server, 503)
    held.pop().close()
    until(lambda: is_served(server), "a place that was given back is given out again")
    assert all(raw.send_json({"type": "set_username", "username": "x"}) or raw.json() for raw in held)


def test_the_cap_per_address_spares_loopback(start) -> None:
    server = start("--connections-per-address-max", "5")
    held = [server.upgraded() for _ in range(10)]
    assert len(held) == 10 and is_served(server)


def test_the_cap_per_address(start) -> None:
    server = start("--connections-per-address-max", "5", "--limit-loopback")
    held = [server.upgraded() for _ in range(5)]
    assert refused_with(server, 503)
    held.pop().close()
    until(lambda: is_served(server), "a place that was given back is given out again")


def test_running_out_of_descriptors(start) -> None:
    """Accepting stops without spinning, those inside are served, and it goes on as soon as one leaves."""
    server = start("--workers", "1", files_max=100)
    client = server.client("Alice")
    held = []
    for _ in range(150):
        raw = server.raw()  # the kernel completes it, whether the server takes it or not
        held.append(raw)
    client.fence()
    before = cpu_seconds(server)
    started = time.monotonic()
    while time.monotonic() - started < 1.0:  # a window to measure in
        client.fence()
    spent = cpu_seconds(server) - before
    calls = time.monotonic() - started
    assert spent < 0.9 * calls, f"{spent} s of CPU in {calls} s"
    for raw in held:
        raw.close()
    until(lambda: is_served(server), "connections are accepted again")
    client.create_room()


def test_idle_out_of_descriptors_costs_nothing(start) -> None:
    server = start("--workers", "1", files_max=60)
    held = [server.raw() for _ in range(100)]
    until(lambda: len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) >= 50, "the descriptors are used up")
    before = cpu_seconds(server)
    threading.Event().wait(1.0)  # a window to measure in
    assert cpu_seconds(server) - before < 0.3
    for raw in held:
        raw.close()
    until(lambda: is_served(server), "connections are accepted again")


def test_memory_does_not_grow_with_connections_that_came_and_went(server: Server) -> None:
    def resident() -> int:
        return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def come_and_go() -> None:
        for _ in range(300):
            raw = server.upgraded()
            raw.send(frame(0x1, b'{"type":"set_username","username":"x"}') + frame(0x1, b"half", fin=False))
            raw.abort()
        until(lambda: server.metric("parley_connections") == 0, "all are gone")

    come_and_go()
    before = resident()
    come_and_go()
    come_and_go()
    assert resident() - before < 8 << 20


# --- silence --------------------------------------------------------------------------------------------------------


def test_a_silent_client_is_pinged(start) -> None:
    server = start("--ping-interval-ms", "300", "--idle-timeout-ms", "60000")
    raw = server.upgraded()
    for _ in range(3):
        ping = raw.frame()
        assert ping.opcode == 0x9
        raw.send_frame(0xA, ping.payload)


@pytest.mark.parametrize("tls", [False, True])
def test_a_client_that_answers_pings_stays(start, certificate: tuple[str, str], tls: bool) -> None:
    flags = ("--tls-cert", certificate[0], "--tls-key", certificate[1]) if tls else ()
    server = start("--ping-interval-ms", "200", "--idle-timeout-ms", "1000", *flags, tls=tls)
    raw = server.upgraded()
    started = time.monotonic()
    while time.monotonic() - started < 2.5:
        ping = raw.frame()
        assert ping.opcode == 0x9
        raw.send_frame(0xA, ping.payload)
    raw.send_json({"type": "set_username", "username": "alive"})
    while (received := raw.frame()).opcode == 0x9:
        pass
    assert b"alive" in received.payload


def test_a_client_that_is_gone_is_closed_with_1001(start) -> None:
    server = start("--ping-interval-ms", "300", "--idle-timeout-ms", "1000")
    alice = server.client("Alice")
    code = alice.create_room()
    raw = server.upgraded()
    raw.send_json({"type": "set_username", "username": "Gone"})
    raw.send_json({"type": "join_room", "room_code": code})
    assert [raw.json()["type"] for _ in range(2)] == ["username_set", "room_joined"]
    assert raw.frame().opcode == 0x9  # asked once
    received = raw.frame()
    assert received.opcode == 0x8 and received.close_code == 1001
    alice.expect("partner_joined")
    alice.expect("partner_left")
    alice.silent()


@pytest.mark.direct("stops the server, which a front may take for dead")
@pytest.mark.parametrize("tls", [False, True])
def test_who_is_asked_late_has_as_long_to_answer(start, certificate: tuple[str, str], tls: bool) -> None:
    """The server stood still for longer than a client may be silent: it asks, and hears the answer."""
    flags = ("--tls-cert", certificate[0], "--tls-key", certificate[1]) if tls else ()
    server = start("--ping-interval-ms", "200", "--idle-timeout-ms", "2500", *flags, tls=tls)
    raw = server.upgraded()
    server.signal(signal.SIGSTOP)
    time.sleep(2.6)  # as long as that, and another sweep
    server.signal(signal.SIGCONT)
    assert raw.frame().opcode == 0x9
    time.sleep(0.5)  # a client that takes its time: many sweeps
    raw.send_frame(0xA, b"")
    raw.send_json({"type": "set_username", "username": "alive"})
    while (received := raw.frame()).opcode == 0x9:
        raw.send_frame(0xA, received.payload)
    assert b"alive" in received.payload


# --- floods ---------------------------------------------------------------------------------------------------------


@pytest.mark.direct("stops the server, which a front may take for dead")
@pytest.mark.parametrize("tls", [False, True])
def test_who_sends_much_work_does_not_hold_up_the_others(start, certificate: tuple[str, str], tls: bool) -> None:
    """What one client sent is read at once and handled bit by bit: what another sent after it comes in between."""
    flags = ("--tls-cert", certificate[0], "--tls-key", certificate[1]) if tls else ()
    server = start("--workers", "1", *flags, tls=tls)
    members: list[Live] = []
    for number in range(40):
        members.append(Live(server, f"user {number}"))
        if number == 0:
            members[0].create("c")
        members[-1].join("c", number, *((f"user {each}", each) for each in range(number)))
    *_, flooder, other, witness = members
    said = [json.dumps({"op": 20, "d": {"channel_id": "c", "content": str(number)}}).encode() for number in range(600)]
    server.signal(signal.SIGSTOP)
    try:
        flooder.connection.socket.sendall(b"".join(frame(0x1, each) for each in said))
        other.send("MESSAGE_CREATE", channel_id="c", content="mine")
    finally:
        server.signal(signal.SIGCONT)
    heard = [witness.expect("MESSAGE_EVENT")["content"] for _ in range(601)]
    assert [each for each in heard if each != "mine"] == [str(number) for number in range(600)]
    assert heard[-1] != "mine"


def test_a_flood_of_pings_ends_in_1008(server: Server) -> None:
    alice, bob, _ = server.pair()
    raw = server.upgraded()
    try:
        for _ in range(200):
            raw.send(frame(0x9, b"x" * 100) * 500)
    except OSError:
        pass
    received = raw.rest()
    assert b"\x88" in received or not received
    alice.send("chat", content="undisturbed")
    bob.expect("chat")


def test_a_flood_of_empty_fragments_is_ended(server: Server) -> None:
    raw = server.upgraded()
    try:
        raw.send(frame(0x1, b"", fin=False))
        for _ in range(200):
            raw.send(frame(0x0, b"", fin=False) * 5000)
        raw.rest()
    except OSError:
        pass
    assert is_served(server)
