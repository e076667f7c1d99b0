"""deploy/prometheus and deploy/grafana: valid, tested, and about metrics that there are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from harness import Server
from metrics import PAGE, ROOT, Family, page, read

PROMETHEUS = ROOT / "deploy/prometheus"
DASHBOARD = ROOT / "deploy/grafana/parley.json"
# Labels that Prometheus itself adds.
ADDED = {"job", "instance", "namespace", "pod"}


def promtool(*arguments: str, folder: Path = PROMETHEUS) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def rules(name: str) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load((PROMETHEUS / name).read_text())["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def families(server: Server) -> dict[str, Family]:
    return read(server.get("/metrics").body.decode())


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_says_what_is_exposed(families: dict[str, Family]) -> None:
    assert PAGE.read_text() == page(families), "docs/metrics.md is out of date: python tests/deploy/metrics.py"


# --- Prometheus -----------------------------------------------------------------------------------------------------


def test_the_configuration_is_valid() -> None:
    promtool("check", "config", "prometheus.yml")


def test_the_configuration_for_kubernetes_is_valid(tmp_path: Path) -> None:
    """Debian's promtool is built without Kubernetes, so pods are replaced by files; all else is looked at."""
    config = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())
    (pods,) = config["scrape_configs"]
    assert pods.pop("kubernetes_sd_configs") == [{"role": "pod"}]
    pods["file_sd_configs"] = [{"files": ["pods.json"]}]
    (tmp_path / "kubernetes.yml").write_text(yaml.safe_dump(config))
    (tmp_path / "pods.json").write_text("[]")
    for name in config["rule_files"]:
        (tmp_path / name).write_text((PROMETHEUS / name).read_text())
    promtool("check", "config", "kubernetes.yml", folder=tmp_path)


def test_the_server_is_where_the_configuration_looks(server: Server) -> None:
    """The port is HTTP_PORT's default, and /metrics is Prometheus's own default path."""
    help_text = subprocess.run([server.process.args[0], "--help"], capture_output=True, text=True, check=True).stdout
    (job,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    ((target,),) = [config["targets"] for config in job["static_configs"]]
    assert re.search(rf"HTTP_PORT\b.*\b{target.rpartition(':')[2]}\b", help_text, re.DOTALL)


def test_rules_are_valid_and_alerts_fire_when_they_should() -> None:
    promtool("check", "rules", "rules.yml", "alerts.yml")
    promtool("test", "rules", "alerts_test.yml")


def test_each_alert_is_provoked() -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    raised = {
        name
        for test in tests
        for query in test["promql_expr_test"]
        for sample in query["exp_samples"]
        for name in re.findall(r'alertname="(\w+)"', sample["labels"])
    }
    assert raised == {rule["alert"] for rule in rules("alerts.yml")}


def test_alerts_say_what_to_do() -> None:
    for rule in rules("alerts.yml"):
        assert rule["labels"]["severity"] in ("page", "ticket"), rule
        assert set(rule["annotations"]) == {"summary", "description"}, rule


# --- names that there are -------------------------------------------------------------------------------------------

SELECTOR = re.compile(r"\b((?:[a-z]+:)?parley_[a-z0-9_]+(?::[a-z0-9_]+)?)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")


def family_of(name: str, families: dict[str, Family]) -> Family | None:
    for known in (name, re.sub(r"_(bucket|sum|count)$", "", name)):
        if known in families and (known == name) != (families[known].type == "histogram"):
            return families[known]
    return None


def wrong_names(query: str, families: dict[str, Family], recorded: set[str]) -> Iterator[str]:
    """What a query names that there is not."""
    labels = set(ADDED)
    for name, matchers in SELECTOR.findall(query):
        if name in recorded:
            labels |= {"service"}
            continue
        family = family_of(name, families)
        if family is None:
            yield f"there is no metric {name}"
            continue
        labels |= family.labels.keys()
        for label, operator, value in MATCHER.findall(matchers):
            if label in ADDED or value.startswith("$"):
                if label not in family.labels.keys() | ADDED:
                    yield f"{name} has no label {label}"
            elif label not in family.labels:
                yield f"{name} has no label {label}"
            elif "~" in operator and not any(re.fullmatch(value, known) for known in family.labels[label]):
                yield f"{label} of {name} is never like {value}"
            elif "~" not in operator and value not in family.labels[label]:
                yield f"{label} of {name} is never {value}"
    for group in GROUPING.findall(query):
        for label in filter(None, re.split(r"[\s,]+", group)):
            if label not in labels:
                yield f"nothing in the query has a label {label}"


def panel_queries(panels: list[dict[str, Any]]) -> Iterator[str]:
    for panel in panels:
        yield from (target["expr"] for target in panel.get("targets", []))
        yield from panel_queries(panel.get("panels", []))


def all_queries() -> Iterator[str]:
    for name in ("rules.yml", "alerts.yml"):
        yield from (rule["expr"] for rule in rules(name))
    dashboard = json.loads(DASHBOARD.read_text())
    yield from panel_queries(dashboard["panels"])
    yield from (variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query")


def test_every_query_names_metrics_and_labels_that_there_are(families: dict[str, Family]) -> None:
    recorded = {rule["record"] for rule in rules("rules.yml")}
    wrong = [f"{found} in: {query}" for query in all_queries() for found in wrong_names(query, families, recorded)]
    assert not wrong, "\n".join(wrong)


def test_the_series_of_the_tests_are_series_that_there_are(families: dict[str, Family]) -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    for series in {series["series"] for test in tests for series in test["input_series"]}:
        if not series.startswith("up{"):
            assert not list(wrong_names(series, families, set())), series


@pytest.mark.parametrize(
    "query",
    [
        "rate(parley_no_such_total[5m])",
        "parley_turn_duration_seconds",
        "parley_connections_bucket",
        'parley_commands_total{kind="chat"}',
        'parley_closes_sent_total{code="1"}',
        'parley_http_requests_total{status=~"6.."}',
        "sum by (command) (parley_errors_total)",
        "instance:parley_no_such:ratio",
    ],
)
def test_a_wrong_name_is_found(families: dict[str, Family], query: str) -> None:
    assert list(wrong_names(query, families, {rule["record"] for rule in rules("rules.yml")}))


# --- Grafana --------------------------------------------------------------------------------------------------------


def test_the_dashboard_is_what_its_program_makes() -> None:
    subprocess.run([sys.executable, str(ROOT / "deploy/grafana/make.py"), "--check"], check=True)


def test_panels_do_not_overlap_and_have_titles() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        assert panel["title"] and (panel["type"] == "row" or panel["targets"])
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_queries_are_valid(tmp_path: Path) -> None:
    """promtool reads each query as a rule, with Grafana's variables filled in."""
    filled = [re.sub(r"\$__rate_interval", "5m", query).replace("$instance", ".*") for query in all_queries() if "label_values" not in query]
    group = {"name": "queries", "rules": [{"record": f"query:{number}", "expr": query} for number, query in enumerate(filled)]}
    (tmp_path / "queries.yml").write_text(yaml.safe_dump({"groups": [group]}))
    promtool("check", "rules", "queries.yml", folder=tmp_path)
