"""What the Python client and the fuzz dictionary print: names and expressions in their languages."""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator

from .model import Field, Message, Protocol, Section, Service, Type

PYTHON_TYPES = {"str": "str", "bool": "bool", "int": "int", "f64": "float", "enum": "str"}


def camel(c_name: str) -> str:
    """chat_room_joined_evt as ChatRoomJoinedEvt."""
    return "".join(word.capitalize() for word in c_name.split("_"))


def py_name(name: str) -> str:
    return name + "_" if keyword.iskeyword(name) else name


def py_doc(text: str) -> str:
    """A docstring."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{text}"""'


def py_text(text: str) -> str:
    """A literal."""
    return json.dumps(text, ensure_ascii=False)


def py_class(item: Message | Type) -> str:
    return camel(item.c_name if isinstance(item, Type) else item.c_struct)


def py_type(type_: Type) -> str:
    """The annotation."""
    if type_.kind == "array":
        assert type_.of
        return f"list[{py_type(type_.of)}]"
    return py_class(type_) if type_.fields else PYTHON_TYPES[type_.kind]


def py_shape(type_: Type) -> str:
    """The expression that checks, reads and writes a value of the type."""
    kind = type_.kind
    if kind == "str":
        bounds = f"{type_.min}, {type_.max}, {type_.unit!r}"
        return f"Text(pattern={type_.pattern!r})" if type_.pattern else f"Text({bounds})"
    if kind == "int":
        return f"Int({type_.min}, {type_.max})"
    if kind == "f64":
        return "Number()" if type_.min is None else f"Number({type_.min}, {type_.max})"
    if kind == "enum":
        return f"Enum({', '.join(repr(choice.value) for choice in type_.choices)})"
    if kind == "array":
        assert type_.of
        return f"Array({py_shape(type_.of)}, {type_.min}, {type_.max})"
    return "Bool()" if kind == "bool" else f"{kind.capitalize()}({py_class(type_)})"


def py_annotation(field: Field) -> str:
    """Absent and null are both None."""
    return py_type(field.type) + (" | None" if field.optional or field.nullable else "")


def frames(section: Section) -> Iterator[Message]:
    if isinstance(section, Service):
        yield from section.commands
        yield from section.events


def fuzz_words(protocol: Protocol) -> list[str]:
    """The words that a decoder looks for, as JSON and as entries of a libFuzzer dictionary."""
    words: dict[str, None] = {}

    def add(fields: list[Field]) -> None:
        for field in fields:
            words[field.key] = None
            type_ = field.type.of or field.type
            words.update((f'"{choice.value}"', None) for choice in type_.choices)
            add(type_.fields)

    for service in protocol.services:
        envelope = service.envelope
        for command in service.commands:
            tag = f'"{command.tag}"' if isinstance(command.tag, str) else command.tag
            words[f'"{envelope.tag}":{tag}'] = None
            if envelope.body:
                words[f'"{envelope.body}":'] = None
            add(command.fields)
    for route in protocol.routes:
        add(route.request.fields if route.request else [])
    return ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words]
