"""A market with two years of known closes, and a portfolio to put things into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from redis import Redis

from accounts.models import User
from markets.models import Venue
from markets.services import ensure_asset, ensure_market, ensure_venue, upsert_candles
from markets.sources.base import Bar
from portfolios import services
from portfolios.models import Portfolio, Transaction

NOON = timedelta(hours=12)


def days_ago(days: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=days)


def noon(days: int) -> datetime:
    """Noon (UTC) of the day that many days ago."""
    return datetime.combine(days_ago(days), datetime.min.time(), UTC) + NOON


def price_of(symbol: str, days: int) -> Decimal:
    """The close of a symbol that many days ago; a straight line, easy to compute by hand."""
    start, step = {"BTC": (50000, -10), "ETH": (3000, -1), "EUR": ("1.1", 0), "BNB": (500, 0)}[
        symbol
    ]
    return Decimal(str(start)) + Decimal(str(step)) * days


def bar(day: date, close: Decimal) -> Bar:
    return Bar(
        open_time=datetime.combine(day, datetime.min.time(), UTC),
        open=close,
        high=close,
        low=close,
        close=close,
        volume=Decimal(1),
    )


def store_closes(venue: Venue, symbol: str, closes: Mapping[int, Decimal]) -> None:
    """Daily candles of SYMBOLUSDT, keyed by how many days ago."""
    market = ensure_market(venue, f"{symbol}USDT", symbol, "USDT")
    upsert_candles(market, "1d", [bar(days_ago(n), close) for n, close in closes.items()])


@pytest.fixture
def venue(db: None, valkey: Redis) -> Venue:
    """Closes of the last 100 finished days for BTC, ETH, EUR and BNB."""
    found = ensure_venue("binance")
    for symbol in ("BTC", "ETH", "EUR", "BNB"):
        store_closes(found, symbol, {n: price_of(symbol, n) for n in range(1, 101)})
    ensure_asset("USD")
    return found


@pytest.fixture
def portfolio(owner: User, venue: Venue) -> Portfolio:
    return services.create_portfolio(owner=owner, name="Core")


Add = Callable[..., Transaction]


@pytest.fixture
def add(portfolio: Portfolio) -> Add:
    """Add a transaction: `add("buy", "1", "BTC", 10, price="100")` is ten days ago at noon."""

    def make(kind: str, quantity: str, symbol: str, days: int, **more: Any) -> Transaction:
        into = more.pop("into", portfolio)
        return services.add_transaction(
            portfolio=into,
            type=kind,
            symbol=symbol,
            quantity=quantity,
            executed_at=more.pop("at", noon(days)),
            **more,
        )

    return make
