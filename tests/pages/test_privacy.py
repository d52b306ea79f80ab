"""With amounts hidden no amount is on a page: not in text, titles, attributes or charts' data.

Every page that a signed-in person can open is walked, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Privacy, User
from portfolios import services
from portfolios.models import Portfolio, Transaction
from portfolios.selectors import book
from tests.test_strangers import Route, routes

#: Libraries' pages, doors without figures, and what is no page.
NOT_PAGES = ("admin/", "accounts/", "static/", "api/", "health", "metrics")
#: Forms show what they are there to change.
FORMS = {"transaction-edit"}
KNOWN = {"portfolio_id", "transaction_id", "symbol"}
QUANTITY = Decimal("7.31")


@pytest.fixture
def telling(portfolio: Portfolio) -> Transaction:
    """A purchase whose figures occur nowhere else."""
    row = services.add_transaction(
        portfolio=portfolio,
        type="buy",
        symbol="ETH",
        quantity=QUANTITY,
        price=Decimal("2718.28"),
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
    money = [found.value, found.cost, found.unrealised]
    money += [p.value for p in found.positions] + [p.cost for p in found.positions]
    for amount in money:
        if amount is not None and abs(amount) >= 1000:
            whole = f"{abs(amount):.0f}"
            yield whole[:4]


@pytest.mark.parametrize("mode", [Privacy.AMOUNTS, Privacy.ALL])
@pytest.mark.parametrize("route", pages(), ids=lambda route: route.name)
def test_no_page_tells_an_amount(
    route: Route, mode: Privacy, owner: User, portfolio: Portfolio, telling: Transaction
) -> None:
    owner.preferences.privacy = mode
    owner.preferences.save()
    ids = {
        "portfolio_id": portfolio.pk,
        "transaction_id": telling.pk,
        "symbol": "ETH",
    }
    client = Client()
    client.force_login(owner)
    path = reverse(route.name, kwargs={name: ids[name] for name in route.parameters})
    assert told(client.get(path).content.decode(), portfolio) == []


def test_shown_they_are_found(owner: User, portfolio: Portfolio, telling: Transaction) -> None:
    """Or the test above would pass whatever the pages say."""
    client = Client()
    client.force_login(owner)
    page = client.get(reverse("portfolio-detail", kwargs={"portfolio_id": portfolio.pk}))
    assert len(told(page.content.decode(), portfolio)) > 3


def told(page: str, portfolio: Portfolio) -> list[str]:
    """Where a page says an amount."""
    digits = re.sub(r"(?<=\d)[,.   \u2019'](?=\d{3})", "", page)
    places = [
        digits[max(0, found.start() - 80) : found.end() + 20]
        for amount in set(amounts(portfolio))
        for found in re.finditer(rf"(?<![\d.\-a-f]){amount}\d*(\.\d+)?(?![\d%])", digits)
    ]
    return places + ["the quantity"] * page.count(str(QUANTITY))
