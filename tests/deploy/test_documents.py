"""What the documents name is there: options, variables, metrics, files, places in other documents."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from harness import BINARY, Server
from metrics import read

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, text=True).split()
# Golden output is of another protocol; the design of each page is its own.
DOCUMENTS = sorted(ROOT / name for name in TRACKED if "golden" not in name and (ROOT / name).is_file())
# Those for who runs the server: all options that they name are the server's. Others tell of other programs, too.
FOR_OPERATORS = [ROOT / name for name in ("README.ko.md", "docs/configuration.md", "docs/migrating.md", "docs/operating.md", "docs/security.md")]


def named(document: Path) -> str:
    """A document's text without code blocks, which may show other programs."""
    return re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def help_text() -> str:
    """What the server says of itself, and parleyctl."""
    return "".join(subprocess.check_output([program, "--help"], text=True) for program in (BINARY, BINARY.with_name("parleyctl")))


def wrong_options(text: str, help_text: str) -> Iterator[str]:
    known = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", help_text)) | {"--help"}
    for option in re.findall(r"`(--[a-z][a-z-]*[a-z])", text):
        if option not in known:
            yield option


def wrong_variables(text: str, help_text: str) -> Iterator[str]:
    known = set(re.findall(r"\[(\w+)\]", help_text)) | {"RUST_LOG"}
    for name in re.findall(r"`((?:PARLEY|SERVER|HTTP|ROOT|ALLOWED|DATA|REDIS|MONGODB|JWT|GAME|LIVE|LOG)_[A-Z_]+)", text):
        if name not in known:
            yield name


def anchors(document: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def wrong_links(document: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", named(document)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (document.parent / name).resolve() if name else document
        if not there.exists() or (anchor and anchor not in anchors(there)):
            yield target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    assert list(wrong_links(document)) == []


@pytest.mark.parametrize("document", FOR_OPERATORS, ids=lambda document: document.name)
def test_options_and_variables_are_the_programs(document: Path, help_text: str) -> None:
    text = named(document)
    assert list(wrong_options(text, help_text)) == []
    assert list(wrong_variables(text, help_text)) == []


def test_metrics_are_the_servers(server: Server) -> None:
    exposed = read(server.get("/metrics").body.decode())
    for document in FOR_OPERATORS:
        for name in re.findall(r"`(parley_\w+)", named(document)):
            assert name in exposed, f"{document.name} names {name}"


def test_what_is_wrong_is_found(help_text: str, tmp_path: Path) -> None:
    """A check that finds nothing might be blind."""
    assert list(wrong_options("`--drain-ms` and `--drain-s`", help_text)) == ["--drain-s"]
    assert list(wrong_variables("`JWT_SECRET`, `JWT_SECRETS`", help_text)) == ["JWT_SECRETS"]
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](page.md#one-two) [b](other.md) [c](#three) [d](https://example.org/)\n")
    assert list(wrong_links(page)) == ["other.md", "#three"]


def test_the_korean_readme_names_the_same_commands() -> None:
    """The two READMEs start and test the server alike."""
    for command in ("tools/run", "tools/test", "tools/run 0.0.0.0:9000", "tools/run --help"):
        for name in ("README.md", "README.ko.md"):
            assert command in (ROOT / name).read_text(encoding="utf-8")


def test_the_licences_of_all_libraries_are_told() -> None:
    dynamic = subprocess.check_output(["readelf", "-d", BINARY], text=True)
    needed = set(re.findall(r"NEEDED.*\[(lib[a-z0-9]+?)(?:-[a-z0-9.]+)?\.so", dynamic))
    told = set(re.findall(r"\blib[a-z0-9]+", (ROOT / "docs/licences.md").read_text(encoding="utf-8")))
    assert {"libh2o", "libssl", "libsqlite3"} <= needed
    assert needed - told <= {"libc", "libm", "libasan", "libubsan", "libtsan"}
