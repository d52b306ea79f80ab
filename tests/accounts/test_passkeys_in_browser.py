"""static/js/pages/passkeys.js in a real browser with a virtual security key."""

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.db import connections
from django.urls import reverse
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
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


def complaints(page: Page) -> list[str]:
    """What the page could not load, was forbidden, or failed at; it grows while the page lives."""
    found: list[str] = []

    def answered(response: Response) -> None:
        if response.status >= 400:
            found.append(response.url)

    def said(message: ConsoleMessage) -> None:
        if "Policy" in message.text:
            found.append(message.text)

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("response", answered)
    page.on("console", said)
    return found


def with_key(context: BrowserContext, page: Page) -> None:
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def at(server: LiveServer, name: str, host: str = "localhost") -> str:
    port = server.url.rpartition(":")[2]
    return f"http://{host}:{port}{reverse(name)}"


def sign_in(page: Page, server: LiveServer, email: str) -> None:
    page.goto(at(server, "account_login"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


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
