"""The checked model of the protocol: what the templates and the other outputs print.

Built by language.py and never changed afterwards. Everything a template needs is computed here, C names
and C types above all; a template has no logic beyond for and if.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

AUDIENCES = ("sender", "partner", "others", "room", "channel", "all")
INTS = {"u8": (0, 2**8 - 1), "u16": (0, 2**16 - 1), "u32": (0, 2**32 - 1), "u64": (0, 2**64 - 1)}


def c_number(number: float | None) -> str:
    """A literal of C."""
    return f"{number}u" if isinstance(number, int) and number >= 2**31 else str(number)


@dataclass(eq=False)
class Limit:
    name: str  # egress_messages_max
    c_name: str  # EGRESS_MESSAGES_MAX
    value: int
    doc: str


@dataclass(eq=False)
class Reason:
    """Why the server ends a WebSocket."""

    name: str  # reading_too_slowly
    c_name: str  # CLOSE_READING_TOO_SLOWLY
    text: str  # as in the Close frame
    code: int


@dataclass(eq=False)
class Close:
    """A close code, and the reasons that go with it."""

    name: str  # try_again_later
    code: int
    doc: str
    reasons: list[Reason]


@dataclass(eq=False)
class Part:
    """One step of a pattern: `count` characters, each in one of the ranges (first, last)."""

    ranges: list[tuple[str, str]]
    count: int


@dataclass(eq=False)
class Check:
    """A predicate written by hand, `bool <c_name>(...)`: the one escape hatch."""

    name: str
    c_name: str
    text: str  # "must have a norm within 0.1 of 1"
    error: Error | None
    good: list[Any]  # values that pass and fail: nobody could derive them
    bad: list[Any]


@dataclass(eq=False)
class Choice:
    """One value of an enum."""

    value: str  # as on the wire
    c_name: str  # LIVE_MODE_OPEN


@dataclass(eq=False)
class Type:
    kind: str  # str bool int f64 enum array struct tuple
    name: str  # under `types`; "" when written in place
    doc: str
    c_type: str  # "struct str", "uint32_t", "enum live_mode", "struct game_player_state"
    rule: str  # "must be a string of 1 to 32 bytes"
    base: str = ""  # of an int: u32
    min: int | float | None = None  # bytes, characters, items, or the number itself; inclusive
    max: int | float | None = None
    unit: str = ""  # of a str: bytes or chars
    pattern: str = ""
    parts: list[Part] = field(default_factory=list)  # of the pattern
    choices: list[Choice] = field(default_factory=list)  # of an enum
    of: Type | None = None  # of an array
    fields: list[Field] = field(default_factory=list)  # of a struct or tuple
    c_name: str = ""  # of an enum or struct, without "struct": game_player_state
    check: Check | None = None
    min_error: Error | None = None  # what a value below min raises; None: the service's `invalid`
    max_error: Error | None = None
    example: Any = None  # a value of it, where one says more than a made-up one
    secret: bool = False  # never logged
    encoded_max: int = 0  # most bytes it takes as JSON
    decoded: bool = False  # some command or HTTP request holds it
    encoded: bool = False  # some event, ack or HTTP answer holds it

    @property
    def fixed(self) -> bool:
        """An array of always the same number of scalars: `struct number position[3]` in C."""
        return self.kind == "array" and self.min == self.max

    @property
    def c_min(self) -> str:
        return c_number(self.min)

    @property
    def c_max(self) -> str:
        return c_number(self.max)

    @property
    def c_base_max(self) -> str:
        """The greatest number that the C type holds; of another kind, none."""
        return c_number(INTS[self.base][1]) if self.base in INTS else ""

    @property
    def bytes_max(self) -> int:
        """Of a str, in UTF-8."""
        return self.max if self.unit == "bytes" else 4 * self.max

    @property
    def prefix(self) -> str:
        """What each text of the pattern begins with."""
        fixed = takewhile(lambda part: len(part.ranges) == 1 and part.ranges[0][0] == part.ranges[0][1], self.parts)
        return "".join(part.ranges[0][0] * part.count for part in fixed)


@dataclass(eq=False)
class Field:
    name: str  # as on the wire
    c_name: str
    type: Type
    doc: str
    optional: bool = False  # may be absent (from a client, null means absent)
    nullable: bool = False  # always present, may be null
    default: Any = None  # what an absent one means; then C has no has_<name>
    c_default: str = ""
    c_comment: str = ""  # "1 to 32 bytes; may be absent"

    @property
    def has(self) -> bool:
        """Whether C carries `bool has_<c_name>`: false when absent or null."""
        return (self.optional and not self.c_default) or self.nullable

    @property
    def key(self) -> str:
        return f'"{self.name}":'

    @property
    def rule(self) -> str:
        return self.type.rule + (" or null" if self.nullable else "")


@dataclass(eq=False)
class Arg:
    """A hole in an error's text."""

    name: str
    c_name: str
    c_type: str  # struct str, or an integer type
    is_str: bool


@dataclass(eq=False)
class Error:
    name: str
    c_name: str  # CHAT_ERROR_ROOM_NOT_FOUND
    c_function: str  # chat_error_room_not_found
    code: int | str | None  # on the wire; None where the error event carries none
    text: str  # "Room '{room_code}' not found"
    parts: list[str | Arg]  # the same, cut at its holes
    args: list[Arg]
    doc: str = ""


@dataclass(eq=False)
class Guard:
    name: str
    c_name: str  # CHAT_IN_ROOM
    bit: int
    doc: str
    absent: Error | None  # raised when a command needs it and it is absent
    present: Error | None  # raised when a command needs it not and it is present


@dataclass(eq=False)
class Need:
    guard: Guard
    present: bool  # false: `not in_room`
    error: Error


@dataclass(eq=False)
class Message:
    """What commands, events, acks and HTTP bodies have in common."""

    name: str
    c_name: str  # room_joined
    c_struct: str  # chat_room_joined_evt
    c_enum: str  # CHAT_ROOM_JOINED_EVT
    doc: str
    fields: list[Field]


@dataclass(eq=False)
class Command(Message):
    tag: int | str
    c_handler: str  # chat_on_join_room
    needs: list[Need]
    emits: list[Emit]
    errors: list[Error]  # what its handler may raise
    ack: Event | None = None


@dataclass(eq=False)
class Event(Message):
    tag: int | str
    open: str  # the text before its fields: {"type":"chat"   or   {"op":4,"d":{
    close: str  # the text after them
    comma_first: bool  # whether the first field is preceded by a comma
    encoded_max: int = 0
    delivery: str = "reliable"  # or latest, seals, volatile
    c_delivery: str = "DELIVERY_RELIABLE"
    key: Field | None = None  # its value says which queued one is replaced, or sealed
    acks: Command | None = None  # the command that it answers as its ack
    is_error: bool = False
    emitters: list[tuple[str, str]] = field(default_factory=list)  # (command, audience)
    unasked: list[str] = field(default_factory=list)  # audiences that get it without a command


@dataclass(eq=False)
class Emit:
    event: Event
    audience: str


@dataclass(eq=False)
class Body(Message):
    """A request or an answer over HTTP."""

    route: Route
    status: int | None  # of an answer
    bare: bool  # the whole body is the value of its one field, `items`
    open: str
    close: str
    encoded_max: int
    content: str = "application/json"  # its type
    is_file: bool = False  # the spec says nothing of it but its type


@dataclass(eq=False)
class Refusal:
    """An answer that says what is wrong; they all have one shape, Http.refused_as."""

    status: int
    name: str  # "Not Found"
    doc: str


@dataclass(eq=False)
class Route:
    name: str  # post_chat_history
    c_enum: str  # GAME_POST_CHAT_HISTORY
    method: str
    path: str
    doc: str = ""
    request: Body | None = None
    answers: list[Body] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)  # beside those that any request may meet
    etag: bool = False  # the answer has an ETag, and who has it already gets 304
    token: bool = False  # where the server asks for tokens, it asks here too
    admin: bool = False  # on the admin port, and only there
    allow: str = ""  # all methods of its path, as the header Allow lists them

    @property
    def bodies(self) -> list[Body]:
        """The answers that are written from a struct."""
        return [answer for answer in self.answers if not answer.is_file]


@dataclass(frozen=True)
class Envelope:
    tag: str
    tag_base: str = "str"  # or u8
    body: str = ""  # empty when the fields lie beside the tag
    ack: str = ""  # name of the ack's event
    ack_tag: int = 0
    ack_tag_key: str = ""
    ack_body_key: str = ""


@dataclass(eq=False)
class Section:
    """What has names of its own in C: a service, or what the server itself says over HTTP."""

    name: str
    c_name: str
    c_macro: str  # CHAT
    doc: str
    texts: list[Type] = field(default_factory=list)  # strs that have names, shared ones that it uses too
    enums: list[Type] = field(default_factory=list)
    structs: list[Type] = field(default_factory=list)  # tuples too; each after those that it holds
    encoders: list[Type] = field(default_factory=list)  # structs that are written by themselves, too
    routes: list[Route] = field(default_factory=list)

    @property
    def speaks(self) -> bool:
        """Whether it has messages."""
        return False

    @property
    def decoded(self) -> list[Message | Type]:
        """What may hold checks, and errors of its own."""
        return [*self.structs, *(route.request for route in self.routes if route.request)]


@dataclass(eq=False)
class Http(Section):
    refusals: list[Refusal] = field(default_factory=list)
    refused_as: Type = field(init=False)  # the body of every refusal
    always: list[Refusal] = field(default_factory=list)  # what any request may meet
    tokens: list[Refusal] = field(default_factory=list)  # what one may meet that needs a token
    no_path: Refusal = field(init=False)  # what a path without a route meets
    no_method: Refusal = field(init=False)  # and another method of a path with one
    upgrades: list[Refusal] = field(default_factory=list)  # what the handshake of a WebSocket may meet


@dataclass(eq=False, kw_only=True)
class Service(Section):
    envelope: Envelope
    paths: list[str] = field(default_factory=list)  # where its WebSockets are
    guards_first: bool = False  # before the payload, and for unknown tags too
    needs: list[Need] = field(default_factory=list)  # of every command that names none, and of unknown ones
    errors: list[Error] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)  # acks last
    greeting: Event | None = None  # sent first, unasked
    unasked: list[Emit] = field(default_factory=list)  # sent by timers and on closing
    error_event: Event = field(init=False)
    error_code: Field | None = None  # the fields of the error event that take the code and the text
    error_text: Field = field(init=False)
    invalid: Error = field(init=False)  # what does not decode; has the one hole {reason}
    not_json: Error = field(init=False)  # the same for text that is not JSON; often `invalid` itself
    unknown: Error = field(init=False)  # an unknown tag; often `invalid` itself, else its hole is the tag
    internal: Error | None = None
    event_encoded_max: int = 0

    @property
    def speaks(self) -> bool:
        return True

    @property
    def decoded(self) -> list[Message | Type]:
        return [*self.commands, *super().decoded]


@dataclass(eq=False)
class Protocol:
    file: str
    version: int
    hash: str  # SHA-256 of the file
    limits: list[Limit]
    closes: list[Close]
    services: list[Service]
    http: Http | None

    @property
    def reasons(self) -> list[Reason]:
        return [reason for close in self.closes for reason in close.reasons]

    @property
    def sections(self) -> list[Section]:
        return [*([self.http] if self.http else []), *self.services]

    @property
    def routes(self) -> list[Route]:
        return [route for section in self.sections for route in section.routes]
