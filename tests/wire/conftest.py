"""Fixtures of the wire tests; see harness.py for what they give."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from harness import BINARY, Server

COVERAGE = "test_coverage.py"


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """One server for the whole module, with the module's FLAGS."""
    with Server(*getattr(request.module, "FLAGS", ())) as running:
        yield running


@pytest.fixture
def start() -> Iterator[Any]:
    """Starts servers of a test's own: start("--workers", "4")."""
    running: list[Server] = []

    def launch(*flags: str, **options: Any) -> Server:
        running.append(Server(*flags, **options))
        return running[-1]

    yield launch
    for each in running:
        each.stop()


def pytest_report_header() -> str:
    return f"server: {BINARY}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Coverage is judged last, and only over all tests: a selection is not expected to see everything."""
    coverage = [item for item in items if item.path.name == COVERAGE]
    others = [item for item in items if item.path.name != COVERAGE]
    wanted = {path.name for path in config.rootpath.glob("tests/wire/test_*.py")} - {COVERAGE}
    selected = config.option.keyword or config.option.markexpr or wanted - {item.path.name for item in others}
    if selected and others:
        config.hook.pytest_deselected(items=coverage)
        coverage = []
    items[:] = others + coverage
