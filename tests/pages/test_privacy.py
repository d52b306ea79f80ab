"""With amounts hidden no amount is on a page: not in text, titles, attributes or charts' data.

Every page that a signed-in person can open is walked, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Privacy, User
from portfolios import services
from portfolios.models import Disposal, Portfolio, Transaction
from portfolios.selectors import book
from portfolios.selectors.trails import FIGURES
from tests.test_strangers import Route, routes

#: Libraries' pages, doors without figures, and what is no page.
NOT_PAGES = ("admin/", "accounts/", "static/", "api/", "health", "metrics")
#: Forms show what they are there to change.
FORMS = {"transaction-edit", "transaction-copy"}
KNOWN = {"portfolio_id", "transaction_id", "symbol", "figure", "change_id"}
#: Pages that say more when they are asked: queries, and the part that htmx asks for.
ASKED = [
    ("portfolio-detail", "?by=kind", "allocation"),
    ("portfolio-detail", "?by=location", "allocation"),
    ("portfolio-detail", "?range=1D", "hero"),
    ("portfolio-detail", "", "latest"),
    ("portfolio-detail", "", "profit"),
    ("portfolio-asset", "?lots=all", "open-lots"),
    ("portfolio-asset", "?skip=0", "more-sales"),
    ("portfolio-asset", "", "asset-figures"),
    ("portfolio-ledger", "?sort=-total", "ledger"),
    ("portfolio-ledger", "?type=sell&attention=1", "ledger"),
]
QUANTITY, SOLD = Decimal("7.31"), Decimal("3.17")


@pytest.fixture
def telling(portfolio: Portfolio) -> Transaction:
    """A purchase, and a sale of part of it, whose figures occur nowhere else."""
    row = services.add_transaction(
        portfolio=portfolio,
        type="buy",
        symbol="ETH",
        quantity=QUANTITY,
        price=Decimal("2718.28"),
        executed_at=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5),
    )
    services.add_transaction(
        portfolio=portfolio,
        type="sell",
        symbol="ETH",
        quantity=SOLD,
        price=Decimal("3141.59"),
        fee=Decimal("1234.56"),
        executed_at=datetime.now(UTC).replace(microsecond=0),
    )
    services.revalue([portfolio.pk])
    return row


def pages() -> list[Route]:
    return [
        route
        for route in routes()
        if route.name
        and route.name not in FORMS
        and route.parameters <= KNOWN
        and not route.pattern.startswith(NOT_PAGES)
    ]


def amounts(portfolio: Portfolio) -> Iterator[str]:
    """The first digits of what is owned and what it is worth, as any locale or JSON writes them."""
    found = book(portfolio)
    money = [found.value, found.cost, found.unrealised, found.profit, Decimal("1234.56")]
    money += [p.value for p in found.positions] + [p.cost for p in found.positions]
    money += [lot.basis for lot in portfolio.lots.all()]
    for disposal in Disposal.objects.filter(transaction__portfolio=portfolio):
        money += [disposal.proceeds, disposal.basis]
    for amount in money:
        if amount is not None and abs(amount) >= 1000:
            whole = f"{abs(amount):.0f}"
            yield whole[:4]


def _see(user: User, mode: Privacy, path: str, part: str = "") -> str:
    user.preferences.privacy = mode
    user.preferences.save()
    client = Client()
    client.force_login(user)
    answer = client.get(path, headers={"HX-Target": part, "HX-Request": "true"} if part else {})
    assert answer.status_code != 404, path
    return answer.getvalue().decode()


def _path(route: str, names: frozenset[str], telling: Transaction, figure: str = "value") -> str:
    change = telling.portfolio.changes.filter(transaction_id=telling.pk).first()
    ids = {
        "portfolio_id": telling.portfolio_id,
        "transaction_id": telling.pk,
        "symbol": "ETH",
        "figure": figure,
        "change_id": change and change.pk,
    }
    return reverse(route, kwargs={name: ids[name] for name in names})


@pytest.mark.parametrize("mode", [Privacy.AMOUNTS, Privacy.ALL])
@pytest.mark.parametrize("route", pages(), ids=lambda route: route.name)
def test_no_page_tells_an_amount(
    route: Route, mode: Privacy, owner: User, portfolio: Portfolio, telling: Transaction
) -> None:
    page = _see(owner, mode, _path(route.name, route.parameters, telling))
    assert told(page, portfolio) == []


@pytest.mark.parametrize("mode", [Privacy.AMOUNTS, Privacy.ALL])
@pytest.mark.parametrize(("name", "query", "part"), ASKED)
def test_no_part_tells_an_amount(
    name: str, query: str, part: str, mode: Privacy, owner: User, telling: Transaction
) -> None:
    names = {"portfolio_id", "symbol"} if name == "portfolio-asset" else {"portfolio_id"}
    page = _see(owner, mode, _path(name, frozenset(names), telling) + query, part)
    assert told(page, telling.portfolio) == []


@pytest.mark.parametrize("mode", [Privacy.AMOUNTS, Privacy.ALL])
@pytest.mark.parametrize("figure", [*FIGURES, "change"])
def test_no_trail_tells_an_amount(
    figure: str, mode: Privacy, owner: User, telling: Transaction
) -> None:
    names = frozenset({"portfolio_id", "figure"})
    page = _see(owner, mode, _path("portfolio-trail", names, telling, figure))
    assert told(page, telling.portfolio) == []


@pytest.mark.parametrize("mode", [Privacy.AMOUNTS, Privacy.ALL])
def test_titles_and_data_of_charts_tell_no_amount(
    mode: Privacy, owner: User, telling: Transaction
) -> None:
    pages = [
        _path("portfolio-detail", frozenset({"portfolio_id"}), telling),
        _path("portfolio-asset", frozenset({"portfolio_id", "symbol"}), telling),
    ]
    for path in pages:
        page = _see(owner, mode, path)
        title = re.search(r"<title>(.*?)</title>", page, re.S)
        assert title
        assert not re.search(r"\d", title[1])
        for data in re.findall(r'<script id="[^"]*" type="application/json">(.*?)</script>', page):
            content = json.loads(data)
            assert all(item.get("value") is None for item in content.get("items", []))
            assert all(not re.search(r"\d", one["text"]) for one in content.get("trades", []))


def test_shown_they_are_found(owner: User, portfolio: Portfolio, telling: Transaction) -> None:
    """Or the test above would pass whatever the pages say."""
    client = Client()
    client.force_login(owner)
    page = client.get(reverse("portfolio-detail", kwargs={"portfolio_id": portfolio.pk}))
    assert len(told(page.content.decode(), portfolio)) > 3


def told(page: str, portfolio: Portfolio) -> list[str]:
    """Where a page says an amount."""
    page = re.sub(r' datetime="[^"]*"', "", page)  # microseconds are any digits
    digits = re.sub(r"(?<=\d)[,.   \u2019'](?=\d{3})", "", page)
    places = [
        digits[max(0, found.start() - 80) : found.end() + 20]
        for amount in set(amounts(portfolio))
        for found in re.finditer(rf"(?<![\d.\-a-f]){amount}\d*(\.\d+)?(?![\d%])", digits)
    ]
    units = [str(QUANTITY), str(SOLD), str(QUANTITY - SOLD)]
    return places + [unit for unit in units for _ in range(page.count(unit))]


@pytest.mark.parametrize("route", ["dashboard", "portfolio-detail"])
def test_with_all_hidden_no_growth_is_drawn_or_read_out(
    route: str, owner: User, telling: Transaction
) -> None:
    names = frozenset({"portfolio_id"} if route == "portfolio-detail" else set())
    page = _see(owner, Privacy.ALL, _path(route, names, telling))
    drawn = re.search(r'<script id="value-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert drawn
    assert json.loads(drawn[1])["points"] == []
    assert "Value over time; figures are hidden" in page


def test_with_all_hidden_nobody_learns_whether_it_was_a_gain(
    owner: User, telling: Transaction
) -> None:
    path = _path("portfolio-returns", frozenset({"portfolio_id"}), telling) + "?range=ALL"
    assert "your profit" not in _see(owner, Privacy.AMOUNTS, path)
    page = _see(owner, Privacy.ALL, path)
    assert "your profit" in page
    assert not re.search(r"you (lost|earned)\b|You have (more|less) by|than the same money", page)
