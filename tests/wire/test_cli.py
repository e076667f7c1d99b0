"""The program's own face: options, help, and what it says when something is wrong."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest

from harness import BINARY, ROOT, Server, clean_environment


def run(*arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20, env=clean_environment() | env, cwd=cwd)


def test_help_is_worth_reading() -> None:
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert "ADDRESS:PORT" in done.stdout and "127.0.0.1:8080" in done.stdout
    assert all(len(line) <= 100 for line in done.stdout.splitlines())
    for option in ("--workers", "--tls-cert", "--tls-key", "--connections-max", "--check-config", "--version", "--log-format"):
        assert option in done.stdout
    for variable in ("LOG_LEVEL", "RUST_LOG", "ALLOWED_ORIGINS", "ROOT_SERVICE"):
        assert variable in done.stdout


def test_the_documents_list_every_option_with_its_variable_and_default() -> None:
    """The table in docs/configuration.md and --help say the same."""
    helped = re.findall(r"^  (--[a-z-]+)[^\n]*\[(\w+)\](?: \*)?\n(?:      .*\n)*?      .*default: (.+)$", run("--help").stdout, re.MULTILINE)
    assert len(helped) > 20
    table = (ROOT / "docs/configuration.md").read_text()
    documented = re.findall(r"^\| `(--[a-z-]+)` \| `(\w+)` \| (.+?) \|", table, re.MULTILINE)
    assert documented == helped


def test_version_names_the_protocol() -> None:
    done = run("--version")
    spec_hash = re.search(r'SPEC_HASH = "(\w+)"', (ROOT / "generated/protocol.py").read_text())[1]
    assert done.returncode == 0
    assert re.match(r"parley \d+\.\d+\.\d+", done.stdout)
    assert spec_hash[:12] in done.stdout


def test_check_config_shows_every_setting_and_where_it_came_from() -> None:
    done = run("0.0.0.0:9000", "--workers", "3", "--check-config", LOG_LEVEL="debug")
    assert done.returncode == 0, done.stderr
    assert "9000" in done.stdout and "debug" in done.stdout
    line = next(line for line in done.stdout.splitlines() if "workers" in line)
    assert "3" in line and "command line" in line
    line = next(line for line in done.stdout.splitlines() if "log-level" in line)
    assert "debug" in line and "LOG_LEVEL" in line
    done = run("--trusted-proxies", "10.1.2.3, 10.0.0.0/8 , fd00::/8,::1", "--check-config")
    assert "trusted-proxies = 10.1.2.3/32,10.0.0.0/8,fd00::/8,::1/128 " in done.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--wrokers", "2"], ["--wrokers", "--workers"]),
        (["--workers", "none"], ["--workers", "none"]),
        (["--workers", "0"], ["--workers", "0"]),
        (["--workers", "-1"], ["--workers", "-1"]),
        (["--workers", "99999999999999999999"], ["--workers"]),
        (["--workers", "2x"], ["--workers", "2x"]),
        (["--workers"], ["--workers"]),
        (["localhost:port"], ["localhost:port"]),
        (["127.0.0.1:70000"], ["70000"]),
        (["127.0.0.1:0", "127.0.0.1:0"], ["127.0.0.1:0"]),
        (["--tls-cert", "cert.pem"], ["--tls-key"]),
        (["--root-service", "telephone"], ["telephone", "chat"]),
        (["--log-format", "xml"], ["xml", "json"]),
        (["--trusted-proxies", "10.0.0.0/33"], ["--trusted-proxies", "10.0.0.0/33"]),
        (["--trusted-proxies", "10.0.0.0/8,,::1"], ["--trusted-proxies"]),
        (["--trusted-proxies", ",".join(f"10.0.0.{number}" for number in range(100))], ["--trusted-proxies"]),
        (["1" * 300 + ":80"], ["1" * 60]),
    ],
)
def test_wrong_options_are_explained(arguments: list[str], words: list[str]) -> None:
    for extra in ([], ["--check-config"]):
        done = run(*arguments, *extra) if arguments[-1] != "--workers" or not extra else run(*extra, *arguments)
        assert done.returncode not in (0, 98, 99) and done.returncode > 0, done
        for word in words:
            assert word in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) <= 4, done.stderr


@pytest.mark.parametrize("name, value", [("ROOT_SERVICE", "telephone"), ("LOG_LEVEL", "loud"), ("SERVER_PORT", "http")])
def test_wrong_environment_is_explained(name: str, value: str) -> None:
    done = run("--check-config", **{name: value})
    assert done.returncode == 1
    assert name in done.stderr and value in done.stderr


def test_an_address_that_is_taken(server: Server) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert str(port) in done.stderr and "in use" in done.stderr


def test_two_servers_do_not_share_a_port(server: Server) -> None:
    """SO_REUSEPORT is for our own workers, not for a second server."""
    done = run(f"127.0.0.1:{server.address[1]}")
    assert done.returncode == 1 and "in use" in done.stderr


def test_several_servers_in_one_directory(start, tmp_path: Path) -> None:
    """One of them has ./data; the others do without one that nobody asked for. One that was asked for is needed."""
    spare = tmp_path / "spare"
    spare.mkdir()
    servers = [start(env={"DATA_DIR": "", "TMPDIR": str(spare)}, within=("env", "-C", str(tmp_path))) for _ in range(3)]
    assert (tmp_path / "data").is_dir() and len(list(spare.iterdir())) == 2
    for server in servers[1:]:
        assert "set DATA_DIR" in server.wait_log("ends with this process")
    for server in servers:
        assert server.get("/rooms").status == 200 and server.get("/readyz").status == 200
    done = run("127.0.0.1:0", HTTP_PORT="0", DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 1 and "another server uses the data directory" in done.stderr
    for server in servers:
        server.stop()
    assert not list(spare.iterdir())
    (tmp_path / "data/journal.db").write_bytes(b"no database of ours" * 1000)
    done = run("127.0.0.1:0", HTTP_PORT="0", cwd=tmp_path)
    assert done.returncode == 1 and "journal.db" in done.stderr, "what is there is to be looked at"


def test_environment_and_flags(start) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = run("--check-config", SERVER_HOST="0.0.0.0", SERVER_PORT=str(port))
    assert done.returncode == 0 and str(port) in done.stdout and "SERVER_PORT" in done.stdout
    done = run("127.0.0.1:7777", "--check-config", SERVER_PORT=str(port))
    assert "7777" in done.stdout and f" {port}" not in done.stdout


def test_ipv6() -> None:
    done = run("[::1]:8080", "--check-config")
    assert done.returncode == 0 and "::1" in done.stdout


def test_the_binary_is_hardened() -> None:
    """Position independent, no writable and executable memory, relocations read-only, stack protected."""
    told = subprocess.check_output(["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", BINARY], text=True)
    assert "DYN (" in told
    assert re.search(r"GNU_STACK .* RW ", told) and "GNU_RELRO" in told
    assert re.search(r"BIND_NOW|Flags: .*NOW", told)
    symbols = subprocess.check_output(["nm", "--dynamic", "--undefined-only", BINARY], text=True)
    assert "__stack_chk_fail" in symbols
