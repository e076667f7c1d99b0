"""The trace of the admin API: which messages come and go, without what they say; and parleyctl's, which goes on."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from admin import CTL, Admin, table
from game import Player, state
from harness import TIMEOUT, clean_environment, frame, until
from live import OPS, Live

SECRET = "nobody-may-see-this"


class Trace:
    """What was traced so far."""

    def __init__(self, admin: Admin, number: int = 1, **wanted: Any):
        self.admin, self.question = admin, {"trace": number, **wanted}
        self.seen: list[dict[str, Any]] = []
        self.lost = 0
        assert self.admin.post("trace", **self.question) == {"messages": [], "lost": 0, "waiting": 0}

    def more(self) -> list[dict[str, Any]]:
        """What has come since, all of it."""
        before = len(self.seen)
        while True:
            answer = self.admin.post("trace", **self.question)
            moments = [entry["at_ms"] for entry in answer["messages"]]
            assert moments == sorted(moments)
            self.seen += answer["messages"]
            self.lost += answer["lost"]
            if answer["waiting"] == 0:
                return self.seen[before:]

    def lines(self) -> list[str]:
        """The new ones in few words: "in Alice create_room - ok"."""
        shown = lambda entry: [entry["direction"], entry["user"], entry["type"], entry["room"], entry["outcome"]]
        return [" ".join(word or "-" for word in shown(entry)) for entry in self.more()]


@pytest.fixture
def admin(start: Any) -> Admin:
    return Admin(start, "--workers", "1")


@pytest.fixture
def several(start: Any) -> Admin:
    return Admin(start, "--workers", "3")


def name_of(admin: Admin, user: str) -> str:
    return next(e["session"] for e in admin.all("sessions") if e["user"] == user)


def test_messages_and_events_are_shown_in_their_order(admin: Admin) -> None:
    trace = Trace(admin)
    alice, bob, code = admin.server.pair()
    alice.send("chat", content=SECRET)
    bob.expect("chat")
    assert trace.lines() == [
        "out - connected - ok", "in Alice set_username - ok", "out Alice username_set - ok",
        "out - connected - ok", "in Bob set_username - ok", "out Bob username_set - ok",
        f"in Alice create_room {code} ok", f"out Alice room_created {code} ok",
        f"in Bob join_room {code} ok", f"out Bob room_joined {code} ok", f"out Alice partner_joined {code} ok",
        f"in Alice chat {code} ok", f"out Bob chat {code} ok",
    ]
    sessions = {e["user"]: e["session"] for e in admin.all("sessions")}
    said, told = trace.seen[-2:]
    assert (said["session"], said["receivers"]) == (sessions["Alice"], 0)
    assert (told["session"], told["receivers"]) == (sessions["Bob"], 1)
    assert said["bytes"] == len(json.dumps({"type": "chat", "content": SECRET}).encode())
    assert said["shape"] == f'type:"4" content:"{len(SECRET)}"'
    assert said["service"] == "chat" and abs(said["at_ms"] - told["at_ms"]) < 60_000
    bob.close()
    alice.expect("partner_left")
    assert trace.lines() == [f"out Alice partner_left {code} ok"]
    assert SECRET not in json.dumps(trace.seen) and trace.lost == 0
    alice.close()


def test_what_is_refused_is_shown_with_its_error(admin: Admin) -> None:
    client = admin.server.client("Alice")
    live = Live(admin.server)
    trace = Trace(admin)
    for text in (f'{{"type":"{SECRET}"}}', SECRET, '{"type":"join_room"}', '{"type":"join_room","room_code":"ZZZZZZ"}', "[]"):
        client.send_text(text)
        assert json.loads(client.text())["type"] == "error"
    live.send_text(json.dumps({"op": OPS["IDENTIFY"], "d": {"user_id": 7, "token": SECRET}}))
    live.text()
    live.send("CHANNEL_LEAVE", channel_id="c")
    live.expect_error(1000)
    answers = [line for line in trace.lines() if line.startswith("in")]
    assert answers[:5] == [
        "in Alice - - invalid_message", "in Alice - - invalid_message", "in Alice join_room - invalid_message",
        "in Alice join_room - room_not_found", "in Alice - - invalid_message"], answers
    assert [line.split()[2] for line in answers[5:]] == ["IDENTIFY", "CHANNEL_LEAVE"], answers
    errors = [entry for entry in trace.seen if entry["direction"] == "out"]
    assert len(errors) == 7 and all(entry["outcome"] != "ok" for entry in errors), errors
    assert SECRET not in json.dumps(trace.seen)
    shapes = [entry["shape"] for entry in trace.seen if entry["direction"] == "in"]
    assert shapes[:3] == [f'type:"{len(SECRET)}"', "?", 'type:"9"']
    assert shapes[5] == f'op:# d:{{user_id:# token:"{len(SECRET)}"}}'
    client.close()
    live.close()


def test_a_trace_shows_only_what_it_is_asked_for(admin: Admin) -> None:
    server = admin.server
    alice, bob, code = server.pair()
    anna = Live(server, "anna")
    player, other = Player(server, "Zoe", "r1"), Player(server, "Yan", "r1")
    player.expect_joined(other)
    traces = {
        "service": Trace(admin, 1, service="game"),
        "room": Trace(admin, 2, room=code),
        "session": Trace(admin, 3, session=name_of(admin, "Bob")),
        "type": Trace(admin, 4, type="chat"),
    }
    for content in ("one", "two"):
        alice.send("chat", content=content)
        bob.expect("chat")
    anna.create("c9")
    new = state("Zoe", 1.0)
    player.update(new)
    other.expect_update(player, new)
    said = {name: trace.lines() for name, trace in traces.items()}
    assert {line.split()[1] for line in said["service"]} <= {"Zoe", "Yan"} and len(said["service"]) >= 2
    assert said["room"] == [f"in Alice chat {code} ok", f"out Bob chat {code} ok"] * 2
    assert said["session"] == [f"out Bob chat {code} ok"] * 2
    assert said["type"] == said["room"]
    for each in (alice, bob, anna, player, other):
        each.close()


def test_one_of_many_is_shown(admin: Admin) -> None:
    alice, bob, code = admin.server.pair()
    trace = Trace(admin, room=code, sample=10)
    for number in range(50):
        alice.send("chat", content=str(number))
        bob.expect("chat")
    assert len(trace.more()) == 10 and trace.lost == 0
    alice.close()
    bob.close()


def test_events_of_a_type(admin: Admin) -> None:
    player, other = Player(admin.server, "Zoe", "r1"), Player(admin.server, "Yan", "r1")
    player.expect_joined(other)
    trace = Trace(admin, type="PlayerUpdate")
    player.chat("not this")
    player.update(state("Zoe", 1.0))
    other.expect_chat(player, "Zoe", "not this")
    other.expect_update(player, state("Zoe", 1.0))
    assert trace.lines() == ["out Yan PlayerUpdate r1 ok"]
    player.close()
    other.close()


def test_wrong_questions_are_refused(admin: Admin) -> None:
    assert admin.post("trace", 400, service="nothing") == "there is no such service"
    assert admin.post("trace", 400, type="nothing") == "no message and no event has this type"
    assert admin.post("trace", 400, session="1.2.x") == "there is no such session"
    for wrong in ({"sample": 0}, {"limit": 101}, {"trace": -1}, {"room": 7}):
        assert next(iter(wrong)) in admin.post("trace", 400, **wrong)


def test_what_nobody_fetches_is_lost_and_counted(admin: Admin) -> None:
    client = admin.server.upgraded()
    trace = Trace(admin)
    client.send(frame(1, b'{"type":"set_username","username":"Alice"}') * 1100)
    for _ in range(1100):
        assert client.frame().opcode == 1
    entries = trace.more()
    assert len(entries) == 2048 and trace.lost == 152
    assert [entry["direction"] for entry in entries[:4]] == ["in", "out", "in", "out"]


def test_no_more_traces_than_there_are_places(start: Any) -> None:
    admin = Admin(start, "--workers", "2")
    for number in range(4):
        Trace(admin, number)
    assert admin.post("trace", 503, trace=4) == "too many traces are under way"
    Trace(admin, 0)
    until(lambda: admin.request("POST", "/admin/trace", body=b'{"trace":4}').status == 200, "one is given up")
    until(lambda: admin.server.log.count("traced by the administrator") == 5, "each is told in the log")


def test_a_session_is_followed_to_another_worker(several: Admin) -> None:
    trace = Trace(several)
    pairs = [several.server.pair(f"host {i}", f"guest {i}") for i in range(8)]
    joins = [e for e in trace.more() if e["type"] == "join_room"]
    moved = [e for e in joins if e["outcome"] == "moved"]
    assert len(moved) > 0 and [e["outcome"] for e in joins].count("ok") == len(pairs)
    for entry in moved:
        (arrived,) = (e for e in joins if e["user"] == entry["user"] and e["outcome"] == "ok")
        assert entry["session"].split(".")[0] != arrived["session"].split(".")[0]
    session = name_of(several, "guest 3")
    one = Trace(several, 2, session=session)
    for host, guest, _ in pairs:
        host.send("chat", content="x")
        guest.expect("chat")
    assert [(e["session"], e["type"]) for e in one.more()] == [(session, "chat")]
    for host, guest, _ in pairs:
        host.close()
        guest.close()


def ctl_trace(admin: Admin, *words: str) -> subprocess.Popen[str]:
    """parleyctl, once it traces."""
    before = admin.server.log.count("traced by")
    env = clean_environment() | {"PARLEY_ADMIN_PORT": str(admin.port)}
    running = subprocess.Popen([CTL, "trace", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    until(lambda: admin.server.log.count("traced by") > before, "it is traced")
    return running


def test_ctl_traces_until_it_is_interrupted(several: Admin) -> None:
    running = ctl_trace(several, "--service", "chat")
    assert running.stdout.readline().split() == ["TIME", "SESSION", "USER", "TYPE", "BYTES", "ROOM", "OUTCOME"]
    alice, bob, code = several.server.pair()
    lines = []
    while not lines or "partner_joined" not in lines[-1][4]:
        lines += table(running.stdout.readline().rstrip("\n"))
        assert len(lines[-1]) == 8, lines
    assert [lines[0][column] for column in (1, 3, 4, 6, 7)] == ["out", "-", "chat.connected", "-", "to 1"]
    assert any(line[1:2] + line[3:5] + line[6:] == ["in", "Bob", "chat.join_room", code, "ok"] for line in lines)
    running.terminate()
    rest, errors = running.communicate(timeout=TIMEOUT)
    assert errors == "" and running.returncode == -15
    alice.close()
    bob.close()


def test_ctl_writes_an_object_in_each_line(admin: Admin) -> None:
    alice, bob, code = admin.server.pair()
    running = ctl_trace(admin, "--json", "--room", code, "--type", "chat", "--session", name_of(admin, "Bob"), "--sample", "1")
    alice.send("chat", content=SECRET)
    entry = json.loads(running.stdout.readline())
    assert (entry["direction"], entry["type"], entry["room"], entry["receivers"]) == ("out", "chat", code, 1)
    running.terminate()
    assert SECRET not in running.communicate(timeout=TIMEOUT)[0]
    alice.close()
    bob.close()


def test_ctl_shows_members_and_ends_with_its_server(admin: Admin) -> None:
    running = ctl_trace(admin, "--members")
    client = admin.server.client("Alice")
    client.set_username("Bob")
    lines = iter(running.stdout.readline, "")
    assert any(line.endswith('type:"12" username:"3"\n') for line in lines)
    admin.server.stop()
    _, errors = running.communicate(timeout=TIMEOUT)
    assert running.returncode == 1 and errors.startswith("parleyctl: ")


def test_ctl_tells_what_cannot_be_traced(admin: Admin) -> None:
    assert "no message" in admin.ctl("trace", "--type", "nothing", code=1)
    assert "not ten" in admin.ctl("trace", "--sample", "ten", code=2)
    assert "sample" in admin.ctl("trace", "--sample", "0", code=1)
