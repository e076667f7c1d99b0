"""deploy.sh against a stand-in for kubectl (kubectl.py) that keeps what is applied, for no cluster can run here."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import ROOT
from manifests import KUSTOMIZE, OVERLAYS, objects

HERE = Path(__file__).resolve().parent


class Cluster:
    def __init__(self, folder: Path, istio: bool = True):
        self.folder = folder
        self.file = folder / "state.json"
        self.tools = folder / "tools"
        self.tools.mkdir()
        stub = self.tools / "kubectl"
        stub.write_text(f'#!/bin/sh\nexec {sys.executable} {HERE / "kubectl.py"} "$@"\n')
        stub.chmod(0o755)
        installed = {"CRD/virtualservices.networking.istio.io": {"kind": "CRD"}} if istio else {}
        self.file.write_text(json.dumps({"objects": installed, "calls": [], "broken": []}))

    def state(self, **changes: Any) -> dict[str, Any]:
        state = json.loads(self.file.read_text()) | changes
        self.file.write_text(json.dumps(state))
        return state

    def objects(self) -> dict[str, Any]:
        return self.state()["objects"]

    def calls(self) -> list[str]:
        return [" ".join(call) for call in self.state()["calls"]]

    def deploy(self, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        env = {"PATH": path or f"{self.tools}:/usr/bin:/bin", "STUB_STATE": str(self.file)}
        return subprocess.run([ROOT / "deploy.sh", *arguments], cwd=self.folder, env=env, capture_output=True, text=True, timeout=60)

    def deployed(self, *arguments: str) -> str:
        done = self.deploy(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def images(self) -> dict[str, str]:
        return {
            name: found["spec"]["template"]["spec"]["containers"][0]["image"]
            for name, found in self.objects().items()
            if name.startswith("Deployment/websocket-server")
        }

    def subsets(self) -> set[str | None]:
        routes = self.objects()["VirtualService/websocket"]["spec"]["http"]
        return {rule["route"][0]["destination"].get("subset") for rule in routes if rule["name"] != "canary"}


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def test_the_script_is_clean() -> None:
    subprocess.run(["shellcheck", ROOT / "deploy.sh"], check=True)
    assert os.access(ROOT / "deploy.sh", os.X_OK)


# --- what it puts there ---------------------------------------------------------------------------------------------


def test_without_words_it_is_all_for_development(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, istio=False)
    cluster.deployed()
    expected = {f"{found['kind']}/{found['metadata']['name']}" for found in objects("overlays/dev")}
    assert cluster.objects().keys() == expected
    waited = [call.split()[2] for call in cluster.calls() if call.startswith("rollout status")]
    assert waited == ["deployment/redis", "statefulset/mongo", "deployment/websocket-server"]


@pytest.mark.parametrize("strategy", ["dev", "rolling"])
def test_again_changes_nothing(cluster: Cluster, strategy: str) -> None:
    cluster.deployed(strategy)
    before = cluster.objects()
    output = cluster.deployed(strategy)
    assert cluster.objects() == before
    assert "created" not in output and "configured" not in output


def test_a_secret_is_made_once_and_istio_knows_it(cluster: Cluster) -> None:
    cluster.deployed("rolling")
    secret = base64.b64decode(cluster.objects()["Secret/websocket-secrets"]["data"]["JWT_SECRET"])
    assert len(secret) == 64
    keys = json.loads(cluster.objects()["RequestAuthentication/websocket"]["spec"]["jwtRules"][0]["jwks"])["keys"]
    assert base64.urlsafe_b64decode(keys[0]["k"] + "==") == secret
    shown = " ".join(cluster.calls())
    assert secret.decode() not in shown and keys[0]["k"] not in shown
    cluster.deployed("rolling")
    assert base64.b64decode(cluster.objects()["Secret/websocket-secrets"]["data"]["JWT_SECRET"]) == secret


def test_another_image(cluster: Cluster) -> None:
    cluster.deployed("rolling", "--image", "registry.example.org/team/websocket-server:0.2.0")
    assert cluster.images() == {"Deployment/websocket-server": "registry.example.org/team/websocket-server:0.2.0"}


def test_a_canary_leaves_the_others_alone_until_it_is_taken(cluster: Cluster) -> None:
    cluster.deployed("rolling", "--image", "websocket-server:0.1.7")
    cluster.deployed("canary", "--image", "websocket-server:0.2.0")
    assert cluster.images() == {
        "Deployment/websocket-server": "websocket-server:0.1.7",
        "Deployment/websocket-server-canary": "websocket-server:0.2.0",
    }
    assert cluster.subsets() == {"stable"}
    calls = cluster.calls()
    ready = calls.index("rollout status deployment/websocket-server-canary -n websocket --timeout=300s")
    assert calls[ready + 1] == "apply -f - -l version!=stable"  # the route comes when there are pods
    cluster.deployed("rolling", "--image", "websocket-server:0.2.0")
    assert cluster.images() == {"Deployment/websocket-server": "websocket-server:0.2.0"}
    assert cluster.subsets() == {None}


def test_blue_and_green_take_turns(cluster: Cluster) -> None:
    replicas = lambda: {name: found["spec"]["replicas"] for name, found in cluster.objects().items() if name.startswith("Deployment/")}
    cluster.deployed("blue-green", "--image", "websocket-server:1")
    assert cluster.subsets() == {"blue"} and replicas() == {"Deployment/websocket-server-blue": 3}
    cluster.deployed("blue-green", "--image", "websocket-server:2")
    assert cluster.subsets() == {"green"}
    assert replicas() == {"Deployment/websocket-server-blue": 0, "Deployment/websocket-server-green": 3}
    assert cluster.images()["Deployment/websocket-server-blue"] == "websocket-server:1"
    cluster.deployed("blue-green", "--image", "websocket-server:3")
    assert cluster.subsets() == {"blue"}
    assert replicas() == {"Deployment/websocket-server-blue": 3, "Deployment/websocket-server-green": 0}
    assert cluster.images()["Deployment/websocket-server-blue"] == "websocket-server:3"


def test_clients_are_not_led_to_what_is_not_ready(cluster: Cluster) -> None:
    cluster.deployed("blue-green", "--image", "websocket-server:1")
    cluster.state(broken=["rollout status deployment/websocket-server-green"])
    done = cluster.deploy("blue-green", "--image", "websocket-server:2")
    assert done.returncode == 1 and "did not become ready" in done.stderr and "kubectl describe pods" in done.stderr
    assert cluster.subsets() == {"blue"} and cluster.objects()["Deployment/websocket-server-blue"]["spec"]["replicas"] == 3


# --- --dry-run ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", OVERLAYS)
def test_a_dry_run_asks_no_cluster(cluster: Cluster, strategy: str) -> None:
    done = cluster.deploy(strategy, "--dry-run", "--image", "websocket-server:9")
    assert done.returncode == 0 and "Nothing was changed" in done.stderr
    assert cluster.calls() == [f"kustomize deploy/k8s/overlays/{strategy}"]
    names = lambda many: [(found["kind"], found["metadata"]["name"]) for found in many]
    printed = list(yaml.safe_load_all(done.stdout))
    assert names(printed) == names(objects(f"overlays/{strategy}"))
    assert "image: websocket-server:9\n" in done.stdout and "websocket-server:0.1.0" not in done.stdout


def test_a_dry_run_needs_kustomize_at_least(cluster: Cluster) -> None:
    done = cluster.deploy("--dry-run", path=f"{KUSTOMIZE.parent}:/usr/bin:/bin")
    assert done.returncode == 0 and len(list(yaml.safe_load_all(done.stdout))) == len(objects("overlays/dev"))


# --- what is wrong is said ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["purple"], "what is purple?"),
        (["--image"], "--image needs a value"),
        (["--image", "a b"], "no name of an image: a b"),
        (["--image", "x#y"], "no name of an image"),
        (["--timeout", "soon"], "--timeout is a number of seconds"),
        (["dev", "rolling"], "one strategy at a time"),
        (["canary"], "canary needs --image"),
    ],
)
def test_wrong_words(cluster: Cluster, arguments: list[str], said: str) -> None:
    done = cluster.deploy(*arguments)
    assert done.returncode == 1 and said in done.stderr and cluster.calls() == []


def test_help_names_what_there_is(cluster: Cluster) -> None:
    done = cluster.deploy("--help")
    assert done.returncode == 0 and all(f"  {strategy} " in done.stdout for strategy in OVERLAYS)


def test_no_kubectl(cluster: Cluster) -> None:
    few = cluster.folder / "few"
    few.mkdir()
    for tool in ("bash", "cat", "dirname", "sed"):
        (few / tool).symlink_to(shutil.which(tool))
    done = cluster.deploy(path=str(few))
    assert done.returncode == 1 and "kubectl is needed" in done.stderr


def test_no_cluster(cluster: Cluster) -> None:
    cluster.state(broken=["--raw=/readyz"])
    done = cluster.deploy()
    assert done.returncode == 1 and "no cluster answers (context: stub)" in done.stderr and cluster.objects().keys() == {
        "CRD/virtualservices.networking.istio.io"
    }


def test_no_istio(tmp_path: Path) -> None:
    done = Cluster(tmp_path, istio=False).deploy("rolling")
    assert done.returncode == 1 and "rolling needs Istio" in done.stderr


def test_a_canary_beside_nothing(cluster: Cluster) -> None:
    done = cluster.deploy("canary", "--image", "websocket-server:2")
    assert done.returncode == 1 and "./deploy.sh rolling first" in done.stderr
