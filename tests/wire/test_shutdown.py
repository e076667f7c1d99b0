"""Stopping: everybody is told, and the process ends well and in time."""

from __future__ import annotations

import signal
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed

from harness import Client, frame


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
    server.signal()
    assert server.process.wait(10) in (0, 1, -signal.SIGTERM, 128 + signal.SIGTERM)
    server.stop = lambda: None  # it has been stopped, and not in the usual way


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
