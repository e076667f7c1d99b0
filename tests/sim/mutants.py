#!/usr/bin/env python3
"""Shows that the simulator finds bugs: puts one after the other into a copy of the tree, and fails
when it does not notice one.

    tests/sim/mutants.py            all of them
    tests/sim/mutants.py NAME...    those whose names contain one of the words
"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CFLAGS = "-std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all".split()
SOURCES = ["src/base/*.c", "src/json/*.c", "src/runtime/*.c", "src/chat/*.c", "src/live/*.c", "src/game/*.c",
           "src/service.c", "src/store_order.c", "generated/*_codec.c", "generated/*_errors.c",
           "generated/*_dispatch.c", "tests/sim/*.c"]

# Name, folder, and pairs: what stands in one of its files (once), what shall stand there instead.
MUTANTS = [
    ("nobody is told that the partner left", "src/chat",
     "    chat_tell(chat, partner, &(struct chat_event){.type = CHAT_PARTNER_LEFT_EVT}, turn);\n", ""),
    ("the guest does not become host", "src/chat",
     "room_at(chat, slot)->host = partner;", "(void)partner;"),
    ("a room stays open without anybody", "src/chat",
     "        map_remove(&chat->rooms_by_code, slot);\n        pool_give_back(&chat->rooms, slot);\n", ""),
    ("a closed room is still found", "src/chat",
     "        map_remove(&chat->rooms_by_code, slot);\n", ""),
    ("a third one gets in", "src/chat",
     "room_at(chat, room)->guest != NOBODY", "false"),
    ("typing leaks into the next partnership", "src/chat",
     "    typing_forget(chat, partner);\n", ""),
    ("a message does not end typing", "src/chat",
     "    typing_stop(chat, slot, turn);\n    struct chat_event event = {.type = CHAT_CHAT_EVT};",
     "    struct chat_event event = {.type = CHAT_CHAT_EVT};"),
    ("a message comes before the end of typing", "src/chat",
     "    typing_stop(chat, slot, turn);\n    struct chat_event event", "    struct chat_event event",
     "    chat_tell(chat, partner, &event, turn);\n}\n\nvoid chat_on_typing",
     "    chat_tell(chat, partner, &event, turn);\n    typing_stop(chat, slot, turn);\n}\n\nvoid chat_on_typing"),
    ("typing again does not renew it", "src/chat",
     "turn->now_ms + TYPING_MS", "(client->typing ? client->typing_until_ms : turn->now_ms + TYPING_MS)"),
    ("typing ends too late", "src/chat", "turn->now_ms + TYPING_MS", "turn->now_ms + TYPING_MS + 1"),
    ("typing again is ignored", "src/chat",
     "    if (client->typing)\n        queue_remove(chat, slot);", "    if (client->typing)\n        return;"),
    ("the name is lost on a move", "src/chat",
     "block[PACKED_NAMED] = client->named;", "block[PACKED_NAMED] = false;"),
    ("names are never given back", "src/chat",
     "    textpool_remove(&chat->names, client->name);\n    client->name", "    client->name"),
    ("codes are not upper-cased", "src/chat", "{'a', 'z', 1, -32}", "{'a', 'a', 1, -32}"),
    ("the codes of another worker are not moved to", "src/chat",
     "owner != chat->config.worker", "owner > chat->config.worker"),
    ("a move loses what was read behind the message", "src/runtime",
     ".input_len = (uint32_t)input.len}", ".input_len = 0}"),
    ("a move loses what was queued", "src/runtime",
     "    if (ready && passage->egress_len > 0) {", "    if (false) {"),
    ("a move forgets strikes", "src/runtime", "    session->strikes = passage->strikes;\n", ""),
    ("a moved message is dropped", "src/runtime",
     "result = run_text(hub, session, (struct str){held->text, held->len});", "result = HUB_OK;"),
    ("a moved message runs twice", "src/runtime",
     "    enum hub_result result = run_text(",
     "    run_text(hub, session, (struct str){held->text, held->len});\n    enum hub_result result = run_text("),
    ("nobody wakes a moved session", "src/runtime",
     "        hub->ports.wake(hub->ports.context, session); /* what it brought along */\n", "        ;\n"),
    ("an ended session stays in the service", "src/runtime",
     "        bound->service->close(bound->state, session->service_slot, &hub->turn);\n", ""),
    ("the end of a session is told to nobody", "src/runtime",
     "->close(bound->state, session->service_slot, &hub->turn);\n        hub_run_effects(hub, bound, HANDLE_NONE);\n",
     "->close(bound->state, session->service_slot, &hub->turn);\n"),
    ("a reader that lags is robbed", "src/runtime",
     "frame->delivery == DELIVERY_VOLATILE && data", "data"),
    ("strikes are not counted", "src/runtime", "    session->strikes++;\n", ""),
    ("timers are late", "src/chat",
     "    return typing_next_ms(state);", "    return typing_next_ms(state) == UINT64_MAX ? UINT64_MAX : typing_next_ms(state) + 5;"),
]


def compile_file(tree: Path, source: Path) -> None:
    subprocess.run(["cc", *CFLAGS, f"-I{tree}", f"-I{tree}/src", "-c", str(source),
                    "-o", str(source.with_suffix(".o"))], check=True)


def link(tree: Path) -> Path:
    objects = [str(path) for pattern in SOURCES
               for path in sorted(tree.glob(str(Path(pattern).with_suffix(".o"))))]
    program = tree / "sim"
    subprocess.run(["cc", *CFLAGS, *objects, "-lcjson", "-lm", "-o", str(program)], check=True)
    return program


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(program), *arguments], capture_output=True, text=True,
                          errors="replace", timeout=300, check=False)


def failure(program: Path) -> str | None:
    """What the first failing run says, or None when all pass."""
    for arguments in (("--cycle", "200"), ("--commands", "200000", "--sessions", "300")):
        result = run(program, *arguments)
        if result.returncode != 0:
            lines = result.stderr.strip().splitlines() or [f"exit {result.returncode}"]
            return next((line for line in lines if "ERROR" in line or "sim:" in line or "CHECK" in line),
                        lines[0])
    return None


def main() -> int:
    chosen = [m for m in MUTANTS if not sys.argv[1:] or any(word in m[0] for word in sys.argv[1:])]
    missed = 0
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch)
        for part in ("src", "generated", "tests/sim"):
            shutil.copytree(ROOT / part, tree / part)
        for pattern in SOURCES:
            for path in sorted(tree.glob(pattern)):
                compile_file(tree, path)
        said = failure(link(tree))
        if said is not None:
            print(f"fails without a bug of ours: {said}")
            return 1
        for name, folder, *edits in chosen:
            files = [path for path in sorted((tree / folder).glob("*.c"))
                     if all(path.read_text().count(old) == 1 for old in edits[::2])]
            if len(files) != 1:
                print(f"OUT OF DATE  {name}: {len(files)} files of {folder} have its places")
                missed += 1
                continue
            source = mutant = files[0].read_text()
            for old, new in zip(edits[::2], edits[1::2]):
                mutant = mutant.replace(old, new)
            files[0].write_text(mutant)
            compile_file(tree, files[0])
            said = failure(link(tree))
            files[0].write_text(source)
            compile_file(tree, files[0])
            missed += said is None
            print(f"found   {name}\n        {said}" if said else f"MISSED  {name}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} bugs found")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
