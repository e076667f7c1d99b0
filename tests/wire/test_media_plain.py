"""The relay's rules over real sockets, in plain mode (LIVE_MEDIA=plain), where a packet is as simple as
can be: with one media thread and with several, where one thread learns the addresses and another sends."""

from __future__ import annotations

import os
import socket
import struct
from typing import Iterator

import pytest

from harness import Server
from media import CM, Member, counts, wait_for, wait_until

NEVER_SECONDS = 0.2


@pytest.fixture(scope="module", params=["1", "4"], ids=["one_thread", "four_threads"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server("--live-udp-port", "0", "--media-threads", request.param, "--workers", "2", env={"LIVE_MEDIA": "plain"}) as running:
        running.media_port = int(running.wait_log("media port=").split("port=")[1].split()[0])
        yield running


class Peer(Member):
    """A member with a UDP socket."""

    def __init__(self, server: Server, user: str, channel: str, **created: object):
        super().__init__(server, user, channel, None, **created)
        self.relay = ("127.0.0.1", server.media_port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.move()

    def move(self) -> None:
        """To another address."""
        self.socket.close()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(10)

    def rtp(self, sequence: int, payload: bytes = b"") -> bytes:
        return struct.pack("!BBHII", 0x80, 111, sequence, 0, self.ssrc) + payload

    def talk(self, sequence: int, payload: bytes = b"") -> bytes:
        packet = self.rtp(sequence, payload)
        self.socket.sendto(packet, self.relay)
        return packet

    def hears(self, packet: bytes) -> None:
        assert self.socket.recv(2000) == packet

    def hears_at_last(self, packet: bytes) -> None:
        while self.socket.recv(2000) != packet:
            pass

    def hears_nothing(self) -> None:
        self.socket.settimeout(NEVER_SECONDS)
        with pytest.raises(TimeoutError):
            self.socket.recv(2000)
        self.socket.settimeout(10)


def meet(server: Server, name: str, **created: object) -> tuple[Peer, Peer]:
    """Two in a channel that have both spoken; what the first to speak was told is gone."""
    channel = f"{name} {os.urandom(4).hex()}"
    one, two = Peer(server, "one", channel, **created), Peer(server, "two", channel, **created)
    latched = counts(server)["latched_total"]
    one.talk(0)
    wait_for(server, "latched_total", latched + 1)
    first = two.talk(0)
    wait_for(server, "latched_total", latched + 2)
    if "mode" not in created:
        one.hears(first)
        two.hears_at_last(one.talk(1))  # the first one may have been relayed late, when it was known where to
    return one, two


@pytest.mark.threads
def test_each_hears_the_other(server: Server) -> None:
    one, two = meet(server, "both")
    for sequence in range(1000, 1050):
        two.hears(one.talk(sequence, b"x" * 160))
        one.hears(two.talk(sequence, os.urandom(sequence)))


@pytest.mark.threads
def test_the_newest_packet_moves_the_address(server: Server) -> None:
    one, two = meet(server, "move")
    for sequence in range(1000, 1005):
        latched = counts(server)["latched_total"]
        one.move()
        two.hears(one.talk(sequence))
        wait_for(server, "latched_total", latched + 1)
        one.hears(two.talk(2000 + sequence))


@pytest.mark.threads
def test_leaving_ends_it_at_once_and_who_comes_again_is_unknown(server: Server) -> None:
    one, two = meet(server, "leave")
    channel = two.channel
    two.request(12, channel_id=channel)
    two.expect(200)
    unknown = counts(server)['dropped_total{cause="unknown_ssrc"}']
    two.talk(900)
    one.talk(900)
    wait_for(server, 'dropped_total{cause="unknown_ssrc"}', unknown + 1)
    two.request(11, channel_id=channel, ssrc=two.ssrc)
    two.expect(200)
    one.talk(901)
    two.hears_nothing()
    latched = counts(server)["latched_total"]
    one.hears(two.talk(902))
    wait_for(server, "latched_total", latched + 1)
    two.hears(one.talk(2000))


@pytest.mark.threads
def test_a_closed_connection_and_a_deleted_channel_end_it(server: Server) -> None:
    one, two = meet(server, "close")
    wait_until(lambda: counts(server)["peers"] == 2, lambda: counts(server))  # who were there before have gone
    two.connection.close()
    while one.expect(100)["event"] != "leave":
        pass
    one.talk(5)
    two.hears_nothing()
    one.request(14, channel_id=one.channel)
    one.expect(200)
    unknown = counts(server)['dropped_total{cause="unknown_ssrc"}']
    one.talk(6)
    wait_for(server, 'dropped_total{cause="unknown_ssrc"}', unknown + 1)
    wait_until(lambda: counts(server)["peers"] == 0, lambda: counts(server))


@pytest.mark.threads
def test_only_the_holder_of_the_floor_is_heard(server: Server) -> None:
    one, two = meet(server, "floor", mode="ptt")
    dropped = 'dropped_total{cause="floor"}'
    for holder, other in ((one, two), (two, one)):
        holder.request(30, channel_id=holder.channel)
        holder.expect(110)
        before = counts(server)[dropped]
        other.talk(10)
        wait_for(server, dropped, before + 1)
        holder.hears_nothing()
        packet = holder.talk(11)
        other.hears(packet)
        holder.request(31, channel_id=holder.channel)
        other.expect(113)
        holder.expect(113)
        before = counts(server)[dropped]
        holder.talk(12)
        wait_for(server, dropped, before + 1)
        other.hears_nothing()


@pytest.mark.threads
def test_what_is_dropped_is_counted_by_cause(server: Server) -> None:
    one, two = meet(server, "causes")
    packets = {
        "oversized": [one.rtp(1, b"x" * 1461), one.rtp(1, b"x" * 60000)],
        "malformed": [b"", b"x", one.rtp(1)[:11], b"\0" * 100, b"\x40" + one.rtp(1)[1:], one.rtp(1)[:2] + b"\0" * 4, b"\x9f" + one.rtp(1)[1:]],
        "unknown_ssrc": [struct.pack("!BBHII", 0x80, 0, 1, 0, 0xFFFFFFFE), struct.pack("!BBHI", 0x80, 201, 1, 0xFFFFFFFD)],
    }
    for cause, each in packets.items():
        name = f'dropped_total{{cause="{cause}"}}'
        before = counts(server)[name]
        for packet in each:
            one.socket.sendto(packet, one.relay)
        wait_for(server, name, before + len(each))
    two.hears_nothing()
    two.hears(one.talk(1000, b"x" * 1460))


def test_who_has_no_keys_and_who_has_meet(server: Server) -> None:
    """A member with keys is not latched by a packet in plain, nor sent one."""
    one, _ = meet(server, "mixed")
    member = Member(server, "keys", one.channel, CM)
    forged, before = 'dropped_total{cause="forged"}', counts(server)
    one.socket.sendto(struct.pack("!BBHII", 0x80, 0, 1, 0, member.ssrc) + b"x" * 100, one.relay)
    wait_for(server, forged, before[forged] + 1)
    assert counts(server)["latched_total"] == before["latched_total"]
