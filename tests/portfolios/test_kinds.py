"""Swaps, gifts, losses and the rest in daily values and flows: what is profit and what is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portfolios import selectors, services
from portfolios.models import DailyValue, Portfolio
from tests.portfolios.conftest import Add, days_ago, price_of

pytestmark = pytest.mark.django_db
D = Decimal


def valued(portfolio: Portfolio) -> None:
    services.revalue([portfolio.pk])


def flows(portfolio: Portfolio, days: int) -> tuple[Decimal, Decimal]:
    row = DailyValue.objects.get(portfolio=portfolio, day=days_ago(days))
    return row.inflow, row.outflow


def value(portfolio: Portfolio, days: int) -> Decimal:
    found = DailyValue.objects.get(portfolio=portfolio, day=days_ago(days)).value
    assert found is not None
    return found


def test_a_swap_is_no_flow_and_changes_what_is_held(add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "BTC", 50, price="49500")
    add("swap", "0.5", "BTC", 40, to_symbol="ETH", to_quantity="8", price="49000")
    valued(portfolio)
    assert flows(portfolio, 40) == (D(0), D(0))
    assert value(portfolio, 40) == price_of("BTC", 40) / 2 + 8 * price_of("ETH", 40)
    book = {p.symbol: p for p in selectors.book(portfolio).positions}
    assert (book["ETH"].cost, book["BTC"].realised) == (D(24500), D(-250))


def test_the_fee_of_a_swap_is_paid_from_outside_and_lost(add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "BTC", 50, price="49500")
    add("swap", "1", "BTC", 40, to_symbol="ETH", to_quantity="16", price="49600", fee="10")
    valued(portfolio)
    assert flows(portfolio, 40) == (D(10), D(0))


def test_gifts_flow_and_losses_do_not(add: Add, portfolio: Portfolio) -> None:
    add("gift_in", "2", "BTC", 60, price="100")
    add("gift_out", "0.5", "BTC", 50)
    add("lost", "0.5", "BTC", 40)
    valued(portfolio)
    assert flows(portfolio, 60) == (2 * price_of("BTC", 60), D(0))
    assert flows(portfolio, 50) == (D(0), price_of("BTC", 50) / 2)
    assert flows(portfolio, 40) == (D(0), D(0))
    assert value(portfolio, 39) == price_of("BTC", 39)
    assert selectors.book(portfolio).realised == -50


def test_income_is_no_flow(add: Add, portfolio: Portfolio) -> None:
    for kind in ("reward", "airdrop", "fork"):
        add(kind, "1", "ETH", 30, price="10")
    valued(portfolio)
    assert flows(portfolio, 30) == (D(0), D(0))
    assert selectors.book(portfolio).rewards == 30


def test_units_from_nowhere_are_no_profit(add: Add, portfolio: Portfolio) -> None:
    add("sell", "1", "BTC", 30, price="50000", unmatched=True)
    valued(portfolio)
    assert flows(portfolio, 30) == (price_of("BTC", 30), D(50000))


def test_a_move_between_locations_is_invisible_in_values(add: Add, portfolio: Portfolio) -> None:
    """With basis by location a move makes a lot of the same age: nothing counts twice."""
    Portfolio.objects.filter(pk=portfolio.pk).update(basis_scope="location")
    portfolio.refresh_from_db()
    add("buy", "2", "BTC", 60, price="100", location="Kraken")
    add("transfer", "1.5", "BTC", 40, location="Kraken", to_location="Cold")
    valued(portfolio)
    assert [value(portfolio, n) for n in (50, 30)] == [2 * price_of("BTC", n) for n in (50, 30)]
    assert flows(portfolio, 40) == (D(0), D(0))
    row = DailyValue.objects.get(portfolio=portfolio, day=days_ago(45))
    assert row.cost == 200
    places = selectors.quantities_by_location(portfolio)
    assert places == {"Kraken": {"BTC": D("0.5")}, "Cold": {"BTC": D("1.5")}}
    earned = selectors.performance([portfolio], "USD", None, days_ago(0))
    assert earned.net_flow == 200
