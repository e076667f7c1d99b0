"""What stands in MongoDB, and that nothing is lost or doubled on the way there, whoever dies or is away.

Held against nx-27017, a server that speaks MongoDB's wire protocol: a real mongod has not been run with this program.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import sqlite3
import subprocess
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from databases import DATABASE, Answering, Mongo, Proxy, health, kept_seconds, until_health
from game import Player, history, texts
from harness import BINARY, TIMEOUT, Server, clean_environment, until


def start_with(start: Any, url: str, *flags: str, **options: Any) -> Server:
    server = start("--mongodb-url", url, *flags, **options)
    until_health(server, "mongodb", "healthy")
    return server


def rooms(server: Server) -> dict[str, dict[str, Any]]:
    return {room["id"]: room for room in json.loads(server.get("/rooms").body)["rooms"]}


def until_shipped(there: Mongo, room: str, wanted: list[str]) -> None:
    """They are there, each once, in this order."""
    try:
        until(lambda: len(there.messages(room)) >= len(wanted), "all messages are shipped")
    finally:
        assert there.messages(room) == wanted


class Talk:
    """One talks in a room, another listens and notes what it is shown, until stopped or cut off."""

    def __init__(self, server: Server, room: str, life: int):
        self.talker, self.listener = Player(server, "talker", room), Player(server, "listener", room)
        self.talker.expect_joined(self.listener)
        self.shown: list[tuple[float, str]] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._talk, args=(life,)), threading.Thread(target=self._listen)]
        for thread in self._threads:
            thread.start()

    def _talk(self, life: int) -> None:
        try:
            for number in range(100000):
                self.talker.chat(f"{life}-{number}")
                if self._stop.wait(0.002):
                    break
            self.talker.chat("end")
        except Exception:
            pass  # the server was killed

    def _listen(self) -> None:
        try:
            while (message := self.listener.expect("ChatMessage")["message"]) != "end":
                self.shown.append((time.monotonic(), message))
        except Exception:
            pass

    def until_shown(self, count: int) -> None:
        until(lambda: len(self.shown) >= count, f"{count} messages are shown")

    def end(self) -> list[str]:
        """What was shown; for one whose server was killed at `killed`, use before()."""
        self._stop.set()
        for thread in self._threads:
            thread.join(TIMEOUT)
        return [message for _, message in self.shown]

    def before(self, moment: float) -> set[str]:
        self.end()
        return {message for at, message in self.shown if at <= moment}


# --- what is there --------------------------------------------------------------------------------------------------


def test_messages_and_rooms_are_documents(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url)
    one, two = Player(server, "플레이어1", "room123"), Player(server, "two", "room123")
    one.expect_joined(two)
    one.chat('안녕하세요! "\\ \u0001 🙂')
    two.expect_chat(one, "플레이어1", '안녕하세요! "\\ \u0001 🙂')
    until_shipped(there, "room123", ['안녕하세요! "\\ \u0001 🙂'])
    [document] = there.find("chat_messages")
    [entry] = history(server, "room123")
    assert set(document) == {"_id", "id", "room_id", "client_id", "username", "message", "timestamp"}
    assert {**entry, "timestamp": None} == {name: document[name] for name in entry} | {"timestamp": None}
    moment = datetime.datetime.fromisoformat(entry["timestamp"][:23])
    assert document["timestamp"] == moment
    assert document["client_id"] == one.id and document["username"] == "플레이어1"
    until(lambda: [room["player_count"] for room in there.find("rooms")] == [2], "two players")
    [room] = there.find("rooms")
    assert set(room) == {"_id", "id", "name", "created_at", "last_activity", "player_count"}
    assert (room["id"], room["name"]) == ("room123", "room123")
    assert room["created_at"] <= room["last_activity"] <= datetime.datetime.utcnow()
    created = room["created_at"]
    two.close()
    until(lambda: [room["player_count"] for room in there.find("rooms")] == [1], "one player")
    assert there.find("rooms")[0]["created_at"] == created
    one.close()
    until(lambda: [room["player_count"] for room in there.find("rooms")] == [0], "nobody")


def test_the_indexes_are_made_once(start: Any, database: Any) -> None:
    there = database(Mongo)
    for _ in range(2):
        start_with(start, there.url)
        with there.client() as client:
            messages = client[DATABASE].chat_messages.index_information().values()
            active = client[DATABASE].rooms.index_information().values()
        # nx-27017 forgets a key's direction
        assert [[name for name, _ in index["key"]] for index in messages] == [["_id"], ["room_id", "timestamp"]]
        assert ["last_activity"] in [[name for name, _ in index["key"]] for index in active]


def test_the_database_has_the_name_that_is_asked_for(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url, env={"MONGODB_DB_NAME": "another"})
    Player(server, "p", "r").chat("hello")
    with there.client() as client:
        until(lambda: client["another"].chat_messages.count_documents({}) == 1, "the message")
        assert client[DATABASE].chat_messages.count_documents({}) == 0


def test_thousands_are_shipped_in_order(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url, "--message-rate-max", "0")
    player = Player(server, "p", "r")
    wanted = [f"message {number}" for number in range(2500)]
    for message in wanted:
        player.chat(message)
    until_shipped(there, "r", wanted)
    assert texts(history(server, "r")) == wanted[-100:]


# --- what others wrote, and former lives ----------------------------------------------------------------------------


def test_a_server_that_has_lost_its_disk_still_knows(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url)
    player = Player(server, "p", "r")
    wanted = [f"message {number}" for number in range(30)]
    for message in wanted:
        player.chat(message)
    player.fence()
    entries = history(server, "r")
    until_shipped(there, "r", wanted)
    server.stop()
    server = start_with(start, there.url)  # DATA_DIR is another
    assert history(server, "r") == entries
    assert rooms(server)["r"]["player_count"] == 0
    welcome = Player(server, "q").join("r")
    assert welcome["chat_history"] == entries[-20:]


@pytest.mark.threads
def test_two_servers_show_each_others_messages_in_their_order(start: Any, database: Any) -> None:
    there = database(Mongo)
    one, two = start_with(start, there.url), start_with(start, there.url)
    first, second = Player(one, "first", "r"), Player(two, "second", "r")
    wanted = []
    for number in range(10):
        for player in (first, second):
            wanted.append(f"{player.name} {number}")
            player.chat(wanted[-1])
            until_shipped(there, "r", wanted)
    assert texts(history(one, "r")) == texts(history(two, "r")) == wanted
    assert texts(Player(one, "late").join("elsewhere")["chat_history"]) == []
    Player(two, "x", "only on two")
    until(lambda: "only on two" in rooms(one), "the other's room")
    assert set(rooms(one)) == {"r", "elsewhere", "only on two"}


def test_documents_of_others_that_are_odd_are_left_out(start: Any, database: Any) -> None:
    there = database(Mongo)
    now = datetime.datetime.utcnow()
    good = {"id": str(uuid.uuid4()), "room_id": "r", "client_id": str(uuid.uuid4()), "username": "u", "message": "good", "timestamp": now}
    with there.client() as client:
        messages = client[DATABASE].chat_messages
        messages.insert_one(dict(good))
        for name in ("id", "client_id", "username", "message", "timestamp"):
            messages.insert_one({**good, "id": str(uuid.uuid4()), name: 1})
            messages.insert_one({key: value for key, value in good.items() if key != name})
        for odd in ({"id": "2" * 36}, {"client_id": "2" * 36}, {"username": ""}, {"message": "x" * 1001}, {"message": "x" * 70000}):
            messages.insert_one({**good, "id": str(uuid.uuid4()), **odd})
        client[DATABASE].rooms.insert_one({"id": "odd", "last_activity": now})
    server = start_with(start, there.url)
    assert texts(Player(server, "p").join("r")["chat_history"]) == ["good"]
    assert texts(history(server, "r")) == ["good"]
    assert set(rooms(server)) == {"r"}


# --- away -----------------------------------------------------------------------------------------------------------


def test_away_at_start_and_then_there(start: Any, database: Any) -> None:
    there = database(Mongo)
    there.kill()
    server = start("--mongodb-url", there.url)
    one, two = Player(server, "one", "r"), Player(server, "two", "r")
    one.expect_joined(two)
    wanted = [f"message {number}" for number in range(50)]
    for message in wanted:
        one.chat(message)
        two.expect_chat(one, "one", message)
    until_health(server, "mongodb", "away")
    assert texts(history(server, "r")) == wanted
    assert set(rooms(server)) == {"r"}
    there.start()
    until_health(server, "mongodb", "healthy")
    until_shipped(there, "r", wanted)
    assert len(there.find("rooms")) == 1


def test_frozen_it_delays_nobody_and_is_told_within_15_seconds(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url)
    one = Player(server, "one", "r")
    one.chat("before")
    until_shipped(there, "r", ["before"])
    there.freeze()
    frozen = time.monotonic()
    two = Player(server, "two", "r")  # its history is at hand
    one.expect_joined(two)
    one.chat("meanwhile")
    two.expect_chat(one, "one", "meanwhile")
    assert time.monotonic() - frozen < 1
    three = Player(server, "three", "another room")  # MongoDB is asked, and does not answer
    assert texts(history(server, "r")) == ["before", "meanwhile"]
    assert set(rooms(server)) == {"r", "another room"}
    assert time.monotonic() - frozen < 8  # three questions, each given up after 1.5 s
    until(lambda: health(server, "mongodb") != "healthy", "mongodb is not healthy")
    assert time.monotonic() - frozen < 15
    asked = time.monotonic()
    Player(server, "four", "a third room")
    assert texts(history(server, "r")) == ["before", "meanwhile"]
    assert time.monotonic() - asked < 1
    there.thaw()
    until_health(server, "mongodb", "healthy")
    until_shipped(there, "r", ["before", "meanwhile"])
    three.close()


def test_frozen_the_journal_answers_all_who_ask_at_once(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url)
    one = Player(server, "one", "r")
    one.chat("kept")
    until_shipped(there, "r", ["kept"])
    there.freeze()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: texts(history(server, "r")), range(8))) == [["kept"]] * 8


def test_idle_and_frozen_is_found_out_too(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url)
    there.freeze()
    frozen = time.monotonic()
    until(lambda: health(server, "mongodb") != "healthy", "mongodb is not healthy")
    assert time.monotonic() - frozen < 15


@pytest.mark.threads
def test_killed_again_and_again_while_people_talk(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url)
    talk = Talk(server, "r", 0)
    for count in (100, 300, 500):
        talk.until_shown(count)
        there.kill()
        talk.until_shown(count + 100)
        there.start()
        until_health(server, "mongodb", "healthy")
    shown = talk.end()
    until_shipped(there, "r", [*shown, "end"])
    assert server.log.count("a database is away") <= 9


@pytest.mark.parametrize("mode", ["cut", "garbage", "swallow"])
def test_whatever_answers_in_its_place(start: Any, database: Any, mode: str) -> None:
    there = database(Mongo)
    proxy = database(Proxy, there.port)
    server = start_with(start, f"mongodb://127.0.0.1:{proxy.port}")
    player = Player(server, "p", "r")
    player.chat("one")
    until_shipped(there, "r", ["one"])
    proxy.set(mode)
    player.chat("two")
    until(lambda: health(server, "mongodb") != "healthy", "mongodb is not healthy")
    player.chat("three")
    player.fence()
    assert texts(history(server, "r")) == ["one", "two", "three"]
    proxy.set("pass")
    until_health(server, "mongodb", "healthy")
    until_shipped(there, "r", ["one", "two", "three"])


def test_slow_is_slow_but_right(start: Any, database: Any) -> None:
    there = database(Mongo)
    proxy = database(Proxy, there.port)
    proxy.set("delay", 0.2)
    server = start_with(start, f"mongodb://127.0.0.1:{proxy.port}", "--message-rate-max", "0")
    player = Player(server, "p", "r")
    wanted = [f"message {number}" for number in range(600)]
    for message in wanted:
        player.chat(message)
    player.fence()
    assert texts(history(server, "r")) == wanted[-100:]
    until_shipped(there, "r", wanted)
    assert health(server, "mongodb") == "healthy"


# --- refused --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def unique(there: Mongo, collection: str, field: str) -> Iterator[None]:
    """An index of somebody else's, which forbids that two documents have the same there."""
    with there.client() as client:
        documents = client[DATABASE][collection]
        documents.create_index([(field, 1)], unique=True)
        yield
        for name, index in documents.index_information().items():
            if [each for each, _ in index["key"]] == [field]:
                documents.drop_index(name)


def aside(server: Server) -> float:
    return server.metric("parley_store_set_aside_entries")


def test_a_message_that_it_refuses_is_set_aside_and_the_others_go_on(start: Any, database: Any, tmp_path: Path) -> None:
    there = database(Mongo)
    folder = {"DATA_DIR": str(tmp_path / "data")}
    server = start_with(start, there.url, env=folder)
    player = Player(server, "p", "r")
    with unique(there, "chat_messages", "message"):
        for message in ("the same", "the same", "another"):
            player.chat(message)
        until(lambda: aside(server) == 1, "it is set aside")
        player.chat("the last")
        until_shipped(there, "r", ["the same", "another", "the last"])
        assert health(server, "mongodb") == "healthy"
        entries = history(server, "r")
        assert texts(entries) == ["the same", "the same", "another", "the last"]
        assert server.log.count("MongoDB refuses a message, which is set aside") == 1
        assert server.log.count(f"id={entries[1]['id']}") == 1
        server.kill()
        with sqlite3.connect(tmp_path / "data/journal.db") as journal:
            [(id, message, reason)] = journal.execute("SELECT id, message, reason FROM set_aside")
        assert (id, message) == (entries[1]["id"], "the same") and "UNIQUE" in reason
        server = start_with(start, there.url, env=folder)  # which tries it again
        server.wait_log("MongoDB refuses a message, which is set aside")
        Player(server, "q", "r").chat("of the next life")
        until_shipped(there, "r", ["the same", "another", "the last", "of the next life"])
        assert aside(server) == 1
        server.stop()
    server = start_with(start, there.url, env=folder)
    until(lambda: aside(server) == 0, "it is there after all")
    assert there.messages("r") == ["the same", "the same", "another", "the last", "of the next life"]


def not_valid(updates: int) -> dict[str, Any]:
    words = "Document failed validation"
    return {"ok": 1.0, "n": 0, "nModified": 0, "writeErrors": [{"index": i, "code": 121, "errmsg": words} for i in range(updates)]}


def test_when_it_refuses_very_many_they_wait(start: Any, database: Any) -> None:
    there = database(Mongo)
    proxy = database(Answering, there.port)
    server = start_with(start, f"mongodb://127.0.0.1:{proxy.port}", "--message-rate-max", "0")
    player = Player(server, "p", "r")
    proxy.answers["chat_messages"] = not_valid
    for number in range(1600):
        player.chat(str(number))
    server.wait_log("a database is away.*validation")
    assert 0 < aside(server) <= 1000
    player.fence()
    assert texts(history(server, "r")) == [str(number) for number in range(1500, 1600)]
    proxy.answers.clear()
    until_health(server, "mongodb", "healthy")
    until(lambda: server.metric("parley_store_waiting_entries") == 0, "the rest is shipped")
    assert len(there.messages("r")) + aside(server) == 1600


def test_rooms_that_it_refuses_hold_up_no_message(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url)
    with unique(there, "rooms", "player_count"):
        one = Player(server, "one", "first")
        until(lambda: len(there.find("rooms")) == 1, "the first room")
        two = Player(server, "two", "second")
        server.wait_log("MongoDB refuses rooms")
        two.chat("hello")
        until_shipped(there, "second", ["hello"])
        assert health(server, "mongodb") == "healthy" and aside(server) == 0
    two.chat("again")
    until(lambda: len(there.find("rooms")) == 2, "it is sent again with the next change")
    one.close()


NOT_ALLOWED = {"ok": 0.0, "errmsg": "not authorized to execute command { update: … }", "code": 13, "codeName": "Unauthorized"}
STEPPED_DOWN = {"ok": 1.0, "n": 0, "nModified": 0, "writeErrors": [{"index": 0, "code": 10107, "errmsg": "not primary"}]}
NOT_ON_DISK = {"ok": 1.0, "n": 1, "nModified": 0, "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}


def test_errors_of_the_server_are_waited_out(start: Any, database: Any) -> None:
    there = database(Mongo)
    waiting = []
    for number, answer in enumerate((NOT_ALLOWED, STEPPED_DOWN, NOT_ON_DISK)):
        proxy = database(Answering, there.port)
        server = start_with(start, f"mongodb://127.0.0.1:{proxy.port}")
        proxy.answers["chat_messages"] = answer
        player = Player(server, "p", f"room {number}")
        player.chat("hello")
        waiting.append((server, proxy, player))
    for server, proxy, _ in waiting:
        proxy.until_answered("chat_messages", 6)
        assert health(server, "mongodb") == "away" and aside(server) == 0
        assert "away" in server.log and "{" not in server.log
        proxy.answers.clear()
    assert len(there.find("rooms")) == 3  # they went on
    for number, (server, _, _) in enumerate(waiting):
        until_shipped(there, f"room {number}", ["hello"])
        until_health(server, "mongodb", "healthy")


def test_what_is_too_much_at_once_is_sent_in_smaller_pieces(start: Any, database: Any) -> None:
    there = database(Mongo)
    proxy = database(Answering, there.port)
    server = start_with(start, f"mongodb://127.0.0.1:{proxy.port}")
    proxy.answers["chat_messages"] = NOT_ON_DISK
    player = Player(server, "p", "r")
    for number in range(600):
        player.chat(str(number))
    player.fence()
    proxy.until_answered("chat_messages", 1)
    proxy.answers["chat_messages"] = lambda updates: NOT_ON_DISK if updates > 200 else None
    until_shipped(there, "r", [str(number) for number in range(600)])


def test_rooms_that_are_not_ours_to_write_hold_up_no_message(start: Any, database: Any) -> None:
    there = database(Mongo)
    proxy = database(Answering, there.port)
    server = start_with(start, f"mongodb://127.0.0.1:{proxy.port}")
    proxy.answers["rooms"] = NOT_ALLOWED
    player = Player(server, "p", "r")
    player.chat("one")
    server.wait_log("MongoDB refuses rooms")
    player.chat("two")
    until_shipped(there, "r", ["one", "two"])
    assert health(server, "mongodb") == "healthy"
    assert server.log.count("MongoDB refuses rooms") == 1


# --- our own end ----------------------------------------------------------------------------------------------------


def test_killed_again_and_again_nothing_that_was_shown_is_lost_or_doubled(start: Any, database: Any, tmp_path: Path) -> None:
    there = database(Mongo)
    folder = {"DATA_DIR": str(tmp_path / "data")}
    shown: set[str] = set()
    for life in range(4):
        server = start("--mongodb-url", there.url, env=folder)
        talk = Talk(server, "r", life)
        talk.until_shown(100 + 70 * life)
        kept = kept_seconds(server)
        killed = time.monotonic()
        server.kill()
        shown |= talk.before(killed - kept)
    server = start("--mongodb-url", there.url, env=folder)
    Player(server, "p", "r").chat("end")
    until(lambda: "end" in there.messages("r"), "all is shipped")
    messages = there.messages("r")
    assert shown
    assert shown <= set(messages)
    assert len(set(messages)) == len(messages)


def test_both_are_killed_at_once(start: Any, database: Any, tmp_path: Path) -> None:
    there = database(Mongo)
    folder = {"DATA_DIR": str(tmp_path / "data")}
    server = start_with(start, there.url, env=folder)
    talk = Talk(server, "r", 0)
    talk.until_shown(200)
    kept = kept_seconds(server)
    killed = time.monotonic()
    there.kill()
    server.kill()
    shown = talk.before(killed - kept)
    server = start("--mongodb-url", there.url, env=folder)
    assert shown  # and in the journal, while MongoDB is away
    assert set(texts(history(server, "r"))[-20:]) <= {message for _, message in talk.shown} | {f"0-{len(talk.shown)}"}
    there.start()
    until(lambda: shown <= set(there.messages("r")), "all is shipped")
    assert len(set(there.messages("r"))) == len(there.messages("r"))


def test_stopping_ships_what_is_left(start: Any, database: Any) -> None:
    there = database(Mongo)
    server = start_with(start, there.url, "--message-rate-max", "0", "--shutdown-timeout-ms", "20000")
    player = Player(server, "p", "r")
    wanted = [f"message {number}" for number in range(1500)]
    for message in wanted:
        player.chat(message)
    player.fence()
    server.stop()
    assert there.messages("r") == wanted
    assert [room["player_count"] for room in there.find("rooms")] == [0]


@pytest.mark.parametrize("spoil", [Mongo.freeze, Mongo.kill])
def test_stopping_does_not_wait_for_one_that_is_away(
    start: Any, database: Any, tmp_path: Path, spoil: Callable[[Mongo], None]
) -> None:
    there = database(Mongo)
    folder = {"DATA_DIR": str(tmp_path / "data")}
    server = start_with(start, there.url, "--shutdown-timeout-ms", "8000", "--drain-ms", "0", env=folder)
    player = Player(server, "p", "r")
    spoil(there)
    player.chat("late")
    player.fence()
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 9
    if there.process is None:
        there.start()
    there.thaw()
    server = start_with(start, there.url, env=folder)
    until_shipped(there, "r", ["late"])


# --- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["127.0.0.1:0", "--check-config"])
@pytest.mark.parametrize(
    ("settings", "right"),
    [
        ({"MONGODB_URL": "http://u:s3cret@host"}, "mongodb://, mongodb"),
        ({"MONGODB_URL": "mongodb://u:s3cret%zz@host"}, "as %XX"),
        ({"MONGODB_URL": "mongodb://u:s3cret@host:notaport"}, "mongodb://.user:password@.host"),
        ({"MONGODB_URL": "mongodb://host", "MONGODB_DB_NAME": "a b"}, "1 to 63 bytes"),
    ],
)
def test_a_setting_that_is_wrong_is_told(settings: dict[str, str], right: str, how: str, tmp_path: Path) -> None:
    env = clean_environment() | settings | {"DATA_DIR": str(tmp_path)}
    done = subprocess.run([str(BINARY), how], env=env, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert re.search(right, done.stderr), done.stderr
    assert "s3cret" not in done.stderr
