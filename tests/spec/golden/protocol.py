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

VERSION = 3
SPEC_HASH = "fe5961124f2f100e8a4fceab19702a500937ecb5a32f863d749491b1260ff079"

DESK_MAX = 40  # People at one desk.
FRAME_BYTES_MAX = 200  # What a client sends at once.
BODY_BYTES_MAX = 100  # What a request holds.


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


# http: What the server says.


@dataclass(kw_only=True)
class HttpFault(Object):
    status: int
    what: str  # 1 to 20 bytes
    FIELDS: ClassVar = (
        Field("status", "status", Int(0, 65535)),
        Field("what", "what", Text(1, 20, 'bytes')),
    )


@dataclass(kw_only=True)
class HttpPostTintBody(Object):
    """The body of POST /tint."""

    tint: str
    FIELDS: ClassVar = (
        Field("tint", "tint", Enum('red', 'green')),
    )

# talk: Says things.


@dataclass(kw_only=True)
class TalkSpot(Object):
    """A place on the map."""

    at: list[float]
    note: str | None = None  # 0 to 9 characters; may be absent
    FIELDS: ClassVar = (
        Field("at", "at", Array(Number(-1, 1), 2, 2)),
        Field("note", "note", Text(0, 9, 'chars'), optional=True),
    )


@dataclass(kw_only=True)
class TalkPair(Object):
    who: str  # 1 to 20 bytes
    mood: str
    FIELDS: ClassVar = (
        Field("who", "who", Text(1, 20, 'bytes')),
        Field("mood", "mood", Enum('calm', 'very angry')),
    )


@dataclass(kw_only=True)
class TalkSayNameCmd(Message):
    """Names the session."""

    NAME: ClassVar = "SayName"
    TAG: ClassVar = "SayName"
    TAG_KEY: ClassVar = "type"
    name: str  # 1 to 20 bytes
    secret_word: str  # 4 to 8 bytes
    FIELDS: ClassVar = (
        Field("name", "name", Text(1, 20, 'bytes')),
        Field("secretWord", "secret_word", Text(4, 8, 'bytes')),
    )


@dataclass(kw_only=True)
class TalkSayCmd(Message):
    NAME: ClassVar = "say"
    TAG: ClassVar = "say"
    TAG_KEY: ClassVar = "type"
    text: str  # 0 to 30 bytes
    loud: bool | None = None  # false unless given
    mood: str | None = None  # "calm" unless given
    times: int | None = None  # 1 to 5; 1 unless given
    spot: TalkSpot | None = None  # where it is said; may be absent
    about: str | None = None  # 1 to 20 bytes; may be null
    level: int  # 3 to 6
    FIELDS: ClassVar = (
        Field("text", "text", Text(0, 30, 'bytes')),
        Field("loud", "loud", Bool(), optional=True),
        Field("mood", "mood", Enum('calm', 'very angry'), optional=True),
        Field("times", "times", Int(1, 5), optional=True),
        Field("spot", "spot", Struct(TalkSpot), optional=True),
        Field("about", "about", Text(1, 20, 'bytes'), nullable=True),
        Field("level", "level", Int(3, 6)),
    )


@dataclass(kw_only=True)
class TalkHelloEvt(Message):
    """Greets."""

    NAME: ClassVar = "hello"
    TAG: ClassVar = "hello"
    TAG_KEY: ClassVar = "type"


@dataclass(kw_only=True)
class TalkSaidEvt(Message):
    NAME: ClassVar = "said"
    TAG: ClassVar = "said"
    TAG_KEY: ClassVar = "type"
    who: str  # 1 to 20 bytes
    to: str | None = None  # 1 to 20 bytes; may be null
    text: str  # 0 to 30 bytes
    ring: str | None = None  # the form #[0-9A-F]{2}-x; may be absent
    spot: TalkSpot | None = None  # may be absent
    FIELDS: ClassVar = (
        Field("who", "who", Text(1, 20, 'bytes')),
        Field("to", "to", Text(1, 20, 'bytes'), nullable=True),
        Field("text", "text", Text(0, 30, 'bytes')),
        Field("ring", "ring", Text(pattern='#[0-9A-F]{2}-x'), optional=True),
        Field("spot", "spot", Struct(TalkSpot), optional=True),
    )


@dataclass(kw_only=True)
class TalkPresentEvt(Message):
    NAME: ClassVar = "present"
    TAG: ClassVar = "present"
    TAG_KEY: ClassVar = "type"
    pairs: list[TalkPair]  # up to 40
    FIELDS: ClassVar = (
        Field("pairs", "pairs", Array(Tuple(TalkPair), 0, 40)),
    )


@dataclass(kw_only=True)
class TalkErrorEvt(Message):
    NAME: ClassVar = "error"
    TAG: ClassVar = "error"
    TAG_KEY: ClassVar = "type"
    message: str  # 0 to 200 bytes
    FIELDS: ClassVar = (
        Field("message", "message", Text(0, 200, 'bytes')),
    )


@dataclass(kw_only=True)
class TalkPostSayBody(Object):
    """The body of POST /say."""

    text: str  # 1 to 30 bytes
    mood: str | None = None  # may be absent
    at: TalkSpot  # where
    FIELDS: ClassVar = (
        Field("text", "text", Text(1, 30, 'bytes')),
        Field("mood", "mood", Enum('calm', 'very angry'), optional=True),
        Field("at", "at", Struct(TalkSpot)),
    )

# desk: Takes numbers.


@dataclass(kw_only=True)
class DeskOpenCmd(Message):
    NAME: ClassVar = "OPEN"
    TAG: ClassVar = 1
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"


@dataclass(kw_only=True)
class DeskPutCmd(Message):
    NAME: ClassVar = "PUT"
    TAG: ClassVar = 2
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    number: int  # 0 to 999
    count: int  # 2 to 8
    room: int | None = None  # 4 to 4000000000; may be absent
    label: str  # 2 to 9 bytes
    FIELDS: ClassVar = (
        Field("number", "number", Int(0, 999)),
        Field("count", "count", Int(2, 8)),
        Field("room", "room", Int(4, 4000000000), optional=True),
        Field("label", "label", Text(2, 9, 'bytes')),
    )


@dataclass(kw_only=True)
class DeskFailEvt(Message):
    NAME: ClassVar = "FAIL"
    TAG: ClassVar = 8
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    code: int
    why: str  # 0 to 99 bytes
    FIELDS: ClassVar = (
        Field("code", "code", Int(0, 255)),
        Field("why", "why", Text(0, 99, 'bytes')),
    )


@dataclass(kw_only=True)
class DeskOpenAck(Message):
    """Answers OPEN."""

    NAME: ClassVar = "OPEN_ACK"
    TAG: ClassVar = 9
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 1)


@dataclass(kw_only=True)
class DeskPutAck(Message):
    """Answers PUT."""

    NAME: ClassVar = "PUT_ACK"
    TAG: ClassVar = 9
    TAG_KEY: ClassVar = "op"
    BODY_KEY: ClassVar = "d"
    ACK: ClassVar = ("op", "data", 2)
    number: int
    label: str | None = None  # 1 to 20 bytes; may be absent
    FIELDS: ClassVar = (
        Field("number", "number", Int(0, 65535)),
        Field("label", "label", Text(1, 20, 'bytes'), optional=True),
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
    "tired": Close(1001, "tired"),
    "late": Close(1001, "it is late"),
    "why_not": Close(4000, "why \"not\"?"),
}

SERVICES: dict[str, Wire] = {
    "talk": Wire(
        ["/talk", "/t"],
        "type",
        None,
        None,
        {
            "SayName": TalkSayNameCmd,
            "say": TalkSayCmd,
        },
        {
            "hello": TalkHelloEvt,
            "said": TalkSaidEvt,
            "present": TalkPresentEvt,
            "error": TalkErrorEvt,
        },
        {
        },
        {
            "unnamed": Error(None, "Say your name first"),
            "named": Error(None, "You have a name"),
            "invalid": Error(None, "Invalid: {reason}"),
            "bad_json": Error(None, "Not JSON: {reason}"),
            "too_loud": Error(None, "{name} is too loud by {by:u8}"),
        },
        TalkErrorEvt,
        None,
        "message",
    ),
    "desk": Wire(
        [],
        "op",
        "d",
        (9, "op", "data"),
        {
            1: DeskOpenCmd,
            2: DeskPutCmd,
        },
        {
            8: DeskFailEvt,
        },
        {
            1: DeskOpenAck,
            2: DeskPutAck,
        },
        {
            "closed": Error(1, "Closed"),
            "bad": Error(2, "Bad: {reason}"),
            "no_op": Error(3, "No op {op:u8}"),
            "broken": Error(4, "Broken"),
            "odd": Error(5, "Odd"),
            "stray": Error(5, "Stray"),
            "long": Error(6, "{bytes:u32} is long"),
            "few": Error(8, "Few"),
            "many": Error(9, "Many"),
            "short": Error(7, "{bytes:u32} is short"),
        },
        DeskFailEvt,
        "code",
        "why",
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
