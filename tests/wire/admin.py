"""The admin API, and parleyctl, for the tests."""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
from typing import Any

from harness import BINARY, TIMEOUT, Reply, Server, clean_environment
from schema import check_schema

CTL = BINARY.parent / "parleyctl"
TOKEN = "a-token-for-administrators"


def free_port() -> int:
    """Below those that the kernel gives to clients, one of which would else take it before the server does."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


class Admin:
    """A server with an admin port, and what one asks there."""

    def __init__(self, start: Any, *flags: str, token: str = "", **options: Any):
        self.port = free_port()
        self.token = token
        own = ["--admin-port", str(self.port), *(["--admin-token", token] if token else [])]
        self.server: Server = start(*own, *flags, **options)
        assert f"admin_port={self.port}" in self.server.log

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Reply:
        plain, self.server.tls = self.server.tls, False
        try:
            return self.server.request(method, path, headers, body, address=("127.0.0.1", self.port))
        finally:
            self.server.tls = plain

    def get(self, what: str, status: int = 200) -> Any:
        return answered(self.request("GET", f"/admin/{what}", self.own_headers()), f"get_admin_{what}", status)

    def post(self, what: str, _status: int = 200, **body: Any) -> Any:
        text = json.dumps(body).encode()
        reply = self.request("POST", f"/admin/{what}", self.own_headers(), text)
        return answered(reply, f"post_admin_{what.replace('-', '_')}", _status)

    def own_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def all(self, what: str, limit: int = 100, **body: Any) -> list[dict[str, Any]]:
        """All pages of sessions or rooms."""
        found, after = [], 0
        while True:
            page = self.post(what, limit=limit, after=after, **body)
            assert len(page[what]) <= limit
            found += page[what]
            after = page["next"]
            if after == 0:
                return found

    def ctl(self, *words: str, code: int = 0, **environment: str) -> str:
        """What parleyctl prints; on failure, what it says is wrong."""
        env = clean_environment() | {"PARLEY_ADMIN_PORT": str(self.port), "PARLEY_ADMIN_TOKEN": self.token} | environment
        done = subprocess.run([CTL, *words], capture_output=True, text=True, timeout=TIMEOUT, env=env)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert (done.stdout == "") == (code != 0) and (done.stderr == "") == (code == 0), done
        return done.stdout if code == 0 else done.stderr


def answered(reply: Reply, name: str, status: int) -> Any:
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/json" and reply.headers["cache-control"] == "no-store"
    body = json.loads(reply.body)
    if status == 200:
        check_schema(f"http.http.{name}_200", body)
        return body
    assert body["status"] == status
    return body["message"]


def table(text: str) -> list[list[str]]:
    """Cells of a table, whose columns are two spaces apart."""
    return [re.split(r" {2,}", line.strip()) for line in text.splitlines()]
