"""Members of live's channels whose media is relayed, for tests of the relay."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any, Callable

import websockets.sync.client

from harness import OPEN, TIMEOUT, Server

CM, GCM = "AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"
KEY_BYTES = {CM: 30, GCM: 28}
WAIT_SECONDS = 20
SSRCS = itertools.count(1000)


class Member:
    """A member of a channel, who sends with a key of its own and receives with one it is given; without
    a suite, in plain."""

    def __init__(self, server: Server, user: str, channel: str, suite: str | None, **created: Any):
        url = f"ws://127.0.0.1:{server.address[1]}/live"
        self.connection = websockets.sync.client.connect(url, compression=None, proxy=None, legacy=True)
        OPEN.append(self.connection)
        self.ssrc, self.suite, self.channel = next(SSRCS), suite, channel
        self.expect(0)
        self.request(3, user_id=user, token="any")
        self.expect(4)
        self.request(10, channel_id=channel, channel_name=channel, **created)
        self.expect(200)
        self.sends_with = os.urandom(KEY_BYTES[suite]) if suite else b""
        fields = {"srtp": {"suite": suite, "key": base64.b64encode(self.sends_with).decode()}} if suite else {}
        self.request(11, channel_id=channel, ssrc=self.ssrc, **fields)
        answer = self.expect(200)["data"]
        self.media = answer.get("media")
        self.receives_with = base64.b64decode(answer["srtp"]["key"]) if suite else b""
        self.port = free_port()

    def request(self, op: int, **fields: Any) -> None:
        self.connection.send(json.dumps({"op": op, "d": fields}))

    def expect(self, op: int) -> Any:
        """The data of the next message with this op."""
        while True:
            message = json.loads(self.connection.recv(TIMEOUT))
            if message["op"] == op:
                return message["d"]


def free_port() -> int:
    """An even one whose odd neighbour is free as well, for programs that want a pair."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                if port % 2 == 0:
                    two.bind(("127.0.0.1", port + 1))
                    return port
            except OSError:
                pass


def counts(server: Server) -> dict[str, int]:
    text = urllib.request.urlopen(f"http://127.0.0.1:{server.address[1]}/metrics").read().decode()
    return {name: int(value) for name, value in re.findall(r"^parley_media_(\S+) (\d+)$", text, re.MULTILINE)}


def wait_until(holds: Callable[[], bool], told: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end, told()
        time.sleep(0.02)


def wait_for(server: Server, name: str, at_least: int) -> None:
    wait_until(lambda: counts(server)[name] >= at_least, lambda: (name, at_least, counts(server)))


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
