"""The rules that all services share: what is a message, what is refused and how, order, sizes, abuse."""

from __future__ import annotations

import json
import signal
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import TIMEOUT, Client, Frame, Raw, Server, frame, handshake, until

FRAME_BYTES_MAX = 65536
NAME = '{"type":"set_username","username":%s}'


# --- what is a message ----------------------------------------------------------------------------------------------

WELL_FORMED = {
    "as usual": ('{"type":"set_username","username":"Zoë"}', "Zoë"),
    "members in another order": ('{"username":"Zoë","type":"set_username"}', "Zoë"),
    "white space": (' \t\r\n{ "type"\n:\t"set_username" ,\r"username" : "Zoë" } \r\n\t', "Zoë"),
    "escaped": ('{"type":"set_username","username":"Zo\\u00eb"}', "Zoë"),
    "escaped in upper case": ('{"type":"set_username","username":"Zo\\u00EB"}', "Zoë"),
    "escaped names and tag": ('{"\\u0074ype":"set_\\u0075sername","user\\u006eame":"Zoë"}', "Zoë"),
    "short escapes": ('{"type":"set_username","username":"\\"\\\\\\/\\b\\f\\n\\r\\t"}', '"\\/\b\f\n\r\t'),
    "a surrogate pair": ('{"type":"set_username","username":"\\ud83d\\ude00"}', "😀"),
    "emoji": (NAME % '"👩‍👩‍👧"', "👩‍👩‍👧"),
    "control characters": (NAME % '"\\u0001\\u001f\\u007f"', "\x01\x1f\x7f"),
    "delete, unescaped": (NAME % '"\x7f"', "\x7f"),
    "separators": (NAME % '"\u2028\u2029"', "\u2028\u2029"),
    "last code point": (NAME % '"\U0010ffff"', "\U0010ffff"),
    "byte order mark in a string": (NAME % '"\ufeff"', "\ufeff"),
    "unknown field": ('{"type":"set_username","username":"Zoë","color":"red"}', "Zoë"),
    "unknown fields of every kind": (
        '{"a":null,"b":[true,false,-0.5e+3,[]],"c":{"d":{}},"type":"set_username","e":1e308,"username":"Zoë"}',
        "Zoë",
    ),
    "a field's name in another case is another field": ('{"type":"set_username","Username":1,"username":"Zoë"}', "Zoë"),
    "nesting of 16": ('{"type":"set_username","username":"Zoë","x":' + "[" * 15 + "]" * 15 + "}", "Zoë"),
    "an exact great number": ('{"type":"set_username","username":"Zoë","x":123456789012345678901234567890}', "Zoë"),
}


@pytest.mark.parametrize("text, name", WELL_FORMED.values(), ids=WELL_FORMED)
def test_well_formed(server: Server, text: str, name: str) -> None:
    client = server.client()
    client.send_text(text)
    client.expect("username_set", username=name)


INVALID = {
    # not JSON
    "nothing": "",
    "white space only": " \n",
    "words": "hello",
    "half": '{"type":"set_username","username":"x"',
    "half a string": '{"type":"set_username","username":"x',
    "one more bracket": NAME % '"x"' + "}",
    "text after it": NAME % '"x"' + " x",
    "two values": NAME % '"x"' + NAME % '"y"',
    "trailing comma": '{"type":"set_username","username":"x",}',
    "leading comma": '{,"type":"set_username","username":"x"}',
    "two commas": '{"type":"set_username",,"username":"x"}',
    "no comma": '{"type":"set_username" "username":"x"}',
    "no colon": '{"type" "set_username","username":"x"}',
    "trailing comma in an array": '{"type":"set_username","username":"x","y":[1,]}',
    "single quotes": "{'type':'set_username','username':'x'}",
    "bare name": '{type:"set_username",username:"x"}',
    "comment": '{"type":"set_username","username":"x"/**/}',
    "line comment": NAME % '"x"' + "//",
    "byte order mark": "\ufeff" + NAME % '"x"',
    "no-break space": "\u00a0" + NAME % '"x"',
    "form feed": "\f" + NAME % '"x"',
    "bare word": '{"type":"set_username","username":"x","y":nul}',
    "True": '{"type":"set_username","username":"x","y":True}',
    "NaN": '{"type":"set_username","username":"x","y":NaN}',
    "Infinity": '{"type":"set_username","username":"x","y":-Infinity}',
    "leading zero": '{"type":"set_username","username":"x","y":01}',
    "negative leading zero": '{"type":"set_username","username":"x","y":-01}',
    "plus": '{"type":"set_username","username":"x","y":+1}',
    "point first": '{"type":"set_username","username":"x","y":.5}',
    "point last": '{"type":"set_username","username":"x","y":1.}',
    "exponent without digits": '{"type":"set_username","username":"x","y":1e}',
    "hexadecimal": '{"type":"set_username","username":"x","y":0x10}',
    "minus alone": '{"type":"set_username","username":"x","y":-}',
    "overflow": '{"type":"set_username","username":"x","y":1e999}',
    "negative overflow": '{"type":"set_username","username":"x","y":-1e999}',
    "overflow in an array": '{"type":"set_username","username":"x","y":[[1e400]]}',
    "unknown escape": NAME % '"\\x"',
    "escape of a quote": NAME % '"\\\'"',
    "short \\u": NAME % '"\\u00e"',
    "bad \\u": NAME % '"\\u00g0"',
    "\\U": NAME % '"\\U000000e9"',
    "raw new line": NAME % '"a\nb"',
    "raw tab": NAME % '"a\tb"',
    "raw NUL": NAME % '"a\0b"',
    "raw control character": NAME % '"\x1f"',
    "U+0000": NAME % '"a\\u0000b"',
    "U+0000 in a field's name": '{"type":"set_username","username":"x","a\\u0000":1}',
    "U+0000 in an unknown field": '{"type":"set_username","username":"x","y":"\\u0000"}',
    "lone high surrogate": NAME % '"\\ud83d"',
    "lone low surrogate": NAME % '"\\ude00"',
    "surrogates the wrong way round": NAME % '"\\ude00\\ud83d"',
    "high surrogate before another escape": NAME % '"\\ud83d\\u0041"',
    "nesting of 17": '{"type":"set_username","username":"x","y":' + "[" * 16 + "]" * 16 + "}",
    "nesting of 17 objects": '{"type":"set_username","username":"x","y":' + '{"a":' * 15 + "{}" + "}" * 15 + "}",
    "depth bomb": "[" * 30000,
    "depth bomb of objects": '{"a":' * 10000,
    # not an object
    "array": '["set_username"]',
    "string": '"set_username"',
    "number": "1",
    "null": "null",
    "true": "true",
    # duplicates
    "duplicate member": '{"type":"set_username","username":"x","username":"x"}',
    "duplicate tag": '{"type":"set_username","type":"set_username","username":"x"}',
    "duplicate by escape": '{"type":"set_username","username":"x","\\u0075sername":"y"}',
    "duplicate of an unknown field": '{"type":"set_username","username":"x","y":1,"y":1}',
    "duplicate further down": '{"type":"set_username","username":"x","y":[{"z":1,"z":1}]}',
    # tag
    "no tag": '{"username":"x"}',
    "empty object": "{}",
    "tag of another kind": '{"type":1,"username":"x"}',
    "tag null": '{"type":null,"username":"x"}',
    "unknown tag": '{"type":"set_nickname","username":"x"}',
    "tag in another case": '{"type":"Set_Username","username":"x"}',
    "tag with a space": '{"type":"set_username ","username":"x"}',
    "an event's tag": '{"type":"username_set","username":"x"}',
    "empty tag": '{"type":"","username":"x"}',
    # fields
    "missing field": '{"type":"set_username"}',
    "field null": '{"type":"set_username","username":null}',
    "field a number": '{"type":"set_username","username":1}',
    "field a boolean": '{"type":"set_username","username":true}',
    "field an array": '{"type":"set_username","username":["x"]}',
    "field an object": '{"type":"set_username","username":{}}',
    "field in another case": '{"type":"set_username","Username":"x"}',
    "field too long": NAME % ('"' + "x" * 257 + '"'),
    "field too long in bytes": NAME % ('"' + "é" * 129 + '"'),
    "field too long by escapes": NAME % ('"' + "\\u00e9" * 129 + '"'),
    "no room code": '{"type":"join_room"}',
    "room code a number": '{"type":"join_room","room_code":123456}',
    "no content": '{"type":"chat"}',
    "content null": '{"type":"chat","content":null}',
}


def test_every_invalid_message_is_answered_and_the_connection_goes_on(server: Server) -> None:
    client = server.client()
    for label, text in INVALID.items():
        client.send_text(text)
        event = client.recv()
        assert (event["type"], event.get("code")) == ("error", "invalid_message"), (label, event)
        assert event["message"].startswith("Invalid message format: "), (label, event)
        assert len(event["message"]) > len("Invalid message format: "), label
    client.set_username("still here")


@pytest.mark.parametrize(
    "text, words",
    [
        ('{"type":"set_username"}', ["username", "missing"]),
        ('{"type":"set_username","username":1}', ["username", "string"]),
        (NAME % ('"' + "x" * 257 + '"'), ["username", "256", "bytes"]),
        ('{"type":"join_room","room_code":[]}', ["room_code", "string"]),
        ('{"type":"chat"}', ["content", "missing"]),
        ('{"type":"chat","content":{}}', ["content", "string"]),
        ('{"type":"dance"}', ["dance"]),
        ("{}", ["type"]),
        ("[]", ["object"]),
        ('{"a":1,"a":2}', ["a"]),
    ],
)
def test_the_error_names_the_field_and_the_rule(server: Server, text: str, words: list[str]) -> None:
    client = server.client()
    client.send_text(text)
    message = client.expect_error("invalid_message")
    for word in words:
        assert word in message, message


def test_an_error_that_quotes_is_bounded_and_valid(server: Server) -> None:
    client = server.client()
    for tag in ("x" * 60000, "é" * 30000, "😀" * 15000, "\\u0001" * 10000, "\\\\" * 20000, "'\\\"" * 20000):
        client.send_text('{"type":"' + tag + '"}')
        assert len(client.expect_error("invalid_message").encode()) <= 1024


def test_bad_messages_are_answered_in_order_with_the_good_ones(server: Server) -> None:
    client = server.client()
    for number in range(20):
        client.send_text(NAME % f'"{number}"')
        client.send_text('{"type":"unknown_%d"}' % number)
    for number in range(20):
        client.expect("username_set", username=str(number))
        assert f"unknown_{number}" in client.expect_error("invalid_message")


def test_the_partner_never_notices_a_bad_message(server: Server) -> None:
    alice, bob, _ = server.pair()
    for text in INVALID.values():
        alice.send_text(text)
    assert len(alice.fence()) == len(INVALID)
    bob.silent()
    alice.send("chat", content="after all that")
    bob.expect("chat", **{"from": "Alice", "content": "after all that"})


def test_unknown_fields_are_not_passed_on(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send_text('{"type":"chat","content":"x","from":"Mallory","color":"red"}')
    assert json.loads(bob.text()) == {"type": "chat", "from": "Alice", "content": "x"}


def test_both_spellings_are_the_same_text(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send_text('{"type":"chat","content":"\\u00e9\\ud83d\\ude00"}')
    alice.send_text('{"type":"chat","content":"é😀"}')
    assert bob.expect("chat") == bob.expect("chat")


# --- sizes ----------------------------------------------------------------------------------------------------------


def message_of(size: int) -> str:
    return NAME % '"x"' + " " * (size - len(NAME % '"x"'))


def test_the_longest_message(server: Server) -> None:
    client = server.client()
    client.send_text(message_of(FRAME_BYTES_MAX))
    client.expect("username_set", username="x")


@pytest.mark.direct("a front may end its connection to us while the rest of the message is on its way, before it has passed our Close on")
def test_a_longer_message_closes_with_1009(server: Server) -> None:
    alice, bob, _ = server.pair()
    alice.send_text(message_of(FRAME_BYTES_MAX + 1))
    assert alice.expect_close(1009)
    bob.expect("partner_left")


@pytest.mark.direct("a front may end its connection to us while the rest of the message is on its way, before it has passed our Close on")
def test_a_longer_message_in_fragments_closes_with_1009(server: Server) -> None:
    raw = server.upgraded()
    text = message_of(FRAME_BYTES_MAX + 1).encode()
    raw.send_frame(0x1, text[:40000], fin=False)
    raw.send_frame(0x0, text[40000:])
    raw.expect_close(1009)


def test_too_long_is_refused_by_the_header(server: Server) -> None:
    raw = server.upgraded()
    raw.send(frame(0x1, b"x" * (FRAME_BYTES_MAX + 1))[:14])
    raw.expect_close(1009)


def test_invalid_utf_8_closes_with_1007(server: Server) -> None:
    for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
        raw = server.upgraded()
        raw.send_frame(0x1, b'{"type":"' + bad + b'"}')
        raw.expect_close(1007)


# --- binary frames --------------------------------------------------------------------------------------------------


def test_binary_frames_are_ignored_and_counted(server: Server) -> None:
    before = server.metric("parley_binary_ignored_total")
    client = server.client("Alice")
    for payload in (b"", b"\x00\xff", (NAME % '"y"').encode(), bytes(FRAME_BYTES_MAX)):
        client.connection.send(payload)
    client.silent()
    until(lambda: server.metric("parley_binary_ignored_total") == before + 4, "binary frames are counted")


# --- order ----------------------------------------------------------------------------------------------------------


def test_the_greeting_comes_before_the_answers(server: Server) -> None:
    raw = server.raw()
    raw.send(handshake() + b"".join(frame(0x1, (NAME % f'"{number}"').encode()) for number in range(100)))
    assert raw.head().status == 101
    assert raw.json()["type"] == "connected"
    for number in range(100):
        assert raw.json() == {"type": "username_set", "username": str(number)}


def test_answers_come_in_order_when_nobody_waits(server: Server) -> None:
    client = server.client()
    for number in range(1000):
        client.send("set_username", username=str(number))
    for number in range(1000):
        client.expect("username_set", username=str(number))


def test_messages_and_answers_keep_their_order_in_a_room(server: Server) -> None:
    """Both talk at once, each without waiting: each reads the other's messages in order, and its own errors too."""
    alice, bob, _ = server.pair()

    def talk(client: Client) -> None:
        for number in range(300):
            client.send("chat", content=str(number))
            if number % 10 == 0:
                client.send_text("bad %d" % number)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(talk, (alice, bob)))
    for client in (alice, bob):
        messages, errors = [], 0
        while len(messages) < 300 or errors < 30:
            event = client.recv()
            if event["type"] == "chat":
                messages.append(int(event["content"]))
            else:
                errors += 1
        assert messages == list(range(300)) and errors == 30


# --- abuse ----------------------------------------------------------------------------------------------------------


def test_repeated_abuse_closes_with_1008(server: Server) -> None:
    raw = server.upgraded()
    raw.send(frame(0x1, b"bad") * 2000)
    answers = 0
    while (received := raw.frame()).opcode == 0x1:
        assert json.loads(received.payload)["code"] == "invalid_message"
        answers += 1
    assert received.close_code == 1008 and len(received.payload) > 2
    assert raw.closed()
    assert 150 <= answers < 1000


def test_more_messages_than_a_client_may_send_close_with_1008(start) -> None:
    server = start("--message-rate-max", "5")
    raw = server.upgraded()
    raw.send(b"".join(frame(0x1, b'{"type":"set_username","username":"%d"}' % i) for i in range(11)))
    for i in range(10):
        assert raw.json() == {"type": "username_set", "username": str(i)}
    assert raw.expect_close(1008) == "too many messages"


def test_a_hundred_and_fifty_mistakes_are_forgiven(server: Server) -> None:
    client = server.client()
    for _ in range(150):
        client.send_text("bad")
    for _ in range(150):
        client.expect_error("invalid_message")
    client.set_username("reformed")


@pytest.mark.direct("a front may end its connection to us while the rest of the messages is on its way, before it has passed our Close on")
def test_on_loopback_guessing_room_codes_is_limited_per_connection(server: Server) -> None:
    raw = server.upgraded()
    raw.send_json({"type": "set_username", "username": "Mallory"})
    assert raw.json()["type"] == "username_set"
    raw.send(b"".join(frame(0x1, b'{"type":"join_room","room_code":"%06d"}' % number) for number in range(2000)))
    answers = 0
    while (received := raw.frame()).opcode == 0x1:
        assert json.loads(received.payload)["code"] == "room_not_found"
        answers += 1
    assert received.close_code == 1008 and 200 <= answers < 1000
    server.client("Alice").create_room()  # the address is spared


@pytest.mark.direct("a front may end its connection to us while the rest of the messages is on its way, before it has passed our Close on")
def test_guessing_room_codes_is_limited_elsewhere(start) -> None:
    server = start("--limit-loopback")
    raw = server.upgraded()
    raw.send_json({"type": "set_username", "username": "Mallory"})
    raw.send(b"".join(frame(0x1, b'{"type":"join_room","room_code":"%06d"}' % number) for number in range(2000)))
    assert raw.expect_close(1008)
    again = server.upgraded()  # the address is remembered, and the rest of it is still served
    again.send_json({"type": "set_username", "username": "Mallory"})
    assert again.json()["type"] == "username_set"
    again.send_json({"type": "join_room", "room_code": "000000"})
    again.expect_close(1008)


def test_an_address_out_of_guesses_learns_nothing_from_another_connection(start) -> None:
    server = start("--limit-loopback", "--guesses-max", "5", "--guesses-refill-ms", "60000")
    code = server.client("Alice").create_room()
    for number in range(8):
        client = server.upgraded()
        client.send_json({"type": "set_username", "username": "Mallory"})
        assert client.json()["type"] == "username_set"
        client.send_json({"type": "join_room", "room_code": "none" if number < 7 else code})
        if number < 5:
            assert client.json()["code"] == "room_not_found"
        else:
            assert client.frame().close_code == 1008


# --- slow readers and many connections ------------------------------------------------------------------------------


def test_a_member_that_does_not_read_delays_nobody_and_is_cut_off(server: Server) -> None:
    alice, other = server.client("Alice"), server.pair("Carol", "Dave")
    code = alice.create_room()
    slow = server.upgraded()
    slow.send_json({"type": "set_username", "username": "Slow"})
    slow.send_json({"type": "join_room", "room_code": code})
    alice.expect("partner_joined", username="Slow")
    carol, dave, _ = other
    sent = 0
    left = None
    while left is None and sent < 2000:
        for _ in range(20):
            alice.send("chat", content="x" * 30000)
        sent += 20
        started = time.monotonic()
        carol.send("chat", content=str(sent))
        assert dave.expect("chat")["content"] == str(sent)
        assert time.monotonic() - started < 5
        left = next((event for event in alice.fence() if event["type"] == "partner_left"), None)
    assert left is not None, "a reader that lags without end is cut off"
    # What it can still read are whole messages, and the reason at the end of them.
    received: list[Frame] = []
    try:
        while not received or received[-1].opcode == 0x1:
            received.append(slow.frame())
    except (AssertionError, ConnectionResetError):
        pass
    assert any(each.opcode == 0x1 for each in received)
    if received[-1].opcode == 0x8:
        assert received[-1].close_code == 1013 and len(received[-1].payload) > 2


def test_a_reader_that_pauses_misses_nothing(server: Server) -> None:
    alice, bob, _ = server.pair()
    for number in range(1500):
        alice.send("chat", content=str(number))
    alice.fence()
    for number in range(1500):
        assert bob.expect("chat")["content"] == str(number)


def send_some(raw: Raw, data: memoryview) -> memoryview:
    """Sends what goes without waiting; returns the rest. In steps, since TLS wants refused bytes again as they were."""
    raw.socket.setblocking(False)
    try:
        while data:
            data = data[raw.socket.send(data[:8192]) :]
    except (BlockingIOError, ssl.SSLWantWriteError):
        pass
    raw.socket.settimeout(TIMEOUT)
    return data


@pytest.mark.direct("a front reads the answers itself")
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("path", "command", "answer"),
    [
        ("/chat", b'{"type":"set_username","username":"x"}', b'{"type":"username_set","username":"x"}'),
        ("/live", b'{"op":1}', b'{"op":2,"d":null}'),
    ],
)
def test_who_does_not_read_its_answers_waits(
    start, certificate: tuple[str, str], tls: bool, path: str, command: bytes, answer: bytes
) -> None:
    """Its commands stay where they are until it does; it is not cut off for them."""
    server = start(*(("--tls-cert", certificate[0], "--tls-key", certificate[1]) if tls else ()), tls=tls)
    raw = server.upgraded(path, greeting=False)
    raw.json()
    one = frame(0x1, command)
    every = memoryview(one * 40000)
    rest = every

    def many_wait() -> bool:
        nonlocal rest
        rest = send_some(raw, rest)
        return server.metric("parley_waiting_messages") > 1000

    until(many_wait, "many answers wait")
    answers = 0
    while answers < 40000:
        rest = send_some(raw, rest)
        sent = (len(every) - len(rest)) // len(one)
        assert sent > answers, "the server reads no more"
        for answers in range(answers + 1, min(answers + 1000, sent) + 1):
            assert raw.frame() == Frame(0x1, answer)


def test_a_burst_in_one_read_is_sent_in_between(start) -> None:
    """Who reads is not behind because of how much another said at once."""
    server = start("--egress-messages-max", "256")
    alice, bob, _ = server.pair()
    burst = b"".join(frame(0x1, b'{"type":"chat","content":"%d"}' % number) for number in range(1000))
    server.signal(signal.SIGSTOP)
    alice.connection.socket.sendall(burst)
    server.signal(signal.SIGCONT)
    for number in range(1000):
        assert bob.expect("chat")["content"] == str(number)


def test_two_hundred_connections_from_one_address(server: Server) -> None:
    connections = [server.upgraded() for _ in range(200)]
    for number, raw in enumerate(connections):
        raw.send_json({"type": "set_username", "username": str(number)})
    for number, raw in enumerate(connections):
        assert raw.json() == {"type": "username_set", "username": str(number)}
        raw.close()
