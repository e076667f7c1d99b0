"""A well-behaved client of game; see harness.py."""

from __future__ import annotations

import json
import uuid
from typing import Any

from harness import Connected, Server

COLOR = "#FF0000"


def state(name: str, x: float = 0.0, **options: Any) -> dict[str, Any]:
    return {"name": name, "color": COLOR, "position": [x, 0.0, 0.0], "rotation": [1.0, 0.0, 0.0, 0.0], **options}


class Player(Connected):
    """Nothing greets it. With a room, it has joined it and read its Welcome."""

    service = "game"

    def __init__(self, server: Server, name: str = "Player", room: str | None = None, path: str = "/game", **options: Any):
        super().__init__(server, path, **options)
        self.name = name
        self.id: str | None = None
        if room is not None:
            self.join(room)

    def send(self, kind: str, **fields: Any) -> None:
        self.send_checked(kind, {"type": kind, **fields})

    def expect(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next event is this one, with these values and, when any are given, no other fields."""
        event = self.recv()
        assert event["type"] == kind, event
        if fields:
            assert event == {"type": kind, **fields}
        return event

    def expect_error(self, message: str | None = None) -> str:
        error = self.expect("Error")["message"]
        assert message is None or error == message, error
        return error

    def fence(self) -> list[dict[str, Any]]:
        self.send_text('{"type":"fence"}')
        before = []
        while (event := self.recv()).get("message") != "unknown type 'fence'":
            before.append(event)
        return before

    # The usual steps.

    def join(self, room: str) -> dict[str, Any]:
        """Returns the Welcome."""
        self.send("Join", room_id=room, name=self.name, color=COLOR)
        welcome = self.expect("Welcome")
        assert self.id in (None, welcome["client_id"])
        self.id = welcome["client_id"]
        assert uuid.UUID(self.id).version == 4
        assert dict(welcome["room_state"])[self.id] == state(self.name)
        return welcome

    def update(self, new: dict[str, Any]) -> None:
        self.send("Update", state=new)

    def chat(self, message: str) -> None:
        self.send("Chat", message=message)

    def expect_update(self, player: Player, new: dict[str, Any]) -> None:
        self.expect("PlayerUpdate", client_id=player.id, state=new)

    def expect_joined(self, player: Player) -> None:
        self.expect("PlayerJoined", client_id=player.id, state=state(player.name))

    def expect_left(self, player: Player) -> None:
        self.expect("PlayerLeft", client_id=player.id)

    def expect_chat(self, player: Player, name: str, message: str) -> str:
        event = self.expect("ChatMessage")
        assert (event["client_id"], event["name"], event["message"]) == (player.id, name, message)
        return event["timestamp"]


# What the HTTP API tells of a room.


def history(server: Server, room: str, limit: int = 100) -> list[dict[str, Any]]:
    reply = server.request("POST", "/chat/history", body=json.dumps({"room_id": room, "limit": limit}).encode())
    assert reply.status == 200, reply
    return json.loads(reply.body)


def texts(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["message"] for entry in entries]
