"""Which lines and branches of src/ and generated/ the tests reached: a table, and pages that show every line.

tools/coverage runs the tests on a build that counts (the preset coverage) and then this. A branch counts when both its
ways were taken; what CHECK asks is not a branch, since only a bug of ours takes its other way. An inline function has
its branches in each file that includes it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKED = re.compile(r"\bCHECK\(")
MISSED_SHOWN = 60  # characters of line numbers in the table


@dataclass
class Counted:
    """Of one file: how often each line ran, and each way of its branches, named by line and number."""

    lines: dict[int, int] = field(default_factory=dict)
    branches: dict[tuple[int, str], int] = field(default_factory=dict)

    @property
    def missed(self) -> list[int]:
        return [line for line, count in sorted(self.lines.items()) if count == 0]


def read(lcov: str) -> dict[Path, Counted]:
    """What `llvm-cov export -format=lcov` says, by file."""
    files: dict[Path, Counted] = defaultdict(Counted)
    checked: set[int] = set()
    for entry in lcov.splitlines():
        kind, _, rest = entry.partition(":")
        if kind == "SF":
            path = Path(rest)
            here = files[path.relative_to(ROOT)]
            checked = {number for number, line in enumerate(path.read_text().splitlines(), 1) if CHECKED.search(line)}
        elif kind == "DA":
            line, count = rest.split(",")[:2]
            here.lines[int(line)] = int(count)
        elif kind == "BRDA":
            line, rest = rest.split(",", 1)
            way, _, count = rest.rpartition(",")
            if int(line) not in checked:
                here.branches[int(line), way] = 0 if count == "-" else int(count)
    return {path: counted for path, counted in files.items() if counted.lines}


def ranges(lines: list[int]) -> str:
    """3-5, 9: lines that follow each other together."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return text if len(text) <= MISSED_SHOWN else text[:MISSED_SHOWN].rpartition(",")[0] + " …"


def share(counts: list[int]) -> str:
    return f"{100 * sum(count > 0 for count in counts) / len(counts):.1f} %" if counts else ""


def table(files: dict[Path, Counted]) -> None:
    print(f"{'':34} {'lines':>8} {'branches':>9}  missed lines")
    for path, counted in sorted(files.items()):
        lines, branches = share([*counted.lines.values()]), share([*counted.branches.values()])
        print(f"{str(path):34} {lines:>8} {branches:>9}  {ranges(counted.missed)}".rstrip())
    lines = share([count for each in files.values() for count in each.lines.values()])
    branches = share([count for each in files.values() for count in each.branches.values()])
    print(f"{'all':34} {lines:>8} {branches:>9}")


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    merged, pages = build / "merged.profdata", build / "html"
    subprocess.run(["llvm-profdata-14", "merge", "-sparse", *(build / "profiles").iterdir(), "-o", merged], check=True)
    programs = [path for path in (*build.iterdir(), *(build / "tests").iterdir()) if path.is_file() and path.stat().st_mode & 0o100]
    what = [f"-instr-profile={merged}", *(f"-object={path}" for path in programs), "-ignore-filename-regex=/tests/"]
    lcov = subprocess.run(["llvm-cov-14", "export", "-format=lcov", *what], check=True, stdout=subprocess.PIPE, text=True).stdout
    table(read(lcov))
    shown = ["-format=html", f"-output-dir={pages}", "-show-branches=count", "-project-title=Parley"]
    subprocess.run(["llvm-cov-14", "show", *shown, *what], check=True)
    print(f"Every line: {(pages / 'index.html').relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
