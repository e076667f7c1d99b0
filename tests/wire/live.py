"""A well-behaved client of live; see harness.py."""

from __future__ import annotations

from typing import Any

from harness import Connected, Server
from protocol import SERVICES
from schema import event_type

OPS = {command.NAME: op for op, command in SERVICES["live"].commands.items()}


class Live(Connected):
    """Has read HELLO; with a user, it has identified itself. Messages are named as in protocol.yaml, an ACK by what it
    answers: CHANNEL_JOIN_ACK."""

    service = "live"

    def __init__(self, server: Server, user: str | None = None, path: str = "/live", **options: Any):
        super().__init__(server, path, **options)
        self.heartbeat_interval = self.expect("HELLO")["heartbeat_interval"]
        self.user = user
        if user is not None:
            self.identify(user)

    def send(self, kind: str, **fields: Any) -> None:
        self.send_checked(kind, {"op": OPS[kind], "d": fields or None})

    def expect(self, kind: str, **fields: Any) -> Any:
        """The next event is this one, with these values and, when any are given, no other fields. Returns its data."""
        event = self.recv()
        assert event_type(self.service, event).NAME == kind, event
        data = event["d"]["data"] if kind.endswith("_ACK") and event["op"] == 200 else event["d"]
        if fields:
            assert data == fields
        return data

    def ask(self, kind: str, **fields: Any) -> Any:
        """A command, and its ACK's data."""
        self.send(kind, **fields)
        return self.expect(kind + "_ACK")

    def expect_error(self, code: int, reason: str | None = None) -> str:
        error = self.expect("ERROR")
        assert error["code"] == code, error
        if reason is not None:
            assert error["reason"] == reason
        return error["reason"]

    def fence(self) -> list[dict[str, Any]]:
        self.send("HEARTBEAT")
        before = []
        while (event := self.recv())["op"] != 2:
            before.append(event)
        return before

    # The usual steps.

    def identify(self, user: str, token: str = "any") -> str:
        self.send("IDENTIFY", user_id=user, token=token)
        ready = self.expect("READY")
        assert ready["user_id"] == user
        return ready["session_id"]

    def create(self, channel: str, name: str = "Name", **options: Any) -> None:
        self.send("CHANNEL_CREATE", channel_id=channel, channel_name=name, **options)
        self.expect("CHANNEL_CREATE_ACK", channel_id=channel, channel_name=name)

    def join(self, channel: str, ssrc: int, *members: tuple[str, int]) -> None:
        """`members`: those already there, in any order."""
        ack = self.ask("CHANNEL_JOIN", channel_id=channel, ssrc=ssrc)
        assert ack["channel_id"] == channel
        assert sorted((m["user_id"], m["ssrc"]) for m in ack["active_members"]) == sorted(members)

    def leave(self, channel: str) -> None:
        self.send("CHANNEL_LEAVE", channel_id=channel)
        self.expect("CHANNEL_LEAVE_ACK", channel_id=channel)

    def expect_change(self, change: str, channel: str, user: str = "system", ssrc: int = 0) -> None:
        self.expect("CHANNEL_EVENT", event=change, channel_id=channel, member={"user_id": user, "ssrc": ssrc})

    def expect_message(self, channel: str, author: str, content: str) -> dict[str, Any]:
        message = self.expect("MESSAGE_EVENT")
        assert (message["channel_id"], message["author_id"], message["content"]) == (channel, author, content)
        return message
