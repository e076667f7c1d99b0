"""What the fuzz targets begin with beside their corpora: the vectors of protocol.yaml, which a change of it changes too.

As a program, it writes them into a folder: seeds.py FOLDER."""

import json
import sys
from pathlib import Path
from typing import Any, Iterator

VECTORS = Path(__file__).resolve().parents[2] / "generated/vectors.json"
SERVICES = ("chat", "live", "game")  # in the order of session.c
FRAME, JOIN, TIME = 1, 2, 4  # its steps
STEPS = 20  # messages of one input


def session(service: int, texts: list[bytes]) -> bytes:
    """Two clients in one room, of whom the first says all of it; see session.c for the form."""

    def step(kind: int, client: int) -> int:
        return client | kind << 2 | service << 5

    later = bytes([step(TIME, 0), 4])  # the store has answered, and timers have run
    said = b"".join(bytes([step(FRAME, 0), len(text)]) + text for text in texts)
    return bytes([step(JOIN, 0)]) + later + bytes([step(JOIN, 1)]) + later + said + later


def inputs() -> Iterator[tuple[str, bytes]]:
    """Each with its target's name."""
    services: dict[str, Any] = json.loads(VECTORS.read_text())["services"]
    for part in services.values():
        for vector in part["http"]:
            yield "decode_http", vector["text"].encode()
    for number, name in enumerate(SERVICES):
        texts = [vector["text"].encode() for vector in services[name]["commands"]]
        yield from ((f"decode_{name}", text) for text in texts)
        short = [text for text in texts if len(text) < 256]
        for begin in range(0, len(short), STEPS):
            yield "session", session(number, short[begin : begin + STEPS])


def write(folder: Path) -> None:
    """A folder of inputs for each target below this one, in place of what was there."""
    for old in folder.glob("*/*"):
        old.unlink()
    for number, (target, data) in enumerate(inputs()):
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / f"{number:04}").write_bytes(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
