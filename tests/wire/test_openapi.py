"""The HTTP API is as openapi.json says: schemathesis makes requests from it, right ones and wrong ones, and holds every
answer against it (status, headers, content type, schema; that wrong data is refused and right data is not)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from game import Player
from harness import ROOT, Server
from schema import check_schema
from tokens import SECRET, bearer

DESCRIPTION = ROOT / "generated/openapi.json"
DOCUMENT = json.loads(DESCRIPTION.read_text())
OPERATIONS = sum(len(methods) for methods in DOCUMENT["paths"].values())


def url_of(server: Server, which: str) -> str:
    host, port = server.address if which == "main" else server.http_address
    return f"http://{host}:{port}"


def run(url: str, folder: Path, *options: str) -> str:
    """What schemathesis says at the end; its report when something is not as described."""
    command = [Path(sys.executable).parent / "schemathesis", "run", f"{url}/openapi.json", "--checks", "all", "--no-color"]
    # One seed and no memory of runs before: the same requests each time. U+0000 is refused in any text.
    command += ["--max-examples", "25", "--seed", "1", "--generation-allow-x00", "false", "--generation-database", "none"]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([*command, *options], cwd=folder, env=environment, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("which", ["main", "api"])
def test_every_answer_is_as_described(start: Any, tmp_path: Path, which: str) -> None:
    server = start()
    player = Player(server, "Player", "abcde")  # the room of the examples
    player.chat("said")
    player.fence()
    page = [] if which == "main" else ["--exclude-path", "/"]  # which the other port does not have
    said = run(url_of(server, which), tmp_path, *page)
    assert f"Tested: {OPERATIONS - 1 - len(page) // 2}" in said  # all but the description itself


def test_every_answer_is_as_described_where_tokens_are_needed(start: Any, tmp_path: Path) -> None:
    server = start("--jwt-secret", SECRET, "--token-services", "game")
    url = url_of(server, "api")
    routes = ["--include-path", "/rooms", "--include-path", "/chat/history"]
    run(url, tmp_path, *routes)
    run(url, tmp_path, *routes, "--header", f"Authorization:{bearer()['Authorization']}")


def test_the_server_describes_itself(server: Server) -> None:
    reply = server.get("/openapi.json")
    assert reply.status == 200 and reply.headers["content-type"] == "application/json"
    assert reply.body == DESCRIPTION.read_bytes()
    assert server.get("/openapi.json", {"If-None-Match": reply.headers["etag"]}).status == 304


REFUSALS: list[tuple[int, str, str, dict[str, str], bytes]] = [
    (400, "POST", "/chat/history", {}, b"{"),
    (400, "POST", "/chat/history", {}, b'{"room_id":"r","room_id":"r"}'),
    (404, "GET", "/nothing", {}, b""),
    (405, "PUT", "/rooms", {}, b""),
    (405, "GET", "/chat/history", {}, b""),
    (413, "POST", "/chat/history", {}, b" " * 65537),
    (426, "GET", "/chat", {}, b""),
    (431, "GET", "/rooms", {"X-Long": "x" * 60000}, b""),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case[0]}-{case[2]}")
def test_every_refusal_has_the_one_shape(server: Server, case: tuple[int, str, str, dict[str, str], bytes]) -> None:
    status, method, path, headers, body = case
    described = DOCUMENT["components"]["responses"][str(status)]
    reply = server.request(method, path, headers, body=body)
    assert reply.status == status and reply.headers["content-type"] == "application/json"
    refusal = json.loads(reply.body)
    check_schema("http.type.refusal", refusal)
    assert (refusal["status"], refusal["error"]) == (status, described["content"]["application/json"]["example"]["error"])
    assert {name.lower() for name in described.get("headers", {})} <= reply.headers.keys()
