"""Databases for the tests, as processes that can be killed, frozen and started again, and a proxy that can be in their way.

`Redis` is a real redis-server. `Mongo` is nx-27017, a server that speaks MongoDB's wire protocol on SQLite: no real
mongod has been run with this program. Each has its own folder and port, and a client of its own maker's.
"""

from __future__ import annotations

import collections
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Callable

import bson
import pymongo
import pymongo.errors
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness import ROOT, TIMEOUT, Server, until
from ports import free_port

DATABASE = "signight_websocket"


def kept_seconds(server: Server) -> float:
    """A message that a client has been shown so long ago is in the journal: 50 ms, if its thread gets a core when it wants one;
    the server knows by how much it is late."""
    overloaded = os.getloadavg()[0] > 2 * (os.cpu_count() or 1)
    return (0.2 if overloaded else 0.05) + server.metric("parley_store_lag_seconds")


def health(server: Server, part: str) -> str:
    return json.loads(server.get("/health").body)["services"][part]


def until_health(server: Server, part: str, wanted: str) -> None:
    until(lambda: health(server, part) == wanted, f"{part} is {wanted}")


class Database:
    """A process that listens on a port, and keeps its data over kill and start."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="parley-database-"))
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        assert self.process is None
        self.process = subprocess.Popen(
            self.command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: self.process.poll() is not None or self.answers(), f"{self.command()[0]} answers")
        assert self.process.poll() is None, f"{self.command()} has ended"

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def freeze(self) -> None:
        """It keeps its connections, and says nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Database):
    """It keeps everything over kill, unless `volatile`."""

    def __init__(self, *options: str, password: str | None = None, volatile: bool = False):
        self.options = [*options, *(["--requirepass", password] if password else [])]
        self.volatile = volatile
        self.password = password
        self.socket: Path | None = None
        super().__init__()

    def command(self) -> list[str]:
        self.socket = self.folder / "socket"
        keeping = ["--save", "", "--appendonly", "no" if self.volatile else "yes", "--appendfsync", "always"]
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        return ["redis-server", *where, *keeping, *self.options]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def client(self) -> redis.Redis:
        return redis.Redis(
            port=self.port,
            password=self.password,
            decode_responses=True,
            socket_timeout=TIMEOUT,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
        )

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return client.ping()
        except redis.RedisError:
            return False


    def keys(self, pattern: str = "*") -> dict[str, str]:
        """What is there: keys and their values."""
        with self.client() as client:
            keys = sorted(client.scan_iter(pattern))
            return {key: value for key, value in zip(keys, client.mget(keys) if keys else []) if value is not None}


class Mongo(Database):
    def command(self) -> list[str]:
        server = ROOT / ".venv-mongodb/bin/nx-27017"
        files = ["--data-dir", str(self.folder), "--log-file", str(self.folder / "log"), "--pid-file", str(self.folder / "pid")]
        return [str(server), *files, "--host", "127.0.0.1", "-p", str(self.port)]

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}"

    def client(self) -> pymongo.MongoClient[dict[str, Any]]:
        return pymongo.MongoClient(self.url, serverSelectionTimeoutMS=2000, retryReads=False)

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return client.admin.command("ping")["ok"] == 1
        except pymongo.errors.PyMongoError:
            return False

    def find(self, collection: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        with self.client() as client:
            return list(client[DATABASE][collection].find(query or {}))

    def messages(self, room: str) -> list[str]:
        """What was said there, in its order."""
        return [each["message"] for each in sorted(self.find("chat_messages", {"room_id": room}), key=lambda each: each["_id"])]


class Proxy:
    """Stands before a port. What it does with bytes can be changed at any time:

    pass: as they are; delay: both ways `seconds` late; swallow: taken, and no more; garbage: answered with nonsense; cut:
    all connections end, new ones at once."""

    def __init__(self, port: int):
        self.target = port
        self.mode = "pass"
        self.seconds = 0.0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, mode: str, seconds: float = 0.0) -> None:
        self.mode, self.seconds = mode, seconds
        if mode == "cut":
            self._end(list(self._open))

    def close(self) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._end(list(self._open))

    def _end(self, sockets: list[socket.socket]) -> None:
        for each in sockets:
            with self._lock:
                self._open.discard(each)
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the peer was faster
            each.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.mode == "cut":
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), TIMEOUT)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(one, other, one is client), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, from_client: bool) -> None:
        try:
            while data := one.recv(65536):
                if self.mode == "delay":
                    self._closing.wait(self.seconds)
                if self.mode == "garbage" and from_client:
                    one.sendall(os.urandom(64))
                elif self.mode in ("pass", "delay"):
                    other.sendall(data)
        except OSError:
            pass
        self._end([one, other])


class Answering(Proxy):
    """Answers the updates of some collections itself, as a server of MongoDB would that has its reasons: with `answers`, or
    what these make of the number of updates: None is left to the server."""

    def __init__(self, port: int):
        self.answers: dict[str, dict[str, Any] | Callable[[int], dict[str, Any] | None]] = {}
        self.answered: collections.Counter[str] = collections.Counter()
        super().__init__(port)

    def until_answered(self, collection: str, times: int) -> None:
        until(lambda: self.answered[collection] >= times, f"{times} updates of {collection} are answered")

    def _answer(self, header: tuple[int, ...], body: bytes) -> bytes | None:
        """OP_MSG: flags, then sections, of which the first is the command (kind 0)."""
        _, request, _, operation = header
        if operation != 2013 or body[4] != 0:
            return None
        first = 5 + int.from_bytes(body[5:9], "little")
        collection = bson.decode(body[5:first]).get("update")
        if collection not in self.answers:
            return None
        self.answered[collection] += 1
        answer = self.answers[collection]
        if callable(answer):  # behind the size of the second section stands its name: they are documents of that
            answer = answer(len(bson.decode_all(body[first + 5 + len(b"updates\0") :])))
        if answer is None:
            return None
        reply = bytes(5) + bson.encode(answer)
        return struct.pack("<4i", 16 + len(reply), 1, request, 2013) + reply

    def _carry(self, one: socket.socket, other: socket.socket, from_client: bool) -> None:
        if not from_client:
            return super()._carry(one, other, from_client)
        try:
            with one.makefile("rb") as reader:
                while len(head := reader.read(16)) == 16:
                    header = struct.unpack("<4i", head)
                    body = reader.read(header[0] - 16)
                    answer = self._answer(header, body)
                    if answer is None:
                        other.sendall(head + body)
                    else:
                        one.sendall(answer)
        except OSError:
            pass
        self._end([one, other])
