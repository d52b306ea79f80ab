"""GET and PATCH /api/users/me, /api/users/sessions."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts import services
from accounts.models import AuditEntry, Preferences, User
from tests.accounts.second_factor import SecondFactor
from tests.conftest import PASSWORD


@pytest.fixture
def mine(api: APIClient, tokens: dict[str, str]) -> APIClient:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    return api


def test_me(mine: APIClient, owner: User) -> None:
    me = mine.get("/api/users/me").json()
    assert me["email"] == owner.email
    assert me["has_second_factor"] is False
    assert me["preferences"] == {
        "base_currency": "USD",
        "theme": "system",
        "locale": "en-US",
        "time_zone": "UTC",
        "privacy": "shown",
        "risk_tolerance": "balanced",
        "chart_range": "1Y",
        "benchmark": "",
    }
    assert "password" not in me


def test_me_with_a_second_factor(mine: APIClient, second_factor: SecondFactor, owner: User) -> None:
    assert mine.get("/api/users/me").json()["has_second_factor"] is True


def test_a_patch_changes_what_it_names_and_is_recorded(mine: APIClient, owner: User) -> None:
    body = {"name": "Olga", "preferences": {"theme": "dark", "time_zone": "Europe/Zurich"}}
    answer = mine.patch("/api/users/me", body)
    assert answer.status_code == 200
    assert answer.json()["name"] == "Olga"
    preferences = Preferences.objects.get(user=owner)
    assert (preferences.theme, preferences.time_zone) == ("dark", "Europe/Zurich")
    assert preferences.locale == "en-US"
    entry = AuditEntry.objects.get(action="preferences.changed")
    assert entry.detail == {"theme": "dark", "time_zone": "Europe/Zurich"}
    assert entry.ip == "127.0.0.1"


def test_nothing_changed_is_not_recorded(mine: APIClient) -> None:
    body = {"name": "", "preferences": {"theme": "system"}}
    assert mine.patch("/api/users/me", body).status_code == 200
    assert not AuditEntry.objects.filter(action__endswith=".changed").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_currency", "DOUBLOON"),
        ("theme", "pink"),
        ("locale", "xx"),
        ("time_zone", "Mars/Olympus"),
        ("privacy", "some"),
        ("risk_tolerance", "reckless"),
        ("chart_range", "5Y"),
        ("chart_range", "2026-01-01"),
        ("benchmark", "BTC:60,ETH"),
        ("benchmark", "btc;drop"),
    ],
)
def test_a_bad_preference_names_the_field(
    mine: APIClient, field: str, value: str, owner: User
) -> None:
    before = Preferences.objects.values().get(user=owner)
    answer = mine.patch("/api/users/me", {"preferences": {field: value}})
    assert answer.status_code == 400
    assert f"preferences.{field}" in answer.json()["error"]["fields"]
    assert Preferences.objects.values().get(user=owner) == before


def test_what_has_its_own_page_is_not_changed_here(mine: APIClient, owner: User) -> None:
    body = {"email": "thief@example.com", "is_staff": True, "password": "x", "id": 1}
    assert mine.patch("/api/users/me", body).status_code == 200
    owner.refresh_from_db()
    assert owner.email == "owner@example.com"
    assert not owner.is_staff
    assert owner.check_password(PASSWORD)


def test_sign_ins_are_listed_newest_first_and_can_be_ended(mine: APIClient, owner: User) -> None:
    services.issue(user=owner)
    listed = mine.get("/api/users/sessions").json()
    assert set(listed) == {"next", "previous", "results"}
    first, second = listed["results"]
    assert first["issued_at"] > second["issued_at"]
    assert set(first) == {"id", "issued_at", "expires_at", "user_agent"}
    assert mine.delete(f"/api/users/sessions/{first['id']}").status_code == 204
    assert mine.delete(f"/api/users/sessions/{first['id']}").status_code == 404
    assert [row["id"] for row in mine.get("/api/users/sessions").json()["results"]] == [
        second["id"]
    ]


def test_a_stranger_sees_and_ends_nothing_of_the_owner(
    tokens: dict[str, str], owner: User, stranger: User
) -> None:
    theirs = APIClient()
    theirs.force_login(stranger)
    family = owner.refresh_tokens.get().family
    assert theirs.get("/api/users/sessions").json()["results"] == []
    assert theirs.delete(f"/api/users/sessions/{family}").status_code == 404
    assert theirs.get("/api/users/me").json()["email"] == stranger.email
    assert owner.refresh_tokens.get().revoked_at is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/users/me"),
        ("patch", "/api/users/me"),
        ("get", "/api/users/sessions"),
        ("delete", "/api/users/sessions/8f14e45f-ceea-467f-a8b2-1c9f1b1f0b5d"),
    ],
)
def test_nobody_comes_in_without_signing_in(
    api: APIClient, db: Any, method: str, path: str
) -> None:
    assert getattr(api, method)(path).status_code == 401
