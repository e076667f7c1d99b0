"""Folders that hold a whole Debian, made by debootstrap, and commands that run in them: for what needs a clean machine.

Needs root, and the network once. What took long is kept in build/chroots/ under the hash of what it was made from.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import ROOT

KEPT = ROOT / "build/chroots"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Mounts of a command are its own, and gone with it. Packages start no services.
ENTER = "mount -t proc proc {root}/proc && mount --rbind /dev {root}/dev && exec chroot {root} {command}"
NO_SERVICES = "#!/bin/sh\nexit 101\n"


@dataclass
class Root:
    folder: Path
    key: str  # hash of all that it was made from

    def run(self, *command: str, env: dict[str, str] | None = None) -> str:
        """Runs it as root, with the machine's network. Returns what it says; raises with that when it fails."""
        assigned = [f"{name}={value}" for name, value in ({"PATH": PATH, "HOME": "/root"} | (env or {})).items()]
        inside = shlex.join(["env", "-i", *assigned, *command])
        line = ENTER.format(root=shlex.quote(str(self.folder)), command=inside)
        done = subprocess.run(["unshare", "-m", "sh", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{shlex.join(command)}: exit code {done.returncode}\n{done.stdout[-4000:]}")
        return done.stdout

    def copy(self, to: Path) -> Root:
        """The same in another folder, to go on with."""
        copy_tree(self.folder, to)
        return Root(to, self.key)

    def kept(self) -> bool:
        return (KEPT / self.key).is_dir()

    def keep(self) -> None:
        """So that the next time it need not be made."""
        copy_tree(self.folder, KEPT / self.key)


def key_of(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def copy_tree(source: Path, to: Path) -> None:
    """Owners and all; `to` is there when it is complete."""
    half = to.with_name(to.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    half.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", source, half], check=True)
    shutil.rmtree(to, ignore_errors=True)
    half.rename(to)


def debian(to: Path, release: str = "bookworm") -> Root:
    """A Debian with what is essential and apt, which asks the machine's own mirrors."""
    key = key_of("debian", release)
    if not (KEPT / key).is_dir():
        half = KEPT / f"{key}.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        subprocess.run(["debootstrap", "--variant=minbase", release, half], check=True, stdout=subprocess.DEVNULL)
        for name in ("etc/apt/sources.list", "etc/apt/sources.list.d", "etc/apt/apt.conf.d", "etc/resolv.conf"):
            if (here := Path("/") / name).is_dir():
                shutil.copytree(here, half / name, dirs_exist_ok=True)
            elif here.exists():
                shutil.copy(here, half / name)
        policy = half / "usr/sbin/policy-rc.d"
        policy.write_text(NO_SERVICES)
        policy.chmod(0o755)
        half.rename(KEPT / key)
    return Root(KEPT / key, key).copy(to)


def is_root() -> bool:
    return os.geteuid() == 0
