"""How much of a profit came from the base currency moving against the dollar. No framework.

What is held is priced in dollars; `rate` is what a dollar is worth in the base. Over a day
profit = (V$ now - V$ before - net$) * rate now + V$ before * (rate now - rate before): the first is
what the assets did, the second what the currency did. As fractions
1 + r = (1 + r in dollars)(1 + currency).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from portfolios import ratios
from portfolios.ratios import Ratio

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RatedDay:
    """The end of a day in the base; `rate`: base for one dollar. None: not known."""

    value: Decimal | None
    inflow: Decimal
    outflow: Decimal
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class CurrencyEffect:
    """`assets` + `currency` = the profit, in money of the base; fractions multiply to the return.

    None, and the reason, where a price or a rate was missing.
    """

    assets: Decimal | None
    currency: Decimal | None
    assets_return: float | None
    currency_return: float | None
    reason: str = ""


def effect(opening: RatedDay, days: Sequence[RatedDay]) -> CurrencyEffect:
    """Over the days; `opening` is the evening before the first. Days without a value or a rate
    lend their flows to the next one that has both.
    """
    if opening.value is None or opening.rate is None:
        return _none(ratios.NO_VALUE if opening.value is None else ratios.NO_CURRENCY)
    before, rate = opening.value, opening.rate
    came = left = profit = moved = ZERO
    whole = abroad = 1.0
    for day in days:
        came, left = came + day.inflow, left + day.outflow
        if day.value is None or not day.rate:
            continue
        drift = day.rate / rate
        profit += day.value - before - came + left
        moved += before * (drift - 1)
        at_work = before + came
        if at_work > 0:
            whole *= float((day.value + left) / at_work)
            abroad *= float((day.value + left) / (before * drift + came))
        before, rate, came, left = day.value, day.rate, ZERO, ZERO
    if days and (days[-1].value is None or not days[-1].rate):
        return _none(ratios.NO_VALUE if days[-1].value is None else ratios.NO_CURRENCY)
    fraction = whole / abroad - 1 if abroad > 0 else None
    return CurrencyEffect(profit - moved, moved, abroad - 1, fraction)


def _none(why: Ratio) -> CurrencyEffect:
    return CurrencyEffect(None, None, None, None, why.reason)
