"""The admin API: who may use it, what it shows of sessions and rooms, what it does to them; and parleyctl, which speaks it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from typing import Any

import pytest

from admin import CTL, TOKEN, Admin, table
from game import Player
from harness import TIMEOUT, Raw, Server, clean_environment, frame, handshake, until
from live import Live


@pytest.fixture(params=["1", "3"])
def admin(start: Any, request: pytest.FixtureRequest) -> Admin:
    return Admin(start, "--workers", request.param)


# --- who may use it -------------------------------------------------------------------------------------------------


def test_it_is_off_unless_asked_for(server: Server) -> None:
    assert "admin_port=0" in server.log
    for address in (server.address, server.http_address):
        assert server.request("GET", "/admin/status", address=address).status == 404


def test_the_admin_port_has_nothing_else(start: Any) -> None:
    admin = Admin(start)
    for path in ("/", "/health", "/metrics", "/rooms", "/chat", "/nothing"):
        assert admin.request("GET", path).status == 404
    raw = Raw(("127.0.0.1", admin.port))
    raw.send(handshake("/chat"))
    assert raw.head().status == 404
    assert admin.request("GET", "/admin/sessions").status == 405
    assert admin.server.get("/admin/status").status == 404


def test_without_a_token_it_is_on_the_loopback_address_only(start: Any) -> None:
    admin = Admin(start, address="0.0.0.0:0")
    assert admin.get("status")["status"] == "healthy"
    with socket.socket() as elsewhere:  # 127.0.0.2 is the loopback too, but not the address that was bound
        assert elsewhere.connect_ex(("127.0.0.2", admin.port)) != 0
    protected = Admin(start, token=TOKEN, address="0.0.0.0:0")
    with socket.socket() as elsewhere:
        assert elsewhere.connect_ex(("127.0.0.2", protected.port)) == 0


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]"])
def test_a_name_that_was_bent_to_lead_here_is_refused(start: Any, host: str) -> None:
    admin = Admin(start)
    assert admin.request("GET", "/admin/status", {"Host": host}).status == 403
    for right in ("localhost", f"LOCALHOST:{admin.port}", "127.0.0.1:1", "[::1]", "[::1]:80"):
        assert admin.request("GET", "/admin/status", {"Host": right}).status == 200, right


@pytest.mark.parametrize("token", ["", TOKEN])
def test_pages_in_browsers_are_refused(start: Any, token: str) -> None:
    admin = Admin(start, "--allowed-origins", "*", token=token)
    origin = {"Origin": f"http://127.0.0.1:{admin.port}"}
    assert admin.request("GET", "/admin/status", admin.own_headers() | origin).status == 403
    asked = origin | {"Access-Control-Request-Method": "POST"}
    reply = admin.request("OPTIONS", "/admin/drain", asked)
    assert reply.status == 403 and "access-control-allow-origin" not in reply.headers


def test_with_a_token_nothing_is_told_without_it(start: Any) -> None:
    admin = Admin(start, token=TOKEN)
    assert admin.get("status")["status"] == "healthy"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer "}):
        for method, path in (("GET", "/admin/status"), ("POST", "/admin/drain"), ("GET", "/admin/nothing")):
            reply = admin.request(method, path, headers)
            assert reply.status == 401 and reply.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in admin.server.log
    assert admin.request("GET", f"/admin/status?token={TOKEN}").status == 401  # which logs of proxies would keep


def test_who_guesses_the_token_is_stopped(start: Any) -> None:
    admin = Admin(start, "--guesses-max", "3", "--guesses-refill-ms", "3600000", "--limit-loopback", token=TOKEN)
    statuses = [admin.request("GET", "/admin/status", {"Authorization": f"Bearer {i}"}).status for i in range(6)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert admin.request("GET", "/admin/status", admin.own_headers()).status == 429


def test_it_speaks_plain_http_beside_tls(start: Any, certificate: tuple[str, str]) -> None:
    admin = Admin(start, "--tls-cert", certificate[0], "--tls-key", certificate[1], tls=True)
    client = admin.server.client("Alice")
    shown = until(lambda: admin.all("sessions"), "the session is shown")
    assert [entry["address"] for entry in shown] == ["127.0.0.1"] and shown[0]["user"] == "Alice"
    client.close()


# --- what it shows --------------------------------------------------------------------------------------------------


def test_status(admin: Admin) -> None:
    clients = [admin.server.client("Alice"), Live(admin.server, "anna"), Live(admin.server, "ben")]
    status = until(lambda: (s := admin.get("status"))["connections"] == len(clients) and s, "all are counted")
    assert {s["service"]: s["sessions"] for s in status["services"]} == {"chat": 1, "live": 2, "game": 0}
    assert status["status"] == "healthy" and status["log_level"] == "info"
    assert status["connections_max"] == 100000


def test_sessions_are_shown_with_their_users_and_rooms(admin: Admin) -> None:
    server = admin.server
    alice, bob, code = server.pair()
    nameless = server.client()
    anna = Live(server, "anna")
    anna.create("c1", "First")
    anna.join("c1", 1)
    stranger = Live(server)
    player = Player(server, "Zoe", "r1")
    shown = admin.all("sessions")
    assert len({entry["session"] for entry in shown}) == len(shown) == 6
    assert sorted((e["service"], e["user"], e["room"]) for e in shown if e["user"] is not None) == [
        ("chat", "Alice", code), ("chat", "Bob", code), ("game", "Zoe", "r1"), ("live", "anna", "c1")]
    assert sorted(e["service"] for e in shown if e["user"] is None) == ["chat", "live"]
    for entry in shown:
        assert entry["address"] == "127.0.0.1" and entry["age_seconds"] < 60 and entry["waiting_messages"] == 0
    assert [e["user"] for e in admin.all("sessions", service="game")] == ["Zoe"]
    assert sorted(e["user"] for e in admin.all("sessions", room=code)) == ["Alice", "Bob"]
    assert admin.all("sessions", room=code, service="live") == admin.all("sessions", room="none") == []
    for client in (alice, bob, nameless, anna, stranger, player):
        client.close()


def test_behind_proxies_clients_have_their_own_addresses(start: Any) -> None:
    admin = Admin(start, "--trusted-proxies", "127.0.0.2", "--workers", "2")
    passed_on = Raw(admin.server.address, source="127.0.0.2")
    passed_on.send(handshake("/chat", X_Forwarded_For="192.0.2.7"))
    assert passed_on.head().status == 101
    not_believed = Raw(admin.server.address, source="127.0.0.3")
    not_believed.send(handshake("/chat", X_Forwarded_For="192.0.2.7"))
    assert not_believed.head().status == 101
    assert sorted(e["address"] for e in admin.all("sessions")) == ["127.0.0.3", "192.0.2.7"]
    clients = [admin.server.client(f"user {i}") for i in range(6)]
    codes = [client.create_room() for client in clients]
    passed_on.send(b"".join(frame(1, json.dumps(said).encode()) for said in (
        {"type": "set_username", "username": "Proxied"}, {"type": "join_room", "room_code": codes[0]})))
    clients[0].expect("partner_joined")  # perhaps on another worker
    assert [e["address"] for e in admin.all("sessions") if e["user"] == "Proxied"] == ["192.0.2.7"]
    with_header = Admin(start, "--trusted-proxies", "127.0.0.2", "--proxy-protocol")
    raw = Raw(with_header.server.address, source="127.0.0.2", first=b"PROXY TCP6 2001:db8::7 ::1 50000 443\r\n")
    raw.send(handshake("/live"))
    assert raw.head().status == 101
    assert [e["address"] for e in with_header.all("sessions")] == ["2001:db8::7"]


def test_pages_while_sessions_come_and_go(start: Any) -> None:
    """Who is there all the time is shown once; nobody is shown twice."""
    admin = Admin(start, "--workers", "3")
    staying = [admin.server.client(f"stays {i}") for i in range(20)]
    passing = [admin.server.client(f"goes {i}") for i in range(20)]
    seen, after = [], 0
    for step in range(100):
        page = admin.post("sessions", limit=3, after=after)
        seen += [e["user"] for e in page["sessions"]]
        after = page["next"]
        if after == 0:
            break
        if passing:
            passing.pop(step * 7 % len(passing)).close()
            admin.server.client(f"comes {step}")
    assert after == 0
    assert sorted(user for user in seen if user.startswith("stays")) == sorted(client.name for client in staying)
    assert len(set(seen)) == len(seen)


def test_lists_go_page_by_page(admin: Admin) -> None:
    clients = [admin.server.client(f"user {i}") for i in range(7)]
    rooms = {client.create_room() for client in clients}
    for limit in (1, 3, 7, 100):
        assert {e["user"] for e in admin.all("sessions", limit)} == {f"user {i}" for i in range(7)}
        assert len(admin.all("sessions", limit)) == 7
        assert {e["room"] for e in admin.all("rooms", limit)} == rooms
        assert len(admin.all("rooms", limit)) == 7
    for client in clients:
        client.close()


def test_rooms_are_shown_with_their_members_and_floors(admin: Admin) -> None:
    server = admin.server
    alice, bob, code = server.pair()
    anna, ben = Live(server, "anna"), Live(server, "ben")
    anna.create("talk", "Talk here", mode="ptt", capacity=5)
    anna.create("free", "")
    anna.join("talk", 1)
    ben.join("talk", 2, ("anna", 1))
    assert anna.expect("CHANNEL_EVENT")["event"] == "join"
    anna.send("FLOOR_REQUEST", channel_id="talk")
    anna.expect("FLOOR_GRANTED")
    ben.expect("FLOOR_TAKEN")
    ben.send("FLOOR_REQUEST", channel_id="talk")
    ben.expect("FLOOR_QUEUE_POS_INFO")
    player = Player(server, "Zoe", "r1")
    shown = {entry["room"]: entry for entry in admin.all("rooms")}
    assert shown == {
        code: {"room": code, "service": "chat", "title": None, "mode": None, "members": 2, "members_max": 2,
               "holder": None, "waiting": 0},
        "talk": {"room": "talk", "service": "live", "title": "Talk here", "mode": "ptt", "members": 2, "members_max": 5,
                 "holder": "anna", "waiting": 1},
        "free": shown["free"] | {"title": "", "mode": "open", "members": 0, "holder": None},
        "r1": {"room": "r1", "service": "game", "title": None, "mode": None, "members": 1, "members_max": 200,
               "holder": None, "waiting": 0},
    }
    assert [e["room"] for e in admin.all("rooms", service="live", room="talk")] == ["talk"]
    assert admin.all("rooms", room="talk", service="chat") == []
    player.close()
    until(lambda: admin.all("rooms", service="game") == [], "a room without players is not shown")


def test_a_reader_that_lags_is_seen(start: Any) -> None:
    admin = Admin(start)
    slow = Raw(admin.server.address)
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.send(handshake("/chat"))
    assert slow.head().status == 101
    slow.send(frame(1, b'{"type":"set_username","username":"slow"}') + frame(1, b'{"type":"create_room"}'))
    code = until(lambda: admin.all("rooms"), "the room is open")[0]["room"]
    fast = admin.server.client("fast")
    fast.join(code, partner="slow")

    def lags() -> Any:
        fast.send("chat", content="x" * 30000)
        return next((e for e in admin.all("sessions") if e["user"] == "slow" and e["waiting_bytes"] > 0), None)

    assert until(lags, "something waits")["waiting_messages"] > 0
    fast.close()


@pytest.mark.parametrize("what", ["sessions", "rooms"])
def test_wrong_questions_are_refused(start: Any, what: str) -> None:
    admin = Admin(start)
    assert admin.post(what, 400, service="nothing") == "there is no such service"
    assert admin.post(what, 400, after=1 << 50) == "after is no next of a page"
    assert "limit" in admin.post(what, 400, limit=0)
    assert "limit" in admin.post(what, 400, limit=101)
    assert admin.post(what, after=(1 << 32) - 1)["next"] == 0
    for body in (b"", b"[]", b"{", b'{"limit":1,"limit":1}', b'{"service":"\xff"}'):
        assert admin.request("POST", f"/admin/{what}", body=body).status == 400


# --- what it does ---------------------------------------------------------------------------------------------------


def test_a_session_is_disconnected(admin: Admin) -> None:
    alice, bob, code = admin.server.pair()
    name = next(e["session"] for e in admin.all("sessions") if e["user"] == "Bob")
    assert admin.post("disconnect", session=name) == {"session": name}
    assert "administrator" in bob.expect_close(1008)
    alice.expect("partner_left")
    until(lambda: len(admin.all("sessions")) == 1, "it is gone")
    assert admin.post("disconnect", 404, session=name) == "there is no such session"
    alice.fence()
    alice.close()


def test_a_session_that_moves_is_disconnected_where_it_is(start: Any) -> None:
    """Its old name is nobody's: whoever has taken its place there is not hit."""
    admin = Admin(start, "--workers", "4")
    hosts = [admin.server.client(f"host {i}") for i in range(8)]
    guests = [admin.server.client(f"guest {i}") for i in range(8)]
    before = {e["user"]: e["session"] for e in admin.all("sessions")}
    for host, guest in zip(hosts, guests):
        guest.join(host.create_room(), partner=host.name)
        host.expect("partner_joined", username=guest.name)
    after = {e["user"]: e["session"] for e in admin.all("sessions")}
    moved = [guest for guest in guests if before[guest.name] != after[guest.name]]
    assert moved
    strangers = [admin.server.client(f"stranger {i}") for i in range(8)]
    for guest in moved:
        assert admin.post("disconnect", 404, session=before[guest.name]) == "there is no such session"
        admin.post("disconnect", session=after[guest.name])
        guest.expect_close(1008)
    for client in strangers + [guest for guest in guests if guest not in moved]:
        client.fence()


@pytest.mark.parametrize("name", ["9.0.1", "0.0.0", "0.4294967295.1", "1.2.x", "1...2", "0.99999999999999.1", "-1.2.3", "1.2.3.4"])
def test_a_session_that_is_not_there_is_told(start: Any, name: str) -> None:
    assert Admin(start).post("disconnect", 404, session=name) == "there is no such session"


def test_the_floor_is_revoked(admin: Admin) -> None:
    anna, ben = Live(admin.server, "anna"), Live(admin.server, "ben")
    anna.create("talk", mode="ptt")
    assert admin.post("revoke", 404, channel_id="talk") == "nobody has the floor of this channel"
    anna.join("talk", 1)
    ben.join("talk", 2, ("anna", 1))
    assert anna.expect("CHANNEL_EVENT")["event"] == "join"
    anna.send("FLOOR_REQUEST", channel_id="talk")
    anna.expect("FLOOR_GRANTED")
    ben.expect("FLOOR_TAKEN")
    ben.send("FLOOR_REQUEST", channel_id="talk")
    ben.expect("FLOOR_QUEUE_POS_INFO")
    assert admin.post("revoke", channel_id="talk") == {"channel_id": "talk", "holder": "anna"}
    anna.expect("FLOOR_REVOKE", channel_id="talk", cause="admin")
    assert anna.expect("FLOOR_TAKEN")["user_id"] == "ben"
    ben.expect("FLOOR_GRANTED")
    assert admin.post("revoke", channel_id="talk")["holder"] == "ben"
    ben.expect("FLOOR_REVOKE", channel_id="talk", cause="admin")
    for each in (anna, ben):
        each.expect("FLOOR_IDLE", channel_id="talk")
    assert admin.post("revoke", 404, channel_id="nothing") == "there is no such channel"


@pytest.mark.parametrize(("what", "member"), [("disconnect", "session"), ("revoke", "channel_id"), ("log-level", "level")])
def test_orders_that_name_nothing_are_refused(start: Any, what: str, member: str) -> None:
    admin = Admin(start)
    assert member in admin.post(what, 400)
    assert member in admin.post(what, 400, **{member: 7})
    for body in (b"", b"[]", b"{"):
        assert admin.request("POST", f"/admin/{what}", body=body).status == 400


def test_the_log_level_is_changed(start: Any) -> None:
    admin = Admin(start)
    assert admin.post("log-level", level="debug") == {"level": "debug", "was": "info"}
    client = admin.server.client()
    admin.server.wait_log("connection opened")
    client.close()
    assert admin.post("log-level", level="error") == {"level": "error", "was": "debug"}
    assert admin.get("status")["log_level"] == "error"
    assert "level" in admin.post("log-level", 400, level="loud")
    assert "level" in admin.post("log-level", 400)


def test_the_server_drains(admin: Admin) -> None:
    client = admin.server.client("Alice")
    assert admin.post("drain") == {"status": "stopping"}
    client.expect_close(1001)
    admin.server.wait()


def test_many_ask_at_once(start: Any) -> None:
    admin = Admin(start, "--workers", "2")
    client = admin.server.client("Alice")
    sockets = [socket.create_connection(("127.0.0.1", admin.port), TIMEOUT) for _ in range(100)]
    admin.server.signal(signal.SIGSTOP)
    for each in sockets:
        each.sendall(b"POST /admin/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
    admin.server.signal(signal.SIGCONT)  # they are there all at once
    answers = []
    for each in sockets[:60]:  # the others leave before they are answered
        answer = b""
        while part := each.recv(65536):
            answer += part
        answers.append(answer)
    for each in sockets:
        each.close()
    done = [answer for answer in answers if answer.startswith(b"HTTP/1.1 200")]
    refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503")]
    assert len(done) + len(refused) == 60 and done and refused
    assert all(b"too many requests wait" in answer for answer in refused)
    assert [e["user"] for e in admin.all("sessions")] == ["Alice"]
    client.close()


# --- parleyctl ------------------------------------------------------------------------------------------------------


def test_ctl_shows_tables_and_json(admin: Admin) -> None:
    server = admin.server
    alice, bob, code = server.pair()
    anna = Live(server, "anna")
    anna.create("talk", "Talk here", mode="ptt")
    anna.join("talk", 1)
    anna.send("FLOOR_REQUEST", channel_id="talk")
    anna.expect("FLOOR_GRANTED")
    lines = table(admin.ctl("sessions"))
    assert lines[0] == ["SESSION", "SERVICE", "USER", "ROOM", "ADDRESS", "AGE", "SILENT", "QUEUE", "BYTES"]
    assert sorted(line[1:5] for line in lines[1:]) == sorted([
        ["chat", "Alice", code, "127.0.0.1"], ["chat", "Bob", code, "127.0.0.1"], ["live", "anna", "talk", "127.0.0.1"]])
    assert sorted(line[0] for line in lines[1:]) == sorted(e["session"] for e in json.loads(admin.ctl("sessions", "--json")))
    assert [line[2] for line in table(admin.ctl("sessions", "--room", "talk"))] == ["USER", "anna"]
    lines = table(admin.ctl("rooms"))
    assert lines[0] == ["ROOM", "SERVICE", "TITLE", "MODE", "MEMBERS", "OF", "FLOOR", "WAITING"]
    assert sorted(lines[1:]) == sorted([[code, "chat", "-", "-", "2", "2", "-", "0"],
                                        ["talk", "live", "Talk here", "ptt", "1", "100", "anna", "0"]])
    assert json.loads(admin.ctl("--json", "rooms", "--service", "live")) == admin.all("rooms", service="live")
    said = admin.ctl("status")
    assert "connections  3 of 100000" in said and ["chat", "2", "1"] in table(said)
    assert json.loads(admin.ctl("status", "--json"))["connections"] == 3


def test_ctl_acts(admin: Admin) -> None:
    alice, bob, code = admin.server.pair()
    anna = Live(admin.server, "anna")
    anna.create("talk", mode="ptt")
    anna.join("talk", 1)
    anna.send("FLOOR_REQUEST", channel_id="talk")
    anna.expect("FLOOR_GRANTED")
    assert admin.ctl("revoke", "talk") == "anna has lost the floor of talk\n"
    anna.expect("FLOOR_REVOKE", channel_id="talk", cause="admin")
    assert admin.ctl("revoke", "talk", code=1) == "parleyctl: nobody has the floor of this channel\n"
    name = next(e["session"] for e in admin.all("sessions") if e["user"] == "Bob")
    assert admin.ctl("disconnect", name) == f"{name} is disconnected\n"
    bob.expect_close(1008)
    assert "no such session" in admin.ctl("disconnect", name, code=1)
    assert admin.ctl("log-level", "debug") == "log level debug, was info\n"
    assert json.loads(admin.ctl("log-level", "info", "--json")) == {"level": "info", "was": "debug"}
    assert "level" in admin.ctl("log-level", "loud", code=1)
    assert admin.ctl("drain") == "the server is stopping\n"
    alice.expect_close(1001)
    admin.server.wait()
    assert "no server at 127.0.0.1" in admin.ctl("status", code=1)


def test_ctl_shows_the_token(start: Any) -> None:
    admin = Admin(start, token=TOKEN)
    assert "healthy" in admin.ctl("status")
    assert admin.ctl("status", code=1, PARLEY_ADMIN_TOKEN="wrong") == "parleyctl: this is not the admin token\n"
    assert admin.ctl("status", code=1, PARLEY_ADMIN_TOKEN="") == "parleyctl: the admin token is needed\n"


def test_names_cannot_steer_the_terminal(start: Any) -> None:
    admin = Admin(start)
    client = admin.server.client("\x1b[31mred\x9b1m\x7f\n한글" + "é" * 60)
    user = table(admin.ctl("sessions"))[1][2]
    assert user == "?[31mred?1m??한글" + "é" * 25 + "…"
    assert json.loads(admin.ctl("sessions", "--json"))[0]["user"] == client.name


@pytest.mark.parametrize("words", [[], ["nothing"], ["--room"], ["revoke"], ["status", "more"], ["disconnect", "1", "2"], ["--loud", "status"]])
def test_ctl_tells_how_it_is_used(words: list[str]) -> None:
    done = subprocess.run([CTL, *words], capture_output=True, text=True, env=clean_environment() | {"PARLEY_ADMIN_PORT": "1"})
    assert done.returncode == 2 and done.stdout == "" and done.stderr.endswith("; see parleyctl --help\n")


def test_ctl_has_help_and_wants_a_port() -> None:
    done = subprocess.run([CTL, "--help"], capture_output=True, text=True, env=clean_environment())
    assert done.returncode == 0 and done.stdout.startswith("Usage: parleyctl")
    done = subprocess.run([CTL, "status"], capture_output=True, text=True, env=clean_environment())
    assert done.returncode == 2 and "PARLEY_ADMIN_PORT" in done.stderr
