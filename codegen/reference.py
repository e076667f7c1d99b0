"""What the reference page for people says of a message, in sentences."""

from __future__ import annotations

import json

from .model import Command, Event, Field, Refusal, Route, Service, Type
from .source import listed

AUDIENCES = {"sender": "the sender", "partner": "the partner", "others": "the others", "room": "the room",
             "channel": "all members", "all": "everybody"}


def looks(service: Service) -> str:
    """The envelope, by example."""
    tag = service.envelope.tag
    value = json.dumps(service.commands[0].tag)
    return f'{{"{tag}": {value}, "{service.envelope.body}": {{…}}}}' if service.envelope.body else \
        f'{{"{tag}": {value}, …}}'


def type_text(type_: Type, short: bool = True) -> str:
    if type_.kind == "array" and type_.of and type_.of.c_name:
        count = str(type_.max) if type_.min == type_.max else f"{type_.min} to {type_.max}"
        return f"array of {count} {type_text(type_.of)}"
    if type_.c_name and short:
        return f"`{type_.name}`"
    text = type_.rule.removeprefix("must be ").removeprefix("a ").removeprefix("an ")
    if type_.pattern:
        text = f"string of the form `{type_.pattern}`"
    return text


def value_text(field: Field) -> str:
    parts = [type_text(field.type) + (" or null" if field.nullable else "")]
    if field.type.check:
        parts.append(field.type.check.text)
    if field.default is not None:
        parts.append(f"`{json.dumps(field.default)}` unless given")
    parts += [doc for doc in (field.doc or field.type.doc if not field.type.c_name else field.doc,) if doc]
    parts += ["never logged"] if field.type.secret else []
    return "; ".join(parts)


def choices_text(type_: Type) -> str:
    return listed((f"`{choice.value}`" for choice in type_.choices), "or")


def sentences(message: Command | Event) -> str:
    parts = event_parts(message) if isinstance(message, Event) else command_parts(message)
    return " ".join(part for part in parts if part)


def event_parts(event: Event) -> list[str]:
    parts = [event.doc, "Carries an error." if event.is_error else ""]
    for audience in dict.fromkeys(who for _, who in event.emitters):
        causes = " or ".join(f"`{command}`" for command, who in event.emitters if who == audience)
        parts.append(f"To {AUDIENCES[audience]}, after {causes}.")
    parts += [f"Unasked, to {AUDIENCES[audience]}." for audience in event.unasked]
    if event.delivery == "volatile":
        parts.append("Dropped when the reader lags.")
    elif event.delivery == "latest" and event.key:
        parts.append(f"When the reader lags, a newer one replaces the one before of the same `{event.key.name}`.")
    return parts


def route_text(route: Route) -> str:
    parts = [route.doc, "On the admin port only." if route.admin else "", "Who has it already is answered 304, by ETag." if route.etag else "",
             "Asks for a token where the server does." if route.token else "",
             f"May be refused with {statuses(route.refusals)}." if route.refusals else ""]
    return " ".join(part for part in parts if part)


def statuses(refusals: list[Refusal]) -> str:
    return listed((str(refusal.status) for refusal in refusals), "or")


def command_parts(command: Command) -> list[str]:
    parts = [command.doc]
    if command.needs:
        needs = listed(f"{'' if need.present else 'not '}`{need.guard.name}` (else `{need.error.name}`)"
                       for need in command.needs)
        parts.append(f"Needs {needs}.")
    if command.emits:
        sent = listed(f"`{emit.event.name}` to {AUDIENCES[emit.audience]}" for emit in command.emits)
        parts.append(f"Sends {sent}.")
    if command.errors:
        parts.append(f"May raise {listed(f'`{error.name}`' for error in command.errors)}.")
    return parts
