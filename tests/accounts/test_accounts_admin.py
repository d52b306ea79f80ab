"""What an operator can see and do."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Preferences, RefreshToken, User
from tests.accounts.second_factor import SecondFactor
from tests.conftest import PASSWORD

MODELS = [
    User,
    Preferences,
    RefreshToken,
    AuditEntry,
    EmailAddress,
    Authenticator,
    UserSession,
    Group,
]


@pytest.fixture
def boss(client: Client, db: None) -> Client:
    user = User.objects.create_superuser("boss@example.com", PASSWORD)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


def page(model: Any, kind: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_lists_can_be_searched(boss: Client, tokens: dict[str, str], model: Any) -> None:
    answer = boss.get(page(model, "changelist"), {"q": "owner"})
    assert answer.status_code == 200


def test_secrets_are_nowhere(
    boss: Client, owner: User, second_factor: SecondFactor, tokens_of_owner: RefreshToken
) -> None:
    totp = Authenticator.objects.get(user=owner, type="totp")
    paths = [
        page(User, "change", owner.pk),
        page(Authenticator, "change", totp.pk),
        page(RefreshToken, "change", tokens_of_owner.pk),
    ]
    for path in paths:
        html = boss.get(path).content.decode()
        for secret in (owner.password, second_factor.secret, totp.data["secret"]):
            assert secret not in html


@pytest.fixture
def tokens_of_owner(tokens: dict[str, str], owner: User) -> RefreshToken:
    return owner.refresh_tokens.get()


@pytest.fixture
def second_factor(tokens: dict[str, str], second_factor: SecondFactor) -> SecondFactor:
    """Added after the tokens were given: the API would ask for it otherwise."""
    return second_factor


@pytest.mark.parametrize("model", [RefreshToken, AuditEntry, UserSession])
def test_trails_are_read_only(boss: Client, tokens: dict[str, str], model: Any) -> None:
    row = model.objects.first()
    assert boss.get(page(model, "add")).status_code == 403
    assert boss.post(page(model, "change", row.pk), {}).status_code == 403
    assert boss.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_an_operator_adds_a_person_with_preferences(boss: Client) -> None:
    form = {
        "email": "Crew@example.com",
        "name": "Crew",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    answer = boss.post(page(User, "add"), form)
    assert answer.status_code == 302, answer.context["adminform"].errors
    crew = User.objects.get(email="crew@example.com")
    assert crew.check_password(PASSWORD)
    assert crew.preferences.theme == "system"
    assert boss.get(page(User, "change", crew.pk)).status_code == 200


def test_an_operator_ends_sign_ins_and_removes_a_lost_factor(
    boss: Client, owner: User, tokens_of_owner: RefreshToken, second_factor: SecondFactor
) -> None:
    form = {"action": "end_api_sign_ins", "_selected_action": [owner.pk]}
    boss.post(page(User, "changelist"), form)
    tokens_of_owner.refresh_from_db()
    assert tokens_of_owner.revoked_at is not None
    totp = Authenticator.objects.get(user=owner, type="totp")
    boss.post(page(Authenticator, "delete", totp.pk), {"post": "yes"})
    assert not Authenticator.objects.filter(pk=totp.pk).exists()
    removed = AuditEntry.objects.get(user=owner, action="second_factor.removed")
    assert removed.detail == {"by": "admin"}
