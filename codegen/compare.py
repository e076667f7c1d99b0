"""What a change to the protocol breaks, by direction.

Two questions: does a client that speaks OLD understand a server that speaks NEW, and does a client that speaks NEW
get on with a server that speaks OLD? A client writes commands and reads events; so what a NEW reader refuses of what
an OLD writer writes breaks old clients when it is in a command, and old servers when it is in an event, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol as Shape
from typing import TypeVar

from .model import Body, Field, Message, Protocol, Section, Service, Type
from .values import shown

OLD_CLIENTS = "breaks old clients"
OLD_SERVERS = "breaks old servers"


class Named(Shape):
    name: str


Item = TypeVar("Item", bound=Named)


def compare(old: Protocol, new: Protocol) -> list[str]:
    """One line for each break: `breaks old clients: chat.command.join_room.room_code: …`."""
    found: list[str] = []
    for before, after, name in pairs(old.services, new.services):
        if after is None:
            found.append(f"{OLD_CLIENTS}: {name}: the service is gone")
        elif before is None:
            found.append(f"{OLD_SERVERS}: {name}: the service is new")
        else:
            found += [*compare_services(before, after), *routes(before, after)]
    for reason, reason_now, name in pairs(old.reasons, new.reasons):
        if reason and reason_now and reason.code != reason_now.code:
            found.append(f"{OLD_CLIENTS}: close.{name}: its code was {reason.code}, now {reason_now.code}")
    if old.http and new.http:
        found += routes(old.http, new.http)
    return sorted(dict.fromkeys(found))


def pairs(old: Iterable[Item], new: Iterable[Item]) -> Iterator[tuple[Item | None, Item | None, str]]:
    before, after = {item.name: item for item in old}, {item.name: item for item in new}
    for name in before | after:
        yield before.get(name), after.get(name), name


def compare_services(old: Service, new: Service) -> Iterator[str]:
    name = new.name
    if old.envelope != new.envelope:
        yield f"{OLD_CLIENTS}: {name}: the envelope changed"
        yield f"{OLD_SERVERS}: {name}: the envelope changed"
    for path in sorted({*old.paths} - {*new.paths}):
        yield f"{OLD_CLIENTS}: {name}: it is not at {path} any more"
    for path in sorted({*new.paths} - {*old.paths}):
        yield f"{OLD_SERVERS}: {name}: it is at {path} only now"
    for before, after, command in pairs(old.commands, new.commands):
        yield from messages(before, after, f"{name}.command.{command}", to_server=True)
        if before and after:
            yield from new_needs(before.needs, after.needs, f"{name}.command.{command}")
    for event_before, event_after, event in pairs(old.events, new.events):
        yield from messages(event_before, event_after, f"{name}.event.{event}", to_server=False)
    for error_before, error_after, error in pairs(old.errors, new.errors):
        if error_before and error_after and error_before.code != error_after.code:
            yield f"{OLD_CLIENTS}: {name}.error.{error}: its code was {error_before.code}, now {error_after.code}"


def new_needs(old: list, new: list, path: str) -> Iterator[str]:  # type: ignore[type-arg]
    known = {(need.guard.name, need.present) for need in old}
    for need in new:
        if (need.guard.name, need.present) not in known:
            yield f"{OLD_CLIENTS}: {path}: now needs {'' if need.present else 'not '}{need.guard.name}"


def messages(old: Message | None, new: Message | None, path: str, to_server: bool) -> Iterator[str]:
    """A message that one side writes and the other does not know."""
    if old is None and new:
        # A new command is only sent by new clients; a new event only by new servers.
        yield f"{OLD_SERVERS if to_server else OLD_CLIENTS}: {path}: the message is new"
    elif new is None:
        yield f"{OLD_CLIENTS if to_server else OLD_SERVERS}: {path}: the message is gone"
    else:
        assert old and new
        if getattr(old, "tag", None) != getattr(new, "tag", None):
            yield f"{OLD_CLIENTS}: {path}: its tag changed"
            yield f"{OLD_SERVERS}: {path}: its tag changed"
        yield from bodies(old, new, path, to_server)


def bodies(old: Message, new: Message, path: str, to_server: bool) -> Iterator[str]:
    """Old clients write for new readers on the way to the server; on the way back they read new writers."""
    written_by_old = OLD_CLIENTS if to_server else OLD_SERVERS
    written_by_new = OLD_SERVERS if to_server else OLD_CLIENTS
    yield from (f"{written_by_old}: {text}" for text in refusals(old.fields, new.fields, path, to_server))
    yield from (f"{written_by_new}: {text}" for text in refusals(new.fields, old.fields, path, to_server))


def refusals(writer: list[Field], reader: list[Field], path: str, to_server: bool) -> Iterator[str]:
    """What the reader refuses of what the writer may write."""
    for wrote, reads, name in pairs(writer, reader):
        where = f"{path}.{name}"
        if reads is None:
            # A server ignores fields that it does not know; a client is promised to see none.
            if not to_server:
                yield f"{where}: a field that the reader does not know"
        elif wrote is None:
            if not reads.optional:
                yield f"{where}: the reader requires it, the writer does not write it"
        else:
            if wrote.optional and not reads.optional:
                yield f"{where}: the writer may leave it out, the reader requires it"
            if wrote.nullable and not (reads.nullable or reads.optional and to_server):
                yield f"{where}: the writer may write null, the reader refuses it"
            yield from misfits(wrote.type, reads.type, where, to_server)


def misfits(wrote: Type, reads: Type, path: str, to_server: bool) -> Iterator[str]:
    """Values that the writer may write and the reader refuses."""
    if wrote.kind != reads.kind and not (wrote.kind == "enum" and reads.kind == "str"):
        if not (wrote.kind == "int" and reads.kind == "f64"):
            yield f"{path}: the writer writes {kind_of(wrote)}, the reader expects {kind_of(reads)}"
            return
    if reads.kind == "enum":
        for value in [c.value for c in wrote.choices if c.value not in [d.value for d in reads.choices]]:
            yield f"{path}: the writer may write {value}, which the reader does not know"
    elif wrote.kind != "enum":
        yield from bounds(wrote, reads, path)
    if reads.kind == "array" and wrote.of and reads.of:
        yield from misfits(wrote.of, reads.of, f"{path}[]", to_server)
    elif reads.kind == "tuple" and [f.name for f in wrote.fields] != [f.name for f in reads.fields]:
        yield f"{path}: the places of the tuple changed"
    elif reads.fields:
        yield from refusals(wrote.fields, reads.fields, path, to_server)


def bounds(wrote: Type, reads: Type, path: str) -> Iterator[str]:
    if reads.pattern and reads.pattern != wrote.pattern:
        yield f"{path}: the reader expects the form {reads.pattern}"
        return
    if reads.check and (wrote.check is None or wrote.check.name != reads.check.name):
        yield f"{path}: the reader checks that it {reads.check.text}"
    low, high = widths(wrote, reads)
    unit = f" {reads.unit}" if reads.unit else ""
    if reads.min is not None and (low is None or low < reads.min):
        yield f"{path}: the writer goes down to {text(low)}{unit}, the reader refuses below {shown(reads.min)}"
    if reads.max is not None and (high is None or high > reads.max):
        yield f"{path}: the writer goes up to {text(high)}{unit}, the reader refuses above {shown(reads.max)}"


def widths(wrote: Type, reads: Type) -> tuple[float | None, float | None]:
    """The writer's bounds in the reader's unit: a character is one to four bytes."""
    low, high = wrote.min, wrote.max
    if low is not None and high is not None and wrote.unit != reads.unit:
        if reads.unit == "bytes":
            return low, high * 4
        return -(-low // 4), high
    return low, high


def text(number: float | None) -> str:
    return "any number" if number is None else shown(number)


def kind_of(type_: Type) -> str:
    return type_.rule.removeprefix("must be ")


def routes(old: Section, new: Section) -> Iterator[str]:
    for before, after, name in pairs(old.routes, new.routes):
        path = f"{new.name}.http.{name}"
        if after is None:
            yield f"{OLD_CLIENTS}: {path}: the route is gone"
        elif before is None:
            yield f"{OLD_SERVERS}: {path}: the route is new"
        else:
            empty = Body("", "", "", "", "", [], after, None, False, "", "", 0)
            yield from bodies(before.request or empty, after.request or empty, f"{path}.body", to_server=True)
            for answered, answers, status in pairs(before.answers, after.answers):
                yield from messages(answered, answers, f"{new.name}.http.{status}", to_server=False)
