"""Values of a type: whether one is within its bounds, and how numbers are written for people."""

from __future__ import annotations

from typing import Any

from .model import Part, Type


def shown(number: object) -> str:
    """1000 for 1000.0 too."""
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    return str(number)


def matches(parts: list[Part], text: str) -> bool:
    at = 0
    for part in parts:
        for _ in range(part.count):
            if at == len(text) or not any(a <= text[at] <= b for a, b in part.ranges):
                return False
            at += 1
    return at == len(text)


def count(type_: Type, text: str) -> int:
    return len(text) if type_.unit == "chars" else len(text.encode("utf-8", "surrogatepass"))


def problem(type_: Type, value: Any) -> str:
    """What is wrong with a value, as `must be …`; empty when it is within the bounds. Checks written by
    hand are not asked."""
    if not shape(type_, value):
        return type_.rule
    if type_.kind == "array":
        assert type_.of
        return next((bad for item in value if (bad := problem(type_.of, item))), "")
    if type_.kind == "tuple":
        places = zip(type_.fields, value, strict=True)
        return next((f"{field.name} {bad}" for field, item in places if (bad := problem(field.type, item))), "")
    if type_.kind == "struct":
        for field in type_.fields:
            if field.name not in value:
                if not field.optional:
                    return f"must have {field.name}"
            elif value[field.name] is None and field.nullable:
                continue
            elif bad := problem(field.type, value[field.name]):
                return f"{field.name} {bad}"
    return ""


def shape(type_: Type, value: Any) -> bool:
    """The type and the bounds of the value itself, without what it holds."""
    kind = type_.kind
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "enum":
        return value in [choice.value for choice in type_.choices]
    if kind in ("int", "f64"):
        if isinstance(value, bool) or not isinstance(value, int if kind == "int" else (int, float)):
            return False
        return type_.min is None or type_.min <= value <= (type_.max or 0)
    if kind == "str":
        if not isinstance(value, str):
            return False
        return matches(type_.parts, value) if type_.parts else within(type_, count(type_, value))
    if kind == "array":
        return isinstance(value, list) and within(type_, len(value))
    if kind == "tuple":
        return isinstance(value, list) and len(value) == len(type_.fields)
    return isinstance(value, dict)


def within(type_: Type, number: int) -> bool:
    return (type_.min or 0) <= number <= (type_.max or 0)
