"""Where the units lie, as the ledger names places."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from markets.services import ensure_asset
from portfolios.models import Portfolio
from portfolios.selectors import quantities_at, quantities_by_location, quantities_of
from portfolios.services import add_transaction, create_portfolio

START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def book(owner: User) -> Portfolio:
    for symbol in ("BTC", "ETH", "BNB"):
        ensure_asset(symbol)
    ensure_asset("USD", kind="fiat")
    return create_portfolio(owner=owner, name="Places", track_cash=True)


def tell(book: Portfolio, *rows: dict[str, Any]) -> None:
    for at, row in enumerate(rows):
        priced: dict[str, Any] = (
            {} if row["type"] in {"transfer", "withdrawal", "fee"} else {"price": Decimal(10)}
        )
        moment = START + timedelta(days=at)
        add_transaction(portfolio=book, executed_at=moment, **priced, **row)


def units(book: Portfolio) -> dict[str, dict[str, Decimal]]:
    return {
        place: {symbol: quantity.normalize() for symbol, quantity in held.items()}
        for place, held in quantities_by_location(book).items()
    }


def test_places_follow_the_ledger(book: Portfolio) -> None:
    tell(
        book,
        {"type": "deposit", "symbol": "USD", "quantity": 1000, "location": "Kraken"},
        {"type": "deposit", "symbol": "BNB", "quantity": 1, "location": "Kraken"},
        {"type": "buy", "symbol": "BTC", "quantity": 10, "location": "Kraken", "fee": 5},
        {
            "type": "buy",
            "symbol": "ETH",
            "quantity": 2,
            "location": "Kraken",
            "fee": Decimal("0.25"),
            "fee_symbol": "BNB",
        },
        {
            "type": "transfer",
            "symbol": "BTC",
            "quantity": 4,
            "location": "Kraken",
            "to_location": "Vault",
            "fee": Decimal("0.5"),
        },
        {"type": "sell", "symbol": "BTC", "quantity": 1, "location": "Vault", "fee": 2},
    )
    assert units(book) == {
        "Kraken": {
            "USD": Decimal(875) + Decimal(0),
            "BNB": Decimal("0.75"),
            "BTC": Decimal("5.5"),
            "ETH": Decimal(2),
        },
        "Vault": {"BTC": Decimal(3), "USD": Decimal(8)},
    }


def test_what_the_ledger_does_not_place_is_scaled_to_what_is_held(book: Portfolio) -> None:
    tell(
        book,
        {"type": "deposit", "symbol": "BTC", "quantity": 6, "location": "A"},
        {"type": "deposit", "symbol": "BTC", "quantity": 2, "location": "B"},
        {"type": "withdrawal", "symbol": "BTC", "quantity": 4, "location": "C"},
        {"type": "deposit", "symbol": "ETH", "quantity": 3},
    )
    assert units(book) == {
        "A": {"BTC": Decimal(3)},
        "B": {"BTC": Decimal(1)},
        "": {"ETH": Decimal(3)},
    }


def test_many_at_once_are_each_by_itself(book: Portfolio, owner: User) -> None:
    other = create_portfolio(owner=owner, name="Other")
    empty = create_portfolio(owner=owner, name="Empty")
    tell(book, {"type": "deposit", "symbol": "BTC", "quantity": 6})
    tell(
        other,
        {"type": "deposit", "symbol": "BTC", "quantity": 1},
        {"type": "deposit", "symbol": "ETH", "quantity": 2},
        {"type": "withdrawal", "symbol": "ETH", "quantity": 2},
    )
    for moment in (START, START + timedelta(days=1), START + timedelta(days=9)):
        found = quantities_of([book.pk, other.pk, empty.pk], moment)
        for portfolio in (book, other, empty):
            assert found.get(portfolio.pk, {}) == quantities_at(portfolio, moment)
        assert empty.pk not in found
