"""The media relay with real programs at both ends: ffmpeg (AES_CM_128_HMAC_SHA1_80) and gstreamer
(AEAD_AES_128_GCM), with keys from the gateway. What is heard is a tone, whose pitch is measured."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from array import array
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest

from harness import Server
from media import CM, GCM, KEY_BYTES, WAIT_SECONDS, Member, counts, size, wait_for, wait_until

FLAGS = ("--live-udp-port", "0")
TONE_HZ, RATE = 440, 8000
HEARD = "heard.s16"


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    for program in ("ffmpeg", "gst-launch-1.0"):
        assert shutil.which(program), f"{program} is needed: tools/setup.sh installs it"


@contextmanager
def running(*command: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run(*command: Any) -> None:
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=WAIT_SECONDS)
    assert done.returncode == 0, done.stderr + done.stdout


def ffmpeg_sends(member: Member, seconds: float, key: bytes | None = None) -> list[Any]:
    """A tone from the member's own port; RTCP to the same port of the relay."""
    source = f"sine=frequency={TONE_HZ}:sample_rate=48000:duration={seconds}"
    target = f"127.0.0.1:{member.media['port']}?rtcpport={member.media['port']}&localrtpport={member.port}"
    coding = ["-ac", "1", "-c:a", "pcm_mulaw", "-ar", "8000", "-payload_type", "0", "-f", "rtp", "-ssrc", member.ssrc]
    protection = ["-srtp_out_suite", CM, "-srtp_out_params", base64.b64encode(key or member.sends_with).decode()]
    return ["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", source, *coding, *protection, f"srtp://{target}"]


def ffmpeg_receives(member: Member, folder: Path, key: bytes | None = None) -> list[Any]:
    inline = base64.b64encode(key or member.receives_with).decode()
    sdp = folder / f"{member.ssrc}.sdp"
    sdp.write_text(
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=tone\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {member.port} RTP/SAVP 0\na=crypto:1 {CM} inline:{inline}\n"
    )
    protocols = ["-protocol_whitelist", "file,udp,rtp,srtp,crypto"]
    return ["ffmpeg", "-nostdin", "-loglevel", "error", *protocols, "-i", sdp, "-f", "s16le", "-flush_packets", "1", folder / HEARD]


def gst_protection(member: Member) -> list[str]:
    if member.suite == GCM:
        return ["rtp-cipher=aes-128-gcm", "rtp-auth=null", "rtcp-cipher=aes-128-gcm", "rtcp-auth=null"]
    return ["rtp-cipher=aes-128-icm", "rtp-auth=hmac-sha1-80", "rtcp-cipher=aes-128-icm", "rtcp-auth=hmac-sha1-80"]


def gst_sends(member: Member, seconds: float, key: bytes | None = None) -> list[Any]:
    tone = ["audiotestsrc", "is-live=true", f"freq={TONE_HZ}", f"num-buffers={round(seconds * 50)}", "samplesperbuffer=160"]
    payload = ["audio/x-raw,rate=8000,channels=1", "!", "mulawenc", "!", "rtppcmupay", f"ssrc={member.ssrc}"]
    length = ["min-ptime=20000000", "max-ptime=20000000"]
    protection = ["srtpenc", f"key={(key or member.sends_with).hex()}", *gst_protection(member)]
    sink = ["udpsink", "host=127.0.0.1", f"port={member.media['port']}", "bind-address=127.0.0.1", f"bind-port={member.port}"]
    return ["gst-launch-1.0", "-q", *tone, "!", *payload, *length, "!", *protection, "!", *sink]


def gst_receives(member: Member, speaker: Member, folder: Path, key: bytes | None = None) -> list[Any]:
    names = [word.replace("rtp-", "srtp-").replace("rtcp-", "srtcp-") for word in gst_protection(member)]
    caps = ",".join(
        ["application/x-srtp", "media=audio", "encoding-name=PCMU", "payload=0", "clock-rate=8000", f"ssrc=(uint){speaker.ssrc}"]
        + [f"srtp-key=(buffer){(key or member.receives_with).hex()}", *names]
    )
    return ["gst-launch-1.0", "-q", "udpsrc", "address=127.0.0.1", f"port={member.port}", f"caps={caps}"] + [
        *"! srtpdec name=open open.rtp_src ! rtppcmudepay ! mulawdec ! filesink buffer-mode=unbuffered".split(),
        f"location={folder / HEARD}",
        *"open.rtcp_src ! fakesink async=false".split(),
    ]


def pitch(path: Path) -> float:
    """The frequency by the zeros that the sound crosses; the first quarter is left out."""
    samples = array("h", path.read_bytes()[: path.stat().st_size // 2 * 2])
    rest = samples[len(samples) // 4 :]
    crossings = sum(1 for before, after in zip(rest, rest[1:]) if before < 0 <= after)
    return crossings * RATE / len(rest)


@contextmanager
def talking(server: Server, speaker: Member, listener: Member, folder: Path, key: bytes | None = None) -> Iterator[Path]:
    """The listener's program speaks shortly, so that the relay knows where it is; then it listens, and
    the speaker's speaks. Gives the file that holds what is heard."""
    latched = counts(server)["latched_total"]
    run(*(ffmpeg_sends(listener, 0.1) if listener.suite == CM else gst_sends(listener, 0.1)))
    wait_for(server, "latched_total", latched + 1)
    listens = ffmpeg_receives(listener, folder, key) if listener.suite == CM else gst_receives(listener, speaker, folder, key)
    speaks = ffmpeg_sends(speaker, 60) if speaker.suite == CM else gst_sends(speaker, 60)
    with running(*listens), running(*speaks):
        yield folder / HEARD


@pytest.mark.parametrize("heard_with", [CM, GCM])
@pytest.mark.parametrize("spoken_with", [CM, GCM])
def test_a_tone_is_heard(server: Server, tmp_path: Path, spoken_with: str, heard_with: str) -> None:
    channel = f"{spoken_with}-{heard_with}"
    speaker = Member(server, "speaker", channel, spoken_with)
    listener = Member(server, "listener", channel, heard_with)
    before = counts(server)
    with talking(server, speaker, listener, tmp_path) as heard:
        wait_until(lambda: size(heard) > RATE * 2, lambda: (size(heard), counts(server)))  # a second
    assert abs(pitch(heard) - TONE_HZ) < 5
    after = counts(server)
    for cause in ("forged", "replayed", "malformed", "late"):
        assert after[f'dropped_total{{cause="{cause}"}}'] == before[f'dropped_total{{cause="{cause}"}}']
    if spoken_with == CM:
        assert after['received_total{kind="rtcp"}'] > before['received_total{kind="rtcp"}']


@pytest.mark.parametrize("suite", [CM, GCM])
def test_who_has_another_key_hears_nothing(server: Server, tmp_path: Path, suite: str) -> None:
    channel = f"other key {suite}"
    speaker = Member(server, "speaker", channel, suite)
    listener = Member(server, "listener", channel, suite)
    sent = counts(server)["sent_total"]
    with talking(server, speaker, listener, tmp_path, os.urandom(KEY_BYTES[suite])) as heard:
        wait_for(server, "sent_total", sent + 100)
    assert size(heard) == 0


@pytest.mark.parametrize("suite", [CM, GCM])
def test_who_sends_with_another_key_is_not_heard(server: Server, suite: str) -> None:
    channel = f"forger {suite}"
    speaker = Member(server, "speaker", channel, suite)
    Member(server, "listener", channel, suite)
    forged, before = 'dropped_total{cause="forged"}', counts(server)
    sends = ffmpeg_sends if suite == CM else gst_sends
    run(*sends(speaker, 0.3, os.urandom(KEY_BYTES[suite])))
    wait_for(server, forged, before[forged] + 10)
    after = counts(server)
    assert after['received_total{kind="rtp"}'] == before['received_total{kind="rtp"}']
    assert after["latched_total"] == before["latched_total"]
    assert after["sent_total"] == before["sent_total"]
