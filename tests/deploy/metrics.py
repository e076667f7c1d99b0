"""What a server exposes, and docs/metrics.md, which says so: `python tests/deploy/metrics.py` writes the page anew."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/metrics.md"
# Labels whose values are names of protocol.yaml, or differ from build to build.
FROM_THE_SPEC = {"service", "command", "event", "error"}
FROM_THE_BUILD = {"version", "spec_hash"}
HEADER = """# Metrics

What `GET /metrics` tells, in Prometheus's text format; the same on the main port and on `HTTP_PORT`. Numbers are sums over all
workers. Counters begin at 0 with the process. Every series is there from the start, and none comes or goes: label values are
those of this page, and names of commands, events and errors from `protocol.yaml`.

Alerts and recording rules on them are in [deploy/prometheus](../deploy/prometheus), a dashboard in
[deploy/grafana](../deploy/grafana). This page is made from a running server by `tests/deploy/metrics.py`; a test holds it against
one.

| name | type | labels | meaning |
|---|---|---|---|
"""


@dataclass
class Family:
    name: str
    type: str
    help: str
    labels: dict[str, set[str]] = field(default_factory=dict)


def read(text: str) -> dict[str, Family]:
    """The families of an exposition, by the name that a query uses (a histogram's without _bucket and so on)."""
    families = {}
    for parsed in text_string_to_metric_families(text):
        name = parsed.name + "_total" if parsed.type == "counter" else parsed.name
        family = families[name] = Family(name, parsed.type, parsed.documentation)
        for sample in parsed.samples:
            for label, value in sample.labels.items():
                family.labels.setdefault(label, set()).add(value)
    return families


def label_cell(label: str, values: set[str]) -> str:
    if label in FROM_THE_SPEC | FROM_THE_BUILD or label == "le":
        return f"`{label}`"
    return f"`{label}`: {', '.join(sorted(values))}"


def page(families: dict[str, Family]) -> str:
    rows = [
        f"| `{family.name}` | {family.type} | {'; '.join(label_cell(*label) for label in family.labels.items())} | {family.help} |\n"
        for family in families.values()
    ]
    return HEADER + "".join(rows)


def main() -> int:
    sys.path[:0] = [str(ROOT / name) for name in ("tests/wire", "generated")]
    from harness import Server

    with Server() as server:
        PAGE.write_text(page(read(server.get("/metrics").body.decode())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
