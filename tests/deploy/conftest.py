"""Fixtures of the tests of deploy/ and of what the documents tell operators."""

from __future__ import annotations

from typing import Iterator

import pytest

from fronts import make_certificate
from harness import BINARY, Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all of them."""
    with Server() as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def pytest_report_header() -> str:
    return f"server: {BINARY}"
