"""From tick to warning, as a newcomer sees it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import requests
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.e2e.conftest import DEMO, Site, Visit

TOTAL = "[data-live='portfolio:all:value']"
Message = dict[str, Any]


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[^0-9.\-]", "", text))


def frames(page: Page) -> list[Message]:
    """What the live tier pushes to this page from now on; each gets the time it came."""
    received: list[Message] = []

    def opened(socket: WebSocket) -> None:
        socket.on(
            "framereceived", lambda text: received.append(json.loads(text) | {"at": time.time()})
        )

    page.on("websocket", opened)
    return received


def wait_for(page: Page, found: Callable[[], Message | None], seconds: float) -> Message:
    """Polls through the page, so that its events go on being handled."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (message := found()) is not None:
            return message
        page.wait_for_timeout(20)
    raise AssertionError(f"nothing came within {seconds} s")


def open_portfolio(site: Site, page: Page, name: str) -> int:
    page.goto(f"{site.url}/portfolios/")
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url(re.compile(r"/portfolios/\d+/"))
    found = re.search(r"/portfolios/(\d+)/", page.url)
    assert found
    return int(found[1])


def held(row: Locator) -> Decimal:
    return Decimal(row.get_attribute("data-quantity") or "0")


def test_the_total_moves_without_a_reload(site: Site, visit: Visit) -> None:
    page = visit.page
    page.goto(site.url)
    expect(page.get_by_text("SIMULATED").first).to_be_visible()
    page.evaluate("window.notReloaded = true")
    total = page.locator(TOTAL).first
    before = total.inner_text()
    assert number(before) > 1000
    expect(total).not_to_have_text(before, timeout=20_000)
    assert page.evaluate("window.notReloaded") is True
    assert visit.errors == []


def test_a_sale_moves_holdings_at_once_and_risk_within_two_seconds(
    site: Site, visit: Visit
) -> None:
    page = visit.page
    pushed = frames(page)
    portfolio = open_portfolio(site, page, "Concentrated bet")
    page.evaluate("window.notReloaded = true")
    wait_for(page, lambda: risk_of(pushed, portfolio, 0.0), 15)  # subscribed, and told the newest
    row = page.locator("[data-symbol='SOL']").first
    before = held(row)
    page.get_by_role("button", name="Add transaction").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type").select_option("sell")
    dialog.get_by_label("Asset").fill("SOL")
    dialog.get_by_label("Quantity", exact=True).fill(f"{before / 2:.4f}")
    dialog.get_by_label("Price", exact=True).fill("150")
    saved = time.time()
    dialog.get_by_role("button", name="Save transaction").click()
    expect(dialog).to_be_hidden()
    expect(row).not_to_have_attribute("data-quantity", f"{before}", timeout=2_000)
    seen = time.time() - saved
    assert abs(held(page.locator("[data-symbol='SOL']").first) - before / 2) < Decimal("0.001")
    risk = wait_for(page, lambda: risk_of(pushed, portfolio, saved), 2)
    print(f"holdings after {seen:.2f} s, risk pushed after {risk['at'] - saved:.2f} s")
    assert page.evaluate("window.notReloaded") is True
    assert visit.errors == []


def risk_of(pushed: list[Message], portfolio: int, since: float) -> Message | None:
    updates = [m for m in pushed if m["type"] == "risk_update" and m["id"] == portfolio]
    return next((m for m in updates if m["at"] > since), None)


def test_a_price_crosses_a_line_and_the_page_and_the_mail_say_so(site: Site, visit: Visit) -> None:
    page, person = visit.page, api(site)
    symbol = "DOGE"
    price = Decimal(
        person.get(f"{site.url}/api/market/prices?symbols={symbol}").json()["prices"][symbol][
            "price"
        ]
    )
    line = (price * Decimal("1.2")).quantize(Decimal("0.00001"))
    channels = person.get(f"{site.url}/api/alerts/channels").json()["results"]
    made = person.post(
        f"{site.url}/api/alerts/rules",
        json={
            "name": "Doge over the line",
            "subject": "price",
            "measure": "price",
            "symbol": symbol,
            "direction": "above",
            "threshold": str(line),
            "channels": [channel["id"] for channel in channels],
        },
    )
    assert made.status_code == 201, made.text
    pushed = frames(page)
    page.goto(site.url)
    wait_for(page, lambda: next((m for m in pushed if m["type"] == "welcome"), None), 10)
    page.wait_for_timeout(500)
    mails = len(site.mailbox.messages)
    start = time.monotonic()
    push(site, f"{symbol}USDT", str(line * Decimal("1.05")))
    expect(page.get_by_text("Doge over the line").first).to_be_visible(timeout=10_000)
    shown = time.monotonic() - start
    wait_for(page, lambda: {} if len(site.mailbox.messages) > mails else None, 10)
    mailed, content = site.mailbox.messages[mails]
    print(f"in the page after {shown:.2f} s, in the mail after {mailed - start:.2f} s")
    assert "DOGE" in content
    page.wait_for_timeout(3000)
    doge = [text for _, text in site.mailbox.messages[mails:] if "Doge over the line" in text]
    assert len(doge) == 1
    assert visit.errors == []


def api(site: Site) -> requests.Session:
    """The demo person, by token."""
    session = requests.Session()
    answer = session.post(
        f"{site.url}/api/users/login", json={"email": DEMO[0], "password": DEMO[1]}, timeout=10
    )
    session.headers["Authorization"] = f"Bearer {answer.json()['access']}"
    return session


def push(site: Site, symbol: str, price: str) -> None:
    answer = requests.post(
        f"{site.exchange()}/sim/trade",
        json={"symbol": symbol, "price": price, "quantity": "0.5"},
        timeout=5,
    )
    answer.raise_for_status()
