"""A Debian (rootfs.py) that is booted: systemd is its process 1, with processes, mounts, control groups and a network of
its own, of which there is nothing but loopback."""

from __future__ import annotations

import ctypes
import os
import shlex
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from harness import until
from rootfs import PATH, Root

CLONE_NEWNET = 0x40000000  # linux/sched.h
# In a mount namespace of its own, that of the control groups, which a namespace of them then begins at.
GROUP = """
    set -e
    mount --make-rprivate /
    mount -t cgroup2 cgroup2 {groups}
    mkdir {groups}/{name}
    echo $$ >{groups}/{name}/cgroup.procs
    exec unshare --cgroup --pid --fork --kill-child --uts --ipc --net sh -c {boot}
"""
BOOT = """
    set -e
    ip link set lo up
    mount --bind {root} {root}
    cd {root}
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs dev
    for node in null zero full random urandom tty; do
        touch dev/$node
        mount --bind /dev/$node dev/$node
    done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=1777 tmpfs tmp
    pivot_root . mnt
    umount -l /mnt
    mount --make-rshared /
    exec env -i PATH={path} container=other /lib/systemd/systemd --system
"""


class Machine:
    def __init__(self, root: Root):
        self.groups = tempfile.mkdtemp(prefix="parley-groups-")
        self.name = f"parley-{os.getpid()}"
        boot = BOOT.format(root=shlex.quote(str(root.folder)), path=PATH)
        script = GROUP.format(groups=self.groups, name=self.name, boot=shlex.quote(boot))
        self.log = root.folder.with_name("boot.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until(self.booted, "systemd has started all")
        except BaseException:
            self.close()
            raise

    def children(self) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def booted(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        if not self.children():
            return False
        self.pid = self.children()[0]
        return self.ask("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def ask(self, *command: str) -> subprocess.CompletedProcess[str]:
        enter = ["nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--", "env", "-i", f"PATH={PATH}"]
        return subprocess.run([*enter, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def run(self, *command: str) -> str:
        done = self.ask(*command)
        assert done.returncode == 0, f"{shlex.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def network(self) -> Iterator[None]:
        """Sockets that this thread opens in it are the machine's."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as here, open(f"/proc/{self.pid}/ns/net") as there:
            assert libc.setns(there.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(here.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())

    def close(self) -> None:
        self.process.kill()  # and with it all that is in there
        self.process.wait()
        script = f"mount -t cgroup2 cgroup2 {self.groups} && find {self.groups}/{self.name} -depth -type d -exec rmdir {{}} +"
        until(lambda: subprocess.run(["unshare", "-m", "sh", "-c", script]).returncode == 0, "its control groups are gone")
        os.rmdir(self.groups)
