"""Whether a bound can be reached: a client's message ends at a number of bytes, whatever its fields would allow."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from .fields import Scope
from .model import Field, Type
from .source import Value


def check_reach(fields: list[Field], value: Value, around: int, limit: str, scope: Scope) -> None:
    """The greatest value of each field has to find room beside the least of the others and the `around` bytes of the
    envelope. How much room there is the spec says by the name of a limit; without one there is no telling."""
    if limit not in scope.limits:
        return
    room = scope.limits[limit] - around
    places = {field.name: item for field, (_, item) in zip(fields, value.items(), strict=True)}
    too_long = [found for found in greatest_objects(fields) if found[1] > room]
    if too_long:  # the longest of them is why the others have no room, too
        path, size, type_ = max(too_long, key=lambda found: greatest(found[2]))
        step = least(type_.of) + 1 if type_.of else 1
        fits = max(0, int(type_.max or 0) - ceil((size - room) / step))
        places[path.partition(".")[0]].fail(
            f"{path} goes up to {type_.max} {type_.unit}, but a message ends at {scope.limits[limit]} bytes ({limit}): "
            f"at most {fits} have room")


def greatest_objects(fields: list[Field]) -> Iterator[tuple[str, int, Type]]:
    """For each text and array in an object: where it is, the least bytes of an object in which it is at its greatest, and
    its type."""
    for field in fields:
        others = [other for other in fields if other is not field and not other.optional]
        beside = 2 + sum(least_field(other) + 1 for other in others) + len(field.key.encode())
        if field.type.kind in ("str", "array"):
            yield field.name, beside + greatest(field.type), field.type
        for path, size, type_ in greatest_objects(field.type.fields):
            yield f"{field.name}.{path}", beside + size, type_


def least(type_: Type) -> int:
    """The fewest bytes of JSON that a value has."""
    if type_.kind in ("str", "array"):
        return sized(type_, int(type_.min or 0))
    if type_.kind == "enum":
        return 2 + min(len(choice.value) for choice in type_.choices)
    if type_.fields:
        required = [field for field in type_.fields if not field.optional]
        return 2 + sum(least_field(field) for field in required) + max(0, len(required) - 1)
    if type_.kind == "int":
        return len(str(min(max(0, int(type_.min)), int(type_.max))))  # the nearest to 0
    return len("true") if type_.kind == "bool" else 1


def greatest(type_: Type) -> int:
    """The fewest bytes of the greatest text or array."""
    return sized(type_, int(type_.max or 0))


def least_field(field: Field) -> int:
    value = least(field.type)
    return len(field.key.encode()) + (min(value, len("null")) if field.nullable else value)


def sized(type_: Type, count: int) -> int:
    """The fewest bytes of a text or an array of so many bytes, characters or items."""
    if not type_.of:
        return 2 + count
    return 2 + count * least(type_.of) + max(0, count - 1)
