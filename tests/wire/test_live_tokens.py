"""Who a client of live is: by a secret, by a signed token (JWT), or by either."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from live import Live
from tokens import ISSUER, SECRET, part, signed


def refused(client: Live, token: str) -> None:
    client.send("IDENTIFY", user_id="Alice", token=token)
    client.expect_error(1001, "Invalid or expired token")


def test_a_signed_token_is_for_one_user_and_for_a_time(start: Any) -> None:
    for server in (start("--jwt-secret", SECRET), start(env={"JWT_SECRET": SECRET})):
        client = Live(server)
        now = int(time.time())
        wrong = [
            signed(sub="Bob"),
            signed(sub=None),
            signed(exp=now - 1),
            signed(exp=None),
            signed(exp=now + 60.5),
            signed(nbf=now + 60),
            signed(iss="https://evil.example"),
            signed(key="x" * 32),
            signed(algorithm="none"),
            signed(algorithm="HS512"),
            signed()[:-1],
            signed() + "A",
        ]
        for token in wrong + ["any", SECRET]:
            refused(client, token)
        client.send("CHANNEL_LIST")
        client.expect_error(1000)
        right = signed(iss=ISSUER, nbf=now - 60)
        client.identify("Alice", right)
        Live(server).identify("앨리스", signed(sub="앨리스"))
        assert all(token not in server.log for token in (SECRET, right, *wrong))


def test_the_secret_or_a_signed_token(start: Any) -> None:
    server = start("--live-secret", "correct horse", "--jwt-secret", SECRET)
    Live(server).identify("Alice", "correct horse")
    Live(server).identify("Alice", signed())
    refused(Live(server), "any")
    refused(Live(server), signed(key="correct horse"))


def test_issuer_and_audience(start: Any) -> None:
    server = start("--jwt-secret", SECRET, "--jwt-audience", "parley", env={"JWT_ISSUER": "https://id.example"})
    client = Live(server)
    for claims in ({}, {"iss": ISSUER, "aud": "parley"}, {"iss": "https://id.example"}, {"iss": "https://id.example", "aud": ["x"]}):
        refused(client, signed(**claims))
    client.identify("Alice", signed(iss="https://id.example", aud=["x", "parley"]))


@pytest.mark.parametrize("how", ["file", "text"])
def test_a_public_key(start: Any, tmp_path: Path, how: str) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    server = start(env={"JWT_PUBLIC_KEY": str(public) if how == "file" else public.read_text()})
    body = signed(algorithm="RS256").rpartition(".")[0]
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", private], input=body.encode(), check=True, capture_output=True)
    client = Live(server)
    refused(client, signed(key=public.read_text()))
    refused(client, signed(key=public.read_text(), algorithm="RS256"))
    client.identify("Alice", f"{body}.{part(signature.stdout)}")
