"""The risk answer computed a second time, by plain Python from the lines of a CSV file.

Nothing here comes from the product: it is what a distrustful reader would write with the
conventions of the design in one hand and the file in the other.
"""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

Z95 = statistics.NormalDist().inv_cdf(0.95)


class Hand(NamedTuple):
    value: float
    figures: dict[str, float | None]
    shares: dict[str, float]
    risk: dict[str, float]
    cvar: dict[str, float]


def closes_of(lines: Iterable[str]) -> dict[str, dict[str, float]]:
    """By symbol (without USDT) and day."""
    found: dict[str, dict[str, float]] = {}
    for row in csv.DictReader(lines):
        found.setdefault(row["symbol"].removesuffix("USDT"), {})[row["date"]] = float(row["close"])
    return found


def answer(
    closes: dict[str, dict[str, float]], quantities: dict[str, float], window: int, last: str
) -> Hand:
    """All figures at 95 % and one day, with the closes up to the day `last`."""
    days = sorted(day for day in closes["BTC"] if day <= last)[-(window + 1) :]
    values = {s: q * closes[s][days[-1]] for s, q in quantities.items()}
    value = math.fsum(values.values())
    shares = {s: v / value for s, v in values.items()}
    own = {
        s: [closes[s][b] / closes[s][a] - 1 for a, b in pairwise(days)]
        for s in closes
        if s in quantities or s == "BTC"
    }
    series = [math.fsum(shares[s] * own[s][i] for s in shares) for i in range(len(days) - 1)]
    return Hand(
        value,
        _figures(series, own, shares),
        shares,
        _risk(own, shares, series),
        _cvar_parts(own, shares, series),
    )


def _figures(
    series: list[float], own: dict[str, list[float]], shares: dict[str, float]
) -> dict[str, float | None]:
    n, mean, deviation = len(series), statistics.fmean(series), statistics.stdev(series)
    ordered = sorted(series)
    place = (n - 1) * 0.05
    low = math.floor(place)
    quantile = ordered[low] + (place - low) * (ordered[low + 1] - ordered[low])
    mass = n * 0.05
    whole = math.floor(mass)
    tail = (math.fsum(ordered[:whole]) + (mass - whole) * ordered[whole]) / mass
    ewma = series[0] ** 2
    for r in series[1:]:
        ewma = 0.94 * ewma + 0.06 * r * r
    downside = math.sqrt(math.fsum(min(r, 0.0) ** 2 for r in series) / n * 365)
    wealth, peak, deepest, now = 1.0, 1.0, 0.0, 0.0
    for r in series:
        wealth *= 1 + r
        peak = max(peak, wealth)
        now = wealth / peak - 1
        deepest = min(deepest, now)
    growth = wealth ** (365 / n) - 1
    pairs = [(a, b) for i, a in enumerate(shares) for b in list(shares)[i + 1 :]]
    correlations = [statistics.correlation(own[a], own[b]) for a, b in pairs]
    hhi = math.fsum(w * w for w in shares.values())
    return {
        "volatility": deviation * math.sqrt(365),
        "var.historical": -quantile,
        "var.parametric": -(mean - Z95 * deviation),
        "var.cornish_fisher": _cornish_fisher(series, mean, deviation),
        "var.ewma": Z95 * math.sqrt(ewma),
        "cvar": -tail,
        "sharpe": mean / deviation * math.sqrt(365),
        "sortino": mean * 365 / downside,
        "calmar": growth / -deepest,
        "max_drawdown": deepest,
        "current_drawdown": now,
        "beta": statistics.covariance(series, own["BTC"]) / statistics.variance(own["BTC"]),
        "hhi": hhi,
        "effective_assets": 1 / hhi,
        "average_correlation": statistics.fmean(correlations),
        "score": 1
        + 9
        * (
            0.35 * min(1, deviation * math.sqrt(365) / 1.2)
            + 0.30 * min(1, -tail / 0.13)
            + 0.20 * min(1, -deepest / 0.9)
            + 0.15 * min(1, hhi)
        ),
    }


def _cornish_fisher(series: list[float], mean: float, deviation: float) -> float | None:
    spread = statistics.pstdev(series)
    s = statistics.fmean(((r - mean) / spread) ** 3 for r in series)
    k = statistics.fmean(((r - mean) / spread) ** 4 for r in series) - 3
    if s**2 / 9 - 4 * (k / 8 - s**2 / 6) * (1 - k / 8 + 5 * s**2 / 36) > 0:
        return None
    z = -Z95
    bent = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    return -(mean + bent * deviation)


def _risk(
    own: dict[str, list[float]], shares: dict[str, float], series: list[float]
) -> dict[str, float]:
    """Share of each asset in the variance."""
    variance = statistics.variance(series)
    return {s: shares[s] * statistics.covariance(own[s], series) / variance for s in shares}


def _cvar_parts(
    own: dict[str, list[float]], shares: dict[str, float], series: list[float]
) -> dict[str, float]:
    """What each asset lost on the worst twentieth of days, as a fraction of the whole."""
    worst = sorted(range(len(series)), key=series.__getitem__)
    mass = len(series) * 0.05
    whole = math.floor(mass)
    return {
        s: -shares[s]
        * (math.fsum(own[s][i] for i in worst[:whole]) + (mass - whole) * own[s][worst[whole]])
        / mass
        for s in shares
    }
