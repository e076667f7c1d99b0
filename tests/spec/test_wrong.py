"""Every mistake in a spec is one line that says where it is and what would be right.

Each case changes one place of small.yaml and names the line that codegen must print for it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spec import SMALL, codegen

from codegen.language import read_protocol
from codegen.source import SpecError



def no_room(what: str, beside: str, most: int = 200, limit: str = "frame_bytes_max", item: str = "a") -> str:
    """The message where so many items have no room `beside` the least of all else."""
    fits = (most - len(beside) + len(item) - 1) // len(item)  # no comma follows the last
    return f"{what}, but a message ends at {most} bytes ({limit}): at most {fits} have room"


# What stands in small.yaml; what is put there, with a » where the error is; the message; where the error is, when it
# is in another place.
CASES = [
    # The file.
    ("version: 3\n\nlimits", "»limits", "version is missing at the top"),
    ("version: 3", "version: »three", "expected a whole number, not a text"),
    ("limits:", "»limit:",
     "unknown word limit at the top (did you mean limits?); known: version, services, limits, closes, types and http"),
    ("services:\n  talk:", "services:\n  services: »&a {}\n  talk:",
     "no anchors and aliases; give it a name under types"),
    ("version: 3", "version: 3\n»version: 4", "version is said twice; first on line 2"),
    ("  desk_max:", "  desk_max: [", "expected ',' or ']', but got ':'", ": People"),
    ('"label?": name', "label»?: name", "expected ',' or '}', but got '?'; inside { } quote a name that ends in ?"),
    ("doc: Says things.", "doc: »Says */ things.", "*/ and /* are marks of C's comments; say it without"),
    ("doc: Says things.", 'doc: »"Says\\nthings."', "expected a text of one line, without control characters"),
    ("text: must be even", "text: »must be /* even", "*/ and /* are marks of C's comments; say it without"),
    # Limits.
    ("    doc: People at one desk.", "", "doc is missing in a limit", "value: 40"),
    ("value: 40", "value: »4.5", "expected a whole number, not a number"),
    ("value: 40", "value: »4000000000", "a limit lies within 0 and 2147483647"),
    ("items: [0, desk_max]", "items: [0, »dest_max]",
     "unknown limit dest_max (did you mean desk_max?); add it under limits"),
    # Closes.
    ("gone: { code: 1001", "gone: { code: »999",
     "a close code lies within 1000 and 4999 (RFC 6455, 7.4), not 999"),
    ("code: 4000", "code: »1001", "the code 1001 is another close's already"),
    ("why_not:", "»late:", "late is a reason already; choose another name"),
    ("reasons: { tired: tired, late: it is late }", "reasons: »{}", "a close needs at least one reason"),
    ("tired: tired", f"tired: »{'t' * 124}",
     "a reason has at most 123 bytes: a Close frame holds no more (RFC 6455, 5.5)"),
    ("doc: It ends., reasons", "reasons", "doc is missing in a close", "{ code: 1001"),
    # Types.
    ("{ type: str, bytes: [1, 20] }", "»{ type: str }",
     "a str needs one of bytes: [least, greatest], chars: [least, greatest] and pattern"),
    ("{ type: str, bytes: [1, 20] }", "»{ type: str, bytes: [1, 20], chars: [1, 20] }",
     "a str needs one of bytes: [least, greatest], chars: [least, greatest] and pattern"),
    ("bytes: [1, 20]", "bytes: »[20, 1]", "20 is greater than 1; the least comes first"),
    ("bytes: [1, 20]", "bytes: »20", "expected bytes: [least, greatest], not a number"),
    ("bytes: [1, 20]", "bytes: »[20]", "expected bytes: [least, greatest]"),
    ("bytes: [1, 20]", "bytes: »[-1, 20]", "bytes are counted: whole numbers from 0"),
    ("bytes: [1, 20]", "»byts: [1, 20]",
     "unknown word byts in a type str (did you mean bytes?); known: type, bytes, chars, pattern, secret, "
     "min_error, max_error, check, example, doc, null and default"),
    ("  name: { type: str", "  »str: { type: str", "str is a type of the language already"),
    ("  name: { type: str", "  »na-me: { type: str",
     "na-me cannot be the name of a type: letters, digits and _, a letter first, up to 64"),
    ("  name: { type: str", "  »extra: { type: u8 }\n  name: { type: str", "type extra is never used; remove it"),
    ("  name: { type: str", "  way: »{ enum: [a] }\n  name: { type: str",
     "an enum, a struct or a tuple belongs to a service; move it under the service's types"),
    ("  name: { type: str", "  other: { type: »name2 }\n  name: { type: str",
     "unknown type name2; define it under types, above its first use"),
    ("mood: { enum: [calm, { angry: very angry }] }", "mood: { enum: [calm, »calm] }", "calm is in the list already"),
    ("{ angry: very angry }", "»{ angry: very, glad: too }", "a value of an enum is a word, or { name: value }"),
    ("{ angry: very angry }", '{ angry: »"so \\"angry\\"" }', 'a value of an enum is plain ASCII, without " and \\'),
    ("{ angry: very angry }", "»{ angry: calm }", "calm is in the list already"),
    ("mood: { enum: [calm, { angry: very angry }] }", "mood: { enum: »[] }", "an enum needs at least one value"),
    ("mood: { enum: [calm, { angry: very angry }] }", "mood: { enum: [»on, angry] }",
     "expected the name of a value of an enum; YAML reads on as true or false: quote it"),
    ('pattern: "#[0-9A-F]{2}-x"', 'pattern: »"a+"',
     "pattern: only ASCII literals, [classes] and {n} are known, not '+'; anything richer is a check"),
    ("who: name, mood: mood }", 'who: name, "mood?": mood }',
     "a place in a tuple may not be absent; use null: true", "{ who"),
    ("of: { type: f64, range: [-1, 1] }, items: [2, 2] }", "of: f64 }",
     "an array needs items: [least, greatest]", "{ type: array, of: f64"),
    ("of: { type: f64, range: [-1, 1] }, items", "items", "an array needs of", "{ type: array, items: [2"),
    ("of: { type: f64, range: [-1, 1] }", "of: »{ enum: [a] }",
     "enum stands under types, so that it has a name in C"),
    ("of: pair, items: [0, desk_max]", "of: »{ type: array, of: u8, items: [0, 1] }, items: [0, 2]",
     "an array of arrays; give the inner one a struct under types"),
    ("of: { type: f64, range: [-1, 1] }",
     "of: »{ type: u8, check: { name: odd, text: must be odd, good: [1], bad: [2] } }",
     "an item of an array has neither a check nor errors of its own; give them to the array"),
    ("of: pair, items: [0, desk_max]", "of: pair, items: »[2, 2]",
     "a fixed number of structs; name them as fields instead"),
    ("{ type: u64, range: [3, 6] }", "{ type: u8, range: »[-3, 3] }", "the range of u8 lies within 0 and 255"),
    ("        fields:\n          at:", "        fields: {}\n        »other:\n          at:",
     "unknown word other in a struct; known: fields, doc and example"),
    # Fields.
    ("level: {", "level: »str\n          lever: {",
     "a bare str has no upper bound; say { type: str, bytes: [0, 256] }"),
    ("level: {", "level: »strr\n          lever: {",
     "unknown type strr (did you mean str?); define it under types, above its first use"),
    ("level: {", "level: »float\n          lever: {",
     "unknown type float (did you mean f64?); define it under types, above its first use"),
    ("{ type: bool, default: false }", "{ type: »double, range: [0, 1] }",
     "unknown type double (did you mean f64?); define it under types, above its first use"),
    ("level: {", "»static: {", "static cannot be the name of a field: static is a word of C"),
    ("level: {", "»Text: {", "Text and text are both text in C; rename one"),
    ("level: {", "»has_spot: {", "has_spot and spot are both has_spot in C; rename one"),
    ("{ type: spot, doc: where it is said }", "{ type: spot, »range: [0, 1] }",
     "spot has its bounds where it is defined; beside it, only doc, null and default are known"),
    ("{ type: spot, doc: where it is said }", "»{ doc: where it is said }",
     "type is missing here; one of str, bool, f64, array, u8, u16, u32 and u64, or a name under types"),
    ("loud?: { type: bool, default: false }", "loud: { type: bool, default: »false }",
     "a default is for a field that may be absent: loud?"),
    ("default: calm", "default: »clam", "the default must be calm or very angry"),
    ("range: [1, 5], default: 1", "range: [1, 5], default: 6", "the default must be an integer from 1 to 5", "6 }"),
    ("{ type: bool, default: false }", "{ type: bool, null: »true }",
     "loud is either absent (loud?) or null (null: true), not both"),
    ("example: open", "example: »it", "the example must be a string of 4 to 8 bytes"),
    ("check: { name: even, text: must be even, error: odd", "check: »{ name: even, error: odd",
     "text is missing in a check"),
    ("good: [0, 2]", "good: »[]", "a check needs at least one good value, for the tests"),
    ("good: [0, 2]", "good: [»70000]",
     "good values keep the other bounds; this one must be an integer from 0 to 999"),
    ("bytes: [2, 9], min_error: short", "bytes: [0, 9], min_error: »short",
     "min_error with a least of 0 can never be raised"),
    ("range: [2, 8], min", "range: [2, 255], min", "max_error with the greatest u8 can never be raised", "many }\n          room"),
    ("min_error: short", "min_error: »shirt", "unknown error shirt (did you mean short?); add it under errors"),
    ("min_error: short", "min_error: »bad", "bad has the hole {reason}; raised here, it may have {bytes}"),
    ("{ type: bool, default: false }", "{ type: bool, »min_error: unnamed }",
     "unknown word min_error in a type bool; known: type, doc, null and default"),
    # What no message has room for.
    ("bytes: [0, 30] }\n          loud?", "bytes: [0, 99999999] }\n          loud?",
     no_room("text goes up to 99999999 bytes", '{"type":"say","text":"","about":"a","level":3}'), "{ type: str, bytes: [0, 99999999]"),
    ("chars: [0, 9]", "chars: [0, 200]",
     no_room("spot.note goes up to 200 chars", '{"type":"say","text":"","spot":{"at":[0,0],"note":""},"about":"a","level":3}'),
     "{ type: spot, doc: where it is said }"),
    ("bytes: [2, 9], min_error: short, max", "bytes: [2, 900], min_error: short, max",
     no_room("label goes up to 900 bytes", '{"op":2,"d":{"number":0,"count":2,"label":""}}'), "{ type: str, bytes: [2, 900]"),
    ("          level: {", "          list: »{ type: array, of: u8, items: [100, 100] }\n          level: {",
     no_room("list goes up to 100 items", '{"type":"say","text":"","list":[],"about":"a","level":3}', item="0,")),
    ("bytes: [1, 30] }", "bytes: [1, 101] }",
     no_room("text goes up to 101 bytes", '{"text":"","at":{"at":[0,0]}}', 100, "body_bytes_max"), "{ type: str, bytes: [1, 101] }"),
    # Envelopes and errors.
    ("    envelope: { tag: type }\n", "", "envelope is missing in service talk", "doc: Says"),
    ("envelope: { tag: type }", "envelope: { tag: type, type: »u9 }",
     "the tag is a str (the message's name) or a u8 (its op)"),
    ("envelope: { tag: type }", "envelope: { tag: type, body: »type }", "the tag and the body need two names"),
    ("type: u8, body: d }", "type: u8 }", "acks need an envelope whose tag is a u8, with a body", "{ event: DONE"),
    ("event: error, text", "event: »errors, text", "unknown event errors (did you mean error?); add it under events"),
    ("text: message, invalid", "text: »massage, invalid", "error has no field massage"),
    ("code: code, text: why", "text: why", "errors_as names no field that takes a code", "1, text: Closed"),
    ('{ code: 3, text: "No op', '{ text: "No op', "no_op needs a code: { code: 1000, text: … }", "code, text: why"),
    ("{ code: 4, text: Broken }", "{ code: »3, text: Broken }", "the code 3 is another error's already; to share it, say as: and that one's name"),
    ("{ as: odd, text: Stray }", "{ as: »even, text: Stray }",
     "unknown error even; add it under errors"),
    ("{ as: odd, text: Stray }", "{ code: 5, as: »odd, text: Stray }",
     "an error has a code of its own or that of another, not both"),
    ("{ code: 4, text: Broken }", "{ code: 400, text: Broken }",
     "broken has the code 400, but code must be an integer from 0 to 255", "code, text: why"),
    ("text: Closed, doc", f"text: {'Closed' * 17}, doc",
     "closed has a text of its own, but why must be a string of 0 to 99 bytes", "why, invalid: bad"),
    ("named: You have a name", "named: { as: »unnamed, text: You have a name }", "errors_as names no field that takes a code"),
    ('"Invalid: {reason}"', "Invalid",
     "the text of the error for invalid needs the hole {reason}, and no other", "invalid, not_json"),
    ('"Invalid: {reason}"', '»"Invalid: {}"', "a hole is {name} for a text or {name:u32} for a whole number, not {}"),
    ('"Invalid: {reason}"', '»"Invalid: {reason"', "a brace without its partner; a hole is {name} or {name:u32}"),
    ('{by:u8}"', '{by:u9}"', "a hole is {name} for a text or {name:u32} for a whole number, not {by:u9}", '"{name}'),
    ('{by:u8}"', '{int:u8}"', "int cannot be the name of a hole: it is a word of C", '"{name}'),
    ('"No op {op:u8}"', '"No op {x:u8}"', "no_op has the hole {x}; raised here, it may have {op}", "no_op,"),
    ("      named: You have", "      »Unnamed: You have", "Unnamed is an error's name in C already; rename one"),
    # Guards.
    ("absent: unnamed", "absent: »unnamd", "unknown error unnamd (did you mean unnamed?); add it under errors"),
    ("        absent: unnamed\n        present: named\n", "",
     "a guard needs absent, present or both: the error it raises", "doc: Has"),
    ("needs: [not named]", "needs: [»not nambed]", "unknown guard nambed (did you mean named?); add it under guards"),
    ("        present: named\n", "", "guard named has no error for this; give it one as present", "not named"),
    ("needs: [named]", "needs: [named, »not named]", "guard named is in the list already"),
    ("absent: unnamed", "absent: »too_loud", "too_loud has the hole {name}; raised here, it may have no hole"),
    # Commands and events.
    ("emits: { hello: sender }", "emits: { »helo: sender }",
     "unknown event helo (did you mean hello?); add it under events"),
    ("emits: { hello: sender }", "emits: { hello: »sendr }",
     "unknown audience sendr (did you mean sender?); one of sender, partner, others, room, channel and all"),
    ("errors: [too_loud]", "errors: [»to_loud]",
     "unknown error to_loud (did you mean too_loud?); add it under errors"),
    ("errors: [too_loud]", "errors: [too_loud, »too_loud]", "too_loud is in the list already"),
    ("      say:\n", "      Say:\n        fields: { a: u8 }\n      »say:\n",
     "say and Say are both say in C; rename one"),
    ("      say:\n", "      »default:\n", "default cannot be the name of a command: default is a word of C"),
    ("        needs: [named]\n", "        needs: [named]\n        op: »7\n",
     "op is for an envelope whose tag is a number; here the name is the tag"),
    ("        op: 2\n", "", "PUT needs its op: the envelope's tag is a number", "PUT"),
    ("        op: 2\n", "        op: »1\n", "op 1 is OPEN's already"),
    ("        op: 2\n", "        op: »300\n", "an op lies within 0 and 255"),
    ("        op: 8\n", "        op: »9\n", "op 9 is that of acks"),
    ("        op: 8\n", "        op: 8\n        delivery: »fast\n",
     "delivery is reliable, volatile, { latest: field }, { seals: field } or { seals: all }, not fast"),
    ("{ latest: who }", "»{ latest: to }", "latest names a str of said that is always there, not to"),
    ("{ latest: who }", "»{ seals: to }", "seals names a str of said that is always there, not to"),
    ("{ latest: who }", "»{ latest: who, seals: all }",
     "delivery is reliable, volatile, { latest: field }, { seals: field } or { seals: all }"),
    ("    acks: { event: DONE, op: 9, tag: op, body: data }\n", "",
     "service desk has no acks; say there how they travel", "{}"),
    ('{ number: u16, "label?": name }', '»{ "label?": name }',
     "label? may be absent, so it cannot be the first field that the server writes"),
    ("text: { type: str, bytes: [0, 30] }\n          loud?", "»type: { type: str, bytes: [0, 30] }\n          loud?",
     "a field named type would stand beside the tag of the same name"),
    ("          level: {", "          list: »{ type: array, of: u8, items: [0, 3] }\n          level: {",
     "what a client sends holds arrays of one fixed length only, and no tuples"),
    ("          level: {", "          both: »pair\n          level: {",
     "what a client sends holds arrays of one fixed length only, and no tuples"),
    # Everything defined is used.
    ("    unasked: { present: all }\n", "",
     "event present is never sent by any command, nor unasked; use it or remove it", "present:\n        delivery"),
    ("        errors: [too_loud]\n", "", "error too_loud is never raised; use it or remove it", "too_loud"),
    ("    guards:\n      named:", "    guards:\n      »idle: { absent: unnamed }\n      named:",
     "guard idle is never needed; use it or remove it"),
    ("      ring: {", "      »rung: { type: u8 }\n      ring: {", "type rung is never used; use it or remove it"),
    ("greeting: hello", "greeting: »helo", "unknown event helo (did you mean hello?); add it under events"),
    # HTTP.
    ("GET /people:", "»GIT /people:",
     "expected GET, POST, PUT or DELETE and a path, as in GET /rooms, not GIT /people"),
    ("        200: { count: u64 }", "        »ok: { count: u64 }",
     "unknown word ok in a route; known: doc, body, token, etag, admin, refuses and a status such as 200"),
    ("        200: { type: array, of: spot, items: [0, 3] }\n", "",
     "a route needs an answer: its status and body, as in 200: { rooms: rooms }", "doc: Who"),
    ("        refuses: [409]", "        »409: { error: name }",
     "409 refuses a request, and has the body of all refusals; say refuses: [409]"),
    ("        refuses: [409]", "        refuses: [409, »410]", "unknown refusal 410; add it under refusals"),
    ("        refuses: [409]", "        refuses: [409, »409]", "409 is in the list already"),
    ("        refuses: [409]\n", "", "refusal 409 is never used; use it or remove it", "409"),
    ("always: [400]", "always: »[]", "expected at least one status"),
    ("    409: Not Now", "    »302: Not Now", "a request is refused with a status from 400 to 599, not 302"),
    ("refused_as: fault", "refused_as: »color", "unknown struct color; a struct of this section, under types"),
    ("  refused_as: fault\n", "", "refused_as is missing in http", "doc: What the"),
    ("{ path: 404, method: 405 }", "»{ path: 404 }", "method is missing in elsewhere"),
    ("encoders: [pair]", "encoders: [pair, »pair]", "pair is in the list already"),
    ("encoders: [pair]", "encoders: [»pear]",
     "unknown struct pear (did you mean pair?); a struct of this section, under types"),
    ("fields: { status: u16, what: name }", 'fields: { "status?": u16, what: name }',
     "the first field of fault may be absent, so it cannot be written; put another first", "fault\n  refusals"),
    ("color: { enum: [red, green] }", "color: { fields: { \"red?\": u8 } }",
     "the first field of color may be absent, so it cannot be written; put another first", "{ color: color } }"),
    ("          at: { type: array, of: { type: f64", "          at?: { type: array, of: { type: f64",
     "the first field of spot may be absent, so it cannot be written; put another first", "said:\n        delivery"),
    ("at: { type: spot, doc: where }", "label: »{ type: u8, range: [2, 8], min_error: unnamed }",
     "a body of HTTP has no errors of its own: every broken rule is told in the one way"),
    ("200: { type: file, content: text/plain }", "200: »{ type: file }", "content is missing in a file"),
    ("200: { count: u64 }", "200: »{}", "expected at least one field"),
    ("GET /color:", "GET /color-: { 200: { color: color } }\n    »GET /color:",
     "GET /color and GET /color- are both get_color in C; rename one"),
    ("      GET /people:", "      GET /color:", "two services have the same route", "talk:"),
    ("paths: [/talk, /t]", "paths: »/talk", "expected a list of paths, as in [/chat], not a text"),
    ("paths: [/talk, /t]", "paths: [»talk, /t]", "expected a path, as in /chat, not talk"),
    ("paths: [/talk, /t]", "paths: [/t, /t]", "two services have the same path, or one has it twice", "talk:"),
    # What fits nowhere.
    ('pattern: "#[0-9A-F]{2}-x"', 'pattern: »""', "pattern: expected something to match"),
    ("{ type: u8, range: [1, 5], default: 1 }", "{ type: f64, range: [1, 5], default: »1 }",
     "a default is for a str, bool, enum or whole number, not for times"),
    ("  desk:\n", "  http:\n", "two services have the same name in C, or one is http; rename one", "talk:\n"),
    ("      mood: { enum:", "      »name: { enum: [a] }\n      mood: { enum:", "name is a type already; choose another name"),
    ("      said:\n", "      »Hello: {}\n      said:\n", "Hello and hello are both hello in C; rename one"),
    ("event: error, text: message", "event: »said, text: text",
     "said carries the error's code and text, and no other field"),
    ("fields: { message: { type: str, bytes: [0, 200] } }", "fields: { message: u8 }",
     "the text of an error is a str", "message, invalid"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[2])
def test_one_line_names_the_mistake(case: tuple[str, ...]) -> None:
    old, new, message, *elsewhere = case
    assert SMALL.count(old) == 1
    text = SMALL.replace(old, new)
    for place in elsewhere:
        assert text.count(place) == 1
        text = text.replace(place, "»" + place)
    at = text.index("»")
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    with pytest.raises(SpecError) as caught:
        read_protocol(text.replace("»", ""), "wrong.yaml")
    assert caught.value.lines[0] == f"wrong.yaml:{line}:{column}: error: {message}"
    assert all(line.endswith(message) for line in caught.value.lines)  # no mistake that only follows from it


@pytest.mark.parametrize("limit, text, least, most", [
    ("frame_bytes_max", "bytes: [0, {}] }}\n          loud?", '{"type":"say","text":"","about":"a","level":3}', 200),
    ("body_bytes_max", "bytes: [1, {}] }}", '{"text":"","at":{"at":[0,0]}}', 100),
])
def test_a_text_may_be_as_long_as_a_message_has_room_for(limit: str, text: str, least: str, most: int) -> None:
    def spec(length: int) -> str:
        assert SMALL.count(text.format(30)) == 1
        return SMALL.replace(text.format(30), text.format(length))

    read_protocol(spec(most - len(least)))
    with pytest.raises(SpecError, match=limit):
        read_protocol(spec(most - len(least) + 1))
    read_protocol(spec(99999999).replace(limit, "another"))  # nothing says where a message ends


def test_routes_need_http_at_the_top() -> None:
    start, end = SMALL.index("http:\n"), SMALL.index("services:\n")
    with pytest.raises(SpecError) as caught:
        read_protocol(SMALL[:start] + SMALL[end:], "wrong.yaml")
    assert caught.value.lines[0].endswith(": error: routes need http at the top: it says how requests are refused")


def test_mistakes_that_do_not_follow_from_each_other_are_all_named() -> None:
    text = SMALL.replace("bytes: [4, 8]", "bytes: [8, 4]").replace("level: { type: u64", "level: { type: u65")
    with pytest.raises(SpecError) as caught:
        read_protocol(text, "wrong.yaml")
    lines = text.splitlines()
    wrong = [lines[int(line.split(":")[1]) - 1] for line in caught.value.lines]
    assert ["secretWord" in wrong[0], "level" in wrong[1]] == [True, True] and len(wrong) == 2


def test_a_mistake_ends_in_exit_status_1_and_nothing_is_written(tmp_path: Path) -> None:
    spec = tmp_path / "wrong.yaml"
    spec.write_text(SMALL.replace("value: 40", "value: many"))
    done = codegen("--spec", spec, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"{spec}:6:12: error: expected a whole number, not a text\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "[", "a: [}", "\t", "a: !!python/none", "- a", "7", "a: \x00", "&a a"])
def test_what_is_no_spec_at_all_has_a_place_too(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_protocol(text, "wrong.yaml")
    assert re.fullmatch(r"wrong\.yaml:\d+:\d+: error: [^\n]+", caught.value.lines[0])


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    done = codegen("--spec", tmp_path / "none.yaml", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "none.yaml" in done.stderr
