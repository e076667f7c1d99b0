"""What the log tells, and what it never tells."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness import BINARY, TIMEOUT, Raw, Server, clean_environment, handshake, until

ID, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{ID}-{SPAN}-01"


def lines(server: Server, message: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, server.lines) if line["message"] == message]


def test_no_content(start) -> None:
    server = start(env={"LOG_LEVEL": "debug"})
    alice, bob, code = server.pair("NAME-OF-HOST", "NAME-OF-GUEST")
    alice.send("chat", content="SECRET-CONTENT")
    bob.expect("chat")
    bob.send_text('{"type":"chat","content":"SECRET-CONTENT')
    bob.expect_error("invalid_message")
    server.stop()
    assert "SECRET" not in server.log and "NAME-OF" not in server.log


def test_json(start) -> None:
    server = start("--log-format", "json", env={"LOG_LEVEL": "debug"})
    server.pair()
    server.stop()
    all_lines = [json.loads(line) for line in server.lines]
    assert all_lines and all({"time", "level", "message"} <= set(line) for line in all_lines)
    assert any(line["message"] == "listening" for line in all_lines)


@pytest.mark.parametrize("odd", ['"\n\t=} \\', "\x1b[2J\x7f", "é😀\u2028", "\udcff\udc80", "x" * 10000])
def test_json_whatever_is_told(odd: str, tmp_path: Path) -> None:
    """A data directory below a file cannot be made, and the log names it."""
    (tmp_path / "file").touch()
    environment = clean_environment() | {"DATA_DIR": f"{tmp_path}/file/{odd}", "HTTP_PORT": "0"}
    done = subprocess.run([BINARY, "127.0.0.1:0", "--log-format", "json"], capture_output=True, env=environment, timeout=TIMEOUT)
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stderr.split(b"\n") if line]
    assert told[-1]["level"] == "error" and told[-1]["path"].startswith(f"{tmp_path}/file/")
    if "\udcff" not in odd and len(odd) < 1000:
        assert told[-1]["path"].endswith(odd)


def opened_with(server: Server, headers: list[tuple[str, str]]) -> dict[str, Any]:
    """The log's line about a connection whose handshake has these headers."""
    raw = server.raw()
    raw.send(handshake("/chat").replace(b"\r\n\r\n", b"".join(f"\r\n{k}: {v}".encode() for k, v in headers) + b"\r\n\r\n"))
    assert raw.head().status == 101
    raw.send_frame(8, b"")
    raw.rest()
    server.wait_log("connection ended")
    (line,) = lines(server, "connection opened")
    return line


def test_a_trace_is_told_when_its_connection_opens_and_ends(start) -> None:
    server = start("--log-format", "json", env={"LOG_LEVEL": "debug"})
    line = opened_with(server, [("Traceparent", PARENT)])
    assert line["trace_id"] == ID and line["span_id"] == SPAN
    (line,) = lines(server, "connection ended")
    assert line["trace_id"] == ID and line["by"] == "peer"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("traceparent", PARENT.upper())],
        [("traceparent", PARENT + "-x")],
        [("traceparent", "x" * 4000)],
        [("traceparent", '00-"\\{}=\xff')],
        [("traceparent", f"00-{'0' * 32}-{SPAN}-01")],
        [("traceparent", PARENT), ("traceparent", PARENT)],
    ],
)
def test_what_is_no_trace_is_ignored(start, headers: list[tuple[str, str]]) -> None:
    server = start("--log-format", "json", env={"LOG_LEVEL": "debug"})
    line = opened_with(server, headers)
    assert not {"trace_id", "span_id"} & set(line)


def test_a_trace_moves_along(start) -> None:
    """Who joins a room goes to its worker, and is still known by its trace there."""
    server = start("--workers", "4", "--log-format", "json", env={"LOG_LEVEL": "debug"})
    ids = [f"{number:032x}" for number in range(1, 13)]
    for trace in ids:
        host = server.client("Host")
        guest = server.client("Guest", additional_headers={"traceparent": f"00-{trace}-{SPAN}-01"})
        guest.join(host.create_room(), partner="Host")
        guest.close()
        host.close()
    server.stop()
    moved = [line["trace_id"] for line in lines(server, "connection moved") if "trace_id" in line]
    assert moved, "nobody moved: this tested nothing"
    assert set(moved) <= set(ids)
    assert sorted(line["trace_id"] for line in lines(server, "connection ended") if "trace_id" in line) == ids


def test_a_reader_of_the_log_that_does_not_read_holds_up_nobody(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    environment = clean_environment() | {"HTTP_PORT": "0", "DATA_DIR": str(tmp_path), "LOG_LEVEL": "debug"}
    process = subprocess.Popen([BINARY, "127.0.0.1:0"], stderr=writer, env=environment)
    try:
        log = b""
        while b"listening" not in log or not log.endswith(b"\n"):
            log += os.read(reader, 65536)
        address = ("127.0.0.1", int(re.search(rb"listening address=127\.0\.0\.1:(\d+)", log)[1]))
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 8192)
        for _ in range(200):  # each tells more than forty bytes
            raw = Raw(address)
            raw.send(handshake("/chat"))
            assert raw.head().status == 101
            raw.close()
        os.read(reader, 65536)
        process.terminate()
        assert process.wait(TIMEOUT) == 0
        rest = os.read(reader, 65536)
        assert int(re.search(rb"WARN  lines of the log were lost lines=(\d+)", rest)[1]) > 10 and b"stopped" in rest
    finally:
        process.kill()
        process.wait()
        os.close(reader)
        os.close(writer)


def test_closed_standard_descriptors_are_nobody_elses(tmp_path: Path) -> None:
    """Otherwise the log would be written into the first sockets and files."""
    environment = clean_environment() | {"HTTP_PORT": "0", "DATA_DIR": str(tmp_path), "LIVE_UDP_PORT": "0"}
    process = subprocess.Popen(["sh", "-c", 'exec "$0" 127.0.0.1:0 <&- >&- 2>&-', BINARY], env=environment)
    try:
        until((tmp_path / "journal.db-wal").exists, "it has opened its files")
        assert {os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)} == {"/dev/null"}
        process.terminate()
        assert process.wait(TIMEOUT) in (0, -signal.SIGTERM)  # before or after it listens to signals
    finally:
        process.kill()
        process.wait()
