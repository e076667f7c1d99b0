"""Changing the protocol is what README.md says it is: the example there, to the letter, in a copy of the tree.

Edit protocol.yaml, regenerate, and the linker asks for the one handler; write it, and two clients use the message. The
tests are the steps, in this order.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import harness
import pytest
from spec import ROOT, codegen
from websockets.sync.client import connect

SECTION = (ROOT / "README.md").read_text().split("## Change the protocol")[1].split("\n## ")[0]
COMPARED = (ROOT / "codegen" / "README.md").read_text()
PARTS = ("CMakeLists.txt", "LICENSE", "protocol.yaml", "codegen", "deploy", "generated", "src", "web")
HANDLER = "chat_on_nudge"


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)[number]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the server is built from."""
    copy = tmp_path_factory.mktemp("tree")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / part)
    return copy


def build(tree: Path) -> subprocess.CompletedProcess[str]:
    folder = tree / "build"
    if not folder.exists():
        subprocess.run(["cmake", "-S", tree, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                        "-DPARLEY_WERROR=ON"], check=True, capture_output=True)
    return subprocess.run(["cmake", "--build", folder, "--target", "parley", "-j2"], text=True, capture_output=True,
                          check=False)


def receive(client: Any) -> dict[str, Any]:
    return json.loads(client.recv(timeout=harness.TIMEOUT))


@pytest.fixture
def server(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[harness.Server]:
    monkeypatch.setattr(harness, "BINARY", tree / "build" / "parley")
    with harness.Server() as running:
        yield running


def test_the_protocol_is_edited_and_generated_again(tree: Path) -> None:
    spec = tree / "protocol.yaml"
    text = spec.read_text()
    for number, section in enumerate(("    commands:\n", "    events:\n")):
        text = text.replace(section, section + block("yaml", number), 1)  # chat comes first
    spec.write_text(text)
    done = codegen(cwd=tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert "wrote" in done.stdout


def test_the_linker_asks_for_the_handler_and_for_nothing_else(tree: Path) -> None:
    done = build(tree)
    assert done.returncode != 0
    missing = set(re.findall(r"undefined reference to `(\w+)'", done.stdout))
    assert missing == {HANDLER}, done.stdout
    assert "error:" not in re.sub(r"(ld|collect2): error:|error: ld returned", "", done.stdout), done.stdout


def test_with_the_handler_it_builds(tree: Path) -> None:
    with (tree / "src" / "chat" / "handlers.c").open("a") as file:
        file.write("\n" + block("c"))
    done = build(tree)
    assert done.returncode == 0, done.stdout


def test_two_clients_use_it(tree: Path, server: harness.Server) -> None:
    spec = importlib.util.spec_from_file_location("changed_protocol", tree / "generated" / "protocol.py")
    assert spec and spec.loader
    protocol = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = protocol
    spec.loader.exec_module(protocol)
    url = f"ws://{server.address[0]}:{server.address[1]}/chat"
    with connect(url) as alice, connect(url) as bob:
        for client, name in ((alice, "Alice"), (bob, "Bob")):
            assert receive(client)["type"] == "connected"
            client.send(protocol.ChatNudgeCmd().to_json())
            assert receive(client)["code"] == "not_in_room"
            client.send(protocol.ChatSetUsernameCmd(username=name).to_json())
            assert receive(client)["type"] == "username_set"
        alice.send(protocol.ChatCreateRoomCmd().to_json())
        bob.send(protocol.ChatJoinRoomCmd(room_code=receive(alice)["room_code"]).to_json())
        assert receive(bob)["type"] == "room_joined"
        assert receive(alice)["type"] == "partner_joined"
        bob.send(protocol.ChatNudgeCmd().to_json())
        event = protocol.parse_event("chat", alice.recv(timeout=harness.TIMEOUT))
        assert event == protocol.ChatPartnerNudgedEvt(username="Bob")


def test_compare_says_whom_it_concerns(tree: Path) -> None:
    done = codegen("--compare", ROOT / "protocol.yaml", cwd=tree)
    assert done.returncode == 1
    assert f"```\n{done.stdout}```" in COMPARED
