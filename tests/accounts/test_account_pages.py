"""Every page that allauth serves, in Plimsoll's shell and under its policy."""

from typing import Any

import pytest
from allauth import urls as allauth_urls
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse

from accounts.models import User
from tests.accounts.key import SoftwareKey
from tests.accounts.page import inline
from tests.accounts.second_factor import SecondFactor
from tests.conftest import PASSWORD


def names(patterns: list[Any]) -> list[str]:
    """The name of every route allauth has, however deep."""
    found: list[str] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.append(pattern.name)
    return found


NAMES = sorted(set(names(allauth_urls.urlpatterns)))
FILES = {"mfa_download_recovery_codes"}
#: Made of what a test must first have: covered below.
WITH_ARGUMENTS = {
    "account_confirm_email",
    "account_reset_password_from_key",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
}


def check(answer: Any, shell: str) -> None:
    """Rendered in the shell, nothing inline, one heading, every field labelled."""
    html = answer.content.decode()
    used = {template.name for template in answer.templates}
    assert shell in used, used
    assert inline(html) == []
    assert html.count("<h1") == 1
    assert "csp" not in html


def test_the_walk_knows_every_route() -> None:
    without = set()
    for name in NAMES:
        try:
            reverse(name)
        except NoReverseMatch:
            without.add(name)
    assert without == WITH_ARGUMENTS
    assert len(NAMES) > 25


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITH_ARGUMENTS])
def test_pages_for_who_is_signed_out(client: Client, db: None, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code in {200, 302}
    if answer.status_code == 200:
        check(answer, "base_bare.html")


@pytest.fixture
def trusted(client: Client, owner: User) -> Client:
    """Signed in, address verified, password shown again a moment ago."""
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name not in WITH_ARGUMENTS and name not in FILES]
)
def test_pages_for_who_is_signed_in(trusted: Client, name: str) -> None:
    answer = trusted.get(reverse(name))
    assert answer.status_code in {200, 302, 404}
    if answer.status_code == 200:
        shells = {template.name for template in answer.templates}
        check(answer, "base.html" if "base.html" in shells else "base_bare.html")


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_change_password",
        "account_reauthenticate",
        "mfa_index",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_reauthenticate",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "usersessions_list",
    ],
)
def test_pages_for_who_has_every_factor(
    trusted: Client, owner: User, second_factor: SecondFactor, name: str
) -> None:
    answer = trusted.get(reverse(name))
    assert answer.status_code == 200
    check(answer, "base_bare.html" if "reauthenticate" in name else "base.html")
    assert second_factor.secret not in answer.content.decode()


def test_the_page_that_asks_for_the_factor(
    client: Client, owner: User, second_factor: SecondFactor
) -> None:
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    check(client.get(reverse("mfa_authenticate")), "base_bare.html")


def test_setting_up_an_app_shows_its_secret_and_picture(trusted: Client, owner: User) -> None:
    answer = trusted.get(reverse("mfa_activate_totp"))
    check(answer, "base.html")
    html = answer.content.decode()
    assert "data:image/svg+xml" in html
    assert answer.context["form"].secret in html


def test_pages_of_a_key_and_a_stranger_who_wants_them(
    client: Client, owner: User, stranger: User
) -> None:
    SoftwareKey().register(client, owner)
    key = Authenticator.objects.get(user=owner, type="webauthn")
    paths = [
        reverse(name, kwargs={"pk": key.pk})
        for name in ("mfa_edit_webauthn", "mfa_remove_webauthn")
    ]
    for path in paths:
        check(client.get(path), "base.html")
    check(client.get(reverse("mfa_reauthenticate_webauthn")), "base_bare.html")
    client.logout()
    client.post(reverse("account_login"), {"login": stranger.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for path in paths:
        assert client.get(path).status_code == 404
        assert client.post(path, {"name": "mine"}).status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_links_from_mails(client: Client, owner: User) -> None:
    address = EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
    good = reverse("account_confirm_email", args=[EmailConfirmationHMAC.create(address).key])
    check(client.get(good), "base_bare.html")
    check(client.get(reverse("account_confirm_email", args=["bad-key"])), "base_bare.html")
    reset = reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "bad-key"})
    check(client.get(reset), "base_bare.html")


def test_errors_stand_at_their_fields(client: Client, db: None) -> None:
    form = {"email": "nobody", "password1": "short", "password2": "other"}
    answer = client.post(reverse("account_signup"), form)
    html = answer.content.decode()
    check(answer, "base_bare.html")
    for name in ("email", "password1"):
        assert f'id="id_{name}_error"' in html
    assert html.count('aria-invalid="true"') >= 2


def test_the_policy_is_sent_with_the_pages(client: Client, db: None) -> None:
    policy = client.get(reverse("account_login"))["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_other_sessions_end_on_demand(client: Client, owner: User) -> None:
    other = Client()
    for browser in (client, other):
        browser.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
        browser.get(reverse("settings"))
    page = client.get(reverse("usersessions_list")).content.decode()
    assert "Sign out everywhere else" in page
    client.post(reverse("usersessions_list"))
    assert other.get(reverse("settings")).status_code == 302
    assert client.get(reverse("settings")).status_code == 200


def test_a_changed_password_ends_other_sessions_and_tokens(
    trusted: Client, owner: User, tokens: dict[str, str]
) -> None:
    other = Client()
    other.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    new = "an-entirely-new-phrase"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert trusted.post(reverse("account_change_password"), form).status_code == 302
    assert trusted.get(reverse("settings")).status_code == 200
    assert other.get(reverse("settings")).status_code == 302
    assert owner.refresh_tokens.get().revoked_at is not None
    actions = owner.audit.values_list("action", flat=True)
    assert {"password.changed", "tokens.revoked"} <= set(actions)
