"""deploy/package: the Debian package, its unit, man page and completion, without installing it (tests/chroot does)."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import BINARY, ROOT

PACKAGE = ROOT / "deploy/package"


def told(*command: str | Path, **options: Any) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, cwd=ROOT, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def deb() -> Path:
    told("cmake", "--workflow", "--preset", "package")
    (made,) = (ROOT / "build/package").glob("parley_*.deb")
    return made


@pytest.fixture(scope="session")
def unpacked(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deb")
    told("dpkg-deb", "-R", deb, folder)
    return folder


def test_the_man_page_and_the_completion_are_what_the_program_says() -> None:
    spec = importlib.util.spec_from_file_location("package_make", PACKAGE / "make.py")
    make = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    for path, text in make.written(BINARY).items():
        assert path.read_text() == text, "out of date: python deploy/package/make.py build/debug/parley"


def page(name: str) -> str:
    """As it is read, of which man has nothing to complain."""
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", PACKAGE / name], capture_output=True, text=True, env={"MANWIDTH": "100", "PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return re.sub(r".\x08", "", done.stdout)


@pytest.mark.parametrize(
    "name, program, least, headings",
    [
        ("parley.8", BINARY, 50, ("OPTIONS", "SIGNALS", "FILES")),
        ("parleyctl.1", BINARY.with_name("parleyctl"), 15, ("COMMANDS", "OPTIONS", "SEE ALSO")),
    ],
)
def test_the_man_pages_render(name: str, program: Path, least: int, headings: tuple[str, ...]) -> None:
    shown = page(name)
    words = re.findall(r"^  (-?[a-z-]+)(?: |$)", told(program, "--help"), re.MULTILINE)
    assert len(words) > least
    for word in words:
        assert re.search(rf"^ +{word}\b", shown, re.MULTILINE), word
    for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", *headings):
        assert re.search(rf"^{heading}$", shown, re.MULTILINE), heading


def completed(program: str, words: str) -> set[str]:
    given = [program, *words.split(" ")]
    quoted = " ".join(f"'{word}'" for word in given)
    script = f"set -u; source {PACKAGE}/{program}.bash; COMP_WORDS=({quoted}); COMP_CWORD={len(given) - 1}; _{program}"
    out = told("bash", "-c", script + '; printf "%s\\n" "${COMPREPLY[@]}"')
    return set(out.split())


@pytest.mark.parametrize(
    "words, expected",
    [
        ("--log-f", {"--log-format"}),
        ("--tls-", {"--tls-cert", "--tls-key"}),
        ("--log-level ", {"off", "error", "warn", "info", "debug"}),
        ("--durability f", {"fsync"}),
        ("--port ", set()),
        ("--data-dir ./deploy/pack", {"./deploy/package"}),
        ("--config ./CMakePre", {"./CMakePresets.json"}),
        ("--limit-loopback --vers", {"--version"}),
    ],
)
def test_the_completion_completes(words: str, expected: set[str]) -> None:
    assert completed("parley", words) == expected


@pytest.mark.parametrize(
    "words, expected",
    [
        ("se", {"sessions"}),
        ("trace --s", {"--service", "--session", "--sample"}),
        ("sessions --service ", {"chat", "live", "game"}),
        ("log-level ", {"off", "error", "warn", "info", "debug"}),
        ("revoke ", set()),
        ("--room ", set()),
        ("--json dr", {"drain"}),
    ],
)
def test_the_completion_of_parleyctl_completes(words: str, expected: set[str]) -> None:
    assert completed("parleyctl", words) == expected


def test_the_package_has_all_there_is_to_install(deb: Path) -> None:
    listed = told("dpkg-deb", "-c", deb)
    for name in (
        "usr/bin/parley",
        "etc/parley/parley.conf",
        "usr/lib/systemd/system/parley.service",
        "usr/lib/systemd/system/parley.socket",
        "usr/lib/sysusers.d/parley.conf",
        "usr/bin/parleyctl",
        "usr/share/man/man8/parley.8.gz",
        "usr/share/man/man1/parleyctl.1.gz",
        "usr/share/bash-completion/completions/parley",
        "usr/share/bash-completion/completions/parleyctl",
        "usr/share/doc/parley/copyright",
        "usr/share/doc/parley/README.md",
    ):
        assert f" ./{name}\n" in listed, name
    assert re.search(r"^-rw-r----- root/root .* \./etc/parley/parley\.conf$", listed, re.MULTILINE), "it may hold secrets"
    assert not re.search(r"^(?!.* root/root )", listed.strip(), re.MULTILINE)


def test_the_package_depends_on_what_the_program_links(deb: Path, unpacked: Path) -> None:
    depends = told("dpkg-deb", "-f", deb, "Depends")
    needed = re.findall(r"NEEDED.*\[(lib\w+)", told("readelf", "-d", unpacked / "usr/bin/parley"))
    assert len(needed) > 8
    for library in needed:
        assert re.search(rf"\blib{library[3:]}[-\d.]*", depends) or library in ("libcrypto", "libm", "libh2o"), (library, depends)
    assert (unpacked / "DEBIAN/conffiles").read_text() == "/etc/parley/parley.conf\n"


def test_lintian_finds_nothing(deb: Path) -> None:
    assert told("lintian", "--fail-on", "error,warning", "--allow-root", deb) == ""


def test_the_configuration_that_comes_along_is_right(unpacked: Path, tmp_path: Path) -> None:
    """As it is, and with each setting that it shows in a comment; but for where data is kept."""
    shown = (unpacked / "etc/parley/parley.conf").read_text().replace("/var/lib/parley", str(tmp_path))
    for text in (shown, re.sub(r"^# (?=[a-z-]+ = )(?!tls)", "", shown, flags=re.MULTILINE)):
        path = tmp_path / "parley.conf"
        path.write_text(text)
        told(unpacked / "usr/bin/parley", "--check-config", "--config", path)
    for name in re.findall(r"^# ([a-z-]+) = ", shown, re.MULTILINE):
        assert f"--{name} " in told(BINARY, "--help")


def test_the_unit_is_valid_and_sandboxed(unpacked: Path) -> None:
    unit = unpacked / "usr/lib/systemd/system/parley.service"
    text = unit.read_text()
    assert "ExecStart=/usr/bin/parley --config /etc/parley/parley.conf\n" in text and "Type=notify\n" in text
    score = re.search(r"exposure level for parley.service: ([\d.]+)", told("systemd-analyze", "security", "--offline=true", "--no-pager", unit))
    assert float(score[1]) <= 1.5
    # Whether the system has its units, programs and manuals is not the question here.
    done = subprocess.run(["systemd-analyze", "verify", f"--root={unpacked}", "parley.service", "parley.socket"], capture_output=True, text=True)
    others = ("not found.", "/bin/sh is not executable", "Command 'man")
    assert [line for line in done.stderr.splitlines() if not any(word in line for word in others)] == []


def test_the_sockets_are_those_of_the_settings(unpacked: Path) -> None:
    said = told(BINARY, "--check-config", "--config", unpacked / "etc/parley/parley.conf", "--data-dir", unpacked)
    settings = dict(re.findall(r"^(\S+) = (\S+) ", said, re.MULTILINE))
    held = re.findall(r"^ListenStream=(.*)$", (unpacked / "usr/lib/systemd/system/parley.socket").read_text(), re.MULTILINE)
    assert held == [f"{settings['host']}:{settings[port]}" for port in ("port", "http-port")]


def test_what_the_unit_grants_covers_what_the_settings_ask_for(unpacked: Path) -> None:
    text = (unpacked / "usr/lib/systemd/system/parley.service").read_text()
    defaults = dict(re.findall(r"^(\S+) = (\S+) ", told(BINARY, "--check-config"), re.MULTILINE))
    assert int(re.search(r"LimitNOFILE=(\d+)", text)[1]) > int(defaults["connections-max"]) + 1000
    assert int(re.search(r"TimeoutStopSec=(\d+)", text)[1]) * 1000 > 2 * int(defaults["shutdown-timeout-ms"])
