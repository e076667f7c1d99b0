"""The language of HTTP: routes, their bodies, and how requests are refused."""

from __future__ import annotations

import re
from functools import partial

from .fields import Scope, parse_fields, parse_type
from .messages import check_decodable, check_structs, first_present, mark, mark_type, object_max, structs_of
from .model import Body, Field, Http, Refusal, Route, Section, Type
from .names import macro, snake
from .reach import check_reach
from .source import Report, Value, doc_of, listed, maybe

ROUTE = re.compile(r"(GET|POST|PUT|DELETE) (/[a-z0-9/._-]*)")
HTTP_WORDS = ("doc", "refused_as", "refusals", "always", "tokens", "elsewhere", "upgrades", "types", "routes")
ROUTE_WORDS = ("doc", "body", "token", "etag", "admin", "refuses", "a status such as 200")


def parse_refusals(http: Http, words: dict[str, Value], scope: Scope) -> None:
    """`404: Not Found`, and who meets which."""
    for key, value in words["refusals"].items("a status and its name, as in 404: Not Found"):
        if not re.fullmatch(r"[45]\d\d", key.node.value):
            key.fail(f"a request is refused with a status from 400 to 599, not {key.node.value}")
        inner = value.words(("name",), ("doc",), "in a refusal") if value.is_map else {"name": value}
        http.refusals.append(Refusal(int(key.node.value), inner["name"].line("the name of a status"), doc_of(inner)))
    http.refused_as = encodable(http, words["refused_as"], scope)
    http.encoders.append(http.refused_as)
    http.always = refusals_of(http, words["always"])
    http.tokens = refusals_of(http, words["tokens"])
    http.upgrades = refusals_of(http, words["upgrades"])
    elsewhere = words["elsewhere"].words(("path", "method"), (), "in elsewhere")
    http.no_path, http.no_method = (refusal_of(http, elsewhere[word]) for word in ("path", "method"))


def refusals_of(http: Http, value: Value) -> list[Refusal]:
    found: list[Refusal] = []
    for item in value.list("a list of statuses"):
        refusal = refusal_of(http, item)
        if refusal in found:
            item.fail(f"{refusal.status} is in the list already")
        found.append(refusal)
    if not found:
        value.fail("expected at least one status")
    return found


def refusal_of(http: Http, value: Value) -> Refusal:
    status = value.integer("a status")
    known = {refusal.status: refusal for refusal in http.refusals}
    if status not in known:
        value.fail(f"unknown refusal {status}; add it under refusals")
    return known[status]


def check_refusals_used(http: Http, sections: list[Section], value: Value) -> None:
    used = {*http.always, *http.tokens, *http.upgrades, http.no_path, http.no_method}
    used |= {refusal for section in sections for route in section.routes for refusal in route.refusals}
    for (key, _), refusal in zip(value.items(), http.refusals, strict=True):
        if refusal not in used:
            key.fail(f"refusal {refusal.status} is never used; use it or remove it")


def encodable(section: Section, value: Value, scope: Scope) -> Type:
    """A struct that is written by itself."""
    name = value.text("the name of a struct")
    known = [type_.name for type_ in section.structs]
    if name not in known:
        value.fail(f"unknown struct {name}{maybe(name, known)}; a struct of this section, under types")
    type_ = section.structs[known.index(name)]
    check_structs([type_, *structs_of(type_.fields)], value)
    scope.used.add(name)
    mark_type(type_, "encoded")
    return type_


def parse_encoders(section: Section, value: Value | None, scope: Scope) -> None:
    """`[player_state]`: types that are written by themselves."""
    for item in value.list("a list of structs") if value else ():
        type_ = encodable(section, item, scope)
        if type_ in section.encoders:
            item.fail(f"{type_.name} is in the list already")
        section.encoders.append(type_)


def parse_routes(section: Section, http: Http | None, value: Value | None, scope: Scope, report: Report) -> None:
    if value and not http:
        value.fail("routes need http at the top: it says how requests are refused")
    if http:
        report.each(value, partial(read_route, section, http, scope))


def read_route(section: Section, http: Http, scope: Scope, key: Value, value: Value) -> None:
    """`POST /chat/history: { body: {…}, 200: {…} }`."""
    text = key.text("a method and a path")
    match = ROUTE.fullmatch(text)
    if not match:
        key.fail(f"expected GET, POST, PUT or DELETE and a path, as in GET /rooms, not {text}")
    method, path = match.groups()
    name = snake(method + re.sub(r"[/.-]+", "_", path if path != "/" else "/root").rstrip("_"))
    route = Route(name, f"{section.c_macro}_{macro(name)}", method, path)
    for other in section.routes:
        if other.name == name:
            key.fail(f"{text} and {other.method} {other.path} are both {name} in C; rename one")
    for word, item in value.items():
        read_word(section, http, scope, route, word, item)
    if not any(answer.status and answer.status < 300 for answer in route.answers):
        value.fail("a route needs an answer: its status and body, as in 200: { rooms: rooms }")
    section.routes.append(route)


def read_word(section: Section, http: Http, scope: Scope, route: Route, word: Value, item: Value) -> None:
    name = word.node.value
    if name == "doc":
        route.doc = item.line()
    elif name == "body":
        route.request = read_request(section, scope, route, item)
    elif name in ("token", "etag", "admin"):
        setattr(route, name, item.boolean())
    elif name == "refuses":
        route.refusals = refusals_of(http, item)
    elif re.fullmatch(r"2\d\d", name):
        route.answers.append(read_answer(section, scope, route, int(name), item))
    elif re.fullmatch(r"[45]\d\d", name):
        word.fail(f"{name} refuses a request, and has the body of all refusals; say refuses: [{name}]")
    else:
        word.fail(f"unknown word {name} in a route{maybe(name, ROUTE_WORDS)}; known: {listed(ROUTE_WORDS)}")


def read_request(section: Section, scope: Scope, route: Route, value: Value) -> Body:
    fields = parse_fields(value, scope)
    check_decodable(fields, value)
    check_reach(fields, value, 0, "body_bytes_max", scope)
    for field, (_, item) in zip(fields, value.items(), strict=True):
        if own_error(field.type):
            item.fail("a body of HTTP has no errors of its own: every broken rule is told in the one way")
    mark(fields, "decoded")
    return Body(*names(section, f"{route.name}_body"), route.doc, fields, route, None, False, "{", "}",
                object_max(fields) + 2)


def own_error(type_: Type) -> bool:
    return bool(type_.min_error or type_.max_error or (type_.check and type_.check.error)
                or any(own_error(field.type) for field in type_.fields))


def read_answer(section: Section, scope: Scope, route: Route, status: int, value: Value) -> Body:
    """An object's fields; or one type, which is then the whole body; or a file, of which only the type is said."""
    words = {key.node.value: item for key, item in value.items()} if value.is_map else {}
    name = names(section, f"{route.name}_{status}")
    if "type" in words and words["type"].node.value == "file":
        content = value.words(("type", "content"), (), "in a file")["content"].line("a content type")
        return Body(*name, route.doc, [], route, status, True, "", "", 0, content, True)
    bare = not value.is_map or "type" in words
    if bare:
        fields = [Field("items", "items", parse_type(value, scope), "")]
    else:
        fields = parse_fields(value, scope)
        if not fields:
            value.fail("expected at least one field")
        first_present(fields, value)
    check_structs(structs_of(fields), value)
    mark(fields, "encoded")
    return Body(*name, route.doc, fields, route, status, bare, "" if bare else "{", "" if bare else "}",
                object_max(fields) + 2)


def names(section: Section, name: str) -> tuple[str, str, str, str]:
    """On the wire, in C, of the struct, of the enum."""
    return name, name, f"{section.c_name}_{name}", f"{section.c_macro}_{name.upper()}"


def list_methods(routes: list[Route]) -> None:
    """Whoever answers GET answers HEAD."""
    for route in routes:
        methods = [other.method for other in routes if other.path == route.path]
        route.allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
