#!/usr/bin/env python3
"""Shows that the tests find bugs: puts one after the other into a copy of the tree, and fails when it is not noticed by
the simulator (or, for the relay, by its model).

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

SIM = ["src/base/*.c", "src/json/*.c", "src/runtime/*.c", "src/chat/*.c", "src/live/*.c", "src/game/*.c",
       "src/service.c", "src/store_order.c", "generated/*_codec.c", "generated/*_errors.c", "generated/*_dispatch.c",
       "tests/sim/*.c"]
RELAY = ["src/base/*.c", "src/media/*.c", "tests/unit/media_model.c"]


class Finder:
    """A program that should notice a bug: its sources, and the runs in which it has to."""

    def __init__(self, sources: list[str], libraries: str, runs: list[str]) -> None:
        self.sources, self.libraries, self.runs = sources, libraries.split(), [run.split() for run in runs]

    def link(self, tree: Path) -> Path:
        objects = [str(path) for pattern in self.sources
                   for path in sorted(tree.glob(str(Path(pattern).with_suffix(".o"))))]
        program = tree / "program"
        subprocess.run(["cc", *CFLAGS, *objects, *self.libraries, "-o", str(program)], check=True)
        return program

    def failure(self, tree: Path) -> str | None:
        """What the first failing run says, or None when all pass."""
        program = self.link(tree)
        for arguments in self.runs:
            try:
                result = subprocess.run([str(program), *arguments], capture_output=True, text=True, errors="replace",
                                        timeout=120, check=False)
            except subprocess.TimeoutExpired:
                return "does not come to an end"
            if result.returncode != 0:
                lines = (result.stderr + result.stdout).strip().splitlines() or [f"exit {result.returncode}"]
                words = ("ERROR", "runtime error", "sim:", "CHECK", "media_model.c")
                return next((line for line in lines if any(word in line for word in words)), lines[0])
        return None


FINDERS = {
    "chat": Finder(SIM, "-lcjson -lm", ["--cycle 200", "--commands 200000 --sessions 300"]),
    "live": Finder(SIM, "-lcjson -lm",
                   ["--service live --cycle 200", "--service live --commands 50000 --sessions 200"]),
    "game": Finder(SIM, "-lcjson -lm",
                   ["--service game --cycle 200", "--service game --commands 50000 --sessions 200"]),
    "relay": Finder(RELAY, "-lsrtp2 -lcrypto", [""]),
}


def compile_file(tree: Path, source: Path) -> None:
    subprocess.run(["cc", *CFLAGS, f"-I{tree}", f"-I{tree}/src", "-c", str(source),
                    "-o", str(source.with_suffix(".o"))], check=True)


def copy_tree(tree: Path, kinds: list[str]) -> None:
    for part in ("src", "generated", "tests/sim", "tests/unit"):
        shutil.copytree(ROOT / part, tree / part)
    for pattern in sorted({pattern for kind in kinds for pattern in FINDERS[kind].sources}):
        for path in sorted(tree.glob(pattern)):
            compile_file(tree, path)


def notice(tree: Path, finder: Finder, folder: str, edits: list[str]) -> tuple[bool, str]:
    """Whether the bug is found, and what is said of it."""
    files = [path for path in sorted((tree / folder).glob("*.c"))
             if all(path.read_text().count(old) == 1 for old in edits[::2])]
    if len(files) != 1:
        return False, f"out of date: {len(files)} files of {folder} have its places"
    source = mutant = files[0].read_text()
    for old, new in zip(edits[::2], edits[1::2]):
        mutant = mutant.replace(old, new)
    files[0].write_text(mutant)
    compile_file(tree, files[0])
    said = finder.failure(tree)
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
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch)
        copy_tree(tree, list(chosen))
        for kind, bugs in chosen.items():
            finder = FINDERS[kind]
            said = finder.failure(tree)
            if said is not None:
                print(f"{kind} fails without a bug of ours: {said}")
                failed += 1
                continue
            for name, folder, *edits in bugs:
                found, said = notice(tree, finder, folder, edits)
                print(f"{'found ' if found else 'MISSED'}  {kind}: {name}\n        {said}", flush=True)
                passed, failed = passed + found, failed + (not found)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
