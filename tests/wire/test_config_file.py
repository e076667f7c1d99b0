"""Settings that stand in files: the configuration file, and credentials."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from test_cli import run


@pytest.fixture
def conf(tmp_path: Path) -> Any:
    """Writes a configuration file: conf("workers = 2")."""

    def write(*lines: str) -> str:
        path = tmp_path / "parley.conf"
        path.write_text("".join(line + "\n" for line in lines))
        return str(path)

    return write


def settings(out: str) -> dict[str, tuple[str, str]]:
    """Of --check-config: name -> (value, where it came from)."""
    return {name: (value, source) for name, value, source in re.findall(r"^(\S+) = (.*)  \((.*)\)$", out, re.MULTILINE)}


def test_a_file_is_read_and_named_as_the_source(conf) -> None:
    path = conf("# a comment", "", "workers = 3", "  log-level=debug\t", "allowed-origins = https://a.example, https://b.example")
    done = run("--config", path, "--check-config")
    assert done.returncode == 0, done.stderr
    found = settings(done.stdout)
    assert found["workers"] == ("3", f"{path}:3") and found["log-level"] == ("debug", f"{path}:4")
    assert found["allowed-origins"] == ("https://a.example,https://b.example", f"{path}:5")
    assert found["config"] == (path, "command line") and found["strikes-max"] == ("200", "default")
    assert settings(run("--check-config", PARLEY_CONFIG=path).stdout)["workers"] == ("3", f"{path}:3")


def test_the_environment_and_the_command_line_go_first(conf) -> None:
    path = conf("workers = 3", "port = 1111", "host = 0.0.0.0", "strikes-max = 7")
    found = settings(run("127.0.0.1:2222", "--config", path, "--check-config", PARLEY_WORKERS="4").stdout)
    assert found["workers"] == ("4", "PARLEY_WORKERS")
    assert found["port"] == ("2222", "the address argument") and found["host"][0] == "127.0.0.1"
    assert found["strikes-max"] == ("7", f"{path}:4")


def test_what_check_config_prints_can_be_a_file(conf) -> None:
    """All names and values, without the sources; defaults that are words in place of values are left out."""
    first = settings(run("--check-config", "--workers", "2").stdout)
    lines = [f"{name} = {value}" for name, (value, source) in first.items() if source == "command line" or re.fullmatch(r"[\d.]+|yes|no", value)]
    assert len(lines) > 25
    second = settings(run("--check-config", "--config", conf(*lines)).stdout)
    assert {name: value for name, (value, _) in second.items() if name != "config"} == {
        name: value for name, (value, _) in first.items() if name != "config"
    }


def test_all_mistakes_are_told_with_file_and_line(conf) -> None:
    path = conf("workers = none", "", "wrokers = 2", "just words", "config = other.conf", "strikes-max = 5", "strikes-max = 6", "jwt-secret =")
    done = run("--config", path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f'parley: {path}:1: workers is "none"; it must be a whole number from 1 to 256',
        f"parley: {path}:3: there is no option wrokers; did you mean workers?",
        f"parley: {path}:4: a line must be: key = value, or begin with #",
        f"parley: {path}:5: config names this file, so it cannot stand in it",
        f"parley: {path}:7: strikes-max stands in line 6 already",
        f'parley: {path}:8: jwt-secret is ""; it must be a text that is not empty',
    ]


@pytest.mark.parametrize(
    "content, words",
    [(None, "No such file"), (b"workers = 2\0", "not a text"), (b"#" * 70000, "longer than 64 KiB"), ("folder", "Is a directory")],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: Any, words: str) -> None:
    path = tmp_path / "parley.conf"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    done = run("--config", str(path), "--check-config")
    assert done.returncode == 1 and str(path) in done.stderr and words in done.stderr, done.stderr


def test_credentials(conf, tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "jwt-secret").write_text("hush-hush-hush-hush-hush-hush-hush\n")
    (folder / "redis-url").write_text("redis://user:hush@localhost")
    (folder / "workers").write_text("7")
    path = conf("jwt-secret = another", "live-secret = third")
    done = run("--check-config", "--config", path, CREDENTIALS_DIRECTORY=str(folder))
    assert done.returncode == 0, done.stderr
    found = settings(done.stdout)
    assert found["jwt-secret"] == ("(set)", "credential") and found["redis-url"][1] == "credential"
    assert found["live-secret"] == ("(set)", f"{path}:2") and found["workers"][1] == "default", "not a secret"
    assert "hush" not in done.stdout
    assert settings(run("--check-config", CREDENTIALS_DIRECTORY=str(folder), JWT_SECRET="x").stdout)["jwt-secret"][1] == "JWT_SECRET"
    (folder / "mongodb-url").write_text("hush:hush")
    done = run("--check-config", CREDENTIALS_DIRECTORY=str(folder))
    assert done.returncode == 1 and "the credential mongodb-url must be a host or path after" in done.stderr and "hush" not in done.stderr


def test_a_server_runs_by_its_file(start, conf) -> None:
    server = start("--config", conf("log-format = json", "strikes-max = 1", "live-udp-port = 0"))
    assert server.lines[0].startswith("{")
    client = server.client("Alice")
    client.send_text("{}")
    client.expect_error("invalid_message")
    client.send_text("{}")
    client.expect_close(1008)


def test_check_config_looks_at_what_the_settings_name(conf, tmp_path: Path, certificate: tuple[str, str]) -> None:
    """All that is wrong is told at once: files that do not belong together, keys that are none, places to write."""
    cert, key = certificate
    for folder in (tmp_path / "data", f"{tmp_path}/data/"):
        done = run("--check-config", "--tls-cert", cert, "--tls-key", key, DATA_DIR=str(folder))
        assert done.returncode == 0 and done.stderr == "", done.stderr
    assert not (tmp_path / "data").exists(), "it only looks"
    wrong = ["--tls-cert", key, "--tls-key", cert, "--jwt-public-key", key]
    done = run("--check-config", *wrong, DATA_DIR=f"{cert}/data")
    assert done.returncode == 1
    assert "cannot use TLS" in done.stderr and f"{cert}/data" in done.stderr
    assert len(done.stderr.splitlines()) == 3, done.stderr
    for options in (wrong[:4], wrong[4:]):
        assert run("--check-config", *options).returncode == 1
