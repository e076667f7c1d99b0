"""The decoders of small.yaml, built from the golden output, against its vectors: every word of the language in C.

tests/unit/vectors.c does the same for the services of protocol.yaml, which do not use every word.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from spec import ROOT

HERE = Path(__file__).parent
ERROR_TEXT = {"talk": lambda event: event["message"], "desk": lambda event: event["d"]["why"]}


def vectors() -> list[tuple[str, dict[str, Any]]]:
    services = json.loads((HERE / "golden" / "vectors.json").read_text())["services"]
    commands = [(service, vector) for service, sections in services.items() for vector in sections["commands"]]
    return commands + [("http", vector) for vector in services["talk"]["http"]]


def compile_in(folder: Path, include: list[str], *what: str | Path) -> None:
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                    *include, f"-I{ROOT / 'src'}", *what], cwd=folder, check=True)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the decoders say of each vector, a line each."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "generated").symlink_to(HERE / "golden")
    below = [source for layer in ("base", "json") for source in (ROOT / "src" / layer).glob("*.c")
             if source.name != "checks.c"]  # those of protocol.yaml
    golden = HERE / "golden"
    small = [*golden.glob("*_codec.c"), *golden.glob("*_errors.c"), golden / "words.c", HERE / "small_decode.c"]
    compile_in(folder, [f"-I{ROOT}"], "-c", *below)
    compile_in(folder, [f"-I{folder}"], *small, *folder.glob("*.o"), "-o", "small_decode", "-lcjson", "-lm")
    given = b""
    for service, vector in vectors():
        text = vector["text"].encode()
        given += f"{service} {0 if vector.get('facts') == [] else 2**32 - 1} {len(text)}\n".encode() + text
    done = subprocess.run([folder / "small_decode"], input=given, capture_output=True, check=True)
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize(("number", "service", "vector"),
                         [(number, service, vector) for number, (service, vector) in enumerate(vectors())],
                         ids=[f"{service}-{vector['name'][:50]}" for service, vector in vectors()])
def test_decode(answers: list[str], number: int, service: str, vector: dict[str, Any]) -> None:
    status, _, rest = answers[number].partition(" ")
    assert status == vector["status"]
    if service == "http":
        assert vector["message"] in (None, rest) or status == "ok"
    elif status != "ok":
        name, event = rest.split(" ", 1)
        assert name == vector["error"]
        if vector["message"] is not None:
            assert ERROR_TEXT[service](json.loads(event)) == vector["message"]
