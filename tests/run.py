"""Runs every kind of test, several steps beside each other, and adds up what they say.

There are steps that run servers, which mostly wait, and steps that compute. As many of each kind run at once as there are
cores; what computes is niced, so that it fills the time in which the others wait, and is not what they wait for. Steps
stand in the order in which they are wanted: what others need, then what takes longest. Whenever a step ends, the first of
its kind begins whose needs are there. Each step is a command; its output goes to build/test-logs/<step>.log, and is shown
when the step fails. A step's count of cases is read from its closing lines ("12 passed, 0 failed", pytest's summary,
ctest's); a step without such a line counts as one case. Nothing is skipped: a skipped test fails its step. The last line
is "N passed, N failed".
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
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build/test-logs"
PYTHON = sys.executable
FUZZ_SECONDS = 15  # per target
AT_ONCE = os.cpu_count() or 1  # steps of each kind
NICE = 10  # of what computes, but for the build that most wait for

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
    needs: tuple[str, ...] = ()  # steps that build what it runs
    env: dict[str, str] = field(default_factory=dict)
    servers: bool = False  # its kind
    nice: int = NICE
    only_named: bool = False  # takes long, or much of the machine: runs when it is asked for by name


def computes(name: str, about: str, command: str, *needs: str, nice: int = NICE) -> Step:
    return Step(name, about, command, needs, nice=nice)


def servers(name: str, about: str, command: str, *needs: str, **env: str) -> Step:
    return Step(name, about, command, needs, env, servers=True, nice=0)


def build(preset: str, *options: str) -> str:
    return f"cmake --preset {' '.join([preset, *options])} && cmake --build --preset {preset}"


STEPS = [
    computes("build", "debug build with ASan and UBSan, warnings are errors", build("debug"), nice=0),
    computes(
        "release-build",
        "the build that is run, and its bench; installed as the package is",
        build("package", "-DPARLEY_WERROR=ON", "-DPARLEY_BENCH=ON")
        + " && DESTDIR=$PWD/build/installed cmake --install build/package && build/installed/usr/bin/parley --version",
    ),
    computes("tsan-build", "build with ThreadSanitizer", build("tsan")),
    computes("mutants", "planted bugs that must be found, a few of each kind", f"{PYTHON} tests/sim/mutants.py --few", "build"),
    computes("sim", "clients of each service, simulated: what they see is what they must see", "ctest --preset debug -V -R sim_", "build"),
    computes("unit", "modules, vectors and fuzz corpora, under ASan and UBSan", "ctest --preset debug -V -E sim_", "build"),
    computes("fuzz-build", "fuzz targets with libFuzzer", build("fuzz")),
    computes("fuzz", "a short run of each fuzz target", f"{PYTHON} tests/fuzz/run.py build/fuzz {FUZZ_SECONDS}", "fuzz-build"),
    computes("tsan-unit", "modules that threads share, under ThreadSanitizer", "ctest --preset tsan -V", "tsan-build"),
    computes("tidy", "layers, banned calls, sizes, formatting", f"{PYTHON} tests/tidy.py build/debug", "build"),
    computes("spec", "the protocol compiler", f"{PYTHON} -m pytest tests/spec", "build"),
    computes("codegen", "generated/ is what protocol.yaml says", f"{PYTHON} -m codegen --check"),
    servers("wire", "the real server from outside, under ASan and UBSan", f"{PYTHON} -m pytest tests/wire", "build"),
    servers(
        "release-wire",
        "the release build from outside; what databases do, the page in its browser and a generator of requests is theirs in any build",
        f"{PYTHON} -m pytest tests/wire" + "".join(f" --ignore=tests/wire/test_{name}.py" for name in ("mongodb", "redis", "page", "openapi")),
        "release-build",
        PARLEY_BINARY="build/package/parley",
    ),
    servers(
        "tsan-wire",
        "several workers under ThreadSanitizer",
        f"{PYTHON} -m pytest tests/wire -m threads",
        "tsan-build",
        PARLEY_BINARY="build/tsan/parley",
    ),
    servers(
        "front-h2o",
        "the services through deploy/h2o, over wss",
        f"{PYTHON} -m pytest tests/wire/test_chat.py tests/wire/test_live.py tests/wire/test_game.py tests/wire/test_common.py",
        "build",
        PARLEY_FRONT="h2o",
    ),
    servers(
        "deploy",
        "what puts it into operation and watches it, against the real server",
        f"{PYTHON} -m pytest tests/deploy",
        "build",
        "release-build",
    ),
    servers(
        "front-nginx",
        "the services through deploy/nginx, over wss",
        f"{PYTHON} -m pytest tests/wire/test_chat.py tests/wire/test_live.py tests/wire/test_game.py",
        "build",
        PARLEY_FRONT="nginx",
    ),
    servers("autobahn", "the Autobahn suite, where Python 2.7 is", f"{PYTHON} tests/conformance/autobahn.py", "build"),
    servers("conformance", "RFC 6455, case by case", f"{PYTHON} -m pytest tests/conformance", "build"),
    servers(
        "bench",
        "load that checks every byte, on a small scale",
        "bench/run --build build/package --rounds 1 --scale 0.02 --connections 200",
        "release-build",
    ),
    Step("chroot", "only when named: in a Debian of its own, the Dockerfile's steps and its last stage run; the package installed, run, purged; its units under a systemd", f"{PYTHON} -m pytest tests/chroot", only_named=True),
]


@dataclass(frozen=True)
class Result:
    passed: int
    failed: int
    cpu_seconds: float = 0.0


def run(one: Step) -> Result:
    """Runs a step; tells how many of its cases passed and failed."""
    started = time.monotonic()
    log = LOGS / f"{one.name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            ["nice", "-n", str(one.nice), "bash", "-c", one.command],
            cwd=ROOT,
            env=os.environ | one.env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)  # with what its children took
        process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text(errors="replace")
    passed, failed = counts(text)
    if process.returncode != 0 and failed == 0:
        failed = 1
    if passed + failed == 0:
        passed = 1
    cpu_seconds = usage.ru_utime + usage.ru_stime
    times = f"{time.monotonic() - started:7.1f} s {cpu_seconds:7.1f} s CPU"
    print(f"{one.name:14} {passed:6} passed {failed:4} failed {times}  {one.about}", flush=True)
    if failed:
        print("\n".join(text.splitlines()[-60:]))
        print(f"  all of it: {log.relative_to(ROOT)}; again: {' '.join(f'{k}={v}' for k, v in one.env.items())} {one.command}", flush=True)
    return Result(passed, failed, cpu_seconds)


class Schedule:
    """Hands out steps in their order, each when what it needs has ended."""

    def __init__(self, steps: list[Step]):
        self.results: dict[str, Result] = {}
        self._waiting = list(steps)
        self._changed = threading.Condition()

    def work(self, servers: bool) -> None:
        """Takes steps of a kind and runs them, until there is none left."""
        while (one := self._take(servers)) is not None:
            failed = [name for name in one.needs if self.results[name].failed]
            if failed:
                print(f"{one.name:14} not run: it needs {failed[0]}, which failed", flush=True)
            result = Result(0, 1) if failed else run(one)
            with self._changed:
                self.results[one.name] = result
                self._changed.notify_all()

    def _take(self, servers: bool) -> Step | None:
        with self._changed:
            while mine := [each for each in self._waiting if each.servers == servers]:
                for one in mine:
                    if all(name in self.results for name in one.needs):
                        self._waiting.remove(one)
                        return one
                self._changed.wait()
            return None


def run_all(chosen: list[Step]) -> list[Result]:
    schedule = Schedule(chosen)
    threads = [threading.Thread(target=schedule.work, args=(kind,)) for kind in (True, False) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(schedule.results.values())


def named(names: list[str]) -> list[Step]:
    """These steps and what they need."""
    wanted = set(names)
    wanted |= {need for each in STEPS if each.name in wanted for need in each.needs}
    return [each for each in STEPS if each.name in wanted]


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
    parser = argparse.ArgumentParser(description="Runs all tests, or the steps named and what they need.")
    parser.add_argument("steps", nargs="*", metavar="STEP")
    parser.add_argument("--list", action="store_true", help="name the steps and what they are")
    options = parser.parse_args()
    if options.list:
        for each in STEPS:
            print(f"{each.name:14} {each.about}\n{'':14} {each.command}")
        return 0
    known = [each.name for each in STEPS]
    for name in options.steps:
        if name not in known:
            parser.error(f"no step {shlex.quote(name)}; there are {', '.join(known)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    results = run_all(named(options.steps or [each.name for each in STEPS if not each.only_named]))
    passed, failed = sum(each.passed for each in results), sum(each.failed for each in results)
    print(f"\nin {(time.monotonic() - started) / 60:.1f} minutes, {sum(each.cpu_seconds for each in results) / 60:.1f} of CPU")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
