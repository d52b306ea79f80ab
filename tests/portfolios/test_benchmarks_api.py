"""Benchmarks and the currency apart, through the REST API."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from markets.models import Venue
from markets.services import currencies
from portfolios import services
from portfolios.models import Portfolio
from tests.portfolios.conftest import Add, days_ago, noon, price_of
from tests.portfolios.test_performance_api import api, ask, decimal, lively

__all__ = ["api", "lively"]  # fixtures


def test_the_same_money_in_a_benchmark(api: APIClient, add: Add, portfolio: Portfolio) -> None:
    add("deposit", "2", "BNB", 30, price="500")
    services.revalue([portfolio.pk])
    found = ask(api, portfolio, "benchmark", benchmark="BTC:50,ETH:50", end=days_ago(1))
    bitcoin = 500 / price_of("BTC", 30) * price_of("BTC", 1)
    ether = 500 / price_of("ETH", 30) * price_of("ETH", 1)
    assert float(found["end_value"]) == pytest.approx(float(bitcoin + ether))
    assert float(found["difference"]) == pytest.approx(1000 - float(bitcoin + ether))
    assert decimal(found, "profit") == decimal(found, "end_value") - 1000
    assert len(found["results"]) == 30
    assert found["benchmark"] == "BTC:50,ETH:50"
    assert found["reasons"].keys() == {"annualised"}


def test_a_portfolio_of_its_benchmark_is_equal_to_it(
    api: APIClient, add: Add, portfolio: Portfolio
) -> None:
    add("deposit", "2", "BTC", 30, price="1")
    add("deposit", "1", "BTC", 20, price="1")
    add("withdrawal", "0.5", "BTC", 10)
    services.revalue([portfolio.pk])
    mine = ask(api, portfolio, "performance", start=days_ago(25), end=days_ago(1))
    found = ask(api, portfolio, "benchmark", start=days_ago(25), end=days_ago(1))
    assert found["benchmark"] == "BTC"
    assert float(found["difference"]) == pytest.approx(0, abs=1e-6)
    assert found["money_weighted"] == pytest.approx(mine["money_weighted"])


def test_the_choice_of_the_person_goes_before_the_portfolios(
    api: APIClient, add: Add, portfolio: Portfolio, owner: User
) -> None:
    add("buy", "1", "BTC", 20, price="49000")
    services.revalue([portfolio.pk])
    assert api.patch("/api/users/me", {"preferences": {"benchmark": "ETH"}}, format="json")
    owner.refresh_from_db()
    api.force_authenticate(User.objects.get(pk=owner.pk))
    assert ask(api, portfolio, "benchmark")["benchmark"] == "ETH"


def test_the_currency_effect_apart(api: APIClient, owner: User, venue: Venue) -> None:
    """A book in pounds, which the venue does not trade: the central bank's rates."""
    today = datetime.now(UTC).date()
    fixings = {
        days_ago(n): {"GBP": Decimal("1.25") if n > 10 else Decimal("1.6")} for n in range(90)
    }
    currencies.store_fixings(fixings, today)
    made = services.create_portfolio(owner=owner, name="Pounds", base_currency="GBP")
    services.add_transaction(
        portfolio=made, type="deposit", symbol="BNB", quantity="1", executed_at=noon(30)
    )
    services.revalue([made.pk])
    found = ask(api, made, "performance", end=days_ago(1))
    effect = found["currency_effect"]
    assert found["start_value"] == "0"
    assert Decimal(found["inflow"]) == 400  # 500 dollars at 1.25
    assert Decimal(found["end_value"]) == Decimal("312.5")  # at 1.60
    assert float(effect["currency"]) == pytest.approx(-87.5)
    assert float(effect["assets"]) == pytest.approx(0)
    assert effect["assets_return"] == pytest.approx(0, abs=1e-12)
    assert effect["currency_return"] == pytest.approx(1.25 / 1.6 - 1)
    assert found["twr"] == pytest.approx(
        (1 + effect["assets_return"]) * (1 + effect["currency_return"]) - 1
    )
    assert decimal(effect, "assets", "currency") == decimal(found, "profit")


def test_a_dollar_book_has_no_currency_effect(api: APIClient, lively: Portfolio) -> None:
    found = ask(api, lively, "performance")
    assert found["currency_effect"]["currency"] == "0"
    assert found["currency_effect"]["currency_return"] == 0
    assert found["currency_effect"]["assets"] == found["profit"]
