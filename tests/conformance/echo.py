"""The echo server as a process, for both suites."""

from __future__ import annotations

import re
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

STOP_SECONDS = 20


@contextmanager
def echo_server(binary: Path, environment: dict[str, str], bad_words: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """Yields its address; afterwards it has to end with 0, without one of the bad words in its log."""
    process = subprocess.Popen([binary], stderr=subprocess.PIPE, text=True, errors="replace", env=environment)
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stderr), daemon=True)
    try:
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"listening.*127\.0\.0\.1:(\d+)", line):
                break
        else:
            raise AssertionError("the echo server did not start:\n" + "".join(lines))
        reader.start()
        yield "127.0.0.1", int(found[1])
    finally:
        process.terminate()
        code = process.wait(STOP_SECONDS)
    reader.join(STOP_SECONDS)
    log = "".join(lines)
    assert code == 0 and not bad_words.search(log), f"exit code {code}; the log:\n{log}"
