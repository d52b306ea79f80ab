"""Hashing is made cheap, limits start empty, and people come with what they need here."""

import os
import shutil
from collections.abc import Iterator

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connections
from playwright.sync_api import Page, sync_playwright
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


@pytest.fixture
def browser_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Chromium as the system has it, or as Playwright installed it."""
    # The server's threads outlive the test: they must not keep its database.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop running
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox"],
        )
        yield browser.new_page()
        browser.close()
        connections.close_all()  # beside a running loop, Django gives the test one of its own
