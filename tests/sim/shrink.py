#!/usr/bin/env python3
"""Looks for the shortest failing run of the simulator: few clients, few workers, few messages.

    tests/sim/shrink.py build/debug/tests/sim SERVICE [SEEDS]

Prints the command that repeats it, then its report. What it finds is the bug that shows first in
small worlds; it need not be the one that a large run met. SEEDS: how many to try for each size (200).
"""
import re
import subprocess
import sys

SESSIONS = (2, 3, 4, 6, 10, 20, 50)
WORKERS = (1, 2, 4)
COMMANDS_MAX = 5000


def violation(command: list[str]) -> tuple[int, str] | None:
    """After how many messages the run fails, and its report; None when it does not."""
    result = subprocess.run(command, capture_output=True, text=True, errors="replace",
                            timeout=300, check=False)
    if result.returncode == 0:
        return None
    place = re.search(r"Violation at command (\d+)", result.stderr)
    return int(place.group(1)) if place else COMMANDS_MAX, result.stderr


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print(__doc__)
        return 2
    seeds = int(sys.argv[3]) if len(sys.argv) == 4 else 200
    for sessions in SESSIONS:
        found: list[tuple[int, str, list[str]]] = []
        for workers in WORKERS:
            for seed in range(1, seeds + 1):
                least = min(found)[0] if found else COMMANDS_MAX
                command = [sys.argv[1], "--service", sys.argv[2], "--seed", str(seed), "--commands", str(least),
                           "--sessions", str(sessions), "--workers", str(workers)]
                failure = violation(command)
                if failure and (not found or failure[0] < least):
                    found.append((*failure, command))
        if found:
            commands, report, command = min(found)
            print(f"{' '.join(command)}\n\n{report}", end="")
            return 1
        print(f"{sessions} clients: nothing found", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
