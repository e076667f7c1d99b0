"""Writes rules.yml and alerts.yml as one object for Prometheus's operator: deploy/k8s/monitoring/rules.yaml.

`python deploy/prometheus/make.py` writes it; `--check` says whether it is what would be written.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "k8s/monitoring/rules.yaml"
HEADER = """# Made from deploy/prometheus/rules.yml and alerts.yml by deploy/prometheus/make.py; not to be edited.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: parley
spec:
  groups:
"""


def groups(name: str) -> str:
    """The lines below `groups:`, as deep as they stand in the object."""
    _, _, below = (HERE / name).read_text().partition("\ngroups:\n")
    return "".join("  " + line if line.strip() else line for line in below.splitlines(keepends=True))


def main() -> int:
    wanted = HEADER + groups("rules.yml") + "\n" + groups("alerts.yml")
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(wanted)
    elif not TARGET.exists() or TARGET.read_text() != wanted:
        print("deploy/k8s/monitoring/rules.yaml is out of date: python deploy/prometheus/make.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
