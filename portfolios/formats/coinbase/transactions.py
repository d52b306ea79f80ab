"""[ID,]Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,
Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes[,…].

Reports of before 2024 have no ID and say "Spot Price" where newer ones say "Price". The notes say
what a conversion brought and which pair was traded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from portfolios.formats import shape
from portfolios.formats.numbers import number, plain, written
from portfolios.formats.shape import MONEY, Content, Found, Row, Seen, Settings, Wrong
from portfolios.formats.times import utc
from portfolios.formats.trades import Leg, content, moved, per_unit, trade, with_fee

_CURRENCY = ("Price Currency", "Spot Price Currency")
_PRICE = ("Price at Transaction", "Spot Price at Transaction")
_FEES = ("Fees and/or Spread", "Fees")
NEEDS = (("Timestamp",), ("Transaction Type",), ("Asset",), ("Quantity Transacted",), _CURRENCY,
         _PRICE, ("Subtotal",), _FEES)  # fmt: skip
WHERE = "Coinbase"
PRO = "Coinbase Pro"
_CONVERTED = re.compile(r"Converted [\d.,]+ \w+ to ([\d.,]+) (\w+)")
_ON_PAIR = re.compile(r" for \S?([\d.,]+) (\w+) on \w+-(\w+)")

_INCOME = {
    **dict.fromkeys(
        (
            "rewards income", "reward income", "staking income", "inflation reward",
            "coinbase earn", "learning reward", "interest payout", "subscription rebate",
            "subscription rebates (24 hours)",
        ),
        "reward",
    ),
    "airdrop": "airdrop",
}  # fmt: skip
_BUYS = {"buy", "advanced trade buy", "advance trade buy", "recurring buy"}
_SELLS = {"sell", "advanced trade sell", "advance trade sell", "card spend"}
_MOVES = {
    "receive": "deposit",
    "deposit": "deposit", "withdrawal": "withdrawal", "send": "withdrawal", "donation": "gift_out",
    "admin debit": "withdrawal", "fiat deposit": "deposit", "fiat withdrawal": "withdrawal",
}  # fmt: skip
_BETWEEN = {
    "exchange deposit": (WHERE, PRO), "pro deposit": (WHERE, PRO),
    "exchange withdrawal": (PRO, WHERE), "pro withdrawal": (PRO, WHERE),
}  # fmt: skip
_INTERNAL = {
    "vault withdrawal", "vault deposit", "cash to savings", "retail staking transfer",
    "retail unstaking transfer", "retail eth2 deprecation", "staking transfer",
    "unstaking transfer",
}  # fmt: skip


def read(rows: Iterable[Row], settings: Settings) -> Iterator[Found]:
    """A row each."""
    seen = Seen("coinbase")
    return shape.each(rows, lambda row: _made(row, settings, seen))


def _made(row: Row, settings: Settings, seen: Seen) -> Content | str:
    word = row.get("Transaction Type")
    kind = word.casefold()
    if kind in _INTERNAL:
        return "moves within Coinbase"
    at = utc(row.get("Timestamp"), "Timestamp")
    quantity = abs(plain(row.get("Quantity Transacted"), "Quantity Transacted"))
    symbol = row.get("Asset").upper()
    if not symbol or not quantity:
        column = "Quantity Transacted" if symbol else "Asset"
        raise Wrong(column, "Must be greater than zero." if symbol else "Is empty.")
    made = _by_kind(kind, row, Leg(symbol, quantity), at, settings)
    if made is None:
        raise Wrong("Transaction Type", f"“{word}” is not known.")
    if isinstance(made, str):
        return made
    cells = [cell.strip() for cell in row.raw]
    identity = f"coinbase:{row.get('ID')}" if row.get("ID") else seen.id(*cells)
    return {**made, "external_id": identity[:120], "note": row.get("Notes")[:500]}


def _by_kind(
    kind: str, row: Row, leg: Leg, at: datetime, settings: Settings
) -> Content | str | None:
    if kind in _BUYS | _SELLS:
        return _trade(row, leg, at, settings, is_buy=kind in _BUYS)
    if kind == "convert":
        return _convert(row, leg, at, settings)
    if kind in _INCOME or (kind == "receive" and _is_earned(row.get("Notes"))):
        return _income(_INCOME.get(kind, "reward"), row, leg, at, settings)
    if kind in _BETWEEN:
        here, there = _BETWEEN[kind]
        made = moved("transfer", leg, at, here, settings)
        return made if isinstance(made, str) else {**made, "to_location": there}
    return moved(_MOVES[kind], leg, at, WHERE, settings) if kind in _MOVES else None


def _is_earned(notes: str) -> bool:
    return any(word in notes for word in ("Coinbase Earn", "Coinbase Rewards", "Coinbase Referral"))


def _money(row: Row, *columns: str) -> Decimal:
    return abs(plain(row.get(*columns), columns[0], empty=Decimal(0)))


def _price(row: Row, quantity: Decimal) -> dict[str, str]:
    """Per unit, from the subtotal (exact to the cent) or else as the report says."""
    currency = row.get(*_CURRENCY).upper()
    if not currency:
        raise Wrong(_CURRENCY[0], "Is empty.")
    subtotal = _money(row, "Subtotal")
    if subtotal:
        return {"price": per_unit(subtotal, quantity), "currency": currency}
    price = abs(plain(row.get(*_PRICE), _PRICE[0]))
    return {"price": written(price), "currency": currency}


def _trade(row: Row, leg: Leg, at: datetime, settings: Settings, *, is_buy: bool) -> Content | str:
    """Against the report's currency; against another coin it is a swap."""
    other = _ON_PAIR.search(row.get("Notes"))
    if leg.symbol in MONEY and not settings.track_cash:
        return "money moves only where the portfolio tracks cash"
    if other and other[3].upper() not in MONEY | {row.get(*_CURRENCY).upper()}:
        against = Leg(other[3].upper(), number(other[1], "Notes"))
        out, into = (against, leg) if is_buy else (leg, against)
        return trade(out, into, at, WHERE, settings, column="Notes")
    made = content("buy" if is_buy else "sell", leg, at, WHERE, **_price(row, leg.quantity))
    return with_fee(made, Leg(row.get(*_CURRENCY).upper(), _money(row, *_FEES)))


def _convert(row: Row, leg: Leg, at: datetime, settings: Settings) -> Content | str:
    """What came is in the notes, what it was worth in the columns."""
    found = _CONVERTED.search(row.get("Notes"))
    if not found:
        raise Wrong("Notes", "Do not say what it was converted to.")
    into = Leg(found[2].upper(), number(found[1], "Notes"))
    made = trade(leg, into, at, WHERE, settings, column="Notes")
    if isinstance(made, str):
        return made
    unit = _price(row, Decimal(made["quantity"]))
    made = {**made, **unit}
    return with_fee(made, Leg(unit["currency"], _money(row, *_FEES)))


def _income(kind: str, row: Row, leg: Leg, at: datetime, settings: Settings) -> Content | str:
    made = moved(kind, leg, at, WHERE, settings)
    return made if isinstance(made, str) else {**made, **_price(row, leg.quantity)}
