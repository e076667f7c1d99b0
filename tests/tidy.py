"""Holds the tree to its own rules: tidy.py BUILD_FOLDER (of a build whose libraries nm can read).

Each rule is a function that yields "place: what is wrong" for all it finds. Prints every finding, then
"N passed, N failed", one for each rule.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parents[1]
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600

# What the files of a folder of src/, or a file in src/ itself, may include.
LAYERS = {
    "base": ["base/"],
    "json": ["base/", "json/", "generated/"],
    "service.c": ["base/", "service.h"],
    "service.h": ["base/", "generated/closes.h", "media_order.h", "store_order.h"],
    "media_order.h": [],
    "probe": ["config.h"],
    "ctl": ["ctl/"],
    "store_order.h": ["base/"],
    "store_order.c": ["base/", "store_order.h"],
    "media": ["base/", "media/", "media_order.h"],
    "runtime": ["base/", "json/codec.h", "runtime/", "service.h", "store_order.h", "generated/protocol.h"],
    "net": ["base/", "json/codec.h", "runtime/", "media/", "net/", "service.h", "media_order.h", "store_order.h", "config.h", "generated/"],
    "store": ["base/", "json/codec.h", "runtime/mailbox.h", "runtime/store_link.h", "game/", "store/", "store_order.h", "generated/"],
    "config.h": ["base/"],
    "config.c": ["base/", "config.h", "config_file.h", "config_options.h", "generated/protocol.h"],
    "config_options.c": ["base/", "config.h", "config_options.h", "generated/protocol.h"],
    "config_table.c": ["config_options.h", "generated/protocol.h"],
    "config_options.h": ["base/", "config.h"],
    "config_changes.c": ["config_options.h"],
    "config_file.c": ["config_file.h"],
    "config_file.h": ["config.h"],
    "settings.h": ["config.h", "net/server.h", "service.h", "store/jwt.h"],
    "settings.c": ["base/", "settings.h", "live/live.h", "store/store.h"],
    "main.c": ["base/", "config.h", "settings.h", "net/server.h", "net/media.h", "store/", "service.h", "json/codec.h", "generated/"],
}
SERVICES = re.search(r"set\(PARLEY_SERVICES (.*?)\)", (ROOT / "CMakeLists.txt").read_text())[1].split()
for name in SERVICES:
    LAYERS[name] = ["base/", f"{name}/", "service.h", "media_order.h", "store_order.h", f"generated/{name}_", "generated/protocol.h"]
    LAYERS["main.c"].append(f"{name}/{name}.h")
# System headers that bring time, randomness, sockets or threads, and who may include them.
WORLD = {
    "time.h": ["base/log", "net/", "store/", "main.c"],
    "sys/time.h": ["net/", "probe/", "ctl/"],
    "sys/random.h": ["base/random", "net/", "store/", "main.c"],
    "pthread.h": ["base/log", "json/read", "runtime/mailbox", "net/", "store/", "main.c"],
    "sys/socket.h": ["net/", "store/", "probe/", "ctl/"],
    "unistd.h": ["base/log", "net/", "store/", "probe/", "ctl/", "settings.c"],
    "h2o.h": ["net/"],
    "bson/bson.h": ["store/mongo"],
    "mongoc/mongoc.h": ["store/mongo"],
    "hiredis/hiredis.h": ["store/redis"],
    "cJSON.h": ["json/", "ctl/"],
    "cjson/cJSON.h": ["json/", "ctl/"],
}
BANNED = "strcpy strcat sprintf vsprintf strtok gets rand srand random alloca strncpy strncat atoi atol atof setjmp longjmp system popen".split()
# All that the pure services may call that is not in parley_services or parley_base.
SERVICES_MAY_CALL = {"memcpy", "memmove", "memset", "memcmp", "memchr", "malloc", "calloc", "free"} | {
    "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"  # the compiler's own
}
# What parley_base itself may call: memory, the log's one write where there is room for it, and the end of the process.
BASE_MAY_CALL = SERVICES_MAY_CALL | set(
    "abort fprintf vfprintf fputs fputc fwrite fflush stderr snprintf vsnprintf strlen strcmp strchr strerrordesc_np realloc mmap munmap mprotect madvise "
    "sysconf poll __poll_chk pthread_mutex_lock pthread_mutex_unlock write getrandom inet_ntop inet_pton clock_gettime gmtime_r strftime __errno_location getenv exit getentropy strtod "
    "__fprintf_chk __vfprintf_chk __snprintf_chk __vsnprintf_chk __memcpy_chk".split()
)


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, new ones before they are committed too; golden output is what it is."""
    out = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, text=True)
    return [ROOT / line for line in sorted(set(out.splitlines())) if (ROOT / line).is_file() and "golden" not in line]


def place(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(ROOT)}" + (f":{line}" if line else "")


def without_comments(text: str) -> str:
    """C with comments and the insides of literals blanked, line by line as before."""
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.DOTALL)


def c_files(*patterns: str) -> list[Path]:
    return tracked(*(patterns or ("src/*.c", "src/*.h")))


def check_include_direction() -> Iterator[str]:
    for path in c_files():
        inside = path.relative_to(ROOT / "src")
        allowed = LAYERS.get(inside.parts[0])
        if allowed is None:
            yield f"{place(path)}: {inside.parts[0]} has no line in LAYERS of tests/tidy.py"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if found := re.match(r'\s*#\s*include\s+"([^"]+)"', line):
                if not any(found[1].startswith(prefix) for prefix in allowed):
                    yield f'{place(path, number)}: {inside.parts[0]} may not include "{found[1]}"'
            elif (found := re.match(r"\s*#\s*include\s+<([^>]+)>", line)) and found[1] in WORLD:
                if not any(str(inside).startswith(prefix) for prefix in WORLD[found[1]]):
                    yield f"{place(path, number)}: only {', '.join(WORLD[found[1]])} may include <{found[1]}>"


def check_generated_include_nothing_of_ours_but_base_and_json() -> Iterator[str]:
    for path in c_files("generated/*.c", "generated/*.h"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if found := re.match(r'\s*#\s*include\s+"([^"]+)"', line):
                pure = not path.name.endswith(("_codec.c", "_codec.h"))
                allowed = ("base/", "generated/", "service.h") if pure else ("base/", "generated/", "json/", "service.h")
                if not found[1].startswith(allowed):
                    yield f'{place(path, number)}: may not include "{found[1]}"'


def check_banned_calls() -> Iterator[str]:
    pattern = re.compile(r"\b(" + "|".join(BANNED) + r")\s*\(")
    for path in c_files("src/*.c", "src/*.h", "generated/*.c", "generated/*.h", "tests/*.c", "tests/*.h", "bench/*.c", "bench/*.h"):
        for number, line in enumerate(without_comments(path.read_text()).splitlines(), 1):
            for found in pattern.finditer(line):
                yield f"{place(path, number)}: {found[1]} is banned"


def check_no_default_over_messages() -> Iterator[str]:
    for path in c_files(*(f"src/{name}/*.c" for name in SERVICES), "generated/*_dispatch.c"):
        for number, line in enumerate(without_comments(path.read_text()).splitlines(), 1):
            if re.search(r"\bdefault\s*:", line):
                yield f"{place(path, number)}: a switch over messages has no default"


def symbols(library: Path, *flags: str) -> set[str]:
    out = subprocess.check_output(["nm", *flags, str(library)], text=True, stderr=subprocess.DEVNULL)
    return {line.split()[-1].split("@")[0] for line in out.splitlines() if line and not line.endswith(":")}


def outside_calls(build: Path, *libraries: str) -> set[str]:
    files = [build / f"libparley_{name}.a" for name in libraries]
    needed = symbols(files[0], "-u")
    defined = set().union(*(symbols(file, "--defined-only", "-g") for file in files))
    return {name for name in needed - defined if not name.startswith(("__asan", "__ubsan", "__tsan", "__sanitizer"))}


def check_services_are_pure(build: Path) -> Iterator[str]:
    for name in sorted(outside_calls(build, "services", "messages", "base") - SERVICES_MAY_CALL):
        yield f"libparley_services.a calls {name}, which is not on the short list"
    for name in sorted(outside_calls(build, "base") - BASE_MAY_CALL):
        yield f"libparley_base.a calls {name}, which is not on the short list"


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """(name, first line, lines) of each function: a line at column 0 with a name and `(`, then `{` at column 0."""
    lines = without_comments(path.read_text()).splitlines()
    for number, line in enumerate(lines):
        if line != "{":
            continue
        head = number - 1
        while head > 0 and lines[head].startswith((" ", "\t")):
            head -= 1
        end = next((later for later in range(number, len(lines)) if lines[later] == "}"), len(lines))
        name = re.search(r"(\w+)\s*\(", lines[head])
        yield (name[1] if name else lines[head].strip(), head + 1, end - head + 1)


def check_function_length() -> Iterator[str]:
    for path in c_files("src/*.c", "tests/*.c", "bench/*.c"):
        for name, line, length in functions(path):
            if length > FUNCTION_LINES_MAX:
                yield f"{place(path, line)}: {name} has {length} lines, over {FUNCTION_LINES_MAX}"


def check_file_length() -> Iterator[str]:
    for path in tracked("src/*.[chS]", "tests/*.c", "tests/*.h", "tests/*.py", "bench/*.[ch]", "bench/*.py", "codegen/*.py"):
        length = len(path.read_text().splitlines())
        if length > FILE_LINES_MAX:
            yield f"{place(path)}: {length} lines, over {FILE_LINES_MAX}"


def check_headers() -> Iterator[str]:
    for path in c_files("src/*.h"):
        text = path.read_text()
        if not re.match(rf"/\* {re.escape(path.name)}: ", text):
            yield f'{place(path)}: does not open with "/* {path.name}: what it is for"'
    # Only a few may include it (WORLD); its flags do no harm to the others.
    flags = subprocess.check_output(["pkg-config", "--cflags", "libmongoc-1.0"], text=True).split()
    for path in c_files("src/*.h", "generated/*.h"):
        command = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-I.", "-Isrc", *flags, "-x", "c", str(path)]
        done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            yield f"{place(path)}: does not compile by itself: {done.stderr.splitlines()[0]}"


def check_formatting() -> Iterator[str]:
    files = c_files("src/*.c", "src/*.h", "generated/*.c", "generated/*.h", "tests/*.c", "tests/*.h", "bench/*.c", "bench/*.h")
    for path in files:
        done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", str(path)], stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            yield f"{place(path)}: clang-format-14 would change it (clang-format-14 -i does)"


def check_generated_says_so() -> Iterator[str]:
    for path in tracked("generated/*"):
        if "protocol.yaml" not in path.read_text()[:400]:
            yield f"{place(path)}: does not say at its start that it was made from protocol.yaml"


def check_no_machine_paths() -> Iterator[str]:
    pattern = re.compile(r"(?<![\w.$}])/(?:work|root|home)/")
    for path in tracked():
        if path.suffix in (".png", ".bin") or "corpus" in path.parts or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{place(path, number)}: a path of somebody's machine"


def check_nothing_left_for_later() -> Iterator[str]:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    for path in tracked("src/*", "codegen/*", "tests/*", "bench/*", "web/*", "tools/*"):
        if path == Path(__file__) or "corpus" in path.parts:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if found := pattern.search(line):
                yield f"{place(path, number)}: {found[1]}"


def main() -> int:
    build = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/debug").resolve()
    rules = {name: rule for name, rule in globals().items() if name.startswith("check_")}
    failed = 0
    for name, rule in rules.items():
        findings = list(rule(build) if rule is check_services_are_pure else rule())
        failed += bool(findings)
        for finding in findings:
            print(f"{name.removeprefix('check_')}: {finding}")
    print(f"{len(rules) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
