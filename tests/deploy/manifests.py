"""What deploy/k8s and deploy/istio say, held against the program they are about: `wrong(objects, facts)` names each difference.

The facts are asked of the binary (--help, --version, --check-config) and of a running server (its routes, metrics and
WebSocket paths), so no list here can grow old.
"""

from __future__ import annotations

import math
import re
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Iterator

import yaml

from harness import BINARY, ROOT, Server, clean_environment

KUSTOMIZE = ROOT / "build/tools/kustomize"
K8S = ROOT / "deploy/k8s"
OVERLAYS = ("dev", "rolling", "blue-green", "canary")
SERVER = "websocket-server"  # name of the container, the image, and the label app
Object = dict[str, Any]


@cache
def rendered(folder: str) -> str:
    done = subprocess.run([KUSTOMIZE, "build", K8S / folder], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def objects(folder: str) -> list[Object]:
    return list(yaml.safe_load_all(rendered(folder)))


# --- the program ----------------------------------------------------------------------------------------------------


@dataclass
class Facts:
    variables: set[str]
    version: str
    hidden: set[str]  # paths that are answered, but not for everybody
    server: Server
    answers: dict[tuple[str, bool], int] = field(default_factory=dict)

    def answers_with(self, path: str, websocket: bool = False) -> int:
        """The status of a GET, or of a WebSocket handshake."""
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        upgrade["Sec-WebSocket-Key"] = "c2l4dGVlbiBieXRlcyEhIQ=="
        if (path, websocket) not in self.answers:
            self.answers[path, websocket] = self.server.get(path, upgrade if websocket else None).status
        return self.answers[path, websocket]


def said_by(*arguments: str, **env: str) -> str:
    """What the binary says, be it pleased or not."""
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20, env=clean_environment() | env)
    return done.stdout + done.stderr if done.returncode == 0 else "wrong: " + done.stderr


def facts_of(server: Server) -> Facts:
    variables = set(re.findall(r"\[([A-Z][A-Z_]+)\]", said_by("--help")))
    version = re.match(r"parley (\S+)", said_by("--version"))[1]
    return Facts(variables, version, {"/metrics", "/livez", "/readyz"}, server)


# --- looking things up ----------------------------------------------------------------------------------------------


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    return [found for found in objects if found["kind"] in kinds]


def named(objects: list[Object], kind: str, name: str) -> Object | None:
    return next((found for found in of_kind(objects, kind) if found["metadata"]["name"] == name), None)


def workloads(objects: list[Object]) -> list[Object]:
    return of_kind(objects, "Deployment", "StatefulSet", "Job")


def place(found: Object) -> str:
    return f"{found['kind']} {found['metadata']['name']}"


def containers(workload: Object) -> list[Object]:
    return workload["spec"]["template"]["spec"]["containers"]


def servers(objects: list[Object]) -> Iterator[tuple[Object, Object]]:
    """Each workload that runs the server, and the container that does."""
    for workload in workloads(objects):
        yield from ((workload, each) for each in containers(workload) if each["name"] == SERVER)


def port_of(container: Object, name: str) -> Object | None:
    return next((port for port in container.get("ports", []) if port["name"] == name), None)


def chooses(selector: Object, labels: dict[str, str]) -> bool:
    """matchLabels, matchExpressions with In, or plain labels as a Service has them."""
    if not selector.keys() & {"matchLabels", "matchExpressions"}:
        return selector.items() <= labels.items()
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        rule["operator"] == "In" and labels.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", [])
    )


def chosen(objects: list[Object], selector: Object) -> list[Object]:
    return [each for each in workloads(objects) if chooses(selector, each["spec"]["template"]["metadata"]["labels"])]


def environment(objects: list[Object], container: Object) -> dict[str, str]:
    """What the server is given, with stand-ins for what a cluster fills in."""
    values: dict[str, str] = {}
    for source in container.get("envFrom", []):
        config = named(objects, "ConfigMap", source["configMapRef"]["name"])
        values |= config["data"] if config else {}
    for entry in container.get("env", []):
        source = entry.get("valueFrom", {})
        if "secretKeyRef" in source:
            values[entry["name"]] = "stands in for a secret of 32 bytes or more"
        elif "fieldRef" in source:
            assert source["fieldRef"]["fieldPath"] in ("status.hostIP", "status.podIP"), source
            values[entry["name"]] = "10.0.0.1"
        elif "resourceFieldRef" in source:
            section, resource = source["resourceFieldRef"]["resource"].split(".")
            values[entry["name"]] = str(math.ceil(quantity(container["resources"][section][resource])))
        else:
            values[entry["name"]] = entry["value"]
    return values


def quantity(text: str) -> float:
    """Kubernetes' numbers: 500m, 256Mi, 2."""
    number, unit = re.fullmatch(r"([\d.]+)([A-Za-z]*)", text).groups()
    return float(number) * {"": 1, "m": 1e-3, "k": 1e3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[unit]


# --- what may be wrong ----------------------------------------------------------------------------------------------


def wrong_settings(objects: list[Object], facts: Facts) -> Iterator[str]:
    for workload, container in servers(objects):
        for source in container.get("envFrom", []):
            if named(objects, "ConfigMap", source["configMapRef"]["name"]) is None:
                yield f"{place(workload)}: there is no ConfigMap {source['configMapRef']['name']}"
        given = environment(objects, container)
        for name in given.keys() - facts.variables:
            yield f"{place(workload)}: the server knows no variable {name}"
        folder = given.pop("DATA_DIR", None)
        if (said := said_by("--check-config", **given)).startswith("wrong: "):
            yield f"{place(workload)}: {said}"
        if folder not in {mount["mountPath"] for mount in container["volumeMounts"]}:
            yield f"{place(workload)}: nothing is mounted at DATA_DIR, {folder}"
        if container["image"].rpartition(":")[::2] != (SERVER, facts.version):
            yield f"{place(workload)}: the image is {container['image']}, the version {facts.version}"


def wrong_ports(objects: list[Object], facts: Facts) -> Iterator[str]:
    expected = {"websocket": ("SERVER_PORT", "TCP"), "api": ("HTTP_PORT", "TCP"), "media": ("LIVE_UDP_PORT", "UDP")}
    for workload, container in servers(objects):
        given = environment(objects, container)
        for name, (variable, protocol) in expected.items():
            port = port_of(container, name) or {}
            if (port.get("containerPort"), port.get("protocol", "TCP")) != (int(given.get(variable, 0)), protocol):
                yield f"{place(workload)}: port {name} is not {variable}"
        if port_of(container, "media").get("hostPort") != int(given.get("LIVE_UDP_PORT", 0)):
            yield f"{place(workload)}: clients are told LIVE_UDP_PORT, and the node's port is another"
        notes = workload["spec"]["template"]["metadata"]["annotations"]
        if notes.get("prometheus.io/port") != given.get("HTTP_PORT") or facts.answers_with(notes.get("prometheus.io/path", "")) != 200:
            yield f"{place(workload)}: there are no metrics where its annotations say"
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container[probe]["httpGet"]
            if port_of(container, asked["port"]) is None or facts.answers_with(asked["path"]) != 200:
                yield f"{place(workload)}: {probe} asks for {asked['path']} at {asked['port']}, where nothing answers"


def wrong_services(objects: list[Object], facts: Facts) -> Iterator[str]:
    for service in of_kind(objects, "Service"):
        targets = chosen(objects, service["spec"]["selector"])
        if not targets:
            yield f"{place(service)}: chooses no pod"
        for port in service["spec"]["ports"]:
            for target in targets:
                found = [each for each in map(lambda one: port_of(one, port["targetPort"]), containers(target)) if each]
                if [(each["containerPort"], each.get("protocol")) for each in found] != [(port["port"], port.get("protocol"))]:
                    yield f"{place(service)}: port {port['port']} is not {port['targetPort']} of {place(target)}"
    for policy in of_kind(objects, "NetworkPolicy"):
        pods = chosen(objects, policy["spec"]["podSelector"])
        open_ports = {port["port"] for rule in policy["spec"].get("ingress", []) for port in rule["ports"]} - {15020}
        there = {port["name"] for pod in pods for each in containers(pod) for port in each.get("ports", [])}
        if not pods or open_ports != there:
            yield f"{place(policy)}: lets {sorted(map(str, open_ports))} through, and its pods have {sorted(there)}"
    for budget in of_kind(objects, "PodDisruptionBudget"):
        if not chosen(objects, budget["spec"]["selector"]):
            yield f"{place(budget)}: chooses no pod"
    for workload, container in servers(objects):
        for variable, scheme in (("REDIS_URL", "redis"), ("MONGODB_URL", "mongodb")):
            host, port = re.fullmatch(scheme + r"://([\w.-]+):(\d+)", environment(objects, container)[variable]).groups()
            service = named(objects, "Service", host)
            if of_kind(objects, "StatefulSet") and (service is None or service["spec"]["ports"][0]["port"] != int(port)):
                yield f"{place(workload)}: {variable} leads to no Service"


def wrong_endings(objects: list[Object], facts: Facts) -> Iterator[str]:
    """A pod is given the time that the server takes."""
    for workload, container in servers(objects):
        given = environment(objects, container)
        sleep, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
        leave, drain, stop = (int(given[f"PARLEY_{name}_MS"]) for name in ("DRAIN_DELAY", "DRAIN", "SHUTDOWN_TIMEOUT"))
        if leave + drain >= stop:
            yield f"{place(workload)}: clients are closed over a time that PARLEY_SHUTDOWN_TIMEOUT_MS cuts short"
        if sleep != "sleep" or int(seconds) * 1000 + stop >= workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] * 1000:
            yield f"{place(workload)}: it is killed before it is done"


def wrong_rights(objects: list[Object], facts: Facts) -> Iterator[str]:
    user = int(re.search(r"^USER (\d+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[1])
    for workload in workloads(objects):
        pod = workload["spec"]["template"]["spec"]
        rights = pod["securityContext"]
        if not rights.get("runAsNonRoot") or rights.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{place(workload)}: may run as root, or with every system call"
        for container in containers(workload):
            own = container.get("securityContext", {})
            needed = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            if own != needed:
                yield f"{place(workload)}: {container['name']} has more rights than it needs"
            bounds = [container["resources"].get(name, {}).keys() for name in ("requests", "limits")]
            if any(each != {"cpu", "memory", "ephemeral-storage"} for each in bounds) or ":" not in container["image"] or container["image"].endswith(":latest"):
                yield f"{place(workload)}: {container['name']} has no bounds, or its image no version"
            if container["name"] == SERVER and rights.get("runAsUser") != user:
                yield f"{place(workload)}: runs as another user than the image"
    for found in objects:
        if found["kind"] != "Namespace" and found["metadata"].get("namespace") != "websocket":
            yield f"{place(found)}: is not in the namespace"


def wrong_room(objects: list[Object], facts: Facts) -> Iterator[str]:
    """The journal has the disk that it may fill; what it asks for is what it may have."""
    for workload, container in servers(objects):
        most = int(environment(objects, container)["PARLEY_STORE_MB_MAX"]) * 2**20
        for volume in workload["spec"]["template"]["spec"]["volumes"]:
            if quantity(volume["emptyDir"]["sizeLimit"]) < most * 1.2:
                yield f"{place(workload)}: the journal may grow larger than its volume"
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        target = named(objects, "Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        adapted = {rule["name"]["as"] for rule in adapter_rules()}
        asked = {metric["pods"]["metric"]["name"] for metric in scaler["spec"]["metrics"] if metric["type"] == "Pods"}
        if target is None or "replicas" in target["spec"]:
            yield f"{place(scaler)}: has nothing to scale, or what it scales is scaled by its manifest too"
        if asked != adapted:
            yield f"{place(scaler)}: asks for {asked}, the adapter makes {adapted}"


def adapter_rules() -> list[dict[str, Any]]:
    return yaml.safe_load((K8S / "adapter/values.yaml").read_text())["rules"]["custom"]


def wrong_routes(objects: list[Object], facts: Facts) -> Iterator[str]:
    public = set()
    for virtual in of_kind(objects, "VirtualService"):
        for rule in virtual["spec"]["http"]:
            websocket = rule.get("timeout") == "0s"
            for match in rule["match"]:
                path = match["uri"]["exact"]
                public.add(path)
                if facts.answers_with(path, websocket) not in ((101,) if websocket else (200, 405)):
                    yield f"{place(virtual)}: {rule['name']} leads to {path}, where nothing answers"
            for route in rule["route"]:
                yield from wrong_destination(objects, virtual, route["destination"])
        if public & facts.hidden:
            yield f"{place(virtual)}: shows everybody {sorted(public & facts.hidden)}"
        if virtual["spec"]["gateways"] != [gateway["metadata"]["name"] for gateway in of_kind(objects, "Gateway")]:
            yield f"{place(virtual)}: names another gateway"


def wrong_destination(objects: list[Object], virtual: Object, to: Object) -> Iterator[str]:
    name = to["host"].removesuffix(".websocket.svc.cluster.local")
    service = named(objects, "Service", name)
    rule = next((each for each in of_kind(objects, "DestinationRule") if each["spec"]["host"] == to["host"]), None)
    if service is None or to["port"]["number"] not in [port["port"] for port in service["spec"]["ports"]]:
        yield f"{place(virtual)}: there is no Service at {to['host']}:{to['port']['number']}"
    if rule is None:
        yield f"{place(virtual)}: {to['host']} has no DestinationRule"
        return
    subsets = {subset["name"]: subset["labels"] for subset in rule["spec"].get("subsets", [])}
    if ("subset" in to) != bool(subsets) or to.get("subset", "") not in subsets.keys() | {""}:
        yield f"{place(virtual)}: there is no subset {to.get('subset')} of {to['host']}"
    elif subsets and not chosen(objects, subsets[to["subset"]]):
        yield f"{place(rule)}: subset {to['subset']} has no pods"


def wrong_tokens(objects: list[Object], facts: Facts) -> Iterator[str]:
    for _, container in servers(objects):
        issuer = environment(objects, container)["JWT_ISSUER"]
        for request in of_kind(objects, "RequestAuthentication"):
            for rule in request["spec"]["jwtRules"]:
                if rule["issuer"] != issuer:
                    yield f"{place(request)}: expects tokens of {rule['issuer']}, the server those of {issuer}"
                if not rule.get("forwardOriginalToken"):
                    yield f"{place(request)}: keeps from the server what it checks too"
    for policy in of_kind(objects, "AuthorizationPolicy"):
        for rule in policy["spec"]["rules"]:
            for to in rule["to"]:
                for path in to["operation"].get("paths", []):
                    if facts.answers_with(path) not in (200, 405, 426) and facts.answers_with(path, websocket=True) != 101:
                        yield f"{place(policy)}: is about {path}, where nothing answers"


RULES = (wrong_settings, wrong_ports, wrong_services, wrong_endings, wrong_rights, wrong_room, wrong_routes, wrong_tokens)


def wrong(objects: list[Object], facts: Facts) -> list[str]:
    return [found for rule in RULES for found in rule(objects, facts)]
