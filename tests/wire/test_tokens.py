"""Signed tokens at the handshake and for the HTTP API: which are taken, from where, and how connections end with them."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from game import Player
from harness import Client, Connected, Raw, Reply, Server, handshake, until
from live import Live
from tokens import ISSUER, SECRET, bearer, part, signed

FLAGS = ("--jwt-secret", SECRET)


def ask(server: Server, path: str = "/game", **fields: str | None) -> Raw:
    raw = server.raw()
    raw.send(handshake(path, **fields))
    return raw


def accepted(raw: Raw) -> dict[str, str]:
    head = raw.head()
    assert head.status == 101, head
    return head.headers


def refused(raw: Raw, status: int = 401) -> dict[str, str]:
    """Refused with a reason in JSON, and the connection closed."""
    head = raw.head()
    assert head.status == status, head
    body = json.loads(raw.rest())
    assert body["status"] == status and body["message"]
    return head.headers


# --- which are taken ------------------------------------------------------------------------------------------------


def test_a_right_token(server: Server) -> None:
    now = int(time.time())
    for claims in ({}, {"iss": ISSUER}, {"nbf": now - 60}, {"sub": None}, {"exp": 2**53}):
        accepted(ask(server, Authorization=f"Bearer {signed(**claims)}"))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda now: signed(exp=now - 1),
        lambda now: signed(exp=None),
        lambda now: signed(exp=now + 60.5),
        lambda now: signed(exp=str(now + 60)),
        lambda now: signed(nbf=now + 60),
        lambda now: signed(iss="https://evil.example"),
        lambda now: signed(key="x" * 32),
        lambda now: signed(algorithm="none"),
        lambda now: signed(algorithm="HS384"),
        lambda now: signed(algorithm="RS256"),
        lambda now: signed()[:-1],
        lambda now: signed() + "A",
        lambda now: signed(sub="x" * 8192),
        lambda now: "any",
        lambda now: "..",
    ],
    ids="expired,no exp,float exp,text exp,not yet,issuer,key,none,HS384,RS256,cut,longer,huge,any,dots".split(","),
)
def test_a_wrong_token(server: Server, wrong: Any) -> None:
    token = wrong(int(time.time()))
    assert 'error="invalid_token"' in refused(ask(server, Authorization=f"Bearer {token}"))["www-authenticate"]
    assert 'error="invalid_token"' in refused(ask(server, f"/game?token={token}"))["www-authenticate"]


def test_no_token(server: Server) -> None:
    """Who presents none is told the scheme and no error (RFC 6750, 3)."""
    for fields in ({}, {"Authorization": "Basic dTpw"}, {"Authorization": "Bearer"}, {"Sec_WebSocket_Protocol": "graphql"}):
        assert refused(ask(server, **fields))["www-authenticate"] == "Bearer"


def test_other_mistakes_come_first(server: Server) -> None:
    refused(ask(server, Sec_WebSocket_Version="8"), 426)
    refused(ask(server, Origin="https://evil.example"), 403)
    refused(ask(server, "/game/x", Authorization=f"Bearer {signed()}"), 404)


def der_to_raw(signature: bytes) -> bytes:
    """ECDSA's two numbers as JWS has them (RFC 7518, 3.4)."""
    r_len = signature[3]
    r, s = signature[4 : 4 + r_len], signature[6 + r_len :]
    return b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in (r, s))


@pytest.mark.parametrize(
    "algorithm, options", [("RS256", ["-algorithm", "RSA"]), ("ES256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])]
)
def test_a_public_key(start: Any, tmp_path: Path, algorithm: str, options: list[str]) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    subprocess.run(["openssl", "genpkey", *options, "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    server = start(env={"JWT_PUBLIC_KEY": public.read_text()})
    body = signed(algorithm=algorithm).rpartition(".")[0]
    done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", private], input=body.encode(), check=True, capture_output=True)
    signature = done.stdout if algorithm == "RS256" else der_to_raw(done.stdout)
    accepted(ask(server, Authorization=f"Bearer {body}.{part(signature)}"))
    for token in (signed(), signed(key=public.read_text()), signed(key=public.read_text(), algorithm=algorithm), f"{body}.{part(signature[::-1])}"):
        refused(ask(server, Authorization=f"Bearer {token}"))


def test_issuer_and_audience(start: Any) -> None:
    server = start(*FLAGS, "--jwt-audience", "parley", env={"JWT_ISSUER": "https://id.example"})
    for claims in ({}, {"iss": ISSUER, "aud": "parley"}, {"iss": "https://id.example", "aud": ["x"]}):
        refused(ask(server, Authorization=f"Bearer {signed(**claims)}"))
    accepted(ask(server, Authorization=f"Bearer {signed(iss='https://id.example', aud=['x', 'parley'])}"))


# --- from where -----------------------------------------------------------------------------------------------------


def test_as_browsers_do(server: Server) -> None:
    """An offered bearer subprotocol is selected, as it was written; browsers end the connection otherwise."""
    token = signed()
    assert accepted(ask(server, Sec_WebSocket_Protocol=f"x, bearer.{token} ,y"))["sec-websocket-protocol"] == f"bearer.{token}"
    player = Player(server, room="by subprotocol", subprotocols=[f"bearer.{token}"])
    assert player.connection.subprotocol == f"bearer.{token}"
    accepted(ask(server, f"/game?token={token}"))
    accepted(ask(server, f"/game?a=b&token={token.replace('.', '%2E')}&c"))
    assert "sec-websocket-protocol" not in accepted(ask(server, Authorization=f"bearer   {token}"))
    refused(ask(server, f"/game?Token={token}"))
    refused(ask(server, f"/game?x=token={token}"))


def test_the_same_token_twice_and_two_different_ones(server: Server) -> None:
    token, other = signed(), signed(exp=int(time.time()) + 61)
    accepted(ask(server, f"/game?token={token}", Authorization=f"Bearer {token}", Sec_WebSocket_Protocol=f"bearer.{token}"))
    for path, fields in [
        (f"/game?token={other}", {"Authorization": f"Bearer {token}"}),
        (f"/game?token={token}&token={other}", {}),
        ("/game", {"Authorization": f"Bearer {token}", "Sec_WebSocket_Protocol": f"bearer.{other}"}),
        ("/game", {"Sec_WebSocket_Protocol": f"bearer.{token}, bearer.{other}"}),
        ("/game", {"Authorization": f"Bearer {token}\r\nAuthorization: Bearer {token}"}),
    ]:
        assert 'error="invalid_request"' in refused(ask(server, path, **fields), 400)["www-authenticate"]


# --- where they are asked for ---------------------------------------------------------------------------------------


def history(server: Server, **headers: str) -> Reply:
    return server.request("POST", "/chat/history", headers, b'{"room_id":"r"}', server.http_address)


def test_game_asks_and_others_do_not(server: Server) -> None:
    Client(server, "Alice", "/chat")
    Live(server)
    refused(ask(server))
    for path in ("/livez", "/readyz", "/health", "/metrics", "/openapi.json", "/protocol.yaml", "/"):
        assert server.get(path).status == 200
    for path in ("/rooms", "/rooms?token=wrong"):
        reply = server.get(path)
        assert reply.status == 401 and reply.headers["www-authenticate"].startswith("Bearer")
    assert history(server).status == 401
    for reply in (server.get("/rooms", bearer()), server.get(f"/rooms?token={signed()}"), history(server, **bearer())):
        assert reply.status != 401


@pytest.mark.parametrize("services, paths", [("none", ""), ("chat", "/chat /"), ("live,game", "/live /ws /game"), ("chat, live, game", "/chat / /live /ws /game")])
def test_which_services_ask_is_configuration(start: Any, services: str, paths: str) -> None:
    server = start(*FLAGS, "--token-services", services)
    for path in ("/chat", "/", "/live", "/ws", "/game"):
        (refused if path in paths.split() else accepted)(ask(server, path))
        accepted(ask(server, path, Authorization=f"Bearer {signed()}"))
    assert (server.get("/rooms").status == 401) == ("game" in services)


def test_without_a_key_nobody_asks(start: Any) -> None:
    server = start(env={"PARLEY_TOKEN_SERVICES": "chat,live,game"})
    assert accepted(ask(server, Sec_WebSocket_Protocol="bearer.any"))["sec-websocket-protocol"] == "bearer.any"
    accepted(ask(server, "/game?token=any"))


# --- guesses, and the log -------------------------------------------------------------------------------------------


def test_an_address_that_guesses_is_barred(start: Any) -> None:
    """A right token is then no better than a wrong one; who presents none is told so as before."""
    server = start(*FLAGS, "--limit-loopback", "--guesses-max", "5", "--guesses-refill-ms", "3600000")
    accepted(ask(server, Authorization=f"Bearer {signed()}"))
    for guess in range(5):
        refused(ask(server, Authorization=f"Bearer {guess}"))
    barred = [ask(server, Authorization=f"Bearer {token}") for token in (signed(), "wrong")]
    assert all("retry-after" in refused(raw, 429) for raw in barred)
    assert server.get("/rooms", bearer()).status == 429
    refused(ask(server))


def test_the_log_shows_neither_tokens_nor_queries(start: Any) -> None:
    server = start(*FLAGS, env={"LOG_LEVEL": "debug"})
    right, wrong = signed(), signed(key="x" * 32)
    for token in (right, wrong):
        for path, fields in [(f"/game?token={token}", {}), ("/game", {"Authorization": f"Bearer {token}"}), ("/game", {"Sec_WebSocket_Protocol": f"bearer.{token}"})]:
            assert ask(server, path, **fields).head().status == (101 if token == right else 401)
        server.get(f"/rooms?token={token}")
    server.get("/health?secret-of-a-query=1")
    server.stop()
    assert not any(secret in server.log for secret in (right, wrong, SECRET, "token=", "secret-of-a-query"))


# --- their end ------------------------------------------------------------------------------------------------------

SHORT = (*FLAGS, "--token-services", "chat,live,game", "--workers", "2")


def connect(server: Server, service: str, token: str) -> Connected:
    headers = {"additional_headers": bearer(token)}
    if service == "live":
        return Live(server, **headers)
    return Client(server, "Name", "/chat", **headers) if service == "chat" else Player(server, room="room", **headers)


def renew(client: Any, token: str) -> None:
    if isinstance(client, Live):
        client.identify("Alice", token)
    else:
        client.send("authenticate" if isinstance(client, Client) else "Authenticate", token=token)
        client.recv()


@pytest.mark.parametrize("service", ["chat", "live", "game"])
def test_a_connection_ends_with_its_token(start: Any, service: str) -> None:
    """With 3000, after the grace; who has presented a new token in time goes on."""
    server = start(*SHORT, "--token-grace-ms", "1000")
    expires = int(time.time()) + 2
    leaving, staying, late = (connect(server, service, signed(exp=expires)) for _ in range(3))
    renew(staying, signed(exp=expires + 60))
    renew(late, signed(exp=expires + 60))
    renew(late, signed(exp=expires))
    assert leaving.expect_close(3000) == "token expired"
    assert expires + 1 <= time.time() < expires + 6
    assert late.expect_close(3000)
    assert staying.fence() is not None
    until(lambda: server.metric("parley_sessions", service=service) == 1, "one session is left")


def test_the_end_moves_with_the_connection(start: Any) -> None:
    """A guest that meets its host on another worker ends there all the same; nobody else does, nor anybody before."""
    server = start(*SHORT, "--workers", "4", "--token-grace-ms", "0")
    expires = int(time.time()) + 4
    guest = connect(server, "chat", signed(exp=expires))
    moved: Any = lambda: server.metric("parley_sessions_moved_total", service="chat")
    for _ in range(50):
        host = connect(server, "chat", signed())
        code, before = host.create_room(), moved()
        guest.join(code, partner="Name")
        if moved() > before:
            break
        guest.send("leave_room")
    assert moved() > before, "all hosts were on the guest's worker"
    guest.expect_close(3000)
    assert time.time() >= expires
    host.expect("partner_joined")
    host.expect("partner_left")
    assert host.fence() == []


def test_a_grace_may_end_within_a_second(start: Any) -> None:
    """Nobody is ended before it is over."""
    server = start(*SHORT, "--token-grace-ms", "900")
    expires = int(time.time()) + 2
    client = connect(server, "chat", signed(exp=expires))
    client.expect_close(3000)
    assert time.time() >= expires + 0.9


def test_live_is_told_by_its_identify(start: Any) -> None:
    """Without a token at the handshake, the one that it identifies itself with counts."""
    server = start(*FLAGS, "--token-grace-ms", "0")
    client, lasting = Live(server), Live(server)
    lasting.identify("Bob", signed(sub="Bob"))
    client.identify("Alice", signed(exp=int(time.time()) + 2))
    assert client.expect_close(3000) == "token expired"
    assert lasting.fence() == []
