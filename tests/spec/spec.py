"""What the tests of codegen share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALL_PATH = Path(__file__).parent / "small.yaml"
SMALL = SMALL_PATH.read_text()


def codegen(*args: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs the compiler as people do."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-m", "codegen", *map(str, args)], cwd=cwd, env=environment, text=True,
                          capture_output=True, check=False)
