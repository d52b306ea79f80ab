"""Time-weighted return, daily linked. No framework.

A day's return is r = (V_t + out_t) / (V_{t-1} + in_t) - 1: money comes in at the start of the day
and leaves at its end, so that neither a deposit nor a withdrawal is ever a profit or a loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Day:
    """A portfolio at the end of a day; `value` None: a price was missing."""

    value: Decimal | None
    inflow: Decimal
    outflow: Decimal


@dataclass(frozen=True, slots=True)
class Earned:
    """What a day brought, flows taken out: money of the base, and a fraction of what was at work.

    It covers the days without a value right before it as well.
    """

    profit: Decimal
    fraction: float


def earned(opening: Decimal | None, days: Sequence[Day]) -> list[Earned | None]:
    """What each day brought; `opening` is the value at the end of the day before the first.

    Days without a value yield None and their flows count for the next day that has one, so the
    product of the rest still spans them. A day on which nothing was held yields 0. Where the
    opening value is not known (None), the first day with a value yields None: it only begins.
    """
    before = opening
    came = left = ZERO
    found: list[Earned | None] = []
    for day in days:
        came, left = came + day.inflow, left + day.outflow
        if day.value is None:
            found.append(None)
            continue
        found.append(None if before is None else _earned(before, came, left, day.value))
        before, came, left = day.value, ZERO, ZERO
    return found


def _earned(before: Decimal, came: Decimal, left: Decimal, value: Decimal) -> Earned:
    at_work = before + came
    after = value + left
    return Earned(after - at_work, float(after / at_work) - 1 if at_work > 0 else 0.0)


def daily_returns(opening: Decimal | None, days: Sequence[Day]) -> list[float | None]:
    """The fractions of `earned`; without an opening value nothing was there before."""
    return [None if day is None else day.fraction for day in earned(opening or ZERO, days)]


def linked(fractions: Iterable[float | None]) -> float | None:
    """Product of returns as one; None when none is known."""
    known = [fraction for fraction in fractions if fraction is not None]
    if not known:
        return None
    growth = 1.0
    for fraction in known:
        growth *= 1 + fraction
    return growth - 1


def time_weighted(opening: Decimal | None, days: Sequence[Day]) -> float | None:
    """Product of the days' returns as a fraction; None when no day has a value."""
    return linked(daily_returns(opening, days))
