"""The language of types and fields: from YAML to model.Type and model.Field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .model import INTS, Check, Choice, Error, Field, Part, Type, c_number
from .names import KEYWORDS, NAME, c_string, snake
from .source import SpecError, Value, doc_of, listed, maybe
from .values import problem, shown

BASES = ("str", "bool", "f64", "array", *INTS)
C_INTS = {base: f"uint{base[1:]}_t" for base in INTS}
# Longest text of a number that is passed on as it came; a longer one is printed anew from its value.
NUMBER_BYTES_MAX = 32
FIELD_WORDS = ("doc", "null", "default")
BOUND_WORDS = ("min_error", "max_error", "check", "example")
# What other languages call them.
FOREIGN = {"float": "f64", "double": "f64", "number": "f64", "int": "u32", "integer": "u32", "list": "array"}


@dataclass
class Scope:
    """What a name can mean at one place, and which of it was used."""

    limits: Mapping[str, int]
    prefix: str = ""  # of C names: chat
    errors: dict[str, Error] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)  # types, by name
    raised: set[str] = field(default_factory=set)  # errors, by name
    broken: set[str] = field(default_factory=set)  # types whose mistake has been named already

    def error(self, value: Value, args: tuple[str, ...] = ()) -> Error:
        """The error of that name, which may have holes for `args` only."""
        error = self.named_error(value)
        name = error.name
        for arg in error.args:
            if arg.name not in args:
                holes = listed("{" + arg + "}" for arg in args) if args else "no hole"
                value.fail(f"{name} has the hole {{{arg.name}}}; raised here, it may have {holes}")
        self.raised.add(name)
        return error

    def named_error(self, value: Value) -> Error:
        name = value.text("the name of an error")
        if name not in self.errors:
            value.fail(f"unknown error {name}{maybe(name, self.errors)}; add it under errors")
        return self.errors[name]

    def bound(self, value: Value) -> int | float:
        """A number, or the name of a limit."""
        if not value.is_text:
            return value.number("a number or the name of a limit")
        name = value.text()
        if name not in self.limits:
            value.fail(f"unknown limit {name}{maybe(name, self.limits)}; add it under limits")
        return self.limits[name]


def check_name(key: Value, what: str, alone: bool = False) -> str:
    """A name that can be one in C too; `alone` when it stands there without a prefix."""
    name = key.text(f"the name of {what}")
    if not NAME.fullmatch(name):
        key.fail(f"{name} cannot be the name of {what}: letters, digits and _, a letter first, up to 64")
    if alone and snake(name) in KEYWORDS:
        key.fail(f"{name} cannot be the name of {what}: {snake(name)} is a word of C")
    return name


def parse_bounds(value: Value, scope: Scope, what: str) -> tuple[int | float, int | float]:
    ends = value.list(f"{what}: [least, greatest]")
    if len(ends) != 2:
        value.fail(f"expected {what}: [least, greatest]")
    low, high = scope.bound(ends[0]), scope.bound(ends[1])
    if low > high:
        value.fail(f"{shown(low)} is greater than {shown(high)}; the least comes first")
    return low, high


def size(value: Value, scope: Scope, what: str) -> tuple[int, int]:
    """Bounds of something that is counted."""
    low, high = parse_bounds(value, scope, what)
    if not isinstance(low, int) or not isinstance(high, int) or low < 0:
        value.fail(f"{what} are counted: whole numbers from 0")
    return low, high


def parse_pattern(value: Value) -> list[Part]:
    """The small kind of pattern that becomes straight C: literals, [classes] and {n}."""
    text, parts, at = value.line("a pattern"), [], 0
    token = re.compile(r"(?:\[((?:[^\]\\^]|\\.)+)\]|\\([\\\[\]{}.*+?()|^$-])|([^\\\[\]{}.*+?()|^$]))(?:\{(\d+)\})?")
    while at < len(text):
        match = token.match(text, at)
        if not match or not text.isascii():
            value.fail(f"pattern: only ASCII literals, [classes] and {{n}} are known, not {text[at:at + 8]!r};"
                       " anything richer is a check")
        klass, escaped, literal, count = match.groups()
        if klass:
            ranges = [(a, b or a) for a, b in re.findall(r"\\?(.)(?:-\\?([^\]]))?", klass)]
        else:
            ranges = [(escaped or literal, escaped or literal)]
        parts.append(Part(ranges, int(count or 1)))
        at = match.end()
    if not parts:
        value.fail("pattern: expected something to match")
    return parts


def counted(low: object, high: object, unit: str) -> str:
    if low == high:
        return f"{low} {unit[:-1] if low == 1 else unit}"
    return f"{low} to {high} {unit}"


def parse_str(words: dict[str, Value], value: Value, scope: Scope) -> Type:
    given = [word for word in ("bytes", "chars", "pattern") if word in words]
    if len(given) != 1:
        value.fail("a str needs one of bytes: [least, greatest], chars: [least, greatest] and pattern")
    if given == ["pattern"]:
        parts = parse_pattern(words["pattern"])
        text = words["pattern"].line()
        length = sum(part.count for part in parts)
        return Type("str", "", "", "struct str", f"must be a string of the form {text}", pattern=text,
                    parts=parts, min=length, max=length, unit="bytes", encoded_max=6 * length + 2)
    unit = given[0]
    low, high = size(words[unit], scope, unit)
    counts = counted(low, high, "bytes" if unit == "bytes" else "characters")
    return Type("str", "", "", "struct str", f"must be a string of {counts}", min=low, max=high, unit=unit,
                encoded_max=6 * high + 2)


def parse_plain(base: str, words: dict[str, Value], scope: Scope) -> Type:
    """A bool or a number."""
    if base == "bool":
        return Type("bool", "", "", "bool", "must be true or false", encoded_max=5)
    low: float | None
    high: float | None
    low, high = INTS.get(base, (None, None))
    if "range" in words:
        given = parse_bounds(words["range"], scope, "range")
        if base in INTS and not all(isinstance(end, int) and 0 <= end <= INTS[base][1] for end in given):
            words["range"].fail(f"the range of {base} lies within {low} and {high}")
        low, high = given
    span = "" if low is None else f" from {shown(low)} to {shown(high)}"
    if base == "f64":
        return Type("f64", "", "", "struct number", "must be a number" + span, base=base, min=low, max=high,
                    encoded_max=NUMBER_BYTES_MAX)
    return Type("int", "", "", C_INTS[base], "must be an integer" + span, base=base, min=low, max=high,
                encoded_max=max(len(str(low)), len(str(high))))


def parse_array(words: dict[str, Value], value: Value, scope: Scope) -> Type:
    for word in ("of", "items"):
        if word not in words:
            value.fail(f"an array needs {word}" + (": [least, greatest]" if word == "items" else ""))
    of = parse_type(words["of"], scope)
    low, high = size(words["items"], scope, "items")
    if of.check or of.min_error or of.max_error:
        words["of"].fail("an item of an array has neither a check nor errors of its own; give them to the array")
    if of.kind == "array":
        words["of"].fail("an array of arrays; give the inner one a struct under types")
    if low == high and of.kind in ("struct", "tuple"):
        words["items"].fail("a fixed number of structs; name them as fields instead")
    rule = of.rule.removeprefix("must be an ").removeprefix("must be a ")
    head, _, tail = rule.partition(" ")
    plural = {"string": "strings", "number": "numbers", "integer": "integers", "object": "objects",
              "array": "arrays"}.get(head, head)
    rule = f"must be an array of {counted(low, high, '').strip()} {plural} {tail}".strip()
    return Type("array", "", "", of.c_type, rule, min=low, max=high, unit="items", of=of,
                encoded_max=2 + high * (of.encoded_max + 1))


def parse_check(value: Value, scope: Scope, base: Type) -> Check:
    words = value.words(("name", "text", "good", "bad"), ("error",), "in a check")
    name = check_name(words["name"], "a check")
    check = Check(name, f"{scope.prefix}_check_{name}", words["text"].line(),
                  scope.error(words["error"]) if "error" in words else None,
                  [item.plain() for item in words["good"].list()],
                  [item.plain() for item in words["bad"].list()])
    for word in ("good", "bad"):
        if not words[word].list():
            words[word].fail(f"a check needs at least one {word} value, for the tests")
        for item in words[word].list():
            if trouble := problem(base, item.plain()):
                item.fail(f"{word} values keep the other bounds; this one {trouble}")
    return check


def parse_bounds_of(type_: Type, words: dict[str, Value], value: Value, scope: Scope) -> None:
    """The words that any bounded type may carry."""
    for word, low in (("min_error", True), ("max_error", False)):
        if word not in words:
            continue
        if type_.kind not in ("str", "int") or type_.pattern:
            words[word].fail(f"{word} is for a str with bytes or chars, and for whole numbers")
        if low and type_.min == 0:
            words[word].fail("min_error with a least of 0 can never be raised")
        if not low and type_.c_max == type_.c_base_max:
            words[word].fail(f"max_error with the greatest {type_.base} can never be raised")
        setattr(type_, word, scope.error(words[word], (type_.unit,) if type_.unit else ()))
    if "secret" in words:
        type_.secret = words["secret"].boolean()
    if "check" in words:
        type_.check = parse_check(words["check"], scope, type_)
    if "example" in words:
        type_.example = words["example"].plain()
        if trouble := problem(type_, type_.example):
            words["example"].fail(f"the example {trouble}")


def parse_base(words: dict[str, Value], value: Value, scope: Scope) -> Type:
    base = words["type"].text()
    known = {"str": ("bytes", "chars", "pattern", "secret"), "array": ("of", "items"), "bool": ()}
    allowed = ("type", *known.get(base, ("range",)), *(BOUND_WORDS if base != "bool" else ()))
    for key, _ in value.items():
        if key.node.value not in (*allowed, *FIELD_WORDS):
            key.fail(f"unknown word {key.node.value} in a type {base}"
                     f"{maybe(key.node.value, allowed)}; known: {listed((*allowed, *FIELD_WORDS))}")
    if base == "str":
        type_ = parse_str(words, value, scope)
    elif base == "array":
        type_ = parse_array(words, value, scope)
    else:
        type_ = parse_plain(base, words, scope)
    parse_bounds_of(type_, words, value, scope)
    return type_


def parse_type(value: Value, scope: Scope) -> Type:
    """A type where it is used: a name, or bounds in place."""
    if value.is_map:
        return parse_in_place(value, scope)
    name = value.text("the name of a type")
    if name in BASES:
        if name in ("str", "array"):
            value.fail(f"a bare {name} has no upper bound; say {{ type: {name}, "
                       + ("bytes: [0, 256] }" if name == "str" else "of: …, items: [0, 100] }"))
        return parse_plain(name, {}, scope)
    if name in scope.broken:
        raise SpecError([])
    if name not in scope.types:
        meant = f" (did you mean {FOREIGN[name]}?)" if name in FOREIGN else maybe(name, (*scope.types, *BASES))
        value.fail(f"unknown type {name}{meant}; define it under types, above its first use")
    scope.used.add(name)
    return scope.types[name]


def parse_in_place(value: Value, scope: Scope) -> Type:
    """`{ type: str, bytes: [0, 9] }`, or `{ type: name }` with words of the field beside it."""
    words = {key.node.value: item for key, item in value.items()}
    for word in ("enum", "fields", "tuple"):
        if word in words:
            value.fail(f"{word} stands under types, so that it has a name in C")
    if "type" not in words:
        value.fail(f"type is missing here; one of {listed(BASES)}, or a name under types")
    if words["type"].text("the name of a type") in BASES:
        return parse_base(words, value, scope)
    type_ = parse_type(words["type"], scope)
    for key, _ in value.items():
        if key.node.value not in ("type", *FIELD_WORDS):
            key.fail(f"{type_.name} has its bounds where it is defined;"
                     f" beside it, only {listed(FIELD_WORDS)} are known")
    return type_


def parse_named(key: Value, value: Value, scope: Scope) -> Type:
    """An entry under types."""
    name = check_name(key, "a type")
    if name in BASES:
        key.fail(f"{name} is a type of the language already")
    words = {word.node.value: item for word, item in value.items("a map, as in { type: u8, range: [1, 9] }")}
    c_name = f"{scope.prefix}_{snake(name)}" if scope.prefix else snake(name)
    if "enum" in words:
        value.words(("enum",), ("doc",), "in an enum")
        type_ = parse_enum(words["enum"], c_name)
    elif "fields" in words or "tuple" in words:
        kind = "fields" if "fields" in words else "tuple"
        value.words((kind,), ("doc", "example"), "in a struct" if kind == "fields" else "in a tuple")
        type_ = parse_struct(words[kind], c_name, kind == "tuple", scope)
    else:
        for word in ("null", "default"):
            if word in words:
                words[word].fail(f"{word} is said of a field, not of a type")
        type_ = parse_type(value, scope)
        if type_.name:
            value.fail(f"a second name for {type_.name}; use that one")
    type_.name, type_.doc = name, doc_of(words)
    if not scope.prefix and type_.kind in ("enum", "struct", "tuple"):
        value.fail("an enum, a struct or a tuple belongs to a service; move it under the service's types")
    return type_


def parse_enum(value: Value, c_name: str) -> Type:
    choices: list[Choice] = []
    for item in value.list("a list of words"):
        choice = parse_choice(item, c_name)
        if choice.c_name in [other.c_name for other in choices] or choice.value in [o.value for o in choices]:
            item.fail(f"{choice.value} is in the list already")
        choices.append(choice)
    if not choices:
        value.fail("an enum needs at least one value")
    return Type("enum", "", "", f"enum {c_name}", "must be " + listed((c.value for c in choices), "or"),
                choices=choices, c_name=c_name, encoded_max=max(len(c.value) for c in choices) + 2)


def parse_choice(value: Value, c_name: str) -> Choice:
    """`open`, or `{ not_ptt: the channel is not push-to-talk }` where the value itself cannot be a name."""
    name, text = value, ""
    if value.is_map:
        entries = list(value.items())
        if len(entries) != 1:
            value.fail("a value of an enum is a word, or { name: value }")
        name, item = entries[0]
        text = item.line("a value of an enum")
        if not re.fullmatch(r"[ !#-\[\]-~]+", text):
            item.fail('a value of an enum is plain ASCII, without " and \\')
    word = check_name(name, "a value of an enum")
    return Choice(text or word, f"{c_name}_{snake(word)}".upper())


def parse_struct(value: Value, c_name: str, is_tuple: bool, scope: Scope) -> Type:
    fields = parse_fields(value, scope)
    if not fields:
        value.fail("expected at least one field")
    if is_tuple and any(field.optional for field in fields):
        value.fail("a place in a tuple may not be absent; use null: true")
    rule = f"must be an array of {len(fields)} values" if is_tuple else "must be an object"
    keys = 0 if is_tuple else sum(len(field.key.encode()) for field in fields)
    values = sum(encoded_max(field) + 1 for field in fields)
    return Type("tuple" if is_tuple else "struct", "", "", f"struct {c_name}", rule, fields=fields, c_name=c_name,
                encoded_max=2 + keys + values)


def encoded_max(field: Field) -> int:
    return max(field.type.encoded_max, 4 if field.nullable else 0)


def parse_fields(value: Value, scope: Scope) -> list[Field]:
    """A map of `name: type` or `name?: type`."""
    fields: list[Field] = []
    members: dict[str, str] = {}
    for key, item in value.items("fields: name: type"):
        field = parse_field(key, item, scope)
        extra = [f"has_{field.c_name}"] if field.has else []
        if field.type.kind == "array" and not field.type.fixed:
            extra.append(f"{field.c_name}_count")
        for member in (field.c_name, *extra):
            if member in members:
                key.fail(f"{field.name} and {members[member]} are both {member} in C; rename one")
            members[member] = field.name
        fields.append(field)
    return fields


def parse_field(key: Value, value: Value, scope: Scope) -> Field:
    text = key.text("the name of a field")
    key_name = Value(key.node, key.file)
    optional = text.endswith("?")
    if optional:
        key_name.node = type(key.node)(key.node.tag, text[:-1], key.node.start_mark, key.node.end_mark)
    name = check_name(key_name, "a field", alone=True)
    type_ = parse_type(value, scope)
    words = {word.node.value: item for word, item in value.items()} if value.is_map else {}
    doc = doc_of(words)
    nullable = "null" in words and words["null"].boolean()
    if nullable and optional:
        words["null"].fail(f"{name} is either absent ({name}?) or null (null: true), not both")
    result = Field(name, snake(name), type_, doc, optional, nullable)
    if "default" in words:
        set_default(result, words["default"], scope)
    result.c_comment = comment(result)
    return result


def set_default(field: Field, value: Value, scope: Scope) -> None:
    if not field.optional:
        value.fail(f"a default is for a field that may be absent: {field.name}?")
    kind = field.type.kind
    default: Any = scope.bound(value) if kind in ("int", "f64") else value.plain()
    if trouble := problem(field.type, default):
        value.fail(f"the default {trouble}")
    field.default = default
    if kind == "enum":
        field.c_default = next(c.c_name for c in field.type.choices if c.value == default)
    elif kind == "int":
        field.c_default = c_number(default)
    elif kind == "str":
        field.c_default = f"STR({c_string(default)})"
    elif kind == "bool":
        field.c_default = "true" if default else "false"
    else:
        value.fail(f"a default is for a str, bool, enum or whole number, not for {field.name}")


def comment(field: Field) -> str:
    """What C says beside the member: its bounds, and how it may be missing."""
    type_, notes = field.type, []
    if type_.kind == "str":
        notes.append(type_.rule.removeprefix("must be a string of "))
    elif type_.kind == "array" and type_.fixed:
        notes += []
    elif type_.kind == "array":
        notes.append(f"up to {type_.max}")
    elif type_.kind in ("int", "f64") and type_.min is not None and (type_.min, type_.max) != INTS.get(type_.base):
        notes.append(f"{shown(type_.min)} to {shown(type_.max)}")
    if field.doc:
        notes.append(field.doc)
    if field.default is not None:
        notes.append(f"{json.dumps(field.default)} unless given")
    elif field.optional:
        notes.append("may be absent")
    if field.nullable:
        notes.append("may be null")
    return "; ".join(notes)
