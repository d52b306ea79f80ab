"""The cheapest trades that would bring a breached limit back, checked against the real figures.

Nothing is traded and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_UP, Decimal
from math import inf, nan
from typing import Any

import numpy as np

from portfolios.models import Portfolio
from risk import restoring
from risk.crossing import plain
from risk.limits import Line, read
from risk.models import Limit
from risk.parameters import Parameters
from risk.restoring import Plan, Ship
from risk.selectors.answers import Answer, answer_of
from risk.selectors.limits import Scope, returns_of, scope_of
from risk.selectors.looks import Look, look, look_at
from risk.selectors.units import gain_of, holders, positions_of
from risk.selectors.what_if import FEE_RATE, money_of, with_positions
from risk.what_if import ONE, ZERO, Fill, Outcome, Position, Trade, apply

#: The smallest order, in the base currency, where nobody says otherwise.
LEAST_ORDER = Decimal(10)
#: How far a plan may grow until it really restores, and how many plans are tried.
GROWTH = (ONE, Decimal("1.0005"), Decimal("1.002"), Decimal("1.01"), Decimal("1.05"))
TRIED = 4
_UNIT = Decimal("1e-18")


def restore(
    limit: Limit, *, fee_rate: Decimal = FEE_RATE, least_order: Decimal = LEAST_ORDER
) -> Answer:
    """What to sell so that the limit holds again: `trades` is empty if it is not breached or if no
    sale restores it (`reason` says which), else the cheapest plan and, as `others`, what the next
    ways would cost.
    """
    scope = scope_of(limit)
    line, seen = limit.line, look(list(scope[0]), Parameters(), scope[1]) if scope[0] else None
    answer: Answer = {
        "limit": limit.pk,
        "currency": scope[1],
        "fee_rate": float(fee_rate),
        "least_order": plain(least_order),
        "threshold": line.threshold,
        "before": None,
        "after": None,
        "trades": [],
        "others": [],
        "reason": "",
    }
    before = _reading(line, seen)
    answer["before"] = before
    if seen is None or before is None:
        return answer | {"reason": "It cannot be measured now."}
    if not line.breached_by(before):
        return answer | {"reason": "It is not breached."}
    return answer | _best(line, scope, seen, fee_rate, least_order)


def _reading(line: Line, seen: Look | None) -> float | None:
    if seen is None:
        return None
    return read(line, answer_of(seen, []), returns_of(seen)).value


def _best(
    line: Line, scope: Scope, seen: Look, fee_rate: Decimal, least: Decimal
) -> dict[str, Any]:
    ship = ship_of(seen)
    found = restoring.plans(line, ship, fee_rate=float(fee_rate), least=float(least))
    positions = {one.symbol: one for one in positions_of(scope[0], seen.exposure)}
    for plan in found[:TRIED]:
        checked = _checked(line, seen, plan, ship=ship, positions=positions, fee_rate=fee_rate)
        if checked is not None:
            done, value = checked
            others = [_cost(other) for other in found if other is not plan][: TRIED - 1]
            return {"after": value, "others": others, **_said(scope, plan, done)}
    return {"reason": "No sale into money restores it."}


def ship_of(seen: Look) -> Ship:
    """A look as the search sees it, with the base currency in it."""
    held = seen.exposure
    symbols = held.symbols
    kinds = [position.kind for position in held.held]
    values = [float(position.value) for position in held.held]
    if held.base not in symbols:
        symbols, kinds, values = [*symbols, held.base], [*kinds, "fiat"], [*values, 0.0]
    turnover = {sale.symbol: _turnover(sale.days, sale.turnover) for sale in seen.sales}
    return Ship(
        symbols=symbols,
        kinds=[str(kind) for kind in kinds],
        values=np.array(values),
        cash=symbols.index(held.base),
        series=seen.series,
        turnover=np.array([turnover.get(symbol, inf) for symbol in symbols]),
    )


def _turnover(days: float | None, turnover: float | None) -> float:
    """Money needs no buyer: it has no end of turnover."""
    if days is None:
        return nan
    return inf if turnover is None else turnover


def _checked(
    line: Line,
    seen: Look,
    plan: Plan,
    *,
    ship: Ship,
    positions: dict[str, Position],
    fee_rate: Decimal,
) -> tuple[Outcome, float] | None:
    """The plan in whole units of what is sold, grown until the real figures hold; None if they
    do not (selling changes which assets have history enough to be measured).
    """
    for factor in GROWTH:
        trades = _trades(ship, plan, positions, factor)
        done = apply(
            list(positions.values()),
            trades,
            base=money_of(seen.exposure.base),
            market={},
            fee_rate=fee_rate,
        )
        value = _reading(line, look_at(with_positions(seen.exposure, done), Parameters()))
        if value is not None and not line.breached_by(value):
            return done, value
    return None


def _trades(ship: Ship, plan: Plan, positions: dict[str, Position], factor: Decimal) -> list[Trade]:
    """Sales in units of six significant digits, rounded up, of at most all that is held."""
    found = []
    for at in np.flatnonzero(plan.sold):
        position = positions[ship.symbols[at]]
        exact = Decimal(repr(float(plan.sold[at]))) / position.price * factor
        step = Decimal(1).scaleb(max(exact.adjusted() - 5, -18))
        units = min(exact.quantize(step, rounding=ROUND_UP), position.quantity)
        found.append(Trade(position.symbol, quantity=-units))
    return found


def _cost(plan: Plan) -> dict[str, Any]:
    return {
        "way": plan.way,
        "trades": plan.trades,
        "sold": f"{float(plan.sold.sum()):.2f}",
        "fee": f"{plan.fee:.2f}",
    }


def _said(scope: Scope, plan: Plan, done: Outcome) -> dict[str, Any]:
    """The trades portfolio by portfolio, with what each would realise."""
    portfolios, base = scope
    trades = [
        _trade(portfolio, fill, units, base)
        for fill in done.fills
        for portfolio, units in _split(holders(portfolios, fill.symbol), -fill.quantity)
    ]
    gains = [trade["realised_gain"] for trade in trades]
    known = None if None in gains else plain(sum((Decimal(gain) for gain in gains), ZERO))
    return {
        "way": plan.way,
        "trades": trades,
        "sold": plain(-sum((fill.value for fill in done.fills), ZERO).quantize(_UNIT)),
        "fee": plain(done.cash.fees),
        "realised_gain": known,
    }


def _split(
    owned: Sequence[tuple[Portfolio, Decimal]], units: Decimal
) -> Iterator[tuple[Portfolio, Decimal]]:
    """A sale of so many units, taken from the portfolio that holds the most first."""
    for portfolio, quantity in owned:
        taken = min(units, quantity)
        if taken > 0:
            yield portfolio, taken
        units -= taken


def _trade(portfolio: Portfolio, fill: Fill, units: Decimal, base: str) -> dict[str, Any]:
    value = (units * fill.price).quantize(_UNIT)
    fee = (fill.fee * units / -fill.quantity).quantize(_UNIT)
    gain = gain_of(portfolio, fill.symbol, units, value - fee, base)
    return {
        "portfolio": portfolio.pk,
        "portfolio_name": portfolio.name,
        "symbol": fill.symbol,
        "quantity": plain(units),
        "price": plain(fill.price.quantize(_UNIT)),
        "value": plain(value),
        "fee": plain(fee),
        "realised_gain": None if gain.amount is None else plain(gain.amount),
        "cost_assumed": gain.assumed,
    }
