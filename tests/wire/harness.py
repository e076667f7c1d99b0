"""What the wire tests stand on: the real server as a process, and two kinds of clients.

`Server` starts the binary on a port that the kernel chooses and, when stopped, holds it to account: exit code 0 and no
word of a sanitizer. `Client` speaks chat through the `websockets` package, `Live` of live.py speaks live, `Player` of
game.py speaks game; every frame they send or receive is held against generated/protocol.schema.json and noted for
test_coverage.py. `Raw` is a plain socket for what a well-behaved library would never send.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import resource
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Callable, Iterable, NamedTuple

import websockets.sync.client
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Close

from fronts import FRONTS, Front
from schema import SERVICE_AT, Seen, check_schema, checked_event, note_close

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("PARLEY_BINARY", ROOT / "build/debug/parley")).resolve()
TIMEOUT = 20.0  # seconds until a condition that should come true counts as failed; never a plain wait
SANITIZER = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:|check failed", re.IGNORECASE)
KEY = base64.b64encode(b"sixteen bytes!!!").decode()
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)  # some tests need more than a user's 1,024


# --- the server -----------------------------------------------------------------------------------------------------


class Server:
    """One running server. Use as a context manager or through the fixtures `server` and `start`.

    With PARLEY_FRONT=h2o, nginx or envoy in the environment, that stands before it: clients connect to the front, over TLS."""

    def __init__(
        self,
        *flags: str,
        address: str = "127.0.0.1:0",
        env: dict[str, str] | None = None,
        files_max: int | None = None,
        tls: bool = False,
        within: tuple[str, ...] = (),
        descriptors: Iterable[int] = (),
    ):
        """`within`: a command that ends in running the one that follows it, as itself. `descriptors`: that it is given."""
        self.tls = tls
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._killed = False
        self._folder = tempfile.TemporaryDirectory(prefix="parley-", ignore_cleanup_errors=True)
        self.front: Front | None = None
        own = {"HTTP_PORT": "0", "DATA_DIR": self._folder.name}
        front = None if tls else os.environ.get("PARLEY_FRONT")
        if front:
            # Our client over TLS answers Pings only while it is asked for events: nobody is given up who waits.
            own |= {"TRUSTED_PROXIES": "127.0.0.1", "PARLEY_IDLE_TIMEOUT_MS": "600000", "LIVE_ZOMBIE_MS": "600000"}
        self.process = subprocess.Popen(
            [*within, str(BINARY), address, *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=clean_environment() | own | (env or {}),
            pass_fds=tuple(descriptors),
            preexec_fn=None if files_max is None else lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max)),
        )
        threading.Thread(target=self._read_log, daemon=True).start()
        try:
            line = self.wait_log(r"listening")
            self.address = ("127.0.0.1", int(re.search(r"(?:127\.0\.0\.1|0\.0\.0\.0|\[::\]):(\d+)", line)[1]))
            self.http_address = ("127.0.0.1", int(re.search(r'http_port"?[=:](\d+)', line)[1]))
            self.own_address = self.address  # without the front
            if front:
                self.go_behind(FRONTS[front](self.address))
        except BaseException:
            self.process.kill()
            raise

    def go_behind(self, front: Front) -> None:
        """Clients reach it through the front from now on, which ends with it."""
        self.front, self.address, self.tls = front, front.address, True

    def _read_log(self) -> None:
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def log(self) -> str:
        with self._changed:
            return "\n".join(self.lines)

    def wait_log(self, pattern: str) -> str:
        """The first line of the log that matches, as soon as there is one."""
        found: list[str] = []

        def there() -> bool:
            found[:] = [line for line in self.lines if re.search(pattern, line)][:1]
            return bool(found) or self._ended

        with self._changed:
            self._changed.wait_for(there, TIMEOUT)
            assert found, f"no line /{pattern}/ in the log:\n" + "\n".join(self.lines)
            return found[0]

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """Waits for the end and checks that it was a good one."""
        try:
            code = self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the server did not stop; its log:\n" + self.log) from None
        with self._changed:
            self._changed.wait_for(lambda: self._ended, TIMEOUT)
        assert not SANITIZER.search(self.log), self.log
        assert code == 0, f"exit code {code}; its log:\n{self.log}"
        self._clean_up()
        return code

    def _clean_up(self) -> None:
        if self.front is not None:
            self.front.close()
        self._folder.cleanup()

    def stop(self) -> None:
        if self._killed:
            return
        if self.process.poll() is None:
            self.signal()
        self.wait()

    def kill(self) -> None:
        """At once, as the system does it when memory is short; nothing is held to account, not even in stop()."""
        self._killed = True
        self.process.kill()
        self.process.wait()
        if self.front is not None:
            self.front.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind, *_: object) -> None:
        if kind is None:
            self.stop()
        else:
            self.process.kill()
            self.process.wait()
            self._clean_up()

    # What one asks it.

    def client(self, name: str | None = None, path: str = "/chat", **options: Any) -> Client:
        """A connected client that has read its greeting; with a name, that is set."""
        return Client(self, name, path, **options)

    def pair(self, host: str = "Alice", guest: str = "Bob") -> tuple[Client, Client, str]:
        """Two clients in one room, and its code; nothing is left unread."""
        alice, bob = self.client(host), self.client(guest)
        code = alice.create_room()
        bob.join(code, partner=host)
        alice.expect("partner_joined", username=guest)
        return alice, bob, code

    def raw(self) -> Raw:
        return Raw(self.address, tls=self.tls)

    def upgraded(self, path: str = "/chat", greeting: bool = True, **fields: str) -> Raw:
        """A plain socket past the handshake and, unless told otherwise, past the greeting."""
        raw = self.raw()
        raw.send(handshake(path, **fields))
        assert raw.head().status == 101
        if greeting:
            assert raw.json()["type"] == "connected"
        return raw

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        address: tuple[str, int] | None = None,
    ) -> Reply:
        """The answer on the main port, or on another one of the server."""
        address = address or self.address
        if self.tls and (self.front is None or address == self.address):
            connection: Any = http.client.HTTPSConnection(*address, timeout=TIMEOUT, context=unverified())
        else:
            connection = http.client.HTTPConnection(*address, timeout=TIMEOUT)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            if answer.status >= 400:
                Seen.refusals.add(answer.status)
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self.request("GET", path, headers)

    def metric(self, name: str, **labels: str) -> float:
        """One sample of /metrics; 0 when it is not there."""
        from prometheus_client.parser import text_string_to_metric_families

        for family in text_string_to_metric_families(self.request("GET", "/metrics", address=self.own_address).body.decode()):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return 0.0


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


def clean_environment() -> dict[str, str]:
    """The environment without settings of ours, and with sanitizers that speak up."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return keep | {
        "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:detect_stack_use_after_return=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "TSAN_OPTIONS": f"exitcode=98:suppressions={ROOT}/tests/tsan.supp",
        # libmongoc's counters are a file named by the process's id, which a killed process leaves behind: the next one
        # of that id would complain on standard error, in a form of its own.
        "MONGOC_DISABLE_SHM": "1",
    }


def unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def until(condition: Callable[[], Any], what: str) -> Any:
    """Asks again until the condition holds, and returns what it said; fails after TIMEOUT."""
    gate = threading.Event()
    for _ in range(int(TIMEOUT / 0.02)):
        value = condition()
        if value:
            return value
        gate.wait(0.02)  # between two looks, not instead of one
    raise AssertionError(f"never came true: {what}")


OPEN: list[Connected | Raw] = []  # what the present test has connected; conftest.py closes it afterwards

# --- a well-behaved client ------------------------------------------------------------------------------------------


class Connected:
    """A connection that speaks a service; which one, and what that says, is its subclasses'."""

    service: str  # as in protocol.yaml

    def __init__(self, server: Server, path: str, **options: Any):
        if server.tls:
            self.connection: Any = OneThread(server, path, **options)
        else:
            self.connection = websockets.sync.client.connect(
                f"ws://127.0.0.1:{server.address[1]}{path}",
                compression=None,
                max_size=None,
                max_queue=None,  # what a test does not read is no reason to wait when closing
                open_timeout=TIMEOUT,
                ping_interval=None,
                close_timeout=TIMEOUT,
                proxy=None,
                legacy=True,  # a plain call, not a context manager
                **options,
            )
        OPEN.append(self)

    def send_checked(self, name: str, command: dict[str, Any]) -> None:
        """A command of protocol.yaml."""
        check_schema(f"{self.service}.command.{name}", command)
        Seen.commands.add(f"{self.service}.{name}")
        self.connection.send(json.dumps(command, ensure_ascii=False))

    def send_text(self, text: str) -> None:
        """Anything."""
        self.connection.send(text)

    def text(self) -> str:
        """The next event as it was sent."""
        text = self.connection.recv(TIMEOUT)
        checked_event(self.service, text)
        return text

    def recv(self) -> dict[str, Any]:
        return checked_event(self.service, self.connection.recv(TIMEOUT))

    def expect_close(self, code: int) -> str:
        """Reads on, past events if there are any, to a Close with this code; returns its reason."""
        try:
            while True:
                self.connection.recv(TIMEOUT)
        except ConnectionClosed as closed:
            assert closed.rcvd is not None, "cut off without a Close"
            assert closed.rcvd.code == code, closed.rcvd
            note_close(code, closed.rcvd.reason)
            return closed.rcvd.reason

    def silent(self, *after: Connected) -> None:
        """Nothing has been sent to this client, not even because of what `after` did last."""
        for client in after:
            assert client.fence() == []
        assert self.fence() == []

    def fence(self) -> list[dict[str, Any]]:
        """What arrives before the answer to a message sent now."""
        raise NotImplementedError

    def close(self) -> None:
        self.connection.close()

    def abort(self) -> None:
        """Ends the TCP connection with a reset, without a Close."""
        self.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.socket.close()


class Client(Connected):
    """A client of chat."""

    service = "chat"

    def __init__(self, server: Server, name: str | None, path: str, **options: Any):
        super().__init__(server, path, **options)
        self.id = self.expect("connected")["client_id"]
        self.name: str | None = None
        if name is not None:
            self.set_username(name)

    def send(self, kind: str, **fields: Any) -> None:
        self.send_checked(kind, {"type": kind, **fields})

    def expect(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next event is this one, with these values and, when any are given, no other fields."""
        event = self.recv()
        assert event["type"] == kind, event
        if fields:
            assert event == {"type": kind, **fields}
        return event

    def expect_error(self, code: str, message: str | None = None) -> str:
        event = self.expect("error")
        assert event["code"] == code, event
        if message is not None:
            assert event["message"] == message
        return event["message"]

    def fence(self) -> list[dict[str, Any]]:
        """What arrives before the answer to a message sent now."""
        if self.name is None:
            self.send_text('{"type":"fence"}')
            ends: Callable[[dict[str, Any]], bool] = lambda e: e["type"] == "error" and "fence" in e["message"]
        else:
            self.send("set_username", username=self.name)
            ends = lambda e: e["type"] == "username_set"
        before = []
        while not ends(event := self.recv()):
            before.append(event)
        return before

    # The usual steps.

    def set_username(self, name: str) -> None:
        self.send("set_username", username=name)
        self.expect("username_set", username=name)
        self.name = name

    def create_room(self) -> str:
        self.send("create_room")
        return self.expect("room_created")["room_code"]

    def join(self, code: str, partner: str | None) -> None:
        self.send("join_room", room_code=code)
        self.expect("room_joined", room_code=code.upper(), partner=partner)


# --- a plain socket -------------------------------------------------------------------------------------------------


class Head(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case


class Frame(NamedTuple):
    opcode: int
    payload: bytes
    fin: bool = True

    @property
    def close_code(self) -> int:
        return struct.unpack(">H", self.payload[:2])[0]


class Raw:
    """What it sends is sent as it is. The path of a request tells what service speaks afterwards."""

    service = "chat"

    def __init__(self, address: tuple[str, int], tls: bool = False, source: str = "", first: bytes = b""):
        """`source`: the address that it connects from. `first`: what is sent before all else, even before TLS."""
        self.socket = socket.create_connection(address, TIMEOUT, (source, 0))
        self.socket.sendall(first)
        if tls:
            self.socket = unverified().wrap_socket(self.socket)
        OPEN.append(self)
        self._unread = b""

    def send(self, data: bytes) -> None:
        if request := re.match(rb"GET (/[^? ]*)", data):
            self.service = SERVICE_AT.get(request[1].decode(), self.service)
        self.socket.sendall(data)

    def send_frame(self, opcode: int, payload: bytes = b"", **options: Any) -> None:
        self.send(frame(opcode, payload, **options))

    def send_json(self, value: Any) -> None:
        self.send_frame(0x1, json.dumps(value).encode())

    def _more(self) -> bool:
        data = self.socket.recv(65536)
        self._unread += data
        return bool(data)

    def read(self, count: int) -> bytes:
        while len(self._unread) < count:
            assert self._more(), f"closed after {self._unread!r}"
        data, self._unread = self._unread[:count], self._unread[count:]
        return data

    def rest(self) -> bytes:
        """All that comes until the server closes; a reset counts as closing."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        data, self._unread = self._unread, b""
        return data

    def closed(self) -> bool:
        """Nothing more has come, and the server has closed."""
        return self.rest() == b""

    def head(self) -> Head:
        """A response's head; what follows stays unread."""
        while b"\r\n\r\n" not in self._unread:
            assert self._more(), f"closed after {self._unread!r}"
        text, self._unread = self._unread.split(b"\r\n\r\n", 1)
        status, *lines = text.decode("latin-1").split("\r\n")
        fields = (line.split(":", 1) for line in lines)
        code = int(status.split()[1])
        if code >= 400:
            Seen.refusals.add(code)
        return Head(code, {name.lower(): value.strip() for name, value in fields})

    def refusal(self) -> tuple[int, bytes]:
        """A response with its body; afterwards the server closes."""
        head = self.head()
        return head.status, self.rest()

    def frame(self) -> Frame:
        """The next frame, whatever it is; the server never masks and never fragments."""
        first, second = self.read(2)
        assert first & 0x70 == 0 and second & 0x80 == 0, (first, second)
        length = second
        if length == 126:
            length = struct.unpack(">H", self.read(2))[0]
            assert length > 125
        elif length == 127:
            length = struct.unpack(">Q", self.read(8))[0]
            assert length > 0xFFFF
        received = Frame(first & 0x0F, self.read(length), bool(first & 0x80))
        if received.opcode == 0x8 and received.payload:
            note_close(received.close_code, received.payload[2:].decode())
        return received

    def json(self) -> dict[str, Any]:
        """The next frame, which is an event; when all takes long, the server asks with a Ping whether we live."""
        while (received := self.frame()).opcode == 0x9:
            pass
        assert received.opcode == 0x1 and received.fin, received
        return checked_event(self.service, received.payload)

    def expect_close(self, code: int) -> str:
        """The next frame that is neither an event nor a Ping is a Close with this code, and then the server closes."""
        while (received := self.frame()).opcode in (0x1, 0x9):
            pass
        assert received.opcode == 0x8, received
        assert received.close_code == code, received
        assert self.closed()
        return received.payload[2:].decode()

    def close(self) -> None:
        self.socket.close()

    def abort(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class OneThread:
    """What Client asks of a connection, for TLS: the `websockets` package reads in a thread of its own, and Python 3.11
    loses bytes when two threads read and write one TLS socket."""

    def __init__(self, server: Server, path: str, additional_headers: dict[str, str] | None = None, subprotocols: tuple[str, ...] = ()):
        fields = {name.replace("-", "_"): value for name, value in (additional_headers or {}).items()}
        if subprotocols:
            fields["Sec_WebSocket_Protocol"] = ", ".join(subprotocols)
        self._raw = server.upgraded(path, greeting=False, **fields)
        self.socket = self._raw.socket

    def send(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        self._raw.send_frame(0x1 if isinstance(message, str) else 0x2, data)

    def recv(self, timeout: float | None = None) -> str:
        while (received := self._raw.frame()).opcode != 0x1:
            if received.opcode == 0x8:
                self._raw.send_frame(0x8, received.payload)
                raise ConnectionClosedError(Close.parse(received.payload), None)
            if received.opcode == 0x9:
                self._raw.send_frame(0xA, received.payload)
        return received.payload.decode()

    def close(self) -> None:
        try:
            self._raw.send_frame(0x8, struct.pack(">H", 1000))
        except OSError:
            pass  # closed already
        self._raw.close()


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True, mask: bytes = b"\x37\xfa\x21\x3d"
) -> bytes:
    """A client's frame (RFC 6455, 5.2)."""
    bit = 0x80 if masked else 0
    out = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if len(payload) < 126:
        out += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        out += bytes([bit | 126]) + struct.pack(">H", len(payload))
    else:
        out += bytes([bit | 127]) + struct.pack(">Q", len(payload))
    if not masked:
        return out + payload
    key = int.from_bytes((mask * (len(payload) // 4 + 1))[: len(payload)], "big")
    return out + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(len(payload), "big")


def handshake(path: str = "/chat", *, method: str = "GET", version: str = "HTTP/1.1", drop: tuple[str, ...] = (), **fields: str | None) -> bytes:
    """A request to upgrade. Fields are added or replaced by name (`_` stands for `-`); `drop` leaves some out."""
    values = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    names = {name.lower(): name for name in values}
    for given, value in fields.items():
        name = given.replace("_", "-")
        values[names.get(name.lower(), name)] = value
    lines = [f"{name}: {value}" for name, value in values.items() if name not in drop]
    return "\r\n".join([f"{method} {path} {version}", *lines, "", ""]).encode("latin-1")
