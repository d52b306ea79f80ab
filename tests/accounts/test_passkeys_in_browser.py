"""static/js/pages/passkeys.js in a real browser with a virtual security key."""

import re

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.accounts.browsing import at, complaints, sign_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_key(context: BrowserContext, page: Page) -> None:
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def test_add_a_passkey_then_sign_in_with_it(browser_page: Page, live_server: LiveServer) -> None:
    page = browser_page
    errors = complaints(page)
    with_key(page.context, page)
    owner = User.objects.create_user("owner@example.com", PASSWORD)
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)

    sign_in(page, live_server, owner.email)
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(at(live_server, "mfa_add_webauthn"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(re.compile("recovery-codes"))
    assert owner.authenticator_set.filter(type="webauthn").count() == 1  # type: ignore[attr-defined]

    page.context.clear_cookies()
    page.goto(at(live_server, "account_login"))
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)

    page.context.clear_cookies()
    sign_in(page, live_server, owner.email)
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(at(live_server, "settings"))
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert errors == []


def test_at_a_bare_address_the_page_says_what_to_do(
    browser_page: Page, live_server: LiveServer
) -> None:
    browser_page.goto(at(live_server, "account_login", "127.0.0.1"))
    browser_page.get_by_role("button", name="Use a passkey").click()
    expect(browser_page.get_by_role("alert")).to_contain_text("localhost")
