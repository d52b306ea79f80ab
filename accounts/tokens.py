"""The wire form of API tokens: HS256 JWTs. What they stand for is in `services.tokens`.

Claims: `sub` the person, `fam` the family (one sign-in), `jti` the RefreshToken row,
`pwd` a fingerprint of the password's hash (a changed password ends every token at once),
`use` access or refresh, `iat`, `exp`, `iss`. The key is derived from SECRET_KEY by HKDF, so that a
token can never be taken for anything else that Django signs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.crypto import salted_hmac

Use = Literal["access", "refresh"]
ALGORITHM = "HS256"
ISSUER = "plimsoll"
_REQUIRED = ["sub", "fam", "jti", "pwd", "use", "iat", "exp", "iss"]


class InvalidTokenError(Exception):
    """The token is malformed, expired, revoked, of the wrong use, or its person may not sign in."""


class ReusedTokenError(InvalidTokenError):
    """A refresh token came a second time: its whole family is revoked."""


@dataclass(frozen=True)
class Claims:
    """What a token says, its signature, use and time being checked."""

    user_id: int
    family: uuid.UUID
    token_id: uuid.UUID
    fingerprint: str
    expires_at: dt.datetime


def encode(claims: Claims, use: Use, issued_at: dt.datetime) -> str:
    """Sign the claims."""
    payload: dict[str, Any] = {
        "iss": ISSUER,
        "sub": str(claims.user_id),
        "fam": str(claims.family),
        "jti": str(claims.token_id),
        "pwd": claims.fingerprint,
        "use": use,
        "iat": issued_at,
        "exp": claims.expires_at,
    }
    return jwt.encode(payload, _key(settings.SECRET_KEY), algorithm=ALGORITHM)


def decode(token: str, use: Use) -> Claims:
    """The claims of a token of this use; InvalidTokenError otherwise. Revocation is not asked."""
    try:
        payload = jwt.decode(
            token,
            _key(settings.SECRET_KEY),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": _REQUIRED},
        )
        claims = Claims(
            user_id=int(payload["sub"]),
            family=uuid.UUID(payload["fam"]),
            token_id=uuid.UUID(payload["jti"]),
            fingerprint=str(payload["pwd"]),
            expires_at=dt.datetime.fromtimestamp(payload["exp"], dt.UTC),
        )
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
        raise InvalidTokenError("The token is invalid or has expired.") from error
    if payload["use"] != use:
        raise InvalidTokenError(f"This is not a token for {use}.")
    return claims


def fingerprint(password_hash: str) -> str:
    """Changes whenever the password does, and gives nothing of it away."""
    return salted_hmac("accounts.tokens", password_hash, algorithm="sha256").hexdigest()[:32]


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"plimsoll api tokens v1")
    return hkdf.derive(secret.encode())
