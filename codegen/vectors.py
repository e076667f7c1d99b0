"""vectors.json: messages at, just inside and just outside every bound, with what a decoder must say of them.

The C decoders, the Python client and JSON Schema are all held against it. A vector of a command or of a body is
  {"name", "text", "status": ok | invalid | refused, "rule", "error", "message"}
where rule says what was tried, error names the error, and message is its full text. Events, answers and types have
a text only.
Of a guards_first service all facts are set, but where "facts" lists those that are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from .model import Body, Command, Error, Event, Field, Protocol, Section, Service, Type
from .samples import answer_value, full, least, pattern_text, sample
from .values import count, problem

Vector = dict[str, Any]
Object = dict[str, Any]
Case = tuple[str, str, Any, Error | None, str]  # rule, what, value, error of its own, text of that error
WRONG: dict[str, list[Any]] = {
    "str": [7, True, ["a"], {"a": 1}],
    "bool": [0, "true", []],
    "int": ["1", True, 1.5, [1]],
    "f64": ["1", True, [1.0]],
    "enum": [0, "", "no such word", ["a"]],
    "array": [0, "1", {"0": 1}],
    "struct": [0, "a", []],
    "tuple": [0, {}],
}
MISSING = object()
NOT_JSON = ("", "{", '{"a":1,}', "{}x", '{"a":1,"a":2}', "[" * 17 + "]" * 17)
NUL = '{"a":{"b":"\\u0000"}}'  # JSON, but not for us
NO_OBJECTS = ("[]", '"a"', "7", "null")


def vectors(protocol: Protocol, made_from: str) -> str:
    services = {section.name: section_vectors(section) for section in protocol.sections}
    lines = [f'{{"made_from": {dump(made_from)},', '"services": {']
    for number, (name, sections) in enumerate(services.items()):
        lines.append(f"{dump(name)}: {{")
        for place, (section, items) in enumerate(sections.items()):
            rows = ",\n".join(dump(item) for item in items)
            lines.append(f"{dump(section)}: [\n{rows}\n]" + ("," if place < len(sections) - 1 else ""))
        lines.append("}" + ("," if number < len(services) - 1 else ""))
    return "\n".join(lines) + "\n}}\n"


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def section_vectors(section: Section) -> dict[str, list[Vector]]:
    requests = [route.request for route in section.routes if route.request]
    answers = [answer for route in section.routes for answer in route.bodies]
    return {
        "commands": list(all_commands(section)) if isinstance(section, Service) else [],
        "events": list(all_events(section)) if isinstance(section, Service) else [],
        "http": [vector | {"body": body.name} for body in requests for vector in body_vectors(body)],
        "answers": [{"body": body.name, "text": compact(answer_value(body))} for body in answers],
        "types": [{"type": type_.name, "text": compact(sample(type_))} for type_ in section.encoders],
    }


def all_commands(service: Service) -> Iterator[Vector]:
    for command in service.commands:
        yield from command_vectors(service, command)
    yield from envelope_vectors(service)


def all_events(service: Service) -> Iterator[Vector]:
    for event in service.events:
        yield from event_vectors(service, event)


def error_text(error: Error, **args: Any) -> str:
    return "".join(part if isinstance(part, str) else str(args[part.name]) for part in error.parts)


def accepted(name: str, text: str, rule: str = "valid") -> Vector:
    return {"name": name, "text": text, "rule": rule, "status": "ok", "error": None, "message": None}


def rejected(name: str, text: str, rule: str, error: Error, message: str, status: str = "invalid") -> Vector:
    return {"name": name, "text": text, "rule": rule, "status": status, "error": error.name, "message": message}


# Values at and beyond the bounds of one type.


def good_values(type_: Type) -> Iterator[tuple[str, Any]]:
    kind, low, high = type_.kind, type_.min, type_.max
    if type_.check:
        yield from (("check", value) for value in type_.check.good)
    elif kind == "str" and type_.parts:
        for end in (0, 1):
            yield "pattern", "".join(part.ranges[-end][end] * part.count for part in type_.parts)
    elif kind == "str":
        yield "least", "a" * int(low or 0)
        yield "greatest", "a" * int(high or 0)
        yield "greatest", widest(type_)
        yield "escapes", 'é"\\/\b\f\n\r\t\u0001한\U0001f600'
    elif kind in ("int", "f64"):
        ends = (low, high) if low is not None else (0, -1e300, 5e-324, 0.1, 123456789012345680)
        yield from (("range", end) for end in ends)
    elif kind == "enum":
        yield from (("enum", choice.value) for choice in type_.choices)
    elif kind == "bool":
        yield from (("type", value) for value in (False, True))
    elif kind == "array":
        assert type_.of
        for rule, value in good_values(type_.of):
            yield rule, [value] * int(high or 0)


def widest(type_: Type) -> str:
    """A text of the greatest length, in characters of more than one byte."""
    high = int(type_.max or 0)
    return "\U0001f600" * high if type_.unit == "chars" else "é" * (high // 2) + "a" * (high % 2)


def bad_values(type_: Type) -> Iterator[Case]:
    kind, low, high = type_.kind, type_.min, type_.max
    for value in WRONG[kind]:
        yield "type", f"wrong type, {compact(value)}", value, None, ""
    if kind == "str" and type_.parts:
        whole = pattern_text(type_)
        cases = {"empty": "", "cut": whole[:-1], "longer": whole + "0", "odd": whole[:-1] + "\u00b0"}
        yield from (("pattern", what, text, None, "") for what, text in cases.items())
    elif kind == "str":
        if low:
            yield "bounds", "too short", "a" * (int(low) - 1), type_.min_error, ""
        yield "bounds", "too long", "a" * (int(high or 0) + 1), type_.max_error, ""
        yield "bounds", "too long, wide", widest(type_) + "é", type_.max_error, ""
    elif kind in ("int", "f64") and low is not None and high is not None:
        step = 1 if kind == "int" else 0.001
        yield "range", "too small", low - step, type_.min_error, ""
        yield "range", "too great", high + step, type_.max_error, ""
    elif kind == "array":
        yield from bad_arrays(type_)
    if type_.check:
        for value in type_.check.bad:
            yield "check", f"check, {compact(value)}", value, type_.check.error, type_.check.text


def bad_arrays(type_: Type) -> Iterator[Case]:
    assert type_.of
    item, low, high = sample(type_.of), int(type_.min or 0), int(type_.max or 0)
    if low:
        yield "bounds", "too few", [item] * (low - 1), None, ""
    yield "bounds", "too many", [item] * (high + 1), None, ""
    if high:
        for rule, what, value, _, _ in bad_values(type_.of):
            yield rule, f"last item, {what}", [item] * (high - 1) + [value], None, ""
        yield "type", "last item, null", [item] * (high - 1) + [None], None, ""


# Messages.


def frame(service: Service, command: Command, fields: dict[str, Any]) -> Any:
    envelope = service.envelope
    if not envelope.body:
        return {envelope.tag: command.tag, **fields}
    return {envelope.tag: command.tag, envelope.body: fields if command.fields else None}


def command_vectors(service: Service, command: Command) -> Iterator[Vector]:
    def text(fields: dict[str, Any]) -> str:
        return compact(frame(service, command, fields))

    for vector in object_vectors(service, command.fields, text, lambda fields: fields):
        yield vector | {"name": f"{command.name}: {vector['name']}", "command": command.name}
    spelled = json.dumps(dict(reversed(frame(service, command, full(command.fields)).items())), indent="\t")
    yield accepted(f"{command.name}: another order, white space", spelled) | {"command": command.name}
    if service.guards_first:
        for need in command.needs:
            yield rejected(f"{command.name}: guard {need.guard.name}", text(full(command.fields)), "guard", need.error,
                           error_text(need.error), "refused") | {"command": command.name, "facts": []}


def body_vectors(body: Body) -> Iterator[Vector]:
    yield from object_vectors(None, body.fields, compact, lambda fields: fields)
    for text in NOT_JSON:
        yield not_json(None, text)
    yield nul(None)
    for text in NO_OBJECTS:
        yield invalid(None, f"not an object: {text}", text, "type", "the body must be a JSON object")


def invalid(service: Service | None, name: str, text: str, rule: str, reason: str) -> Vector:
    """A body of HTTP belongs to no service's errors: the reason stands by itself."""
    if not service:
        return {"name": name, "text": text, "rule": rule, "status": "invalid", "error": None, "message": reason}
    return rejected(name, text, rule, service.invalid, error_text(service.invalid, reason=reason))


def not_json(service: Service | None, text: str) -> Vector:
    """What exactly is wrong with the JSON is the reader's to say, so there is no message."""
    error = service.not_json.name if service else None
    return {"name": f"not JSON: {text}", "text": text, "rule": "json", "status": "invalid", "error": error,
            "message": None}


def nul(service: Service | None) -> Vector:
    return invalid(service, "U+0000", NUL, "nul", "a.b must not hold U+0000")


def object_vectors(service: Service | None, fields: list[Field], text: Callable[[Object], str],
                   place: Callable[[Object], Object], path: str = "") -> Iterator[Vector]:
    """Vectors of an object's fields; `place` puts the object where it belongs in the message."""
    if not path:
        yield from whole_vectors(fields, text)
    for field in fields:
        def put(value: Any, field: Field = field) -> str:
            values = full(fields) | {field.name: value}
            if value is MISSING:
                del values[field.name]
            return text(place(values))

        yield from field_vectors(service, field, path + field.name, put)
        if field.type.kind == "struct":
            def inside(inner: Object, field: Field = field) -> Object:
                return place(full(fields) | {field.name: inner})

            yield from object_vectors(service, field.type.fields, text, inside, f"{path}{field.name}.")


def whole_vectors(fields: list[Field], text: Callable[[Object], str]) -> Iterator[Vector]:
    """All that may be there, as little as may be there, and more than is known."""
    yield accepted("full", text(full(fields)))
    if any(field.optional for field in fields):
        yield accepted("least", text(least(fields)))
    if fields:
        yield accepted("unknown field", text(full(fields) | {"no_such_field": [1, {"a": None}]}))


def field_vectors(service: Service | None, field: Field, name: str, put: Callable[[Any], str]) -> Iterator[Vector]:
    yield from absence_vectors(service, field, name, put)
    for rule, value in good_values(field.type):
        if problem(field.type, value) == "":
            yield accepted(f"{name}, {rule}, {brief(value)}", put(value), rule)
    for case in bad_values(field.type):
        yield bad_vector(service, field, name, case, put(case[2]))


def absence_vectors(service: Service | None, field: Field, name: str, put: Callable[[Any], str]) -> Iterator[Vector]:
    """The field absent, and null."""
    if field.optional:
        yield accepted(f"{name} absent", put(MISSING), "absent")
        yield accepted(f"{name} null", put(None), "null")
        return
    yield invalid(service, f"{name} missing", put(MISSING), "missing", f"missing field {name}")
    if field.nullable:
        yield accepted(f"{name} null", put(None), "null")
    else:
        yield invalid(service, f"{name} null", put(None), "null", f"{name} {field.rule}")


def bad_vector(service: Service | None, field: Field, name: str, case: Case, text: str) -> Vector:
    rule, what, value, error, words = case
    if error:
        args = {field.type.unit: count(field.type, value)} if isinstance(value, str) else {}
        return rejected(f"{name}, {what}", text, rule, error, error_text(error, **args))
    return invalid(service, f"{name}, {what}", text, rule, f"{name} {words or field.rule}")


def brief(value: Any) -> str:
    text = compact(value)
    return text if len(text) <= 40 else f"{len(value)} long"


def envelope_vectors(service: Service) -> Iterator[Vector]:
    """What is wrong before any field is looked at."""
    tag, body = service.envelope.tag, service.envelope.body
    for text in NOT_JSON:
        yield not_json(service, text)
    yield nul(service)
    for text in NO_OBJECTS:
        yield invalid(service, f"not an object: {text}", text, "type", "a message must be a JSON object")
    yield invalid(service, "no tag", "{}", "tag", f"missing field {tag}")
    if service.envelope.tag_base == "str":
        yield invalid(service, "tag of a wrong type", compact({tag: 1}), "tag", f"{tag} must be a string")
        yield invalid(service, "unknown tag", compact({tag: "no_such"}), "tag", f"unknown {tag} 'no_such'")
        yield invalid(service, "tag in the wrong case", compact({tag: service.commands[0].name.swapcase()}), "tag",
                      f"unknown {tag} '{service.commands[0].name.swapcase()}'")
    else:
        for value in ("1", -1, 256, 1.5, None):
            yield invalid(service, f"tag {compact(value)}", compact({tag: value, body: None}), "tag",
                          f"{tag} must be an integer from 0 to 255")
        unknown = next(op for op in range(99, 256) if op not in [c.tag for c in service.commands])
        text = compact({tag: unknown, body: None})
        yield rejected("unknown tag", text, "tag", service.unknown, error_text(service.unknown, **{tag: unknown}))
        for need in service.needs if service.guards_first else ():
            yield rejected("unknown tag, guarded", text, "guard", need.error, error_text(need.error), "refused") | {
                "facts": []}
            for nameless in ("{", "[]", "{}", compact({tag: -1, body: None})):
                yield rejected(f"guarded: {nameless}", nameless, "guard", need.error, error_text(need.error)) | {
                    "facts": []}
    if body:
        command = next(command for command in service.commands if any(not f.optional for f in command.fields))
        yield invalid(service, "no body", compact({tag: command.tag}), "missing", f"missing field {body}")
        wrongs: list[Any] = [None, [], "a"]
        for wrong in wrongs:
            yield invalid(service, f"body {compact(wrong)}", compact({tag: command.tag, body: wrong}), "type",
                          f"{body} must be an object")


def event_vectors(service: Service, event: Event) -> Iterator[Vector]:
    """One event with all its fields and one with as few as may be, as the encoder writes them."""
    values = full(event.fields)
    if event.is_error and service.error_code:
        values[service.error_code.name] = service.errors[0].code
        values[service.error_text.name] = service.errors[0].text
    yield {"event": event.name, "text": event_text(event, values)}
    few = {field.name: None if field.nullable else values[field.name] for field in event.fields if not field.optional}
    if few != values:
        yield {"event": event.name, "text": event_text(event, few)}


def event_text(event: Event, values: dict[str, Any]) -> str:
    inner = compact(values)[1:-1]
    return event.open + ("," if inner and event.comma_first else "") + inner + event.close
