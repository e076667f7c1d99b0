"""openapi.json: the HTTP side as OpenAPI 3.1, for people who make clients, and for the tests; the admin port's is not in it.

Schemas are those of schema.py; objects that have a name under `types` are components and referred to. What HTTP itself
says of a status (the headers that go with it) is said here, all else in the spec.
"""

from __future__ import annotations

import json
from typing import Any

from .client import camel
from .messages import structs_of
from .model import Body, Http, Protocol, Refusal, Route
from .samples import answer_value, full
from .schema import body_schema, type_schema

Object = dict[str, Any]
# Headers that come with a status (RFC 9110; RFC 6750).
HEADERS = {
    401: ("WWW-Authenticate", "Bearer, and what is wrong with the token."),
    405: ("Allow", "The methods that the path has."),
    426: ("Upgrade", "websocket"),
    429: ("Retry-After", "Seconds."),
    503: ("Retry-After", "Seconds."),
}
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "query": {"type": "apiKey", "in": "query", "name": "token", "description": "For those who can set no header."},
}


def openapi(protocol: Protocol, made_from: str) -> str:
    http = protocol.http
    assert http
    routes = [route for route in protocol.routes if not route.admin]
    held = [body.fields for route in routes for body in (route.request, *route.bodies) if body]
    used = [http.refused_as, *structs_of([field for fields in held for field in fields])]
    structs = [type_ for section in protocol.sections for type_ in section.structs if type_ in used]
    components = {camel(type_.c_name): type_schema(type_, True) for type_ in structs}
    names = {json.dumps(schema): name for name, schema in components.items()}
    document = {
        "x-made-from": made_from,
        "openapi": "3.1.0",
        "info": {"title": "Parley", "version": str(protocol.version), "description": description(http)},
        "servers": [{"url": "/"}],
        "tags": [{"name": section.name, "description": section.doc} for section in protocol.sections if section.routes],
        "paths": referring(paths(protocol, http), names),
        "components": {
            "schemas": {name: inside(schema, names) for name, schema in components.items()},
            "responses": {str(refusal.status): referring(refused(http, refusal), names) for refusal in http.refusals},
            "securitySchemes": SECURITY,
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def description(http: Http) -> str:
    return (f"{http.doc} Whoever answers GET answers HEAD. Another path is answered {http.no_path.status}, another "
            f"method of a path {http.no_method.status}. What goes over the WebSockets is in /protocol.yaml. Texts are "
            "counted in bytes where maxBytes says so, and hold any character but U+0000.")


def paths(protocol: Protocol, http: Http) -> Object:
    found: Object = {}
    for section in protocol.sections:
        for route in section.routes:
            if route.admin:
                continue
            found.setdefault(route.path, {})[route.method.lower()] = operation(route, section.name, http)
    return found


def operation(route: Route, tag: str, http: Http) -> Object:
    result: Object = {"operationId": route.name, "tags": [tag]} | ({"summary": route.doc} if route.doc else {})
    if route.token:
        result["security"] = [{}, *({name: []} for name in SECURITY)]
    if route.etag:
        result["parameters"] = [{"name": "If-None-Match", "in": "header", "schema": {"type": "string"},
                                 "description": "The ETag of the answer that the client has."}]
    if route.request:
        result["requestBody"] = {"required": True, "content": {route.request.content: {
            "schema": body_schema(route.request), "example": full(route.request.fields)}}}
    result["responses"] = {str(answer.status): answered(answer, route) for answer in route.answers}
    if route.etag:
        result["responses"]["304"] = {"description": "The client has it already.", "headers": etag()}
    refusals = {*http.always, *route.refusals, *(http.tokens if route.token else ())}
    for status in sorted(refusal.status for refusal in refusals):
        result["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    return result


def etag() -> Object:
    return {"ETag": {"description": "Names this version of the answer.", "required": True,
                     "schema": {"type": "string"}}}


def answered(answer: Body, route: Route) -> Object:
    content: Object = {} if answer.is_file else {"schema": body_schema(answer), "example": answer_value(answer)}
    result: Object = {"description": route.doc or "Done.", "content": {answer.content: content}}
    return result | ({"headers": etag()} if route.etag else {})


def refused(http: Http, refusal: Refusal) -> Object:
    fields = http.refused_as.fields
    known = {"status": refusal.status, "error": refusal.name, "message": refusal.doc or refusal.name}
    example = {name: known.get(name, value) for name, value in full(fields).items()}
    result: Object = {"description": refusal.doc or refusal.name, "content": {"application/json": {
        "schema": type_schema(http.refused_as, True), "example": example}}}
    if refusal.status in HEADERS:
        name, doc = HEADERS[refusal.status]
        result["headers"] = {name: {"description": doc, "required": True, "schema": {"type": "string"}}}
    return result


def referring(value: Any, names: dict[str, str]) -> Any:
    """With each schema of a named object replaced by a reference; what is said of it at that place stays."""
    if isinstance(value, list):
        return [referring(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    if name := names.get(json.dumps({key: item for key, item in value.items() if key != "description"})):
        said = {"description": value["description"]} if "description" in value else {}
        return {"$ref": f"#/components/schemas/{name}"} | said
    return inside(value, names)


def inside(schema: Object, names: dict[str, str]) -> Object:
    return {key: referring(item, names) for key, item in schema.items()}
