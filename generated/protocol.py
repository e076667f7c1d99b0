# Made from protocol.yaml by python3 -m codegen; not to be edited.
"""Typed messages of the Parley protocol, for clients and tests. Needs nothing but Python 3.11.

    text = ChatJoinRoomCmd(room_code="JWQCAK").to_json()
    event = parse_event("chat", frame)       # a ChatRoomJoinedEvt, or whatever it is

A value outside its bounds is a ValueError that names the field, both ways. An absent field and null are None.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

VERSION = 1
SPEC_HASH = "f318854c7181ae292d2e515182c15ac4ec355296e559df04a5d960d10687b7ee"

FRAME_BYTES_MAX = 65536  # A longer message closes the connection (1009).
JSON_DEPTH_MAX = 16  # Arrays and objects inside each other; deeper ones are refused.
EGRESS_MESSAGES_MAX = 2048  # A reader that lags further behind is disconnected.
STRIKES_MAX = 200  # Bad messages that a session may send in a burst; the next closes with 1008.
STRIKES_REFILL_MS = 100  # One of them is forgiven after this long.
TYPING_MS = 10000  # Typing that is not renewed ends by itself after this long.
HEARTBEAT_MS = 30000  # The interval that live announces in HELLO.
ZOMBIE_MS = 45000  # A live session that was silent for so long is cut off.
CHANNEL_MEMBERS_MAX = 1000  # The most members that a channel of live can be made for.
CHANNEL_MEMBERS_DEFAULT = 100  # Members of a channel whose maker does not say.
CHANNELS_MAX = 10000  # Channels of live that one worker keeps open.
CHANNELS_LISTED_MAX = 1000  # Channels of live in one list.
IDENTIFY_MS = 45000  # A session of live that has not said who it is for so long is closed.
FLOOR_TALK_MS = 30000  # The longest time that one member holds the floor.
FLOOR_PING_MS = 6000  # A holder of the floor that does not ping for so long loses it.
FLOOR_PRIORITY = 100  # A request for the floor whose indicator does not say more, and that names no priority.
FLOOR_PRIORITY_IMMINENT_PERIL = 200  # Likewise, with that indicator.
FLOOR_PRIORITY_EMERGENCY = 255  # Likewise.
PLAYERS_MAX = 200  # Players in one room of game.
ROOMS_REMEMBERED_MAX = 1000  # Empty rooms of game whose messages one worker keeps.
ROOMS_LISTED_MAX = 1000  # Rooms of game in one list, those with the latest activity first.
WELCOME_ENTRIES_MAX = 20  # Messages that a new player of game is shown.
HISTORY_ENTRIES_MAX = 100  # Entries in one answer of POST /chat/history, however many are asked for.
BODY_BYTES_MAX = 65536  # A longer body of an HTTP request is refused with 413.
PAGE_ENTRIES_MAX = 100  # Entries in one answer of the admin API.


class Text(NamedTuple):
    least: int = 0
    greatest: int = 0
    unit: str = "bytes"
    pattern: str = ""

    def load(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise ValueError(f"{path} must be a string")
        if self.pattern:
            if not re.fullmatch(self.pattern, value, re.ASCII):
                raise ValueError(f"{path} must be a string of the form {self.pattern}")
        elif not self.least <= (len(value) if self.unit == "chars" else len(value.encode())) <= self.greatest:
            raise ValueError(f"{path} must be a string of {self.least} to {self.greatest} {self.unit}")
        if "\0" in value:
            raise ValueError(f"{path} must not hold U+0000")
        return value

    dump = load


class Bool(NamedTuple):
    def load(self, value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{path} must be true or false")
        return value

    dump = load


class Int(NamedTuple):
    least: int
    greatest: int

    def load(self, value: Any, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.greatest:
            raise ValueError(f"{path} must be an integer from {self.least} to {self.greatest}")
        return value

    dump = load


class Number(NamedTuple):
    least: float = float("-inf")
    greatest: float = float("inf")

    def load(self, value: Any, path: str) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value - value != 0:
            raise ValueError(f"{path} must be a finite number")
        if not self.least <= value <= self.greatest:
            raise ValueError(f"{path} must be a number from {self.least} to {self.greatest}")
        return value

    dump = load


class Enum:
    def __init__(self, *words: str) -> None:
        self.words = words

    def load(self, value: Any, path: str) -> str:
        if value not in self.words:
            raise ValueError(f"{path} must be one of {', '.join(self.words)}")
        return value

    dump = load


class Array(NamedTuple):
    of: Any
    least: int
    greatest: int

    def check(self, value: Any, path: str) -> list[Any]:
        if not isinstance(value, list) or not self.least <= len(value) <= self.greatest:
            raise ValueError(f"{path} must be an array of {self.least} to {self.greatest}")
        return value

    def load(self, value: Any, path: str) -> list[Any]:
        return [self.of.load(item, f"{path}[{at}]") for at, item in enumerate(self.check(value, path))]

    def dump(self, value: Any, path: str) -> list[Any]:
        return [self.of.dump(item, f"{path}[{at}]") for at, item in enumerate(self.check(value, path))]


class Struct(NamedTuple):
    of: Any

    def load(self, value: Any, path: str) -> Any:
        return self.of.load(value, path + ".")

    def dump(self, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, self.of):
            raise ValueError(f"{path} must be a {self.of.__name__}")
        return value.dump(path + ".")


class Tuple(NamedTuple):
    """An object that travels as an array of its values."""

    of: Any

    def load(self, value: Any, path: str) -> Any:
        if not isinstance(value, list) or len(value) != len(self.of.FIELDS):
            raise ValueError(f"{path} must be an array of {len(self.of.FIELDS)} values")
        return self.of.load(dict(zip([field.name for field in self.of.FIELDS], value, strict=True)), path + ".")

    def dump(self, value: Any, path: str) -> list[Any]:
        return list(Struct(self.of).dump(value, path).values())


class Field(NamedTuple):
    name: str
    attribute: str
    shape: Any
    optional: bool = False
    nullable: bool = False


class Object:
    """Something with fields."""

    FIELDS: ClassVar[tuple[Field, ...]] = ()

    @classmethod
    def load(cls, value: Any, path: str = "") -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{path.rstrip('.') or 'a message'} must be an object")
        found = {}
        for field in cls.FIELDS:
            item = value.get(field.name)
            if item is None and (field.optional or (field.nullable and field.name in value)):
                found[field.attribute] = None
            elif field.name not in value:
                raise ValueError(f"missing field {path}{field.name}")
            else:
                found[field.attribute] = field.shape.load(item, path + field.name)
        return cls(**found)

    def dump(self, path: str = "") -> dict[str, Any]:
        out = {}
        for field in self.FIELDS:
            value = getattr(self, field.attribute)
            if value is not None:
                out[field.name] = field.shape.dump(value, path + field.name)
            elif field.nullable:
                out[field.name] = None
            elif not field.optional:
                raise ValueError(f"missing field {path}{field.name}")
        return out


class Message(Object):
    """An object with its envelope."""

    NAME: ClassVar[str]
    TAG: ClassVar[str | int]
    TAG_KEY: ClassVar[str]
    BODY_KEY: ClassVar[str | None] = None
    ACK: ClassVar[tuple[str, str, int] | None] = None  # key of the op, key of the data, the op

    def to_json(self) -> str:
        values: Any = self.dump()
        if self.BODY_KEY is None:
            frame = {self.TAG_KEY: self.TAG, **values}
        else:
            body = values if self.FIELDS else None
            if self.ACK:
                body = {self.ACK[0]: self.ACK[2], self.ACK[1]: body}
            frame = {self.TAG_KEY: self.TAG, self.BODY_KEY: body}
        return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


# http: What the server answers over HTTP, beside what its services answer there.


@dataclass(kw_only=True)
class HttpRefusal(Object):
    """Why a request is refused."""

    status: int  # 400 to 599; that of the answer
    error: str  # 0 to 256 bytes; the status's name
    message: str  # 0 to 1024 bytes; what is wrong
    FIELDS: ClassVar = (
        Field("status", "status", Int(400, 599)),
        Field("error", "error", Text(0, 256, 'bytes')),
        Field("message", "message", Text(0, 1024, 'bytes')),
    )


@dataclass(kw_only=True)
class HttpParts(Object):
    websocket: str
    redis: str
    mongodb: str
    FIELDS: ClassVar = (
        Field("websocket", "websocket", Enum('healthy', 'disabled', 'connecting', 'away', 'stopping')),
        Field("redis", "redis", Enum('healthy', 'disabled', 'connecting', 'away', 'stopping')),
        Field("mongodb", "mongodb", Enum('healthy', 'disabled', 'connecting', 'away', 'stopping')),
    )


@dataclass(kw_only=True)
class HttpRunningService(Object):
    """A service, and what it holds on all workers."""

    service: str  # 0 to 256 bytes
    sessions: int
    rooms: int
    FIELDS: ClassVar = (
        Field("service", "service", Text(0, 256, 'bytes')),
        Field("sessions", "sessions", Int(0, 18446744073709551615)),
        Field("rooms", "rooms", Int(0, 18446744073709551615)),
    )


@dataclass(kw_only=True)
class HttpSession(Object):
    session: str  # 5 to 32 bytes
    service: str  # 0 to 256 bytes
    user: str | None = None  # 0 to 512 bytes; as it named itself; may be null
    room: str | None = None  # 0 to 512 bytes; or channel; may be null
    address: str  # 0 to 256 bytes; the client's, behind trusted proxies too
    age_seconds: int
    silent_seconds: int  # since something last came
    waiting_messages: int  # that it has not read
    waiting_bytes: int
    FIELDS: ClassVar = (
        Field("session", "session", Text(5, 32, 'bytes')),
        Field("service", "service", Text(0, 256, 'bytes')),
        Field("user", "user", Text(0, 512, 'bytes'), nullable=True),
        Field("room", "room", Text(0, 512, 'bytes'), nullable=True),
        Field("address", "address", Text(0, 256, 'bytes')),
        Field("age_seconds", "age_seconds", Int(0, 18446744073709551615)),
        Field("silent_seconds", "silent_seconds", Int(0, 18446744073709551615)),
        Field("waiting_messages", "waiting_messages", Int(0, 4294967295)),
        Field("waiting_bytes", "waiting_bytes", Int(0, 4294967295)),
    )


@dataclass(kw_only=True)
class HttpTracedMessage(Object):
    """A message that came, or an event that was sent, without what it says."""

    at_ms: int  # Unix time
    direction: str
    session: str | None = None  # 5 to 32 bytes; null of an event for several; may be null
    service: str  # 0 to 256 bytes
    type: str | None = None  # 0 to 256 bytes; null when a message does not say; may be null
    user: str | None = None  # 0 to 64 bytes; the beginning of what it named itself; may be null
    room: str | None = None  # 0 to 64 bytes; the beginning; where it is, or else was; may be null
    bytes: int
    receivers: int  # of an event
    outcome: str  # 0 to 256 bytes; ok, moved, waits or closed, or the error that it is answered with, or tells
    shape: str  # 0 to 192 bytes; its members, with the lengths of strings and arrays for their values
    FIELDS: ClassVar = (
        Field("at_ms", "at_ms", Int(0, 18446744073709551615)),
        Field("direction", "direction", Enum('in', 'out')),
        Field("session", "session", Text(5, 32, 'bytes'), nullable=True),
        Field("service", "service", Text(0, 256, 'bytes')),
        Field("type", "type", Text(0, 256, 'bytes'), nullable=True),
        Field("user", "user", Text(0, 64, 'bytes'), nullable=True),
        Field("room", "room", Text(0, 64, 'bytes'), nullable=True),
        Field("bytes", "bytes", Int(0, 4294967295)),
        Field("receivers", "receivers", Int(0, 4294967295)),
        Field("outcome", "outcome", Text(0, 256, 'bytes')),
        Field("shape", "shape", Text(0, 192, 'bytes')),
    )


@dataclass(kw_only=True)
class HttpRoomEntry(Object):
    """A room or channel."""

    room: str  # 0 to 512 bytes
    service: str  # 0 to 256 bytes
    title: str | None = None  # 0 to 512 bytes; a channel's name; may be null
    mode: str | None = None  # 0 to 256 bytes; a channel's; may be null
    members: int
    members_max: int
    holder: str | None = None  # 0 to 512 bytes; who has the floor; may be null
    waiting: int  # for the floor
    FIELDS: ClassVar = (
        Field("room", "room", Text(0, 512, 'bytes')),
        Field("service", "service", Text(0, 256, 'bytes')),
        Field("title", "title", Text(0, 512, 'bytes'), nullable=True),
        Field("mode", "mode", Text(0, 256, 'bytes'), nullable=True),
        Field("members", "members", Int(0, 4294967295)),
        Field("members_max", "members_max", Int(0, 4294967295)),
        Field("holder", "holder", Text(0, 512, 'bytes'), nullable=True),
        Field("waiting", "waiting", Int(0, 4294967295)),
    )


@dataclass(kw_only=True)
class HttpPostAdminSessionsBody(Object):
    """The body of POST /admin/sessions."""

    service: str | None = None  # 0 to 256 bytes; this one's only; may be absent
    room: str | None = None  # 0 to 512 bytes; its members only; may be absent
    after: int | None = None  # 0 unless given
    limit: int | None = None  # 1 to 100; 100 unless given
    FIELDS: ClassVar = (
        Field("service", "service", Text(0, 256, 'bytes'), optional=True),
        Field("room", "room", Text(0, 512, 'bytes'), optional=True),
        Field("after", "after", Int(0, 18446744073709551615), optional=True),
        Field("limit", "limit", Int(1, 100), optional=True),
    )


@dataclass(kw_only=True)
class HttpPostAdminRoomsBody(Object):
    """The body of POST /admin/rooms."""

    service: str | None = None  # 0 to 256 bytes; this one's only; may be absent
    room: str | None = None  # 0 to 512 bytes; this one only; may be absent
    after: int | None = None  # 0 unless given
    limit: int | None = None  # 1 to 100; 100 unless given
    FIELDS: ClassVar = (
        Field("service", "service", Text(0, 256, 'bytes'), optional=True),
        Field("room", "room", Text(0, 512, 'bytes'), optional=True),
        Field("after", "after", Int(0, 18446744073709551615), optional=True),
        Field("limit", "limit", Int(1, 100), optional=True),
    )


@dataclass(kw_only=True)
class HttpPostAdminDisconnectBody(Object):
    """The body of POST /admin/disconnect."""

    session: str  # 5 to 32 bytes
    FIELDS: ClassVar = (
        Field("session", "session", Text(5, 32, 'bytes')),
    )


@dataclass(kw_only=True)
class HttpPostAdminRevokeBody(Object):
    """The body of POST /admin/revoke."""

    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class HttpPostAdminTraceBody(Object):
    """The body of POST /admin/trace."""

    trace: int | None = None  # whoever asks chooses a number of their own; 0 unless given
    service: str | None = None  # 0 to 256 bytes; of this one only; may be absent
    room: str | None = None  # 0 to 512 bytes; in this one only; may be absent
    session: str | None = None  # 5 to 32 bytes; to and from this one only; may be absent
    type: str | None = None  # 0 to 256 bytes; messages and events of this one only; may be absent
    sample: int | None = None  # 1 to 1000000; of so many that would be shown, one is; 1 unless given
    limit: int | None = None  # 1 to 100; 100 unless given
    FIELDS: ClassVar = (
        Field("trace", "trace", Int(0, 18446744073709551615), optional=True),
        Field("service", "service", Text(0, 256, 'bytes'), optional=True),
        Field("room", "room", Text(0, 512, 'bytes'), optional=True),
        Field("session", "session", Text(5, 32, 'bytes'), optional=True),
        Field("type", "type", Text(0, 256, 'bytes'), optional=True),
        Field("sample", "sample", Int(1, 1000000), optional=True),
        Field("limit", "limit", Int(1, 100), optional=True),
    )


@dataclass(kw_only=True)
class HttpPostAdminLogLevelBody(Object):
    """The body of POST /admin/log-level."""

    level: str
    FIELDS: ClassVar = (
        Field("level", "level", Enum('off', 'error', 'warn', 'info', 'debug')),
    )

# chat: One-to-one rooms with a typing indicator.


@dataclass(kw_only=True)
class ChatSetUsernameCmd(Message):
    """Names the session. Said again, it renames it; nobody is told. An empty name is a name."""

    NAME: ClassVar = "set_username"
    TAG: ClassVar = "set_username"
    TAG_KEY: ClassVar = "type"
    username: str  # 0 to 256 bytes
    FIELDS: ClassVar = (
        Field("username", "username", Text(0, 256, 'bytes')),
    )


@dataclass(kw_only=True)
class ChatCreateRoomCmd(Message):
    """Opens a room with the sender as its host."""

    NAME: ClassVar = "create_room"
    TAG: ClassVar = "create_room"
    TAG_KEY: ClassVar = "type"


@dataclass(kw_only=True)
class ChatJoinRoomCmd(Message):
    """Enters a room as its guest. The code is upper-cased before the search."""

    NAME: ClassVar = "join_room"
    TAG: ClassVar = "join_room"
    TAG_KEY: ClassVar = "type"
    room_code: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("room_code", "room_code", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class ChatChatCmd(Message):
    """Goes to the partner; alone in a room, it is dropped. Ends the sender's typing."""

    NAME: ClassVar = "chat"
    TAG: ClassVar = "chat"
    TAG_KEY: ClassVar = "type"
    content: str  # 0 to 32768 bytes
    FIELDS: ClassVar = (
        Field("content", "content", Text(0, 32768, 'bytes')),
    )


@dataclass(kw_only=True)
class ChatTypingCmd(Message):
    """Shows the partner that the sender is writing. Ignored while it is shown."""

    NAME: ClassVar = "typing"
    TAG: ClassVar = "typing"
    TAG_KEY: ClassVar = "type"


@dataclass(kw_only=True)
class ChatStopTypingCmd(Message):
    """Takes it back. Ignored when nothing is shown, and outside a room."""

    NAME: ClassVar = "stop_typing"
    TAG: ClassVar = "stop_typing"
    TAG_KEY: ClassVar = "type"


@dataclass(kw_only=True)
class ChatLeaveRoomCmd(Message):
    """Leaves the room without an answer. A guest who stays becomes the host."""

    NAME: ClassVar = "leave_room"
    TAG: ClassVar = "leave_room"
    TAG_KEY: ClassVar = "type"


@dataclass(kw_only=True)
class ChatAuthenticateCmd(Message):
    """Proves anew what the session may, before its token expires. At any time."""

    NAME: ClassVar = "authenticate"
    TAG: ClassVar = "authenticate"
    TAG_KEY: ClassVar = "type"
    token: str  # 1 to 8192 bytes
    FIELDS: ClassVar = (
        Field("token", "token", Text(1, 8192, 'bytes')),
    )


@dataclass(kw_only=True)
class ChatConnectedEvt(Message):
    """The first message, sent unasked."""

    NAME: ClassVar = "connected"
    TAG: ClassVar = "connected"
    TAG_KEY: ClassVar = "type"
    client_id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    FIELDS: ClassVar = (
        Field("client_id", "client_id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
    )


@dataclass(kw_only=True)
class ChatUsernameSetEvt(Message):
    NAME: ClassVar = "username_set"
    TAG: ClassVar = "username_set"
    TAG_KEY: ClassVar = "type"
    username: str  # 0 to 256 bytes
    FIELDS: ClassVar = (
        Field("username", "username", Text(0, 256, 'bytes')),
    )


@dataclass(kw_only=True)
class ChatRoomCreatedEvt(Message):
    NAME: ClassVar = "room_created"
    TAG: ClassVar = "room_created"
    TAG_KEY: ClassVar = "type"
    room_code: str  # the form [A-Z0-9]{6}
    FIELDS: ClassVar = (
        Field("room_code", "room_code", Text(pattern='[A-Z0-9]{6}')),
    )


@dataclass(kw_only=True)
class ChatRoomJoinedEvt(Message):
    """The partner is the host's name, or null when the host has gone."""

    NAME: ClassVar = "room_joined"
    TAG: ClassVar = "room_joined"
    TAG_KEY: ClassVar = "type"
    room_code: str  # the form [A-Z0-9]{6}
    partner: str | None = None  # 0 to 256 bytes; may be null
    FIELDS: ClassVar = (
        Field("room_code", "room_code", Text(pattern='[A-Z0-9]{6}')),
        Field("partner", "partner", Text(0, 256, 'bytes'), nullable=True),
    )


@dataclass(kw_only=True)
class ChatPartnerJoinedEvt(Message):
    NAME: ClassVar = "partner_joined"
    TAG: ClassVar = "partner_joined"
    TAG_KEY: ClassVar = "type"
    username: str  # 0 to 256 bytes
    FIELDS: ClassVar = (
        Field("username", "username", Text(0, 256, 'bytes')),
    )


@dataclass(kw_only=True)
class ChatChatEvt(Message):
    NAME: ClassVar = "chat"
    TAG: ClassVar = "chat"
    TAG_KEY: ClassVar = "type"
    from_: str  # 0 to 256 bytes
    content: str  # 0 to 32768 bytes
    FIELDS: ClassVar = (
        Field("from", "from_", Text(0, 256, 'bytes')),
        Field("content", "content", Text(0, 32768, 'bytes')),
    )


@dataclass(kw_only=True)
class ChatPartnerTypingEvt(Message):
    NAME: ClassVar = "partner_typing"
    TAG: ClassVar = "partner_typing"
    TAG_KEY: ClassVar = "type"


@dataclass(kw_only=True)
class ChatPartnerStopTypingEvt(Message):
    NAME: ClassVar = "partner_stop_typing"
    TAG: ClassVar = "partner_stop_typing"
    TAG_KEY: ClassVar = "type"


@dataclass(kw_only=True)
class ChatPartnerLeftEvt(Message):
    NAME: ClassVar = "partner_left"
    TAG: ClassVar = "partner_left"
    TAG_KEY: ClassVar = "type"


@dataclass(kw_only=True)
class ChatAuthenticatedEvt(Message):
    NAME: ClassVar = "authenticated"
    TAG: ClassVar = "authenticated"
    TAG_KEY: ClassVar = "type"
    expires_at: int  # milliseconds of Unix time
    FIELDS: ClassVar = (
        Field("expires_at", "expires_at", Int(0, 18446744073709551615)),
    )


@dataclass(kw_only=True)
class ChatErrorEvt(Message):
    NAME: ClassVar = "error"
    TAG: ClassVar = "error"
    TAG_KEY: ClassVar = "type"
    code: str  # 0 to 256 bytes
    message: str  # 0 to 1024 bytes
    FIELDS: ClassVar = (
        Field("code", "code", Text(0, 256, 'bytes')),
        Field("message", "message", Text(0, 1024, 'bytes')),
    )

# live: Channels by opcode, with floor control, and with a media relay beside them.


@dataclass(kw_only=True)
class LiveMember(Object):
    user_id: str  # 0 to 512 bytes
    ssrc: int
    FIELDS: ClassVar = (
        Field("user_id", "user_id", Text(0, 512, 'bytes')),
        Field("ssrc", "ssrc", Int(0, 4294967295)),
    )


@dataclass(kw_only=True)
class LiveSrtp(Object):
    """The key is standard base64 of master key and salt, 30 bytes for the first suite, 28 for the second."""

    suite: str
    key: str  # 40 bytes
    FIELDS: ClassVar = (
        Field("suite", "suite", Enum('AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM')),
        Field("key", "key", Text(40, 40, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveMedia(Object):
    """Where to send RTP."""

    host: str  # 0 to 256 bytes
    port: int
    FIELDS: ClassVar = (
        Field("host", "host", Text(0, 256, 'bytes')),
        Field("port", "port", Int(0, 65535)),
    )


@dataclass(kw_only=True)
class LiveChannel(Object):
    channel_id: str  # 0 to 512 bytes
    channel_name: str  # 0 to 256 bytes
    mode: str
    member_count: int
    capacity: int  # 1 to 1000
    created_at: int  # milliseconds of Unix time
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("channel_name", "channel_name", Text(0, 256, 'bytes')),
        Field("mode", "mode", Enum('open', 'ptt', 'conference')),
        Field("member_count", "member_count", Int(0, 4294967295)),
        Field("capacity", "capacity", Int(1, 1000)),
        Field("created_at", "created_at", Int(0, 18446744073709551615)),
    )


@dataclass(kw_only=True)
class LiveHeartbeatCmd(Message):
    """Its d may be anything."""

    NAME: ClassVar = "HEARTBEAT"
    TAG: ClassVar = 1
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"


@dataclass(kw_only=True)
class LiveIdentifyCmd(Message):
    """Proves who the client is. Said again, it is answered again."""

    NAME: ClassVar = "IDENTIFY"
    TAG: ClassVar = 3
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    user_id: str  # 0 to 512 bytes
    token: str  # 1 to 8192 bytes
    FIELDS: ClassVar = (
        Field("user_id", "user_id", Text(0, 512, 'bytes')),
        Field("token", "token", Text(1, 8192, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelCreateCmd(Message):
    """Makes a channel. One that exists keeps its name, members, mode and capacity."""

    NAME: ClassVar = "CHANNEL_CREATE"
    TAG: ClassVar = 10
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    channel_name: str  # 0 to 256 bytes
    mode: str | None = None  # "open" unless given
    capacity: int | None = None  # 1 to 1000; 100 unless given
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("channel_name", "channel_name", Text(0, 256, 'bytes')),
        Field("mode", "mode", Enum('open', 'ptt', 'conference'), optional=True),
        Field("capacity", "capacity", Int(1, 1000), optional=True),
    )


@dataclass(kw_only=True)
class LiveChannelJoinCmd(Message):
    """Enters a channel, and leaves the one before. With srtp, media is relayed too."""

    NAME: ClassVar = "CHANNEL_JOIN"
    TAG: ClassVar = 11
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    ssrc: int
    srtp: LiveSrtp | None = None  # what the client sends with; may be absent
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("ssrc", "ssrc", Int(0, 4294967295)),
        Field("srtp", "srtp", Struct(LiveSrtp), optional=True),
    )


@dataclass(kw_only=True)
class LiveChannelLeaveCmd(Message):
    NAME: ClassVar = "CHANNEL_LEAVE"
    TAG: ClassVar = 12
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelUpdateCmd(Message):
    """Renames a channel; its members are told, then the sender has its ack."""

    NAME: ClassVar = "CHANNEL_UPDATE"
    TAG: ClassVar = 13
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    channel_name: str  # 0 to 256 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("channel_name", "channel_name", Text(0, 256, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelDeleteCmd(Message):
    """Takes the members out of a channel and ends it."""

    NAME: ClassVar = "CHANNEL_DELETE"
    TAG: ClassVar = 14
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelListCmd(Message):
    NAME: ClassVar = "CHANNEL_LIST"
    TAG: ClassVar = 15
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"


@dataclass(kw_only=True)
class LiveChannelInfoCmd(Message):
    NAME: ClassVar = "CHANNEL_INFO"
    TAG: ClassVar = 16
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveMessageCreateCmd(Message):
    """Goes to every member, the sender too. White space alone counts as empty."""

    NAME: ClassVar = "MESSAGE_CREATE"
    TAG: ClassVar = 20
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    content: str  # 0 to 2000 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("content", "content", Text(0, 2000, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveFloorRequestCmd(Message):
    """Asks for the right to talk. A higher priority takes it from its holder; others wait."""

    NAME: ClassVar = "FLOOR_REQUEST"
    TAG: ClassVar = 30
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    priority: int | None = None  # unless given, floor_priority or that of the indicator; may be absent
    indicator: str | None = None  # "normal" unless given
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("priority", "priority", Int(0, 255), optional=True),
        Field("indicator", "indicator", Enum('normal', 'broadcast', 'imminent_peril', 'emergency'), optional=True),
    )


@dataclass(kw_only=True)
class LiveFloorReleaseCmd(Message):
    """Gives the floor back, or stops waiting for it."""

    NAME: ClassVar = "FLOOR_RELEASE"
    TAG: ClassVar = 31
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveFloorPingCmd(Message):
    """Keeps the floor; the holder sends it every 2 s."""

    NAME: ClassVar = "FLOOR_PING"
    TAG: ClassVar = 32
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveHelloEvt(Message):
    """The first message, sent unasked."""

    NAME: ClassVar = "HELLO"
    TAG: ClassVar = 0
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    heartbeat_interval: int  # milliseconds
    FIELDS: ClassVar = (
        Field("heartbeat_interval", "heartbeat_interval", Int(0, 4294967295)),
    )


@dataclass(kw_only=True)
class LiveHeartbeatAckEvt(Message):
    NAME: ClassVar = "HEARTBEAT_ACK"
    TAG: ClassVar = 2
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"


@dataclass(kw_only=True)
class LiveReadyEvt(Message):
    """The session is identified."""

    NAME: ClassVar = "READY"
    TAG: ClassVar = 4
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    session_id: str  # the form sess_[0-9a-f]{32}
    user_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("session_id", "session_id", Text(pattern='sess_[0-9a-f]{32}')),
        Field("user_id", "user_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelEventEvt(Message):
    """The member is system with ssrc 0 for update and delete."""

    NAME: ClassVar = "CHANNEL_EVENT"
    TAG: ClassVar = 100
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    event: str
    channel_id: str  # 0 to 512 bytes
    member: LiveMember
    FIELDS: ClassVar = (
        Field("event", "event", Enum('join', 'leave', 'update', 'delete')),
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("member", "member", Struct(LiveMember)),
    )


@dataclass(kw_only=True)
class LiveMessageEventEvt(Message):
    NAME: ClassVar = "MESSAGE_EVENT"
    TAG: ClassVar = 101
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    message_id: str  # the form msg_[0-9a-f]{32}
    channel_id: str  # 0 to 512 bytes
    author_id: str  # 0 to 512 bytes
    content: str  # 0 to 2000 bytes
    timestamp: int  # milliseconds of Unix time
    FIELDS: ClassVar = (
        Field("message_id", "message_id", Text(pattern='msg_[0-9a-f]{32}')),
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("author_id", "author_id", Text(0, 512, 'bytes')),
        Field("content", "content", Text(0, 2000, 'bytes')),
        Field("timestamp", "timestamp", Int(0, 18446744073709551615)),
    )


@dataclass(kw_only=True)
class LiveFloorGrantedEvt(Message):
    """The sender may talk now."""

    NAME: ClassVar = "FLOOR_GRANTED"
    TAG: ClassVar = 110
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    user_id: str  # 0 to 512 bytes
    duration: int  # milliseconds
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("user_id", "user_id", Text(0, 512, 'bytes')),
        Field("duration", "duration", Int(0, 4294967295)),
    )


@dataclass(kw_only=True)
class LiveFloorDenyEvt(Message):
    NAME: ClassVar = "FLOOR_DENY"
    TAG: ClassVar = 111
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    reason: str
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("reason", "reason", Enum('the channel is not push-to-talk', 'you neither have the floor nor wait for it')),
    )


@dataclass(kw_only=True)
class LiveFloorTakenEvt(Message):
    """Another member may talk now."""

    NAME: ClassVar = "FLOOR_TAKEN"
    TAG: ClassVar = 112
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    user_id: str  # 0 to 512 bytes
    indicator: str
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("user_id", "user_id", Text(0, 512, 'bytes')),
        Field("indicator", "indicator", Enum('normal', 'broadcast', 'imminent_peril', 'emergency')),
    )


@dataclass(kw_only=True)
class LiveFloorIdleEvt(Message):
    """Nobody talks."""

    NAME: ClassVar = "FLOOR_IDLE"
    TAG: ClassVar = 113
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveFloorRevokeEvt(Message):
    """The holder may talk no longer."""

    NAME: ClassVar = "FLOOR_REVOKE"
    TAG: ClassVar = 114
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    cause: str
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("cause", "cause", Enum('preempted', 'ping_timeout', 'max_duration', 'disconnect', 'admin')),
    )


@dataclass(kw_only=True)
class LiveFloorQueuePosInfoEvt(Message):
    """The place of a waiting requester, from 1."""

    NAME: ClassVar = "FLOOR_QUEUE_POS_INFO"
    TAG: ClassVar = 115
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    queue_position: int  # 1 to 1000
    queue_size: int  # 1 to 1000
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("queue_position", "queue_position", Int(1, 1000)),
        Field("queue_size", "queue_size", Int(1, 1000)),
    )


@dataclass(kw_only=True)
class LiveFloorPongEvt(Message):
    NAME: ClassVar = "FLOOR_PONG"
    TAG: ClassVar = 116
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveErrorEvt(Message):
    NAME: ClassVar = "ERROR"
    TAG: ClassVar = 201
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    code: int
    reason: str  # 0 to 1024 bytes
    FIELDS: ClassVar = (
        Field("code", "code", Int(0, 65535)),
        Field("reason", "reason", Text(0, 1024, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelCreateAck(Message):
    """Answers CHANNEL_CREATE."""

    NAME: ClassVar = "CHANNEL_CREATE_ACK"
    TAG: ClassVar = 200
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 10)
    channel_id: str  # 0 to 512 bytes
    channel_name: str  # 0 to 256 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("channel_name", "channel_name", Text(0, 256, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelJoinAck(Message):
    """Answers CHANNEL_JOIN."""

    NAME: ClassVar = "CHANNEL_JOIN_ACK"
    TAG: ClassVar = 200
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 11)
    channel_id: str  # 0 to 512 bytes
    active_members: list[LiveMember]  # up to 1000
    srtp: LiveSrtp | None = None  # what the client will receive with; may be absent
    media: LiveMedia | None = None  # may be absent
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("active_members", "active_members", Array(Struct(LiveMember), 0, 1000)),
        Field("srtp", "srtp", Struct(LiveSrtp), optional=True),
        Field("media", "media", Struct(LiveMedia), optional=True),
    )


@dataclass(kw_only=True)
class LiveChannelLeaveAck(Message):
    """Answers CHANNEL_LEAVE."""

    NAME: ClassVar = "CHANNEL_LEAVE_ACK"
    TAG: ClassVar = 200
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 12)
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelUpdateAck(Message):
    """Answers CHANNEL_UPDATE."""

    NAME: ClassVar = "CHANNEL_UPDATE_ACK"
    TAG: ClassVar = 200
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 13)
    channel_id: str  # 0 to 512 bytes
    channel_name: str  # 0 to 256 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("channel_name", "channel_name", Text(0, 256, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelDeleteAck(Message):
    """Answers CHANNEL_DELETE."""

    NAME: ClassVar = "CHANNEL_DELETE_ACK"
    TAG: ClassVar = 200
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 14)
    channel_id: str  # 0 to 512 bytes
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
    )


@dataclass(kw_only=True)
class LiveChannelListAck(Message):
    """Answers CHANNEL_LIST."""

    NAME: ClassVar = "CHANNEL_LIST_ACK"
    TAG: ClassVar = 200
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 15)
    channels: list[LiveChannel]  # up to 1000
    FIELDS: ClassVar = (
        Field("channels", "channels", Array(Struct(LiveChannel), 0, 1000)),
    )


@dataclass(kw_only=True)
class LiveChannelInfoAck(Message):
    """Answers CHANNEL_INFO."""

    NAME: ClassVar = "CHANNEL_INFO_ACK"
    TAG: ClassVar = 200
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 16)
    channel_id: str  # 0 to 512 bytes
    channel_name: str  # 0 to 256 bytes
    mode: str
    member_count: int
    capacity: int  # 1 to 1000
    created_at: int  # milliseconds of Unix time
    members: list[LiveMember]  # up to 1000
    FIELDS: ClassVar = (
        Field("channel_id", "channel_id", Text(0, 512, 'bytes')),
        Field("channel_name", "channel_name", Text(0, 256, 'bytes')),
        Field("mode", "mode", Enum('open', 'ptt', 'conference')),
        Field("member_count", "member_count", Int(0, 4294967295)),
        Field("capacity", "capacity", Int(1, 1000)),
        Field("created_at", "created_at", Int(0, 18446744073709551615)),
        Field("members", "members", Array(Struct(LiveMember), 0, 1000)),
    )

# game: Rooms of players with a shared 3D state.


@dataclass(kw_only=True)
class GamePlayerState(Object):
    """Numbers are passed on with the value that they were sent with."""

    name: str  # 1 to 50 characters
    color: str  # the form #[0-9A-Fa-f]{6}
    position: list[float]  # x, y, z
    rotation: list[float]  # w, x, y, z
    animation: str | None = None  # 0 to 256 bytes; may be absent
    velocity: list[float] | None = None  # may be absent
    model_url: str | None = None  # 0 to 2048 bytes; may be absent
    FIELDS: ClassVar = (
        Field("name", "name", Text(1, 50, 'chars')),
        Field("color", "color", Text(pattern='#[0-9A-Fa-f]{6}')),
        Field("position", "position", Array(Number(-1000, 1000), 3, 3)),
        Field("rotation", "rotation", Array(Number(), 4, 4)),
        Field("animation", "animation", Text(0, 256, 'bytes'), optional=True),
        Field("velocity", "velocity", Array(Number(), 3, 3), optional=True),
        Field("modelUrl", "model_url", Text(0, 2048, 'bytes'), optional=True),
    )


@dataclass(kw_only=True)
class GamePlayer(Object):
    client_id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    state: GamePlayerState
    FIELDS: ClassVar = (
        Field("client_id", "client_id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
        Field("state", "state", Struct(GamePlayerState)),
    )


@dataclass(kw_only=True)
class GameEntry(Object):
    """A message in the history."""

    id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    room_id: str  # 1 to 512 bytes
    client_id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    username: str  # 1 to 50 characters
    message: str  # 1 to 1000 bytes
    timestamp: str  # 20 to 40 bytes
    FIELDS: ClassVar = (
        Field("id", "id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
        Field("room_id", "room_id", Text(1, 512, 'bytes')),
        Field("client_id", "client_id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
        Field("username", "username", Text(1, 50, 'chars')),
        Field("message", "message", Text(1, 1000, 'bytes')),
        Field("timestamp", "timestamp", Text(20, 40, 'bytes')),
    )


@dataclass(kw_only=True)
class GameRoom(Object):
    id: str  # 1 to 512 bytes
    name: str  # 1 to 512 bytes
    created_at: str  # 20 to 40 bytes
    last_activity: str  # 20 to 40 bytes
    player_count: int
    FIELDS: ClassVar = (
        Field("id", "id", Text(1, 512, 'bytes')),
        Field("name", "name", Text(1, 512, 'bytes')),
        Field("created_at", "created_at", Text(20, 40, 'bytes')),
        Field("last_activity", "last_activity", Text(20, 40, 'bytes')),
        Field("player_count", "player_count", Int(0, 4294967295)),
    )


@dataclass(kw_only=True)
class GameJoinCmd(Message):
    """Enters a room, and leaves the one before. Joining the same room again renews the state."""

    NAME: ClassVar = "Join"
    TAG: ClassVar = "Join"
    TAG_KEY: ClassVar = "type"
    room_id: str  # 1 to 512 bytes
    name: str  # 1 to 50 characters
    color: str  # the form #[0-9A-Fa-f]{6}
    FIELDS: ClassVar = (
        Field("room_id", "room_id", Text(1, 512, 'bytes')),
        Field("name", "name", Text(1, 50, 'chars')),
        Field("color", "color", Text(pattern='#[0-9A-Fa-f]{6}')),
    )


@dataclass(kw_only=True)
class GameUpdateCmd(Message):
    """Replaces the whole state of the sender; optional fields not given are gone."""

    NAME: ClassVar = "Update"
    TAG: ClassVar = "Update"
    TAG_KEY: ClassVar = "type"
    state: GamePlayerState
    FIELDS: ClassVar = (
        Field("state", "state", Struct(GamePlayerState)),
    )


@dataclass(kw_only=True)
class GameChatCmd(Message):
    """Shows the name of the last update."""

    NAME: ClassVar = "Chat"
    TAG: ClassVar = "Chat"
    TAG_KEY: ClassVar = "type"
    message: str  # 1 to 1000 bytes
    FIELDS: ClassVar = (
        Field("message", "message", Text(1, 1000, 'bytes')),
    )


@dataclass(kw_only=True)
class GameAuthenticateCmd(Message):
    """Proves anew what the session may, before its token expires. At any time."""

    NAME: ClassVar = "Authenticate"
    TAG: ClassVar = "Authenticate"
    TAG_KEY: ClassVar = "type"
    token: str  # 1 to 8192 bytes
    FIELDS: ClassVar = (
        Field("token", "token", Text(1, 8192, 'bytes')),
    )


@dataclass(kw_only=True)
class GameWelcomeEvt(Message):
    """All players, the new one included, and the last messages, oldest first."""

    NAME: ClassVar = "Welcome"
    TAG: ClassVar = "Welcome"
    TAG_KEY: ClassVar = "type"
    client_id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    room_state: list[GamePlayer]  # up to 200
    chat_history: list[GameEntry]  # up to 20
    FIELDS: ClassVar = (
        Field("client_id", "client_id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
        Field("room_state", "room_state", Array(Tuple(GamePlayer), 0, 200)),
        Field("chat_history", "chat_history", Array(Struct(GameEntry), 0, 20)),
    )


@dataclass(kw_only=True)
class GamePlayerJoinedEvt(Message):
    NAME: ClassVar = "PlayerJoined"
    TAG: ClassVar = "PlayerJoined"
    TAG_KEY: ClassVar = "type"
    client_id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    state: GamePlayerState
    FIELDS: ClassVar = (
        Field("client_id", "client_id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
        Field("state", "state", Struct(GamePlayerState)),
    )


@dataclass(kw_only=True)
class GamePlayerUpdateEvt(Message):
    NAME: ClassVar = "PlayerUpdate"
    TAG: ClassVar = "PlayerUpdate"
    TAG_KEY: ClassVar = "type"
    client_id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    state: GamePlayerState
    FIELDS: ClassVar = (
        Field("client_id", "client_id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
        Field("state", "state", Struct(GamePlayerState)),
    )


@dataclass(kw_only=True)
class GamePlayerLeftEvt(Message):
    NAME: ClassVar = "PlayerLeft"
    TAG: ClassVar = "PlayerLeft"
    TAG_KEY: ClassVar = "type"
    client_id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    FIELDS: ClassVar = (
        Field("client_id", "client_id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
    )


@dataclass(kw_only=True)
class GameChatMessageEvt(Message):
    NAME: ClassVar = "ChatMessage"
    TAG: ClassVar = "ChatMessage"
    TAG_KEY: ClassVar = "type"
    client_id: str  # the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    name: str  # 1 to 50 characters
    message: str  # 1 to 1000 bytes
    timestamp: str  # 20 to 40 bytes
    FIELDS: ClassVar = (
        Field("client_id", "client_id", Text(pattern='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')),
        Field("name", "name", Text(1, 50, 'chars')),
        Field("message", "message", Text(1, 1000, 'bytes')),
        Field("timestamp", "timestamp", Text(20, 40, 'bytes')),
    )


@dataclass(kw_only=True)
class GameAuthenticatedEvt(Message):
    NAME: ClassVar = "Authenticated"
    TAG: ClassVar = "Authenticated"
    TAG_KEY: ClassVar = "type"
    expires_at: int  # milliseconds of Unix time
    FIELDS: ClassVar = (
        Field("expires_at", "expires_at", Int(0, 18446744073709551615)),
    )


@dataclass(kw_only=True)
class GameErrorEvt(Message):
    NAME: ClassVar = "Error"
    TAG: ClassVar = "Error"
    TAG_KEY: ClassVar = "type"
    message: str  # 0 to 1024 bytes
    FIELDS: ClassVar = (
        Field("message", "message", Text(0, 1024, 'bytes')),
    )


@dataclass(kw_only=True)
class GamePostChatHistoryBody(Object):
    """The body of POST /chat/history."""

    room_id: str  # 1 to 512 bytes
    limit: int | None = None  # 1 to 4294967295; 50 unless given
    FIELDS: ClassVar = (
        Field("room_id", "room_id", Text(1, 512, 'bytes')),
        Field("limit", "limit", Int(1, 4294967295), optional=True),
    )


class Error(NamedTuple):
    """Why a service refuses something."""

    code: str | int | None  # None where it tells none
    text: str  # {name} and {name:u32} stand for what it fills in


class Wire(NamedTuple):
    """What one service speaks."""

    paths: list[str]  # where its WebSockets are
    tag_key: str
    body_key: str | None
    ack: tuple[int, str, str] | None  # the acks' tag, the key of their op, the key of their data
    commands: dict[str | int, type[Message]]  # by tag
    events: dict[str | int, type[Message]]
    acks: dict[str | int, type[Message]]  # by the tag of the command they answer
    errors: dict[str, Error]
    error_event: type[Message]  # carries them
    error_code: str | None  # its key for their code
    error_text: str  # and for their text


class Close(NamedTuple):
    """How the server ends a WebSocket."""

    code: int
    reason: str


CLOSES = {
    "stopping": Close(1001, "the server is stopping"),
    "silent": Close(1001, "nothing was heard for too long"),
    "reserved_bit": Close(1002, "reserved bit set"),
    "unknown_frame": Close(1002, "unknown opcode"),
    "control_fragmented": Close(1002, "control frame in fragments"),
    "continuation_of_nothing": Close(1002, "continuation of no message"),
    "message_inside_message": Close(1002, "new message inside a fragmented message"),
    "not_masked": Close(1002, "frame not masked"),
    "control_too_long": Close(1002, "control frame over 125 bytes"),
    "close_code_short": Close(1002, "close code of one byte"),
    "close_code_invalid": Close(1002, "invalid close code"),
    "length_not_shortest": Close(1002, "length not in its shortest form"),
    "length_too_great": Close(1002, "length over 63 bits"),
    "text_not_utf8": Close(1007, "text not UTF-8"),
    "reason_not_utf8": Close(1007, "close reason not UTF-8"),
    "too_many_invalid": Close(1008, "too many invalid messages"),
    "too_many_guesses": Close(1008, "too many wrong guesses"),
    "too_many_messages": Close(1008, "too many messages"),
    "too_many_controls": Close(1008, "too many control frames"),
    "too_many_fragments": Close(1008, "message in too many fragments"),
    "not_identified": Close(1008, "not identified in time"),
    "disconnected": Close(1008, "disconnected by the server's administrator"),
    "message_too_big": Close(1009, "message too big"),
    "out_of_memory": Close(1011, "out of memory"),
    "reading_too_slowly": Close(1013, "reading too slowly"),
    "server_full": Close(1013, "the server is full"),
    "server_busy": Close(1013, "the server is busy"),
    "memory_short": Close(1013, "the server is short of memory"),
    "token_expired": Close(3000, "token expired"),
}

SERVICES: dict[str, Wire] = {
    "chat": Wire(
        ["/chat"],
        "type",
        None,
        None,
        {
            "set_username": ChatSetUsernameCmd,
            "create_room": ChatCreateRoomCmd,
            "join_room": ChatJoinRoomCmd,
            "chat": ChatChatCmd,
            "typing": ChatTypingCmd,
            "stop_typing": ChatStopTypingCmd,
            "leave_room": ChatLeaveRoomCmd,
            "authenticate": ChatAuthenticateCmd,
        },
        {
            "connected": ChatConnectedEvt,
            "username_set": ChatUsernameSetEvt,
            "room_created": ChatRoomCreatedEvt,
            "room_joined": ChatRoomJoinedEvt,
            "partner_joined": ChatPartnerJoinedEvt,
            "chat": ChatChatEvt,
            "partner_typing": ChatPartnerTypingEvt,
            "partner_stop_typing": ChatPartnerStopTypingEvt,
            "partner_left": ChatPartnerLeftEvt,
            "authenticated": ChatAuthenticatedEvt,
            "error": ChatErrorEvt,
        },
        {
        },
        {
            "username_required": Error("username_required", "Username is required"),
            "room_not_found": Error("room_not_found", "Room '{room_code}' not found"),
            "room_full": Error("room_full", "Room is full"),
            "not_in_room": Error("not_in_room", "You are not in a room"),
            "already_in_room": Error("already_in_room", "You are already in a room"),
            "invalid_token": Error("invalid_token", "Token is not valid"),
            "tokens_unused": Error("tokens_unused", "Tokens are not used here"),
            "invalid_message": Error("invalid_message", "Invalid message format: {reason}"),
        },
        ChatErrorEvt,
        "code",
        "message",
    ),
    "live": Wire(
        ["/live", "/ws"],
        "op",
        "d",
        (200, "op", "data"),
        {
            1: LiveHeartbeatCmd,
            3: LiveIdentifyCmd,
            10: LiveChannelCreateCmd,
            11: LiveChannelJoinCmd,
            12: LiveChannelLeaveCmd,
            13: LiveChannelUpdateCmd,
            14: LiveChannelDeleteCmd,
            15: LiveChannelListCmd,
            16: LiveChannelInfoCmd,
            20: LiveMessageCreateCmd,
            30: LiveFloorRequestCmd,
            31: LiveFloorReleaseCmd,
            32: LiveFloorPingCmd,
        },
        {
            0: LiveHelloEvt,
            2: LiveHeartbeatAckEvt,
            4: LiveReadyEvt,
            100: LiveChannelEventEvt,
            101: LiveMessageEventEvt,
            110: LiveFloorGrantedEvt,
            111: LiveFloorDenyEvt,
            112: LiveFloorTakenEvt,
            113: LiveFloorIdleEvt,
            114: LiveFloorRevokeEvt,
            115: LiveFloorQueuePosInfoEvt,
            116: LiveFloorPongEvt,
            201: LiveErrorEvt,
        },
        {
            10: LiveChannelCreateAck,
            11: LiveChannelJoinAck,
            12: LiveChannelLeaveAck,
            13: LiveChannelUpdateAck,
            14: LiveChannelDeleteAck,
            15: LiveChannelListAck,
            16: LiveChannelInfoAck,
        },
        {
            "not_authenticated": Error(1000, "Authentication required"),
            "invalid_token": Error(1001, "Invalid or expired token"),
            "unknown_opcode": Error(1003, "Unknown opcode: {op:u8}"),
            "invalid_payload": Error(1004, "Invalid payload: {reason}"),
            "ssrc_in_use": Error(1004, "Invalid payload: ssrc is in use"),
            "srtp_key_wrong": Error(1004, "Invalid payload: srtp.key must be the suite's key and salt in base64"),
            "channel_not_found": Error(2000, "Channel not found: {channel_id}"),
            "channel_full": Error(2001, "Channel is full: {channel_id}"),
            "access_denied": Error(2002, "Access denied to channel: {channel_id}"),
            "already_in_channel": Error(2003, "Already in channel: {channel_id}"),
            "not_in_channel": Error(2004, "Not in channel: {channel_id}"),
            "empty_message": Error(3000, "Message content is empty"),
            "message_too_long": Error(3001, "Message too long: {bytes:u32} chars"),
            "message_not_in_channel": Error(3002, "Must join channel before messaging: {channel_id}"),
            "internal_error": Error(9000, "Internal server error"),
        },
        LiveErrorEvt,
        "code",
        "reason",
    ),
    "game": Wire(
        ["/game"],
        "type",
        None,
        None,
        {
            "Join": GameJoinCmd,
            "Update": GameUpdateCmd,
            "Chat": GameChatCmd,
            "Authenticate": GameAuthenticateCmd,
        },
        {
            "Welcome": GameWelcomeEvt,
            "PlayerJoined": GamePlayerJoinedEvt,
            "PlayerUpdate": GamePlayerUpdateEvt,
            "PlayerLeft": GamePlayerLeftEvt,
            "ChatMessage": GameChatMessageEvt,
            "Authenticated": GameAuthenticatedEvt,
            "Error": GameErrorEvt,
        },
        {
        },
        {
            "parse_error": Error(None, "JSON parse error: {reason}"),
            "invalid_message": Error(None, "{reason}"),
            "not_joined": Error(None, "Join a room first"),
            "room_full": Error(None, "Room is full"),
            "room_refused": Error(None, "The server cannot open another room now"),
            "invalid_token": Error(None, "Token is not valid"),
            "tokens_unused": Error(None, "Tokens are not used here"),
        },
        GameErrorEvt,
        None,
        "message",
    ),
}


def parse_event(service: str, text: str) -> Message:
    """What the server sent, typed."""
    wire = SERVICES[service]
    return _parse(wire, wire.events, text)


def parse_command(service: str, text: str) -> Message:
    """What a client sent, typed."""
    wire = SERVICES[service]
    return _parse(wire, wire.commands, text)


def _parse(wire: Wire, kinds: dict[str | int, type[Message]], text: str) -> Message:
    frame = json.loads(text)
    if not isinstance(frame, dict):
        raise ValueError("a message must be a JSON object")
    tag = frame.get(wire.tag_key)
    body = frame if wire.body_key is None else frame.get(wire.body_key)
    if kinds is wire.events and wire.ack and tag == wire.ack[0] and isinstance(body, dict):
        kinds, tag, body = wire.acks, body.get(wire.ack[1]), body.get(wire.ack[2])
    if isinstance(tag, bool) or not isinstance(tag, (str, int)) or tag not in kinds:
        raise ValueError(f"unknown {wire.tag_key} {tag!r}")
    kind = kinds[tag]
    return kind.load(body) if kind.FIELDS else kind()
