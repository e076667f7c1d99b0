"""The language of commands and events."""

from __future__ import annotations

import json
from functools import partial

from .fields import Scope, check_name, encoded_max, parse_fields
from .model import AUDIENCES, Command, Emit, Event, Field, Need, Service, Type
from .names import macro, snake
from .reach import check_reach
from .source import Report, Value, doc_of, listed, maybe

COMMAND_WORDS = ("op", "doc", "needs", "fields", "ack", "emits", "errors")
EVENT_WORDS = ("op", "doc", "delivery", "fields")


def mark(fields: list[Field], word: str) -> None:
    """Notes on each type below that it is `decoded` or `encoded`."""
    for type_ in [field.type for field in fields]:
        mark_type(type_, word)


def mark_type(type_: Type, word: str) -> None:
    while type_.of:
        setattr(type_, word, True)
        type_ = type_.of
    setattr(type_, word, True)
    mark(type_.fields, word)


def object_max(fields: list[Field]) -> int:
    """Most bytes of the fields with their keys and commas."""
    return sum(len(field.key.encode()) + encoded_max(field) + 1 for field in fields)


def tag_of(name: str, words: dict[str, Value], key: Value, service: Service) -> int | str:
    """The tag's value: the message's name, or its op where the envelope's tag is a number."""
    if service.envelope.tag_base == "str":
        if "op" in words:
            words["op"].fail("op is for an envelope whose tag is a number; here the name is the tag")
        return name
    if "op" not in words:
        key.fail(f"{name} needs its op: the envelope's tag is a number")
    number = words["op"].integer()
    if not 0 <= number <= 255:
        words["op"].fail("an op lies within 0 and 255")
    return number


def read_fields(words: dict[str, Value], word: str, service: Service, scope: Scope, beside_tag: bool) -> list[Field]:
    if word not in words:
        return []
    fields = parse_fields(words[word], scope)
    for field in fields:
        if beside_tag and field.name == service.envelope.tag:
            words[word].fail(f"a field named {field.name} would stand beside the tag of the same name")
    return fields


def first_present(fields: list[Field], value: Value) -> None:
    """Encoders write a comma before every field but the first, so the first must always be there."""
    if fields and fields[0].optional:
        value.fail(f"{fields[0].name}? may be absent, so it cannot be the first field that the server writes")


def check_structs(structs: list[Type], value: Value) -> None:
    """The same for the objects that it holds."""
    for type_ in structs:
        if type_.fields[0].optional:
            value.fail(f"the first field of {type_.name} may be absent, so it cannot be written; put another first")


def parse_events(service: Service, value: Value, scope: Scope, report: Report) -> None:
    report.each(value, partial(read_event, service, scope))
    if not service.events:
        value.fail("a service needs at least one event, that of its errors")


def read_event(service: Service, scope: Scope, key: Value, value: Value) -> None:
    name = check_name(key, "an event", alone=True)
    words = value.words((), EVENT_WORDS, f"in event {name}")
    tag = tag_of(name, words, key, service)
    envelope = service.envelope
    if envelope.ack and tag == envelope.ack_tag:
        words["op"].fail(f"op {tag} is that of acks")
    fields = read_fields(words, "fields", service, scope, not envelope.body)
    start = "{" + f"{json.dumps(envelope.tag)}:{json.dumps(tag)}"
    if not envelope.body:
        text = (start, "}", True)
    elif fields:
        first_present(fields, words["fields"])
        text = (start + f",{json.dumps(envelope.body)}:{{", "}}", False)
    else:
        text = (start + f",{json.dumps(envelope.body)}:null", "}", False)
    event = Event(name, snake(name), f"{service.c_name}_{snake(name)}_evt", f"{service.c_macro}_{macro(name)}_EVT",
                  doc_of(words), fields, tag, *text)
    if "delivery" in words:
        read_delivery(event, words["delivery"])
    add_event(service, event, key)


def add_event(service: Service, event: Event, key: Value) -> None:
    event.encoded_max = len(event.open) + len(event.close) + object_max(event.fields)
    mark(event.fields, "encoded")
    check_structs(structs_of(event.fields), key)
    for other in service.events:
        if other.c_name == event.c_name:
            key.fail(f"{event.name} and {other.name} are both {event.c_name} in C; rename one")
        if other.tag == event.tag and not event.acks:
            key.fail(f"op {event.tag} is {other.name}'s already")
    service.events.append(event)


def structs_of(fields: list[Field]) -> list[Type]:
    found = []
    for field in fields:
        type_ = field.type
        while type_.of:
            type_ = type_.of
        if type_.fields:
            found += [type_, *structs_of(type_.fields)]
    return found


DELIVERIES = "reliable, volatile, { latest: field }, { seals: field } or { seals: all }"


def read_delivery(event: Event, value: Value) -> None:
    if value.is_map:
        words = value.words((), ("latest", "seals"), "in delivery")
        if len(words) != 1:
            value.fail(f"delivery is {DELIVERIES}")
        event.delivery, field_name = next(iter(words.items()))
        name = field_name.text("the name of a field")
        if (event.delivery, name) != ("seals", "all"):
            event.key = next((field for field in event.fields if field.name == name), None)
            if not event.key or event.key.type.kind != "str" or event.key.optional or event.key.nullable:
                value.fail(f"{event.delivery} names a str of {event.name} that is always there, not {name}")
    else:
        event.delivery = value.text(DELIVERIES)
        if event.delivery not in ("reliable", "volatile"):
            value.fail(f"delivery is {DELIVERIES}, not {event.delivery}")
    event.c_delivery = "DELIVERY_" + {"seals": "SEAL" if event.key else "SEAL_ALL"}.get(
        event.delivery, event.delivery.upper())


def parse_needs(value: Value | None, service: Service) -> list[Need]:
    """`[named, not in_room]`: checked in this order."""
    needs: list[Need] = []
    for item in value.list("a list of guards") if value else ():
        text = item.text("the name of a guard, or not and its name")
        name = text.removeprefix("not ").strip()
        present = not text.startswith("not ")
        guard = next((guard for guard in service.guards if guard.name == name), None)
        if not guard:
            item.fail(f"unknown guard {name}{maybe(name, [g.name for g in service.guards])}; add it under guards")
        error = guard.absent if present else guard.present
        if not error:
            item.fail(f"guard {name} has no error for this; give it one as {'absent' if present else 'present'}")
        if guard in [need.guard for need in needs]:
            item.fail(f"guard {name} is in the list already")
        needs.append(Need(guard, present, error))
    return needs


def parse_emits(value: Value | None, service: Service) -> list[Emit]:
    """`{ event: audience }`."""
    emits: list[Emit] = []
    events = {event.name: event for event in service.events if not event.acks}
    for key, item in value.items("event: audience") if value else ():
        name = key.text("the name of an event")
        if name not in events:
            key.fail(f"unknown event {name}{maybe(name, events)}; add it under events")
        audience = item.text("an audience")
        if audience not in AUDIENCES:
            item.fail(f"unknown audience {audience}{maybe(audience, AUDIENCES)}; one of {listed(AUDIENCES)}")
        emits.append(Emit(events[name], audience))
    return emits


def parse_commands(service: Service, value: Value, scope: Scope, report: Report) -> None:
    report.each(value, partial(read_command, service, scope))
    if not service.commands:
        value.fail("a service needs at least one command")
    for command in service.commands:
        for emit in command.emits:
            emit.event.emitters.append((command.name, emit.audience))


def read_command(service: Service, scope: Scope, key: Value, value: Value) -> None:
    name = check_name(key, "a command", alone=True)
    words = value.words((), COMMAND_WORDS, f"in command {name}")
    tag = tag_of(name, words, key, service)
    fields = read_fields(words, "fields", service, scope, not service.envelope.body)
    if fields:
        check_decodable(fields, words["fields"])
        check_reach(fields, words["fields"], around(service, tag), "frame_bytes_max", scope)
    c_name = snake(name)
    for other in service.commands:
        if other.c_name == c_name:
            key.fail(f"{name} and {other.name} are both {c_name} in C; rename one")
        if other.tag == tag:
            words["op"].fail(f"op {tag} is {other.name}'s already")
    mark(fields, "decoded")
    command = Command(name, c_name, f"{service.c_name}_{c_name}_cmd", f"{service.c_macro}_{macro(name)}_CMD",
                      doc_of(words), fields, tag, f"{service.c_name}_on_{c_name}",
                      parse_needs(words["needs"], service) if "needs" in words else service.needs,
                      parse_emits(words.get("emits"), service), [])
    for item in words["errors"].list("a list of errors") if "errors" in words else ():
        error = scope.error(item, tuple(arg.name for arg in scope.named_error(item).args))
        if error in command.errors:
            item.fail(f"{error.name} is in the list already")
        command.errors.append(error)
    if "ack" in words:
        read_ack(service, scope, command, key, words["ack"])
    service.commands.append(command)


def around(service: Service, tag: int | str) -> int:
    """The bytes of a command's envelope, around the object of its fields."""
    envelope = service.envelope
    start = "{" + f"{json.dumps(envelope.tag)}:{json.dumps(tag)},"
    return len(start + f"{json.dumps(envelope.body)}:" + "}") if envelope.body else len(start) - len("{")


def check_decodable(fields: list[Field], value: Value) -> None:
    """What a client sends is decoded into a struct of a fixed size."""
    for field, (_, item) in zip(fields, value.items(), strict=True):
        for type_ in (field.type, *(inner.type for struct in structs_of([field]) for inner in struct.fields)):
            if type_.kind == "tuple" or type_.kind == "array" and not type_.fixed:
                item.fail("what a client sends holds arrays of one fixed length only, and no tuples")


def read_ack(service: Service, scope: Scope, command: Command, key: Value, value: Value) -> None:
    """The event that answers this command, carrying its op."""
    envelope = service.envelope
    if not envelope.ack:
        value.fail(f"service {service.name} has no acks; say there how they travel")
    fields = parse_fields(value, scope)
    first_present(fields, value)
    start = (f"{{{json.dumps(envelope.tag)}:{envelope.ack_tag},{json.dumps(envelope.body)}:"
             f"{{{json.dumps(envelope.ack_tag_key)}:{json.dumps(command.tag)},{json.dumps(envelope.ack_body_key)}:")
    text = (start + "{", "}}}", False) if fields else (start + "null", "}}", False)
    name = command.c_name
    event = Event(f"{command.name}_ACK", f"{name}_ack", f"{service.c_name}_{name}_ack",
                  f"{service.c_macro}_{macro(command.name)}_ACK", f"Answers {command.name}.", fields,
                  envelope.ack_tag, *text)
    event.acks, command.ack = command, event
    add_event(service, event, key)
