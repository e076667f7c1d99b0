"""The language of HTTP bodies."""

from __future__ import annotations

import re
from functools import partial

from .fields import Scope, parse_fields, parse_type
from .messages import check_decodable, first_present, mark, object_max
from .model import Body, Field, Route, Service
from .names import snake
from .source import Report, Value

ROUTE = re.compile(r"(GET|POST|PUT|DELETE) (/[a-z0-9/_-]*)")


def parse_routes(service: Service, value: Value | None, scope: Scope, report: Report) -> None:
    report.each(value, partial(read_route, service, scope))


def read_route(service: Service, scope: Scope, key: Value, value: Value) -> None:
    """`POST /chat/history: { body: {…}, 200: {…} }`."""
    text = key.text("a method and a path")
    match = ROUTE.fullmatch(text)
    if not match:
        key.fail(f"expected GET, POST, PUT or DELETE and a path, as in GET /rooms, not {text}")
    method, path = match.groups()
    name = snake(method + re.sub(r"[/-]+", "_", path).rstrip("_"))
    route = Route(name, method, path, "", None, [])
    for word, item in value.items():
        if word.node.value == "doc":
            route.doc = item.line()
        elif word.node.value == "body":
            route.request = read_request(service, scope, route, item)
        elif re.fullmatch(r"[2-5]\d\d", word.node.value):
            route.answers.append(read_answer(service, scope, route, int(word.node.value), item))
        else:
            word.fail(f"unknown word {word.node.value} in a route; known: doc, body and a status such as 200")
    if not route.answers:
        value.fail("a route needs an answer: its status and body, as in 200: { rooms: rooms }")
    service.routes.append(route)


def read_request(service: Service, scope: Scope, route: Route, value: Value) -> Body:
    fields = parse_fields(value, scope)
    check_decodable(fields, value)
    mark(fields, "decoded")
    name = f"{route.name}_body"
    return Body(name, name, f"{service.c_name}_{name}", f"{service.c_macro}_{name.upper()}", route.doc, fields,
                route, None, False, "{", "}", object_max(fields) + 2)


def read_answer(service: Service, scope: Scope, route: Route, status: int, value: Value) -> Body:
    """An object's fields; or one type, which is then the whole body."""
    bare = not value.is_map or any(key.node.value == "type" for key, _ in value.items())
    if bare:
        type_ = parse_type(value, scope)
        fields = [Field("items", "items", type_, "")]
    else:
        fields = parse_fields(value, scope)
        first_present(fields, value)
    mark(fields, "encoded")
    name = f"{route.name}_{status}"
    return Body(name, name, f"{service.c_name}_{name}", f"{service.c_macro}_{name.upper()}", route.doc, fields,
                route, status, bare, "" if bare else "{", "" if bare else "}", object_max(fields) + 2)
