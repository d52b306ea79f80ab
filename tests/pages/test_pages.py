"""Pages as the server sends them: what they show, to whom, and under which policy."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.template import loader
from django.test import Client

from accounts.models import User
from portfolios import services
from portfolios.models import Portfolio
from tests.pages.conftest import close_of


class Policy(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "style" or "style" in found:
            self.refused.append(f"<{tag} style>")
        if tag == "script" and "src" not in found and found.get("type") != "application/json":
            self.refused.append("<script> with code")
        self.refused += [f"<{tag} {name}>" for name in found if name.startswith(("on", "hx-on"))]


def pages(portfolio: Portfolio) -> list[str]:
    one = f"/portfolios/{portfolio.pk}/"
    row = portfolio.transactions.first()
    assert row
    return [
        "/",
        f"/?portfolio={portfolio.pk}&range=3M",
        "/?range=1D",
        "/portfolios/",
        "/portfolios/new/",
        "/portfolios/transactions/new/",
        one,
        f"{one}edit/",
        f"{one}delete/",
        f"{one}?by=kind",
        f"{one}assets/BTC/",
        f"{one}assets/BTC/?lots=all",
        f"{one}trail/value/",
        f"{one}trail/realised/",
        f"{one}trail/change/",
        f"{one}changes/",
        f"{one}price/?symbol=BTC&executed_at=2026-01-02T10:00",
        f"{one}transactions/",
        f"{one}transactions/?attention=1&sort=-total",
        f"{one}transactions/{row.pk}/",
        f"{one}transactions/new/",
        f"{one}transactions/{row.pk}/edit/",
        f"{one}transactions/{row.pk}/delete/",
        "/markets/",
        "/markets/BTC/",
        "/markets/BTC/?interval=1h",
    ]


@pytest.mark.parametrize("privacy", ["shown", "amounts", "all"])
def test_no_page_carries_inline_code_or_style(
    hers: Client, owner: User, portfolio: Portfolio, privacy: str
) -> None:
    owner.preferences.privacy = privacy
    owner.preferences.save()
    for path in pages(portfolio):
        response = hers.get(path)
        assert response.status_code == 200, path
        seen = Policy()
        seen.feed(response.content.decode())
        assert seen.refused == [], path
        assert len(seen.ids) == len(set(seen.ids)), f"{path}: an id stands there twice"
        policy = response["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_the_dashboard_says_the_total(hers: Client, portfolio: Portfolio) -> None:
    total = 2 * close_of("BTC", 1) + 10 * close_of("ETH", 1)
    html = hers.get("/").content.decode()
    hero = re.search(r'data-live="portfolio:all:value" data-format="hero".*?</p>', html, re.S)
    assert hero
    assert f'value="{total.normalize():f}"' in hero[0]
    assert "1 day in 20" in html
    assert 'data-live="risk:all:var"' in html


def test_one_portfolio_on_the_dashboard(hers: Client, portfolio: Portfolio) -> None:
    html = hers.get(f"/?portfolio={portfolio.pk}").content.decode()
    assert f'data-live="portfolio:{portfolio.pk}:value"' in html
    assert f'data-live="risk:{portfolio.pk}:var"' in html


@pytest.mark.parametrize("wrong", ["999999", "x", "-1", "1e3"])
def test_a_portfolio_that_is_not_hers_is_not_found(
    hers: Client, portfolio: Portfolio, wrong: str
) -> None:
    assert hers.get(f"/?portfolio={wrong}").status_code == 404


def test_hidden_amounts_are_nowhere_in_the_page(
    hers: Client, owner: User, portfolio: Portfolio
) -> None:
    owner.preferences.privacy = "amounts"
    owner.preferences.save()
    total = 2 * close_of("BTC", 1) + 10 * close_of("ETH", 1)
    for path in ("/", f"/portfolios/{portfolio.pk}/", "/portfolios/"):
        html = hers.get(path).content.decode()
        assert f"{total.normalize():f}" not in html, path
        assert f"{total:,.0f}" not in html, path
        assert "•••••" in html
    title = re.search(r"<title>(.*?)</title>", hers.get("/").content.decode(), re.S)
    assert title
    assert "$" not in title[1]


def test_the_locale_reaches_every_figure(hers: Client, owner: User, portfolio: Portfolio) -> None:
    owner.preferences.locale = "de-DE"
    owner.preferences.save()
    html = hers.get("/").content.decode()
    assert re.search(r">\d{1,3}\.\d{3}<small>,\d\d\u00a0\$</small>", html)


def test_a_part_alone_for_htmx(hers: Client, portfolio: Portfolio) -> None:
    for part in ("hero", "holdings", "risk-card", "attention", "alerts-card"):
        headers = {"HX-Request": "true", "HX-Target": part}
        html = hers.get("/", headers=headers).content.decode()
        assert f'id="{part}"' in html
        assert "<html" not in html


def test_a_page_that_stays_open_asks_for_its_feed(hers: Client, db: None) -> None:
    html = hers.get("/", headers={"HX-Request": "true", "HX-Target": "feed-box"}).content.decode()
    assert html.startswith('<span id="feed-box"')
    assert "STORED" in html


def test_a_part_of_a_page_whose_portfolios_are_gone_asks_for_a_reload(hers: Client) -> None:
    response = hers.get("/", headers={"HX-Request": "true", "HX-Target": "hero"})
    assert response["HX-Refresh"] == "true"


@pytest.mark.parametrize("name", ["403", "404", "500"])
def test_errors_have_pages_that_need_nothing(name: str) -> None:
    html = loader.get_template(f"{name}.html").render()
    assert 'href="/"' in html
    assert f"Error {name}" in html


def test_a_missing_page_looks_like_the_rest(hers: Client) -> None:
    response = hers.get("/no-such-page/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_the_chart_data_is_what_the_ledger_says(hers: Client, portfolio: Portfolio) -> None:
    html = hers.get("/?range=1W").content.decode()
    found = re.search(r'<script id="value-data"[^>]*>(.*?)</script>', html, re.S)
    assert found
    data = json.loads(found[1])
    paid = float(2 * close_of("BTC", 40) + 10 * close_of("ETH", 40))
    day = (datetime.now(UTC).date() - timedelta(days=3)).isoformat()
    point = next(row for row in data["points"] if row[0] == day)
    assert point == [day, float(2 * close_of("BTC", 3) + 10 * close_of("ETH", 3)), paid]
    assert data["compare"]["name"] == "Same money in BTC"


def test_an_unreadable_range_says_so(hers: Client, portfolio: Portfolio) -> None:
    html = hers.get("/?range=tomorrow").content.decode()
    assert "could not be read" in html


def test_an_empty_account_is_shown_the_way(hers: Client) -> None:
    html = hers.get("/").content.decode()
    assert "Create a portfolio" in html
    assert hers.get("/portfolios/").status_code == 200
    assert hers.get("/markets/").status_code == 200
    assert "A portfolio first" in hers.get("/portfolios/transactions/new/").content.decode()


def test_signed_out_people_are_sent_to_the_door(client: Client, portfolio: Portfolio) -> None:
    for path in pages(portfolio):
        response = client.get(path)
        assert response.status_code == 302, path
        assert response["Location"].startswith("/accounts/login/")


def test_strangers_find_nothing(client: Client, stranger: User, portfolio: Portfolio) -> None:
    client.force_login(stranger)
    owned = [path for path in pages(portfolio) if f"{portfolio.pk}/" in path]
    assert len(owned) >= 8
    for path in [*owned, f"/?portfolio={portfolio.pk}"]:
        assert client.get(path).status_code == 404, path
        assert client.post(path).status_code in {404, 405}, path


@pytest.mark.parametrize("path", ["/markets/NOPE/", "/markets/BTC/?interval=7m"])
def test_unknown_markets_and_intervals_are_not_found(
    hers: Client, portfolio: Portfolio, path: str
) -> None:
    assert hers.get(path).status_code == 404


def test_a_market_shows_its_candles(hers: Client, portfolio: Portfolio) -> None:
    html = hers.get("/markets/BTC/").content.decode()
    found = re.search(r'<script id="candle-data"[^>]*>(.*?)</script>', html, re.S)
    assert found
    candles = json.loads(found[1])["candles"]
    assert len(candles) == 365
    assert candles[-1][4] == float(close_of("BTC", 1))
    assert Decimal(str(candles[-1][5])) == 5


def test_the_ledger_grows_by_pages(hers: Client, portfolio: Portfolio) -> None:
    for hours in range(1, 56):
        services.add_transaction(
            portfolio=portfolio,
            type="buy",
            symbol="ETH",
            quantity=Decimal(hours),
            price=Decimal(3000),
            executed_at=datetime.now(UTC) - timedelta(hours=hours),
        )
    path, part = f"/portfolios/{portfolio.pk}/transactions/", {"HX-Target": "ledger"}
    first = hers.get(path, headers=part).content.decode()
    assert first.count("data-row=") == 50
    more = re.search(r'hx-get="([^"]*after=[^"]*)"', first)
    assert more
    rest = hers.get(more[1].replace("&amp;", "&")).content.decode()
    assert rest.count("data-row=") == 7
    assert "after=" not in rest
    seen = set(re.findall(r'data-row="(\d+)"', first + rest))
    assert len(seen) == 57


@pytest.mark.parametrize(
    ("query", "count"),
    [("type=buy", 2), ("type=sell", 0), ("asset=btc", 1), ("since=2100-01-01", 0),
     ("text=ether", 1), ("location=Kraken", 0), ("attention=1", 0), ("import=7", 0),
     ("sort=oops", 2),
     ("until=2000-01-01", 0), ("since=no-day", 2), ("after=no-cursor", 2)],
)  # fmt: skip
def test_the_ledger_is_filtered(hers: Client, portfolio: Portfolio, query: str, count: int) -> None:
    html = hers.get(f"/portfolios/{portfolio.pk}/transactions/?{query}").content.decode()
    assert html.count("data-row=") == count
