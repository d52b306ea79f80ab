"""Account pages in a real browser: accessible, within the policy, in both themes and on a phone."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts import services
from tests.accounts.browsing import at, complaints, sign_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

SIGNED_OUT = ["account_login", "account_signup", "account_reset_password"]
SIGNED_IN = [
    "settings",
    "account_email",
    "account_change_password",
    "mfa_index",
    "mfa_list_webauthn",
    "usersessions_list",
    "account_reauthenticate",
    "account_logout",
]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing(
    browser_page: Page, live_server: LiveServer, theme: Literal["light", "dark"], width: int
) -> None:
    page = browser_page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    errors = complaints(page)
    owner = services.register(
        email="olga@example.com", password=PASSWORD, name="Olga", is_email_verified=True
    )
    services.issue(user=owner)
    found: dict[str, str] = {}

    def look(name: str) -> None:
        page.goto(at(live_server, name))
        result = Axe().run(page)
        if result.violations_count:
            found[name] = result.generate_report()
        across = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if across > 0:
            found[f"{name} is too wide"] = f"{across} px"

    for name in SIGNED_OUT:
        look(name)
    sign_in(page, live_server, owner.email)
    page.wait_for_url(lambda url: "/accounts/" not in url)
    for name in SIGNED_IN:
        look(name)
    assert found == {}
    assert errors == []
