"""YAML with places: every value knows its file, line and column, so that every mistake can name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

import yaml

INT = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
BOOL = "tag:yaml.org,2002:bool"
STR = "tag:yaml.org,2002:str"
KINDS = {INT: "a number", FLOAT: "a number", BOOL: "true or false", STR: "a text",
         "tag:yaml.org,2002:null": "nothing"}


class SpecError(Exception):
    """One or more mistakes in the spec, each a line `file:line:column: error: what would be right`."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


@dataclass(eq=False)
class Value:
    """A YAML node and the name of the file it stands in."""

    node: yaml.Node
    file: str

    def fail(self, message: str) -> NoReturn:
        mark = self.node.start_mark
        raise SpecError([f"{self.file}:{mark.line + 1}:{mark.column + 1}: error: {message}"])

    @property
    def is_map(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_null(self) -> bool:
        return self.node.tag == "tag:yaml.org,2002:null"

    @property
    def is_text(self) -> bool:
        return self.node.tag == STR

    def kind(self) -> str:
        if self.is_map:
            return "a map"
        return "a list" if self.is_list else KINDS.get(self.node.tag, "something else")

    def _as(self, tag: str, what: str) -> yaml.ScalarNode:
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag != tag:
            self.fail(f"expected {what}, not {self.kind()}")
        return self.node

    def text(self, what: str = "a text") -> str:
        if self.node.tag == BOOL:
            self.fail(f"expected {what}; YAML reads {self.node.value} as true or false: quote it")
        return str(self._as(STR, what).value)

    def line(self, what: str = "a text") -> str:
        """A text that can stand in a comment."""
        text = self.text(what).strip()
        if "*/" in text or "/*" in text:
            self.fail("*/ and /* are marks of C's comments; say it without")
        if not text.isprintable():
            self.fail(f"expected {what} of one line, without control characters")
        return text

    def integer(self, what: str = "a whole number") -> int:
        return int(yaml.SafeLoader.construct_yaml_int(_LOADER, self._as(INT, what)))

    def number(self, what: str = "a number") -> int | float:
        if self.node.tag == INT:
            return self.integer()
        return float(yaml.SafeLoader.construct_yaml_float(_LOADER, self._as(FLOAT, what)))

    def boolean(self) -> bool:
        return bool(yaml.SafeLoader.construct_yaml_bool(_LOADER, self._as(BOOL, "true or false")))

    def plain(self) -> object:
        """The value as Python data, without places: for examples and defaults."""
        if self.is_map:
            return {key.text("a name"): value.plain() for key, value in self.items()}
        if self.is_list:
            return [value.plain() for value in self.list()]
        if self.node.tag == BOOL:
            return self.boolean()
        if self.is_null:
            return None
        return self.number() if self.node.tag in (INT, FLOAT) else self.text()

    def list(self, what: str = "a list") -> list[Value]:
        if not isinstance(self.node, yaml.SequenceNode):
            self.fail(f"expected {what}, not {self.kind()}")
        return [Value(node, self.file) for node in self.node.value]

    def items(self, what: str = "a map") -> Iterator[tuple[Value, Value]]:
        """Keys and values in their order; a key said twice is an error."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fail(f"expected {what}, not {self.kind()}")
        seen: dict[str, int] = {}
        for key_node, node in self.node.value:
            key = Value(key_node, self.file)
            if not isinstance(key_node, yaml.ScalarNode):
                key.fail("expected a name before the colon")
            if key_node.value in seen:
                key.fail(f"{key_node.value} is said twice; first on line {seen[key_node.value]}")
            seen[key_node.value] = key_node.start_mark.line + 1
            yield key, Value(node, self.file)

    def words(self, required: Iterable[str] = (), optional: Iterable[str] = (),
              where: str = "here") -> dict[str, Value]:
        """The map by its keys, which must be among the words that the language has at this place."""
        required, optional = list(required), list(optional)
        known, found = required + optional, {}
        for key, value in self.items():
            name = key.node.value
            if name not in known:
                key.fail(f"unknown word {name} {where}{maybe(name, known)}; known: {listed(known)}")
            found[name] = value
        for name in required:
            if name not in found:
                self.fail(f"{name} is missing {where}")
        return found


def doc_of(words: dict[str, Value]) -> str:
    return words["doc"].line() if "doc" in words else ""


def maybe(name: str, known: Iterable[str]) -> str:
    """`, did you mean x?` when there is something close."""
    close = get_close_matches(name, list(known), 1)
    return f" (did you mean {close[0]}?)" if close else ""


class _Loader(yaml.SafeLoader):
    """Refuses what makes a text harder to read than what it says."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="no anchors and aliases; give it a name under types",
                                       problem_mark=event.start_mark)
        return super().compose_node(parent, index)


_LOADER = _Loader("")


def load(text: str, file: str) -> Value:
    """The file as a Value; a text that is no YAML is a SpecError too."""
    try:
        node = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        hint = '; inside { } quote a name that ends in ?' if "got '?'" in (error.problem or "") else ""
        raise SpecError([f"{file}:{place}: error: {error.problem}{hint}"]) from None
    except yaml.reader.ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        raise SpecError([f"{file}:{line}:{column}: error: a character that YAML does not allow"]) from None
    if node is None:
        raise SpecError([f"{file}:1:1: error: the file is empty; start with version: 1"])
    return Value(node, file)


class Report:
    """Collects mistakes, so that one run names all that do not follow from each other."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def item(self) -> Iterator[None]:
        try:
            yield
        except SpecError as error:
            self.lines += error.lines

    def each(self, value: Value | None, read: Callable[[Value, Value], None]) -> None:
        """Reads the entries of a section; goes no further when one of them is wrong."""
        for key, item in value.items() if value else ():
            with self.item():
                read(key, item)
        self.stop()

    def stop(self) -> None:
        if self.lines:
            raise SpecError(self.lines)
