"""What is said in game's rooms is kept: over restarts and kill -9, on a full disk, within its bound. (MongoDB and Redis:
test_mongodb.py, test_redis.py.)"""

from __future__ import annotations

import json
import random
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Callable

import pytest

from databases import kept_seconds
from game import COLOR, Player, history, texts
from harness import BINARY, TIMEOUT, Server, clean_environment, until


def kept_in(folder: Path) -> dict[str, Any]:
    return {"env": {"DATA_DIR": str(folder)}}


def rooms(server: Server) -> list[dict[str, Any]]:
    reply = server.get("/rooms")
    assert reply.status == 200, reply
    return json.loads(reply.body)["rooms"]


def room_of(server: Server, name: str) -> dict[str, Any]:
    return next(room for room in rooms(server) if room["id"] == name)


# --- history --------------------------------------------------------------------------------------------------------


def test_a_message_is_in_the_history_as_soon_as_it_was_shown(server: Server) -> None:
    ann, bob = Player(server, "Ann", "shown"), Player(server, "Bob", "shown")
    ann.expect_joined(bob)
    for number in range(50):
        ann.chat(f"message {number}")
        moment = bob.expect_chat(ann, "Ann", f"message {number}")
        last = history(server, "shown", 1)[0]
        assert last["message"] == f"message {number}"
        assert last["timestamp"] == moment.replace("+00:00", "Z")
        assert (last["room_id"], last["client_id"], last["username"]) == ("shown", ann.id, "Ann")


def test_history_is_the_newest_the_oldest_first(server: Server) -> None:
    ann, bob = Player(server, "Ann", "order"), Player(server, "Bob", "order")
    ann.expect_joined(bob)
    for number in range(130):
        ann.chat(str(number))
    for number in range(130):
        bob.expect_chat(ann, "Ann", str(number))
    assert texts(history(server, "order", 3)) == ["127", "128", "129"]
    assert texts(history(server, "order", 100)) == [str(number) for number in range(30, 130)]
    moments = [entry["timestamp"] for entry in history(server, "order")]
    assert moments == sorted(set(moments))
    default = server.request("POST", "/chat/history", body=b'{"room_id":"order"}')
    assert texts(json.loads(default.body)) == [str(number) for number in range(80, 130)]
    assert history(server, "a room that nobody was ever in") == []


@pytest.mark.parametrize("room", ["'; DROP TABLE entries; --", "방 🙂", "a\\b\"c\n\u0001", "%", "x" * 512])
def test_any_room_and_any_text(server: Server, room: str) -> None:
    ann = Player(server, "이름 🙂", room)
    said = "\u0001\n\"\\ é 말 🙂 " + "x" * 900
    ann.chat(said)
    ann.fence()
    (entry,) = history(server, room)
    assert (entry["room_id"], entry["username"], entry["message"]) == (room, "이름 🙂", said)
    assert room_of(server, room)["name"] == room


# --- restarts -------------------------------------------------------------------------------------------------------


def test_a_restart_keeps_messages_and_rooms(start: Any, tmp_path: Path) -> None:
    first = start(**kept_in(tmp_path))
    ann = Player(first, "Ann", "kept")
    for number in range(30):
        ann.chat(str(number))
    ann.fence()
    before, room = history(first, "kept"), room_of(first, "kept")
    assert room["player_count"] == 1
    first.stop()

    second = start(**kept_in(tmp_path))
    after = room_of(second, "kept")
    assert after["created_at"] == room["created_at"] and after["player_count"] == 0
    assert history(second, "kept") == before
    bob = Player(second, "Bob")
    welcome = bob.join("kept")
    assert welcome["chat_history"] == before[-20:]
    bob.chat("after")
    bob.fence()
    assert texts(history(second, "kept", 2)) == ["29", "after"]
    assert room_of(second, "kept")["last_activity"] > room["last_activity"]


def test_rooms_are_those_of_the_last_hour_the_latest_activity_first(start: Any, tmp_path: Path) -> None:
    first = start(**kept_in(tmp_path))
    for name in ("old", "recent", "new"):
        Player(first, "Ann", name).close()
    until(lambda: all(room["player_count"] == 0 for room in rooms(first)), "all have left")
    first.stop()
    with sqlite3.connect(tmp_path / "journal.db") as journal:
        for name, minutes in (("old", 61), ("recent", 59)):
            journal.execute("UPDATE rooms SET active_ns = active_ns - ? WHERE id = ?", (minutes * 60 * 10**9, name))
    journal.close()
    second = start(**kept_in(tmp_path))
    assert [room["id"] for room in rooms(second)] == ["new", "recent"]


def stream(server: Server, room: str, shown: list[tuple[float, str]], life: int) -> Callable[[], None]:
    """One says numbered messages without end; what another is shown is noted with the moment, until that is ended. (After a
    kill, much may lie in the socket.)"""
    enough = threading.Event()
    ann, bob = Player(server, "Ann", room), Player(server, "Bob", room)
    ann.expect_joined(bob)

    def speak() -> None:
        number = 0
        try:
            while True:
                ann.chat(f"{life} {number}")
                number += 1
        except Exception:  # the server was killed
            return

    def listen() -> None:
        try:
            while not enough.is_set():
                message = bob.recv()["message"]
                shown.append((time.monotonic(), message))
        except Exception:
            return

    threading.Thread(target=speak, daemon=True).start()
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()

    def end() -> None:
        enough.set()
        listener.join(TIMEOUT)

    return end


@pytest.mark.parametrize("durability", ["cache", "fsync"])
def test_kill_9_loses_nothing_that_was_shown_and_doubles_nothing(start: Any, tmp_path: Path, durability: str) -> None:
    draw = random.Random(5)
    must: list[str] = []
    for life in range(6):
        server = start("--durability", durability, **kept_in(tmp_path))
        if life:
            assert room_of(server, "r")["player_count"] == 0
        shown: list[tuple[float, str]] = []
        end = stream(server, "r", shown, life)
        enough = draw.randrange(100, 800)
        until(lambda: len(shown) > enough and shown[enough][0] < time.monotonic() - 0.2, "messages are shown, and kept")
        kept = kept_seconds(server)
        killed = time.monotonic()
        server.kill()
        end()
        must += [message for moment, message in shown if moment < killed - kept]
    last = start(**kept_in(tmp_path))
    last.stop()
    journal = sqlite3.connect(tmp_path / "journal.db")
    kept = [row[0] for row in journal.execute("SELECT message FROM entries ORDER BY number")]
    ids = {row[0] for row in journal.execute("SELECT id FROM entries")}
    journal.close()
    assert len(set(kept)) == len(kept) == len(ids)
    assert [message for message in kept if message in set(must)] == must
    assert len(must) > 300


def test_a_graceful_stop_keeps_all_that_was_shown(start: Any, tmp_path: Path) -> None:
    server = start(**kept_in(tmp_path))
    shown: list[tuple[float, str]] = []
    end = stream(server, "r", shown, 0)
    until(lambda: len(shown) > 500, "messages are shown")
    server.stop()
    end()
    assert not (tmp_path / "journal.db-wal").exists()  # all is in the database
    journal = sqlite3.connect(tmp_path / "journal.db")
    kept = [row[0] for row in journal.execute("SELECT message FROM entries ORDER BY number")]
    journal.close()
    assert kept[: len(shown)] == [message for _, message in shown]


# --- what cannot be -------------------------------------------------------------------------------------------------


def refused(folder: Path | str) -> str:
    """The log of a server that does not start with this DATA_DIR."""
    done = subprocess.run(
        [BINARY, "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env=clean_environment() | {"DATA_DIR": str(folder), "HTTP_PORT": "0", "LIVE_UDP_PORT": "0"},
    )
    assert done.returncode == 1, done.stderr
    (error,) = [line for line in done.stderr.splitlines() if "ERROR" in line]
    return error


def test_two_servers_do_not_share_a_folder(start: Any, tmp_path: Path) -> None:
    server = start(**kept_in(tmp_path))
    assert "another server uses the data directory" in refused(tmp_path)
    ann = Player(server, "Ann", "r")
    ann.chat("still here")
    ann.fence()
    assert texts(history(server, "r")) == ["still here"]
    server.kill()
    start(**kept_in(tmp_path))  # nobody has to remove anything


def test_folders_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    assert "is not a directory" in refused(tmp_path / "file")
    error = refused(tmp_path / "none" / "data")
    assert "cannot be made" in error and "No such file or directory" in error
    assert "File name too long" in refused("/" + "x" * 5000)


def test_a_damaged_journal_is_told_and_left_as_it_is(start: Any, tmp_path: Path) -> None:
    server = start(**kept_in(tmp_path))
    ann = Player(server, "Ann", "r")
    for number in range(200):
        ann.chat(str(number))
    ann.fence()
    server.stop()
    path = tmp_path / "journal.db"
    whole = path.read_bytes()
    page = 4096
    in_use = int.from_bytes(whole[28:32], "big") * page
    inside = whole[:page] + bytes(page) + whole[2 * page :]
    for damaged in (whole[: in_use // 2], b"SQLite format 4\0" + whole[16:], b"no database" * 100, b"short", inside):
        path.write_bytes(damaged)
        error = refused(tmp_path)
        assert "the journal cannot be opened" in error and "it is damaged" in error
        assert path.read_bytes() == damaged
    path.write_bytes(whole)
    again = start(**kept_in(tmp_path))
    assert texts(history(again, "r")) == [str(number) for number in range(100, 200)]


def test_an_empty_journal_with_a_log_beside_it_is_not_begun_anew(start: Any, tmp_path: Path) -> None:
    server = start(**kept_in(tmp_path))
    ann = Player(server, "Ann", "r")
    ann.chat("in the log")
    ann.fence()
    until(lambda: server.metric("parley_store_waiting_orders") == 0, "it is kept")
    server.kill()
    path, log = tmp_path / "journal.db", tmp_path / "journal.db-wal"
    whole, logged = path.read_bytes(), log.read_bytes()
    path.write_bytes(b"")
    assert "the database is empty, its log is not" in refused(tmp_path)
    assert path.read_bytes() == b"" and log.read_bytes() == logged
    path.write_bytes(whole)
    assert texts(history(start(**kept_in(tmp_path)), "r")) == ["in the log"]


@pytest.mark.parametrize("where", ["header", "middle"])
def test_a_damaged_log_is_told_and_a_copy_is_kept(start: Any, tmp_path: Path, where: str) -> None:
    server = start(**kept_in(tmp_path))
    ann = Player(server, "Ann", "r")
    for number in range(20):
        ann.chat(str(number))
        until(lambda: server.metric("parley_store_entries_total") == number + 1, "it is kept")
    server.kill()
    log, copy = tmp_path / "journal.db-wal", tmp_path / "journal.db-wal.damaged"
    damaged = bytearray(log.read_bytes())
    damaged[20 if where == "header" else len(damaged) // 2] ^= 1
    log.write_bytes(damaged)
    server = start(**kept_in(tmp_path))
    server.wait_log("ERROR the journal's log is damaged")
    assert copy.read_bytes() == damaged
    left = texts(history(server, "r"))
    assert left == [str(number) for number in range(len(left))] and len(left) < 20
    assert bool(left) == (where == "middle")
    server.kill()
    server = start(**kept_in(tmp_path))  # what it wrote since is whole
    assert "damaged" not in server.log


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE theirs (x)")
    theirs.close()
    before = path.read_bytes()
    assert "another program's database" in refused(tmp_path)
    assert path.read_bytes() == before


def test_damage_that_shows_at_run_time_is_told_and_the_rest_goes_on(start: Any, tmp_path: Path) -> None:
    start(**kept_in(tmp_path)).stop()
    path, now = tmp_path / "journal.db", time.time_ns()
    with sqlite3.connect(path) as journal:
        for room in (1, 2):
            journal.execute("INSERT INTO rooms VALUES (?, ?, ?, ?, 0, 0)", (room, f"room {room}", now, now))
        for number in range(1, 201):
            text = f"message {number} ".ljust(1000, "x")
            said = (number, 1 + number // 101, now + number, str(uuid.uuid4()), str(uuid.uuid4()), "Ann", text)
            journal.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", said)
    journal.close()
    server = start(**kept_in(tmp_path))
    page = 4096
    with path.open("r+b") as file:
        file.seek(path.read_bytes().index(b"message 90 ") // page * page)
        file.write(bytes(page))
    reply = server.request("POST", "/chat/history", body=b'{"room_id":"room 1"}')
    assert reply.status == 503, reply
    until(lambda: b"the store's journal is damaged" in server.get("/readyz").body, "who asks is told")
    assert server.get("/readyz").status == 503
    assert server.metric("parley_store_errors_total", part="journal") > 0
    server.wait_log("the journal cannot be read.*malformed")
    assert len(history(server, "room 2")) == 100
    ann = Player(server, "Ann", "room 2")
    ann.chat("still here")
    ann.fence()
    assert texts(history(server, "room 2", 1)) == ["still here"]
    server.stop()
    assert "it is damaged" in refused(tmp_path)


def test_a_journal_that_is_moved_away_is_told_and_may_come_back(start: Any, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    server = start(**kept_in(folder))
    ann, bob = Player(server, "Ann", "r"), Player(server, "Bob", "r")
    ann.expect_joined(bob)
    folder.rename(elsewhere)
    server.wait_log(r"ERROR the journal's file is not where it was")
    until(lambda: server.get("/readyz").status == 503, "no new clients should come")
    ann.chat("meanwhile")
    bob.expect_chat(ann, "Ann", "meanwhile")
    elsewhere.rename(folder)
    until(lambda: server.get("/readyz").status == 200, "all is as it was")
    assert texts(history(server, "r")) == ["meanwhile"]


def test_a_journal_of_a_newer_version_is_refused(start: Any, tmp_path: Path) -> None:
    start(**kept_in(tmp_path)).stop()
    with sqlite3.connect(tmp_path / "journal.db") as journal:
        journal.execute("PRAGMA user_version = 1000")
    journal.close()
    assert "a newer version" in refused(tmp_path)


# --- bounds ---------------------------------------------------------------------------------------------------------


def test_the_oldest_messages_make_room(start: Any, tmp_path: Path) -> None:
    server = start("--store-mb-max", "8", **kept_in(tmp_path))
    old = Player(server, "Old", "old room")
    old.chat("the first message")
    old.close()
    ann = Player(server, "Ann", "r")
    for number in range(16000):
        ann.chat(f"{number:05} ".ljust(1000, "x"))
        if number % 500 == 0:
            ann.fence()
    ann.fence()
    assert [text[:5] for text in texts(history(server, "r", 2))] == ["15998", "15999"]
    assert history(server, "old room") == []
    assert server.metric("parley_store_dropped_entries_total") == 0
    assert server.get("/readyz").status == 200
    server.stop()
    assert (tmp_path / "journal.db").stat().st_size < 12 << 20


def test_a_disk_that_is_full_of_the_journal_itself_is_enough(start: Any, tmp_path: Path) -> None:
    """Its log fills what the bound leaves of the disk: it is brought into the database, where there is room for it."""
    server = start("--store-mb-max", "8", **kept_in(tmp_path), within=tmpfs(tmp_path, "10m"))
    ann = Player(server, "Ann", "r")
    text = "x" * 1000
    for number in range(12_000):
        ann.chat(f"{number} {text}"[:1000])
        if number % 500 == 0:
            ann.fence()
    ann.fence()
    until(lambda: server.metric("parley_store_waiting_orders") == 0, "all is kept")
    assert server.metric("parley_store_entries_total") == 12_000
    assert texts(history(server, "r", 1))[0].startswith("11999 ")
    assert server.get("/readyz").status == 200


def test_what_mongodb_has_not_taken_is_not_deleted(start: Any, tmp_path: Path) -> None:
    """With a MongoDB that is away, a journal fills up: rooms that are open go on, others do not open."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        url = f"mongodb://127.0.0.1:{nobody.getsockname()[1]}"
        server = start("--store-mb-max", "8", "--mongodb-url", url, **kept_in(tmp_path))
        old = Player(server, "Old", "old room")
        old.chat("the first message")
        ann, bob = Player(server, "Ann", "r"), Player(server, "Bob", "r")
        ann.expect_joined(bob)
        said = 0
        while server.get("/readyz").status == 200 and said < 20000:
            for said in range(said, said + 100):
                ann.chat(f"{said:05} ".ljust(1000, "x"))
            for _ in range(100):
                bob.expect("ChatMessage")
            said += 1
        ready = server.get("/readyz")
        assert ready.status == 503 and b"the store is full" in ready.body
        until(lambda: server.metric("parley_store_waiting_orders") == 0, "all was looked at")
        kept = server.metric("parley_store_kept_entries")
        assert kept + server.metric("parley_store_dropped_entries_total") == said + 1

        ann.chat("not kept")
        bob.expect_chat(ann, "Ann", "not kept")
        assert texts(history(server, "old room")) == ["the first message"]
        late = Player(server, "Late")
        late.send("Join", room_id="a new room", name="Late", color=COLOR)
        late.expect_error()
        assert texts(late.join("old room")["chat_history"]) == ["the first message"]
        until(lambda: server.metric("parley_store_dropped_entries_total") == said + 2 - kept, "one is dropped")
        assert server.metric("parley_store_full") == 1
        assert server.log.count("messages find no room in the journal") == 1
        assert server.log.count("the journal is full") == 1
        server.stop()
        assert (tmp_path / "journal.db").stat().st_size < 12 << 20


def tmpfs(folder: Path, size: str = "2m") -> tuple[str, ...]:
    """A small disk of a server's own; others reach it by the server's /proc/…/root."""
    if shutil.which("unshare") is None:
        raise AssertionError("unshare (package util-linux) is needed")
    mount = f'mount -t tmpfs -o size={size} none "{folder}" && exec "$0" "$@"'
    return ("unshare", "--map-root-user", "--mount", "sh", "-c", mount)


def test_a_full_disk_is_waited_out(start: Any, tmp_path: Path) -> None:
    server = start(**kept_in(tmp_path), within=tmpfs(tmp_path))
    ballast = Path(f"/proc/{server.process.pid}/root{tmp_path}/ballast")
    ann, bob = Player(server, "Ann", "r"), Player(server, "Bob", "r")
    ann.expect_joined(bob)
    ann.chat("before")
    bob.expect_chat(ann, "Ann", "before")
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(4096))
    number = 0
    while server.get("/readyz").status == 200 and number < 5000:
        ann.chat(str(number))
        bob.expect_chat(ann, "Ann", str(number))
        number += 1
    ready = server.get("/readyz")
    assert ready.status == 503 and b"the store's journal cannot be written" in ready.body
    assert server.metric("parley_store_state", part="journal", state="away") == 1
    health = json.loads(server.get("/health").body)
    assert health["services"]["websocket"] == "healthy" and health["status"] == "unready"

    # Rooms that are open go on, and what they say is shown in the history; others do not open.
    ann.chat("meanwhile")
    bob.expect_chat(ann, "Ann", "meanwhile")
    expected = [str(each) for each in range(number)] + ["meanwhile"]
    assert texts(history(server, "r", 50)) == (["before"] + expected)[-50:]
    late = Player(server, "Late")
    late.send("Join", room_id="a new room", name="Late", color=COLOR)
    late.expect_error()

    ballast.unlink()
    until(lambda: server.get("/readyz").status == 200, "the journal is written again")
    late.join("a new room")
    assert texts(history(server, "r", 100)) == (["before"] + expected)[-100:]
    assert server.metric("parley_store_waiting_orders") == 0
    assert server.metric("parley_store_entries_total") == number + 2
    assert server.metric("parley_store_dropped_entries_total") == 0
    assert server.log.count("the journal cannot be written") == 1
    server.wait_log("the journal is written again")
