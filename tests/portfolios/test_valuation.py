"""Daily values, books, history and performance from known closes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from markets.models import Feed, Interval, LastPrice, Market, Venue
from markets.services import ensure_asset, ensure_venue, upsert_candles
from markets.sources.base import Bar
from portfolios import selectors, services
from portfolios.models import DailyValue, Lot, Portfolio
from tests.portfolios.conftest import Add, days_ago, noon, price_of, store_closes

pytestmark = pytest.mark.django_db
D = Decimal


def row(portfolio: Portfolio, days: int) -> DailyValue:
    return DailyValue.objects.get(portfolio=portfolio, day=days_ago(days))


def values(portfolio: Portfolio) -> list[tuple[Any, ...]]:
    fields = ("day", "value", "inflow", "outflow", "cost", "missing")
    return list(DailyValue.objects.filter(portfolio=portfolio).values_list(*fields))


def last_price(venue: Venue, symbol: str, price: str) -> None:
    market = Market.objects.get(venue=venue, base__symbol=symbol)
    now = timezone.now()
    LastPrice.objects.update_or_create(
        market=market, defaults={"price": D(price), "time": now, "updated_at": now}
    )


def test_every_day_since_the_first_event(add: Add, portfolio: Portfolio) -> None:
    add("buy", "2", "BTC", 10, price="40000", fee="10")
    add("sell", "1", "BTC", 5, price="45000", fee="5")
    assert services.revalue([portfolio.pk]) == [portfolio.pk]
    assert DailyValue.objects.count() == 11
    first, sold = row(portfolio, 10), row(portfolio, 5)
    assert (first.value, first.inflow, first.outflow) == (2 * price_of("BTC", 10), D(80010), D(0))
    assert (sold.value, sold.outflow, sold.cost) == (price_of("BTC", 5), D(44995), D(40005))
    assert row(portfolio, 0).value == price_of("BTC", 1)


def test_the_same_again_is_the_same(add: Add, portfolio: Portfolio) -> None:
    add("buy", "2", "BTC", 10, price="40000")
    services.revalue([portfolio.pk])
    before = values(portfolio)
    services.revalue([portfolio.pk])
    assert values(portfolio) == before


def test_an_edit_redoes_the_days_after_it(add: Add, portfolio: Portfolio) -> None:
    add("buy", "1", "BTC", 50, price="40000")
    services.revalue([portfolio.pk])
    DailyValue.objects.filter(day=days_ago(40)).update(value=7)
    deposit = add("deposit", "1", "ETH", 30)
    services.revalue([portfolio.pk])
    assert row(portfolio, 40).value == D(7)  # before the edit: not touched
    assert row(portfolio, 30).value == price_of("BTC", 30) + price_of("ETH", 30)
    assert row(portfolio, 30).inflow == price_of("ETH", 30)
    services.delete_transaction(transaction=deposit)
    services.revalue([portfolio.pk])
    assert row(portfolio, 29).value == price_of("BTC", 29)


def test_deleting_the_first_event_takes_its_days_away(add: Add, portfolio: Portfolio) -> None:
    first = add("buy", "1", "BTC", 50, price="40000")
    add("buy", "1", "BTC", 20, price="40000")
    services.revalue([portfolio.pk])
    services.delete_transaction(transaction=first)
    services.revalue([portfolio.pk])
    assert DailyValue.objects.count() == 21


def test_when_only_prices_move_queries_do_not_grow(add: Add, owner: Any, venue: Venue) -> None:
    ids = []
    for number in range(6):
        one = services.create_portfolio(owner=owner, name=f"P{number}")
        add("buy", "1", "BTC", 60, into=one, price="40000")
        ids.append(one.pk)
    services.revalue(ids)
    last_price(venue, "BTC", "70000")
    counts = []
    for some in (ids[:1], ids):
        with CaptureQueriesContext(connection) as queries:
            services.revalue(some)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert set(DailyValue.objects.filter(day=days_ago(0)).values_list("value", flat=True)) == {
        D(70000)
    }


def test_a_missing_price_is_missing_and_found_later(
    add: Add, portfolio: Portfolio, venue: Venue
) -> None:
    ensure_asset("TIDE", name="Tide")
    add("buy", "1", "BTC", 10, price="40000")
    add("buy", "5", "TIDE", 8, price="3")
    services.revalue([portfolio.pk])
    assert row(portfolio, 9).value == price_of("BTC", 9)
    assert (row(portfolio, 8).value, row(portfolio, 8).missing) == (None, ["TIDE"])
    book = selectors.book(portfolio)
    assert (book.value, book.missing) == (price_of("BTC", 1), ["TIDE"])
    tide = next(p for p in book.positions if p.symbol == "TIDE")
    assert (tide.price, tide.value, tide.share, tide.unrealised) == (None, None, None, None)
    assert [item.kind for item in selectors.attention([portfolio])][:1] == ["missing_price"]
    store_closes(venue, "TIDE", {n: D(4) for n in range(1, 9)})
    services.revalue([portfolio.pk], look_again=True)
    assert row(portfolio, 8).value == price_of("BTC", 8) + 20


def test_an_edit_leaves_missing_days_before_it_alone(
    add: Add, portfolio: Portfolio, venue: Venue
) -> None:
    """One coin without a price must not have years replayed for every edit."""
    ensure_asset("TIDE", name="Tide")
    add("buy", "5", "TIDE", 9, price="3")
    add("sell", "5", "TIDE", 7, price="3")
    services.revalue([portfolio.pk])
    store_closes(venue, "TIDE", {n: D(4) for n in range(1, 10)})
    add("buy", "1", "BTC", 3, price="40000")
    services.revalue([portfolio.pk])
    assert (row(portfolio, 9).value, row(portfolio, 3).value) == (None, price_of("BTC", 3))
    services.revalue([portfolio.pk])  # nothing was edited: now it looks for the price
    assert row(portfolio, 9).value == D(20)


def test_missing_days_wait_before_they_are_tried_again(
    add: Add, portfolio: Portfolio, venue: Venue
) -> None:
    ensure_asset("TIDE", name="Tide")
    add("buy", "5", "TIDE", 8, price="3")
    services.revalue([portfolio.pk])
    services.revalue([portfolio.pk])  # uses up the one try in five minutes
    store_closes(venue, "TIDE", {n: D(4) for n in range(1, 9)})
    services.revalue([portfolio.pk])
    assert row(portfolio, 8).value is None
    cache.clear()
    services.revalue([portfolio.pk])
    assert row(portfolio, 8).value == D(20)


def test_a_day_that_ended_gets_its_close(add: Add, portfolio: Portfolio, venue: Venue) -> None:
    add("buy", "1", "BTC", 10, price="40000")
    services.revalue([portfolio.pk])
    DailyValue.objects.filter(day=days_ago(0)).delete()
    DailyValue.objects.filter(day=days_ago(1)).update(value=1)  # as it stood last evening
    services.revalue([portfolio.pk])
    assert row(portfolio, 1).value == price_of("BTC", 1)
    assert row(portfolio, 0).value == price_of("BTC", 1)


def test_another_venue_replaces_every_day(add: Add, portfolio: Portfolio, venue: Venue) -> None:
    add("deposit", "1", "BTC", 10)
    services.revalue([portfolio.pk])
    other = ensure_venue("simulated")
    store_closes(other, "BTC", {n: D(7) for n in range(1, 20)})
    services.update_portfolio(portfolio=portfolio, venue=other)
    services.revalue([portfolio.pk])
    assert set(DailyValue.objects.values_list("value", flat=True)) == {D(7)}
    assert Lot.objects.get().cost == D(7)
    assert selectors.book(Portfolio.objects.get()).is_simulated


def test_the_feed_changing_its_venue_does_not_mix_prices(
    add: Add, portfolio: Portfolio, venue: Venue
) -> None:
    add("deposit", "1", "BTC", 10)
    services.revalue([portfolio.pk])
    other = ensure_venue("coinbase")
    store_closes(other, "BTC", {n: D(9) for n in range(20)})
    Feed.objects.create(venue=other, is_current=True)
    services.revalue([portfolio.pk])
    assert set(DailyValue.objects.values_list("value", flat=True)) == {D(9)}
    assert Lot.objects.get().cost == D(9)


def test_book_by_hand(add: Add, portfolio: Portfolio) -> None:
    add("buy", "2", "BTC", 50, price="40000", fee="100")
    add("sell", "1", "BTC", 20, price="45050")
    add("reward", "1", "ETH", 10, price="2000")
    book = selectors.book(portfolio)
    btc, eth = price_of("BTC", 1), price_of("ETH", 1)
    assert [p.symbol for p in book.positions] == ["BTC", "ETH"]
    first = book.positions[0]
    assert (first.average_price, first.value, first.unrealised) == (D(40050), btc, btc - 40050)
    assert (book.value, book.cost, book.realised) == (btc + eth, D(42050), D(5000))
    assert (book.rewards, book.fees, book.base) == (D(2000), D(100), "USD")
    assert first.share == pytest.approx(float(btc / (btc + eth)))
    assert first.change_24h == pytest.approx(float(btc / price_of("BTC", 2)) - 1)
    moved = btc - price_of("BTC", 2) + eth - price_of("ETH", 2)
    assert book.change_24h is not None
    assert float(book.change_24h) == pytest.approx(float(moved), rel=1e-9)


def test_books_of_two_currencies_add_up(
    add: Add, owner: Any, portfolio: Portfolio, venue: Venue
) -> None:
    euros = services.create_portfolio(owner=owner, name="Euros", base_currency="EUR")
    add("buy", "1", "BTC", 20, price="40000")
    add("buy", "1", "BTC", 20, into=euros, price="11000", currency="USD")
    book = selectors.combined_book([portfolio, euros], "USD")
    assert (book.value, book.cost) == (2 * price_of("BTC", 1), D(51000))
    services.revalue([portfolio.pk, euros.pk])
    points = selectors.history([portfolio, euros], "USD", None, days_ago(0))
    assert len(points) == 21
    assert float(points[0].value or 0) == pytest.approx(float(2 * price_of("BTC", 20)))
    assert (points[0].inflow, points[0].invested) == (D(51000), D(51000))


def test_simulated_is_said_when_any_is(
    add: Add, owner: Any, portfolio: Portfolio, venue: Venue
) -> None:
    other = ensure_venue("simulated")
    store_closes(other, "BTC", {n: D(10000) for n in range(1, 20)})
    play = services.create_portfolio(owner=owner, name="Play", venue=other)
    add("buy", "1", "BTC", 5, price="40000")
    add("buy", "3", "BTC", 5, into=play, price="9000")
    book = selectors.combined_book([portfolio, play], "USD")
    assert book.is_simulated
    assert book.value == price_of("BTC", 1) + 30000
    assert book.positions[0].price == ((price_of("BTC", 1) + 30000) / 4)
    assert not selectors.book(portfolio).is_simulated


def test_performance_leaves_deposits_out(add: Add, portfolio: Portfolio, venue: Venue) -> None:
    """The oracle's case: 1000 -> 1100, 500 comes in, 1440: time-weighted -1 %, profit -60."""
    ensure_asset("OAK", name="Oak")
    store_closes(venue, "OAK", {4: D(10), 3: D(11), 2: D("9.9"), 1: D("9.9")})
    add("buy", "100", "OAK", 4, price="10")
    add("buy", "45.454545454545454545", "OAK", 2, price="11")
    services.revalue([portfolio.pk])
    got = selectors.performance([portfolio], "USD", days_ago(3), days_ago(2))
    assert got.twr == pytest.approx(-0.01, abs=1e-12)
    assert (got.start_value, got.inflow, got.outflow) == (D(1000), got.net_flow, D(0))
    assert float(got.net_flow) == pytest.approx(500)
    assert float(got.end_value or 0) == pytest.approx(1440)
    assert float(got.profit or 0) == pytest.approx(-60)
    assert got.balance_change == (got.end_value or D(0)) - D(1000)
    whole = selectors.performance([portfolio], "USD", None, days_ago(0))
    assert whole.twr == pytest.approx(-0.01, abs=1e-12)
    assert (whole.start_value, whole.days) == (D(0), 5)


def test_tracked_cash_is_no_flow_between_asset_and_cash(owner: Any, venue: Venue, add: Add) -> None:
    cash = services.create_portfolio(owner=owner, name="Cash", track_cash=True)
    add("deposit", "100000", "USD", 10, into=cash)
    add("buy", "1", "BTC", 8, into=cash, price="49000", fee="20")
    add("sell", "1", "BTC", 6, into=cash, price="50000")
    add("withdrawal", "400", "USD", 4, into=cash)
    services.revalue([cash.pk])
    flows = [(d.inflow, d.outflow) for d in DailyValue.objects.all() if d.inflow or d.outflow]
    assert flows == [(D(100000), D(0)), (D(0), D(400))]
    assert row(cash, 0).value == D(100580)
    got = selectors.performance([cash], "USD", None, days_ago(0))
    assert got.profit == D(980)


def test_quantities_at_a_moment(add: Add, portfolio: Portfolio) -> None:
    add("buy", "2", "BTC", 10, price="40000")
    add("sell", "2", "BTC", 5, price="40000")
    add("deposit", "1", "ETH", 5)
    moments = [noon(10) - timedelta(seconds=1), noon(10), noon(5) - timedelta(seconds=1), noon(5)]
    assert [selectors.quantities_at(portfolio, when) for when in moments] == [
        {},
        {"BTC": D(2)},
        {"BTC": D(2)},
        {"ETH": D(1)},
    ]


def test_a_day_in_five_minutes(add: Add, portfolio: Portfolio, venue: Venue) -> None:
    now = datetime.now(UTC).replace(second=30, microsecond=0)
    add("buy", "1", "BTC", 10, price="40000")
    add("buy", "1", "BTC", 0, at=now - timedelta(hours=2), price="40000")
    start = now - timedelta(hours=24, minutes=20)
    first = start.replace(minute=start.minute - start.minute % 5, second=0)
    market = Market.objects.get(venue=venue, base__symbol="BTC")
    bars = [
        Bar(first + timedelta(minutes=5 * n), price, price, price, price, D(1))
        for n, price in ((n, D(30000 + n)) for n in range(295))
    ]
    upsert_candles(market, Interval.M5, bars[:100] + bars[150:])
    points = selectors.intraday([portfolio], "USD", now)
    assert len(points) == 290
    assert [p.value for p in points[:2]] == [D(30003), D(30004)]
    assert points[120].value == D(30099)  # carried through the gap
    assert points[-2].value == 2 * D(30291)
    assert points[-1].value == 2 * price_of("BTC", 1)


def test_value_too_large_to_keep_is_missing(add: Add, portfolio: Portfolio) -> None:
    add("buy", "100000000000000000", "BTC", 5, price="0.000001")
    services.revalue([portfolio.pk])
    assert (row(portfolio, 2).value, row(portfolio, 2).missing) == (None, ["BTC"])


def test_two_years_of_ten_assets(owner: Any, venue: Venue) -> None:
    """Every day is there and right; how long it takes is measured in docs/ledger.md."""
    for symbol in "ABCDEFGHIJ":
        store_closes(venue, symbol, {n: D(n) for n in range(1, 731)})
    portfolio = services.create_portfolio(owner=owner, name="Wide")
    rows = [
        {"type": "buy", "symbol": symbol, "quantity": "1", "price": "1", "executed_at": noon(730)}
        for symbol in "ABCDEFGHIJ"
    ]
    services.add_transactions(portfolio=portfolio, rows=rows)
    services.revalue([portfolio.pk])
    assert DailyValue.objects.count() == 731
    assert row(portfolio, 700).value == D(7000)
