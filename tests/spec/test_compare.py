"""--compare names what a change breaks, by direction."""

from __future__ import annotations

from pathlib import Path

import pytest
from spec import SMALL, SMALL_PATH, codegen

from codegen.compare import compare
from codegen.language import read_protocol

CLIENTS, SERVERS = "breaks old clients", "breaks old servers"
SAID = "talk.event.said"
SAY = "talk.command.say"

# What stands in small.yaml, what it becomes, and what that breaks.
CASES = [
    # What breaks nobody.
    ("doc: Says things.", "doc: Speaks.", []),
    ("limits:\n", "limits:\n  more_max:\n    value: 1\n    doc: More.\n", []),
    ("Say your name first", "Who are you?", []),
    ("delivery: volatile", "delivery: reliable", []),
    ("late: it is late", "late: too late, soon: soon", []),
    # Closes.
    ("code: 4000", "code: 4001", [f"{CLIENTS}: close.why_not: its code was 4000, now 4001"]),
    # Paths.
    ("paths: [/talk, /t]", "paths: [/t, /say]",
     [f"{CLIENTS}: talk: it is not at /talk any more", f"{SERVERS}: talk: it is at /say only now"]),
    # Bounds of what a client sends: wider is safe for old clients, and too much for old servers.
    ("text: { type: str, bytes: [0, 30] }\n          loud?", "text: { type: str, bytes: [0, 31] }\n          loud?",
     [f"{SERVERS}: {SAY}.text: the writer goes up to 31 bytes, the reader refuses above 30"]),
    ("text: { type: str, bytes: [0, 30] }\n          loud?", "text: { type: str, bytes: [0, 29] }\n          loud?",
     [f"{CLIENTS}: {SAY}.text: the writer goes up to 30 bytes, the reader refuses above 29"]),
    ("text: { type: str, bytes: [0, 30] }\n          loud?", "text: { type: str, chars: [0, 30] }\n          loud?",
     [f"{SERVERS}: {SAY}.text: the writer goes up to 120 bytes, the reader refuses above 30"]),
    ("range: [3, 6]", "range: [2, 6]",
     [f"{SERVERS}: {SAY}.level: the writer goes down to 2, the reader refuses below 3"]),
    ("range: [3, 6]", "range: [3, 5]",
     [f"{CLIENTS}: {SAY}.level: the writer goes up to 6, the reader refuses above 5"]),
    # Bounds of what the server sends: the other way round.
    ("#[0-9A-F]{2}-x", "#[0-9A-F]{2}-y",
     [f"{CLIENTS}: {SAID}.ring: the reader expects the form #[0-9A-F]{{2}}-x",
      f"{SERVERS}: {SAID}.ring: the reader expects the form #[0-9A-F]{{2}}-y"]),
    ("items: [0, desk_max]", "items: [0, 41]",
     [f"{CLIENTS}: talk.event.present.pairs: the writer goes up to 41 items, the reader refuses above 40"]),
    ("items: [0, desk_max]", "items: [0, 39]",
     [f"{SERVERS}: talk.event.present.pairs: the writer goes up to 40 items, the reader refuses above 39"]),
    # A type that both directions share breaks both.
    ("{ type: str, chars: [0, 9] }", "{ type: str, chars: [0, 8] }",
     [f"{CLIENTS}: {SAY}.spot.note: the writer goes up to 9 chars, the reader refuses above 8",
      f"{CLIENTS}: talk.http.post_say.body.at.note: the writer goes up to 9 chars, the reader refuses above 8",
      f"{SERVERS}: talk.http.get_people_200.items[].note: the writer goes up to 9 chars, the reader refuses above 8",
      f"{SERVERS}: {SAID}.spot.note: the writer goes up to 9 chars, the reader refuses above 8"]),
    # Fields.
    ("          level: {", "          more: u8\n          level: {",
     [f"{CLIENTS}: {SAY}.more: the reader requires it, the writer does not write it"]),
    ("          level: {", "          more?: u8\n          level: {", []),
    ("          level: {", "          level?: {",
     [f"{SERVERS}: {SAY}.level: the writer may leave it out, the reader requires it"]),
    ("          loud?: { type: bool, default: false }\n", "", []),
    ("          level: { type: u64, range: [3, 6] }\n", "",
     [f"{SERVERS}: {SAY}.level: the reader requires it, the writer does not write it"]),
    ("          who: name\n", "          who: name\n          more?: u8\n",
     [f"{CLIENTS}: {SAID}.more: a field that the reader does not know"]),
    ("          ring?: ring\n", "          ring: ring\n",
     [f"{SERVERS}: {SAID}.ring: the writer may leave it out, the reader requires it"]),
    ("to: { type: name, null: true }", "to: name",
     [f"{SERVERS}: {SAID}.to: the writer may write null, the reader refuses it"]),
    ("level: { type: u64, range: [3, 6] }", "level: bool",
     [f"{CLIENTS}: {SAY}.level: the writer writes an integer from 3 to 6, the reader expects true or false",
      f"{SERVERS}: {SAY}.level: the writer writes true or false, the reader expects an integer from 3 to 6"]),
    # Enums: a new value is safe towards the server and breaking from it.
    ("enum: [calm, {", "enum: [calm, glad, {",
     [f"{CLIENTS}: talk.event.present.pairs[].mood: the writer may write glad, which the reader does not know",
      f"{SERVERS}: {SAY}.mood: the writer may write glad, which the reader does not know",
      f"{SERVERS}: talk.http.post_say.body.mood: the writer may write glad, which the reader does not know"]),
    ("tuple: { who: name, mood: mood }", "tuple: { mood: mood, who: name }",
     [f"{CLIENTS}: talk.event.present.pairs[]: the places of the tuple changed",
      f"{SERVERS}: talk.event.present.pairs[]: the places of the tuple changed"]),
    # Messages.
    ("      SayName:", "      Wave: {}\n      SayName:", [f"{SERVERS}: talk.command.Wave: the message is new"]),
    ("unasked: { present: all }\n    events:", "unasked: { present: all, more: all }\n    events:\n      more: {}",
     [f"{CLIENTS}: talk.event.more: the message is new"]),
    ("      SayName:", "      TellName:",
     [f"{CLIENTS}: talk.command.SayName: the message is gone",
      f"{SERVERS}: talk.command.TellName: the message is new"]),
    ("        op: 2\n", "        op: 3\n",
     [f"{CLIENTS}: desk.command.PUT: its tag changed", f"{SERVERS}: desk.command.PUT: its tag changed"]),
    # Guards, errors, envelopes.
    ("        needs: [named]\n        fields", "        fields", []),
    ("needs: [], ack", "needs: [open], ack", [f"{CLIENTS}: desk.command.OPEN: now needs open"]),
    ("{ code: 5, text: Odd }", "{ code: 10, text: Odd }",
     [f"{CLIENTS}: desk.error.odd: its code was 5, now 10", f"{CLIENTS}: desk.error.stray: its code was 5, now 10"]),
    ("tag: op, body: data }", "tag: op, body: dat }",
     [f"{CLIENTS}: desk: the envelope changed", f"{SERVERS}: desk: the envelope changed"]),
    # HTTP.
    ("      GET /people:", "      GET /persons:",
     [f"{CLIENTS}: talk.http.get_people: the route is gone", f"{SERVERS}: talk.http.get_persons: the route is new"]),
    ("body: { text: { type: str, bytes: [1, 30] }", "body: { text: { type: str, bytes: [2, 30] }",
     [f"{CLIENTS}: talk.http.post_say.body.text: the writer goes down to 1 bytes, the reader refuses below 2"]),
]


@pytest.mark.parametrize(("old", "new", "breaks"), CASES, ids=[case[1].strip()[:40] for case in CASES])
def test_compare(old: str, new: str, breaks: list[str]) -> None:
    assert SMALL.count(old) == 1
    before = read_protocol(SMALL, "old.yaml")
    after = read_protocol(SMALL.replace(old, new), "new.yaml")
    assert compare(before, after) == sorted(breaks)


@pytest.mark.parametrize(("old", "new", "breaks"), CASES, ids=[case[1].strip()[:40] for case in CASES])
def test_going_back_breaks_the_other_side(old: str, new: str, breaks: list[str]) -> None:
    """A change that breaks old servers breaks old clients when it is undone, but for guards and codes: they have no mirror."""
    before = read_protocol(SMALL, "old.yaml")
    after = read_protocol(SMALL.replace(old, new), "new.yaml")
    back = compare(after, before)
    assert len([line for line in back if line.startswith(SERVERS) and "its code was" not in line]) == len(
        [line for line in breaks if line.startswith(CLIENTS) and "its code was" not in line and "now needs" not in line])


def test_the_same_protocol_breaks_nothing() -> None:
    done = codegen("--spec", SMALL_PATH, "--compare", SMALL_PATH)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_services_come_and_go() -> None:
    both, one = read_protocol(SMALL, "both.yaml"), read_protocol(SMALL[: SMALL.index("\n  desk:")] + "\n", "one.yaml")
    assert compare(both, one) == [f"{CLIENTS}: desk: the service is gone"]
    assert compare(one, both) == [f"{SERVERS}: desk: the service is new"]


def test_the_exit_status_says_that_something_breaks(tmp_path: Path) -> None:
    spec = tmp_path / "new.yaml"
    spec.write_text(SMALL.replace("      SayName:", "      Wave: {}\n      SayName:"))
    done = codegen("--spec", spec, "--compare", SMALL_PATH, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (1, f"{SERVERS}: talk.command.Wave: the message is new\n")
    assert not (tmp_path / "out").exists()


def test_a_wrong_old_spec_is_said(tmp_path: Path) -> None:
    spec = tmp_path / "old.yaml"
    spec.write_text("version: 1\n")
    done = codegen("--spec", SMALL_PATH, "--compare", spec)
    assert (done.returncode, done.stderr) == (1, f"{spec}:1:1: error: services is missing at the top\n")
