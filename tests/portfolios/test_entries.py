"""What each type of transaction does to each asset: the table of docs/ledger.md."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from markets.models import Asset, AssetKind
from portfolios.entries import NoMarkError, entries, symbols_of, symbols_to_mark
from portfolios.lots import Event, Kind
from portfolios.marks import Marks
from portfolios.models import Portfolio, Transaction, TransactionType

DAY = date(2024, 5, 5)
#: Dollars per unit that day; NEW has no price.
CLOSES = {"BTC": "60000", "ETH": "3000", "EUR": "1.1", "BNB": "500"}
FIAT = {"USD", "EUR"}


def asset(symbol: str) -> Asset:
    return Asset(symbol=symbol, kind=AssetKind.FIAT if symbol in FIAT else AssetKind.COIN)


def row(kind: str, quantity: str, symbol: str, **more: Any) -> Transaction:
    """A transaction that is in no database; `to` is "0.5 ETH", `fee` is "1 EUR" or "1"."""
    made = Transaction(
        pk=7,
        type=kind,
        asset=asset(symbol),
        quantity=Decimal(quantity),
        currency=more.pop("currency", "USD"),
        executed_at=datetime(2024, 5, 5, 12, tzinfo=UTC),
        location="A",
        price=Decimal(price) if (price := more.pop("price", None)) else None,
    )
    if to := more.pop("to", ""):
        units, symbol = to.split()
        made.to_quantity, made.to_asset = Decimal(units), asset(symbol)
    units, _, symbol = more.pop("fee", "0").partition(" ")
    made.fee, made.fee_asset = Decimal(units), asset(symbol) if symbol else None
    for name, value in more.items():
        setattr(made, name, value)
    return made


def marks() -> Marks:
    closes = {symbol: {DAY: Decimal(close)} for symbol, close in CLOSES.items()}
    return Marks("USD", closes, _days={symbol: [DAY] for symbol in closes})


def told(symbol: str, event: Event) -> str:
    """An event in words; what is zero, false or empty is left out."""
    words = [symbol, event.kind.value, f"{event.quantity.normalize():f}"]
    for name, value in (("money", event.money), ("fee", event.fee), ("worth", event.worth)):
        if value:
            words.append(f"{name}={value.normalize():f}")
    return " ".join([*words, "assumed"] if event.assumed else words)


def happens(made: Transaction, *, cash: bool = False, **more: Any) -> list[str]:
    portfolio = Portfolio(base_currency="USD", track_cash=cash)
    return [told(e.symbol, e.event) for e in entries(portfolio, [made], marks(), **more)]


CASES: dict[str, tuple[Transaction, list[str]]] = {
    "buy": (
        row("buy", "2", "BTC", price="100", fee="1"), ["BTC acquire 2 money=201 fee=1"],
    ),
    "sell, fee in euros": (
        row("sell", "2", "BTC", price="100", fee="1 EUR"), ["BTC sell 2 money=198.9 fee=1.1"],
    ),
    "buy, fee in a coin": (
        row("buy", "2", "BTC", price="100", fee="0.1 BNB"),
        ["BTC acquire 2 money=200", "BNB spend 0.1 worth=50"],
    ),
    "swap at what comes in": (
        row("swap", "1", "BTC", to="21 ETH"),
        ["BTC sell 1 money=63000", "ETH acquire 21 money=63000"],
    ),
    "swap at its price": (
        row("swap", "2", "BTC", to="21 ETH", price="50", currency="EUR"),
        ["BTC sell 2 money=110", "ETH acquire 21 money=110"],
    ),
    "swap into what has no price": (
        row("swap", "1", "BTC", to="5 NEW"),
        ["BTC sell 1 money=60000", "NEW acquire 5 money=60000"],
    ),
    "swap, fee in money lowers the proceeds": (
        row("swap", "1", "BTC", to="21 ETH", fee="10"),
        ["BTC sell 1 money=62990 fee=10", "ETH acquire 21 money=63000"],
    ),
    "swap, fee in what comes in": (
        row("swap", "1", "BTC", to="21 ETH", fee="0.01 ETH"),
        ["BTC sell 1 money=63000", "ETH acquire 21 money=63000", "ETH spend 0.01 worth=30"],
    ),
    "deposit": (row("deposit", "1", "BTC"), ["BTC deposit 1 money=60000 assumed"]),
    "deposit at a price": (row("deposit", "1", "BTC", price="9"), ["BTC deposit 1 money=9"]),
    "withdrawal, fee in units": (
        row("withdrawal", "1", "BTC", fee="0.001"), ["BTC withdraw 1", "BTC spend 0.001 worth=60"],
    ),
    "transfer": (row("transfer", "1", "BTC", to_location="B"), ["BTC move 1"]),
    "fee": (row("fee", "1", "ETH"), ["ETH spend 1 worth=3000"]),
    "fee of unknown worth": (row("fee", "1", "NEW"), ["NEW spend 1"]),
    "interest": (row("interest", "1", "ETH"), ["ETH spend 1 worth=3000"]),
    "reward": (row("reward", "1", "ETH"), ["ETH reward 1 money=3000"]),
    "airdrop": (row("airdrop", "1", "ETH", price="2900"), ["ETH reward 1 money=2900"]),
    "fork": (row("fork", "1", "NEW"), ["NEW acquire 1"]),
    "fork at a price": (row("fork", "1", "NEW", price="5"), ["NEW reward 1 money=5"]),
    "gift received": (row("gift_in", "1", "ETH"), ["ETH acquire 1 money=3000 assumed"]),
    "gift at the giver's basis": (
        row("gift_in", "1", "ETH", price="10"), ["ETH acquire 1 money=10"],
    ),
    "gift given": (row("gift_out", "1", "ETH"), ["ETH give 1"]),
    "lost": (row("lost", "1", "ETH"), ["ETH lose 1"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_happens(name: str) -> None:
    made, expected = CASES[name]
    assert happens(made) == expected


def test_every_type_is_in_the_table() -> None:
    assert {made.type for made, _ in CASES.values()} == set(TransactionType.values)


CASH = {
    "buy": (
        row("buy", "2", "BTC", price="100", currency="EUR", fee="1"),
        ["BTC acquire 2 money=221.1 fee=1.1", "EUR sell 201 money=221.1"],
    ),
    "sell, fee in other money": (
        row("sell", "2", "BTC", price="100", fee="1 EUR"),
        ["BTC sell 2 money=198.9 fee=1.1", "EUR sell 1 money=1.1", "USD acquire 200 money=200"],
    ),
    "swap": (
        row("swap", "1", "BTC", to="21 ETH"),
        ["BTC sell 1 money=63000", "ETH acquire 21 money=63000"],
    ),
    "swap, fee in money": (
        row("swap", "1", "BTC", to="21 ETH", fee="10 EUR"),
        ["BTC sell 1 money=62989 fee=11", "ETH acquire 21 money=63000", "EUR sell 10 money=11"],
    ),
}


@pytest.mark.parametrize("name", CASH)
def test_what_happens_where_cash_is_tracked(name: str) -> None:
    made, expected = CASH[name]
    assert happens(made, cash=True) == expected


@pytest.mark.parametrize("cash", [False, True])
@pytest.mark.parametrize("name", [*CASES, *CASH])
def test_the_symbols_are_those_that_something_happens_to(name: str, *, cash: bool) -> None:
    made = CASES[name][0] if name in CASES else CASH[name][0]
    assert symbols_of(made, track_cash=cash) == {
        line.split()[0] for line in happens(made, cash=cash)
    }


@pytest.mark.parametrize("name", CASES)
def test_only_announced_prices_are_asked_for(name: str) -> None:
    made, expected = CASES[name]
    known = marks()
    wanted = symbols_to_mark([made])
    known.closes = {s: closes for s, closes in known.closes.items() if s in wanted}
    found = entries(Portfolio(base_currency="USD"), [made], known)
    assert [told(e.symbol, e.event) for e in found] == expected


MISSING = {
    "deposit": (row("deposit", "1", "NEW"), "price"),
    "reward": (row("reward", "1", "NEW"), "price"),
    "gift": (row("gift_in", "1", "NEW"), "price"),
    "swap": (row("swap", "1", "NEW", to="1 OLD"), "price"),
    "swap without a target": (row("swap", "1", "BTC"), "to_symbol"),
    "money": (row("buy", "1", "BTC", price="1", currency="GBP"), "currency"),
    "fee": (row("buy", "1", "BTC", price="1", fee="1 GBP", currency="USD"), "fee_symbol"),
}


@pytest.mark.parametrize("name", MISSING)
def test_a_price_that_is_not_known_is_asked_for(name: str) -> None:
    made, field = MISSING[name]
    if made.fee_asset is not None:
        made.fee_asset.kind = AssetKind.FIAT
    with pytest.raises(NoMarkError) as told_of:
        happens(made)
    assert (told_of.value.field, told_of.value.transaction) == (field, made)


def test_events_know_their_place_and_what_was_chosen_for_the_asset_itself() -> None:
    made = row("transfer", "1", "BTC", to_location="B", fee="0.1 ETH", unmatched=True)
    chosen = {7: ((3, Decimal(1)),)}
    found = [e.event for e in entries(Portfolio(), [made], marks(), chosen)]
    assert [(e.kind, e.location, e.to_location, e.unmatched) for e in found] == [
        (Kind.MOVE, "A", "B", True),
        (Kind.SPEND, "A", "B", True),
    ]
    assert [e.choices for e in found] == [chosen[7], ()]
