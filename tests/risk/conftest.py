"""A venue with stored closes, and portfolios in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from redis import Redis

from accounts.models import User
from markets.services import ensure_asset, import_candles
from portfolios.models import Portfolio
from portfolios.services import add_transaction, create_portfolio

#: Closes end here: what is tested does not depend on the day of the test.
LAST = datetime(2025, 11, 12, tzinfo=UTC)
HEADER = "date,symbol,open,high,low,close,volume"


def days(count: int) -> list[str]:
    """The last so many days up to LAST, ascending, as ISO dates."""
    return [(LAST - timedelta(days=back)).date().isoformat() for back in range(count - 1, -1, -1)]


def line(day: str, symbol: str, close: float) -> str:
    price = f"{close:.8f}"
    return f"{day},{symbol}USDT,{price},{price},{price},{price},1"


def generated(count: int = 500, seed: int = 11) -> list[str]:
    """A CSV file of five coins that move together with fat tails, each with its own start."""
    rng = np.random.default_rng(seed)
    market = rng.standard_t(4, count) * 0.02
    lines = [HEADER]
    for symbol, start, own in [
        ("BTC", 40000, 0.008),
        ("ETH", 2500, 0.02),
        ("SOL", 90, 0.035),
        ("ADA", 0.4, 0.03),
        ("DOGE", 0.1, 0.05),
    ]:
        moves = np.clip(market + rng.standard_t(4, count) * own, -0.6, 0.9)
        path = start * np.cumprod(1 + moves)
        lines += [line(day, symbol, close) for day, close in zip(days(count), path, strict=True)]
    return lines


@pytest.fixture
def market(db: None, valkey: Redis) -> list[str]:
    """The lines of a generated file, imported."""
    lines = generated()
    import_candles(lines, "stored")
    for symbol in ("USD", "EUR"):
        ensure_asset(symbol, kind="fiat")
    return lines


#: Have no close on the day of the deposits, so that a basis must be given.
UNKNOWN_THEN = {"NEW", "NOPE"}

Hold = Callable[..., Portfolio]


@pytest.fixture
def hold(owner: User) -> Hold:
    """Make a portfolio that holds so much of each symbol since 2024, beyond the first close."""

    def make(quantities: Mapping[str, str], name: str = "Core", **more: object) -> Portfolio:
        portfolio = create_portfolio(owner=owner, name=name, **more)  # type: ignore[arg-type]
        for symbol, quantity in quantities.items():
            add_transaction(
                portfolio=portfolio,
                type="deposit",
                symbol=symbol,
                quantity=Decimal(quantity),
                price=Decimal(1) if symbol in UNKNOWN_THEN else None,
                executed_at=datetime(2025, 1, 2, 12, tzinfo=UTC),
            )
        return Portfolio.objects.get(pk=portfolio.pk)  # its revision counts the transactions

    return make
