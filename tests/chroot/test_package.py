"""The Debian package in a Debian of its own: installed, run by the unit's command as the unit's user, talked to, reloaded,
installed again, removed and purged. There is no systemd that runs there, as in containers: what it would do is done by
hand, by the unit. test_systemd.py has one."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import threading
import urllib.request
from typing import Iterator

import pytest
from websockets.sync.client import connect

from harness import TIMEOUT, until
from rootfs import ENTER, PATH, Root

BESIDE = ("systemd-standalone-sysusers",)
CONF = "etc/parley/parley.conf"


def unit(root: Root, name: str) -> str:
    return re.search(rf"^{name}=(.*)$", (root.folder / "usr/lib/systemd/system/parley.service").read_text(), re.MULTILINE)[1]


class Service:
    """The unit's command as the unit's user; on ports of its own, so that nothing on this machine is in the way."""

    def __init__(self, root: Root):
        user = unit(root, "User")
        root.run("install", "-d", "-o", user, "-g", user, "-m", unit(root, "StateDirectoryMode"), f"/var/lib/{unit(root, 'StateDirectory')}")
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", *unit(root, "ExecStart").split()]
        env = ["env", "-i", f"PATH={PATH}", "SERVER_PORT=0", "HTTP_PORT=0", "LIVE_UDP_PORT=0"]
        line = ENTER.format(root=shlex.quote(str(root.folder)), command=shlex.join([*env, *command]))
        self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", line], stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        threading.Thread(target=lambda: self.lines.extend(iter(self.process.stderr.readline, "")), daemon=True).start()
        line = self.wait_log("listening")
        self.port = int(re.search(r"address=127\.0\.0\.1:(\d+)", line)[1])

    def wait_log(self, words: str) -> str:
        until(lambda: self.process.poll() is not None or any(words in line for line in self.lines), words)
        found = [line for line in self.lines if words in line]
        assert found, "".join(self.lines)
        return found[-1]

    def history(self) -> list[str]:
        body = json.dumps({"room_id": "cellar", "limit": 10}).encode()
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/chat/history", body, {"Content-Type": "application/json"})
        return [entry["message"] for entry in json.load(urllib.request.urlopen(asked, timeout=TIMEOUT))]

    def say(self, message: str) -> None:
        with connect(f"ws://127.0.0.1:{self.port}/game", proxy=None) as player:
            player.send(json.dumps({"type": "Join", "room_id": "cellar", "name": "Ann", "color": "#00FF00"}))
            assert json.loads(player.recv(timeout=TIMEOUT))["type"] == "Welcome"
            player.send(json.dumps({"type": "Chat", "message": message}))
            until(lambda: message in self.history(), "the message is kept")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(TIMEOUT) == 0, "".join(self.lines)


@pytest.fixture
def service(root: Root) -> Iterator[Service]:
    running = Service(root)
    yield running
    if running.process.poll() is None:
        running.stop()


def test_the_user_and_who_may_read_the_settings(root: Root) -> None:
    assert re.search(r"^parley:[^:]*:\d+:\d+:Parley:/var/lib/parley:/usr/sbin/nologin$", root.run("getent", "passwd", "parley").strip())
    assert root.run("stat", "-c", "%a %U %G", f"/{CONF}").strip() == "640 root parley"
    assert (root.folder / "etc/systemd/system/multi-user.target.wants/parley.service").is_symlink()


def test_it_runs_keeps_and_reloads(root: Root, service: Service) -> None:
    service.say("before")
    conf = root.folder / CONF
    conf.write_text(conf.read_text() + "log-level = debug\n")
    service.process.send_signal(signal.SIGHUP)
    assert "log-level" in service.wait_log("a setting has changed")
    service.wait_log("reloaded")
    assert oct((root.folder / "var/lib/parley").stat().st_mode & 0o777) == "0o700"


def test_installing_again_keeps_settings_and_data(root: Root) -> None:
    """After the test before; as an upgrade does."""
    root.run("dpkg", "--force-confold", "-i", "/srv/parley.deb")
    assert "log-level = debug" in (root.folder / CONF).read_text()
    assert root.run("stat", "-c", "%a %U %G", f"/{CONF}").strip() == "640 root parley"
    again = Service(root)
    assert again.history() == ["before"]
    again.stop()


def test_removed_then_purged(root: Root) -> None:
    root.run("apt-get", "remove", "-y", "-qq", "parley")
    assert not (root.folder / "usr/bin/parley").exists()
    assert (root.folder / CONF).exists() and (root.folder / "var/lib/parley/journal.db").exists(), "removing is not purging"
    root.run("apt-get", "purge", "-y", "-qq", "parley")
    for gone in ("etc/parley", "var/lib/parley", "usr/share/doc/parley", "etc/systemd/system/multi-user.target.wants/parley.service"):
        assert not (root.folder / gone).exists() and not (root.folder / gone).is_symlink(), gone
