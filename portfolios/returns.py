"""Time-weighted return, daily linked. No framework.

A day's return is r = (V_t + out_t) / (V_{t-1} + in_t) - 1: money comes in at the start of the day
and leaves at its end, so that neither a deposit nor a withdrawal is ever a profit or a loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Day:
    """A portfolio at the end of a day; `value` None: a price was missing."""

    value: Decimal | None
    inflow: Decimal
    outflow: Decimal


def daily_returns(opening: Decimal | None, days: Sequence[Day]) -> list[float | None]:
    """The return of each day; `opening` is the value at the end of the day before the first.

    Days without a value yield None and their flows count for the next day that has one, so the
    product of the rest still spans them. A day on which nothing was held yields 0.
    """
    before = opening or Decimal(0)
    came = left = Decimal(0)
    returns: list[float | None] = []
    for day in days:
        came, left = came + day.inflow, left + day.outflow
        if day.value is None:
            returns.append(None)
            continue
        invested = before + came
        returns.append(float((day.value + left) / invested) - 1 if invested > 0 else 0.0)
        before, came, left = day.value, Decimal(0), Decimal(0)
    return returns


def time_weighted(opening: Decimal | None, days: Sequence[Day]) -> float | None:
    """Product of the days' returns as a fraction; None when no day has a value."""
    known = [r for r in daily_returns(opening, days) if r is not None]
    if not known:
        return None
    growth = 1.0
    for r in known:
        growth *= 1 + r
    return growth - 1
