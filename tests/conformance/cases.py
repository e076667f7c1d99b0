"""RFC 6455 against an echo server, as data: each case is a list of steps, named as in the Autobahn suite.

The steps are Send, Expect and Closes. A case that says nothing about its end is closed by the client with 1000. The
numbers are the public suite's (1 to 7 and 10 its core, 9 its limits), so that both can be compared; the cases and the
bytes in them are ours.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import partial

from harness import frame

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PROTOCOL_ERROR, INVALID_DATA = 1002, 1007
KIBIBYTE, MEBIBYTE = 1024, 1024 * 1024


@dataclass(frozen=True)
class Send:
    """Writes frames: all at once, or in pieces of `chop` bytes, or each frame by itself."""

    frames: tuple[bytes, ...]
    chop: int | None = None
    apart: bool = False

    @property
    def pieces(self) -> list[bytes]:
        if self.apart:
            return list(self.frames)
        data = b"".join(self.frames)
        step = self.chop or len(data)
        return [data[at : at + step] for at in range(0, len(data), step)]


@dataclass(frozen=True)
class Expect:
    """The next frame from the server is this one."""

    opcode: int
    payload: bytes = field(repr=False)


@dataclass(frozen=True)
class Closes:
    """The next frame is a Close with this code (None: without one), and then the connection ends."""

    code: int | None


Step = Send | Expect | Closes


def send(*frames: bytes, chop: int | None = None, apart: bool = False) -> Send:
    return Send(frames, chop, apart)


def close(payload: bytes, **options) -> bytes:
    return frame(CLOSE, payload, **options)


def code(number: int) -> bytes:
    return struct.pack(">H", number)


def echo(opcode: int, payload: bytes, chop: int | None = None) -> list[Step]:
    return [send(frame(opcode, payload), chop=chop), Expect(opcode, payload)]


def fragments(opcode: int, *parts: bytes) -> list[bytes]:
    """A message with these parts, a frame for each."""
    last = len(parts) - 1
    return [frame(CONTINUATION if i else opcode, part, fin=i == last) for i, part in enumerate(parts)]


def cut(data: bytes, step: int) -> list[bytes]:
    return [data[at : at + step] for at in range(0, len(data), step)]


HOW_CUT = {0: {}, 1: {"apart": True}, 2: {"chop": 1}}
HELLO = b"Hello, fragments!"
PING_PAYLOAD = b"are you there?"


# --- 1, 2: messages, Pings ------------------------------------------------------------------------------------------


def framing() -> dict[str, list[Step]]:
    cases = {}
    lengths = [(0, None), (125, None), (126, None), (127, None), (128, None), (65535, None), (65536, None), (65536, 997)]
    for number, (length, chop) in enumerate(lengths, 1):
        cases[f"1.1.{number}"] = echo(TEXT, b"*" * length, chop)
        cases[f"1.2.{number}"] = echo(BINARY, b"\xfe" * length, chop)
    return cases


def pings() -> dict[str, list[Step]]:
    def answered(payload: bytes, chop: int | None = None) -> list[Step]:
        return [send(frame(PING, payload), chop=chop), Expect(PONG, payload)]

    ten = [b"number %d" % i for i in range(10)]
    ten_pings = [frame(PING, payload) for payload in ten]
    ten_pongs: list[Step] = [Expect(PONG, payload) for payload in ten]
    return {
        "2.1": answered(b""),
        "2.2": answered(b"Hello"),
        "2.3": answered(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        "2.4": answered(b"\xfe" * 125),
        "2.5": [send(frame(PING, b"\xfe" * 126)), Closes(PROTOCOL_ERROR)],
        "2.6": answered(b"\xfe" * 125, chop=1),
        "2.7": [send(frame(PONG))],
        "2.8": [send(frame(PONG, b"unasked"))],
        "2.9": [send(frame(PONG, b"unasked"), frame(PING, b"asked")), Expect(PONG, b"asked")],
        "2.10": [send(*ten_pings), *ten_pongs],
        "2.11": [send(*ten_pings, chop=1), *ten_pongs],
    }


# --- 3, 4: reserved bits and opcodes --------------------------------------------------------------------------------


def after_a_message(wrong: bytes, **how) -> list[Step]:
    """What came before the wrong frame is answered, what comes after it is not."""
    return [send(frame(TEXT, b"good"), wrong, frame(PING), **how), Expect(TEXT, b"good"), Closes(PROTOCOL_ERROR)]


def reserved() -> dict[str, list[Step]]:
    def alone(wrong: bytes) -> list[Step]:
        return [send(wrong), Closes(PROTOCOL_ERROR)]

    return {
        "3.1": alone(frame(TEXT, b"bad", rsv=1)),
        "3.2": after_a_message(frame(TEXT, b"bad", rsv=2)),
        "3.3": after_a_message(frame(TEXT, b"bad", rsv=3), apart=True),
        "3.4": after_a_message(frame(TEXT, b"bad", rsv=4), chop=1),
        "3.5": alone(frame(BINARY, b"\x00\xff", rsv=5)),
        "3.6": alone(frame(PING, b"bad", rsv=6)),
        "3.7": alone(close(code(1000), rsv=7)),
        "4.1.1": alone(frame(0x3)),
        "4.1.2": alone(frame(0x4, b"reserved")),
        "4.1.3": after_a_message(frame(0x5)),
        "4.1.4": after_a_message(frame(0x6, b"reserved")),
        "4.1.5": after_a_message(frame(0x7, b"reserved"), chop=1),
        "4.2.1": alone(frame(0xB)),
        "4.2.2": alone(frame(0xC, b"reserved")),
        "4.2.3": after_a_message(frame(0xD)),
        "4.2.4": after_a_message(frame(0xE, b"reserved")),
        "4.2.5": after_a_message(frame(0xF, b"reserved"), chop=1),
    }


# --- 5: fragments ---------------------------------------------------------------------------------------------------


def fragmentation() -> dict[str, list[Step]]:
    two = fragments(TEXT, HELLO[:6], HELLO[6:])
    ping = frame(PING, PING_PAYLOAD)
    cases: dict[str, list[Step]] = {
        "5.1": [send(*fragments(PING, b"a", b"b")), Closes(PROTOCOL_ERROR)],
        "5.2": [send(*fragments(PONG, b"a", b"b")), Closes(PROTOCOL_ERROR)],
    }
    for number, how in HOW_CUT.items():
        cases[f"5.{3 + number}"] = [send(*two, **how), Expect(TEXT, HELLO)]
        cases[f"5.{6 + number}"] = [send(two[0], ping, two[1], **how), Expect(PONG, PING_PAYLOAD), Expect(TEXT, HELLO)]
        for first, fin in ((9, True), (12, False)):
            stray = frame(CONTINUATION, b"of nothing", fin=fin)
            cases[f"5.{first + number}"] = [send(stray, frame(TEXT, HELLO), **how), Closes(PROTOCOL_ERROR)]
    stray = frame(CONTINUATION, b"of nothing", fin=False)
    cases["5.15"] = [send(*two, stray, frame(TEXT, HELLO)), Expect(TEXT, HELLO), Closes(PROTOCOL_ERROR)]
    cases["5.16"] = [send(*[stray, *two] * 2), Closes(PROTOCOL_ERROR)]
    cases["5.17"] = [send(*[frame(CONTINUATION, b"of nothing"), *two] * 2), Closes(PROTOCOL_ERROR)]
    cases["5.18"] = [send(frame(TEXT, b"a", fin=False), frame(TEXT, b"b")), Closes(PROTOCOL_ERROR)]

    # The Pong has to come while the message is still on its way.
    five = fragments(TEXT, b"a", b"b", b"c", b"d", b"e")
    pong = Expect(PONG, PING_PAYLOAD)
    for number, apart in ((19, False), (20, True)):
        cases[f"5.{number}"] = [
            send(*five[:2], ping, apart=apart),
            pong,
            send(*five[2:4], ping, apart=apart),
            pong,
            send(five[4], apart=apart),
            Expect(TEXT, b"abcde"),
        ]
    return cases


# --- 6: UTF-8 -------------------------------------------------------------------------------------------------------

KOSME = "κόσμε".encode()
KOSME_OLD = bytes.fromhex("cebae1bdb9cf83cebcceb5")  # the same word, its accented letter from U+1F79
SURROGATE = bytes.fromhex("eda080")
TAIL = b"edited"

# Texts of one frame by group; whether they are valid is for Python's decoder to say.
TEXTS: dict[int, list[bytes]] = {
    5: [f"hello{c}world".encode() for c in "$¢€\U00024b62"] + [KOSME_OLD],
    6: [KOSME_OLD[:n] for n in range(1, len(KOSME_OLD) + 1)],
    7: [bytes.fromhex(h) for h in ("00", "c280", "e0a080", "f0908080")],  # the first of each length
    8: [bytes.fromhex(h) for h in ("f888808080", "fc8480808080")],
    9: [bytes.fromhex(h) for h in ("7f", "dfbf", "efbfbf", "f48fbfbf")],  # the last of each length
    10: [bytes.fromhex(h) for h in ("f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf")],
    11: [bytes.fromhex(h) for h in ("ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "f4908080")],
    12: [b"\x80", b"\xbf"] + [(b"\x80\xbf" * 3)[:n] for n in range(2, 7)] + [bytes(range(0x80, 0xBF))],
    13: [b"".join(bytes([lead, 0x20]) for lead in range(*leads)) for leads in
         ((0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD))],
    14: [bytes.fromhex(h) for h in ("c0", "e080", "f08080", "f8808080", "fc80808080",
                                    "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf")],
    15: [bytes.fromhex("c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf")],
    16: [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
    17: [bytes.fromhex(h) for h in ("c0af", "e080af", "f08080af", "f8808080af", "fc80808080af")],  # "/", too long
    18: [bytes.fromhex(h) for h in ("c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf")],
    19: [bytes.fromhex(h) for h in ("c080", "e08080", "f0808080", "f880808080", "fc8080808080")],  # NUL, too long
    20: [chr(c).encode(errors="surrogatepass") for c in (0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF)],
    21: [(chr(high) + chr(low)).encode(errors="surrogatepass")
         for high in (0xD800, 0xDB7F, 0xDB80, 0xDBFF) for low in (0xDC00, 0xDFFF)],
    22: [chr(plane << 16 | low).encode() for plane in range(17) for low in (0xFFFE, 0xFFFF)],  # no characters, but valid
    23: [chr(c).encode() for c in range(0xFFF9, 0x10000)],
}  # fmt: skip


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def judged(text: bytes) -> list[Step]:
    return echo(TEXT, text) if is_utf8(text) else [send(frame(TEXT, text)), Closes(INVALID_DATA)]


def broken_late(first: bytes, second: bytes, third: bytes, in_frames: bool) -> list[Step]:
    """The text goes wrong with the last byte of `second`; the failure has to come without waiting for `third`. After
    `first` a Ping shows, where there is room for one between frames, that all was well until then."""
    if in_frames:
        frames = fragments(TEXT, first, second, third)
        return [send(frames[0], frame(PING)), Expect(PONG, b""), send(frames[1]), Closes(INVALID_DATA)]
    whole = frame(TEXT, first + second + third)
    header = len(whole) - len(first + second + third)
    pieces = [whole[: header + len(first)], whole[header + len(first) : header + len(first + second)]]
    return [send(*pieces, apart=True), Closes(INVALID_DATA)]


def texts() -> dict[str, list[Step]]:
    mixed = "Hello-µ@ßöäüàá-UTF-8!!".encode()
    half = mixed.index("ü".encode())
    bad = KOSME_OLD + SURROGATE + TAIL
    fine, beyond = KOSME_OLD, bytes.fromhex("f4908080")
    cases: dict[str, list[Step]] = {
        "6.1.1": echo(TEXT, b""),
        "6.1.2": [send(*fragments(TEXT, b"", b"", b"")), Expect(TEXT, b"")],
        "6.1.3": [send(*fragments(TEXT, b"", b"middle", b"")), Expect(TEXT, b"middle")],
        "6.2.1": echo(TEXT, mixed),
        "6.2.2": [send(*fragments(TEXT, mixed[:half], mixed[half:])), Expect(TEXT, mixed)],
        "6.2.3": [send(*fragments(TEXT, *cut(mixed, 1))), Expect(TEXT, mixed)],
        "6.2.4": [send(*fragments(TEXT, *cut(KOSME, 1))), Expect(TEXT, KOSME)],
        "6.3.1": [send(frame(TEXT, bad)), Closes(INVALID_DATA)],
        "6.3.2": [send(*fragments(TEXT, *cut(bad, 1))), Closes(INVALID_DATA)],
        "6.4.1": broken_late(fine, beyond, TAIL, in_frames=True),
        "6.4.2": broken_late(fine + beyond[:1], beyond[1:2], beyond[2:] + TAIL, in_frames=True),
        "6.4.3": broken_late(fine, beyond, TAIL, in_frames=False),
        "6.4.4": broken_late(fine + beyond[:1], beyond[1:2], beyond[2:] + TAIL, in_frames=False),
    }
    for group, rows in TEXTS.items():
        cases |= {f"6.{group}.{number}": judged(text) for number, text in enumerate(rows, 1)}
    return cases


# --- 7: closing -----------------------------------------------------------------------------------------------------


def closing() -> dict[str, list[Step]]:
    normal = close(code(1000))
    large = b"*" * (256 * KIBIBYTE)
    parts = fragments(TEXT, b"a", b"b")
    cases: dict[str, list[Step]] = {
        "7.1.1": [send(frame(TEXT, b"last"), normal), Expect(TEXT, b"last"), Closes(1000)],
        "7.1.2": [send(normal, normal), Closes(1000)],
        "7.1.3": [send(normal, frame(PING)), Closes(1000)],
        "7.1.4": [send(normal, frame(TEXT, b"too late")), Closes(1000)],
        "7.1.5": [send(parts[0], normal, parts[1]), Closes(1000)],
        "7.1.6": [send(frame(TEXT, large), normal, frame(PING)), Expect(TEXT, large), Closes(1000)],
        "7.3.1": [send(close(b"")), Closes(None)],
        "7.3.2": [send(close(b"\x03")), Closes(PROTOCOL_ERROR)],
        "7.3.3": [send(normal), Closes(1000)],
        "7.3.4": [send(close(code(1000) + b"enough")), Closes(1000)],
        "7.3.5": [send(close(code(1000) + b"*" * 123)), Closes(1000)],
        "7.3.6": [send(close(code(1000) + b"*" * 124)), Closes(PROTOCOL_ERROR)],
        "7.5.1": [send(close(code(1000) + KOSME_OLD + SURROGATE + TAIL)), Closes(INVALID_DATA)],
    }
    valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
    wrong = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]
    for group, codes, answer in ((7, valid, None), (9, wrong, PROTOCOL_ERROR), (13, [5000, 65535], PROTOCOL_ERROR)):
        for number, each in enumerate(codes, 1):
            cases[f"7.{group}.{number}"] = [send(close(code(each))), Closes(answer or each)]
    return cases


# --- 9, 10: much ----------------------------------------------------------------------------------------------------


def fragmented(opcode: int, length: int, step: int) -> list[Step]:
    message = b"*" * length
    return [send(*fragments(opcode, *cut(message, step))), Expect(opcode, message)]


def one_after_the_other(opcode: int, length: int) -> list[Step]:
    return echo(opcode, b"*" * length) * 1000


# As functions: together they would take a gigabyte.
def limits() -> dict[str, partial[list[Step]]]:
    cases = {}
    for group, opcode in ((0, TEXT), (1, BINARY)):
        for number, kibibytes in enumerate((64, 256, 1024, 4096, 8192, 16384), 1):
            cases[f"9.{1 + group}.{number}"] = partial(echo, opcode, b"*" * (kibibytes * KIBIBYTE))
        for number in range(1, 10):
            cases[f"9.{3 + group}.{number}"] = partial(fragmented, opcode, 4 * MEBIBYTE, 64 * 4 ** (number - 1))
        for number in range(1, 7):
            cases[f"9.{5 + group}.{number}"] = partial(echo, opcode, b"*" * MEBIBYTE, 64 * 2 ** (number - 1))
        for number, length in enumerate((0, 16, 64, 256, 1024, 4096), 1):
            cases[f"9.{7 + group}.{number}"] = partial(one_after_the_other, opcode, length)
    return cases


CORE: dict[str, list[Step]] = {
    **framing(),
    **pings(),
    **reserved(),
    **fragmentation(),
    **texts(),
    **closing(),
    "10.1.1": fragmented(TEXT, 65536, 1300),
}
LIMITS = limits()
