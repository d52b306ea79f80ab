"""What the same money would be worth in a benchmark. No framework; float64, for charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite


def in_the_benchmark(
    opening: float, flows: Sequence[tuple[date, float]], prices: Mapping[date, float]
) -> list[tuple[date, float]]:
    """The value of each day had `opening` been put into the benchmark on the first day that has a
    price, and every later flow (in positive, out negative) on its own day.

    Days without a price are left out; their flows count on the next day that has one.
    """
    units: float | None = None
    waiting = 0.0
    points: list[tuple[date, float]] = []
    for day, flow in flows:
        price = prices.get(day)
        waiting += 0.0 if units is None else flow
        if price is None or not isfinite(price) or price <= 0:
            continue
        units = (opening if units is None else units * price + waiting) / price
        waiting = 0.0
        points.append((day, units * price))
    return points
