"""Channels by opcode: every rule of live's gateway, from outside."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness import Server, handshake, until
from live import Live

pytestmark = pytest.mark.threads
FLAGS = ("--workers", "3")


@pytest.fixture
def trio(server: Server, request: pytest.FixtureRequest) -> tuple[Live, Live, Live, str]:
    """Three clients, of whom the first two are in a channel of the test's own, with ssrcs 1 and 2."""
    channel = request.node.name
    alice, bob, carol = Live(server, "Alice"), Live(server, "Bob"), Live(server, "Carol")
    alice.create(channel)
    alice.join(channel, 1)
    bob.join(channel, 2, ("Alice", 1))
    alice.expect_change("join", channel, "Bob", 2)
    return alice, bob, carol, channel


# --- greeting, heartbeat, identity ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/live", "/ws"])
def test_both_paths_speak_live(server: Server, path: str) -> None:
    client = Live(server, path=path)
    assert client.heartbeat_interval == 30000
    client.identify("Alice")


def test_the_bare_path_speaks_live_when_it_is_said(start: Any) -> None:
    Live(start("--root-service", "live"), "Alice", path="/")
    Live(start(env={"ROOT_SERVICE": "live"}), "Alice", path="/")


def test_exact_bytes(server: Server) -> None:
    client = Live(server)
    client.send_text('{"op":1,"d":{"anything":[1,2]}}')
    assert client.text() == '{"op":2,"d":null}'
    client.send_text('{"op":20,"d":{}}')
    assert client.text() == '{"op":201,"d":{"code":1000,"reason":"Authentication required"}}'
    client.send_text('{"d":{"token":"x","user_id":"\\u0041lice"},"op":3}')
    ready = client.text()
    assert ready.startswith('{"op":4,"d":{"session_id":"sess_') and ready.endswith('","user_id":"Alice"}}')
    client.send_text('{"op":10,"d":{"channel_id":"exact","channel_name":"테스트"}}')
    assert client.text() == '{"op":200,"d":{"op":10,"data":{"channel_id":"exact","channel_name":"테스트"}}}'
    client.send_text('{"op":11,"d":{"channel_id":"exact","ssrc":4294967295}}')
    assert client.text() == '{"op":200,"d":{"op":11,"data":{"channel_id":"exact","active_members":[]}}}'
    client.send_text('{"op":13,"d":{"channel_id":"exact","channel_name":""}}')
    assert client.text() == '{"op":100,"d":{"event":"update","channel_id":"exact","member":{"user_id":"system","ssrc":0}}}'
    assert client.text() == '{"op":200,"d":{"op":13,"data":{"channel_id":"exact","channel_name":""}}}'
    client.send_text('{"op":12,"d":{"channel_id":"exact"}}')
    assert client.text() == '{"op":200,"d":{"op":12,"data":{"channel_id":"exact"}}}'


@pytest.mark.parametrize("text", ['{"op":99}', '{"op":10,"d":{}}', "nonsense", '{"op":11}', '{"op":"3"}', "[]", '{"op":32,"d":null}'])
def test_before_ready_everything_else_is_1000(server: Server, text: str) -> None:
    client = Live(server)
    client.send_text(text)
    client.expect_error(1000, "Authentication required")
    client.identify("Alice")


@pytest.mark.parametrize(
    "text, code, words",
    [
        ('{"op":99,"d":{}}', 1003, ["Unknown opcode: 99"]),
        ('{"op":0,"d":{}}', 1003, ["Unknown opcode: 0"]),
        ('{"op":200}', 1003, ["Unknown opcode: 200"]),
        ('{"op":256}', 1004, ["op"]),
        ('{"op":10,"d":{"channel_id":"x"}}', 1004, ["channel_name"]),
        ('{"op":10}', 1004, ["d"]),
        ('{"op":10,"d":{"channel_id":"x","channel_name":"y","mode":"loud"}}', 1004, ["mode"]),
        ('{"op":10,"d":{"channel_id":"x","channel_name":"y","capacity":0}}', 1004, ["capacity"]),
        ('{"op":10,"d":{"channel_id":"x","channel_name":"y","capacity":1001}}', 1004, ["capacity"]),
        ('{"op":11,"d":{"channel_id":"x","ssrc":4294967296}}', 1004, ["ssrc"]),
        ('{"op":11,"d":{"channel_id":"x","ssrc":-1}}', 1004, ["ssrc"]),
        ('{"op":11,"d":{"channel_id":"x"}}', 1004, ["ssrc"]),
        ('{"op":11,"d":{"channel_id":"x","ssrc":1,"srtp":{"suite":"NULL","key":"x"}}}', 1004, ["suite"]),
        ('{"op":11,"d":{"channel_id":"x","ssrc":1,"srtp":{"suite":"AEAD_AES_128_GCM","key":"' + "A" * 40 + '"}}}', 1004, ["srtp.key"]),
        ('{"op":30,"d":{"channel_id":"x","priority":256}}', 1004, ["priority"]),
        ('{"op":30,"d":{"channel_id":"x","indicator":"shout"}}', 1004, ["indicator"]),
        ("nonsense", 1004, []),
        ('{"op":10,"op":11,"d":{}}', 1004, ["op"]),
    ],
)
def test_what_is_no_command(server: Server, text: str, code: int, words: list[str]) -> None:
    client = Live(server, "Alice")
    client.send_text(text)
    reason = client.expect_error(code)
    assert all(word in reason for word in words), reason
    assert client.fence() == []


def test_an_empty_token_may_be_corrected(server: Server) -> None:
    client = Live(server)
    client.send_text('{"op":3,"d":{"user_id":"Alice","token":""}}')
    client.expect_error(1001, "Invalid or expired token")
    first = client.identify("Alice")
    assert client.identify("Alice") == first
    assert Live(server, "Alice").identify("Alice") != first


def test_a_secret(start: Any) -> None:
    for server in (start("--live-secret", "correct horse"), start(env={"LIVE_SECRET": "correct horse"})):
        client = Live(server)
        for token in ("x", "correct hors", "correct horse ", "Correct horse"):
            client.send("IDENTIFY", user_id="Alice", token=token)
            client.expect_error(1001, "Invalid or expired token")
        client.send("CHANNEL_LIST")
        client.expect_error(1000)
        client.identify("Alice", "correct horse")
        assert "correct horse" not in server.log


def test_who_guesses_tokens_is_cut_off(start: Any) -> None:
    server = start("--live-secret", "x" * 20, "--limit-loopback", "--guesses-max", "5")
    client = Live(server)
    for guess in range(6):
        client.send("IDENTIFY", user_id="Alice", token=str(guess))
    client.expect_close(1008)


# --- time -----------------------------------------------------------------------------------------------------------


def test_who_does_not_identify_itself_is_closed(start: Any) -> None:
    server = start("--live-identify-ms", "100")
    known = Live(server, "Alice")
    assert Live(server).expect_close(1008) == "not identified in time"
    assert known.fence() == []


@pytest.mark.direct("its witness must answer Pings while it is not asked for events, which our client over TLS does not")
def test_the_silent_are_asked_and_then_reaped(start: Any) -> None:
    server = start(env={"LIVE_HEARTBEAT_MS": "800", "LIVE_ZOMBIE_MS": "1600"})
    witness = Live(server, "Witness")  # its library answers Pings
    assert witness.heartbeat_interval == 800
    witness.create("c")
    witness.join("c", 1)
    began = time.monotonic()
    raw = server.raw()
    raw.send(handshake("/live"))
    assert raw.head().status == 101
    assert raw.json()["op"] == 0
    raw.send_json({"op": 3, "d": {"user_id": "Zombie", "token": "x"}})
    raw.send_json({"op": 11, "d": {"channel_id": "c", "ssrc": 2}})
    assert [raw.json()["op"] for _ in range(2)] == [4, 200]
    witness.expect_change("join", "c", "Zombie", 2)
    assert raw.frame().opcode == 0x9  # and it does not answer
    assert time.monotonic() - began >= 0.7
    raw.expect_close(1001)
    assert time.monotonic() - began >= 1.6
    witness.expect_change("leave", "c", "Zombie", 2)
    Live(server, "Next").join("c", 2, ("Witness", 1))  # its ssrc is free


@pytest.mark.direct("stops the server, which a front may take for dead")
def test_nobody_is_reaped_because_the_server_was_stopped(start: Any) -> None:
    server = start(env={"LIVE_HEARTBEAT_MS": "200", "LIVE_ZOMBIE_MS": "600"})
    clients = [Live(server, f"user {i}") for i in range(3)]  # their library answers Pings
    for client in clients:
        assert client.fence() == []
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(0.8)  # longer than a client may be silent
    server.process.send_signal(signal.SIGCONT)
    for client in clients:
        assert client.fence() == []
    for client in clients:  # they are asked, and answer
        assert client.fence() == []


def test_a_ping_of_its_own_keeps_a_client_alive(start: Any) -> None:
    server = start(env={"LIVE_HEARTBEAT_MS": "500", "LIVE_ZOMBIE_MS": "1000"})
    raw = server.raw()
    raw.send(handshake("/live"))
    assert raw.head().status == 101 and raw.json()["op"] == 0
    for _ in range(30):
        time.sleep(0.05)  # the interval at which this client speaks
        raw.send_frame(0x9, b"alive")
    raw.send_json({"op": 1})
    while (frame := raw.frame()).opcode != 0x1:
        assert frame.opcode in (0x9, 0xA)
    assert frame.payload == b'{"op":2,"d":null}'


# --- channels -------------------------------------------------------------------------------------------------------


def test_joining_and_leaving(trio: tuple[Live, Live, Live, str]) -> None:
    alice, bob, carol, channel = trio
    carol.join(channel, 3, ("Alice", 1), ("Bob", 2))
    alice.expect_change("join", channel, "Carol", 3)
    bob.expect_change("join", channel, "Carol", 3)
    bob.leave(channel)
    alice.expect_change("leave", channel, "Bob", 2)
    carol.expect_change("leave", channel, "Bob", 2)
    bob.send("CHANNEL_LEAVE", channel_id=channel)
    bob.expect_error(2004, f"Not in channel: {channel}")
    carol.close()
    alice.expect_change("leave", channel, "Carol", 3)
    alice.silent(bob)


def test_messages(trio: tuple[Live, Live, Live, str]) -> None:
    alice, bob, carol, channel = trio
    texts = ["안녕하세요!", "\x01\x7f\"\\/\b", "👩‍👩‍👧", "x" * 2000, "é" * 1000, "\u200b"]
    stamps, ids = [], set()
    for text in texts:
        alice.send("MESSAGE_CREATE", channel_id=channel, content=text)
        message = alice.expect_message(channel, "Alice", text)
        assert bob.expect_message(channel, "Alice", text) == message
        stamps.append(message["timestamp"])
        ids.add(message["message_id"])
        assert message["message_id"].startswith("msg_")
    assert stamps == sorted(stamps) and abs(stamps[0] / 1000 - time.time()) < 60
    assert len(ids) == len(texts)
    carol.send("MESSAGE_CREATE", channel_id=channel, content="hi")
    carol.expect_error(3002, f"Must join channel before messaging: {channel}")
    alice.silent(carol)


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n\x0b\x0c", "\u3000\u2003\u00a0\u0085\u2028\u1680"])
def test_content_is_checked_before_membership(server: Server, blank: str) -> None:
    client = Live(server, "Alice")
    client.send_text('{"op":20,"d":{"channel_id":"nowhere","content":%s}}' % json.dumps(blank))
    client.expect_error(3000, "Message content is empty")


def test_content_over_its_bound(server: Server) -> None:
    client = Live(server, "Alice")
    client.send_text('{"op":20,"d":{"channel_id":"nowhere","content":"' + "x" * 2001 + '"}}')
    client.expect_error(3001, "Message too long: 2001 chars")
    client.send_text('{"op":20,"d":{"channel_id":"nowhere","content":"' + "가" * 667 + '"}}')
    client.expect_error(3001, "Message too long: 2001 chars")
    client.send("MESSAGE_CREATE", channel_id="nowhere", content="x" * 2000)
    client.expect_error(3002)


def test_create_update_and_delete(trio: tuple[Live, Live, Live, str]) -> None:
    alice, bob, carol, channel = trio
    carol.create(channel, "Another", mode="ptt", capacity=5)
    info = carol.ask("CHANNEL_INFO", channel_id=channel)
    assert (info["channel_name"], info["mode"], info["capacity"]) == ("Name", "open", 100)
    carol.send("CHANNEL_UPDATE", channel_id=channel, channel_name="New")
    alice.expect_change("update", channel)
    bob.expect_change("update", channel)
    carol.expect("CHANNEL_UPDATE_ACK", channel_id=channel, channel_name="New")
    bob.send("CHANNEL_DELETE", channel_id=channel)
    alice.expect_change("delete", channel)
    bob.expect_change("delete", channel)
    bob.expect("CHANNEL_DELETE_ACK", channel_id=channel)
    for kind, fields in (
        ("CHANNEL_DELETE", {}),
        ("CHANNEL_UPDATE", {"channel_name": "x"}),
        ("CHANNEL_JOIN", {"ssrc": 9}),
        ("CHANNEL_INFO", {}),
    ):
        alice.send(kind, channel_id=channel, **fields)
        alice.expect_error(2000, f"Channel not found: {channel}")
    alice.send("MESSAGE_CREATE", channel_id=channel, content="hi")
    alice.expect_error(3002)
    alice.silent(bob, carol)


def test_a_channel_outlives_its_members(server: Server) -> None:
    first = Live(server, "Alice")
    first.create("lasting", "Kept")
    first.join("lasting", 1)
    first.close()
    second = Live(server, "Bob")
    until(lambda: second.ask("CHANNEL_INFO", channel_id="lasting")["member_count"] == 0, "its member has left")
    assert second.ask("CHANNEL_INFO", channel_id="lasting")["channel_name"] == "Kept"
    second.join("lasting", 1)


def test_joining_twice_and_a_user_twice(trio: tuple[Live, Live, Live, str]) -> None:
    alice, bob, carol, channel = trio
    alice.send("CHANNEL_JOIN", channel_id=channel, ssrc=1)
    alice.expect_error(2003, f"Already in channel: {channel}")
    carol.identify("Alice")
    carol.send("CHANNEL_JOIN", channel_id=channel, ssrc=9)
    carol.expect_error(2003, f"Already in channel: {channel}")
    carol.identify("Carol")
    carol.send("CHANNEL_JOIN", channel_id=channel, ssrc=2)
    carol.expect_error(1004, "Invalid payload: ssrc is in use")
    alice.silent(bob, carol)


def test_a_hundred_members_and_not_one_more(server: Server) -> None:
    clients = [Live(server, f"u{number}") for number in range(101)]
    clients[0].create("hundred")

    def join(number: int) -> int:
        clients[number].send("CHANNEL_JOIN", channel_id="hundred", ssrc=1000 + number)
        while (event := clients[number].recv())["op"] == 100:
            pass
        return event["op"] if event["op"] == 200 else event["d"]["code"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(join, range(101)))
    assert sorted(answers) == [200] * 100 + [2001]
    loser = clients[answers.index(2001)]
    loser.send("CHANNEL_JOIN", channel_id="hundred", ssrc=2000)
    loser.expect_error(2001, "Channel is full: hundred")
    next(client for client in clients if client is not loser).close()
    until(lambda: loser.ask("CHANNEL_INFO", channel_id="hundred")["member_count"] == 99, "one has left")
    loser.ask("CHANNEL_JOIN", channel_id="hundred", ssrc=2000)


def test_a_second_channel_leaves_the_first(trio: tuple[Live, Live, Live, str]) -> None:
    alice, bob, carol, channel = trio
    for number in range(6):  # on every worker
        other = f"{channel}-{number}"
        carol.create(other)
        alice.join(other, 1)
        bob.expect_change("leave", channel, "Alice", 1)
        alice.join(channel, 1, ("Bob", 2))
        bob.expect_change("join", channel, "Alice", 1)
    for number in range(6):
        alice.send("CHANNEL_JOIN", channel_id=f"{channel}-none-{number}", ssrc=1)
        alice.expect_error(2000)
    bob.silent(alice)
    alice.send("MESSAGE_CREATE", channel_id=channel, content="still here")
    bob.expect_message(channel, "Alice", "still here")


def test_lists_over_all_workers(start: Any) -> None:
    server = start("--workers", "4")
    alice, bob = Live(server, "Alice"), Live(server, "Bob")
    assert alice.ask("CHANNEL_LIST") == {"channels": []}
    before = time.time() * 1000
    for number in range(20):
        alice.create(f"l{number}", f"Number {number}", mode=["open", "ptt", "conference"][number % 3], capacity=number + 1)
    bob.join("l7", 1)
    for client in (alice, bob):
        listed = {channel["channel_id"]: channel for channel in client.ask("CHANNEL_LIST")["channels"]}
        assert set(listed) == {f"l{number}" for number in range(20)}
        for number in range(20):
            channel = listed[f"l{number}"]
            assert before - 1000 < channel.pop("created_at") < before + 60000
            assert channel == {
                "channel_id": f"l{number}",
                "channel_name": f"Number {number}",
                "mode": ["open", "ptt", "conference"][number % 3],
                "member_count": int(number == 7),
                "capacity": number + 1,
            }
    info = alice.ask("CHANNEL_INFO", channel_id="l7")
    assert info["members"] == [{"user_id": "Bob", "ssrc": 1}] and info["member_count"] == 1


def test_more_channels_than_there_may_be(start: Any) -> None:
    server = start("--workers", "1")
    client = Live(server, "Alice")
    client.create("first")
    for number in range(1, 10000):
        client.send_text('{"op":10,"d":{"channel_id":"c%d","channel_name":""}}' % number)
        client.text() if number % 100 == 0 else client.connection.recv()
    client.join("first", 1)
    client.create("more")  # c1 makes room: it has been empty for longest
    assert len(client.ask("CHANNEL_LIST")["channels"]) == 1000
    client.send("CHANNEL_JOIN", channel_id="c1", ssrc=1)
    client.expect_error(2000, "Channel not found: c1")
    assert client.ask("CHANNEL_INFO", channel_id="first")["member_count"] == 1


# --- the floor ------------------------------------------------------------------------------------------------------


def floor(server: Server, channel: str, count: int) -> list[Live]:
    """Members u0, u1 … of a push-to-talk channel; nothing is left unread."""
    clients = [Live(server, f"u{number}") for number in range(count)]
    clients[0].create(channel, mode="ptt")
    for number, client in enumerate(clients):
        client.ask("CHANNEL_JOIN", channel_id=channel, ssrc=100 * count + number)
        for other in clients[:number]:
            other.expect_change("join", channel, f"u{number}", 100 * count + number)
    return clients


def test_the_floor(server: Server) -> None:
    first, second, third = floor(server, "p1", 3)
    first.send("FLOOR_REQUEST", channel_id="p1")
    first.expect("FLOOR_GRANTED", channel_id="p1", user_id="u0", duration=30000)
    for other in (second, third):
        other.expect("FLOOR_TAKEN", channel_id="p1", user_id="u0", indicator="normal")
    first.send("FLOOR_PING", channel_id="p1")
    first.expect("FLOOR_PONG", channel_id="p1")
    second.send("FLOOR_REQUEST", channel_id="p1")
    second.expect("FLOOR_QUEUE_POS_INFO", channel_id="p1", queue_position=1, queue_size=1)
    third.send("FLOOR_REQUEST", channel_id="p1", priority=101)
    first.expect("FLOOR_REVOKE", channel_id="p1", cause="preempted")
    third.expect("FLOOR_GRANTED", channel_id="p1", user_id="u2", duration=30000)
    for other in (first, second):
        other.expect("FLOOR_TAKEN", channel_id="p1", user_id="u2", indicator="normal")
    first.send("FLOOR_PING", channel_id="p1")
    assert first.expect("FLOOR_DENY")["reason"]
    third.send("FLOOR_RELEASE", channel_id="p1")
    second.expect("FLOOR_GRANTED", channel_id="p1", user_id="u1", duration=30000)
    for other in (first, third):
        other.expect("FLOOR_TAKEN", channel_id="p1", user_id="u1", indicator="normal")
    second.close()
    for other in (first, third):
        other.expect("CHANNEL_EVENT")
        other.expect("FLOOR_IDLE", channel_id="p1")


@pytest.mark.parametrize("indicator", ["broadcast", "imminent_peril", "emergency"])
def test_indicators_are_told(server: Server, indicator: str) -> None:
    channel = f"p-{indicator}"
    first, second = floor(server, channel, 2)
    first.send("FLOOR_REQUEST", channel_id=channel, indicator=indicator)
    first.expect("FLOOR_GRANTED")
    second.expect("FLOOR_TAKEN", channel_id=channel, user_id="u0", indicator=indicator)
    first.leave(channel)
    second.expect("CHANNEL_EVENT")
    second.expect("FLOOR_IDLE", channel_id=channel)


def test_a_floor_without_pings_is_revoked(server: Server) -> None:
    first, second = floor(server, "p2", 2)
    began = time.monotonic()
    first.send("FLOOR_REQUEST", channel_id="p2")
    first.expect("FLOOR_GRANTED")
    second.expect("FLOOR_TAKEN")
    second.expect("FLOOR_IDLE", channel_id="p2")
    assert 5.99 < time.monotonic() - began < 9
    first.expect("FLOOR_REVOKE", channel_id="p2", cause="ping_timeout")


def test_outside_and_where_there_is_no_floor(trio: tuple[Live, Live, Live, str]) -> None:
    alice, _, carol, channel = trio
    for kind in ("FLOOR_REQUEST", "FLOOR_RELEASE", "FLOOR_PING"):
        carol.send(kind, channel_id=channel)
        carol.expect_error(2004, f"Not in channel: {channel}")
        alice.send(kind, channel_id=channel)
        assert "push-to-talk" in alice.expect("FLOOR_DENY")["reason"]


# --- load and order -------------------------------------------------------------------------------------------------


def test_order_holds_for_commands_that_wait(server: Server) -> None:
    """Many commands at once, of which many are answered by other workers: the answers come in order."""
    client = Live(server, "Rover")
    names = [f"order-{number}" for number in range(12)]
    for name in names:
        client.create(name)
    sent = []
    for lap in range(6):
        for number, name in enumerate(names):
            client.send("CHANNEL_JOIN", channel_id=name, ssrc=7000 + lap)
            client.send("MESSAGE_CREATE", channel_id=name, content=f"{lap}.{number}")
            client.send("CHANNEL_INFO", channel_id=names[number - 5])
            client.send("CHANNEL_LIST")
            client.send("HEARTBEAT")
            sent += [(name, f"{lap}.{number}", names[number - 5])]
    for name, content, asked in sent:
        client.expect("CHANNEL_JOIN_ACK", channel_id=name, active_members=[])
        client.expect_message(name, "Rover", content)
        assert client.expect("CHANNEL_INFO_ACK")["channel_id"] == asked
        client.expect("CHANNEL_LIST_ACK")
        client.expect("HEARTBEAT_ACK")
    assert server.metric("parley_sessions_moved_total", service="live") > 0


def test_a_crowd_that_wanders(server: Server) -> None:
    """Clients change channels as fast as they can; in the end, all agree on who is where."""
    names = [f"crowd-{number}" for number in range(8)]
    clients = [Live(server, f"w{number}") for number in range(16)]
    for name in names:
        clients[0].create(name, capacity=5)

    def wander(number: int) -> str | None:
        client, place = clients[number], None
        for step in range(40):
            name = names[(number * 7 + step * (1 + number % 3)) % len(names)]
            client.send("CHANNEL_JOIN", channel_id=name, ssrc=9000 + number)
            while (event := client.recv())["op"] == 100:
                pass
            if event["op"] == 200:
                place = name
            else:
                assert event["d"]["code"] in (2001, 2003), event
        return place

    with ThreadPoolExecutor(len(clients)) as pool:
        places = list(pool.map(wander, range(len(clients))))
    for name in names:
        clients[0].send("CHANNEL_INFO", channel_id=name)
        while (event := clients[0].recv())["op"] == 100:
            pass
        found = sorted(member["user_id"] for member in event["d"]["data"]["members"])
        assert found == sorted(f"w{number}" for number, place in enumerate(places) if place == name)
