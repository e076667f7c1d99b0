"""/metrics: what Prometheus reads, and that it tells what happens."""

from __future__ import annotations

import subprocess
import time
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from game import COLOR, Player, state
from harness import Server, handshake, until
from tokens import SECRET, bearer, signed

CHAT = {"service": "chat"}


def families(server: Server) -> dict:
    reply = server.get("/metrics")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(reply.body.decode())}


def samples(server: Server) -> dict[tuple[str, tuple], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families(server).values()
        for sample in family.samples
    }


def rises(server: Server, name: str, more: float = 1, **labels: str) -> Any:
    """Called later: waits until the sample is higher than now by so much."""
    base = server.metric(name, **labels)
    return lambda: until(lambda: server.metric(name, **labels) == base + more, f"{name}{labels} goes up by {more}")


# --- form -----------------------------------------------------------------------------------------------------------


def test_they_are_well_formed(server: Server) -> None:
    for name, family in families(server).items():
        assert name.startswith("parley_"), name
        assert family.documentation, f"{name} has no HELP"
        assert family.type in ("counter", "gauge", "histogram"), f"{name} has no TYPE"
        assert family.samples
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples), name


def test_promtool_has_nothing_to_say(server: Server) -> None:
    text = server.get("/metrics").body
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    assert checked.returncode == 0 and not checked.stdout + checked.stderr, (checked.stdout + checked.stderr).decode()


def test_no_sample_is_there_twice(server: Server) -> None:
    text = server.get("/metrics").body.decode()
    lines = [line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == len(set(lines))


def test_counters_never_fall_and_samples_never_come_or_go(server: Server) -> None:
    before = samples(server)
    server.pair()
    server.get("/nothing")
    after = samples(server)
    assert before.keys() == after.keys()
    for key, value in before.items():
        if key[0].endswith(("_total", "_bucket", "_count", "_sum")):
            assert after[key] >= value, key


def test_histograms_are_cumulated(server: Server) -> None:
    server.pair()
    for name in ("parley_turn_duration_seconds", "parley_handler_duration_seconds"):
        family = families(server)[name]
        for service in {sample.labels.get("service") for sample in family.samples}:
            mine = [sample for sample in family.samples if sample.labels.get("service") == service]
            buckets = [sample for sample in mine if sample.name.endswith("_bucket")]
            bounds = [float(sample.labels["le"]) for sample in buckets]
            counts = [sample.value for sample in buckets]
            assert bounds == sorted(set(bounds)) and bounds[0] == 1e-06 and bounds[-1] == float("inf")
            assert counts == sorted(counts)
            (count,) = [sample.value for sample in mine if sample.name.endswith("_count")]
            (total,) = [sample.value for sample in mine if sample.name.endswith("_sum")]
            assert count == counts[-1] and total >= 0


# --- what happens ---------------------------------------------------------------------------------------------------


def test_messages_errors_rooms_and_sessions(server: Server) -> None:
    done = [
        rises(server, "parley_commands_total", 4, **CHAT, command="chat"),
        rises(server, "parley_commands_total", 1, **CHAT, command="join_room"),
        rises(server, "parley_events_total", 3, **CHAT, event="chat"),
        rises(server, "parley_errors_total", 1, **CHAT, error="not_in_room"),
        rises(server, "parley_errors_total", 2, **CHAT, error="invalid_message"),
        rises(server, "parley_invalid_messages_total", 2, **CHAT),
        rises(server, "parley_strikes_total", 2, kind="invalid"),
        rises(server, "parley_rooms", 1, **CHAT),
        rises(server, "parley_sessions", 3, **CHAT),
        rises(server, "parley_connections", 3),
    ]
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
    for wait in done:
        wait()


def test_each_message_is_timed(server: Server) -> None:
    lone = server.client()
    handled = rises(server, "parley_handler_duration_seconds_count", 5, **CHAT)
    spent = server.metric("parley_handler_duration_seconds_sum", **CHAT)
    for _ in range(5):
        lone.send_text("bad")
        lone.expect_error("invalid_message")
    handled()
    assert 0 < server.metric("parley_handler_duration_seconds_sum", **CHAT) - spent < 5


def test_turns_are_timed(server: Server) -> None:
    before = server.metric("parley_turn_duration_seconds_count")
    until(lambda: server.metric("parley_turn_duration_seconds_count") > before, "turns are counted")


def test_requests_by_status(server: Server) -> None:
    done = [
        rises(server, "parley_http_requests_total", 2, status="404"),
        rises(server, "parley_http_requests_total", 1, status="405"),
        rises(server, "parley_http_requests_total", 1, status="426"),
        rises(server, "parley_http_requests_total", 1, status="101"),
        rises(server, "parley_http_requests_total", 1, status="400"),
        rises(server, "parley_upgrades_total", 1),
        rises(server, "parley_upgrades_refused_total", 1),
        rises(server, "parley_http_requests_total", 0, status="other"),
    ]
    for path in ("/nothing", "/no/such"):
        assert server.get(path).status == 404
    assert server.request("DELETE", "/health").status == 405
    assert server.get("/chat").status == 426
    server.client()
    raw = server.raw()
    raw.send(b"GET / HTTP/1.1\r\n\r\n")  # no Host: turned away before H2O sees it
    assert raw.head().status == 400
    for wait in done:
        wait()


def test_closes_by_code_and_by_whom(server: Server) -> None:
    done = [
        rises(server, "parley_closes_received_total", 1, code="1000"),
        rises(server, "parley_closes_received_total", 1, code="1005"),
        rises(server, "parley_closes_received_total", 1, code="other"),
        rises(server, "parley_closes_sent_total", 1, code="1000"),
        rises(server, "parley_closes_sent_total", 1, code="1007"),
        rises(server, "parley_connections_ended_total", 4, by="peer"),
        rises(server, "parley_connections_ended_total", 1, by="server"),
        rises(server, "parley_connections_ended_total", 1, by="fault"),
    ]
    for payload in (b"\x03\xe8", b"", b"\x0f\xa0"):  # 1000, none, 4000
        raw = server.upgraded()
        raw.send_frame(8, payload)
        raw.rest()
    server.upgraded().close()  # without a word
    raw = server.upgraded()
    raw.send_frame(1, b"\xff")
    raw.rest()
    server.upgraded().abort()
    for wait in done:
        wait()


def test_what_waits_for_a_slow_reader(start: Any) -> None:
    server = start("--workers", "1", "--egress-messages-max", "100")
    alice = Player(server, "Alice", "r")
    slow = server.raw()
    slow.send(handshake("/game"))
    assert slow.head().status == 101
    slow.send_json({"type": "Join", "room_id": "r", "name": "Slow", "color": COLOR})
    slow.json()
    game = {"service": "game"}
    long = "m" * 2000

    def lags_after_more() -> bool:
        for number in range(200):
            alice.update(state("Alice", number, modelUrl=long))
        alice.fence()
        return server.metric("parley_waiting_connections") == 1

    until(lags_after_more, "one connection lags")
    assert server.metric("parley_waiting_messages") >= 1
    assert server.metric("parley_waiting_bytes") > 2000
    assert server.metric("parley_egress_replaced_total", **game, delivery="latest") > 0
    assert server.metric("parley_egress_overflows_total", **game, delivery="reliable") == 0
    for _ in range(200):  # these are not conflated
        alice.chat("x" * 900)
    alice.fence()
    until(lambda: server.metric("parley_egress_overflows_total", **game, delivery="reliable") == 1, "it is cut off")
    assert server.metric("parley_closes_sent_total", code="1013") == 1
    until(lambda: server.metric("parley_waiting_connections") == 0, "nobody lags any more")
    assert server.metric("parley_waiting_bytes") == 0


def test_typing_that_a_slow_reader_is_spared(start: Any) -> None:
    """Volatile events are dropped once a sixteenth of the queue is taken; nothing else is."""
    server = start("--workers", "1")
    alice = server.client("Alice")
    code = alice.create_room()
    slow = server.upgraded()
    slow.send_json({"type": "set_username", "username": "Slow"})
    slow.send_json({"type": "join_room", "room_code": code})
    alice.expect("partner_joined", username="Slow")
    for _ in range(1000):
        for _ in range(20):
            alice.send("chat", content="x" * 4000)
        alice.send("typing")
        alice.send("stop_typing")
        alice.fence()
        if server.metric("parley_egress_dropped_total", **CHAT, delivery="volatile") > 0:
            break
    else:
        raise AssertionError("typing was never dropped")
    for delivery in ("reliable", "latest"):
        assert server.metric("parley_egress_dropped_total", **CHAT, delivery=delivery) == 0
        assert server.metric("parley_egress_overflows_total", **CHAT, delivery=delivery) == 0


def test_tokens_that_are_refused(start: Any) -> None:
    server = start(env={"JWT_SECRET": SECRET})
    for headers in ({}, bearer("nonsense"), bearer(signed(exp=1))):
        raw = server.raw()
        raw.send(handshake("/game", **headers) if headers else handshake("/game"))
        assert raw.head().status == 401
    assert server.metric("parley_tokens_refused_total") == 3
    assert server.metric("parley_upgrades_refused_total") == 3
    assert server.metric("parley_http_requests_total", status="401") == 3


def test_tokens_that_expire(start: Any) -> None:
    server = start("--token-grace-ms", "0", env={"JWT_SECRET": SECRET})
    Player(server, additional_headers=bearer(signed(exp=int(time.time()) + 2)))
    until(lambda: server.metric("parley_tokens_expired_total") == 1, "the token expires")
    assert server.metric("parley_closes_sent_total", code="3000") == 1


def test_what_is_kept(start: Any) -> None:
    server = start()
    assert server.metric("parley_store_state", part="journal", state="healthy") == 1
    assert server.metric("parley_store_state", part="journal", state="away") == 0
    for part in ("redis", "mongodb"):
        assert server.metric("parley_store_state", part=part, state="disabled") == 1
    player = Player(server, room="r")
    kept = rises(server, "parley_store_entries_total", 3)
    for number in range(3):
        player.chat(str(number))
    player.fence()
    kept()
    assert server.metric("parley_store_kept_entries") == 3
    assert server.metric("parley_store_commits_total") >= 1
    assert server.metric("parley_store_journal_bytes") > 0
    until(lambda: server.metric("parley_store_waiting_orders") == 0, "nothing waits")
    assert server.metric("parley_store_lag_seconds") == 0
    for name in ("parley_store_full", "parley_store_dropped_entries_total", "parley_store_lost_orders_total"):
        assert server.metric(name) == 0


def test_room_that_is_left(start: Any) -> None:
    server = start("--connections-max", "3")
    assert server.metric("parley_connections_max") == 3
    assert server.metric("parley_sessions_headroom") == 3
    assert server.metric("parley_ready") == 1
    clients = [server.client() for _ in range(3)]
    assert server.metric("parley_sessions_headroom") == 0
    assert server.metric("parley_ready") == 0
    clients[0].close()
    until(lambda: server.metric("parley_sessions_headroom") == 1, "a place is free again")
    assert server.metric("parley_ready") == 1


def test_room_is_bounded_by_descriptors(start: Any) -> None:
    server = start("--connections-max", "1000", files_max=200)
    free = server.metric("parley_max_fds") - server.metric("parley_open_fds")
    assert server.metric("parley_max_fds") == 200
    assert abs(server.metric("parley_sessions_headroom") - free) <= 2


def test_what_came_is_what_ended_and_what_is_there(start: Any) -> None:
    """Whatever way connections end, the books are balanced."""
    server = start("--workers", "2")
    for _ in range(5):
        server.pair()
        server.client().close()
        server.upgraded().abort()
        server.upgraded().close()

    def balanced() -> bool:
        now = samples(server)
        ended = sum(value for (name, _), value in now.items() if name == "parley_connections_ended_total")
        opened = now["parley_upgrades_total", ()]
        return opened == 25 and opened - ended == now["parley_connections", ()] == 10

    until(balanced, "25 came, 15 ended, 10 are there")
