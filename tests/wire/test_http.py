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


READ = [path for path, methods in json.loads((ROOT / "generated/openapi.json").read_text())["paths"].items() if "get" in methods]


@pytest.mark.parametrize("path", [*READ, "/chat", "/nothing"])
def test_head_is_get_without_the_body(server: Server, path: str) -> None:
    """Everything that a GET says, but for what depends on the moment."""
    head, get = server.request("HEAD", path), server.get(path)
    assert (head.status, head.body) == (get.status, b"")
    fixed = {"content-type", "etag", "cache-control", "allow", "vary", "upgrade", "content-security-policy"}
    assert {name: value for name, value in head.headers.items() if name in fixed} == {
        name: value for name, value in get.headers.items() if name in fixed}
    assert ("content-length" in head.headers) == ("content-length" in get.headers)


@pytest.mark.direct("a front answers Expect itself")
@pytest.mark.parametrize("path", ["/livez", "/chat/history", "/nothing"])
def test_an_expectation_that_is_not_known(server: Server, path: str) -> None:
    raw = server.raw()
    raw.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    status, body = raw.refusal()
    assert status == 417
    assert json.loads(body) == {"status": 417, "error": "Expectation Failed", "message": "the only Expect is 100-continue"}


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


@pytest.mark.parametrize("path", ["/", "/protocol.yaml", "/openapi.json"])
@pytest.mark.parametrize("form", ["{0}", "W/{0}", '"other", {0}', '"a,b" ,W/"",W/{0} , "more"', "*", '"other"\r\nIf-None-Match: {0}'])
def test_a_document_is_not_sent_twice_to_one_who_has_it(server: Server, path: str, form: str) -> None:
    """RFC 9110, 13.1.2: any of a list, weak ones too, and * for whatever there is."""
    tag = server.get(path).headers["etag"]
    for method in ("GET", "HEAD"):
        raw = server.raw()
        raw.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\nIf-None-Match: {form.format(tag)}\r\nConnection: close\r\n\r\n".encode())
        head = raw.head()
        assert (head.status, head.headers["etag"]) == (304, tag)
        assert raw.rest() == b""


@pytest.mark.parametrize("tags", ['"other"', 'W/"other", "more"', "{0}x", "", '"*"', '", {1} ,"'])
def test_a_document_is_sent_to_one_who_has_another(server: Server, tags: str) -> None:
    tag = server.get("/").headers["etag"]
    reply = server.get("/", {"If-None-Match": tags.format(tag.replace('"', ""), tag.replace('"', ""))})
    assert reply.status == 200 and reply.body


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
