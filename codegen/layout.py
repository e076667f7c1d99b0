"""The layout of generated C: what clang-format would do to it, so that templates need not.

Long lines are broken behind a comma and go on below what follows the open parenthesis, or else behind a =; comments at the end
of neighbouring lines stand below each other, or above their line where they are too long.
"""

from __future__ import annotations

import re
import textwrap

COLUMNS = 100
WITH_COMMENT = re.compile(r"(?P<code> *[^ /].*?) +(?P<comment>/\*.*\*/)")
COMMENT = re.compile(r"(?P<indent> *)(?P<text>(/\*| \*).*)")


def layout(text: str) -> str:
    lines: list[str] = []
    for line in aligned(text.split("\n")):
        lines += broken(line)
    return "\n".join(lines)


def broken(line: str) -> list[str]:
    """The line in pieces that fit."""
    if len(line) <= COLUMNS:
        return [line]
    if match := COMMENT.fullmatch(line):
        return textwrap.wrap(match["text"].strip(), COLUMNS, initial_indent=match["indent"],
                             subsequent_indent=match["indent"] + " * ", break_long_words=False)
    return broken_code(line, [])


def broken_code(line: str, opened: list[int]) -> list[str]:
    if len(line) <= COLUMNS:
        return [line]
    place = last_comma(line, opened)
    if not place:
        left, equals, right = line.partition(" = ")
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        return [left + equals.rstrip(), indent + right] if equals else [line]
    at, opened = place
    return [line[: at + 1], *broken_code(" " * opened[-1] + line[at + 2 :], opened)]


def last_comma(line: str, opened: list[int]) -> tuple[int, list[int]] | None:
    """The last comma to break behind, of those in the fewest parentheses, and the columns behind the
    parentheses that are open there."""
    opened = list(opened)
    best: tuple[int, list[int]] | None = None
    in_string = False
    for at, char in enumerate(line[:COLUMNS]):
        if char == '"' and line[at - 1] != "\\":
            in_string = not in_string
        elif in_string:
            continue
        elif char in "({":
            opened.append(at + 1)
        elif char in ")}":
            opened.pop()
        elif char == "," and opened and line[at + 1] == " " and (best is None or len(opened) <= len(best[1])):
            best = (at, list(opened))
    return best


def aligned(lines: list[str]) -> list[str]:
    """Comments behind code in one column, as far as lines with such comments follow each other."""
    done: list[str] = []
    run: list[re.Match[str]] = []
    for line in [*lines, ""]:
        match = WITH_COMMENT.fullmatch(line)
        if match:
            run.append(match)
            continue
        done += aligned_run(run)
        run = []
        done.append(line)
    return done[:-1]


def aligned_run(run: list[re.Match[str]]) -> list[str]:
    column = max((len(item["code"]) for item in run), default=0)
    for place, item in enumerate(run):
        if column + 1 + len(item["comment"]) > COLUMNS:
            indent = " " * (len(item["code"]) - len(item["code"].lstrip()))
            return [*aligned_run(run[:place]), indent + item["comment"], item["code"], *aligned_run(run[place + 1 :])]
    return [f"{item['code']:<{column}} {item['comment']}" for item in run]
