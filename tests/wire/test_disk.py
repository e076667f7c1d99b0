"""A disk that fails to confirm what was written, or does not answer: who asks is told, people go on talking, stopping takes
no longer than it may."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from game import Player, history, texts
from harness import Server, clean_environment, until


class Disk:
    """Of servers that are started with its `options`."""

    def __init__(self, library: Path, folder: Path):
        self.orders = folder / "orders"
        self.data = {"DATA_DIR": str(folder / "data")}
        own = {"LD_PRELOAD": str(library), "DISK_ORDERS": str(self.orders)}
        asan = clean_environment()["ASAN_OPTIONS"] + ":verify_asan_link_order=0"
        self.options = {"env": self.data | own | {"ASAN_OPTIONS": asan}}
        self.tell("")

    def tell(self, word: str) -> None:
        told = self.orders.with_suffix(".new")
        told.write_text(word)
        told.rename(self.orders)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("disk") / "disk.so"
    source = Path(__file__).with_name("disk.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], check=True)
    return made


@pytest.fixture
def disk(library: Path, tmp_path: Path) -> Disk:
    return Disk(library, tmp_path)


def why_not_ready(server: Server) -> str:
    reply = server.get("/readyz")
    return "" if reply.status == 200 else json.loads(reply.body)["message"]


def pair(server: Server, room: str) -> tuple[Player, Player]:
    ann, bob = Player(server, "Ann", room), Player(server, "Bob", room)
    ann.expect_joined(bob)
    return ann, bob


def say(ann: Player, bob: Player, text: str) -> None:
    ann.chat(text)
    bob.expect_chat(ann, "Ann", text)


@pytest.mark.parametrize(("word", "error"), [("sync-fails", "Input/output error"), ("sync-hangs", "it does not answer")])
def test_what_is_not_confirmed_makes_unready_and_nothing_else(start: Any, disk: Disk, word: str, error: str) -> None:
    server = start("--durability", "fsync", **disk.options)
    ann, bob = pair(server, "r")
    say(ann, bob, "before")
    disk.tell(word)
    say(ann, bob, "meanwhile")
    until(lambda: why_not_ready(server) == "the store's disk does not confirm what is written", "who asks is told")
    assert error in server.wait_log("the disk does not confirm what was written")
    others = pair(server, "another room")
    say(*others, "here too")
    assert texts(history(server, "r")) == ["before", "meanwhile"]
    disk.tell("")
    until(lambda: why_not_ready(server) == "", "it is ready again, though nobody says anything")
    server.wait_log("the disk confirms again what is written")
    assert server.log.count("the disk does not confirm") == 1
    assert (server.metric("parley_store_errors_total", part="journal") > 0) == (word == "sync-fails")
    say(ann, bob, "after")
    until(lambda: server.metric("parley_store_waiting_orders") == 0, "it is kept")
    server.kill()
    again = start(env=disk.data)
    assert texts(history(again, "r")) == ["before", "meanwhile", "after"]


def test_with_the_cache_as_its_promise_nothing_waits_for_the_disk(start: Any, disk: Disk) -> None:
    server = start(**disk.options)
    disk.tell("sync-hangs")
    ann, bob = pair(server, "r")
    for number in range(50):
        say(ann, bob, str(number))
    until(lambda: server.metric("parley_store_waiting_orders") == 0, "all is kept")
    assert why_not_ready(server) == ""
    disk.tell("")


@pytest.mark.parametrize(
    ("durability", "word", "said"),
    [
        ("fsync", "sync-hangs", "did not confirm in time what was written"),
        ("cache", "sync-hangs", "was not closed in time"),
        ("cache", "write-hangs", "did not take all in time; what waited is lost"),
    ],
)
def test_it_stops_in_time_and_says_what_the_disk_owes(start: Any, disk: Disk, durability: str, word: str, said: str) -> None:
    server = start("--durability", durability, "--shutdown-timeout-ms", "1000", **disk.options)
    ann, bob = pair(server, "r")
    say(ann, bob, "before")
    until(lambda: server.metric("parley_store_waiting_orders") == 0, "it is kept")
    disk.tell(word)
    say(ann, bob, "meanwhile")
    began = time.monotonic()
    server.signal()
    assert server.process.wait(20) == 0
    assert time.monotonic() - began < 3  # a machine may be busy
    server.wait_log(said)
    assert server.lines[-1].endswith("stopped")
    server.stop()
    again = start(env=disk.data)
    assert texts(history(again, "r")) == ["before", "meanwhile"][: 1 if word == "write-hangs" else 2]


def test_a_journal_that_takes_nothing_is_away(start: Any, disk: Disk) -> None:
    server = start("--shutdown-timeout-ms", "1000", **disk.options)
    ann, bob = pair(server, "r")
    disk.tell("write-hangs")
    say(ann, bob, "meanwhile")
    until(lambda: why_not_ready(server) == "the store's journal cannot be written", "who asks is told")
    say(ann, bob, "people go on talking")
    disk.tell("")
    until(lambda: why_not_ready(server) == "", "it is ready again")
    assert texts(history(server, "r")) == ["meanwhile", "people go on talking"]
