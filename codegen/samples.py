"""Sample values of types, always the same: for test vectors and examples."""

from __future__ import annotations

from typing import Any

from .model import Body, Field, Type


def sample(type_: Type) -> Any:
    """A value of the type, always the same."""
    if type_.example is not None:
        return type_.example
    if type_.check:
        return type_.check.good[0]
    kind = type_.kind
    if kind == "bool":
        return True
    if kind == "enum":
        return type_.choices[0].value
    if kind in ("int", "f64"):
        usual = 7 if kind == "int" else 0.5
        return usual if type_.min is None or type_.max is None else min(max(type_.min, usual), type_.max)
    if kind == "str":
        return pattern_text(type_) if type_.parts else text_of(type_)
    if kind == "array":
        assert type_.of
        return [sample(type_.of)] * max(int(type_.min or 0), min(1, int(type_.max or 0)))
    values = {field.name: sample(field.type) for field in type_.fields}
    return list(values.values()) if kind == "tuple" else values


def pattern_text(type_: Type) -> str:
    return "".join(part.ranges[0][0] * part.count for part in type_.parts)


def text_of(type_: Type) -> str:
    length = min(max(int(type_.min or 0), 5), int(type_.max or 0))
    return "abcde"[:length] if length <= 5 else "a" * length


def full(fields: list[Field]) -> dict[str, Any]:
    return {field.name: sample(field.type) for field in fields}


def least(fields: list[Field]) -> dict[str, Any]:
    return {field.name: sample(field.type) for field in fields if not field.optional}


def answer_value(body: Body) -> Any:
    return sample(body.fields[0].type) if body.bare else full(body.fields)
