"""Carries a Dockerfile out without a container engine: each stage in a folder that holds a Debian (rootfs.py).

It knows the instructions and flags that ours uses; another one is an error, never passed over. What an engine would keep
as the image's configuration (ENV, USER, ENTRYPOINT, …) is handed back beside the last stage's folder.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from rootfs import KEPT, PATH, Root, debian, key_of


@dataclass
class Image:
    root: Root
    env: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    folder: str = "/"
    user: str = "0:0"
    volumes: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    stop_signal: str = "SIGTERM"
    labels: dict[str, str] = field(default_factory=dict)


def instructions(text: str) -> list[tuple[str, str]]:
    """(word, rest) of each, continued lines joined and comments gone."""
    lines = [line for line in text.splitlines() if not re.match(r"\s*#", line)]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def pairs(rest: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(rest))


class Build:
    def __init__(self, context: Path, folder: Path):
        self.context = context
        self.folder = folder
        self.stages: dict[str, Image] = {}
        self.image: Image | None = None
        self.used: set[str] = set()
        ignore = (context / ".dockerignore").read_text().splitlines()
        self.ignored = [line.strip() for line in ignore if line.strip() and not line.startswith("#")]

    def run(self, text: str) -> Image:
        for word, rest in instructions(text):
            step = getattr(self, f"do_{word.lower()}", None)
            if step is None:
                raise AssertionError(f"the instruction {word} is not known here")
            step(rest)
        assert self.image is not None
        return self.image

    # --- what changes the folder

    def do_from(self, rest: str) -> None:
        match = re.fullmatch(r"debian:(\w+)-slim(?: AS (\w+))?", rest)
        assert match, f"FROM {rest}: only Debian is known here"
        name = match[2] or f"stage{len(self.stages)}"
        self.image = self.stages[name] = Image(debian(self.folder / name, match[1]))

    def do_run(self, rest: str) -> None:
        """What was run before, on the same, is taken from what was kept."""
        image = self.image
        root = image.root
        root.key = "image-" + key_of(root.key, "RUN", rest, json.dumps(image.env), image.folder)
        self.used.add(root.key)
        if root.kept():
            Root(KEPT / root.key, root.key).copy(root.folder)
            return
        command = json.loads(rest) if rest.startswith("[") else ["/bin/sh", "-c", rest]
        root.run("sh", "-c", f"cd {shlex.quote(image.folder)} && exec {shlex.join(command)}", env=image.env)
        root.keep()

    def do_copy(self, rest: str) -> None:
        words = rest.split()
        source = None
        if words[0].startswith("--from="):
            source = self.stages[words.pop(0).removeprefix("--from=")].root.folder
        assert not words[0].startswith("--"), f"COPY {words[0]} is not known here"
        *names, to = words
        target = self.inside(to)
        digest = hashlib.sha256()
        for name in names:
            here = (source / name.lstrip("/")) if source else (self.context / name)
            assert here.exists(), f"COPY: there is no {name}"
            for file in sorted(self.files_of(here, source is None)):
                place = file.relative_to(here) if here.is_dir() else Path(here.name)
                end = target / place if here.is_dir() or to.endswith("/") else target
                end.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, end)
                digest.update(f"{end}\0{file.stat().st_mode}\0".encode() + file.read_bytes())
        self.image.root.key = key_of(self.image.root.key, "COPY", rest, digest.hexdigest())

    def do_workdir(self, rest: str) -> None:
        self.image.folder = rest
        self.inside(rest).mkdir(parents=True, exist_ok=True)

    def inside(self, name: str) -> Path:
        folder = name if name.startswith("/") else f"{self.image.folder}/{name}"
        return self.image.root.folder / folder.lstrip("/")

    def files_of(self, here: Path, sift: bool) -> list[Path]:
        if here.is_file():
            return [here]
        found = []
        for path in here.iterdir():
            if sift and self.is_ignored(str(path.relative_to(self.context))):
                continue
            found += self.files_of(path, sift) if path.is_dir() else [path]
        return found

    def is_ignored(self, name: str) -> bool:
        return any(fnmatch.fnmatchcase(name, rule) or (rule.startswith("**/") and Path(name).name == rule[3:]) for rule in self.ignored)

    # --- what is said of the image

    def do_env(self, rest: str) -> None:
        self.image.env |= pairs(rest)

    def do_label(self, rest: str) -> None:
        self.image.labels |= pairs(rest)

    def do_user(self, rest: str) -> None:
        self.image.user = rest

    def do_volume(self, rest: str) -> None:
        self.image.volumes += json.loads(rest)

    def do_expose(self, rest: str) -> None:
        self.image.ports += rest.split()

    def do_stopsignal(self, rest: str) -> None:
        self.image.stop_signal = rest

    def do_entrypoint(self, rest: str) -> None:
        self.image.entrypoint = json.loads(rest)

    def do_healthcheck(self, rest: str) -> None:
        flags, command = rest.split("CMD ", 1)
        assert all(re.fullmatch(r"--(interval|timeout|start-period|retries)=\d+s?", flag) for flag in flags.split()), flags
        self.image.health = json.loads(command)


def build(context: Path, folder: Path) -> Image:
    """The image of context/Dockerfile; stages are made in `folder`. Kept steps that it no longer has are forgotten."""
    work = Build(context, folder)
    image = work.run((context / "Dockerfile").read_text())
    for old in KEPT.glob("image-*"):
        if old.name not in work.used:
            shutil.rmtree(old)
    return image
