"""The wire form of tokens."""

import datetime as dt
import uuid

import jwt
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from accounts import tokens
from accounts.tokens import Claims, InvalidTokenError

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
CLAIMS = Claims(7, uuid.uuid4(), uuid.uuid4(), "mark", NOW + dt.timedelta(hours=1))


def test_claims_come_back_as_they_were() -> None:
    assert tokens.decode(tokens.encode(CLAIMS, "access", NOW), "access") == CLAIMS


def test_one_use_is_not_another() -> None:
    with pytest.raises(InvalidTokenError, match="not a token for access"):
        tokens.decode(tokens.encode(CLAIMS, "refresh", NOW), "access")


def test_an_expired_token_is_refused() -> None:
    past = Claims(7, CLAIMS.family, CLAIMS.token_id, "mark", NOW - dt.timedelta(seconds=1))
    with pytest.raises(InvalidTokenError, match="expired"):
        tokens.decode(tokens.encode(past, "access", NOW - dt.timedelta(hours=1)), "access")


def _payload() -> dict[str, object]:
    token = tokens.encode(CLAIMS, "access", NOW)
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_an_unsigned_token_is_refused() -> None:
    with pytest.raises(InvalidTokenError):
        tokens.decode(jwt.encode(_payload(), "", algorithm="none"), "access")


def test_the_secret_key_itself_signs_nothing() -> None:
    forged = jwt.encode(_payload(), settings.SECRET_KEY, algorithm="HS256")
    with pytest.raises(InvalidTokenError):
        tokens.decode(forged, "access")


@pytest.mark.parametrize("claim", ["sub", "fam", "jti", "pwd", "use", "iat", "exp", "iss"])
def test_every_claim_is_needed(claim: str) -> None:
    payload = _payload()
    del payload[claim]
    signed = jwt.encode(payload, tokens._key(settings.SECRET_KEY), algorithm="HS256")
    with pytest.raises(InvalidTokenError):
        tokens.decode(signed, "access")


@pytest.mark.parametrize(
    ("claim", "value"), [("sub", "x"), ("fam", "1"), ("jti", 3), ("iss", "other"), ("exp", "soon")]
)
def test_a_claim_of_the_wrong_kind_is_refused(claim: str, value: object) -> None:
    signed = jwt.encode(
        _payload() | {claim: value}, tokens._key(settings.SECRET_KEY), algorithm="HS256"
    )
    with pytest.raises(InvalidTokenError):
        tokens.decode(signed, "access")


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(InvalidTokenError):
        tokens.decode(text, "access")
