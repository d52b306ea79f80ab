"""People, their audit trail, and how passwords are stored."""

import io
from collections.abc import Iterator
from smtplib import SMTPServerDisconnected

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import get_hasher
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from accounts import services
from accounts.hashers import BCrypt12PasswordHasher
from accounts.models import AuditEntry, Preferences, User
from tests.conftest import PASSWORD

SIGN_UP = {"email": "New@example.com", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def full_rounds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(BCrypt12PasswordHasher, "rounds", 12)
        yield


def test_the_product_hashes_with_twelve_rounds(full_rounds: None) -> None:
    assert django_settings.PASSWORD_HASHERS[0] == "accounts.hashers.BCrypt12PasswordHasher"
    encoded = get_hasher("default").encode("x" * 100, get_hasher("default").salt())
    assert encoded.startswith("bcrypt_sha256$$2b$12$")


def test_signing_up_on_the_page_makes_a_person_with_preferences(client: Client, db: None) -> None:
    assert client.post(reverse("account_signup"), SIGN_UP).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert user.preferences.theme == "system"
    actions = user.audit.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["person.registered", "sign_in.succeeded"]
    assert client.get(reverse("settings")).status_code == 200


def test_a_mail_server_that_is_away_does_not_undo_the_sign_up(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    answer = client.post(reverse("account_signup"), SIGN_UP)
    assert answer.status_code == 302
    assert "could not be sent" in client.get(reverse("settings")).content.decode()


def test_createsuperuser_makes_an_operator_with_preferences(db: None) -> None:
    call_command(
        "createsuperuser", email="Boss@example.com", interactive=False, stdout=io.StringIO()
    )
    boss = User.objects.get(email="boss@example.com")
    assert boss.is_superuser
    assert boss.preferences.base_currency == "USD"


def test_an_address_belongs_to_one_person_in_any_case(owner: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        services.register(email="OWNER@example.com", password=PASSWORD)
    assert Preferences.objects.count() == 1


def test_a_refused_preference_is_named(owner: User) -> None:
    with pytest.raises(ValidationError) as caught:
        services.update_preferences(user=owner, theme="pink")
    assert "theme" in caught.value.message_dict


@pytest.mark.parametrize("name", ["password", "Token", "code", "refresh"])
def test_secrets_do_not_enter_the_trail(owner: User, name: str) -> None:
    with pytest.raises(ValueError, match="audit trail"):
        services.record(owner, "test", detail={name: "x"})
    assert not AuditEntry.objects.exists()


def test_the_trail_keeps_the_address_it_can_trust(owner: User, rf: RequestFactory) -> None:
    request = rf.get("/", headers={"x-forwarded-for": "6.6.6.6"}, REMOTE_ADDR="192.0.2.7")
    assert services.record(owner, "test", request=request).ip == "192.0.2.7"


def test_behind_a_proxy_the_address_is_the_one_it_saw(
    owner: User, rf: RequestFactory, settings: Settings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    request = rf.get("/", headers={"x-forwarded-for": "6.6.6.6, 192.0.2.9"})
    assert services.record(owner, "test", request=request).ip == "192.0.2.9"


def test_a_failed_sign_in_is_recorded_without_what_was_typed(client: Client, owner: User) -> None:
    for email in (owner.email, "my-secret-phrase@oops.example"):
        client.post(reverse("account_login"), {"login": email, "password": "wrong-phrase-here"})
    known, unknown = AuditEntry.objects.filter(action="sign_in.failed").order_by("id")
    assert (known.user, known.target) == (owner, owner.email)
    assert (unknown.user, unknown.target) == (None, "unknown address")
    assert "secret" not in f"{unknown.target}{unknown.detail}"


def test_signing_out_is_recorded(client: Client, owner: User) -> None:
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    client.post(reverse("account_logout"))
    actions = owner.audit.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["sign_in.succeeded", "sign_in.ended"]
