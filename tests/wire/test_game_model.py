"""A room against a model of it: hypothesis draws who joins, moves, talks, leaves, is cut off or does not read.

Whatever the interleaving, when a client has read what it was sent, its view of its room is the room's state, and it has
been told all that was said while it was there. Drawn anew the same way in every run.
"""

from __future__ import annotations

import json
import socket
import uuid
from typing import Any, Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule, run_state_machine_as_test

from game import Player, state
from harness import Raw, Server, handshake, until

ROOMS = st.integers(0, 2)
FENCE = "unknown type 'fence'"
BURST = 150  # updates, about 2 KB each: more than what lies between the server and who does not read

texts = lambda most: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=most)
floats = lambda most: st.floats(-most, most) | st.integers(-int(most), int(most))
rotations = st.sampled_from([[1, 0, 0, 0], [0.707, 0.0, -0.707, -0.0], [0.5, -0.5, 0.5, -0.5], [0, 0, 0, 1.0999], [0.9001, 0, 0, 0]])
colors = st.from_regex(r"#[0-9A-Fa-f]{6}", fullmatch=True)
states = st.fixed_dictionaries(
    {"name": texts(50), "color": colors, "position": st.lists(floats(1000), min_size=3, max_size=3), "rotation": rotations},
    optional={
        "animation": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=64),
        "velocity": st.lists(floats(1e300), min_size=3, max_size=3),
        "modelUrl": st.sampled_from(["", "m.glb", "m" * 2048]),
    },
)
broken = st.sampled_from(
    [
        '{"type":"Update","state":{"name":"","color":"#000000","position":[0,0,0],"rotation":[1,0,0,0]}}',
        '{"type":"Update","state":{"name":"x","color":"#000000","position":[0,0,1001],"rotation":[1,0,0,0]}}',
        '{"type":"Join","room_id":"","name":"x","color":"#000000"}',
        '{"type":"Chat","message":""}',
        '{"type":"Chat"',
    ]
)


def exactly(value: dict[str, Any]) -> str:
    """A state so that equal means the same, -0.0 and 0.0 told apart; members in any order."""
    return json.dumps({name: [float(n) for n in v] if isinstance(v, list) else v for name, v in value.items()}, sort_keys=True)


class Sight:
    """A client of either kind, and what it has been shown."""

    def __init__(self, server: Server, slow: bool):
        self.slow = slow
        if slow:
            self.raw = server.raw()
            self.raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            self.raw.send(handshake("/game"))
            assert self.raw.head().status == 101
        else:
            self.player = Player(server)
        self.server = server
        self.id = ""
        self.room: int | None = None
        self.view: dict[str, str] = {}
        self.history: list[tuple[str, str, str]] = []
        self.heard: list[tuple[str, str, str]] = []
        self.expected: list[tuple[str, str, str]] = []  # to be heard
        self.told: list[dict[str, Any]] = []  # answers that came before a fence's

    def say(self, kind: str, **fields: Any) -> None:
        if self.slow:
            self.raw.send_json({"type": kind, **fields})
        else:
            self.player.send(kind, **fields)

    def say_text(self, text: str) -> None:
        if self.slow:
            self.raw.send_frame(0x1, text.encode())
        else:
            self.player.send_text(text)

    def look(self) -> None:
        """Reads all that was sent up to now."""
        for event in self.events():
            self.sees(event)

    def events(self) -> Iterator[dict[str, Any]]:
        if not self.slow:
            yield from self.player.fence()
            return
        self.raw.send_json({"type": "fence"})
        while (event := self.raw.json()).get("message") != FENCE:
            yield event

    def sees(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "Welcome":
                assert self.id in ("", event["client_id"])
                self.id = event["client_id"]
                self.view = {id_: exactly(shown) for id_, shown in event["room_state"]}
                assert len(self.view) == len(event["room_state"])
                self.history = [(entry["client_id"], entry["username"], entry["message"]) for entry in event["chat_history"]]
            case "PlayerJoined":
                self.view[event["client_id"]] = exactly(event["state"])
            case "PlayerUpdate":
                assert event["client_id"] in self.view and event["client_id"] != self.id
                self.view[event["client_id"]] = exactly(event["state"])
            case "PlayerLeft":
                del self.view[event["client_id"]]
            case "ChatMessage":
                assert event["client_id"] in self.view
                self.heard.append((event["client_id"], event["name"], event["message"]))
            case _:
                self.told.append(event)

    def close(self) -> None:
        self.raw.close() if self.slow else self.player.close()

    def abort(self) -> None:
        self.raw.abort() if self.slow else self.player.abort()


class Rooms(RuleBasedStateMachine):
    server: Server
    clients = Bundle("clients")

    def __init__(self) -> None:
        super().__init__()
        self.prefix = uuid.uuid4().hex
        self.there: list[Sight] = []
        self.rooms: dict[int, dict[str, str]] = {0: {}, 1: {}, 2: {}}  # by client_id
        self.names: dict[str, str] = {}
        self.said: dict[int, list[tuple[str, str, str]]] = {0: [], 1: [], 2: []}

    def others(self, client: Sight) -> list[Sight]:
        return [other for other in self.there if other.room == client.room and other is not client]

    @rule(target=clients, slow=st.booleans())
    def comes(self, slow: bool) -> Any:
        if len(self.there) == 8:
            return multiple()
        self.there.append(Sight(self.server, slow))
        return self.there[-1]

    @rule(target=clients, slow=st.booleans(), room=ROOMS)
    def comes_and_joins(self, slow: bool, room: int) -> Any:
        """Else few would meet."""
        if len(self.there) == 8:
            return multiple()
        client = self.comes(slow)
        self.joins(client, room, "Newcomer", "#123456")
        return client

    @rule(client=clients, room=ROOMS, name=texts(50), color=colors)
    def joins(self, client: Sight, room: int, name: str, color: str) -> None:
        client.look()  # what was sent in the room before
        assert client.heard == client.expected
        client.heard, client.expected = [], []
        client.say("Join", room_id=f"{self.prefix} {room}", name=name, color=color)
        client.look()
        assert client.id != "", "was not welcomed"
        if client.room is not None:
            del self.rooms[client.room][client.id]
        self.rooms[room][client.id] = exactly({**state(name), "color": color})
        self.names[client.id] = name
        client.room = room
        assert client.history == self.said[room][-20:]

    @rule(client=clients, new=states)
    def updates(self, client: Sight, new: dict[str, Any]) -> None:
        client.say("Update", state=new)
        self.changed(client, new)

    def changed(self, client: Sight, new: dict[str, Any]) -> None:
        client.look()
        if client.room is None:
            assert [event["message"] for event in client.told] == ["Join a room first"]
            client.told.clear()
            return
        self.rooms[client.room][client.id] = client.view[client.id] = exactly(new)
        self.names[client.id] = new["name"]

    @rule(client=clients)
    def updates_often(self, client: Sight) -> None:
        """More than fits between the server and those who do not read."""
        if client.room is None:
            return
        for number in range(BURST):
            new = state("often", number, modelUrl="m" * 2048)
            client.say("Update", state=new)
        self.changed(client, new)

    @rule(client=clients, message=texts(250))
    def talks(self, client: Sight, message: str) -> None:
        client.say("Chat", message=message)
        client.look()
        if client.room is None:
            assert [event["message"] for event in client.told] == ["Join a room first"]
            client.told.clear()
            return
        words = (client.id, self.names[client.id], message)
        self.said[client.room].append(words)
        for other in self.others(client):
            other.expected.append(words)

    @rule(client=clients, text=broken)
    def breaks_a_rule(self, client: Sight, text: str) -> None:
        client.say_text(text)
        client.look()
        assert [event["type"] for event in client.told] == ["Error"]
        client.told.clear()

    @rule(client=consumes(clients), abruptly=st.booleans())
    def goes(self, client: Sight, abruptly: bool) -> None:
        self.there.remove(client)
        if abruptly:
            client.abort()
        else:
            client.close()
        if client.room is None:
            return
        del self.rooms[client.room][client.id]
        witness = next((other for other in self.others(client) if not other.slow), None)
        until(lambda: self.is_gone(client, witness), "the others are told")

    def is_gone(self, client: Sight, witness: Sight | None) -> bool:
        if witness is not None:
            witness.look()
            return client.id not in witness.view
        probe = Player(self.server, "Probe")  # nobody who reads is there to tell
        probe.send("Join", room_id=f"{self.prefix} {client.room}", name="Probe", color="#000000")
        shown = dict(probe.expect("Welcome")["room_state"])
        probe.close()
        return client.id not in shown

    @rule(client=clients)
    def reads(self, client: Sight) -> None:
        self.holds(client)

    @invariant()
    def prompt_readers_see_the_room(self) -> None:
        for client in self.there:
            if not client.slow:
                self.holds(client)

    def holds(self, client: Sight) -> None:
        client.look()
        if client.room is not None:
            client.view[client.id] = self.rooms[client.room][client.id]  # nobody is told of its own updates
            seen = {id_: shown for id_, shown in client.view.items()}
            assert seen == self.rooms[client.room]
        assert client.heard == client.expected
        assert client.told == []

    def teardown(self) -> None:
        for client in self.there:
            self.holds(client)
        for client in self.there:
            client.close()


@pytest.mark.threads
def test_every_view_of_a_room_is_the_room(start: Any) -> None:
    server = Rooms.server = start("--workers", "3", "--strikes-max", "65000")  # fences are bad messages
    drawn = settings(
        max_examples=20,
        stateful_step_count=40,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Rooms, settings=drawn)
    assert server.metric("parley_egress_replaced_total", service="game", delivery="latest") > 0, "no reader was slow: this tested less"
    assert server.metric("parley_sessions_moved_total", service="game") > 0, "nobody moved: this tested less"
