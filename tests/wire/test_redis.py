"""What stands in Redis, and what becomes of it and of the players when it is away; held against a real redis-server."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from databases import Proxy, Redis, health, until_health
from game import Player, state
from harness import BINARY, Server, clean_environment, until


def key(player: Player, room: str) -> str:
    return f"room:{room}:player:{player.id}"


def until_keys(database: Redis, wanted: dict[str, Any]) -> None:
    """All keys are these: counts as numbers, players by their states."""
    wanted = {name: value if isinstance(value, dict) else str(value) for name, value in wanted.items()}

    def found() -> dict[str, Any]:
        return {name: json.loads(value) if ":player:" in name else value for name, value in database.keys().items()}

    try:
        until(lambda: found() == wanted, "the keys are as they should be")
    except AssertionError:
        assert found() == wanted
        raise


def start_with(start: Any, url: str, *flags: str, **options: Any) -> Server:
    server = start("--redis-url", url, *flags, **options)
    until_health(server, "redis", "healthy")
    return server


# --- what is there --------------------------------------------------------------------------------------------------


def test_states_and_counts_are_where_they_are_said_to_be(start: Any, database: Any) -> None:
    there = database(Redis)
    server = start_with(start, there.url)
    one = Player(server, "플레이어1", "a room: with:colons 방")
    two = Player(server, "two", "a room: with:colons 방")
    room = "a room: with:colons 방"
    until_keys(there, {key(one, room): state("플레이어1"), key(two, room): state("two"), f"room:{room}:count": 2})
    with there.client() as client:
        assert 3590 <= client.ttl(key(one, room)) <= 3600
        assert 290 <= client.ttl(f"room:{room}:count") <= 300


def test_the_newest_state_is_there_as_it_was_sent(start: Any, database: Any) -> None:
    there = database(Redis)
    server = start_with(start, there.url)
    player = Player(server, "p", "r")
    for x in range(200):
        player.update(state("p", float(x)))
    exact = '{"name":"\\u0001\\"q","color":"#00ff00","position":[1e-7,0.10,-3.2],"rotation":[1,0,0,0],"animation":"walk","velocity":[1.5,2,3],"modelUrl":"m.glb"}'
    player.send_text('{"type":"Update","state":' + exact + "}")
    until(lambda: there.keys().get(key(player, "r"), "").startswith('{"name":"\\u0001'), "the last state")
    kept = there.keys()[key(player, "r")]
    assert json.loads(kept) == json.loads(exact)
    assert "1e-7" in kept and "0.10" in kept
    player.update(state("p"))
    until_keys(there, {key(player, "r"): state("p"), "room:r:count": 1})


def test_who_leaves_is_deleted(start: Any, database: Any) -> None:
    there = database(Redis)
    server = start_with(start, there.url)
    one, two = Player(server, "one", "r"), Player(server, "two", "r")
    one.expect_joined(two)
    until_keys(there, {key(one, "r"): state("one"), key(two, "r"): state("two"), "room:r:count": 2})
    two.join("elsewhere")
    until_keys(
        there, {key(one, "r"): state("one"), "room:r:count": 1, key(two, "elsewhere"): state("two"), "room:elsewhere:count": 1}
    )
    one.close()
    two.abort()
    until_keys(there, {"room:r:count": 0, "room:elsewhere:count": 0})


@pytest.mark.threads
def test_a_hundred_come_change_and_go(start: Any, database: Any) -> None:
    there = database(Redis)
    server = start_with(start, there.url, "--workers", "2")
    players = [Player(server, f"p{n}", f"r{n % 5}") for n in range(100)]
    for n, player in enumerate(players):
        player.update(state(f"p{n}", float(n)))
    for player in players[::2]:
        player.close()
    wanted: dict[str, Any] = {key(p, f"r{n % 5}"): state(f"p{n}", float(n)) for n, p in enumerate(players) if n % 2}
    until_keys(there, wanted | {f"room:r{n}:count": 10 for n in range(5)})


def test_by_a_socket_with_a_password_in_a_database(start: Any, database: Any) -> None:
    there = database(Redis, password="p@ss/word")
    server = start_with(start, f"unix://:p%40ss%2fword@{there.folder}/socket?db=3")
    player = Player(server, "p", "r")
    with there.client() as client:
        client.select(3)
        until(lambda: client.exists(key(player, "r")), "the key in database 3")
    assert there.keys() == {}
    assert "word" not in server.log


def test_as_a_user_of_its_own(start: Any, database: Any) -> None:
    there = database(Redis)
    with there.client() as client:
        client.acl_setuser("parley", enabled=True, passwords=["+secret"], keys=["room:*"], commands=["+@all"])
    server = start_with(start, f"redis://parley:secret@127.0.0.1:{there.port}/1")
    player = Player(server, "p", "r")
    with there.client() as client:
        client.select(1)
        until(lambda: client.exists(key(player, "r")), "the key in database 1")


# --- away -----------------------------------------------------------------------------------------------------------


def test_away_at_start_and_then_there(start: Any, database: Any) -> None:
    there = database(Redis)
    there.kill()
    server = start("--redis-url", there.url)
    one, two = Player(server, "one", "r"), Player(server, "two", "r")
    one.expect_joined(two)
    one.chat("hello")
    two.expect_chat(one, "one", "hello")
    gone = Player(server, "gone", "r")
    gone.close()
    until_health(server, "redis", "away")
    there.start()
    until_health(server, "redis", "healthy")
    until_keys(there, {key(one, "r"): state("one"), key(two, "r"): state("two"), "room:r:count": 2})


@pytest.mark.threads
@pytest.mark.parametrize("volatile", [False, True])
def test_away_in_the_middle(start: Any, database: Any, volatile: bool) -> None:
    """Who left meanwhile is deleted, who came is there, who stayed is there even if Redis has forgotten everything."""
    there = database(Redis, volatile=volatile)
    server = start_with(start, there.url)
    stays, leaves = Player(server, "stays", "r"), Player(server, "leaves", "r")
    until_keys(there, {key(stays, "r"): state("stays"), key(leaves, "r"): state("leaves"), "room:r:count": 2})
    there.kill()
    until_health(server, "redis", "away")
    leaves.close()
    comes = Player(server, "comes", "r")
    comes.update(state("comes", 2.5))
    there.start()
    until_health(server, "redis", "healthy")
    until_keys(there, {key(stays, "r"): state("stays"), key(comes, "r"): state("comes", 2.5), "room:r:count": 2})
    assert server.log.count("a database is away") <= 3


def test_frozen_it_delays_nobody_and_is_told_within_15_seconds(start: Any, database: Any) -> None:
    there = database(Redis)
    server = start_with(start, there.url)
    one = Player(server, "one", "r")
    until_keys(there, {key(one, "r"): state("one"), "room:r:count": 1})
    there.freeze()
    frozen = time.monotonic()
    two = Player(server, "two", "r")
    one.expect_joined(two)
    one.chat("still here")
    two.expect_chat(one, "one", "still here")
    assert time.monotonic() - frozen < 2
    until(lambda: health(server, "redis") != "healthy", "redis is not healthy")
    assert time.monotonic() - frozen < 15
    two.close()
    there.thaw()
    until_health(server, "redis", "healthy")
    until_keys(there, {key(one, "r"): state("one"), "room:r:count": 1})


def test_idle_and_frozen_is_found_out_too(start: Any, database: Any) -> None:
    there = database(Redis)
    server = start_with(start, there.url)
    there.freeze()
    frozen = time.monotonic()
    until(lambda: health(server, "redis") != "healthy", "redis is not healthy")
    assert time.monotonic() - frozen < 15


@pytest.mark.parametrize(("mode", "seconds"), [("cut", 0), ("garbage", 0), ("swallow", 0)])
def test_whatever_answers_in_its_place(start: Any, database: Any, mode: str, seconds: float) -> None:
    there = database(Redis)
    proxy = database(Proxy, there.port)
    server = start_with(start, f"redis://127.0.0.1:{proxy.port}")
    one = Player(server, "one", "r")
    proxy.set(mode, seconds)
    for x in range(50):
        one.update(state("one", float(x)))
    until(lambda: health(server, "redis") != "healthy", "redis is not healthy")
    proxy.set("pass")
    until_health(server, "redis", "healthy")
    until_keys(there, {key(one, "r"): state("one", 49.0), "room:r:count": 1})


def test_slow_is_slow_but_right(start: Any, database: Any) -> None:
    there = database(Redis)
    proxy = database(Proxy, there.port)
    proxy.set("delay", 0.3)
    server = start_with(start, f"redis://127.0.0.1:{proxy.port}")
    players = [Player(server, f"p{n}", "r") for n in range(20)]
    for x in range(20):
        for n, player in enumerate(players):
            player.update(state(f"p{n}", float(x)))
    players.pop().close()
    wanted: dict[str, Any] = {key(player, "r"): state(f"p{n}", 19.0) for n, player in enumerate(players)}
    until_keys(there, wanted | {"room:r:count": 19})
    assert health(server, "redis") == "healthy"


# --- answering errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "heal", "reason"),
    [
        (["config", "set", "maxmemory", "1"], ["config", "set", "maxmemory", "0"], "OOM"),
        (["replicaof", "127.0.0.1", "1"], ["replicaof", "no", "one"], "READONLY|MASTERDOWN"),
        (["config", "set", "requirepass", "new"], ["config", "set", "requirepass", ""], "NOAUTH"),
    ],
)
def test_errors_are_told_and_outlived(start: Any, database: Any, spoil: list[str], heal: list[str], reason: str) -> None:
    there = database(Redis)
    server = start_with(start, there.url)
    one, two = Player(server, "one", "r"), Player(server, "two", "r")
    until_keys(there, {key(one, "r"): state("one"), key(two, "r"): state("two"), "room:r:count": 2})
    with there.client() as client:
        client.execute_command(*spoil)
        if "requirepass" in spoil:
            client.execute_command("client", "kill", "type", "normal", "skipme", "yes")
        one.update(state("one", 3.0))
        server.wait_log(f"a database is away.*redis.*({reason})")
        until_health(server, "redis", "away")
        two.close()
        client.execute_command(*heal)
    until_health(server, "redis", "healthy")
    until_keys(there, {key(one, "r"): state("one", 3.0), "room:r:count": 1})


def test_a_wrong_password_is_told(start: Any, database: Any) -> None:
    there = database(Redis, password="right")
    server = start("--redis-url", f"redis://:wrong-one@127.0.0.1:{there.port}")
    server.wait_log("a database is away.*redis.*WRONGPASS")
    until_health(server, "redis", "away")
    assert "wrong-one" not in server.log
    Player(server, "p", "r")


# --- our own end ----------------------------------------------------------------------------------------------------


def test_stopping_leaves_nobody_behind(start: Any, database: Any) -> None:
    there = database(Redis)
    server = start_with(start, there.url)
    players = [Player(server, f"p{n}", "r") for n in range(10)]
    until_keys(there, {key(player, "r"): state(f"p{n}") for n, player in enumerate(players)} | {"room:r:count": 10})
    server.stop()
    assert there.keys() == {"room:r:count": "0"}


def test_stopping_does_not_wait_for_one_that_is_frozen(start: Any, database: Any) -> None:
    there = database(Redis)
    server = start_with(start, there.url, "--shutdown-timeout-ms", "8000", "--drain-ms", "0")
    Player(server, "p", "r")
    there.freeze()
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("away", [False, True])
def test_killed_the_next_life_deletes_what_was_left(start: Any, database: Any, tmp_path: Path, away: bool) -> None:
    there = database(Redis)
    folder = {"DATA_DIR": str(tmp_path / "data")}
    server = start_with(start, there.url, env=folder)
    one, two = Player(server, "one", "r"), Player(server, "two", "r2")
    until_keys(
        there, {key(one, "r"): state("one"), "room:r:count": 1, key(two, "r2"): state("two"), "room:r2:count": 1}
    )
    if away:
        there.kill()
    server.kill()
    server = start("--redis-url", there.url, env=folder)
    three = Player(server, "three", "r")
    if away:
        there.start()
    until_keys(there, {key(three, "r"): state("three"), "room:r:count": 1, "room:r2:count": 0})
    server.stop()
    assert there.keys() == {"room:r:count": "0", "room:r2:count": "0"}


# --- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["127.0.0.1:0", "--check-config"])
@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("http://:s3cret@host", "redis://, unix://"),
        ("redis://:s3cret@host:notaport", "1 to 65535"),
        ("redis://s3cret@host", r"\[user\]:password"),
        ("unix://:s3cret@relative", "begins with /"),
        ("redis://:s3cret@host/zero", "the database"),
    ],
)
def test_a_url_that_is_none_is_told(url: str, right: str, how: str, tmp_path: Path) -> None:
    env = clean_environment() | {"REDIS_URL": url, "DATA_DIR": str(tmp_path)}
    done = subprocess.run([str(BINARY), how], env=env, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert re.search(right, done.stderr) and "REDIS_URL" in done.stderr
    assert "s3cret" not in done.stderr


def test_the_password_is_not_shown(tmp_path: Path) -> None:
    env = clean_environment() | {
        "REDIS_URL": "redis://me:s3cret@host:1/2",
        "MONGODB_URL": "mongodb://me:s3cret@a,b/?replicaSet=x",
        "DATA_DIR": str(tmp_path),
    }
    done = subprocess.run([str(BINARY), "--check-config"], env=env, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0
    assert "redis-url = redis://(not shown)@host:1/2" in done.stdout
    assert "mongodb-url = mongodb://(not shown)@a,b/?replicaSet=x" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr
