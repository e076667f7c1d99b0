"""SIGHUP exchanges what can be exchanged, all of it or nothing, while everybody goes on."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from admin import free_port
from harness import Server, handshake, until
from live import Live
from tokens import SECRET, bearer, signed

pytestmark = pytest.mark.threads

OTHER = "fedcba9876543210fedcba9876543210"


class File:
    """A configuration file, and a server that runs by it."""

    def __init__(self, path: Path, start: Any, **lines: str):
        self.path = path
        self.write(**lines)
        self.server: Server = start("--workers", "4", "--config", str(path))

    def write(self, **lines: str) -> None:
        self.path.write_text("".join(f"{name.replace('_', '-')} = {value}\n" for name, value in lines.items()))

    def lines(self, words: str) -> list[str]:
        return [line for line in self.server.log.splitlines() if words in line]

    def reload(self, words: str = "INFO  reloaded", **lines: str) -> None:
        """Until the log says so once more."""
        self.write(**lines)
        before = len(self.lines(words))
        self.server.signal(signal.SIGHUP)
        until(lambda: len(self.lines(words)) > before, f"a line with {words}")


@pytest.fixture
def by_file(start: Any, tmp_path: Path) -> Any:
    return lambda **lines: File(tmp_path / "parley.conf", start, **lines)


def opens(server: Server, **fields: str) -> int:
    """The status of a handshake."""
    raw = server.raw()
    raw.send(handshake(fields.pop("path", "/chat"), **fields))
    return raw.head().status


def test_origins_and_the_log_level(by_file: Any) -> None:
    file = by_file(allowed_origins="https://a.example", log_level="info")
    alice, bob, _ = file.server.pair()
    assert opens(file.server, Origin="https://a.example") == 101 and opens(file.server, Origin="https://b.example") == 403
    file.reload(allowed_origins="https://b.example, https://c.example", log_level="debug")
    assert opens(file.server, Origin="https://a.example") == 403 and opens(file.server, Origin="https://b.example") == 101
    assert "setting=allowed-origins value=https://b.example,https://c.example" in file.lines("setting has changed")[0]
    assert "setting=log-level value=debug" in file.lines("setting has changed")[1] and len(file.lines("setting has changed")) == 2
    alice.send("chat", content="still here")
    assert bob.expect("chat")["content"] == "still here"
    file.reload()
    assert opens(file.server, Origin="https://b.example") == 403, "the defaults again"
    assert not file.lines("restart")


def test_the_key_of_tokens(by_file: Any) -> None:
    file = by_file(jwt_secret=SECRET)
    server = file.server
    first = server.raw()
    first.send(handshake("/game", **bearer()))
    assert first.head().status == 101
    assert opens(server, path="/game", **bearer(signed(OTHER))) == 401
    file.reload(jwt_secret=OTHER)
    assert opens(server, path="/game", **bearer(signed(OTHER))) == 101 and opens(server, path="/game", **bearer()) == 401
    client = Live(server)
    client.send("IDENTIFY", user_id="Alice", token=signed())
    client.expect_error(1001, "Invalid or expired token")
    client.send("IDENTIFY", user_id="Alice", token=signed(OTHER))
    assert client.recv()["op"] == 4
    first.send_json({"UpdateNothing": {}})
    assert first.frame().opcode == 0x1, "who is connected stays so"
    assert OTHER not in server.log and SECRET not in server.log


def test_the_secret_of_live(by_file: Any) -> None:
    file = by_file(live_secret="first")
    file.reload(live_secret="second")
    client = Live(file.server)
    client.send("IDENTIFY", user_id="Alice", token="first")
    client.expect_error(1001, "Invalid or expired token")
    client.send("IDENTIFY", user_id="Alice", token="second")
    assert client.recv()["op"] == 4


def test_the_admin_token(by_file: Any) -> None:
    port = free_port()
    file = by_file(admin_port=str(port), admin_token="the-first-one")

    def asks(token: str) -> int:
        return file.server.request("GET", "/admin/status", {"Authorization": f"Bearer {token}"}, address=("127.0.0.1", port)).status

    assert (asks("the-first-one"), asks("the-second-one")) == (200, 401)
    file.reload(admin_port=str(port), admin_token="the-second-one")
    assert (asks("the-first-one"), asks("the-second-one")) == (401, 200)
    assert "the-second-one" not in file.server.log
    file.reload("not reloaded", admin_port=str(port))
    assert asks("the-second-one") == 200


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", f"/CN={name}", "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    return cert, key


def test_the_certificate(start: Any, tmp_path: Path) -> None:
    """The files have the names that they had; connections go on with what they began with."""
    first, second = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    for new, name in zip(first, (cert, key)):
        shutil.copy(new, name)
    server = start("--workers", "4", "--tls-cert", str(cert), "--tls-key", str(key), tls=True)
    presents = lambda file: ssl.get_server_certificate(server.address) == file.read_text()
    alice, bob, _ = server.pair()
    assert presents(first[0])
    shutil.copy(second[0], cert)
    server.signal(signal.SIGHUP)
    assert "key values mismatch" in server.wait_log("cannot use TLS")
    server.wait_log("not reloaded")
    assert all(presents(first[0]) for _ in range(8)), "that key is another one's"
    shutil.copy(second[1], key)
    server.signal(signal.SIGHUP)
    server.wait_log("INFO  reloaded")
    assert all(presents(second[0]) for _ in range(8))
    alice.send("chat", content="as before")
    assert bob.expect("chat")["content"] == "as before"


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"workers": "none"}, 'parley.conf:2: workers is \\"none\\"'),
        ({"allowed_origin": "https://b.example"}, "did you mean allowed-origins"),
        ({"tls_cert": "/nowhere", "tls_key": "/nowhere"}, "No such file"),
        ({"tls_cert": "/dev/null", "tls_key": "/dev/null"}, "TLS, signed tokens"),
        ({"jwt_secret": SECRET}, "TLS, signed tokens"),
        ({"live_secret": "any"}, "TLS, signed tokens"),
    ],
)
def test_all_or_nothing(by_file: Any, wrong: dict[str, str], words: str) -> None:
    file = by_file(allowed_origins="https://a.example")
    file.reload("not reloaded", allowed_origins="*", **wrong)
    assert file.lines(words), file.server.log
    assert opens(file.server, Origin="https://b.example") == 403
    file.path.unlink()
    file.server.signal(signal.SIGHUP)
    file.server.wait_log("parley.conf cannot be used: No such file")
    file.reload(allowed_origins="*")
    assert opens(file.server, Origin="https://b.example") == 101


def test_what_needs_a_restart_is_told(by_file: Any) -> None:
    file = by_file(strikes_max="7")
    file.reload(strikes_max="8")
    assert "setting=strikes-max value=8" in file.lines("needs a restart")[0]
    file.reload(strikes_max="8")
    file.reload(strikes_max="7")
    assert len(file.lines("needs a restart")) == 1, "once; and then it is as it was at the start"


def test_under_load(by_file: Any) -> None:
    """Four pairs talk and others connect with two kinds of tokens, while keys and origins come and go."""
    file = by_file(jwt_secret=SECRET, allowed_origins="*", token_services="chat")
    server, failures, done = file.server, [], threading.Event()

    def talk(number: int) -> None:
        try:
            token = {"additional_headers": bearer()}
            alice, bob = server.client(f"A{number}", **token), server.client(f"B{number}", **token)
            code = alice.create_room()
            bob.join(code, partner=f"A{number}")
            alice.expect("partner_joined")
            ready.release()
            while not done.is_set():
                alice.send("chat", content="to and fro")
                bob.expect("chat")
        except BaseException as error:
            failures.append(error)
            ready.release()

    def connect() -> None:
        try:
            while not done.is_set():
                statuses = {opens(server, Origin="https://a.example", **bearer(signed(key))) for key in (SECRET, OTHER)}
                assert statuses <= {101, 401, 403}, statuses
        except BaseException as error:
            failures.append(error)

    ready = threading.Semaphore(0)
    threads = [threading.Thread(target=talk, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for _ in threads:
        ready.acquire()
    threads.append(threading.Thread(target=connect))
    threads[-1].start()
    for number in range(20):
        file.reload(jwt_secret=(OTHER, SECRET)[number % 2], allowed_origins=("*", "https://b.example")[number % 2], token_services="chat")
    for _ in range(50):
        server.signal(signal.SIGHUP)
    done.set()
    for each in threads:
        each.join()
    assert not failures, failures
