"""Every road to a session or a token passes the second factor."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import services
from accounts.models import AuditEntry, User
from accounts.tokens import InvalidTokenError
from tests.accounts.key import SoftwareKey
from tests.accounts.second_factor import SecondFactor
from tests.conftest import PASSWORD


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password, **more})


def test_without_a_second_factor_the_password_signs_in(client: Client, owner: User) -> None:
    assert sign_in(client, owner.email)["Location"] == "/"
    assert signed_in(client)


def test_password_then_code(client: Client, owner: User, second_factor: SecondFactor) -> None:
    assert sign_in(client, owner.email)["Location"] == reverse("mfa_authenticate")
    assert not signed_in(client)
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    assert not signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": second_factor.code()})
    assert signed_in(client)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["second_factor.failed", "sign_in.succeeded"]


def test_a_code_of_the_api_does_not_work_again_on_the_page(
    client: Client, api: APIClient, owner: User, second_factor: SecondFactor
) -> None:
    code = second_factor.code()
    body = {"email": owner.email, "password": PASSWORD, "code": code}
    assert api.post("/api/users/login", body).status_code == 200
    sign_in(client, owner.email)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert not signed_in(client)


def test_password_reset_signs_nobody_in(
    client: Client, owner: User, second_factor: SecondFactor
) -> None:
    client.post(reverse("account_reset_password"), {"email": owner.email})
    link = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    new = {"password1": "a-quite-new-pass-phrase", "password2": "a-quite-new-pass-phrase"}
    client.post(form.redirect_chain[-1][0], new)
    owner.refresh_from_db()
    assert owner.check_password("a-quite-new-pass-phrase")
    assert not signed_in(client)
    assert sign_in(client, owner.email, "a-quite-new-pass-phrase")["Location"] == reverse(
        "mfa_authenticate"
    )
    assert not signed_in(client)


def test_a_reset_that_signs_in_still_asks_for_the_code(
    client: Client, owner: User, second_factor: SecondFactor, settings: Settings
) -> None:
    settings.ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
    test_password_reset_signs_nobody_in(client, owner, second_factor)


def test_following_a_verification_link_signs_nobody_in(
    client: Client, owner: User, second_factor: SecondFactor, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    sign_in(client, owner.email)
    assert not signed_in(client)
    link = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[0].body))
    assert link
    client.post(link[1])
    assert EmailAddress.objects.get(user=owner).verified
    assert not signed_in(client)


def test_signing_up_with_a_known_address_signs_nobody_in(
    client: Client, owner: User, second_factor: SecondFactor
) -> None:
    form = {"email": owner.email.upper(), "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_signup"), form)
    assert not signed_in(client)
    assert User.objects.count() == 1


def test_a_login_by_mailed_code_is_not_offered(client: Client, owner: User) -> None:
    client.post(reverse("account_confirm_login_code"), {"code": "1234"})
    assert not signed_in(client)


def test_the_admin_has_no_door_of_its_own(client: Client, second_factor: SecondFactor) -> None:
    boss = User.objects.create_superuser("boss@example.com", PASSWORD)
    Authenticator.objects.update(user=boss)
    page = client.get("/admin/login/?next=/admin/")
    assert page.status_code == 302
    assert page["Location"].startswith(reverse("account_login"))
    posted = client.post("/admin/login/", {"username": boss.email, "password": PASSWORD})
    assert posted.status_code == 302
    assert not signed_in(client)
    sign_in(client, boss.email, next="/admin/")
    assert client.get("/admin/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": second_factor.recovery_codes[0]})
    assert client.get("/admin/").status_code == 200


def test_the_admin_refuses_who_is_no_operator(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.get("/admin/login/").status_code == 403
    assert client.get("/admin/").status_code in {302, 403}


def test_a_passkey_with_its_pin_is_both_factors(client: Client, owner: User) -> None:
    key = SoftwareKey()
    key.register(client, owner)
    client.logout()
    key.sign_in(client, verified=True)
    assert signed_in(client)


def test_a_passkey_without_its_pin_is_not_enough(client: Client, owner: User) -> None:
    key = SoftwareKey()
    key.register(client, owner)
    client.logout()
    key.sign_in(client, verified=False)
    assert not signed_in(client)


def test_a_key_as_second_factor_bars_password_and_api(
    client: Client, api: APIClient, owner: User
) -> None:
    key = SoftwareKey()
    key.register(client, owner)
    client.logout()
    assert sign_in(client, owner.email)["Location"] == reverse("mfa_authenticate")
    body = {"email": owner.email, "password": PASSWORD}
    refused = api.post("/api/users/login", body)
    assert refused.json()["error"]["code"] == "mfa_required"
    key.answer(client, reverse("mfa_authenticate"))
    assert signed_in(client)


def test_another_key_does_not_open(client: Client, owner: User) -> None:
    SoftwareKey().register(client, owner)
    client.logout()
    sign_in(client, owner.email)
    SoftwareKey().answer(client, reverse("mfa_authenticate"))
    assert not signed_in(client)


def test_the_first_factor_ends_what_was_begun_without_it(
    client: Client, owner: User, tokens: dict[str, str]
) -> None:
    other = Client()
    sign_in(other, owner.email)
    SoftwareKey().register(client, owner)
    assert other.get(reverse("settings")).status_code == 302
    assert client.get(reverse("settings")).status_code == 200
    with pytest.raises(InvalidTokenError):
        services.rotate(refresh=tokens["refresh"])
    actions = set(AuditEntry.objects.filter(user=owner).values_list("action", flat=True))
    assert {"second_factor.added", "tokens.revoked"} <= actions


def test_a_further_factor_ends_nothing(
    client: Client, owner: User, second_factor: SecondFactor
) -> None:
    pair = services.issue(user=owner)
    client.force_login(owner)
    client.get(reverse("settings"))
    request = RequestFactory().get("/")
    request.session = client.session
    key = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Spare"})
    authenticator_added.send(Authenticator, request=request, user=owner, authenticator=key)
    assert services.rotate(refresh=pair.refresh).access


@pytest.mark.parametrize("page", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_deactivate_totp"])
def test_changing_factors_asks_for_the_password_again(
    client: Client, owner: User, page: str
) -> None:
    sign_in(client, owner.email)
    answer = client.post(reverse(page))
    assert answer.status_code in {302, 404}
    if answer.status_code == 302:
        assert "reauthenticate" in answer["Location"]


def test_an_inactive_person_gets_no_session(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    sign_in(client, owner.email)
    assert not signed_in(client)


def test_a_session_ends_with_is_active(client: Client, owner: User) -> None:
    sign_in(client, owner.email)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert client.get(reverse("settings")).status_code == 302
