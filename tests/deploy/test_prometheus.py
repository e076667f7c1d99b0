"""A real Prometheus with our configuration watches a real server: rules are evaluated, every query finds something."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from harness import TIMEOUT, Server, until
from test_watching import PROMETHEUS, all_queries, rules


class Prometheus:
    """Prometheus on a free port, with our files, but looking once a second."""

    def __init__(self, server: Server, folder: Path):
        config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
        config["global"] = {name: "1s" for name in config["global"]}
        config["scrape_configs"][0]["static_configs"] = [{"targets": ["{}:{}".format(*server.http_address)]}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        for name in config["rule_files"]:
            (folder / name).write_text((PROMETHEUS / name).read_text())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:{}".format(probe.getsockname()[1])
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
            + [f"--web.listen-address={self.address}"],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def ask(self, path: str, **parameters: str) -> Any:
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            return json.load(answer)["data"]

    def find(self, query: str) -> list[dict[str, Any]]:
        return self.ask("query", query=query)["result"]

    def started(self) -> bool:
        assert self.process.poll() is None, Path(self.log.name).read_text()
        try:
            return bool(self.find('up{job="parley"} == 1'))
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(TIMEOUT)
        self.log.close()


@pytest.fixture(scope="module")
def prometheus(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    running = Prometheus(server, tmp_path_factory.mktemp("prometheus"))
    try:
        until(running.started, "Prometheus has read the server's metrics")
        yield running
    finally:
        running.stop()


def test_all_rules_are_evaluated(prometheus: Prometheus) -> None:
    def health() -> set[str]:
        found = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
        assert len(found) == len(rules("rules.yml")) + len(rules("alerts.yml"))
        return {rule["health"] for rule in found}

    until(lambda: "unknown" not in health(), "all rules have been evaluated")
    assert health() == {"ok"}


def test_a_server_that_idles_raises_nothing(prometheus: Prometheus) -> None:
    until(lambda: prometheus.find("instance:parley_places_taken:ratio"), "rules have been evaluated")
    assert prometheus.find('ALERTS{alertstate="firing"}') == []


def test_every_query_of_the_dashboard_finds_something(prometheus: Prometheus) -> None:
    alerts = {rule["expr"] for rule in rules("alerts.yml")}
    for query in set(all_queries()) - alerts:
        filled = query.replace("$__rate_interval", "1m").replace("$instance", ".*")
        filled = re.sub(r"label_values\((\w+), (\w+)\)", r"count by (\2) (\1)", filled).removesuffix(" > 0")
        until(lambda: prometheus.find(filled), filled)
