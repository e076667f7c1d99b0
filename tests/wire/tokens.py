"""JSON Web Tokens as the tests need them: right ones, and wrong ones of every kind."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

SECRET = "0123456789abcdef0123456789abcdef"
ISSUER = "https://auth.signite.com"


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(key: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """With a sub and an exp, unless they are given; None leaves one out."""
    claims = {"sub": "Alice", "exp": int(time.time()) + 60} | claims
    kept = {name: value for name, value in claims.items() if value is not None}
    body = f"{part(json.dumps({'alg': algorithm, 'typ': 'JWT'}).encode())}.{part(json.dumps(kept).encode())}"
    return f"{body}.{part(hmac.digest(key.encode(), body.encode(), hashlib.sha256))}" if algorithm != "none" else body + "."


def bearer(token: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token or signed()}"}
