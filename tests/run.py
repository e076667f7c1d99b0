"""Runs every kind of test, in two lanes beside each other, and adds up what they say.

The long steps that run whole servers mostly wait, and would disturb each other; they are one lane. Builds and what
computes are the other. Within its lane a step comes after those before it, and in any lane after the build that it needs.
Each step is a command; its output goes to build/test-logs/<step>.log, and is shown when the step fails. A step's count
of cases is read from its closing lines ("12 passed, 0 failed", pytest's summary, ctest's); a step without such a line
counts as one case. Nothing is skipped: a skipped test fails its step. The last line is "N passed, N failed".
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build/test-logs"
PYTHON = sys.executable
FUZZ_SECONDS = 15  # per target

SUMMARY = re.compile(
    r"^(?:\d+: )?=*\s*((?:\d+ (?:passed|failed|skipped|errors?|xfailed|xpassed|deselected|warnings?)(?:, )?)+)"
    r"(?: in [\d.]+s.*)?\s*=*$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Step:
    name: str
    about: str
    command: str
    env: dict[str, str]
    build: str | None = None  # the step that builds what it runs
    servers: bool = False  # its lane
    only_named: bool = False  # takes long, or much of the machine: runs when it is asked for by name


def step(name: str, about: str, command: str, build: str | None = None, **env: str) -> Step:
    return Step(name, about, command, env, build)


def servers(name: str, about: str, command: str, build: str = "build", **env: str) -> Step:
    return Step(name, about, command, env, build, servers=True)


def build(preset: str) -> str:
    return f"cmake --preset {preset} && cmake --build --preset {preset}"


STEPS = [
    step("build", "debug build with ASan and UBSan, warnings are errors", build("debug")),
    step("codegen", "generated/ is what protocol.yaml says", f"{PYTHON} -m codegen --check"),
    step("tidy", "layers, banned calls, sizes, formatting", f"{PYTHON} tests/tidy.py build/debug", build="build"),
    step("spec", "the protocol compiler", f"{PYTHON} -m pytest tests/spec", build="build"),
    step("unit", "modules, vectors and fuzz corpora, under ASan and UBSan", "ctest --preset debug -V -E sim_", build="build"),
    step("sim", "clients of each service, simulated: what they see is what they must see", "ctest --preset debug -V -R sim_", build="build"),
    step(
        "release-build",
        "the build that is run, installed",
        "cmake --preset release -DPARLEY_WERROR=ON && cmake --build --preset release"
        " && cmake --install build/release --prefix build/installed && build/installed/bin/parley --version",
    ),
    step("tsan-build", "build with ThreadSanitizer", build("tsan")),
    step("mutants", "planted bugs that must be found, a few of each kind", f"{PYTHON} tests/sim/mutants.py --few", build="build"),
    step("tsan-unit", "modules under ThreadSanitizer", "ctest --preset tsan -V -R 'base|runtime|net|store'", build="tsan-build"),
    step("fuzz-build", "fuzz targets with libFuzzer", build("fuzz")),
    step("fuzz", "a short run of each fuzz target", f"{PYTHON} tests/fuzz/run.py build/fuzz {FUZZ_SECONDS}", build="fuzz-build"),
    step("conformance", "RFC 6455, case by case", f"{PYTHON} -m pytest tests/conformance", build="build"),
    step("autobahn", "the Autobahn suite, where Python 2.7 is", f"{PYTHON} tests/conformance/autobahn.py", build="build"),
    step(
        "tsan-wire",
        "several workers under ThreadSanitizer",
        f"{PYTHON} -m pytest tests/wire -m threads",
        build="tsan-build",
        PARLEY_BINARY="build/tsan/parley",
    ),
    step(
        "front-nginx",
        "a selection through deploy/nginx, over wss",
        f"{PYTHON} -m pytest tests/wire/test_chat.py tests/wire/test_game.py",
        build="build",
        PARLEY_FRONT="nginx",
    ),
    step(
        "bench",
        "load that checks every byte, on a small scale",
        f"{build('bench')} && bench/run --rounds 1 --scale 0.02 --connections 200",
    ),
    servers("wire", "the real server from outside, under ASan and UBSan", f"{PYTHON} -m pytest tests/wire"),
    servers("deploy", "what puts it into operation and watches it, against the real server", f"{PYTHON} -m pytest tests/deploy"),
    servers(
        "front-h2o",
        "the services through deploy/h2o, over wss",
        f"{PYTHON} -m pytest tests/wire/test_chat.py tests/wire/test_live.py tests/wire/test_game.py tests/wire/test_common.py",
        PARLEY_FRONT="h2o",
    ),
    servers(
        "release-wire",
        "the release build from outside; what the databases do is theirs in any build",
        f"{PYTHON} -m pytest tests/wire --ignore=tests/wire/test_mongodb.py --ignore=tests/wire/test_redis.py",
        build="release-build",
        PARLEY_BINARY="build/release/parley",
    ),
    Step("chroot", "only when named: in a Debian of its own, the Dockerfile's steps and its last stage run; the package installed, run, purged", f"{PYTHON} -m pytest tests/chroot", {}, only_named=True),
]


def run(one: Step) -> tuple[int, int]:
    """Runs a step; returns how many of its cases passed and failed."""
    started = time.monotonic()
    log = LOGS / f"{one.name}.log"
    with log.open("w") as out:
        code = subprocess.call(
            ["bash", "-c", one.command],
            cwd=ROOT,
            env=os.environ | one.env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    text = log.read_text(errors="replace")
    passed, failed = counts(text)
    if code != 0 and failed == 0:
        failed = 1
    if passed + failed == 0:
        passed = 1
    print(f"{one.name:14} {passed:6} passed {failed:4} failed {time.monotonic() - started:7.1f} s  {one.about}", flush=True)
    if failed:
        print("\n".join(text.splitlines()[-60:]))
        print(f"  all of it: {log.relative_to(ROOT)}; again: {' '.join(f'{k}={v}' for k, v in one.env.items())} {one.command}", flush=True)
    return passed, failed


def run_lanes(chosen: list[Step]) -> tuple[int, int]:
    """Runs the steps of both lanes; returns how many cases passed and failed. A build that is not chosen is there."""
    ended = {each.name: threading.Event() for each in chosen}
    totals: dict[str, tuple[int, int]] = {}

    def run_lane(lane: list[Step]) -> None:
        for each in lane:
            if each.build in ended:
                ended[each.build].wait()
            if totals.get(each.build, (0, 0))[1]:
                print(f"{each.name:14} not run: it needs {each.build}, which failed", flush=True)
                totals[each.name] = (0, 1)
            else:
                totals[each.name] = run(each)
            ended[each.name].set()

    lanes = [[each for each in chosen if each.servers == lane] for lane in (False, True)]
    threads = [threading.Thread(target=run_lane, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(passed for passed, _ in totals.values()), sum(failed for _, failed in totals.values())


def counts(text: str) -> tuple[int, int]:
    totals = {"passed": 0, "failed": 0}
    for summary in SUMMARY.finditer(text):
        for number, word in re.findall(r"(\d+) (\w+)", summary[1]):
            if word in ("passed", "failed"):
                totals[word] += int(number)
            elif word in ("error", "errors", "skipped", "xfailed", "xpassed"):
                totals["failed"] += int(number)
    return totals["passed"], totals["failed"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs all tests, or the steps named.")
    parser.add_argument("steps", nargs="*", metavar="STEP")
    parser.add_argument("--list", action="store_true", help="name the steps and what they are")
    options = parser.parse_args()
    if options.list:
        for each in STEPS:
            print(f"{each.name:14} {each.about}\n{'':14} {each.command}")
        return 0
    known = {each.name for each in STEPS}
    for name in options.steps:
        if name not in known:
            parser.error(f"no step {shlex.quote(name)}; there are {', '.join(known)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    chosen = [each for each in STEPS if (each.name in options.steps if options.steps else not each.only_named)]
    passed, failed = run_lanes(chosen)
    print(f"\nin {(time.monotonic() - started) / 60:.1f} minutes")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
