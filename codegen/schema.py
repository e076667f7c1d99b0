"""protocol.schema.json: JSON Schema 2020-12 of every frame and body.

`#/$defs/chat.event` is any event of chat, `#/$defs/chat.event.connected` that one; likewise `command`, `http` for
bodies, and `type` for what is written by itself. What the server writes may hold no field that is not named here; what a client writes may. Bounds in bytes
have no word in JSON Schema: maxLength is exact for ASCII, and `maxBytes` says the rest to those who read it.
"""

from __future__ import annotations

import json
from typing import Any

from .model import Body, Command, Event, Field, Protocol, Section, Service, Type

Schema = dict[str, Any]


def schema(protocol: Protocol, made_from: str) -> str:
    defs: Schema = {}
    for service in protocol.services:
        defs |= message_defs(service)
    for section in protocol.sections:
        defs |= http_defs(section)
    document = {
        "$comment": made_from,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Parley protocol {protocol.version}",
        "$defs": defs,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def message_defs(service: Service) -> Schema:
    name = service.name
    commands = {f"{name}.command.{command.name}": command_schema(command, service) for command in service.commands}
    events = {f"{name}.event.{event.name}": event_schema(event, service) for event in service.events}
    return {f"{name}.command": {"oneOf": [reference(key) for key in commands]},
            f"{name}.event": {"oneOf": [reference(key) for key in events]}} | commands | events


def http_defs(section: Section) -> Schema:
    defs = {f"{section.name}.type.{type_.name}": type_schema(type_, True) for type_ in section.encoders}
    for route in section.routes:
        if route.request:
            defs[f"{section.name}.http.{route.request.name}"] = body_schema(route.request)
        for answer in route.bodies:
            defs[f"{section.name}.http.{answer.name}"] = body_schema(answer)
    return defs


def body_schema(body: Body) -> Schema:
    closed = body.status is not None
    return type_schema(body.fields[0].type, closed) if body.bare else object_schema(body.fields, closed)


def reference(key: str) -> Schema:
    return {"$ref": f"#/$defs/{key}"}


def command_schema(command: Command, service: Service) -> Schema:
    return described(framed(command.tag, command.fields, service, closed=False), command.doc)


def event_schema(event: Event, service: Service) -> Schema:
    envelope = service.envelope
    if not event.acks:
        result = framed(event.tag, event.fields, service, closed=True)
        if event.is_error and service.error_code:
            error_codes(result, service)
        return described(result, event.doc)
    data = object_schema(event.fields, True) if event.fields else {"type": "null"}
    inner = members({envelope.ack_tag_key: {"const": event.acks.tag}, envelope.ack_body_key: data}, closed=True)
    return described(members({envelope.tag: {"const": event.tag}, envelope.body: inner}, closed=True), event.doc)


def error_codes(frame: Schema, service: Service) -> None:
    """The code is one of those that the service has."""
    assert service.error_code
    holder = frame["properties"][service.envelope.body] if service.envelope.body else frame
    holder["properties"][service.error_code.name] = {"enum": list(dict.fromkeys(error.code for error in service.errors))}


def framed(tag: int | str, fields: list[Field], service: Service, closed: bool) -> Schema:
    """The fields in the service's envelope."""
    envelope = service.envelope
    if not envelope.body:
        return object_schema(fields, closed, {envelope.tag: {"const": tag}})
    if fields:
        return members({envelope.tag: {"const": tag}, envelope.body: object_schema(fields, closed)}, closed)
    if closed:
        return members({envelope.tag: {"const": tag}, envelope.body: {"type": "null"}}, closed)
    return members({envelope.tag: {"const": tag}}, closed)


def members(properties: Schema, closed: bool) -> Schema:
    """An object that has all of these."""
    result: Schema = {"type": "object", "properties": properties, "required": list(properties)}
    return result | ({"additionalProperties": False} if closed else {})


def object_schema(fields: list[Field], closed: bool, before: Schema | None = None) -> Schema:
    result = members(dict(before or {}), closed)
    for field in fields:
        result["properties"][field.name] = field_schema(field, closed)
        if not field.optional:
            result["required"].append(field.name)
    return result


def field_schema(field: Field, closed: bool) -> Schema:
    result = type_schema(field.type, closed)
    if field.nullable or (field.optional and not closed):  # from a client, null means absent
        result = {"anyOf": [result, {"type": "null"}]}
    if field.default is not None:
        result["default"] = field.default
    return described(result, field.doc)


def described(result: Schema, doc: str) -> Schema:
    return result | ({"description": doc} if doc else {})


def type_schema(type_: Type, closed: bool) -> Schema:
    kind = type_.kind
    if kind == "bool":
        return {"type": "boolean"}
    if kind == "enum":
        return {"enum": [choice.value for choice in type_.choices]}
    if kind in ("int", "f64"):
        result: Schema = {"type": "integer" if kind == "int" else "number"}
        return result if type_.min is None else result | {"minimum": type_.min, "maximum": type_.max}
    if kind == "str":
        if type_.pattern:
            return {"type": "string", "pattern": f"^{type_.pattern}$", "maxLength": type_.max}
        result = {"type": "string", "minLength": least_length(type_), "maxLength": type_.max}
        return result if type_.unit == "chars" else result | {"minBytes": type_.min, "maxBytes": type_.max}
    if kind == "array":
        assert type_.of
        return {"type": "array", "items": type_schema(type_.of, closed), "minItems": type_.min, "maxItems": type_.max}
    if kind == "tuple":
        items = [field_schema(field, closed) for field in type_.fields]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    return object_schema(type_.fields, closed)


def least_length(type_: Type) -> int:
    """Characters that the least number of bytes takes: up to four of them make one character."""
    least = int(type_.min or 0)
    return least if type_.unit == "chars" else -(-least // 4)
