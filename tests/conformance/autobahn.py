"""Runs the public Autobahn test suite against the echo server: the core cases, the limits, some of compression.

The suite needs Python 2.7, which few machines still have: it is looked for in $PYTHON27, among pyenv's versions and on
the path. Where there is none, this says so and ends well; test_conformance.py runs the same cases everywhere. The
suite is installed once, into build/autobahn.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("tests/wire", "tests/conformance", "generated")]

from echo import echo_server  # noqa: E402
from harness import BINARY, SANITIZER, clean_environment  # noqa: E402

HOME = ROOT / "build/autobahn"
WSTEST = HOME / "py27/bin/wstest"
VIRTUALENV = "virtualenv==20.15.1"  # the last that makes environments for 2.7
SUITE = "autobahntestsuite==25.10.1"
INSTALL_SECONDS, RUN_SECONDS = 600, 900

CORE = [f"{section}.*" for section in (1, 2, 3, 4, 5, 6, 7, 10)]
LIMITS = ["9.*"]
COMPRESSION = [f"12.{group}.{number}" for group in range(1, 6) for number in range(1, 5)]
COUNTS = {"core": 247, "limits": 54, "compression": 20}

# What a case may say beside OK. Compression is not spoken here, and 7.1.6, 7.13.1 and 7.13.2 judge nothing: "depends",
# the suite says.
ALLOWED = {"7.1.6": {"INFORMATIONAL"}, "7.13.1": {"INFORMATIONAL"}, "7.13.2": {"INFORMATIONAL"}} | {
    case: {"UNIMPLEMENTED"} for case in COMPRESSION
}


def python27() -> Path | None:
    """A Python 2.7 that really runs; pyenv's shims exist for versions that are not installed, too."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    versions = sorted(map(str, pyenv.glob("versions/2.7*/bin/python2.7")))
    candidates = [os.environ.get("PYTHON27"), *versions, shutil.which("python2.7")]
    for candidate in filter(None, candidates):
        try:
            version = subprocess.run([candidate, "--version"], capture_output=True, text=True, timeout=20)
        except OSError:
            continue
        if "Python 2.7" in version.stderr + version.stdout:
            return Path(candidate)
    return None


def install(python: Path) -> None:
    if WSTEST.exists():
        return
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    pip = [HOME / "py27/bin/python", "-m", "pip"]
    steps: list[list[str | Path]] = [
        [python, "-m", "pip", "install", "-q", "--target", HOME / "boot", VIRTUALENV],
        [python, "-m", "virtualenv", "-q", HOME / "py27"],
        [*pip, "install", "-q", SUITE],
    ]
    for command in steps:
        environment = os.environ | {"PYTHONPATH": str(HOME / "boot")} if "virtualenv" in command else os.environ
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        if done.returncode != 0:
            shutil.rmtree(HOME, ignore_errors=True)
            sys.exit(f"could not install the suite: {' '.join(map(str, command))}\n{done.stderr[-2000:]}")


def run(port: int, cases: list[str]) -> dict[str, dict[str, str]]:
    """The suite's verdicts by case."""
    report, spec = HOME / "report", HOME / "spec.json"
    shutil.rmtree(report, ignore_errors=True)
    server = {"agent": "parley", "url": f"ws://127.0.0.1:{port}", "options": {"version": 18}}
    spec.write_text(
        json.dumps(
            {
                "outdir": str(report),
                "servers": [server],
                "cases": cases,
                "exclude-cases": [],
                "exclude-agent-cases": {},
            }
        )
    )
    command = [WSTEST, "-m", "fuzzingclient", "-s", spec]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=RUN_SECONDS)
    if done.returncode != 0 or not (report / "index.json").exists():
        sys.exit(f"the suite itself failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads((report / "index.json").read_text())["parley"]


def good(case: str, verdict: dict[str, str]) -> bool:
    allowed = {"OK"} | ALLOWED.get(case, set())
    return verdict["behavior"] in allowed and verdict["behaviorClose"] in allowed | {"INFORMATIONAL"}


def main() -> int:
    python = python27()
    if python is None:
        print("Autobahn: no Python 2.7 here (PYTHON27 names one); tests/conformance/test_conformance.py stands in")
        return 0
    install(python)
    passed = failed = 0
    with echo_server(BINARY.parent / "tests/echo_server", clean_environment(), SANITIZER) as (_, port):
        for name, cases in (("core", CORE), ("limits", LIMITS), ("compression", COMPRESSION)):
            verdicts = run(port, cases)
            bad = {case: verdict for case, verdict in verdicts.items() if not good(case, verdict)}
            behaviours = Counter(verdict["behavior"] for verdict in verdicts.values())
            print(f"Autobahn {name}: {len(verdicts)} cases, " + ", ".join(f"{n} {word}" for word, n in behaviours.items()))
            for case, verdict in bad.items():
                print(f"  {case}: {verdict['behavior']}, closing: {verdict['behaviorClose']}; see {HOME}/report/{verdict['reportfile']}")
            if len(verdicts) != COUNTS[name]:
                print(f"  expected {COUNTS[name]} cases")
                failed += 1
            passed += len(verdicts) - len(bad)
            failed += len(bad)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
