"""deploy/k8s and deploy/istio: rendered by kustomize, valid for Kubernetes and Istio, and about this very server.

No cluster can run where these tests do. What a cluster would say first is said here: each object is held against the
schemas of the oldest and the newest Kubernetes that there are, strictly, and against Istio's; each name that one
object or the server gives another is followed (manifests.py). That this finds mistakes is shown by making some.
"""

from __future__ import annotations

import copy
import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from harness import ROOT, Server
from manifests import K8S, OVERLAYS, Facts, Object, adapter_rules, chooses, facts_of, named, objects, port_of, rendered, servers, wrong
from metrics import read
from test_watching import promtool, wrong_names

OLDEST, NEWEST = "1.25", "1.37"


@pytest.fixture(scope="module")
def facts(server: Server) -> Facts:
    return facts_of(server)


def model(found: Object) -> Any:
    """Of what Kubernetes itself does not know."""
    group, version = found["apiVersion"].split("/")
    package = "istio." + group.split(".")[0] if group.endswith(".istio.io") else "prometheus_operator"
    return getattr(importlib.import_module(f"cloudcoil.models.{package}.{version}"), found["kind"])


def check_schema(found: Object) -> None:
    if re.match(r"[a-z.]+\.(istio\.io|coreos\.com)/", found["apiVersion"]):
        # What the model does not know it leaves out.
        assert model(found).model_validate(found).model_dump(by_alias=True, exclude_unset=True, mode="json") == found
    else:
        for version in (OLDEST, NEWEST):
            kubernetes_validate.validate(found, version, strict=True)


# --- as they are ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_valid(overlay: str) -> None:
    for found in objects(f"overlays/{overlay}"):
        check_schema(found)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_name_leads_to_something(overlay: str, facts: Facts) -> None:
    assert wrong(objects(f"overlays/{overlay}"), facts) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_object_is_there_twice(overlay: str) -> None:
    names = [(found["kind"], found["metadata"]["name"]) for found in objects(f"overlays/{overlay}")]
    assert len(set(names)) == len(names)


def test_every_file_is_part_of_an_overlay() -> None:
    """Nothing lies beside what is tested, but for what is said to be no manifest to apply."""
    named = set()
    folders = [K8S / "monitoring", *(K8S / "overlays" / overlay for overlay in OVERLAYS)]
    while folders:
        folder = folders.pop().resolve()
        named.add(folder / "kustomization.yaml")
        config = yaml.safe_load((folder / "kustomization.yaml").read_text())
        entries = config.get("resources", []) + config.get("components", [])
        entries += [patch["path"] for patch in config.get("patches", []) if "path" in patch]
        entries += [name for made in config.get("configMapGenerator", []) for name in made.get("envs", []) + made.get("files", [])]
        folders += [folder / entry for entry in entries if (folder / entry).is_dir()]
        named |= {(folder / entry).resolve() for entry in entries if not (folder / entry).is_dir()}
    there = {path for top in (K8S, ROOT / "deploy/istio") for path in top.rglob("*") if path.is_file()}
    assert there - named == {K8S / "secret.example.yaml", K8S / "adapter/values.yaml"}


def test_the_operators_prometheus_watches_the_same_pods(tmp_path: Path) -> None:
    """By the same rules as one without an operator, with the dashboard beside it."""
    made = {found["kind"]: found for found in objects("monitoring")}
    assert sorted(made) == ["ConfigMap", "PodMonitor", "PrometheusRule"]
    for found in made.values():
        check_schema(found)
    subprocess.run([sys.executable, str(ROOT / "deploy/prometheus/make.py"), "--check"], check=True)
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(made["PrometheusRule"]["spec"]))
    promtool("check", "rules", "rules.yml", folder=tmp_path)
    assert made["ConfigMap"]["data"]["parley.json"] == (ROOT / "deploy/grafana/parley.json").read_text()

    (endpoint,) = made["PodMonitor"]["spec"]["podMetricsEndpoints"]
    for workload, container in servers(objects("overlays/canary")):
        labels = workload["spec"]["template"]["metadata"]["labels"]
        assert chooses(made["PodMonitor"]["spec"]["selector"], labels) and port_of(container, endpoint["port"])
    (job,) = yaml.safe_load((ROOT / "deploy/prometheus/kubernetes.yml").read_text())["scrape_configs"]
    places = {
        rule["target_label"]: (rule["source_labels"], rule["regex"], rule.get("replacement"))
        for rule in job["relabel_configs"]
        if rule.get("target_label", "").startswith("__")
    }
    *same, named_so = endpoint["relabelings"]
    assert {rule["targetLabel"]: (rule["sourceLabels"], rule["regex"], rule.get("replacement")) for rule in same} == places
    assert named_so == {"targetLabel": "job", "replacement": job["job_name"]}


def test_the_example_of_a_secret_fits() -> None:
    secret = yaml.safe_load((K8S / "secret.example.yaml").read_text())
    check_schema(secret)
    (asked,) = re.findall(r"secretKeyRef:\n +key: (\w+)\n +name: ([\w-]+)", rendered("overlays/rolling"))
    assert asked == (*secret["stringData"], secret["metadata"]["name"])
    assert len(secret["stringData"]["JWT_SECRET"]) >= 32 and "example" in secret["stringData"]["JWT_SECRET"]


def test_indexes_are_those_that_the_server_makes() -> None:
    """By the names that MongoDB gives them, of fields and directions. (The database of our tests keeps no directions.)"""
    script = (K8S / "databases/indexes.js").read_text()
    lines = re.findall(r"^db\.\w+\.createIndex\(\{([^}]*)\}", script, re.MULTILINE)
    made = {"_".join(re.findall(r"[\w-]+", keys)) for keys in lines}
    assert made == set(re.findall(r'"((?:[a-z_]+_-?1_?)+)"', (ROOT / "src/store/mongo_link.c").read_text())) and len(made) == 3


def test_the_job_makes_them_in_the_servers_database() -> None:
    text = rendered("overlays/dev")
    assert re.search(r"MONGODB_URL: (\S+)", text)[1] + "/" + re.search(r"MONGODB_DB_NAME: (\S+)", text)[1] in text


def test_settings_that_change_are_a_rolling_update(tmp_path: Path) -> None:
    """The ConfigMap's name, and so the Deployment, differs when a setting does."""
    (name,) = {found["metadata"]["name"] for found in objects("overlays/rolling") if found["kind"] == "ConfigMap"}
    assert re.fullmatch(r"websocket-server-\w{10}", name) and rendered("overlays/rolling").count(name) == 2


def test_a_room_may_be_named_in_the_address(facts: Facts) -> None:
    """The parameter that a pod is chosen by: the server serves who says it, on every path that speaks WebSocket."""
    (parameter,) = re.findall(r"httpQueryParameterName: (\w+)", rendered("overlays/rolling"))
    paths = {match["uri"]["exact"] for match in named(objects("overlays/rolling"), "VirtualService", "websocket")["spec"]["http"][0]["match"]}
    assert paths == {"/", "/chat", "/live", "/ws", "/game"}
    for path in paths:
        assert facts.answers_with(f"{path}?{parameter}=room123", websocket=True) == 101
    assert re.findall(r"queryParams: \{ (\w+):", (K8S / "overlays/canary/kustomization.yaml").read_text()) == [parameter] * 5
    assert f"?{parameter}=KEY" in (ROOT / "deploy/README.md").read_text()


# --- the autoscaler's metric ----------------------------------------------------------------------------------------


def metric_query(matchers: str = 'namespace="websocket",pod="a"') -> str:
    (rule,) = adapter_rules()
    return rule["metricsQuery"].replace("<<.LabelMatchers>>", matchers).replace("<<.GroupBy>>", "pod")


def test_the_metric_is_made_of_metrics_that_there_are(server: Server) -> None:
    families = read(server.get("/metrics").body.decode())
    (rule,) = adapter_rules()
    for query in (metric_query(), rule["seriesQuery"].replace('!=""', '!="x"')):
        assert list(wrong_names(query, families, set())) == []
    assert rule["name"]["matches"].strip("^$") in families


def test_the_metric_rises_with_the_load(tmp_path: Path) -> None:
    """Headroom falls with it, and an autoscaler would take that for the opposite. A pod that is not ready has none."""
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "adapter", "rules": [{"record": "used", "expr": metric_query()}]}]}))
    labels = '{namespace="websocket",pod="a"}'
    series = [("parley_connections", "0 30 100 0"), ("parley_sessions_headroom", "100 70 0 0")]
    expected = [("0m", 0), ("1m", 30), ("2m", 100), ("3m", 0)]
    test = {
        "interval": "1m",
        "input_series": [{"series": name + labels, "values": values} for name, values in series],
        "promql_expr_test": [
            {"expr": "used", "eval_time": time, "exp_samples": [{"labels": 'used{pod="a"}', "value": value}]} for time, value in expected
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}))
    promtool("test", "rules", "test.yml", folder=tmp_path)


# --- mistakes are found ---------------------------------------------------------------------------------------------

MISTAKES = [
    ("SERVER_PORT: \"8080\"", "SERVER_PORT: \"8081\"", "port websocket is not SERVER_PORT"),
    ("HTTP_PORT: \"3001\"", "HTTP_PORT: \"3002\"", "port api is not HTTP_PORT"),
    ("hostPort: 10000", "hostPort: 10001", "the node's port is another"),
    ("ROOT_SERVICE: game", "ROOT_SERVIS: game", "knows no variable ROOT_SERVIS"),
    ("ROOT_SERVICE: game", "ROOT_SERVICE: games", "ROOT_SERVICE"),
    ("PARLEY_CONNECTIONS_MAX: \"20000\"", "PARLEY_CONNECTIONS_MAX: \"0\"", "PARLEY_CONNECTIONS_MAX"),
    ("image: websocket-server:0.1.0", "image: websocket-server:0.0.9", "the version 0.1.0"),
    ("path: /livez", "path: /alive", "livenessProbe asks for /alive"),
    ("prometheus.io/path: /metrics", "prometheus.io/path: /metric", "no metrics where its annotations say"),
    ("prometheus.io/port: \"3001\"", "prometheus.io/port: \"3000\"", "no metrics where its annotations say"),
    ("PARLEY_DRAIN_MS: \"30000\"", "PARLEY_DRAIN_MS: \"41000\"", "cuts short"),
    ("terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 50", "killed before it is done"),
    ("mountPath: /data\n", "mountPath: /var\n", "nothing is mounted at DATA_DIR"),
    ("sizeLimit: 1280Mi", "sizeLimit: 1Gi", "the journal may grow"),
    ("runAsUser: 10001", "runAsUser: 10002", "another user than the image"),
    ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "more rights than it needs"),
    ("name: parley_sessions_used_percent", "name: parley_sessions_used", "the adapter makes"),
    ("exact: /game", "exact: /games", "leads to /games"),
    ("exact: /health\n", "exact: /metrics\n", "shows everybody"),
    ("number: 3001", "number: 3000", "there is no Service at"),
    ("host: websocket-http.", "host: websocket-api.", "has no DestinationRule"),
    ("issuer: https://auth.signite.com", "issuer: https://auth.example.com", "expects tokens of"),
    ("targetPort: api", "targetPort: http", "is not http of"),
    ("- /chat/history", "- /chat/histories", "is about /chat/histories"),
    ("        app: websocket-server\n        version: stable\n    spec", "        app: server\n    spec", "chooses no pod"),
    ("namespace: websocket\n", "namespace: default\n", "is not in the namespace"),
]


@pytest.mark.parametrize("right, mistake, finding", MISTAKES, ids=[mistake.split("\n")[0] for _, mistake, _ in MISTAKES])
def test_a_mistake_is_found(facts: Facts, right: str, mistake: str, finding: str) -> None:
    text = rendered("overlays/rolling")
    assert right in text
    found = wrong(list(yaml.safe_load_all(text.replace(right, mistake, 1))), facts)
    assert any(finding in each for each in found), found


@pytest.mark.parametrize(
    "overlay, right, mistake, finding",
    [
        ("canary", "subset: canary", "subset: canaries", "there is no subset canaries"),
        ("canary", "        version: canary\n    spec", "        version: other\n    spec", "subset canary has no pods"),
        ("blue-green", "name: websocket-server-blue\n  namespace: websocket\nspec:\n  behavior", None, "nothing to scale"),
        ("dev", "redis://redis:6379", "redis://cache:6379", "REDIS_URL leads to no Service"),
        ("dev", "containerPort: 27017", "containerPort: 27018", "is not mongo of"),
    ],
)
def test_a_mistake_in_another_overlay_is_found(facts: Facts, overlay: str, right: str, mistake: str | None, finding: str) -> None:
    text = rendered(f"overlays/{overlay}")
    if mistake is None:
        found = copy.deepcopy(objects(f"overlays/{overlay}"))
        next(each for each in found if each["kind"] == "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] = "other"
    else:
        assert right in text
        found = list(yaml.safe_load_all(text.replace(right, mistake, 1)))
    assert any(finding in each for each in wrong(found, facts))


@pytest.mark.parametrize(
    "right, mistake",
    [
        ("httpQueryParameterName", "httpQueryParamName"),
        ("simple: LEAST_REQUEST", "simple: LEAST"),
        ("mode: STRICT", "mode: STRICTLY"),
        ("forwardOriginalToken", "forwardToken"),
        ("terminationGracePeriodSeconds", "gracePeriodSeconds"),
        ("maxUnavailable: 1", "maxUnavailable: []"),
        ("averageUtilization: 70", "averageUtilization: some"),
    ],
)
def test_a_schema_finds_a_mistake(right: str, mistake: str) -> None:
    text = rendered("overlays/rolling")
    assert right in text
    with pytest.raises(Exception):
        for found in yaml.safe_load_all(text.replace(right, mistake, 1)):
            check_schema(found)


def test_documents_name_commands_that_the_manifests_bear_out() -> None:
    """The commands of the first README of the game: names of pods, deployments and the container."""
    dev = {(found["kind"], found["metadata"]["name"]) for found in objects("overlays/dev")}
    assert dev >= {("Deployment", "websocket-server"), ("Deployment", "redis"), ("StatefulSet", "mongo"), ("Namespace", "websocket")}
    subprocess.run(["bash", "-n", ROOT / "deploy.sh"], check=True)
