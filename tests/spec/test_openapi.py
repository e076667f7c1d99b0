"""openapi.json is OpenAPI 3.1, names every route and every refusal, and its examples are what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from spec import ROOT, SMALL_PATH

from codegen.language import read_protocol

SPECS = {ROOT / "protocol.yaml": ROOT / "generated", SMALL_PATH: SMALL_PATH.parent / "golden"}
both = pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)


def document(spec: Any) -> Any:
    return json.loads((SPECS[spec] / "openapi.json").read_text())


def contents(value: Any) -> Iterator[dict[str, Any]]:
    """Whatever has an example beside its schema."""
    if isinstance(value, dict):
        if "example" in value and "schema" in value:
            yield value
        for item in value.values():
            yield from contents(item)


@both
def test_it_is_openapi(spec: Any) -> None:
    OpenAPIV31SpecValidator(document(spec)).validate()


@both
def test_every_route_is_there_with_all_its_answers(spec: Any) -> None:
    protocol, paths = read_protocol(spec.read_text()), document(spec)["paths"]
    assert protocol.http
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == {
        (route.method, route.path) for route in protocol.routes if not route.admin}
    for route in (route for route in protocol.routes if not route.admin):
        said = paths[route.path][route.method.lower()]
        refusals = [*protocol.http.always, *route.refusals, *(protocol.http.tokens if route.token else [])]
        statuses = {answer.status for answer in route.answers} | {refusal.status for refusal in refusals}
        assert said["responses"].keys() == {str(status) for status in statuses} | ({"304"} if route.etag else set())
        assert ("security" in said, "requestBody" in said) == (route.token, route.request is not None)


@both
def test_every_example_is_valid(spec: Any) -> None:
    whole = document(spec)
    found = list(contents(whole))
    assert len(found) >= len(whole["components"]["responses"])
    for content in found:
        Draft202012Validator({**content["schema"], "components": whole["components"]}).validate(content["example"])


@both
def test_objects_with_a_name_are_said_once(spec: Any) -> None:
    whole = document(spec)
    text = json.dumps(whole)
    for name, schema in whole["components"]["schemas"].items():
        assert f'"#/components/schemas/{name}"' in text
        assert text.count(json.dumps(schema)) == 1
