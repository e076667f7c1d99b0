#!/usr/bin/env python3
"""Shows that the tests find bugs: puts one after the other into a copy of the tree, and fails when it is not noticed by
the simulator.

    tests/sim/mutants.py            all of them (planted.py)
    tests/sim/mutants.py --few      a few of each kind
    tests/sim/mutants.py NAME...    those whose names contain one of the words
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from planted import PLANTED

ROOT = Path(__file__).resolve().parents[2]
CFLAGS = "-std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all".split()
FEW = 2  # of each kind, evenly spread

SIM = ["src/base/*.c", "src/json/*.c", "src/runtime/*.c", "src/media/*.c", "src/chat/*.c", "src/live/*.c",
       "src/game/*.c", "src/service.c", "src/store_order.c", "generated/*_codec.c", "generated/*_errors.c",
       "generated/*_dispatch.c", "generated/closes.c", "generated/words.c", "tests/sim/*.c"]
LIBRARIES = ["-lcjson", "-lm", "-lsrtp2", "-lcrypto"]
# The runs in which a bug has to be noticed.
LIVE = ["--service live --cycle 100", "--service live --commands 30000 --sessions 200"]
RUNS = {
    "chat": ["--cycle 200", "--commands 200000 --sessions 300"],
    "live": LIVE,
    "game": ["--service game --cycle 200", "--service game --commands 50000 --sessions 200"],
    "relay": ["--service live --cycle 200", "--service live --commands 50000 --sessions 100"],
}


def link(tree: Path) -> Path:
    objects = [str(path) for pattern in SIM for path in sorted(tree.glob(str(Path(pattern).with_suffix(".o"))))]
    program = tree / "program"
    subprocess.run(["cc", *CFLAGS, *objects, *LIBRARIES, "-o", str(program)], check=True)
    return program


def failure(tree: Path, runs: list[str]) -> str | None:
    """What the first failing run says, or None when all pass."""
    program = link(tree)
    for run in runs:
        try:
            result = subprocess.run([str(program), *run.split()], capture_output=True, text=True, errors="replace",
                                    timeout=300, check=False)
        except subprocess.TimeoutExpired:
            return "does not come to an end"
        if result.returncode != 0:
            lines = (result.stderr + result.stdout).strip().splitlines() or [f"exit {result.returncode}"]
            words = ("ERROR", "runtime error", "sim:", "CHECK")
            return next((line for line in lines if any(word in line for word in words)), lines[0])
    return None


def compile_file(tree: Path, source: Path) -> None:
    subprocess.run(["cc", *CFLAGS, f"-I{tree}", f"-I{tree}/src", "-c", str(source),
                    "-o", str(source.with_suffix(".o"))], check=True)


def copy_tree(tree: Path) -> None:
    for part in ("src", "generated", "tests/sim", "tests/unit"):
        shutil.copytree(ROOT / part, tree / part)
    for pattern in SIM:
        for path in sorted(tree.glob(pattern)):
            compile_file(tree, path)


def files_of(tree: Path, folder: str, edits: list[str]) -> list[Path]:
    """The one file that the bug goes into, unless it is out of date."""
    return [path for path in sorted((tree / folder).glob("*.c"))
            if all(path.read_text().count(old) == 1 for old in edits[::2])]


def out_of_date() -> list[str]:
    return [f"{kind}: {name}" for kind, bugs in PLANTED.items() for name, folder, *edits in bugs
            if len(files_of(ROOT, folder, edits)) != 1]


def notice(tree: Path, runs: list[str], folder: str, edits: list[str]) -> tuple[bool, str]:
    """Whether the bug is found, and what is said of it."""
    files = files_of(tree, folder, edits)
    source = mutant = files[0].read_text()
    for old, new in zip(edits[::2], edits[1::2]):
        mutant = mutant.replace(old, new)
    files[0].write_text(mutant)
    compile_file(tree, files[0])
    said = failure(tree, runs)
    files[0].write_text(source)
    compile_file(tree, files[0])
    return said is not None, said or "nothing noticed it"


def choose(words: list[str]) -> dict[str, list[tuple[str, ...]]]:
    if words == ["--few"]:
        return {kind: bugs[:: max(1, len(bugs) // FEW)][:FEW] for kind, bugs in PLANTED.items()}
    chosen = {kind: [bug for bug in bugs if not words or any(word in bug[0] for word in words)]
              for kind, bugs in PLANTED.items()}
    return {kind: bugs for kind, bugs in chosen.items() if bugs}


def main() -> int:
    chosen = choose(sys.argv[1:])
    passed = failed = 0
    if old := out_of_date():
        print("out of date, in planted.py:", *old, sep="\n    ")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch)
        copy_tree(tree)
        for kind, bugs in chosen.items():
            runs = RUNS[kind]
            said = failure(tree, runs)
            if said is not None:
                print(f"{kind} fails without a bug of ours: {said}")
                failed += 1
                continue
            for name, folder, *edits in bugs:
                found, said = notice(tree, runs, folder, edits)
                print(f"{'found ' if found else 'MISSED'}  {kind}: {name}\n        {said}", flush=True)
                passed, failed = passed + found, failed + (not found)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
