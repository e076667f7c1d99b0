"""Stopping: everybody is told, and the process ends well and in time."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from game import Player, history, texts
from harness import BINARY, Client, Server, clean_environment, frame, handshake, until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_all_are_told_1001(start, number: signal.Signals) -> None:
    server = start()
    clients = [*server.pair()[:2], server.client(), server.client("Lone")]
    raw = server.upgraded()
    server.signal(number)
    for client in clients:
        assert client.expect_close(1001)
    raw.expect_close(1001)
    server.wait()


@pytest.mark.threads
def test_under_load(start) -> None:
    """Pairs that talk without pause: each connection ends with 1001, and the process with 0."""
    server = start("--workers", "2")
    pairs = [server.pair() for _ in range(20)]
    codes: list[int | None] = []

    def talk(client: Client) -> None:
        try:
            while True:
                client.send("chat", content="x" * 1000)
                client.connection.recv(0.001)
        except TimeoutError:
            talk_on(client)
        except ConnectionClosed as closed:
            codes.append(closed.rcvd.code if closed.rcvd else None)

    def talk_on(client: Client) -> None:
        try:
            while True:
                client.send("chat", content="y")
                client.connection.recv()
        except ConnectionClosed as closed:
            codes.append(closed.rcvd.code if closed.rcvd else None)

    threads = [threading.Thread(target=talk, args=(client,)) for host, guest, _ in pairs for client in (host, guest)]
    for thread in threads:
        thread.start()
    server.wait_log("listening")
    started = time.monotonic()
    server.signal()
    for thread in threads:
        thread.join()
    server.wait()
    assert codes == [1001] * 40
    assert time.monotonic() - started < 10


def test_a_client_that_does_not_answer_does_not_hold_it_up(start) -> None:
    server = start("--shutdown-timeout-ms", "1000")
    silent = [server.upgraded() for _ in range(5)]
    started = time.monotonic()
    server.signal()
    server.wait()
    assert time.monotonic() - started < 5
    for raw in silent:
        assert raw.frame().close_code == 1001


def test_clients_in_the_middle_of_things(start) -> None:
    server = start("--shutdown-timeout-ms", "2000")
    half_head, keep_alive, half_frame = server.raw(), server.raw(), server.upgraded()
    half_head.send(b"GET /chat HTTP/1.1\r\n")
    keep_alive.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    assert keep_alive.head().status == 200
    half_frame.send(frame(0x1, b"half of it")[:8])
    server.signal()
    server.wait()


def test_an_idle_server_stops_at_once(start) -> None:
    server = start()
    started = time.monotonic()
    server.signal()
    server.wait()
    assert time.monotonic() - started < 3


def test_a_second_signal_does_not_wait(start) -> None:
    server = start("--shutdown-timeout-ms", "60000")
    raw = server.upgraded()
    server.signal()
    assert raw.frame().close_code == 1001
    until(lambda: server.signal() or server.process.poll() is not None, "a later signal ends it")
    assert server.process.wait() == 1
    server.stop = lambda: None  # it has been stopped, and not in the usual way


def test_two_signals_at_once_are_one(start) -> None:
    """As whoever signals both a process and its group sends them, timeout(1) for one."""
    server = start()
    raw = server.upgraded()
    server.signal()
    assert raw.frame().close_code == 1001
    server.signal()
    raw.close()
    server.wait()
    assert "second signal" not in server.log


def test_nobody_gets_in_while_it_stops(start) -> None:
    server = start("--shutdown-timeout-ms", "3000")
    holding = server.upgraded()
    server.signal()
    assert holding.frame().close_code == 1001
    try:
        raw = server.raw()
        raw.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = raw.rest()
    except OSError:
        answer = b""
    assert not answer or b" 503 " in answer.split(b"\r\n", 1)[0]
    server.wait()


# --- in steps, for balancers ----------------------------------------------------------------------------------------


def test_balancers_are_told_first(start) -> None:
    """While /readyz alone says that it stops, everything goes on, and who still comes is served."""
    server = start("--drain-delay-ms", "4000", "--shutdown-timeout-ms", "20000")
    alice, bob, _ = server.pair()
    assert server.get("/readyz").status == 200
    server.signal()
    until(lambda: server.get("/readyz").status == 503, "readiness is off")
    for address in (server.address, server.http_address):
        reply = server.request("GET", "/readyz", address=address)
        assert reply.status == 503 and json.loads(reply.body)["message"] == "the server is stopping"
        assert server.request("GET", "/livez", address=address).status == 200
        health = json.loads(server.request("GET", "/health", address=address).body)
        assert health["status"] == "stopping"
    late = server.client("Late")
    alice.send("chat", content="still here")
    assert bob.expect("chat")["content"] == "still here"
    for client in (alice, bob, late):
        client.expect_close(1001)
    server.wait()


def test_connections_are_closed_one_by_one(start) -> None:
    """Spread over the time that is given, so that they do not all come back at once; nobody new gets in."""
    server = start("--drain-ms", "3000", "--shutdown-timeout-ms", "20000", "--workers", "2")
    clients = [server.client() for _ in range(60)]
    waits = [Waits(client) for client in clients]
    server.signal()
    until(lambda: any(wait.ended for wait in waits), "the first one is closed")
    raw = server.raw()
    raw.send(handshake())
    assert raw.head().status == 503
    assert server.get("/readyz").status == 503
    assert not all(wait.ended for wait in waits)
    for wait in waits:
        wait.join()
    ends = sorted(wait.ended for wait in waits)
    assert ends[-1] - ends[0] > 1.0
    assert max(later - earlier for earlier, later in zip(ends, ends[1:])) < 1.5, "no pause of half the time, no crowd"
    server.wait()


class Waits(threading.Thread):
    """Waits for the Close of a client, and notes when it came."""

    def __init__(self, client: Client):
        super().__init__()
        self.client, self.ended = client, 0.0
        self.start()

    def run(self) -> None:
        self.client.expect_close(1001)
        self.ended = time.monotonic()


def test_steps_are_part_of_the_whole() -> None:
    command = [BINARY, "--drain-ms", "3000", "--drain-delay-ms", "2000", "--shutdown-timeout-ms", "5000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, env=clean_environment())
    assert done.returncode == 1 and "--shutdown-timeout-ms" in done.stderr


# --- what was said is kept ------------------------------------------------------------------------------------------


@pytest.mark.threads
@pytest.mark.parametrize("flags", [(), ("--durability", "fsync"), ("--drain-ms", "500")], ids=["cache", "fsync", "drained"])
def test_nothing_that_was_shown_is_lost(start, tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Under load: all that a client was shown before its 1001 is in the history of the next server, once and in order."""
    env = {"DATA_DIR": str(tmp_path)}
    server = start("--workers", "2", *flags, env=env)
    pairs = [(Player(server, "talks", f"room {n}"), Player(server, "hears", f"room {n}")) for n in range(12)]
    shown: list[list[str]] = [[] for _ in pairs]

    def talk(speaker: Player) -> None:
        try:
            for number in range(100):
                speaker.chat(f"message {number}")
                pace.wait(0.002)
        except ConnectionClosed:
            pass

    def hear(hearer: Player, into: list[str]) -> None:
        try:
            while True:
                event = json.loads(hearer.connection.recv(20))
                if event["type"] == "ChatMessage":
                    into.append(event["message"])
        except ConnectionClosed as closed:
            codes.append(closed.rcvd.code if closed.rcvd else None)

    pace, codes = threading.Event(), []
    threads = [threading.Thread(target=talk, args=(speaker,)) for speaker, _ in pairs]
    threads += [threading.Thread(target=hear, args=(hearer, into)) for (_, hearer), into in zip(pairs, shown)]
    for thread in threads:
        thread.start()
    until(lambda: sum(map(len, shown)) > 200, "they talk")
    server.signal()
    for thread in threads:
        thread.join()
    server.wait()
    assert codes == [1001] * len(pairs)
    again = start(env=env)
    for number, messages in enumerate(shown):
        kept = texts(history(again, f"room {number}"))
        assert messages and kept[: len(messages)] == messages
        assert len(set(kept)) == len(kept)
