"""Fixtures of the wire tests; see harness.py for what they give."""

from __future__ import annotations

import os
from typing import Any, Iterator

import pytest

from databases import Database, Proxy
from fronts import make_certificate
from harness import BINARY, OPEN, Server

COVERAGE = "test_coverage.py"


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """One server for the whole module, with the module's FLAGS."""
    with Server(*getattr(request.module, "FLAGS", ())) as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def start(database: Any) -> Iterator[Any]:
    """Starts servers of a test's own: start("--workers", "4"). At the end they stop before the databases that they use,
    and without clients, which they would wait for."""
    running: list[Server] = []

    def launch(*flags: str, **options: Any) -> Server:
        running.append(Server(*flags, **options))
        return running[-1]

    yield launch
    close_connections()
    for each in running:
        each.stop()


@pytest.fixture
def database() -> Iterator[Any]:
    """Starts databases of a test's own, and what stands before them: database(Redis)."""
    running: list[Database | Proxy] = []

    def launch(kind: type, *arguments: Any, **options: Any) -> Any:
        running.append(kind(*arguments, **options))
        return running[-1]

    yield launch
    for each in running:
        each.close()


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """No connection outlives its test."""
    yield
    close_connections()


def close_connections() -> None:
    for connection in OPEN:
        connection.close()
    OPEN.clear()


def pytest_report_header() -> str:
    return f"server: {BINARY}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Coverage is judged last, and only over all tests: a selection is not expected to see everything."""
    if "PARLEY_FRONT" in os.environ:
        direct = [item for item in items if item.get_closest_marker("direct")]
        config.hook.pytest_deselected(items=direct)
        items[:] = [item for item in items if item not in direct]
    coverage = [item for item in items if item.path.name == COVERAGE]
    others = [item for item in items if item.path.name != COVERAGE]
    wanted = {path.name for path in config.rootpath.glob("tests/wire/test_*.py")} - {COVERAGE}
    selected = config.option.keyword or config.option.markexpr or wanted - {item.path.name for item in others}
    if selected and others:
        config.hook.pytest_deselected(items=coverage)
        coverage = []
    items[:] = others + coverage
