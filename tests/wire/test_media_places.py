"""Where clients are told to send media: to the address that they came to, or to the one that is advertised."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
from typing import Any

import pytest
import websockets.sync.client

from harness import BINARY, OPEN, TIMEOUT, Server, clean_environment
from media import CM, KEY_BYTES, SSRCS


def told(server: Server, host: str) -> dict[str, Any]:
    """What one who connects to this host is told when joining a channel."""
    connection = websockets.sync.client.connect(f"ws://{host}:{server.address[1]}/live", compression=None, proxy=None, legacy=True)
    OPEN.append(connection)
    srtp = {"suite": CM, "key": base64.b64encode(bytes(KEY_BYTES[CM])).decode()}
    commands = {
        3: {"user_id": "anna", "token": "any"},
        10: {"channel_id": host, "channel_name": "x"},
        11: {"channel_id": host, "ssrc": next(SSRCS), "srtp": srtp},
    }
    for op, data in commands.items():
        connection.recv(TIMEOUT)  # before the first: HELLO
        connection.send(json.dumps({"op": op, "d": data}))
    answer = json.loads(connection.recv(TIMEOUT))["d"]["data"]["media"]
    assert f"port={answer['port']} " in server.wait_log(" media ")
    return answer["host"]


def test_clients_are_told_the_address_that_they_came_to(start: Any) -> None:
    server = start("--live-udp-port", "0", address="[::]:0")
    assert told(server, "127.0.0.1") == "127.0.0.1"
    assert told(server, "127.0.0.2") == "127.0.0.2"
    assert told(server, "[::1]") == "::1"


def test_clients_are_told_the_address_that_is_advertised(start: Any) -> None:
    server = start("--live-udp-port", "0", "--advertise-address", "relay.example.org")
    assert told(server, "127.0.0.1") == "relay.example.org"
    assert "relay.example.org" in server.wait_log("media cannot reach itself")


@pytest.mark.parametrize("address", ["", "two words", "relay/path", "x" * 254])
def test_what_is_no_address_is_not_advertised(address: str) -> None:
    done = subprocess.run([BINARY, "--advertise-address", address], env=clean_environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 1 and "advertise-address" in done.stderr


def test_a_media_port_that_is_taken(tmp_path: Any) -> None:
    """One that was asked for is not replaced by another."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        command = [BINARY, "127.0.0.1:0", "--http-port", "off", "--data-dir", tmp_path, "--live-udp-port", port]
        for threads in ("1", "3"):
            done = subprocess.run([*command, "--media-threads", threads], env=clean_environment(), capture_output=True, text=True, timeout=TIMEOUT)
            assert done.returncode == 1 and f"port={port}" in done.stderr, done.stderr
