"""What the same money would be worth in a benchmark. No framework; float64, for charts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


MOST_PARTS = 10
_SYMBOL = re.compile(r"[A-Z0-9.\-]{1,20}")


@dataclass(frozen=True, slots=True)
class Mix:
    """Assets and their shares, which sum to 1."""

    shares: tuple[tuple[str, float], ...]

    @property
    def symbols(self) -> list[str]:
        return [symbol for symbol, _ in self.shares]

    @property
    def name(self) -> str:
        """`BTC`, or `BTC 60 % · ETH 40 %`."""
        if len(self.shares) == 1:
            return self.shares[0][0]
        return " · ".join(f"{symbol} {share * 100:g} %" for symbol, share in self.shares)

    @property
    def key(self) -> str:
        """As it is written in an address."""
        if len(self.shares) == 1:
            return self.shares[0][0]
        return ",".join(f"{symbol}:{share * 100:g}" for symbol, share in self.shares)


def mix_of(text: str) -> Mix:
    """`BTC`, or `BTC:60,ETH:40` whose shares sum to 100. ValueError says what is wrong."""
    parts = [part.strip() for part in text.strip().upper().split(",")]
    if len(parts) > MOST_PARTS:
        raise ValueError(f"At most {MOST_PARTS} assets.")
    found: dict[str, float] = {}
    for part in parts:
        symbol, colon, weight = part.partition(":")
        if not _SYMBOL.fullmatch(symbol):
            raise ValueError("Name an asset like BTC, or several like BTC:60,ETH:40.")
        if symbol in found:
            raise ValueError(f"{symbol} is named twice.")
        found[symbol] = _weight(symbol, weight) if colon or len(parts) > 1 else 100.0
    if abs(sum(found.values()) - 100) > 0.01:
        raise ValueError(f"The shares sum to {sum(found.values()):g}, not to 100.")
    return Mix(tuple((symbol, weight / 100) for symbol, weight in found.items()))


def _weight(symbol: str, text: str) -> float:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text, re.ASCII) or not 0 < float(text) <= 100:
        raise ValueError(f"Give {symbol} a share between 0 and 100.")
    return float(text)


@dataclass(frozen=True, slots=True)
class Held:
    """The same money in a mix: `values` at the end of each day, None before there are prices and
    once it has run out (`ran_out`: the day on which more was taken than there was).

    `index` is what one unit of money put in on the first day has become, flows left out.
    """

    values: list[float | None]
    index: list[float | None]
    ran_out: date | None = None


def held(
    mix: Mix,
    opening: float,
    days: Sequence[tuple[date, float]],
    first: Sequence[float],
    prices: Sequence[Sequence[float]],
) -> Held:
    """`opening` is put into the mix at the prices `first` (the evening before the first day), and
    every flow (in positive) at the close of its day: money in is split by the shares, money out is
    taken from each part by what it is worth then. Nothing is rebalanced in between.

    `prices[day][asset]` in the order of the mix. Money that comes while one of the assets has no
    price waits in cash.
    """
    shares = [share for _, share in mix.shares]
    units: list[float] | None = None
    waiting, index = opening, 1.0
    values: list[float | None] = []
    grown: list[float | None] = []
    if _priced(first):
        units, waiting = [opening * s / p for s, p in zip(shares, first, strict=True)], 0.0
        before = opening
    for at, (day, flow) in enumerate(days):
        now = prices[at]
        waiting += flow
        if not _priced(now):
            values.append(None)
            grown.append(None)
            continue
        worth = 0.0 if units is None else sum(n * p for n, p in zip(units, now, strict=True))
        if units is not None and before > 0:
            index *= worth / before
        total = worth + waiting
        if total < -1e-9 * max(worth, 1.0):
            nothing: list[float | None] = [None] * (len(days) - at)
            return Held(values + nothing, grown + nothing, day)
        units = _after(units, worth, waiting, shares, now)
        before, waiting = max(total, 0.0), 0.0
        values.append(before)
        grown.append(index)
    return Held(values, grown)


def _priced(prices: Sequence[float]) -> bool:
    return all(isfinite(price) and price > 0 for price in prices)


def _after(
    units: list[float] | None,
    worth: float,
    flow: float,
    shares: Sequence[float],
    prices: Sequence[float],
) -> list[float]:
    """Units once the flow has been bought by the shares, or sold from each part alike."""
    mine = units or [0.0] * len(shares)
    if flow >= 0:
        return [n + flow * s / p for n, s, p in zip(mine, shares, prices, strict=True)]
    kept = max(0.0, 1 + flow / worth) if worth > 0 else 0.0
    return [n * kept for n in mine]
