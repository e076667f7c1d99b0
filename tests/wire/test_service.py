"""What a service manager is told, by systemd's protocol (sd_notify(3)), and its watchdog."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
from pathlib import Path
from typing import Any, Iterator

import pytest

from harness import TIMEOUT

# linux/ptrace.h: a thread can be stopped while the others go on.
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207


class Manager:
    """The socket that a service tells its state to."""

    def __init__(self, address: str):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(TIMEOUT)

    def next(self) -> str:
        return self.socket.recv(4096).decode()

    def expect(self, state: str) -> None:
        """The next one that is not the watchdog's."""
        while (told := self.next()) == "WATCHDOG=1":
            pass
        assert told.split("\n")[0] == state


@pytest.fixture(params=["a path", "an abstract name"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Manager, dict[str, str]]]:
    if request.param == "a path":
        name = address = str(tmp_path / "notify")
    else:
        name, address = f"@parley-{os.getpid()}", f"\0parley-{os.getpid()}"
    manager = Manager(address)
    yield manager, {"NOTIFY_SOCKET": name}
    manager.socket.close()


def test_states_are_told(start: Any, manager: tuple[Manager, dict[str, str]], tmp_path: Path) -> None:
    told, env = manager
    conf = tmp_path / "parley.conf"
    conf.write_text("strikes-max = 7\n")
    server = start("--config", str(conf), env=env)
    told.expect("READY=1")
    assert server.get("/readyz").status == 200
    server.signal(signal.SIGHUP)
    told.expect("RELOADING=1")
    told.expect("READY=1")
    conf.write_text("strikes-max = none\n")
    server.signal(signal.SIGHUP)
    told.expect("RELOADING=1")
    told.expect("READY=1")
    server.stop()
    told.expect("STOPPING=1")
    assert "cannot be told" not in server.log


@pytest.mark.threads
def test_the_watchdog_is_fed_while_all_workers_live(start: Any, manager: tuple[Manager, dict[str, str]]) -> None:
    told, env = manager
    server = start("--workers", "3", env=env | {"WATCHDOG_USEC": "2000000"})
    told.expect("READY=1")
    for _ in range(3):
        assert told.next() == "WATCHDOG=1"
    pid = server.process.pid
    worker = next(int(task.name) for task in Path(f"/proc/{pid}/task").iterdir() if (task / "comm").read_text() == "worker\n")
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.ptrace(PTRACE_SEIZE, worker, None, None) == 0, os.strerror(ctypes.get_errno())
    assert libc.ptrace(PTRACE_INTERRUPT, worker, None, None) == 0
    os.waitpid(worker, 0x40000000)  # __WALL: until it stands still
    server.wait_log("a worker hangs")
    told.socket.setblocking(False)
    try:
        while told.next() == "WATCHDOG=1":
            pass  # told before
    except BlockingIOError:
        pass
    told.socket.settimeout(2)
    with pytest.raises(TimeoutError):
        told.next()
    assert libc.ptrace(PTRACE_DETACH, worker, None, None) == 0
    told.socket.settimeout(TIMEOUT)
    assert told.next() == "WATCHDOG=1", "it goes on, and so do we"


def test_a_watchdog_of_another_process_is_none_of_ours(start: Any, manager: tuple[Manager, dict[str, str]]) -> None:
    told, env = manager
    server = start(env=env | {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
    told.expect("READY=1")
    server.stop()
    assert told.next() == "STOPPING=1"


def test_a_manager_that_is_gone_stops_nobody(start: Any, tmp_path: Path) -> None:
    server = start(env={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    server.wait_log("the service manager cannot be told")
    assert server.get("/livez").status == 200
