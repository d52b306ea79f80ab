"""Returns that weigh each moment by the money at work in it. No framework.

XIRR after Microsoft's definition: the yearly rate r at which Σ amount ÷ (1 + r)^(days ÷ 365) is 0,
days counted from the first payment. Modified Dietz after GIPS: a flow counts for the part of the
range that follows the end of its day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from portfolios import ratios
from portfolios.ratios import Ratio

Payment = tuple[date, float]
Floats = NDArray[np.float64]

YEAR: Final = 365.0
#: Where roots are looked for: log(1 + r), from a loss of all but 1e-12 to a factor of 1e12 a year.
_GRID: Final = np.linspace(-27.6, 27.6, 185)
#: exp beyond this is no float64 any more.
_MOST: Final = 700.0
_TOLERANCE: Final = 1e-14
#: What lies beyond is noise of float64, and would give nothing a sign.
_DIGITS: Final = 14


def xirr(payments: Sequence[Payment]) -> Ratio:
    """The yearly rate of payments (paid in negative, got positive), as a fraction.

    Where several rates fit, the one nearest to 0. None with the reason for payments of one sign,
    on one day, or that no rate makes even.
    """
    return xirr_of(*_merged(payments))


def xirr_of(days: Floats, amounts: Floats) -> Ratio:
    """The same of days (ordinal numbers, ascending) and what was paid on each, none of it 0."""
    if not (amounts > 0).any() or not (amounts < 0).any():
        return ratios.ONE_SIGN
    years = (days - days[0]) / YEAR
    if years[-1] == 0:
        return ratios.ONE_DAY
    amounts = amounts / np.abs(amounts).max()
    roots = [_root(years, amounts, low, high) for low, high in _brackets(years, amounts)]
    if not roots:
        return ratios.NO_RATE
    return Ratio.known(round(float(np.expm1(min(roots, key=abs))), _DIGITS))


def _merged(payments: Sequence[Payment]) -> tuple[Floats, Floats]:
    """Days (ordinal) ascending, and what was paid on each altogether; days of nothing left out."""
    if not payments:
        return np.empty(0), np.empty(0)
    days, at = np.unique([day.toordinal() for day, _ in payments], return_inverse=True)
    amounts = np.bincount(at, weights=[amount for _, amount in payments])
    paid = amounts != 0
    return days[paid].astype(np.float64), amounts[paid]


def _worth(rate: float, years: Floats, amounts: Floats) -> float:
    """What the payments are worth on the first day at log rate `rate`."""
    return float(amounts @ np.exp(np.clip(-rate * years, -_MOST, _MOST)))


def _brackets(years: Floats, amounts: Floats) -> list[tuple[float, float]]:
    """Neighbours of the grid between which the worth changes its sign."""
    signs = np.sign(_discounts(years) @ amounts)
    return [
        (float(_GRID[a]), float(_GRID[b]))
        for a, b in pairwise(range(len(_GRID)))
        if signs[a] * signs[b] < 0 or signs[a] == 0
    ]


def _discounts(years: Floats) -> Floats:
    """exp(-x t) for each x of the grid and each payment. Shape (grid, payments).

    One factor from row to row is ten times as fast as a power for each cell.
    """
    if years[-1] * _GRID[-1] > _MOST:
        return np.exp(np.clip(-np.outer(_GRID, years), -_MOST, _MOST))
    table = np.empty((len(_GRID), len(years)))
    table[0] = np.exp(-_GRID[0] * years)
    table[1:] = np.exp((_GRID[0] - _GRID[1]) * years)
    found: Floats = np.multiply.accumulate(table, axis=0, out=table)
    return found


def _root(years: Floats, amounts: Floats, low: float, high: float) -> float:
    ends = [_worth(end, years, amounts) for end in (low, high)]
    if ends[0] * ends[1] >= 0:  # the root is an end of the grid's step, but for rounding
        return low if abs(ends[0]) <= abs(ends[1]) else high
    return float(brentq(_worth, low, high, args=(years, amounts), xtol=_TOLERANCE))


def of_period(rate: Ratio, days: int) -> Ratio:
    """What a yearly rate earned in so many days."""
    return rate.then(lambda r: Ratio.known(_power(1 + r, days / YEAR) - 1))


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return float("inf")


def annualised(fraction: Ratio, days: int) -> Ratio:
    """The yearly rate that makes `fraction` in `days`; only for a year or more of them."""
    if days < YEAR:
        return fraction.then(lambda _: ratios.UNDER_A_YEAR)
    return fraction.then(
        lambda r: ratios.ALL_LOST if r <= -1 else Ratio.known(_power(1 + r, YEAR / days) - 1)
    )


def modified_dietz(
    opening: float, closing: float, flows: Sequence[Payment], start: date, end: date
) -> Ratio:
    """(V1 - V0 - ΣF) ÷ (V0 + Σ w F), w = (days - day) ÷ days; flows in positive, out negative.

    `opening` is the value at the end of the day before `start`.
    """
    days = (end - start).days + 1
    net = sum(amount for _, amount in flows)
    weighed = sum(amount * (end - day).days / days for day, amount in flows)
    at_work = opening + weighed
    if at_work <= 0:
        return ratios.NOT_INVESTED
    return Ratio.known((closing - opening - net) / at_work)


def simple(profit: float, invested: float) -> Ratio:
    """Profit for each unit of money that was there at the start or came in."""
    return Ratio.known(profit / invested) if invested > 0 else ratios.NOT_INVESTED
