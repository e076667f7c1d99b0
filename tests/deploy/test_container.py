"""Dockerfile and compose.yaml: linted, and about this very server. tests/chroot carries the Dockerfile out."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from harness import BINARY, ROOT
from manifests import environment, of_kind, objects, said_by, servers

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = ROOT / "compose.yaml"


def default_of(variable: str) -> str:
    return re.search(rf"\[{variable}\]\n(?:      .*\n)*?      .*default: (.+)$", said_by("--help"), re.MULTILINE)[1]


def variables() -> set[str]:
    return set(re.findall(r"\[([A-Z][A-Z_]+)\]", said_by("--help")))


# --- Dockerfile -----------------------------------------------------------------------------------------------------


def test_the_dockerfile_is_clean() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--config", ".hadolint.yaml", "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_has_the_packages_of_the_libraries_that_the_program_names() -> None:
    """Those that it is linked with itself; what they need comes with them. libc is everywhere, sanitizers are not run."""
    needed = re.findall(r"NEEDED.*\[(.*)\]", subprocess.check_output(["readelf", "-d", BINARY], text=True))
    files = [path for name in needed for path in re.findall(rf"{re.escape(name)} .*=> (\S+)", subprocess.check_output(["/sbin/ldconfig", "-p"], text=True))]
    own = lambda file: subprocess.run(["dpkg", "-S", f"*{Path(file).resolve().name}"], capture_output=True, text=True).stdout
    packages = {line.split(":")[0] for file in files for line in own(file).splitlines() if line.endswith(Path(file).resolve().name)}
    everywhere = {name for name in packages if re.match(r"lib(c6|asan|ubsan|tsan|lsan|gcc|stdc)", name)}
    installed = set(re.findall(r"^        ([a-z0-9.+-]+)(?: \\)?$", DOCKERFILE, re.MULTILINE))
    assert installed - {"ca-certificates"} == packages - everywhere


def test_its_ports_and_variables_are_the_programs() -> None:
    exposed = re.search(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)[1].split()
    assert exposed == [f"{default_of('SERVER_PORT')}/tcp", f"{default_of('HTTP_PORT')}/tcp", f"{default_of('LIVE_UDP_PORT')}/udp"]
    assert set(re.findall(r"(?:^ENV|\\\n   ) ([A-Z_]+)=", DOCKERFILE, re.MULTILINE)) <= variables()


def test_the_tag_is_the_version() -> None:
    version = re.match(r"parley (\S+)", said_by("--version"))[1]
    for text in (DOCKERFILE, COMPOSE.read_text()):
        assert set(re.findall(r"websocket-server:([\w.]+)", text)) == {version}


# --- compose.yaml ---------------------------------------------------------------------------------------------------


def services() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_compose_reads_it() -> None:
    """docker-compose itself, which needs no engine for this; a word that it does not know is an error."""
    subprocess.run(["docker-compose", "-f", COMPOSE, "config", "-q"], check=True)


def test_compose_finds_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE.read_text().replace("read_only: true", "readonly: true", 1))
    assert subprocess.run(["docker-compose", "-f", tmp_path / "compose.yaml", "config", "-q"], capture_output=True).returncode != 0


def test_what_it_gives_the_server_is_right() -> None:
    given = {name: re.sub(r"\$\{\w+-(.*)\}", r"\1", value) for name, value in services()["websocket-server"]["environment"].items()}
    assert given.keys() <= variables()
    assert not said_by("--check-config", **given).startswith("wrong: ")
    for variable in ("REDIS_URL", "MONGODB_URL"):
        assert re.search(r"//(\w+):", given[variable])[1] in services()
    cluster = environment(objects("overlays/dev"), next(servers(objects("overlays/dev")))[1])
    for variable in ("REDIS_URL", "MONGODB_URL", "MONGODB_DB_NAME", "ROOT_SERVICE"):
        assert given[variable] == cluster[variable]


def test_its_ports_are_this_machines_only() -> None:
    exposed = re.search(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)[1].split()
    for port, published in zip(exposed, services()["websocket-server"]["ports"], strict=True):
        number, protocol = port.split("/")
        assert published.removesuffix("/udp") == f"127.0.0.1:{number}:{number}" and published.endswith("/udp") == (protocol == "udp")
    assert "ports" not in services()["redis"] | services()["mongo"]


def test_databases_are_those_of_the_cluster() -> None:
    dev = objects("overlays/dev")
    cluster = {one["image"] for found in of_kind(dev, "Deployment", "StatefulSet") for one in found["spec"]["template"]["spec"]["containers"]}
    assert cluster == {service["image"] for service in services().values()}


def test_the_server_waits_for_them_and_all_may_do_little() -> None:
    for name, service in services().items():
        assert service["read_only"] is True and service["security_opt"] == ["no-new-privileges:true"] and "mem_limit" in service, name
        assert name == "websocket-server" or "healthcheck" in service
    waits = services()["websocket-server"]["depends_on"]
    assert waits == {name: {"condition": "service_healthy"} for name in ("redis", "mongo")}
    assert shutil.which(services()["redis"]["healthcheck"]["test"][1])  # redis-cli is what it is called


def test_it_is_stopped_no_sooner_than_it_is_done() -> None:
    grace = int(services()["websocket-server"]["stop_grace_period"].removesuffix("s")) * 1000
    assert grace > int(re.match(r"\d+", default_of("PARLEY_SHUTDOWN_TIMEOUT_MS"))[0])
