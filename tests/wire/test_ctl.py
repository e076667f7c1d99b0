"""What parleyctl makes of answers that a server in a test seldom gives; test_admin.py has what it does with a real one."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from typing import Any

import pytest

from admin import CTL, table
from harness import TIMEOUT, clean_environment


def asked(*words: str, answer: bytes | None, host: str = "127.0.0.1") -> tuple[int, str, bytes]:
    """parleyctl's exit code, what it printed, and what it asked of a server that gives this answer; None: resets."""
    requests = [b""]

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            while b"\r\n\r\n" not in requests[0] or not requests[0].endswith((b"\r\n\r\n", b"}")):
                requests[0] += connection.recv(65536)
            if answer is None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            else:
                connection.sendall(answer)

    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        server = threading.Thread(target=serve)
        server.start()
        port = str(listener.getsockname()[1])
        done = subprocess.run([CTL, "--host", host, "--port", port, *words], capture_output=True, text=True, timeout=TIMEOUT, env=clean_environment())
        server.join()
    assert (done.stdout == "") == (done.returncode != 0) and (done.stderr == "") == (done.returncode == 0), done
    return done.returncode, done.stdout or done.stderr, requests[0]


def answered(body: Any, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\r\n{json.dumps(body)}".encode()


def session(name: str, age: int, silent: int, waiting: int) -> dict[str, Any]:
    return {"session": name, "service": "chat", "user": None, "room": None, "address": "192.0.2.1",
            "age_seconds": age, "silent_seconds": silent, "waiting_messages": 1, "waiting_bytes": waiting}


def test_times_and_sizes_have_units() -> None:
    entries = [session("1-1", 59, 0, 1023), session("1-2", 3599, 60, 1024), session("1-3", 86399, 3600, 1024 * 1024), session("1-4", 90 * 86400, 86400, 1)]
    _, shown, _ = asked("sessions", answer=answered({"sessions": entries, "next": 0}))
    assert [line[5:] for line in table(shown)[1:]] == [
        ["59s", "0s", "1", "1023 B"],
        ["59m 59s", "1m 0s", "1", "1.0 KiB"],
        ["23h 59m", "1h 0m", "1", "1.0 MiB"],
        ["90d 0h", "1d 0h", "1", "1 B"],
    ]


@pytest.mark.parametrize("command", ["status", "sessions"])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "this is no answer of an admin port"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "this is no answer of an admin port"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "this is no answer of an admin port"),
        (b"ICY 200 OK\r\n\r\n{}", "this is no answer of an admin port"),
        (answered({"status": 503, "message": "memory is short"}, "503 Service Unavailable"), "memory is short"),
        (answered({"status": 404}, "404 Not Found"), "the server refuses"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (5 << 20), "no answer: it is too long"),
        (None, "no answer: Connection reset by peer"),
    ],
)
def test_what_is_no_answer(command: str, answer: bytes | None, told: str) -> None:
    assert asked(command, answer=answer)[:2] == (1, f"parleyctl: {told}\n")


def test_ipv6() -> None:
    code, _, request = asked("drain", answer=answered({"status": "stopping"}), host="::1")
    assert code == 0 and request.startswith(b"POST /admin/drain HTTP/1.1\r\nHost: [::1]:")


def run(*words: str) -> tuple[int, str]:
    done = subprocess.run([CTL, *words], capture_output=True, text=True, timeout=TIMEOUT, env=clean_environment())
    return done.returncode, done.stderr


def test_a_host_that_is_not_there() -> None:
    code, told = run("--host", "no such host", "--port", "1", "status")
    assert code == 1 and told.startswith("parleyctl: no such host: ")


def test_what_is_too_long_is_not_asked() -> None:
    _, _, request = asked("disconnect", "x" * 15_000, answer=answered({"session": "x"}))
    assert b"x" * 15_000 in request
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert run("--port", str(listener.getsockname()[1]), "disconnect", "x" * 17_000) == (1, "parleyctl: this is too long\n")


@pytest.mark.parametrize("words", [("status", "status"), ("revoke", "a", "revoke", "b"), ("sessions", "rooms")])
def test_one_command_at_a_time(words: tuple[str, ...]) -> None:
    code, told = run("--port", "1", *words)
    assert code == 2 and "there is no use for" in told


@pytest.mark.parametrize("words", [("sessions", "--service=chat", "--room", "a=b"), ("--room=a=b", "--service", "chat", "sessions")])
def test_values_stand_behind_options_or_behind_equals_signs(words: tuple[str, ...]) -> None:
    code, _, request = asked(*words, answer=answered({"sessions": [], "next": 0}))
    body = json.loads(request.split(b"\r\n\r\n")[1])
    assert code == 0 and (body["service"], body["room"]) == ("chat", "a=b")


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("sessions", "--help")])
def test_help_is_there_wherever_it_is_asked_for(words: tuple[str, ...]) -> None:
    done = subprocess.run([CTL, *words], capture_output=True, text=True, timeout=TIMEOUT, env=clean_environment())
    assert done.returncode == 0 and done.stdout.startswith("Usage: parleyctl"), done
