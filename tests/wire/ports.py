"""Ports for the programs that cannot let the kernel choose."""

from __future__ import annotations

import random
import socket
from pathlib import Path

CLIENTS_FIRST = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])


def free_port() -> int:
    """Below those that the kernel gives to clients: one of these could take it before the program does, or, where nobody
    listens, connect to itself."""
    while True:
        port = random.SystemRandom().randrange(CLIENTS_FIRST // 2, CLIENTS_FIRST)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
