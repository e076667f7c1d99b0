"""The plain HTTP that answers on the same port."""

from __future__ import annotations

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness import ROOT, Server, until


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


# --- metrics --------------------------------------------------------------------------------------------------------


def families(server: Server) -> dict:
    reply = server.get("/metrics")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(reply.body.decode())}


def test_metrics_parse_and_are_well_formed(server: Server) -> None:
    for name, family in families(server).items():
        assert name.startswith("parley_"), name
        assert family.documentation, f"{name} has no HELP"
        assert family.type in ("counter", "gauge", "histogram"), f"{name} has no TYPE"
        assert family.samples
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples), name


def test_no_sample_is_there_twice(server: Server) -> None:
    seen = set()
    for family in families(server).values():
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen
            seen.add(key)


def test_metrics_move_with_what_happens(server: Server) -> None:
    def moved(name: str, labels: dict[str, str]) -> float:
        return server.metric(name, **labels)

    chat = {"service": "chat"}
    watched = [
        ("parley_commands_total", {**chat, "command": "chat"}, 4),
        ("parley_commands_total", {**chat, "command": "join_room"}, 1),
        ("parley_events_total", {**chat, "event": "chat"}, 3),
        ("parley_errors_total", {**chat, "error": "not_in_room"}, 1),
        ("parley_errors_total", {**chat, "error": "invalid_message"}, 2),
        ("parley_rooms", chat, 1),
        ("parley_sessions", chat, 3),
    ]
    before = [moved(name, labels) for name, labels, _ in watched]
    alice, _, _ = server.pair()
    lone = server.client("Lone")
    for number in range(3):
        alice.send("chat", content=str(number))
    lone.send("chat", content="x")
    lone.expect_error("not_in_room")
    for _ in range(2):
        lone.send_text("bad")
        lone.expect_error("invalid_message")
    alice.fence()
    for (name, labels, by), base in zip(watched, before):
        until(lambda: moved(name, labels) == base + by, f"{name}{labels} goes up by {by}")


def test_no_content_in_the_log(start) -> None:
    server = start(env={"LOG_LEVEL": "debug"})
    alice, bob, code = server.pair("NAME-OF-HOST", "NAME-OF-GUEST")
    alice.send("chat", content="SECRET-CONTENT")
    bob.expect("chat")
    bob.send_text('{"type":"chat","content":"SECRET-CONTENT')
    bob.expect_error("invalid_message")
    server.stop()
    assert "SECRET" not in server.log and "NAME-OF" not in server.log


def test_json_log(start) -> None:
    server = start("--log-format", "json", env={"LOG_LEVEL": "debug"})
    server.pair()
    server.stop()
    lines = [json.loads(line) for line in server.lines]
    assert lines and all({"time", "level", "message"} <= set(line) for line in lines)
    assert any(line["message"] == "listening" for line in lines)
