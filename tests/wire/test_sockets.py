"""Listening sockets that a service manager holds, by systemd's protocol (sd_listen_fds(3)): they outlive the server."""

from __future__ import annotations

import fcntl
import socket
import subprocess
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from harness import BINARY, TIMEOUT, Raw, Server, clean_environment, handshake

FIRST = 3  # of the numbers under which a server finds them


class Holder:
    """Listens on ports of 127.0.0.1, and starts servers that take them over."""

    def __init__(self, *kinds: int):
        self.sockets = [socket.socket(socket.AF_INET, kind) for kind in kinds]
        for held in self.sockets:
            held.bind(("127.0.0.1", 0))
            if held.type == socket.SOCK_STREAM:
                held.listen()
        self.ports = [held.getsockname()[1] for held in self.sockets]
        self.copies = [fcntl.fcntl(held, fcntl.F_DUPFD, 100) for held in self.sockets]

    def close(self) -> None:
        for held, copy in zip(self.sockets, self.copies):
            held.close()
            socket.close(copy)

    def within(self, count: int | None = None, pid: str = "$$") -> tuple[str, ...]:
        """A command that runs the next one with them."""
        moves = " ".join(f"{FIRST + place}<&{copy} {copy}<&-" for place, copy in enumerate(self.copies))
        count = len(self.sockets) if count is None else count
        return ("bash", "-c", f'exec {moves}; LISTEN_PID={pid} LISTEN_FDS={count} exec "$@"', "bash")


@pytest.fixture
def hold() -> Iterator[Any]:
    held: list[Holder] = []

    def launch(*kinds: int) -> Holder:
        held.append(Holder(*kinds))
        return held[-1]

    yield launch
    for each in held:
        each.close()


@pytest.fixture
def holder(hold: Any) -> Holder:
    """Of the main port and the API's."""
    return hold(socket.SOCK_STREAM, socket.SOCK_STREAM)


def serve(start: Any, holder: Holder, *flags: str) -> Server:
    main, http = holder.ports
    server = start("--http-port", str(http), *flags, address=f"127.0.0.1:{main}", within=holder.within(), descriptors=holder.copies)
    assert (server.address[1], server.http_address[1]) == (main, http)
    return server


@pytest.mark.threads
def test_all_workers_accept_from_them(start: Any, holder: Holder) -> None:
    server = serve(start, holder, "--workers", "4")
    alice, bob, _ = server.pair()
    clients = [server.client() for _ in range(100)]
    assert server.request("GET", "/readyz", address=server.http_address).status == 200
    bob.send("chat", content="hi")
    alice.expect("chat", content="hi", **{"from": "Bob"})
    server.signal()
    for client in (alice, bob, *clients):
        client.expect_close(1001)
    server.wait()


def test_who_comes_between_two_lives_waits(start: Any, holder: Holder) -> None:
    first = serve(start, holder)
    first.client()
    first.stop()
    waiting = [Raw(first.address) for _ in range(5)]
    for raw in waiting:
        raw.send(handshake("/chat"))
    second = serve(start, holder)
    for raw in waiting:
        assert raw.head().status == 101 and raw.json()["type"] == "connected"
    assert second.metric("parley_connections") == len(waiting)


def test_those_of_another_process_are_none_of_ours(start: Any, holder: Holder) -> None:
    server = start(within=holder.within(pid="1"), descriptors=holder.copies)
    assert server.address[1] not in holder.ports
    assert server.client().fence() == []


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Starts a server that does not start, and returns its log."""

    def launch(holder: Holder, address: str, **options: Any) -> str:
        command = [*holder.within(**options), str(BINARY), address, "--http-port", "off", "--live-udp-port", "0", "--data-dir", str(tmp_path)]
        done = subprocess.run(command, pass_fds=holder.copies, env=clean_environment(), capture_output=True, text=True, timeout=TIMEOUT)
        assert done.returncode == 1, done.stderr
        return done.stderr

    return launch


def test_one_that_no_setting_names_is_a_mistake(hold: Any, refused: Callable[..., str]) -> None:
    holder = hold(socket.SOCK_STREAM)
    for address in ("127.0.0.1:0", f"127.0.0.2:{holder.ports[0]}"):
        said = refused(holder, address)
        assert "not what the settings ask for" in said and f"address=127.0.0.1 port={holder.ports[0]}" in said


def test_one_of_another_kind_is_a_mistake(hold: Any, refused: Callable[..., str]) -> None:
    holder = hold(socket.SOCK_DGRAM)
    assert 'address="none of TCP"' in refused(holder, "127.0.0.1:0")


def test_more_than_there_are_ports_is_a_mistake(hold: Any, refused: Callable[..., str]) -> None:
    assert "too many sockets" in refused(hold(socket.SOCK_STREAM), "127.0.0.1:0", count=1000)
