"""The Dockerfile, carried out step by step, and its last stage run as a container would be: another user, a root file
system that cannot be written, a network of its own with nothing but loopback, and no privileges to gain."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dockerfile import Image, build
from harness import ROOT

# Seconds in which what starts has to have started.
PATIENCE = 30
# Talks to the server from within its network: joins a room, says something, and prints what the room remembers.
TALK = """
import json, sys, urllib.request
from websockets.sync.client import connect
with connect("ws://127.0.0.1:8080/game") as player:
    player.send(json.dumps({"type": "Join", "room_id": "cellar", "name": "Ann", "color": "#00FF00"}))
    assert json.loads(player.recv(timeout=10))["type"] == "Welcome"
    player.send(json.dumps({"type": "Chat", "message": sys.argv[1]}))
    body = json.dumps({"room_id": "cellar", "limit": 10}).encode()
    asked = urllib.request.Request("http://127.0.0.1:3001/chat/history", body, {"Content-Type": "application/json"})
    for attempt in range(1000):
        history = [entry["message"] for entry in json.load(urllib.request.urlopen(asked, timeout=10))]
        if sys.argv[1] in history:
            break
print(sorted(history))
"""


@pytest.fixture(scope="module")
def image(folder: Path) -> Image:
    return build(ROOT, folder)


class Container:
    """The image's program, started as an engine would; `data` is what is mounted at its volume."""

    def __init__(self, image: Image, data: Path):
        root = shlex.quote(str(image.root.folder))
        (volume,) = image.volumes
        command = shlex.join(["env", "-i", *(f"{name}={value}" for name, value in image.env.items()), *image.entrypoint])
        script = f"""
            set -e
            ip link set lo up
            mount --bind {root} {root}
            mount --bind {shlex.quote(str(data))} {root}{volume}
            mount -t proc proc {root}/proc
            mount -o remount,bind,ro {root}
            exec setpriv --no-new-privs chroot --userspec={image.user} {root} {command}"""
        self.image = image
        self.log = data.with_suffix(".log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(["unshare", "-n", "-m", "bash", "-c", script], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Inside, as the container's user."""
        enter = ["nsenter", "-t", str(self.process.pid), "-n", "-m", "--", "setpriv", "--no-new-privs"]
        inside = ["chroot", f"--userspec={self.image.user}", str(self.image.root.folder), "env", "-i"]
        assigned = [f"{name}={value}" for name, value in self.image.env.items()]
        return subprocess.run([*enter, *inside, *assigned, *command], capture_output=True, text=True, timeout=60)

    def talk(self, text: str) -> str:
        """From the machine's Python, in the container's network."""
        enter = ["nsenter", "-t", str(self.process.pid), "-n", "--", sys.executable, "-c", TALK, text]
        return subprocess.run(enter, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def until_healthy(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while (done := self.run(*self.image.health)).returncode != 0:
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text() + done.stderr
            time.sleep(0.1)

    def stop(self) -> int:
        self.process.send_signal(getattr(signal, self.image.stop_signal))
        return self.process.wait(timeout=PATIENCE)


@pytest.fixture
def data(image: Image, tmp_path: Path) -> Path:
    """A volume as an engine makes it: with the owner and mode of the folder in the image."""
    folder = tmp_path / "data"
    subprocess.run(["cp", "-a", image.root.folder / image.volumes[0].lstrip("/"), folder], check=True)
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(0o755)
    return folder


def test_it_serves_and_remembers(image: Image, data: Path) -> None:
    first = Container(image, data)
    try:
        first.until_healthy()
        assert first.talk("before") == "['before']"
    finally:
        assert first.stop() == 0, first.log.read_text()
    second = Container(image, data)
    try:
        second.until_healthy()
        assert second.talk("after") == "['after', 'before']"
    finally:
        assert second.stop() == 0, second.log.read_text()


def test_it_may_do_little(image: Image, data: Path) -> None:
    container = Container(image, data)
    try:
        container.until_healthy()
        status = Path(f"/proc/{container.process.pid}/status").read_text()
        assert "Uid:\t10001\t10001\t10001\t10001" in status and "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status
        for place in ("/", "/usr/local/bin", "/tmp", "/etc"):
            assert container.run("touch", f"{place}/x").returncode != 0, place
        assert container.run("touch", "/data/x").returncode == 0
        assert container.run("parley-probe", "3001", "/nowhere").returncode == 1
        assert container.run("parley-probe", "3999").returncode == 1
    finally:
        assert container.stop() == 0


def test_nothing_is_in_it_that_only_building_needs(image: Image) -> None:
    for program in ("gcc", "cmake", "python3", "curl"):
        assert not any((image.root.folder / folder / program).exists() for folder in ("usr/bin", "usr/local/bin")), program
    assert not list((image.root.folder / "var/lib/apt/lists").iterdir())
    there = {path.name for path in (image.root.folder / "usr/local/bin").iterdir()}
    assert {"parley", "parley-probe"} <= there and all(name.startswith("parley") for name in there)
    assert "not found" not in image.root.run("ldd", "/usr/local/bin/parley")


def test_its_settings_are_right(image: Image) -> None:
    said = image.root.run("parley", "--check-config", env=image.env | {"DATA_DIR": "/data"})
    assert "host = 0.0.0.0  (SERVER_HOST)" in said and "data-dir = /data" in said
    assert os.stat(image.root.folder / "data").st_uid == int(image.user.split(":")[0])
