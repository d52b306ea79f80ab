"""Every page in both themes on a desk and on a phone: no violation, no error, nothing cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Site

PAGES = {
    "dashboard": "/",
    "portfolios": "/portfolios/",
    "portfolio": "/portfolios/1/",
    "transactions": "/portfolios/1/transactions/",
    "asset in a portfolio": "/portfolios/1/assets/ETH/",
    "about a transaction": "/portfolios/1/transactions/1/",
    "trail of a figure": "/portfolios/1/trail/unrealised/",
    "history": "/portfolios/1/changes/",
    "returns": "/portfolios/1/returns/?range=ALL&benchmark=BTC:60,ETH:40",
    "returns of all": "/portfolios/returns/?range=ALL&benchmark=BTC",
    "import": "/portfolios/1/import/",
    "reports": "/portfolios/1/reports/",
    "gains report": "/portfolios/1/reports/print/",
    "your data": "/settings/data/",
    "targets": "/portfolios/1/targets/",
    "sharing": "/portfolios/1/sharing/",
    "needs attention": "/portfolios/1/attention/",
    "watchlists": "/watchlists/",
    "risk": "/risk/",
    "risk of one": "/risk/1/",
    "risk report": "/risk/1/report/",
    "markets": "/markets/",
    "market": "/markets/BTC/",
    "alerts": "/alerts/",
    "settings": "/settings/",
    "password": "/accounts/password/change/",
    "two factors": "/accounts/2fa/",
    "sessions": "/accounts/sessions/",
    "e-mail": "/accounts/email/",
}
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
SIGNED_OUT = {
    "sign in": "/accounts/login/",
    "sign up": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
}


#: What depends on colours, which are all that differs between the themes.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


def violations(page: Page, theme: str = "light") -> list[str]:
    """Of every rule in the light; in the dark, of those about colours."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if theme == "light":
        found = Axe().run(page, options=options).response["violations"]
    else:
        options["runOnly"] = COLOURS
        found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{theme}: {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def errors_of(page: Page) -> list[str]:
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    return found


def check(page: Page, url: str) -> None:
    """Opened in the light; in the dark the page changes under the reader's eyes."""
    errors = errors_of(page)
    answer = page.goto(url)
    assert answer
    assert answer.status == 200
    expect(page.locator("[data-lazy]")).to_have_count(0, timeout=30_000)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(600)  # charts draw themselves after the page is there
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{theme}: the page is {wide} px wider than the screen"
        assert violations(page, theme) == []
    assert errors == []


Contexts = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[Contexts]:
    """One of each kind, so that scripts and styles are fetched once and not with every page."""
    made: dict[Any, BrowserContext] = {}

    def context(size: str, signed_in: Path | None) -> BrowserContext:
        if (size, signed_in) not in made:
            width, height = SIZES[size]
            made[size, signed_in] = browser.new_context(
                storage_state=signed_in,
                viewport={"width": width, "height": height},
                color_scheme="light",
                reduced_motion="reduce",
            )
        return made[size, signed_in]

    yield context
    for each in made.values():
        each.close()


def open_and_check(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    try:
        check(page, url)
    finally:
        page.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, size: str, site: Site, contexts: Contexts, signed_in: Path) -> None:
    open_and_check(contexts(size, signed_in), site.url + PAGES[name])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SIGNED_OUT)
def test_signed_out_page(name: str, size: str, site: Site, contexts: Contexts) -> None:
    open_and_check(contexts(size, None), site.url + SIGNED_OUT[name])
