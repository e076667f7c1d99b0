"""Whatever stands in the file, codegen answers with a protocol or with lines that have a place; never with a fault."""

from __future__ import annotations

import random
import re

import pytest
from codegen.language import read_protocol
from codegen.render import render
from codegen.source import SpecError
from spec import SMALL

TOKEN = re.compile(r'"[^"]*"|[\w?]+|[\[\]{}:,]')
STRANGE = ["-1", "0", "[]", "{}", "null", "1.5", "true", '""', "a b", '"é"', "9" * 20, "~", "!!str 1", "- 1", "*a"]
WORDS = sorted(set(TOKEN.findall(SMALL))) + STRANGE


def without_a_line(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    del lines[draw.randrange(len(lines))]
    return "\n".join(lines)


def with_a_line_twice(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(draw.randrange(len(lines)), draw.choice(lines))
    return "\n".join(lines)


def with_another_word(text: str, draw: random.Random) -> str:
    word = draw.choice(list(TOKEN.finditer(text)))
    return text[:word.start()] + draw.choice([*WORDS, ""]) + text[word.end():]


@pytest.mark.parametrize("seed", range(250))
def test_a_spec_with_accidents(seed: int) -> None:
    draw, text = random.Random(seed), SMALL
    for _ in range(draw.randint(1, 2)):
        text = draw.choice([without_a_line, with_a_line_twice, with_another_word, with_another_word])(text, draw)
    try:
        protocol = read_protocol(text, "small.yaml")
    except SpecError as error:
        assert error.lines
        for line in error.lines:
            assert re.fullmatch(r"small\.yaml:\d+:\d+: error: [^\n]+", line)
    else:
        render(protocol)
