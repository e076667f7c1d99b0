"""The package's units under a systemd that runs: in a Debian of its own that is booted (machine.py)."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from typing import Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from harness import TIMEOUT, until
from machine import Machine
from rootfs import Root

UNIT = "parley.service"
CONF = "etc/parley/parley.conf"
DROP_INS = "/etc/systemd/system/parley.service.d"
BESIDE = ("systemd",)


@pytest.fixture(scope="module")
def machine(root: Root) -> Iterator[Machine]:
    (root.folder / "usr/sbin/policy-rc.d").unlink()  # here packages do start services
    running = Machine(root)
    try:
        yield running
    finally:
        running.close()


@pytest.fixture(autouse=True)
def as_installed(machine: Machine, root: Root) -> Iterator[None]:
    """Each test finds the service as the package starts it."""
    settings = (root.folder / CONF).read_text()
    machine.run("systemctl", "reset-failed")  # starts are counted, and here they come quickly
    machine.run("systemctl", "restart", UNIT)
    yield
    (root.folder / CONF).write_text(settings)
    machine.run("rm", "-rf", DROP_INS)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "stop", "parley.socket", UNIT)


def state(machine: Machine, name: str) -> str:
    return machine.run("systemctl", "show", "--value", "-p", name, UNIT).strip()


def journal(machine: Machine) -> str:
    """Of the service's present life."""
    return machine.run("journalctl", "-o", "cat", "-u", UNIT, f"_PID={state(machine, 'MainPID')}")


def drop_in(machine: Machine, text: str) -> None:
    machine.run("sh", "-c", f"mkdir -p {DROP_INS} && cat >{DROP_INS}/test.conf <<'EOF'\n[Service]\n{text}\nEOF")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", UNIT)


def player(machine: Machine, room: str = "cellar") -> ClientConnection:
    with machine.network():
        joined = connect("ws://127.0.0.1:8080/game", proxy=None, open_timeout=TIMEOUT, legacy=True)
    joined.send(json.dumps({"type": "Join", "room_id": room, "name": "Ann", "color": "#00FF00"}))
    joined.welcome = json.loads(joined.recv(timeout=TIMEOUT))
    assert joined.welcome["type"] == "Welcome"
    return joined


def get(machine: Machine, path: str, port: int = 3001) -> int:
    with machine.network():
        return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT).status


def entries(machine: Machine) -> float:
    """Written to the journal in the server's life."""
    with machine.network():
        text = urllib.request.urlopen("http://127.0.0.1:3001/metrics", timeout=TIMEOUT).read().decode()
    return float(re.search(r"^parley_store_entries_total (\S+)$", text, re.MULTILINE)[1])


def process(machine: Machine, file: str) -> str:
    """/proc/…/file of the server."""
    return machine.run("cat", f"/proc/{state(machine, 'MainPID')}/{file}")


def test_it_is_enabled_and_says_when_it_is_ready(machine: Machine) -> None:
    assert machine.run("systemctl", "is-enabled", UNIT).strip() == "enabled"
    assert machine.run("systemctl", "is-active", UNIT).strip() == "active"  # of Type=notify: not before READY=1
    assert "listening address=127.0.0.1:8080 http_port=3001" in journal(machine)
    assert get(machine, "/readyz") == get(machine, "/readyz", port=8080) == 200


def test_its_sandbox_holds(machine: Machine) -> None:
    status = dict(re.findall(r"^(\w+):\s+(.*)$", process(machine, "status"), re.MULTILINE))
    user = machine.run("id", "-u", "parley").strip()
    assert status["Uid"].split() == [user] * 4
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert status["CapBnd"] == status["CapEff"] == f"{1 << 10:016x}"  # CAP_NET_BIND_SERVICE
    inside = ("nsenter", "-t", state(machine, "MainPID"), "-m", "--")  # its mounts; as root, which they bind too
    for place in ("/usr", "/etc", "/var/lib", "/sys", "/boot"):
        assert "Read-only file system" in machine.ask(*inside, "touch", f"{place}/x").stderr, place
    machine.run(*inside, "touch", "/var/lib/parley/x", "/run/parley/x", "/tmp/x")
    assert machine.ask("ls", "/tmp/x").returncode != 0, "its /tmp is its own"
    assert machine.run(*inside, "ls", "/proc").split() != [] and machine.ask(*inside, "ls", "/proc/meminfo").returncode != 0
    assert machine.ask(*inside, "ls", "/dev/kmsg").returncode != 0
    assert machine.run(*inside, "stat", "-c", "%a", "/home", "/root").split() == ["0", "0"]
    said = machine.run("systemd-analyze", "security", "--no-pager", UNIT)
    assert float(re.search(r"exposure level for parley.service: ([\d.]+)", said)[1]) <= 1.5
    with player(machine) as one:
        one.send(json.dumps({"type": "Chat", "message": "all of it works in there"}))


def test_a_port_below_1024_and_a_secret_that_systemd_hands_over(machine: Machine, root: Root) -> None:
    conf = root.folder / CONF
    conf.write_text(conf.read_text().replace("port = 8080", "port = 80"))
    drop_in(machine, "SetCredential=jwt-secret:0123456789abcdef0123456789abcdef")
    assert get(machine, "/livez", port=80) == 200
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get(machine, "/rooms", port=80)


def test_a_reload_disturbs_nobody(machine: Machine, root: Root) -> None:
    pid = state(machine, "MainPID")
    with player(machine) as one:
        conf = root.folder / CONF
        conf.write_text(conf.read_text() + "log-level = debug\n")
        machine.run("systemctl", "reload", UNIT)
        until(lambda: "INFO  reloaded" in journal(machine), "it is reloaded")
        one.send(json.dumps({"type": "Chat", "message": "here"}))
        assert state(machine, "MainPID") == pid and state(machine, "SubState") == "running"
        conf.write_text(conf.read_text() + "log-level = loud\n")
        machine.run("systemctl", "reload", UNIT)
        until(lambda: "not reloaded" in journal(machine), "it is refused")
        one.ping().wait(TIMEOUT)
        assert state(machine, "MainPID") == pid and state(machine, "ActiveState") == "active"


def test_it_stops_in_good_order(machine: Machine) -> None:
    with player(machine) as one:
        machine.run("systemctl", "stop", UNIT)
        with pytest.raises(ConnectionClosed) as closed:
            one.recv(timeout=TIMEOUT)
        assert closed.value.rcvd.code == 1001
    assert (state(machine, "Result"), state(machine, "ExecMainCode"), state(machine, "ExecMainStatus")) == ("success", "1", "0")


def test_killed_it_comes_back_with_what_was_said(machine: Machine) -> None:
    pid = state(machine, "MainPID")
    with player(machine, "attic") as one:
        written = entries(machine)
        one.send(json.dumps({"type": "Chat", "message": "before"}))
        until(lambda: entries(machine) > written, "it is in the journal")
        with player(machine, "attic") as two:
            assert two.welcome["chat_history"][-1]["message"] == "before"
    machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", UNIT)
    until(lambda: state(machine, "NRestarts") == "1" and state(machine, "ActiveState") == "active", "it is started again")
    assert state(machine, "MainPID") != pid
    with player(machine, "attic") as one:
        assert one.welcome["chat_history"][-1]["message"] == "before"


def test_one_that_hangs_is_started_again(machine: Machine) -> None:
    drop_in(machine, "WatchdogSec=2")
    pid = state(machine, "MainPID")
    machine.run("systemctl", "kill", "--signal=STOP", "--kill-whom=main", UNIT)
    until(lambda: state(machine, "MainPID") not in (pid, "0") and state(machine, "ActiveState") == "active", "it is started again")
    assert "Watchdog timeout" in machine.run("journalctl", "-o", "cat", "-u", UNIT)


def test_a_wrong_setting_is_told_in_the_journal(machine: Machine, root: Root) -> None:
    conf = root.folder / CONF
    conf.write_text(conf.read_text() + "strikes-max = none\n")
    assert machine.ask("systemctl", "restart", UNIT).returncode != 0
    assert 'strikes-max is "none"; it must be' in machine.run("journalctl", "-o", "cat", "-u", UNIT)


def test_with_its_sockets_held_a_restart_refuses_nobody(machine: Machine) -> None:
    """Clients that come without pause are served, or told that the server they have reached stops."""
    machine.run("systemctl", "stop", UNIT)
    machine.run("systemctl", "start", "parley.socket", UNIT)
    visits: list[str] = []
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            try:
                with player(machine):
                    visits.append("served")
            except ConnectionClosed as closed:
                visits.append(f"closed with {closed.rcvd.code if closed.rcvd else None}")
            except (OSError, InvalidHandshake) as error:
                visits.append(repr(error))

    visitor = threading.Thread(target=come_and_go)
    visitor.start()
    try:
        for _ in range(3):
            before = visits.count("served")
            machine.run("systemctl", "restart", UNIT)
            until(lambda: visits.count("served") > before + 1, "clients are served again")
    finally:
        over.set()
        visitor.join()
    assert set(visits) <= {"served", "closed with 1001"}, set(visits)
    machine.run("systemctl", "reset-failed", UNIT)
    machine.run("systemctl", "stop", UNIT)
    assert get(machine, "/livez") == 200  # who comes starts it


def test_upgraded_and_removed(machine: Machine) -> None:
    pid = state(machine, "MainPID")
    machine.run("dpkg", "-i", "/srv/parley.deb")
    assert state(machine, "ActiveState") == "active" and state(machine, "MainPID") != pid
    machine.run("systemctl", "disable", "--now", UNIT)
    machine.run("dpkg", "-i", "/srv/parley.deb")
    assert state(machine, "ActiveState") == "inactive", "one that was disabled stays so"
    machine.run("systemctl", "enable", "--now", UNIT)
    machine.run("dpkg", "-r", "parley")
    assert state(machine, "LoadState") == "not-found" and machine.ask("pidof", "parley").returncode != 0
    machine.run("dpkg", "-i", "/srv/parley.deb")
    assert state(machine, "ActiveState") == "active", "installed anew, it is started"
