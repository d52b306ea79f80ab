"""From two legs to one content: a purchase, a sale, or a swap of two coins.

Money (fiat and the coins that stand for it) moves only where the portfolio tracks cash: without,
the money of a purchase comes from outside (docs/ledger.md), and its deposits mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

from portfolios.formats.numbers import written
from portfolios.formats.shape import MONEY, Content, Settings, Wrong

_UNIT = Decimal("1e-18")
_PRECISE = Context(prec=60, rounding=ROUND_HALF_EVEN)
NOT_TRACKED = "money moves only where the portfolio tracks cash"


@dataclass(frozen=True, slots=True)
class Leg:
    """So many units of a symbol, always positive."""

    symbol: str
    quantity: Decimal


def content(kind: str, leg: Leg, at: datetime, where: str, **more: object) -> Content:
    """The plain content of one leg."""
    return {
        "type": kind,
        "symbol": leg.symbol,
        "quantity": written(leg.quantity),
        "executed_at": at.isoformat(),
        "location": where,
        **more,
    }


def moved(kind: str, leg: Leg, at: datetime, where: str, settings: Settings) -> Content | str:
    """A deposit, withdrawal or other move of one asset; money without cash is ignored."""
    if leg.symbol in MONEY and not settings.track_cash:
        return NOT_TRACKED
    return content(kind, leg, at, where)


def trade(
    out: Leg, into: Leg, at: datetime, where: str, settings: Settings, *, column: str
) -> Content | str:
    """What was given `out` for what came `into`; raises `Wrong` on `column` for nothing."""
    if not out.quantity or not into.quantity:
        raise Wrong(column, "One side of the trade is zero.")
    if out.symbol == into.symbol:
        raise Wrong(column, f"{out.symbol} was traded for itself.")
    if out.symbol in MONEY and into.symbol in MONEY and not settings.track_cash:
        return NOT_TRACKED
    if out.symbol in MONEY:
        return _priced("buy", into, out, at, where)
    if into.symbol in MONEY:
        return _priced("sell", out, into, at, where)
    other = {"to_symbol": into.symbol, "to_quantity": written(into.quantity)}
    return content("swap", out, at, where, **other)


def _priced(kind: str, coin: Leg, money: Leg, at: datetime, where: str) -> Content:
    price = per_unit(money.quantity, coin.quantity)
    return content(kind, coin, at, where, price=price, currency=money.symbol)


def per_unit(total: Decimal, quantity: Decimal) -> str:
    """A price to 18 decimals."""
    return written(_PRECISE.divide(total, quantity).quantize(_UNIT, context=_PRECISE))


def with_fee(made: Content | str, fee: Leg | None) -> Content | str:
    """The content with its fee, where it has one."""
    if isinstance(made, str) or fee is None or not fee.quantity:
        return made
    return {**made, "fee": written(fee.quantity), "fee_symbol": fee.symbol}
