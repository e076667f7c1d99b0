"""What codegen writes, and how it keeps generated/ in step."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from spec import ROOT, SMALL, SMALL_PATH, codegen

GOLDEN = Path(__file__).parent / "golden"
WARNINGS = ("-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum"
            " -Wundef -Wvla").split()
MADE_FROM = "Made from protocol.yaml by python3 -m codegen; not to be edited."

LEAST = """
version: 1
services:
  echo:
    doc: Says it again.
    envelope: { tag: type }
    errors_as: { event: error, text: message, invalid: invalid }
    errors: { invalid: "Invalid: {reason}" }
    commands: { say: { fields: { text: { type: str, bytes: [0, 9] } }, emits: { said: sender } } }
    events:
      said: { fields: { text: { type: str, bytes: [0, 9] } } }
      error: { fields: { message: { type: str, bytes: [0, 99] } } }
"""


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with the output of small.yaml."""
    out = tmp_path / "out"
    done = codegen("--spec", SMALL_PATH, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    return out


def check(out: Path):  # type: ignore[no-untyped-def]
    return codegen("--check", "--spec", SMALL_PATH, "--out", out)


def test_generated_is_up_to_date() -> None:
    done = codegen("--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_small_protocol_gives_the_golden_output() -> None:
    """After a change that is meant: python3 -m codegen --spec tests/spec/small.yaml --out tests/spec/golden"""
    done = check(GOLDEN)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_file_says_on_top_what_it_was_made_from(made: Path) -> None:
    for path in made.iterdir():
        assert any(MADE_FROM in line for line in path.read_text().splitlines()[:4]), path.name


def test_nothing_depends_on_the_day_or_the_machine(made: Path) -> None:
    for path in made.iterdir():
        text = path.read_text()
        assert str(ROOT) not in text and str(made) not in text, path.name
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", text), path.name


def test_the_same_spec_gives_the_same_files_and_keeps_their_time(made: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.iterdir()}
    done = codegen("--spec", SMALL_PATH, "--out", made)
    assert (done.returncode, done.stdout) == (0, "")
    assert {path: path.stat().st_mtime_ns for path in made.iterdir()} == before


def test_check_is_silent_when_all_is_well(made: Path) -> None:
    done = check(made)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_check_names_a_file_that_differs_and_writes_nothing(made: Path) -> None:
    path = made / "protocol.dict"
    path.write_text(path.read_text() + "\n")
    edited = path.read_text()
    done = check(made)
    assert done.returncode == 1
    assert done.stderr == f"{path}: differs from what protocol.yaml gives\nrun: tools/codegen\n"
    assert path.read_text() == edited


def test_check_names_a_missing_file(made: Path) -> None:
    path = made / "protocol.md"
    path.unlink()
    done = check(made)
    assert done.returncode == 1
    assert done.stderr == f"{path}: missing\nrun: tools/codegen\n"
    assert not path.exists()


def test_check_names_a_stray_file(made: Path) -> None:
    path = made / "notes.txt"
    path.write_text("mine\n")
    done = check(made)
    assert done.returncode == 1
    assert done.stderr == f"{path}: not made by codegen; move it away\nrun: tools/codegen\n"


def test_a_run_removes_its_own_old_files_and_no_others(made: Path) -> None:
    (made / "old_types.h").write_text(f"/* {MADE_FROM} */\n")
    (made / "notes.txt").write_text("mine\n")
    done = codegen("--spec", SMALL_PATH, "--out", made)
    assert done.returncode == 0
    assert not (made / "old_types.h").exists()
    assert (made / "notes.txt").read_text() == "mine\n"


def test_a_change_writes_only_what_it_changes(made: Path, tmp_path: Path) -> None:
    spec = tmp_path / "changed.yaml"
    spec.write_text(SMALL.replace("doc: People at one desk.", "doc: People around one desk."))
    done = codegen("--spec", spec, "--out", made)
    assert done.returncode == 0
    assert {Path(line.split()[1]).name for line in done.stdout.splitlines()} == {"protocol.h", "protocol.md",
                                                                                   "protocol.py"}


def test_the_json_files_are_json(made: Path) -> None:
    schema = json.loads((made / "protocol.schema.json").read_text())
    assert {"talk.command", "talk.event", "talk.command.say", "talk.event.said", "talk.http.get_people_200", "talk.type.pair",
            "http.type.fault", "http.http.get_color_200",
            "desk.event.PUT_ACK"} <= schema["$defs"].keys()
    vectors = json.loads((made / "vectors.json").read_text())
    assert vectors["services"].keys() == {"http", "talk", "desk"}


def compiles(source: Path, includes: Path) -> None:
    done = subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", *WARNINGS, "-Werror", "-fsyntax-only", f"-I{includes}",
                           f"-I{ROOT / 'src'}", f"-I{ROOT}", source], text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("source", sorted(GOLDEN.glob("*.c")), ids=lambda path: path.name)
def test_the_golden_c_compiles_without_a_warning(source: Path, tmp_path: Path) -> None:
    (tmp_path / "generated").symlink_to(GOLDEN)
    compiles(source, tmp_path)


def test_the_least_protocol_compiles_without_a_warning(tmp_path: Path) -> None:
    """No limits, closes, types, guards or HTTP, and no error whose text has no hole."""
    spec = tmp_path / "least.yaml"
    spec.write_text(LEAST)
    done = codegen("--spec", spec, "--out", tmp_path / "generated")
    assert (done.returncode, done.stderr) == (0, "")
    for source in (tmp_path / "generated").glob("*.c"):
        compiles(source, tmp_path)
