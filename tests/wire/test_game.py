"""Rooms of players: every rule of game's rooms, from outside."""

from __future__ import annotations

import json
import random
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from game import COLOR, Player, state
from harness import Server, frame, handshake, until

pytestmark = pytest.mark.threads
FLAGS = ("--workers", "3")
PLAYERS_MAX = 200
JOIN = '{"type":"Join","room_id":"%s","name":"N","color":"#00ff00"}'


@pytest.fixture
def trio(server: Server, request: pytest.FixtureRequest) -> tuple[Player, Player, Player, str]:
    """Three players, of whom the first two are in a room of the test's own."""
    room = request.node.name
    alice, bob = Player(server, "Alice", room), Player(server, "Bob", room)
    alice.expect_joined(bob)
    return alice, bob, Player(server, "Carol"), room


# --- joining --------------------------------------------------------------------------------------------------------


def test_nothing_is_sent_before_a_join(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake("/game") + frame(0x9, b"first"))
    assert raw.head().status == 101
    pong = raw.frame()
    assert (pong.opcode, pong.payload) == (0xA, b"first")


def test_the_bare_path_speaks_game_when_it_is_said(start: Any) -> None:
    Player(start("--root-service", "game"), room="r", path="/")
    Player(start(env={"ROOT_SERVICE": "game"}), room="r", path="/")


def test_exact_bytes(server: Server) -> None:
    one, other = Player(server), Player(server)
    one.send_text(JOIN % "exact")
    text = one.text()
    id_ = json.loads(text)["client_id"]
    first = '["%s",{"name":"N","color":"#00ff00","position":[0.0,0.0,0.0],"rotation":[1.0,0.0,0.0,0.0]}]' % id_
    assert text == '{"type":"Welcome","client_id":"%s","room_state":[%s],"chat_history":[]}' % (id_, first)
    other.send_text('{"type":"Join","color":"#FFFFFF","name":"\\ud50c","room_id":"\\u0065xact"}')
    id2 = json.loads(other.text())["client_id"]
    assert one.text() == (
        '{"type":"PlayerJoined","client_id":"%s","state":{"name":"플","color":"#FFFFFF",'
        '"position":[0.0,0.0,0.0],"rotation":[1.0,0.0,0.0,0.0]}}' % id2
    )
    new = (
        '{"name":"플","color":"#FF00aa","position":[10.0,0.10,-3.2e0],"rotation":[0.707,0.0,0.707,-0],'
        '"animation":"walking","velocity":[1E300,0.0,0.50],"modelUrl":"m.glb"}'
    )
    other.send_text('{"type":"Update","state":%s}' % new)
    assert one.text() == '{"type":"PlayerUpdate","client_id":"%s","state":%s}' % (id2, new)
    other.send_text('{"type":"Chat","message":"안녕하세요!"}')
    text = one.text()
    assert re.fullmatch(
        r'\{"type":"ChatMessage","client_id":"%s","name":"플","message":"안녕하세요!",'
        r'"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00"\}' % id2,
        text,
    )
    stamp = json.loads(text)["timestamp"]
    one.send_text(JOIN % "exact")
    text = one.text()
    entry = json.loads(text)["chat_history"][0]
    assert uuid.UUID(entry["id"]).version == 4
    assert text == (
        '{"type":"Welcome","client_id":"%s","room_state":[%s,["%s",%s]],"chat_history":[{"id":"%s","room_id":"exact",'
        '"client_id":"%s","username":"플","message":"안녕하세요!","timestamp":"%s"}]}'
        % (id_, first, id2, new, entry["id"], id2, stamp.replace("+00:00", "Z"))
    )
    one.close()
    event = other.text()
    assert json.loads(event)["type"] == "PlayerJoined"  # the renewed state
    assert other.text() == '{"type":"PlayerLeft","client_id":"%s"}' % id_


def test_all_players_are_in_the_welcome(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, carol, room = trio
    bob.update(moved := state("Bobby", 7, animation="run"))
    alice.expect_update(bob, moved)
    welcome = carol.join(room)
    assert dict(welcome["room_state"]) == {alice.id: state("Alice"), bob.id: moved, carol.id: state("Carol")}
    assert welcome["chat_history"] == []
    alice.expect_joined(carol)
    bob.expect_joined(carol)
    carol.silent(alice, bob)


def test_a_joiner_begins_at_the_origin(trio: tuple[Player, Player, Player, str]) -> None:
    """Whatever its state was in the room before: no optional fields, and the name and color that it gives."""
    alice, bob, carol, room = trio
    alice.update(state("Elsewhere", 5, animation="run", velocity=[1, 1, 1], modelUrl="m"))
    bob.expect("PlayerUpdate")
    carol.join(room + " other")
    assert dict(alice.join(room + " other")["room_state"])[alice.id] == state("Alice")
    bob.expect_left(alice)
    carol.expect_joined(alice)
    alice.send("Join", room_id=room, name="💬" * 50, color="#aBcDeF")
    first = {"name": "💬" * 50, "color": "#aBcDeF", "position": [0, 0, 0], "rotation": [1, 0, 0, 0]}
    assert dict(alice.expect("Welcome")["room_state"])[alice.id] == first
    carol.expect_left(alice)
    bob.expect("PlayerJoined", client_id=alice.id, state=first)


def test_nothing_goes_to_other_rooms(server: Server, request: pytest.FixtureRequest) -> None:
    rooms = [f"{request.node.name} {number}" for number in range(6)]
    players = [Player(server, "N", room) for room in rooms]
    players[0].update(state("N", 1))
    players[0].chat("x")
    players[0].join(rooms[0])
    other = Player(server, "Other", rooms[0])
    other.abort()
    players[0].expect_joined(other)
    players[0].expect_left(other)
    for player in players:
        player.silent(players[0])


def test_a_join_that_breaks_a_rule_changes_nothing(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, _, room = trio
    for fields in ({"room_id": ""}, {"name": ""}, {"name": "💬" * 51}, {"color": "red"}, {"room_id": None}, {"room_id": 5}):
        alice.send_text(json.dumps({"type": "Join", "room_id": "other", "name": "x", "color": COLOR} | fields))
        assert next(iter(fields)) in alice.expect_error()
    alice.chat("still here")
    bob.expect_chat(alice, "Alice", "still here")
    alice.silent(bob)


def test_before_a_join(server: Server) -> None:
    player = Player(server)
    player.update(state("x"))
    player.expect_error("Join a room first")
    player.chat("x")
    player.expect_error("Join a room first")
    player.join("later")


def test_a_second_join_leaves_the_first_room(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, carol, room = trio
    bob_id = bob.id
    for lap in range(6):  # whichever workers the rooms are on
        bob.join(f"{room} {lap}")
        (alice if lap == 0 else carol).expect_left(bob)
        carol.join(f"{room} {lap}")
        bob.expect_joined(carol)
        carol.update(state("Carol", lap))
        bob.expect_update(carol, state("Carol", lap))
        bob.join(room)
        carol.expect_left(bob)
        alice.expect_joined(bob)
        bob.join(f"{room} {lap}")
        alice.expect_left(bob)
        carol.expect_joined(bob)
    assert bob.id == bob_id
    alice.silent(bob, carol)


def test_joining_the_same_room_again_renews_the_state(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, _, room = trio
    bob.update(moved := state("B", 1))
    alice.expect_update(bob, moved)
    assert len(bob.join(room)["room_state"]) == 2
    alice.expect_joined(bob)
    alice.silent(bob)


def test_closing_tells_the_others(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, carol, room = trio
    carol.join(room)
    alice.expect_joined(carol)
    bob.expect_joined(carol)
    bob.abort()
    alice.expect_left(bob)
    carol.expect_left(bob)
    carol.close()
    alice.expect_left(carol)
    alice.silent()


def test_room_ids_are_free_text(server: Server) -> None:
    for room in ("x" * 512, "é" * 256, " ", "\u0001\n\t\"\\/", "💬", "a/b?c=d#e"):
        first, second = Player(server, "1", room), Player(server, "2", room)
        first.expect_joined(second)
        second.chat("x")
        first.expect_chat(second, "2", "x")
        assert first.join(room)["chat_history"][0]["room_id"] == room


# --- chat -----------------------------------------------------------------------------------------------------------


def test_a_chat_shows_the_name_of_the_last_update(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, _, _ = trio
    alice.chat("hi")
    bob.expect_chat(alice, "Alice", "hi")
    alice.update(renamed := state("Alicia"))
    alice.chat("me again")
    bob.expect_update(alice, renamed)
    bob.expect_chat(alice, "Alicia", "me again")
    alice.silent(bob)


def test_the_last_twenty_messages(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, carol, room = trio
    stamps = []
    for number in range(30):
        alice.chat(f"{number} \u0007 é 💬")
        stamps.append(bob.expect_chat(alice, "Alice", f"{number} \u0007 é 💬"))
    assert stamps == sorted(set(stamps))
    history = carol.join(room)["chat_history"]
    assert [entry["message"] for entry in history] == [f"{number} \u0007 é 💬" for number in range(10, 30)]
    assert [entry["timestamp"] for entry in history] == [stamp.replace("+00:00", "Z") for stamp in stamps[10:]]
    assert len({entry["id"] for entry in history}) == 20
    assert {(entry["username"], entry["client_id"], entry["room_id"]) for entry in history} == {("Alice", alice.id, room)}


def test_an_empty_room_keeps_its_history(trio: tuple[Player, Player, Player, str], server: Server) -> None:
    alice, bob, carol, room = trio
    alice.chat("kept")
    bob.expect_chat(alice, "Alice", "kept")
    alice.close()
    bob.expect_left(alice)
    bob.join(room + " other")
    for _ in range(3):
        welcome = carol.join(room)
        assert [entry["message"] for entry in welcome["chat_history"]] == ["kept"]
        assert len(welcome["room_state"]) == 1
        carol.join(room + " yet another")


# --- bounds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, words",
    [
        ("nonsense", ["JSON parse error: "]),
        ('{"type":"Chat","message":"x"', ["JSON parse error: "]),
        ('{"type":"Chat","type":"Chat","message":"x"}', ["type"]),
        ("[]", ["object"]),
        ('{"message":"x"}', ["type"]),
        ('{"type":"chat","message":"x"}', ["type", "chat"]),
        ('{"type":"Chat"}', ["message"]),
        ('{"type":"Chat","message":""}', ["message", "1"]),
        ('{"type":"Chat","message":"' + "é" * 500 + 'x"}', ["message", "1000"]),
        ('{"type":"Chat","message":5}', ["message", "string"]),
        ('{"type":"Chat","message":"a\\u0000"}', ["message must not hold U+0000"]),
        ('{"type":"Join","room_id":"","name":"x","color":"#000000"}', ["room_id"]),
        ('{"type":"Join","room_id":"' + "x" * 513 + '","name":"x","color":"#000000"}', ["room_id"]),
        ('{"type":"Join","room_id":"x","name":"","color":"#000000"}', ["name"]),
        ('{"type":"Join","room_id":"x","name":"' + "플" * 51 + '","color":"#000000"}', ["name", "50"]),
        ('{"type":"Join","room_id":"x","name":"x","color":"#00000"}', ["color"]),
        ('{"type":"Join","room_id":"x","name":"x","color":"#00000g"}', ["color"]),
        ('{"type":"Join","room_id":"x","name":"x"}', ["color"]),
        ('{"type":"Update"}', ["state"]),
        ('{"type":"Update","state":[]}', ["state"]),
    ],
)
def test_what_breaks_a_rule(trio: tuple[Player, Player, Player, str], text: str, words: list[str]) -> None:
    alice, bob, _, _ = trio
    alice.send_text(text)
    message = alice.expect_error()
    assert all(word in message for word in words), message
    alice.silent()
    bob.silent(alice)
    alice.chat("corrected")
    bob.expect_chat(alice, "Alice", "corrected")


@pytest.mark.parametrize(
    "field, value",
    [
        ("name", ""),
        ("name", "x" * 51),
        ("color", "FF0000"),
        ("color", "#FF00000"),
        ("position", [0, 0]),
        ("position", [0, 0, 0, 0]),
        ("position", [0, 0, 1000.001]),
        ("position", [-1000.5, 0, 0]),
        ("position", [0, "0", 0]),
        ("position", None),
        ("rotation", [1, 0, 0]),
        ("rotation", [0, 0, 0, 0]),
        ("rotation", [1, 1, 0, 0]),
        ("rotation", [1.11, 0, 0, 0]),
        ("rotation", [0.89, 0, 0, 0]),
        ("velocity", [0, 0]),
        ("velocity", "fast"),
        ("animation", 7),
        ("animation", "x" * 257),
        ("modelUrl", "x" * 2049),
    ],
)
def test_a_state_that_breaks_a_rule(trio: tuple[Player, Player, Player, str], field: str, value: Any) -> None:
    alice, bob, _, _ = trio
    alice.send_text(json.dumps({"type": "Update", "state": state("Alice") | {field: value}}))
    assert f"state.{field}" in alice.expect_error()
    bob.silent(alice)


def test_infinity_is_refused(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, _, _ = trio
    text = json.dumps({"type": "Update", "state": state("Alice", velocity=[1, 2, 3])})
    for number in ("1e999", "-1e999", "NaN", "Infinity"):
        alice.send_text(text.replace("1.0, 0.0", f"{number}, 0.0") if "e" in number else text.replace("[1, 2", f"[{number}, 2"))
        alice.expect_error()
    bob.silent(alice)


@pytest.mark.parametrize(
    "new",
    [
        state("é" * 50, 1000),
        state("💬" * 50, -1000),
        state("x", rotation=[1.09, 0, 0, 0]),
        state("x", rotation=[0.5, -0.5, 0.5, -0.5]),
        state("x", velocity=[1e308, -1e308, 1e-300]),
        state("x", animation="", modelUrl=""),
        state("x", animation="a" * 256, modelUrl="m" * 2048, velocity=[0.1, 0.2, 0.30000000000000004]),
    ],
    ids=range(7),
)
def test_a_state_at_its_bounds(trio: tuple[Player, Player, Player, str], new: dict[str, Any]) -> None:
    alice, bob, carol, room = trio
    alice.update(new)
    bob.expect_update(alice, new)
    assert dict(carol.join(room)["room_state"])[alice.id] == new


@pytest.mark.parametrize(
    "number",
    ["1e-7", "-0.0", "-0", "123456789012345678", "0.1", "0.30000000000000004", "1E+2", "5e-324", "1.7976931348623157e308"]
    + ["0.1000000000000000055511151231257827021181583404541015625", "12345678901234567890123456789012345678", "1." + "0" * 40],
)
def test_numbers_arrive_with_their_value(trio: tuple[Player, Player, Player, str], number: str) -> None:
    """Also those that no double has, or not by that text; in an update and, later, in a Welcome."""
    alice, bob, carol, room = trio
    small = abs(float(number)) <= 1000
    text = json.dumps({"type": "Update", "state": state("A", velocity=["n", 0, "n"])})
    text = text.replace('"n"', number).replace("[0.0, 0.0, 0.0]", f"[{number}, -1000, {number}]" if small else "[0, 0, 0]")
    alice.send_text(text)
    sent = json.loads(text)["state"]
    same = lambda got: [repr(float(x)) for x in got["velocity"] + got["position"]]
    event = bob.expect("PlayerUpdate")
    assert same(event["state"]) == same(sent)
    assert same(dict(carol.join(room)["room_state"])[alice.id]) == same(sent)


def test_optional_fields_not_given_are_gone(trio: tuple[Player, Player, Player, str]) -> None:
    alice, bob, _, _ = trio
    alice.update(state("A", animation="walking", velocity=[1, 0, 0], modelUrl="m.glb"))
    bob.expect("PlayerUpdate")
    alice.send_text(json.dumps({"type": "Update", "state": state("A", animation=None, velocity=None, modelUrl=None, hat=1)}))
    bob.expect_update(alice, state("A"))


def test_a_full_room(server: Server) -> None:
    players = [Player(server, str(number), "full") for number in range(PLAYERS_MAX)]
    lonely, member = Player(server, "Lonely"), Player(server, "Member")
    lonely.send_text(JOIN % "full")
    lonely.expect_error("Room is full")
    for number in range(6):  # whichever worker the member's room is on
        member.join(f"elsewhere {number}")
        witness = Player(server, "Witness", f"elsewhere {number}")
        member.expect_joined(witness)
        member.send_text(JOIN % "full")
        member.expect_error("Room is full")
        member.chat("still here")
        witness.expect_chat(member, "Member", "still here")
        witness.silent(member)
    players[0].fence()
    players[0].join("full")  # it is in already
    players[1].close()
    until(lambda: {"type": "PlayerLeft", "client_id": players[1].id} in players[2].fence(), "the place is free")
    member.join("full")
    witness.expect_left(member)


# --- order and slow readers -----------------------------------------------------------------------------------------


def test_order_holds_across_moves(server: Server) -> None:
    """Commands before, with and after the one that moves it, in one write: answered once, in order."""
    hosts = [Player(server, f"Host {number}", f"order {number}") for number in range(8)]
    raw = server.raw()
    raw.send(handshake("/game"))
    assert raw.head().status == 101
    commands, expected = b"", []
    for lap in range(4):
        for number in range(8):
            for text in (
                JOIN % f"order {number}",
                '{"type":"Chat","message":"%d.%d"}' % (lap, number),
                '{"type":"nonsense %d"}' % number,
                '{"type":"Chat","message":"and on"}',
            ):
                commands += frame(0x1, text.encode())
            expected += [("Welcome", f"Host {number}"), ("Error", f"nonsense {number}")]
    raw.send(commands)
    for kind, word in expected:
        event = raw.json()
        assert event["type"] == kind and word in str(event), (event, kind, word)
    for number, host in enumerate(hosts):
        for lap in range(4):
            rover = host.expect("PlayerJoined")["client_id"]
            assert host.expect("ChatMessage")["message"] == f"{lap}.{number}"
            assert host.expect("ChatMessage")["message"] == "and on"
            if number < 7 or lap < 3:
                host.expect("PlayerLeft", client_id=rover)
    assert server.metric("parley_sessions_moved_total", service="game") > 8, "nobody moved: this tested nothing"


def test_who_keeps_up_is_sent_every_state_in_order(server: Server) -> None:
    """Also of those that arrive together, and among what is said between them."""
    alice, bob = Player(server, "Alice", "keeps up"), server.raw()
    bob.send(handshake("/game"))
    assert bob.head().status == 101
    bob.send_json({"type": "Join", "room_id": "keeps up", "name": "Bob", "color": COLOR})
    bob.json()
    said = [
        {"type": "Chat", "message": str(number)} if number % 5 == 0 else {"type": "Update", "state": state("Bob", number)}
        for number in range(100)
    ]
    bob.send(b"".join(frame(0x1, json.dumps(message).encode()) for message in said))
    alice.expect("PlayerJoined")
    for number, message in enumerate(said):
        if number % 5 == 0:
            assert alice.expect("ChatMessage")["message"] == message["message"]
        else:
            assert alice.expect("PlayerUpdate")["state"] == message["state"]


def test_a_slow_reader_gets_the_newest_states_and_all_the_rest(start: Any) -> None:
    """It does not read while thousands of updates, and some chats and joins, go out; then its view is right, and what it
    is sent is in order."""
    server = start("--workers", "1", "--egress-messages-max", "1000")
    alice, bob = Player(server, "Alice", "r"), Player(server, "Bob", "r")
    alice.expect_joined(bob)
    slow = server.raw()
    slow.send(handshake("/game"))
    assert slow.head().status == 101
    slow.send_json({"type": "Join", "room_id": "r", "name": "Slow", "color": COLOR})
    view = dict(slow.json()["room_state"])
    assert len(view) == 3
    long = "m" * 2000
    for number in range(6000):
        alice.update(state("Alice", number / 10, modelUrl=long))
        bob.update(state("Bob", -number / 10, modelUrl=long))
        if number % 500 == 499:
            alice.chat(str(number))
            alice.fence()
            bob.fence()
            bob.join("elsewhere" if number % 1000 == 499 else "r")
    bob.update(state("Bob", 1))
    bob.fence()
    slow.send_json({"type": "fence"})
    chats, updates, number = [], 0, 0.0
    while (event := slow.json())["type"] != "Error":
        if event.get("client_id") == alice.id:
            before = number
            number = event["state"]["position"][0] * 10 if event["type"] == "PlayerUpdate" else float(event["message"])
            assert number >= before, "what came later is shown earlier"
        match event["type"]:
            case "PlayerJoined" | "PlayerUpdate":
                view[event["client_id"]] = event["state"]
                updates += event["type"] == "PlayerUpdate"
            case "PlayerLeft":
                del view[event["client_id"]]
            case "ChatMessage":
                chats.append(event["message"])
    assert view[alice.id] == state("Alice", 599.9, modelUrl=long)
    assert view[bob.id] == state("Bob", 1)
    assert chats == [str(number) for number in range(499, 6000, 500)]
    assert updates < 12000, "nothing was left out: this tested nothing"


# --- many at once ---------------------------------------------------------------------------------------------------


def test_every_view_converges(server: Server) -> None:
    """Players who come, go, wander, move and talk at random; then each one's view of its room is what the room is."""
    rooms = [f"wander {number}" for number in range(5)]

    def live(number: int) -> tuple[Player, str, dict[str, Any], dict[str, Any]]:
        draw = random.Random(number)
        player = Player(server, f"P{number}")
        room, own, view = "", {}, {}
        for step in range(120):
            if step == 0 or draw.random() < 0.15:
                room = draw.choice(rooms)
                player.send("Join", room_id=room, name=player.name, color=COLOR)
                own = state(player.name)
            elif draw.random() < 0.7:
                own = state(player.name, step, **({"animation": "run"} if draw.random() < 0.5 else {}))
                player.update(own)
            else:
                player.chat(f"{number} {step}")
            for event in player.fence() if draw.random() < 0.5 else ():
                see(player, view, event)
        return player, room, own, view

    def see(player: Player, view: dict[str, Any], event: dict[str, Any]) -> None:
        match event["type"]:
            case "Welcome":
                player.id = event["client_id"]
                view.clear()
                view.update(dict(event["room_state"]))
            case "PlayerJoined":
                view[event["client_id"]] = event["state"]
            case "PlayerUpdate":
                assert event["client_id"] in view, "an update of a player who is not there"
                view[event["client_id"]] = event["state"]
            case "PlayerLeft":
                del view[event["client_id"]]
            case "ChatMessage":
                assert event["client_id"] in view, "a word of a player who is not there"

    with ThreadPoolExecutor(24) as pool:
        players = list(pool.map(live, range(24)))
    for player, _, _, view in players:  # a second round: what the first caused has arrived everywhere
        for event in player.fence():
            see(player, view, event)
    truth: dict[str, dict[str, Any]] = {room: {} for room in rooms}
    for player, room, own, _ in players:
        truth[room][player.id] = own
    for player, room, own, view in players:
        view[player.id] = own
        assert view == truth[room]


def test_fifty_join_one_room_at_once(server: Server) -> None:
    with ThreadPoolExecutor(50) as pool:
        players = list(pool.map(lambda number: Player(server, f"P{number}", f"before {number % 7}"), range(50)))
        list(pool.map(lambda player: (player.send("Join", room_id="crowd", name=player.name, color=COLOR)), players))
        views = list(pool.map(lambda player: view_of(player, "crowd"), players))
    ids = {player.id for player in players}
    assert all(view == ids for view in views)


def view_of(player: Player, room: str) -> set[str]:
    """Whom the player sees in the room, once all are there."""
    seen: set[str] = set()
    while len(seen) < 50:
        event = player.recv()
        if event["type"] == "Welcome":
            seen = {id_ for id_, _ in event["room_state"]}
        elif event["type"] == "PlayerJoined":
            seen.add(event["client_id"])
        elif event["type"] == "PlayerLeft":
            seen.discard(event["client_id"])
    return seen
