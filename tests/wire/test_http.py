"""The plain HTTP that answers on the same port."""

from __future__ import annotations

import json

import pytest

from harness import ROOT, Server


def spec_hash() -> str:
    for line in (ROOT / "generated/protocol.py").read_text().splitlines():
        if line.startswith("SPEC_HASH"):
            return line.split('"')[1]
    raise AssertionError("protocol.py names no spec hash")


def test_health(server: Server) -> None:
    reply = server.get("/health")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("application/json")
    health = json.loads(reply.body)
    assert health["status"] == "healthy"
    assert health["services"]["websocket"] == "healthy"
    assert spec_hash().startswith(health["spec_hash"]) or health["spec_hash"] == spec_hash()


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes(server: Server, path: str) -> None:
    assert server.get(path).status == 200


def test_head_has_no_body(server: Server) -> None:
    for path in ("/health", "/livez", "/metrics", "/protocol.yaml", "/"):
        reply = server.request("HEAD", path)
        assert reply.status == 200 and reply.body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/health"])
def test_other_methods(server: Server, method: str, path: str) -> None:
    reply = server.request(method, path, {"Content-Length": "0"})
    assert reply.status == 405
    assert "GET" in reply.headers["allow"]
    assert json.loads(reply.body)


@pytest.mark.parametrize("path", ["/nothing", "/health/x", "/../etc/passwd", "/metrics/", "/index.html", "/favicon.ico", "/%2e%2e/"])
def test_not_found(server: Server, path: str) -> None:
    reply = server.get(path)
    assert reply.status == 404
    assert json.loads(reply.body)


def test_chat_without_an_upgrade(server: Server) -> None:
    reply = server.get("/chat")
    assert reply.status == 426
    assert reply.headers["upgrade"].lower() == "websocket"
    assert json.loads(reply.body)


def test_the_page(server: Server) -> None:
    reply = server.get("/")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.body == (ROOT / "web/index.html").read_bytes()
    assert reply.headers["x-content-type-options"] == "nosniff"
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy and "connect-src" in policy


def test_the_page_is_not_sent_twice_to_one_who_has_it(server: Server) -> None:
    tag = server.get("/").headers["etag"]
    again = server.get("/", {"If-None-Match": tag})
    assert again.status == 304 and again.body == b""


def test_the_protocol(server: Server) -> None:
    reply = server.get("/protocol.yaml")
    assert reply.status == 200
    assert reply.body == (ROOT / "protocol.yaml").read_bytes()


def test_keep_alive_and_pipelining(server: Server) -> None:
    raw = server.raw()
    raw.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    for _ in range(20):
        head = raw.head()
        assert head.status == 200
        raw.read(int(head.headers["content-length"]))


def test_http_1_0(server: Server) -> None:
    raw = server.raw()
    raw.send(b"GET /livez HTTP/1.0\r\nHost: x\r\n\r\n")
    assert b" 200 " in raw.rest()
