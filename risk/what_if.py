"""What a portfolio would hold after trades that nobody made. Pure, all Decimal.

Trades are in units (signed: a sale is negative) or aim at a share of the value. Money for what is
bought comes from the base currency that is held, then from outside; money from sales waits in the
base currency. Where shares are aimed at, what is not named makes room: first the money held, then
everything else in proportion. A fee is a fraction of each trade and is paid in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

ZERO, ONE = Decimal(0), Decimal(1)
_UNIT = Decimal("1e-18")
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Position:
    """Units of one asset and the price of one in the base currency."""

    symbol: str
    kind: str
    quantity: Decimal
    price: Decimal

    @property
    def value(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True)
class Trade:
    """Either signed units or the share of the whole value to end up with (0 to 1)."""

    symbol: str
    quantity: Decimal | None = None
    weight: Decimal | None = None


@dataclass(frozen=True)
class Fill:
    """One trade as it would be made: signed units and money, before the fee. `implied`: nobody
    asked for it, it makes room for a share that was asked for.
    """

    symbol: str
    quantity: Decimal
    price: Decimal
    value: Decimal
    fee: Decimal
    implied: bool = False


@dataclass(frozen=True)
class Cash:
    """Money of the base currency before and after, fees, and what comes from outside (below zero:
    what is taken out).
    """

    before: Decimal
    after: Decimal
    from_outside: Decimal
    fees: Decimal


@dataclass(frozen=True)
class Outcome:
    positions: list[Position]
    fills: list[Fill]
    cash: Cash


class RefusedError(ValueError):
    """A trade that cannot be; `index` and `field` say which and what of it is wrong."""

    def __init__(self, index: int, field: str, message: str) -> None:
        super().__init__(message)
        self.index, self.field, self.message = index, field, message


def apply(
    held: Sequence[Position],
    trades: Sequence[Trade],
    *,
    base: Position,
    market: Mapping[str, Position],
    fee_rate: Decimal,
) -> Outcome:
    """Carry out `trades` on what is `held`; RefusedError names the first that cannot be.

    `base` is the base currency itself with nothing held of it, `market` what is not held and may
    be bought, likewise.
    """
    with localcontext(_CONTEXT):
        known = {base.symbol: base, **market} | {one.symbol: one for one in held}
        _check(trades, known)
        book = _Book(known, base.symbol, fee_rate)
        for trade in trades:
            if trade.quantity is not None:
                book.trade(trade.symbol, trade.quantity)
        shares = {t.symbol: t.weight for t in trades if t.weight is not None}
        if shares:
            book.aim(shares)
        return book.close()


def _check(trades: Sequence[Trade], known: Mapping[str, Position]) -> None:
    whole, seen = ZERO, set[str]()
    for index, trade in enumerate(trades):
        if trade.symbol not in known:
            raise RefusedError(index, "symbol", f"There is no price of {trade.symbol}.")
        if trade.symbol in seen:
            raise RefusedError(index, "symbol", f"{trade.symbol} is traded twice.")
        if (trade.quantity is None) == (trade.weight is None):
            raise RefusedError(index, "quantity", "Give either units or a weight.")
        seen.add(trade.symbol)
        owned = known[trade.symbol].quantity
        if trade.quantity is not None and trade.quantity < -owned:
            message = f"You hold {owned.normalize():f} {trade.symbol}; more cannot be sold."
            raise RefusedError(index, "quantity", message)
        if trade.weight is not None and not 0 <= trade.weight <= 1:
            raise RefusedError(index, "weight", "A weight lies between 0 and 1.")
        whole += trade.weight or ZERO
        if whole > 1:
            raise RefusedError(index, "weight", "The weights sum to more than 1.")


class _Book:
    """Positions while trades change them; money is counted apart until it is settled."""

    def __init__(self, known: Mapping[str, Position], base: str, fee_rate: Decimal) -> None:
        self.positions = dict(known)
        self.base, self.fee_rate = base, fee_rate
        self.cash = self.before = known[base].value
        self.outside = self.fees = ZERO
        self.fills: list[Fill] = []

    def trade(self, symbol: str, quantity: Decimal, *, implied: bool = False) -> None:
        """Units in or out against money; of the base currency itself: paid in or taken out."""
        quantity = quantity.quantize(_UNIT)
        if not quantity:
            return
        position = self.positions[symbol]
        value = quantity * position.price
        is_money = symbol == self.base
        fee = ZERO if is_money else abs(value) * self.fee_rate
        self.fills.append(Fill(symbol, quantity, position.price, value, fee, implied))
        if is_money:
            self.cash += value
            self.outside += value
            return
        self.positions[symbol] = replace(position, quantity=position.quantity + quantity)
        self.cash -= value + fee
        self.fees += fee

    def aim(self, shares: Mapping[str, Decimal]) -> None:
        """End with these shares of the value there is now; what was traded by units stays so."""
        traded = {fill.symbol for fill in self.fills}
        others = [s for s in self.positions if s not in {*shares, *traded, self.base}]
        worth = {symbol: self.positions[symbol].value for symbol in others}
        rest = sum(worth.values(), ZERO)
        named = [symbol for symbol in shares if symbol != self.base]
        fixed = sum((self.positions[s].value for s in traded if s != self.base), ZERO)
        whole = self.cash + rest + fixed + sum((self.positions[s].value for s in named), ZERO)
        room = max((ONE - sum(shares.values(), ZERO)) * whole - fixed, ZERO)
        for symbol in named:
            self._to(symbol, shares[symbol] * whole)
        if rest > room or (self.base in shares and rest):
            for symbol in others:
                self._to(symbol, worth[symbol] * room / rest, implied=True)

    def _to(self, symbol: str, value: Decimal, *, implied: bool = False) -> None:
        position = self.positions[symbol]
        target = value / position.price if position.price else ZERO
        self.trade(symbol, max(target, ZERO) - position.quantity, implied=implied)

    def close(self) -> Outcome:
        """Money that is missing comes from outside."""
        missing = max(-self.cash, ZERO).quantize(_UNIT)
        after = max(self.cash, ZERO).quantize(_UNIT)
        self.outside += missing
        money = self.positions[self.base]
        self.positions[self.base] = replace(money, quantity=after / money.price)
        kept = [one for one in self.positions.values() if one.quantity > 0]
        cash = Cash(self.before, after, self.outside.quantize(_UNIT), self.fees.quantize(_UNIT))
        return Outcome(kept, self.fills, cash)
