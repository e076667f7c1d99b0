"""One-to-one rooms: every rule of chat, from outside."""

from __future__ import annotations

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import Client, Server, until

pytestmark = pytest.mark.threads

ROOM_CODE = re.compile(r"[A-Z0-9]{6}")
TYPING_SECONDS = 10.0


# --- greeting and names ---------------------------------------------------------------------------------------------


def test_greeting_is_a_uuid_of_version_4(server: Server) -> None:
    ids = [server.client().id for _ in range(20)]
    assert len(set(ids)) == 20
    for text in ids:
        assert str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4
        assert uuid.UUID(text).variant == uuid.RFC_4122


@pytest.mark.parametrize("path", ["/chat", "/"])
def test_both_paths_speak_chat(server: Server, path: str) -> None:
    server.client("Alice", path=path).create_room()


def test_a_name_comes_before_rooms(server: Server) -> None:
    client = server.client()
    client.send("create_room")
    client.expect_error("username_required", "Username is required")
    client.send("join_room", room_code="ABC123")
    client.expect_error("username_required", "Username is required")
    client.set_username("Alice")
    client.create_room()


def test_a_name_may_be_set_again(server: Server) -> None:
    client = server.client("Alice")
    client.set_username("Alicia")
    client.set_username("Alicia")


def test_a_new_name_in_a_room_is_told_to_nobody_and_used_from_then_on(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.set_username("Alicia")
    bob.silent(alice)
    alice.send("chat", content="Hi")
    bob.expect("chat", **{"from": "Alicia", "content": "Hi"})


def test_a_new_name_of_the_host_is_what_a_later_guest_sees(server: Server) -> None:
    alice = server.client("Alice")
    code = alice.create_room()
    alice.set_username("Alicia")
    server.client("Bob").join(code, partner="Alicia")


def test_two_clients_may_share_a_name(server: Server) -> None:
    first, second, _ = server.pair("Same", "Same")
    first.send("chat", content="Hello, me")
    second.expect("chat", **{"from": "Same", "content": "Hello, me"})


def test_an_empty_name_counts(server: Server) -> None:
    first, second, _ = server.pair("", "")
    first.send("chat", content="x")
    second.expect("chat", **{"from": "", "content": "x"})


def test_longest_name(server: Server) -> None:
    client = server.client("é" * 128)
    client.send_text('{"type":"set_username","username":"' + "é" * 128 + 'x"}')
    assert "username" in client.expect_error("invalid_message")
    client.create_room()


# --- rooms ----------------------------------------------------------------------------------------------------------


def test_room_codes(server: Server) -> None:
    hosts = [server.client("Host") for _ in range(50)]
    codes = {host.create_room() for host in hosts}
    assert len(codes) == 50
    assert all(ROOM_CODE.fullmatch(code) for code in codes)
    used = set("".join(codes))
    assert used & set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") and used & set("0123456789")


def test_joining(server: Server) -> None:
    alice = server.client("Alice")
    code = alice.create_room()
    bob = server.client("Bob")
    bob.send("join_room", room_code=code)
    bob.expect("room_joined", room_code=code, partner="Alice")
    alice.expect("partner_joined", username="Bob")
    bob.silent(alice)
    alice.silent(bob)


def test_a_code_is_upper_cased(server: Server) -> None:
    alice = server.client("Alice")
    code = alice.create_room()
    bob = server.client("Bob")
    bob.send("join_room", room_code=code.lower())
    bob.expect("room_joined", room_code=code, partner="Alice")
    alice.expect("partner_joined", username="Bob")


@pytest.mark.parametrize(
    "code, shown",
    [
        ("xyz999", "XYZ999"),
        ("", ""),
        ("ABC", "ABC"),
        ("abcdefg", "ABCDEFG"),
        ("ABC12!", "ABC12!"),
        ("a b\n'c", "A B\n'C"),
        (" ABC123", " ABC123"),
        ("x" * 512, "X" * 512),
    ],
)
def test_a_code_that_names_no_room(server: Server, code: str, shown: str) -> None:
    client = server.client("Alice")
    client.send("join_room", room_code=code)
    client.expect_error("room_not_found", f"Room '{shown}' not found")
    client.create_room()


def test_a_code_over_its_bound(server: Server) -> None:
    client = server.client("Alice")
    client.send_text('{"type":"join_room","room_code":"' + "X" * 513 + '"}')
    assert "room_code" in client.expect_error("invalid_message")


def test_one_room_at_a_time(server: Server) -> None:
    alice, bob, code = server.pair()
    other = server.client("Carol").create_room()
    for client in (alice, bob):
        client.send("create_room")
        client.expect_error("already_in_room", "You are already in a room")
        for wanted in (code, other, "NOROOM", "no such room"):
            client.send("join_room", room_code=wanted)
            client.expect_error("already_in_room", "You are already in a room")
    alice.send("chat", content="still here")
    bob.expect("chat")


def test_a_host_alone_is_in_a_room_too(server: Server) -> None:
    alice = server.client("Alice")
    code = alice.create_room()
    alice.send("join_room", room_code=code)
    alice.expect_error("already_in_room")


def test_a_third_finds_the_room_full(server: Server) -> None:
    alice, bob, code = server.pair()
    carol = server.client("Carol")
    carol.send("join_room", room_code=code)
    carol.expect_error("room_full", "Room is full")
    alice.silent(carol)
    bob.silent(carol)
    carol.send("chat", content="not in")
    carol.expect_error("not_in_room")


def test_order_of_the_errors_of_join_room(server: Server) -> None:
    _, _, full = server.pair()
    nameless = server.client()
    for wanted in (full, "NOROOM"):
        nameless.send("join_room", room_code=wanted)
        nameless.expect_error("username_required")
    inside = server.client("Dave")
    inside.create_room()
    for wanted in (full, "NOROOM"):
        inside.send("join_room", room_code=wanted)
        inside.expect_error("already_in_room")


def test_of_fifty_who_join_at_once_exactly_one_gets_in(server: Server) -> None:
    alice = server.client("Alice")
    code = alice.create_room()
    joiners = [server.client(f"Guest {number}") for number in range(50)]

    def join(client: Client) -> str:
        client.send("join_room", room_code=code)
        event = client.recv()
        return event["type"] if event["type"] != "error" else event["code"]

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(join, joiners))
    assert sorted(answers) == ["room_full"] * 49 + ["room_joined"]
    winner = joiners[answers.index("room_joined")]
    alice.expect("partner_joined", username=winner.name)
    alice.send("chat", content="You won")
    winner.expect("chat", **{"from": "Alice", "content": "You won"})
    alice.silent(*joiners)


def test_the_guest_becomes_host_when_the_host_leaves(server: Server) -> None:
    alice, bob, code = server.pair()
    alice.send("leave_room")
    bob.expect("partner_left")
    carol = server.client("Carol")
    carol.join(code, partner="Bob")
    bob.expect("partner_joined", username="Carol")
    alice.send("join_room", room_code=code)
    alice.expect_error("room_full")
    bob.send("leave_room")
    carol.expect("partner_left")
    alice.join(code, partner="Carol")


def test_the_host_stays_host_when_the_guest_leaves(server: Server) -> None:
    alice, bob, code = server.pair()
    bob.send("leave_room")
    alice.expect("partner_left")
    bob.join(code, partner="Alice")
    alice.expect("partner_joined", username="Bob")


def test_a_room_goes_with_its_last_member(server: Server) -> None:
    alice, bob, code = server.pair()
    alice.send("leave_room")
    bob.expect("partner_left")
    bob.send("leave_room")
    bob.fence()
    for client in (alice, bob):
        client.send("join_room", room_code=code)
        client.expect_error("room_not_found", f"Room '{code}' not found")


def test_a_room_goes_with_its_only_member_cut_off(server: Server) -> None:
    alice, bob = server.client("Alice"), server.client("Bob")
    code = alice.create_room()
    alice.abort()

    def gone() -> bool:
        bob.send("join_room", room_code=code)
        event = bob.recv()
        if event["type"] == "room_joined":
            bob.send("leave_room")
        return event.get("code") == "room_not_found"

    until(gone, "the room of a client that was cut off is gone")


# --- leaving --------------------------------------------------------------------------------------------------------


def test_the_leaver_is_told_nothing(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send("leave_room")
    bob.expect("partner_left")
    alice.silent(bob)
    bob.silent(alice)


@pytest.mark.parametrize("host_goes", [True, False], ids=["host", "guest"])
@pytest.mark.parametrize("way", ["close", "abort", "half_close", "leave and close"])
def test_every_way_of_going_is_told_once(server: Server, way: str, host_goes: bool) -> None:
    alice, bob, code = server.pair()
    goes, stays = (alice, bob) if host_goes else (bob, alice)
    if way == "leave and close":
        goes.send("leave_room")
    if way == "abort":
        goes.abort()
    elif way == "half_close":
        goes.connection.socket.shutdown(1)
    else:
        goes.close()
    stays.expect("partner_left")
    stays.silent()
    carol = server.client("Carol")
    carol.join(code, partner=stays.name)
    stays.expect("partner_joined", username="Carol")


def test_leaving_outside_a_room(server: Server) -> None:
    client = server.client()
    client.send("leave_room")
    client.expect_error("not_in_room", "You are not in a room")
    client.set_username("Alice")
    client.create_room()
    client.send("leave_room")
    client.send("leave_room")
    client.expect_error("not_in_room", "You are not in a room")


# --- messages -------------------------------------------------------------------------------------------------------


def test_a_message_goes_to_the_partner_only(server: Server) -> None:
    alice, bob, _ = server.pair()
    other_host, other_guest, _ = server.pair("Carol", "Dave")
    alice.send("chat", content="Hello!")
    bob.expect("chat", **{"from": "Alice", "content": "Hello!"})
    bob.send("chat", content="Hello yourself!")
    alice.expect("chat", **{"from": "Bob", "content": "Hello yourself!"})
    for client in (alice, bob, other_host, other_guest):
        client.silent()


def test_a_message_to_nobody_is_dropped(server: Server) -> None:
    alice = server.client("Alice")
    code = alice.create_room()
    alice.send("chat", content="Anybody?")
    alice.silent()
    bob = server.client("Bob")
    bob.join(code, partner="Alice")
    bob.silent()


def test_a_message_outside_a_room(server: Server) -> None:
    client = server.client()
    client.send("chat", content="x")
    client.expect_error("not_in_room", "You are not in a room")
    client.set_username("Alice")
    client.send("chat", content="x")
    client.expect_error("not_in_room", "You are not in a room")


@pytest.mark.parametrize(
    "content",
    ["", " ", "a" * 32768, "é" * 16384, "\u0001 / 안녕", "\n\t\r\b\f\"\\/", "\x7f\u2028\ufeff\uffff", "👩‍👩‍👧 𝄞 \U0010ffff", "<b>&amp;</b>", "{\"type\":\"chat\"}"],
    ids=["empty", "space", "longest", "longest in bytes", "control", "escapes", "odd", "emoji", "markup", "json"],
)
def test_content_arrives_as_it_was_written(server: Server, content: str) -> None:
    alice, bob, _ = server.pair()
    alice.send("chat", content=content)
    bob.expect("chat", **{"from": "Alice", "content": content})


def test_every_control_character_and_every_plane(server: Server) -> None:
    alice, bob, _ = server.pair()
    content = "".join(map(chr, range(1, 256))) + "".join(chr(plane << 16 | 0xABC) for plane in range(17))
    alice.send("chat", content=content)
    assert bob.expect("chat")["content"] == content


def test_content_over_its_bound(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send_text('{"type":"chat","content":"' + "a" * 32769 + '"}')
    assert "content" in alice.expect_error("invalid_message")
    alice.send_text('{"type":"chat","content":"' + "é" * 16384 + 'a"}')
    assert "content" in alice.expect_error("invalid_message")
    bob.silent(alice)


def test_messages_arrive_in_order(server: Server) -> None:
    alice, bob, _ = server.pair()
    for number in range(1000):
        alice.send("chat", content=str(number))
    for number in range(1000):
        assert bob.expect("chat")["content"] == str(number)


def test_a_message_sent_just_before_closing_arrives(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send("chat", content="Bye")
    alice.close()
    bob.expect("chat", **{"from": "Alice", "content": "Bye"})
    bob.expect("partner_left")


# --- typing ---------------------------------------------------------------------------------------------------------


def test_typing_and_stopping(server: Server) -> None:
    alice, bob, _ = server.pair()
    for _ in range(3):
        alice.send("typing")
        assert bob.recv() == {"type": "partner_typing"}
        alice.send("stop_typing")
        assert bob.recv() == {"type": "partner_stop_typing"}
    alice.silent(bob)


def test_typing_twice_and_stopping_twice_are_told_once(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send("stop_typing")
    alice.send("typing")
    alice.send("typing")
    bob.expect("partner_typing")
    bob.silent(alice)
    alice.send("stop_typing")
    alice.send("stop_typing")
    bob.expect("partner_stop_typing")
    bob.silent(alice)


def test_a_message_ends_the_senders_typing(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send("typing")
    alice.send("chat", content="There")
    bob.expect("partner_typing")
    bob.expect("partner_stop_typing")
    bob.expect("chat", **{"from": "Alice", "content": "There"})
    alice.send("stop_typing")
    bob.silent(alice)


def test_a_message_does_not_end_the_others_typing(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send("typing")
    bob.expect("partner_typing")
    bob.send("chat", content="x")
    alice.expect("chat")
    bob.silent(alice)
    alice.send("typing")  # still typing, so still ignored
    bob.silent(alice)
    alice.send("stop_typing")
    bob.expect("partner_stop_typing")


def test_both_type_at_once(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send("typing")
    bob.send("typing")
    alice.expect("partner_typing")
    bob.expect("partner_typing")


def test_typing_alone_is_silent(server: Server) -> None:
    alice = server.client("Alice")
    alice.create_room()
    alice.send("typing")
    alice.send("typing")
    alice.send("stop_typing")
    alice.send("stop_typing")
    alice.silent()


def test_typing_outside_a_room(server: Server) -> None:
    client = server.client()
    client.send("typing")
    client.expect_error("not_in_room", "You are not in a room")
    client.send("stop_typing")
    client.silent()
    client.set_username("Alice")
    client.send("typing")
    client.expect_error("not_in_room", "You are not in a room")
    client.send("stop_typing")
    client.silent()


def test_typing_does_not_leak_into_the_next_room(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send("typing")
    bob.expect("partner_typing")
    alice.send("leave_room")
    bob.expect("partner_left")
    carol = server.client("Carol")
    alice.join(carol.create_room(), partner="Carol")
    carol.expect("partner_joined", username="Alice")
    alice.send("chat", content="No stop before this")
    carol.expect("chat", **{"from": "Alice", "content": "No stop before this"})
    alice.send("typing")
    carol.expect("partner_typing")


def test_typing_of_one_who_stays_does_not_meet_the_next_guest(server: Server) -> None:
    alice, bob, code = server.pair()
    alice.send("typing")
    bob.expect("partner_typing")
    bob.send("leave_room")
    alice.expect("partner_left")
    carol = server.client("Carol")
    carol.join(code, partner="Alice")
    alice.expect("partner_joined", username="Carol")
    # Whether the typing lives on or ended with the old pair, Carol hears no stop without a start.
    alice.send("chat", content="x")
    started = False
    while (event := carol.recv())["type"] != "chat":
        started = started or event["type"] == "partner_typing"
        assert event["type"] == "partner_typing" or started, event


def test_typing_ends_by_itself(server: Server) -> None:
    alice, bob, _ = server.pair()
    started = time.monotonic()
    alice.send("typing")
    bob.expect("partner_typing")
    bob.expect("partner_stop_typing")
    assert TYPING_SECONDS - 0.1 < time.monotonic() - started < TYPING_SECONDS + 5
    alice.send("stop_typing")
    bob.silent(alice)
    alice.send("typing")
    bob.expect("partner_typing")


# --- together -------------------------------------------------------------------------------------------------------


def test_a_whole_conversation(server: Server) -> None:
    """The messages of the document that people learn this protocol from, word by word."""
    alice, bob = server.client(), server.client()
    alice.send_text('{ "type": "set_username", "username": "Alice" }')
    assert alice.text() == '{"type":"username_set","username":"Alice"}'
    bob.set_username("Bob")
    alice.send_text('{ "type": "create_room" }')
    code = alice.expect("room_created")["room_code"]
    bob.send_text('{ "type": "join_room", "room_code": "%s" }' % code)
    assert bob.text() == '{"type":"room_joined","room_code":"%s","partner":"Alice"}' % code
    assert alice.text() == '{"type":"partner_joined","username":"Bob"}'
    bob.send_text('{ "type": "typing" }')
    assert alice.text() == '{"type":"partner_typing"}'
    bob.send_text('{ "type": "stop_typing" }')
    assert alice.text() == '{"type":"partner_stop_typing"}'
    alice.send_text('{ "type": "chat", "content": "Hello! \\u0001 / 안녕" }')
    assert bob.text() == '{"type":"chat","from":"Alice","content":"Hello! \\u0001 / 안녕"}'
    alice.send_text('{ "type": "leave_room" }')
    assert bob.text() == '{"type":"partner_left"}'
    bob.send_text('{ "type": "join_room", "room_code": "xyz999" }')
    bob.expect_error("already_in_room")
    alice.send_text('{ "type": "join_room", "room_code": "xyz999" }')
    assert alice.text() == '{"type":"error","code":"room_not_found","message":"Room \'XYZ999\' not found"}'


def test_many_rooms_at_once(server: Server) -> None:
    rooms = [server.pair(f"Host {number}", f"Guest {number}") for number in range(40)]
    for number, (host, _, _) in enumerate(rooms):
        host.send("chat", content=f"to {number}")
    for number, (_, guest, _) in enumerate(rooms):
        guest.expect("chat", **{"from": f"Host {number}", "content": f"to {number}"})
    for host, guest, _ in rooms:
        host.close()
        guest.expect("partner_left")
