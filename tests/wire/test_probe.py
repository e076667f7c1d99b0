"""parley-probe, which containers' health checks run: whether a server lives, and what is wrong when it says no."""

from __future__ import annotations

import socket
import subprocess
import threading
from pathlib import Path

import pytest

from harness import BINARY, Server

PROBE = BINARY.parent / "parley-probe"


def probe(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROBE, *arguments], env=env, capture_output=True, text=True, timeout=20)


def test_it_tells_that_a_server_lives(server: Server) -> None:
    port = str(server.http_address[1])
    for done in (probe(port), probe(HTTP_PORT=port), probe(port, "/readyz")):
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_asks_where_the_settings_say(certificate: tuple[str, str], tmp_path: Path) -> None:
    """The API's port or the main one, over TLS or not, by the environment or a configuration file."""
    keys = {"PARLEY_TLS_CERT": certificate[0], "PARLEY_TLS_KEY": certificate[1]}
    with Server(env=keys | {"HTTP_PORT": "off"}) as server:
        port = str(server.address[1])
        where = {"SERVER_PORT": port, "HTTP_PORT": "off"}
        done = probe(**keys, **where)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        conf = tmp_path / "parley.conf"
        conf.write_text(f"host = 127.0.0.1\nport = {port}\nhttp-port = off\ntls-cert = {certificate[0]}\ntls-key = {certificate[1]}\n")
        assert probe(PARLEY_CONFIG=str(conf)).returncode == 0
        assert "no answer" in probe(**where).stderr, "which TLS does not take for a greeting"
    with Server(address="0.0.0.0:0") as server:
        done = probe(str(server.address[1]), **keys, SERVER_HOST="0.0.0.0")
        assert done.returncode == 1 and "cannot ask" in done.stderr, done.stderr


def test_it_tells_what_is_wrong_with_the_settings() -> None:
    done = probe(HTTP_PORT="http")
    assert done.returncode == 1 and 'HTTP_PORT is "http"; it must be' in done.stderr


def test_it_tells_that_none_does(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    done = probe(port)
    assert done.returncode == 1 and "cannot connect" in done.stderr
    done = probe(str(server.http_address[1]), "/nowhere")
    assert done.returncode == 1 and "404" in done.stderr


@pytest.mark.parametrize("answer, said", [(b"", "no answer"), (b"HTTP/1.1 2", "no answer"), (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503")])
def test_other_answers(answer: bytes, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            peer.recv(1000)
            peer.sendall(answer)
            peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        done = probe(str(listener.getsockname()[1]))
        thread.join()
    assert done.returncode == 1 and said in done.stderr


def test_one_who_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = probe(str(listener.getsockname()[1]))
    assert done.returncode == 1 and "no answer" in done.stderr


@pytest.mark.parametrize("arguments", [["0"], ["65536"], ["http"], ["-1"], ["80", "livez"], ["80", "/" + "x" * 600], ["80", "/", "x"]])
def test_wrong_words(arguments: list[str]) -> None:
    done = probe(*arguments)
    assert done.returncode == 1 and "Usage" in done.stderr
