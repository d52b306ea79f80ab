"""Hashing is made cheap, limits start empty, and people come with what they need here."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from redis import Redis
from rest_framework.test import APIClient

from accounts.hashers import BCrypt12PasswordHasher
from accounts.models import User
from tests.accounts.second_factor import SecondFactor
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BCrypt12PasswordHasher, "rounds", 4)


@pytest.fixture(autouse=True)
def _no_limits_used(valkey: Redis) -> None:
    """Failed attempts are counted in Valkey: each test begins with none."""


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def tokens(api: APIClient, owner: User) -> dict[str, str]:
    """What the owner got from POST /api/users/login."""
    answer = api.post("/api/users/login", {"email": owner.email, "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


@pytest.fixture
def second_factor(owner: User) -> SecondFactor:
    """The owner has an authenticator app and recovery codes."""
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    return SecondFactor(secret, RecoveryCodes.activate(owner).generate_codes())
