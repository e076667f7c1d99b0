"""Writes the man pages and the completions for bash from what the programs say of themselves: make.py PARLEY (its path;
parleyctl is beside it).

They are committed beside this file, so that building and installing need no Python; a test compares.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MAN, COMPLETION = HERE / "parley.8", HERE / "parley.bash"
CTL_MAN, CTL_COMPLETION = HERE / "parleyctl.1", HERE / "parleyctl.bash"


@dataclass(frozen=True)
class Option:
    flag: str
    value: str  # what stands for it; empty for a switch
    environment: str
    reloadable: bool
    doc: list[str]

    @property
    def words(self) -> list[str]:
        """The values there are, when they can be listed."""
        rule = self.doc[-1].split(";")[0]
        if found := re.match(r"(?:one|some) of: (.*)", rule):
            return found[1].split(", ")
        return re.split(r", | or ", rule) if re.fullmatch(r"[a-z]+(, [a-z]+)* or [a-z]+", rule) else []


@dataclass(frozen=True)
class CtlHelp:
    usage: str
    about: str
    commands: list[tuple[str, str]]
    options: list[tuple[str, str]]
    notes: list[str]  # paragraphs
    codes: str


@dataclass(frozen=True)
class Help:
    about: str
    usage: str
    examples: list[tuple[str, str]]
    notes: list[str]  # paragraphs
    groups: dict[str, list[Option]]
    signals: list[tuple[str, str]]
    questions: list[tuple[str, str]]
    codes: str


def joined(text: str) -> str:
    return " ".join(text.split())


def pairs(block: str) -> list[tuple[str, str]]:
    """Lines "  what  says what", which may go on in the next."""
    found: list[tuple[str, str]] = []
    for line in block.splitlines():
        if line.startswith("   "):
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif match := re.match(r"  (\S.*?)(?:  +(\S.*))?$", line):
            found.append((match[1], match[2] or ""))
    return found


def parse(text: str) -> Help:
    blocks = text.strip("\n").split("\n\n")
    named = {block.split("\n")[0]: block.split("\n", 1)[1] for block in blocks if "\n  " in block and not block.startswith(" ")}
    groups: dict[str, list[Option]] = {}
    for name, body in named.items():
        if re.match(r"  --\S+.*\[\w+\](?: \*)?\n", body):
            groups[name] = [
                Option(flag, value or "", environment, bool(mark), [line.strip() for line in doc.splitlines()])
                for flag, value, environment, mark, doc in re.findall(r"  (--[a-z-]+)(?: ([A-Z]+))?  \[(\w+)\]( \*)?\n((?:      .*(?:\n|$))+)", body)
            ]
    first = next(number for number, block in enumerate(blocks) if block.split("\n")[0] in groups)
    return Help(
        about=joined(blocks[0]),
        usage=blocks[1].removeprefix("Usage: "),
        examples=pairs(blocks[2]),
        notes=[joined(block) for block in blocks[3:first]],
        groups=groups,
        signals=pairs(named["Signals"]),
        questions=pairs(named["Questions"]),
        codes=joined(blocks[-1].removeprefix("Exit codes: ")),
    )


def parse_ctl(text: str) -> CtlHelp:
    usage, about, commands, options, *notes, codes = text.strip("\n").split("\n\n")
    return CtlHelp(
        usage=usage.removeprefix("Usage: "),
        about=joined(about),
        commands=pairs(commands),
        options=pairs(options),
        notes=[joined(note) for note in notes],
        codes=joined(codes.removeprefix("Exit codes: ")),
    )


def roff(text: str) -> str:
    """Plain text; a line that begins with a full stop or a quote would be a command."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + escaped if escaped[:1] in (".", "'") else escaped


def head(program: str, section: int, manual: str, what: str, told: Help | CtlHelp, version: str) -> list[str]:
    """How both pages begin."""
    return [
        f'.\\" Written by deploy/package/make.py from {program} --help.',
        f'.TH {program.upper()} {section} "" "parley {version}" "{manual}"',
        ".SH NAME",
        f"{program} \\- {roff(what)}",
        ".SH SYNOPSIS",
        f".B {program}",
        roff(told.usage.removeprefix(f"{program} ")),
        ".SH DESCRIPTION",
        roff(told.about),
        *(line for note in told.notes for line in (".PP", roff(note))),
    ]


def man(told: Help, version: str) -> str:
    out = head("parley", 8, "System administration", "rooms over WebSocket: chat, channels with push-to-talk, players with a shared state", told, version)
    out.append(".SH OPTIONS")
    for group, options in told.groups.items():
        out.append(f'.SS "{group}"')
        for option in options:
            value = f" \\fI{option.value}\\fR" if option.value else ""
            out += [".TP", f"\\fB{roff(option.flag)}\\fR{value}  [{option.environment}]"]
            out += [roff(joined(" ".join(option.doc[:-1])))]
            out += [".br", roff(option.doc[-1][0].upper() + option.doc[-1][1:] + ".")]
            out += [".br", "SIGHUP exchanges it."] if option.reloadable else []
    for title, entries in (("QUESTIONS", told.questions), ("SIGNALS", told.signals), ("EXAMPLES", told.examples)):
        out.append(f".SH {title}")
        for name, says in entries:
            out += [".TP", f"\\fB{roff(name)}\\fR", roff(says or " ")]
    out += [".SH EXIT STATUS", roff(told.codes)]
    out += [".SH FILES", ".TP", ".I /etc/parley/parley.conf", "Settings of the service that comes with the package."]
    out += [".TP", ".I /var/lib/parley", "Its journal."]
    return "\n".join(out) + "\n"


def completion(told: Help) -> str:
    options = [option for group in told.groups.values() for option in group]
    flags = [option.flag for option in options] + [name for name, _ in told.questions]
    cases = [f"    {option.flag}) words=\"{' '.join(option.words)}\" ;;" for option in options if option.value and option.words]
    files = "|".join(option.flag for option in options if option.value == "FILE")
    folders = "|".join(option.flag for option in options if option.value == "DIRECTORY")
    others = "|".join(option.flag for option in options if option.value not in ("", "FILE", "DIRECTORY") and not option.words)
    return "\n".join(
        [
            "# Completion of parley's options for bash. Written by deploy/package/make.py from parley --help.",
            "_parley() {",
            '    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=""',
            '    case "$previous" in',
            f"    {files})",
            '        mapfile -t COMPREPLY < <(compgen -f -- "$word")',
            "        return",
            "        ;;",
            f"    {folders})",
            '        mapfile -t COMPREPLY < <(compgen -d -- "$word")',
            "        return",
            "        ;;",
            *cases,
            f"    {others}) return ;;",
            "    *)",
            f"        words=\"{' '.join(flags)}\"",
            "        ;;",
            "    esac",
            '    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")',
            "}",
            "complete -o filenames -F _parley parley",
            "",
        ]
    )


def ctl_man(told: CtlHelp, version: str) -> str:
    out = head("parleyctl", 1, "User commands", "look into a running parley, and steer it", told, version)
    for title, entries in (("COMMANDS", told.commands), ("OPTIONS", told.options)):
        out.append(f".SH {title}")
        for name, says in entries:
            word, _, value = name.partition(" ")
            out += [".TP", f"\\fB{roff(word)}\\fR" + (f" \\fI{value}\\fR" if value else ""), roff(says)]
    out += [".SH EXIT STATUS", roff(told.codes), ".SH SEE ALSO", ".BR parley (8)"]
    return "\n".join(out) + "\n"


def ctl_completion(told: CtlHelp, services: list[str]) -> str:
    commands = [name.split()[0] for name, _ in told.commands]
    flags = [name.split()[0] for name, _ in told.options]
    says = next(says for name, says in told.commands if name.startswith("log-level"))
    levels = re.match(r"log (.*) from now on", says)[1].replace(" or ", ", ").split(", ")
    others = [name.split()[0] for name, _ in told.commands + told.options if " " in name]
    others = [name for name in others if name not in ("--service", "log-level")]
    return "\n".join(
        [
            "# Completion for parleyctl in bash. Written by deploy/package/make.py from parleyctl --help.",
            "_parleyctl() {",
            "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words",
            '    case "$previous" in',
            f"    log-level) words=\"{' '.join(levels)}\" ;;",
            f"    --service) words=\"{' '.join(services)}\" ;;",
            f"    {'|'.join(others)}) return ;;",
            f"    *) words=\"{' '.join(commands + flags)}\" ;;",
            "    esac",
            '    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")',
            "}",
            "complete -F _parleyctl parleyctl",
            "",
        ]
    )


def written(binary: Path) -> dict[Path, str]:
    ask = lambda program, option: subprocess.check_output([program, option], text=True)
    told, ctl = parse(ask(binary, "--help")), parse_ctl(ask(binary.with_name("parleyctl"), "--help"))
    version = ask(binary, "--version").split()[1]
    services = next(option.words for group in told.groups.values() for option in group if option.flag == "--root-service")
    return {
        MAN: man(told, version),
        COMPLETION: completion(told),
        CTL_MAN: ctl_man(ctl, version),
        CTL_COMPLETION: ctl_completion(ctl, services),
    }


if __name__ == "__main__":
    for path, text in written(Path(sys.argv[1])).items():
        path.write_text(text)
