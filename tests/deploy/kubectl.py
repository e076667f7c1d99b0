#!/usr/bin/env python3
"""Stands in for kubectl where no cluster can run: keeps objects in a file, knows what deploy.sh asks for, and nothing else.

STUB_STATE names a JSON file: {"objects": {"Kind/name": object}, "calls": [...], "broken": [...]}; "broken" has words
of calls that shall fail. `kustomize` is the real one.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

KUSTOMIZE = Path(__file__).resolve().parents[2] / "build/tools/kustomize"
KINDS = {"deployment": "Deployment", "statefulset": "StatefulSet", "secret": "Secret", "virtualservice": "VirtualService", "crd": "CRD"}


def fail(why: str) -> None:
    print(f"stub: {why}", file=sys.stderr)
    sys.exit(1)


def selected(found: dict[str, Any], selector: str) -> bool:
    """version=green, version!=stable, !version"""
    labels = found["metadata"].get("labels", {})
    if selector.startswith("!"):
        return selector[1:] not in labels
    name, different, value = re.fullmatch(r"(\w+)(!?)=(\w+)", selector).groups()
    return (labels.get(name) == value) != bool(different)


def path_of(found: Any, path: str) -> str:
    """{.spec.http[0].route[0].destination.subset}"""
    for name, number in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        found = found.get(name, {}) if name else found[int(number)]
    return str(found) if found != {} else ""


class Stub:
    def __init__(self, state: dict[str, Any]):
        self.objects: dict[str, Any] = state["objects"]
        self.calls: list[Any] = state["calls"]

    def render(self, folder: str) -> str:
        return subprocess.run([KUSTOMIZE, "build", folder], check=True, capture_output=True, text=True).stdout

    def apply(self, text: str, selector: str | None) -> None:
        for found in yaml.safe_load_all(text):
            if selector is not None and not selected(found, selector):
                continue
            key = f"{found['kind']}/{found['metadata']['name']}"
            if found["metadata"].get("namespace") and "Namespace/" + found["metadata"]["namespace"] not in self.objects | {key: 1}:
                fail(f"namespace of {key} not found")
            before = self.objects.get(key, {})
            if found["kind"] == "Deployment" and "replicas" not in found["spec"]:
                found["spec"]["replicas"] = before.get("spec", {}).get("replicas", 1)
            print(f"{key} {'unchanged' if before == found else 'configured' if before else 'created'}")
            self.objects[key] = found

    def get(self, arguments: list[str]) -> None:
        kind, name = arguments[0], arguments[1]
        found = self.objects.get(f"{KINDS[kind]}/{name}")
        if found is None:
            if "--ignore-not-found" in arguments:
                return
            fail(f'{kind} "{name}" not found')
        if "-o" in arguments:
            print(path_of(found, arguments[arguments.index("-o") + 1].removeprefix("jsonpath=")), end="")

    def run(self, arguments: list[str]) -> None:
        match arguments:
            case ["kustomize", folder]:
                print(self.render(folder), end="")
            case ["config", "current-context"]:
                print("stub")
            case ["get", "--raw=/readyz"]:
                print("ok")
            case ["get", *rest]:
                self.get(rest)
            case ["apply", "-k", folder]:
                self.apply(self.render(folder), None)
            case ["apply", "-f", "-"]:
                self.apply(sys.stdin.read(), None)
            case ["apply", "-f", "-", "-l", selector]:
                self.apply(sys.stdin.read(), selector)
            case ["create", "secret", "generic", name, "-n", _, "--from-file=JWT_SECRET=/dev/stdin"]:
                value = base64.b64encode(sys.stdin.buffer.read()).decode()
                self.objects[f"Secret/{name}"] = {"kind": "Secret", "data": {"JWT_SECRET": value}}
            case ["rollout", "status", what, "-n", _, _]:
                kind, name = what.split("/")
                if f"{KINDS[kind]}/{name}" not in self.objects:
                    fail(f"{what} not found")
            case ["scale", what, "-n", _, replicas]:
                self.objects["Deployment/" + what.split("/")[1]]["spec"]["replicas"] = int(replicas.removeprefix("--replicas="))
            case ["delete", "deployment", name, "-n", _, "--ignore-not-found"]:
                self.objects.pop(f"Deployment/{name}", None)
            case _:
                fail(f"does not know: {' '.join(arguments)}")


def main() -> int:
    file = Path(os.environ["STUB_STATE"])
    state = json.loads(file.read_text())
    arguments = sys.argv[1:]
    state["calls"].append(arguments)
    file.write_text(json.dumps(state))
    if any(word in " ".join(arguments) for word in state["broken"]):
        fail("broken")
    Stub(state).run(arguments)
    file.write_text(json.dumps(state))
    return 0


if __name__ == "__main__":
    sys.exit(main())
