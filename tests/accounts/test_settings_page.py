"""The settings page and the switches of the top bar."""

from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse

from accounts import selectors
from accounts.models import AuditEntry, Preferences, User
from tests.accounts.page import inline

FORM = {
    "name": "Olga",
    "base_currency": "EUR",
    "locale": "de-CH",
    "time_zone": "Europe/Zurich",
    "theme": "dark",
    "privacy": "amounts",
    "risk_tolerance": "bold",
}


@pytest.fixture
def mine(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_the_page_shows_what_is_and_keeps_the_policy(mine: Client) -> None:
    answer = mine.get(reverse("settings"))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert inline(html) == []
    assert reverse("mfa_index") in html
    assert "No program is signed in" in html
    assert "Only a password guards this account" in html


def test_what_is_saved_is_shown_and_recorded(mine: Client, owner: User) -> None:
    answer = mine.post(reverse("settings"), FORM, follow=True)
    assert "Your settings are saved." in answer.content.decode()
    owner = User.objects.get(pk=owner.pk)
    assert owner.name == "Olga"
    saved = model_to_dict(Preferences.objects.get(user=owner))
    assert saved | FORM | {"name": "Olga"} == saved | {"name": "Olga"}
    detail = AuditEntry.objects.get(action="preferences.changed").detail
    assert detail["base_currency"] == "EUR"


@pytest.mark.parametrize("field", ["base_currency", "locale", "time_zone", "theme", "privacy"])
def test_a_bad_value_changes_nothing_and_stands_at_its_field(
    mine: Client, owner: User, field: str
) -> None:
    answer = mine.post(reverse("settings"), FORM | {field: "nonsense"})
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert User.objects.get(pk=owner.pk).name == ""
    assert selectors.preferences_for(User.objects.get(pk=owner.pk)).base_currency == "USD"


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("theme", "dark", "theme"),
        ("privacy", "all", "privacy"),
        ("range", "3M", "chart_range"),
        ("range", "2026-01-01..2026-06-30", "chart_range"),
        ("benchmark", "BTC:60,ETH:40", "benchmark"),
    ],
)
def test_a_switch_keeps_its_value(
    mine: Client, owner: User, name: str, value: str, field: str
) -> None:
    path = f"settings-{name}"
    assert mine.post(reverse(path), {name: value}).status_code == 204
    assert getattr(Preferences.objects.get(user=owner), field) == value
    refused = mine.post(reverse(path), {name: "nonsense"})
    assert refused.status_code == 400
    assert refused.json()["error"]["fields"][name]
    assert getattr(Preferences.objects.get(user=owner), field) == value


def test_privacy_asks_the_page_to_be_written_anew(mine: Client) -> None:
    answer = mine.post(reverse("settings-privacy"), {"privacy": "all"})
    assert answer["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("following", "status"), [("/markets/", 302), ("https://evil.example/", 204), ("", 204)]
)
def test_without_script_a_switch_leads_back(mine: Client, following: str, status: int) -> None:
    form = {"theme": "dark", "next": following}
    answer = mine.post(reverse("settings-theme"), form)
    assert answer.status_code == status
    assert answer.headers.get("Location", following) == following


def test_switches_need_the_token_of_the_page(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(reverse("settings-theme"), {"theme": "dark"}).status_code == 403


def test_switches_only_take_post_of_who_is_signed_in(client: Client, mine: Client) -> None:
    assert mine.get(reverse("settings-theme")).status_code == 405
    nobody = Client()
    for name in ("settings", "settings-theme", "settings-privacy", "settings-range"):
        answer = nobody.post(reverse(name), FORM)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


def test_api_sign_ins_are_shown_and_ended_by_their_owner_alone(
    mine: Client, owner: User, stranger: User, tokens: dict[str, str]
) -> None:
    row: Any = owner.refresh_tokens.get()
    end = reverse("settings-end-sign-in", args=[row.family])
    assert end in mine.get(reverse("settings")).content.decode()
    theirs = Client()
    theirs.force_login(stranger)
    assert end not in theirs.get(reverse("settings")).content.decode()
    assert theirs.post(end).status_code == 404
    assert mine.post(end).status_code == 302
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert mine.post(end).status_code == 404
