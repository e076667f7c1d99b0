"""The language of protocol.yaml: all checks, and the checked model."""

from __future__ import annotations

import hashlib
import re
from functools import partial

from .fields import C_INTS, Scope, check_name, parse_named
from .http import HTTP_WORDS, check_refusals_used, list_methods, parse_encoders, parse_refusals, parse_routes
from .messages import parse_commands, parse_emits, parse_events, parse_needs
from .model import INTS, Arg, Close, Envelope, Error, Event, Guard, Http, Limit, Protocol, Reason, Section, Service, Type
from .names import KEYWORDS, macro, snake
from .source import Report, SpecError, Value, doc_of, load, maybe
from .values import problem

SERVICE_WORDS = ("paths", "acks", "greeting", "guards_first", "needs", "guards", "types", "encoders", "unasked", "http")
ERRORS_AS_WORDS = ("code", "not_json", "unknown", "internal")
REASON_BYTES_MAX = 123
PATH = re.compile(r"/[a-z0-9/._-]*")
HOLE = re.compile(r"\{([^{}]*)\}")


def read_protocol(text: str, file: str = "protocol.yaml") -> Protocol:
    """The checked model; SpecError names what is wrong and what would be right."""
    words = load(text, file).words(("version", "services"), ("limits", "closes", "types", "http"), "at the top")
    report = Report()
    limits: dict[str, Limit] = {}
    report.each(words.get("limits"), partial(read_limit, limits))
    closes: list[Close] = []
    report.each(words.get("closes"), partial(read_close, closes))
    shared = Scope({limit.name: limit.value for limit in limits.values()})
    report.each(words.get("types"), partial(read_type, shared))
    http = read_http(words["http"], shared) if "http" in words else None
    services: list[Service] = []
    for key, value in words["services"].items():
        with report.item():
            services.append(read_service(key, value, http, shared))
    report.stop()
    for key, _ in words["types"].items() if "types" in words else ():
        if key.node.value not in shared.used:
            key.fail(f"type {key.node.value} is never used; remove it")
    protocol = Protocol(file, words["version"].integer(), hashlib.sha256(text.encode()).hexdigest(),
                        list(limits.values()), closes, services, http)
    check_sections(protocol, words)
    return protocol


def check_sections(protocol: Protocol, words: dict[str, Value]) -> None:
    """What has to be right between the sections."""
    sections, routes = protocol.sections, protocol.routes
    if len({section.c_name for section in sections}) < len(sections):
        words["services"].fail("two services have the same name in C, or one is http; rename one")
    if len({(route.method, route.path) for route in routes}) < len(routes):
        words["services"].fail("two services have the same route")
    paths = [path for service in protocol.services for path in service.paths]
    if len(set(paths)) < len(paths):
        words["services"].fail("two services have the same path, or one has it twice")
    if protocol.http:
        check_refusals_used(protocol.http, sections, words["http"].words(HTTP_WORDS)["refusals"])
    list_methods(routes)


def read_limit(limits: dict[str, Limit], key: Value, value: Value) -> None:
    name = check_name(key, "a limit")
    words = value.words(("value", "doc"), (), "in a limit")
    number = words["value"].integer()
    if not 0 <= number < 2**31:
        words["value"].fail("a limit lies within 0 and 2147483647")
    limits[name] = Limit(name, macro(name), number, doc_of(words))


def read_close(closes: list[Close], key: Value, value: Value) -> None:
    """`too_big: { code: 1009, doc: …, reasons: { message_too_big: message too big } }`."""
    name = check_name(key, "a close")
    words = value.words(("code", "doc", "reasons"), (), "in a close")
    code = words["code"].integer()
    if not 1000 <= code <= 4999:
        words["code"].fail(f"a close code lies within 1000 and 4999 (RFC 6455, 7.4), not {code}")
    if code in [close.code for close in closes]:
        words["code"].fail(f"the code {code} is another close's already")
    close = Close(name, code, doc_of(words), [])
    for word, item in words["reasons"].items("name: what the Close frame says"):
        reason = Reason(check_name(word, "a reason"), f"CLOSE_{macro(word.node.value)}", item.line("a reason"), code)
        if reason.c_name in [other.c_name for other in (*close.reasons, *(r for c in closes for r in c.reasons))]:
            word.fail(f"{reason.name} is a reason already; choose another name")
        if len(reason.text.encode()) > REASON_BYTES_MAX:
            item.fail(f"a reason has at most {REASON_BYTES_MAX} bytes: a Close frame holds no more (RFC 6455, 5.5)")
        close.reasons.append(reason)
    if not close.reasons:
        words["reasons"].fail("a close needs at least one reason")
    closes.append(close)


def read_type(scope: Scope, key: Value, value: Value) -> None:
    try:
        type_ = parse_named(key, value, scope)
    except SpecError:
        scope.broken.add(key.node.value)
        raise
    if type_.name in scope.types:
        key.fail(f"{type_.name} is a type already; choose another name")
    for other in scope.types.values():
        if type_.c_name and type_.c_name == other.c_name:
            key.fail(f"{type_.name} and {other.name} are both {type_.c_name} in C; rename one")
    scope.types[type_.name] = type_


def read_own_types(section: Section, value: Value | None, scope: Scope, report: Report) -> list[Type]:
    """The types of a section, which no other sees."""
    own: list[Type] = []

    def read_own(key: Value, value: Value) -> None:
        read_type(scope, key, value)
        own.append(scope.types[key.node.value])

    report.each(value, read_own)
    section.enums = [type_ for type_ in own if type_.kind == "enum"]
    section.structs = [type_ for type_ in own if type_.kind in ("struct", "tuple")]
    return own


def read_http(value: Value, shared: Scope) -> Http:
    """What the server answers over HTTP, whatever its services."""
    words = value.words(HTTP_WORDS, (), "in http")
    report = Report()
    http = Http("http", "http", "HTTP", doc_of(words))
    scope = Scope(shared.limits, http.c_name, {}, dict(shared.types))
    own = read_own_types(http, words["types"], scope, report)
    parse_refusals(http, words, scope)
    parse_routes(http, http, words["routes"], scope, report)
    check_types_used(words["types"], own, scope, report)
    report.stop()
    note_texts(http, scope, shared)
    return http


def read_service(key: Value, value: Value, http: Http | None, shared: Scope) -> Service:
    """One closed section, read in the order in which its parts build on each other."""
    name = check_name(key, "a service", alone=True)
    words = value.words(("doc", "envelope", "errors_as", "errors", "commands", "events"), SERVICE_WORDS,
                        f"in service {name}")
    report = Report()
    service = Service(name, snake(name), macro(name), doc_of(words), envelope=read_envelope(words),
                      paths=read_paths(words.get("paths")))
    scope = Scope(shared.limits, service.c_name, {}, dict(shared.types))
    coded = "code" in words["errors_as"].words(("event", "text", "invalid"), ERRORS_AS_WORDS, "in errors_as")
    report.each(words["errors"], partial(read_error, service, scope, coded))
    report.each(words.get("guards"), partial(read_guard, service, scope))
    own = read_own_types(service, words.get("types"), scope, report)
    parse_events(service, words["events"], scope, report)
    service.guards_first = "guards_first" in words and words["guards_first"].boolean()
    service.needs = parse_needs(words.get("needs"), service)
    parse_commands(service, words["commands"], scope, report)
    parse_routes(service, http, words.get("http"), scope, report)
    parse_encoders(service, words.get("encoders"), scope)
    read_errors_as(service, words["errors_as"], scope)
    read_unasked(service, words)
    check_used(service, words, scope, report)
    check_types_used(words.get("types"), own, scope, report)
    report.stop()
    note_texts(service, scope, shared)
    service.event_encoded_max = max(event.encoded_max for event in service.events)
    return service


def read_paths(value: Value | None) -> list[str]:
    """Where its WebSockets are."""
    paths: list[str] = []
    for item in value.list("a list of paths, as in [/chat]") if value else ():
        path = item.text("a path")
        if not PATH.fullmatch(path):
            item.fail(f"expected a path, as in /chat, not {path}")
        paths.append(path)
    return paths


def read_envelope(words: dict[str, Value]) -> Envelope:
    parts = words["envelope"].words(("tag",), ("type", "body"), "in an envelope")
    tag, base = check_name(parts["tag"], "a tag"), parts["type"].text() if "type" in parts else "str"
    body = check_name(parts["body"], "a body") if "body" in parts else ""
    if base not in ("str", "u8"):
        parts["type"].fail("the tag is a str (the message's name) or a u8 (its op)")
    if body == tag:
        parts["body"].fail("the tag and the body need two names")
    if "acks" not in words:
        return Envelope(tag, base, body)
    acks = words["acks"].words(("event", "op", "tag", "body"), (), "in acks")
    if not body or base == "str":
        words["acks"].fail("acks need an envelope whose tag is a u8, with a body")
    return Envelope(tag, base, body, acks["event"].text(), acks["op"].integer(), check_name(acks["tag"], "a tag"),
                    check_name(acks["body"], "a body"))


def read_error(service: Service, scope: Scope, coded: bool, key: Value, value: Value) -> None:
    """`name: text`, or `name: { code: 1000, text: … }` where the code on the wire is a number; `as` instead of `code`
    names another error, whose code it has."""
    name = check_name(key, "an error")
    words = value.words(("text",), ("code", "as", "doc"), "in an error") if value.is_map else {"text": value}
    text = words["text"].line("the error's text")
    code = read_code(service, scope, words, coded) or (name if coded else None)
    parts = error_parts(words["text"], text)
    args = [part for part in parts if isinstance(part, Arg)]
    if snake(name) in [snake(other.name) for other in service.errors]:
        key.fail(f"{name} is an error's name in C already; rename one")
    error = Error(name, f"{service.c_macro}_ERROR_{macro(name)}", f"{service.c_name}_error_{snake(name)}", code,
                  text, parts, args, doc_of(words))
    service.errors.append(error)
    scope.errors[name] = error


def read_code(service: Service, scope: Scope, words: dict[str, Value], coded: bool) -> int | str | None:
    given = [word for word in ("code", "as") if word in words]
    if not given:
        return None
    if not coded:
        words[given[0]].fail("errors_as names no field that takes a code")
    if len(given) == 2:
        words["as"].fail("an error has a code of its own or that of another, not both")
    if given == ["as"]:
        return scope.named_error(words["as"]).code
    code = words["code"].integer()
    if code in [error.code for error in service.errors]:
        words["code"].fail(f"the code {code} is another error's already; to share it, say as: and that one's name")
    return code


def error_parts(value: Value, text: str) -> list[str | Arg]:
    """The text cut at its holes: {name} takes a str, {name:u32} a whole number."""
    parts: list[str | Arg] = []
    at = 0
    for hole in HOLE.finditer(text):
        name, _, base = hole.group(1).partition(":")
        base = base or "str"
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or base not in ("str", *INTS):
            value.fail(f"a hole is {{name}} for a text or {{name:u32}} for a whole number, not {hole.group()}")
        if hole.start() > at:
            parts.append(text[at:hole.start()])
        c_type = C_INTS.get(base, "struct str")
        if name in KEYWORDS:
            value.fail(f"{name} cannot be the name of a hole: it is a word of C")
        parts.append(Arg(name, name, c_type, base == "str"))
        at = hole.end()
    if "{" in text[at:] or "}" in text[at:]:
        value.fail("a brace without its partner; a hole is {name} or {name:u32}")
    if at < len(text):
        parts.append(text[at:])
    return parts


def read_guard(service: Service, scope: Scope, key: Value, value: Value) -> None:
    name = check_name(key, "a guard")
    words = value.words((), ("doc", "absent", "present"), "in a guard")
    if not {"absent", "present"} & words.keys():
        value.fail("a guard needs absent, present or both: the error it raises")
    if len(service.guards) == 32:
        key.fail("no more than 32 guards: they are the bits of one word")
    errors = [scope.error(words[word]) if word in words else None for word in ("absent", "present")]
    service.guards.append(Guard(name, f"{service.c_macro}_{macro(name)}", len(service.guards),
                                doc_of(words), *errors))


def read_errors_as(service: Service, value: Value, scope: Scope) -> None:
    """How errors travel: the event, which of its fields take code and text, and the usual ones."""
    words = value.words(("event", "text", "invalid"), ERRORS_AS_WORDS, "in errors_as")
    read_error_event(service, words)
    service.invalid = scope.error(words["invalid"], ("reason",))
    service.not_json = scope.error(words["not_json"], ("reason",)) if "not_json" in words else service.invalid
    tag = service.envelope.tag
    service.unknown = scope.error(words["unknown"], (tag,)) if "unknown" in words else service.invalid
    service.internal = scope.error(words["internal"]) if "internal" in words else None
    for word in ("invalid", "not_json"):
        if word in words and [arg.name for arg in getattr(service, word).args] != ["reason"]:
            words[word].fail(f"the text of the error for {word} needs the hole {{reason}}, and no other")


def read_error_event(service: Service, words: dict[str, Value]) -> None:
    event = event_named(service, words["event"])
    event.is_error = True
    service.error_event = event
    for word in ("code", "text"):
        if word in words:
            name = words[word].text()
            found = next((field for field in event.fields if field.name == name), None)
            if not found:
                words[word].fail(f"{event.name} has no field {name}")
            setattr(service, f"error_{word}", found)
    if len(event.fields) != (2 if service.error_code else 1):
        words["event"].fail(f"{event.name} carries the error's code and text, and no other field")
    if service.error_text.type.kind != "str":
        words["text"].fail("the text of an error is a str")
    numeric = service.error_code is not None and service.error_code.type.kind == "int"
    for error in service.errors:
        if service.error_code and numeric is not isinstance(error.code, int):
            words["code"].fail(f"{error.name} needs a code: {{ code: 1000, text: … }}" if numeric
                               else f"{error.name} has a number, but {service.error_code.name} is a str")
        if service.error_code and (trouble := problem(service.error_code.type, error.code)):
            words["code"].fail(f"{error.name} has the code {error.code}, but {service.error_code.name} {trouble}")
        if not error.args and (trouble := problem(service.error_text.type, error.text)):
            words["text"].fail(f"{error.name} has a text of its own, but {service.error_text.name} {trouble}")


def event_named(service: Service, value: Value) -> Event:
    name = value.text("the name of an event")
    for event in service.events:
        if event.name == name and not event.acks:
            return event
    known = [event.name for event in service.events if not event.acks]
    value.fail(f"unknown event {name}{maybe(name, known)}; add it under events")


def read_unasked(service: Service, words: dict[str, Value]) -> None:
    if "greeting" in words:
        service.greeting = event_named(service, words["greeting"])
    service.unasked = parse_emits(words.get("unasked"), service)
    for emit in service.unasked:
        emit.event.unasked.append(emit.audience)


def check_used(service: Service, words: dict[str, Value], scope: Scope, report: Report) -> None:
    """Every name defined is used: what nobody sends or raises is a mistake, or dead."""
    sent = {emit.event for emit in service.unasked} | {service.greeting, service.error_event}
    needed = {need.guard for need in service.needs}
    for command in service.commands:
        sent |= {emit.event for emit in command.emits}
        needed |= {need.guard for need in command.needs}
    unused = {
        "events": [event.name for event in service.events if event not in sent and not event.acks],
        "errors": [error.name for error in service.errors if error.name not in scope.raised],
        "guards": [guard.name for guard in service.guards if guard not in needed],
    }
    verbs = {"events": "sent by any command, nor unasked", "errors": "raised", "guards": "needed"}
    for section, names in unused.items():
        for key, _ in words[section].items() if section in words else ():
            with report.item():
                if key.node.value in names:
                    key.fail(f"{section[:-1]} {key.node.value} is never {verbs[section]}; use it or remove it")


def note_texts(section: Section, scope: Scope, shared: Scope) -> None:
    section.texts = [type_ for type_ in scope.types.values() if type_.kind == "str" and type_.name in scope.used]
    shared.used |= scope.used


def check_types_used(value: Value | None, own: list[Type], scope: Scope, report: Report) -> None:
    for (key, _), type_ in zip(value.items() if value else (), own, strict=True):
        with report.item():
            if type_.name not in scope.used:
                key.fail(f"type {type_.name} is never used; use it or remove it")
