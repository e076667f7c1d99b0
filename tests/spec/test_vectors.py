"""vectors.json, the JSON Schema and the Python client say the same of every message."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator
from spec import ROOT, SMALL_PATH

GENERATED = {"protocol": ROOT / "generated", "small": SMALL_PATH.parent / "golden"}
# What only the reader of JSON or the session's facts can tell.
ELSEWHERE = ("json", "nul", "guard")


@cache
def load(name: str, file: str) -> Any:
    return json.loads((GENERATED[name] / file).read_text())


@cache
def client(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_client", GENERATED[name] / "protocol.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def bytes_at_most(_: Any, bound: int, text: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(text, str) and len(text.encode()) > bound:
        yield jsonschema.ValidationError(f"more than {bound} bytes")


def bytes_at_least(_: Any, bound: int, text: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(text, str) and len(text.encode()) < bound:
        yield jsonschema.ValidationError(f"less than {bound} bytes")


Validator = jsonschema.validators.extend(Draft202012Validator, {"maxBytes": bytes_at_most, "minBytes": bytes_at_least})


@cache
def validator(name: str, definition: str) -> Any:
    return Validator({**load(name, "protocol.schema.json"), "$ref": f"#/$defs/{definition}"})


def vectors(section: str) -> Iterator[Any]:
    for name in GENERATED:
        path = GENERATED[name] / "vectors.json"
        services = json.loads(path.read_text())["services"] if path.exists() else {}
        for service, sections in services.items():
            for number, vector in enumerate(sections[section]):
                title = vector.get("name") or vector["event"]
                yield pytest.param(name, service, vector, id=f"{name}-{service}-{section}-{number}-{title[:40]}")


@pytest.mark.parametrize("name", GENERATED)
def test_the_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(load(name, "protocol.schema.json"))


@pytest.mark.parametrize(("name", "service", "vector"), list(vectors("commands")))
def test_commands(name: str, service: str, vector: dict[str, Any]) -> None:
    if vector["rule"] in ELSEWHERE:
        return
    valid = vector["status"] == "ok"
    if vector["rule"] == "check":  # written by hand in C; the others know the bounds only
        valid = True
    assert validator(name, f"{service}.command").is_valid(json.loads(vector["text"])) is valid
    if valid:
        command = client(name).parse_command(service, vector["text"])
        again = client(name).parse_command(service, command.to_json())
        assert again == command
    else:
        with pytest.raises(ValueError):
            client(name).parse_command(service, vector["text"])


@pytest.mark.parametrize(("name", "service", "vector"), list(vectors("events")))
def test_events(name: str, service: str, vector: dict[str, Any]) -> None:
    frame = json.loads(vector["text"])
    validator(name, f"{service}.event").validate(frame)
    validator(name, f"{service}.event.{vector['event']}").validate(frame)
    event = client(name).parse_event(service, vector["text"])
    assert event.NAME == vector["event"]
    assert event.to_json() == vector["text"]


@pytest.mark.parametrize(("name", "service", "vector"), list(vectors("http")))
def test_bodies(name: str, service: str, vector: dict[str, Any]) -> None:
    if vector["rule"] in ELSEWHERE:
        return
    schema = validator(name, f"{service}.http.{vector['body']}")
    assert schema.is_valid(json.loads(vector["text"])) is (vector["status"] == "ok")


@pytest.mark.parametrize("name", GENERATED)
def test_no_event_holds_a_field_that_is_not_named(name: str) -> None:
    for service, sections in load(name, "vectors.json")["services"].items():
        for vector in sections["events"]:
            frame = json.loads(vector["text"]) | {"extra": 1}
            assert not validator(name, f"{service}.event").is_valid(frame)


@pytest.mark.parametrize("name", GENERATED)
def test_every_message_and_every_error_of_a_field_has_a_vector(name: str) -> None:
    definitions = load(name, "protocol.schema.json")["$defs"]
    for service, sections in load(name, "vectors.json")["services"].items():
        valid = {vector["command"] for vector in sections["commands"] if vector["rule"] == "valid"}
        assert {f"{service}.command.{command}" for command in valid} == {
            key for key in definitions if key.startswith(f"{service}.command.")}
        assert {f"{service}.event.{vector['event']}" for vector in sections["events"]} == {
            key for key in definitions if key.startswith(f"{service}.event.")}


@pytest.mark.parametrize("name", GENERATED)
def test_the_client_knows_the_spec(name: str) -> None:
    module = client(name)
    assert len(module.SPEC_HASH) == 64
    assert module.VERSION >= 1


def test_the_client_refuses_what_is_out_of_bounds() -> None:
    module = client("protocol")
    with pytest.raises(ValueError, match="room_code must be a string of 0 to 512 bytes"):
        module.ChatJoinRoomCmd(room_code="é" * 257).to_json()
    with pytest.raises(ValueError, match="active_members.0..ssrc must be an integer"):
        module.LiveChannelJoinAck(channel_id="c", active_members=[module.LiveMember(user_id="u", ssrc=-1)]).to_json()
    with pytest.raises(ValueError, match="unknown type 'no_such'"):
        module.parse_event("chat", '{"type":"no_such"}')


def test_the_client_agrees_with_what_was_seen_on_the_wire() -> None:
    module = client("protocol")
    seen = '{"type":"room_joined","room_code":"JWQCAK","partner":null}'
    event = module.parse_event("chat", seen)
    assert event == module.ChatRoomJoinedEvt(room_code="JWQCAK", partner=None)
    assert event.to_json() == seen
    seen = ('{"op":200,"d":{"op":11,"data":{"channel_id":"CH_1","active_members":[{"user_id":"user_1","ssrc":100}]}}}')
    assert module.parse_event("live", seen).to_json() == seen
