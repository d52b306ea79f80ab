"""A market of two coins over 400 days at the simulated venue, and what the owner holds of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from redis import Redis

from accounts.models import User
from markets.models import Venue
from markets.services import ensure_market, ensure_venue, upsert_candles
from markets.sources.base import Bar
from portfolios import services
from portfolios.models import Portfolio

DAYS = 400


def close_of(symbol: str, days_ago: int) -> Decimal:
    """A wave around a level, so that returns are neither zero nor constant."""
    level = {"BTC": 50_000, "ETH": 3_000}[symbol]
    return Decimal(level) * (100 + (days_ago * 7) % 13) / 100


@pytest.fixture
def venue(db: None, valkey: Redis) -> Venue:
    found = ensure_venue("binance")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for symbol in ("BTC", "ETH"):
        market = ensure_market(found, f"{symbol}USDT", symbol, "USDT")
        upsert_candles(market, "1d", [_bar(symbol, midnight, n) for n in range(DAYS, 0, -1)])
    return found


def _bar(symbol: str, midnight: datetime, days_ago: int) -> Bar:
    close = close_of(symbol, days_ago)
    opened = midnight - timedelta(days=days_ago)
    return Bar(opened, close, close, close, close, Decimal(5))


@pytest.fixture
def portfolio(venue: Venue, owner: User) -> Portfolio:
    """Two bitcoin and ten ether, bought 40 days ago; valued."""
    made = services.create_portfolio(owner=owner, name="Calm core", venue=venue)
    for symbol, quantity in (("BTC", 2), ("ETH", 10)):
        services.add_transaction(
            portfolio=made,
            type="buy",
            symbol=symbol,
            quantity=Decimal(quantity),
            price=close_of(symbol, 40),
            executed_at=datetime.now(UTC) - timedelta(days=40),
        )
    services.revalue([made.pk])
    return made


@pytest.fixture
def hers(client: Client, owner: User) -> Client:
    """The owner's browser."""
    client.force_login(owner)
    return client
