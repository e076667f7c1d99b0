"""Runs each libFuzzer target for a short while from its corpus and its seeds (seeds.py): run.py BUILD_FOLDER SECONDS.

What it finds stays in BUILD_FOLDER/crashes; copy it into tests/fuzz/corpus/<target>/ with the fix.
"""

import subprocess
import sys
from pathlib import Path

import seeds

HERE = Path(__file__).resolve().parent


def fuzz(program: Path, build: Path, seconds: int) -> bool:
    name = program.name.removeprefix("fuzz_")
    grown = build / "corpus" / name  # new inputs go here, not into the committed corpus
    begin = [folder for folder in (HERE / "corpus" / name, build / "seeds" / name) if folder.is_dir()]
    crashes = build / "crashes"
    grown.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(exist_ok=True)
    command = [
        str(program),
        f"-max_total_time={seconds}",
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-print_final_stats=1",
        f"-artifact_prefix={crashes}/{name}-",
    ]
    dictionary = HERE.parents[1] / "generated/protocol.dict"
    if name.startswith(("decode", "session")) and dictionary.exists():
        command.append(f"-dict={dictionary}")
    done = subprocess.run([*command, str(grown), *map(str, begin)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    lines = done.stdout.splitlines()
    print(f"{name}: exit {done.returncode}", *[line for line in lines if line.startswith("stat::number_of_executed")])
    if done.returncode != 0:
        print("\n".join(lines[-40:]))
    return done.returncode == 0


def main() -> int:
    build, seconds = Path(sys.argv[1]), int(sys.argv[2])
    programs = sorted(path for path in build.glob("tests/fuzz_*") if path.is_file())
    if not programs:
        print(f"no fuzz targets in {build}/tests")
        return 1
    seeds.write(build / "seeds")
    good = [fuzz(program, build, seconds) for program in programs]
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
