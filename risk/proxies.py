"""Stand-ins for days on which an asset has no return of its own: a coin listed yesterday.

Left out, it would hide its risk; taken as zero, it would be called calm. So the missing days are
filled, and every answer says with what and how much of it is filled:

- With 30 own days or more (`beta`): slope x the return of BTC or ETH, whichever it moves with more
  closely, plus its own residuals about their mean, in their order and again from the start. So it
  keeps the noise that is its own; its own drift is not carried into the past.
- With fewer (`category`): the returns of that asset of its kind whose volatility over the window
  is the median one. A real series, because a mean of many would be too calm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from risk import measures
from risk.measures import Array

#: A slope of fewer days than this says little.
LEAST_OWN_DAYS = 30


@dataclass(frozen=True)
class Proxy:
    """How `days` returns of `symbol`, which has `own_days` of its own, were filled.

    `method` is beta or category, `by` the symbol whose returns stand in, times `beta`.
    """

    symbol: str
    days: int
    own_days: int
    method: str
    by: str
    beta: float


@dataclass(frozen=True)
class Source:
    """Where stand-ins come from: returns (days,) of the leaders by symbol, and of all assets of
    a symbol's own kind, (days, assets) with their names.
    """

    leaders: Mapping[str, Array]
    peers: Callable[[str], tuple[list[str], Array]]


def fill(symbols: Sequence[str], own: Array, source: Source) -> tuple[Array, list[Proxy]]:
    """`own` (days, assets) with its missing returns filled where there is something to fill them
    with, and how each was.
    """
    if np.isfinite(own).all():
        return own, []
    filled, proxies = own.copy(), []
    for at, symbol in enumerate(symbols):
        missing = ~np.isfinite(own[:, at])
        if missing.any():
            proxy = _fill_column(symbol, filled[:, at], missing, source)
            proxies += [] if proxy is None else [proxy]
    return filled, proxies


def _fill_column(
    symbol: str, column: Array, missing: npt.NDArray[np.bool_], source: Source
) -> Proxy | None:
    """Fills `column` in place."""
    have = int(np.count_nonzero(~missing))
    if have >= LEAST_OWN_DAYS:
        return _by_leader(symbol, column, missing, source.leaders)
    return _by_peer(symbol, column, missing, source)


def _by_leader(
    symbol: str, column: Array, missing: npt.NDArray[np.bool_], leaders: Mapping[str, Array]
) -> Proxy | None:
    others = {name: series for name, series in leaders.items() if name != symbol}
    close = {name: measures.correlation(column, series) or 0.0 for name, series in others.items()}
    usable = [name for name in others if measures.beta(column, others[name]) is not None]
    if not usable:
        return None
    leader = max(usable, key=lambda name: abs(close[name]))
    slope = measures.beta(column, others[leader]) or 0.0
    own, led = measures.paired(column, others[leader])
    residuals = own - slope * led
    residuals -= residuals.mean()
    days = np.flatnonzero(missing & np.isfinite(others[leader]))
    noise = residuals[np.arange(days.size) % residuals.size]
    have = int(np.count_nonzero(~missing))
    column[days] = np.maximum(slope * others[leader][days] + noise, -1.0)
    return Proxy(symbol, days.size, have, "beta", leader, slope) if days.size else None


def _by_peer(
    symbol: str, column: Array, missing: npt.NDArray[np.bool_], source: Source
) -> Proxy | None:
    names, returns = source.peers(symbol)
    whole = np.isfinite(returns).all(axis=0) & np.array([name != symbol for name in names], bool)
    if not whole.any() or returns.shape[0] < 2:
        return None
    candidates = np.flatnonzero(whole)
    by_volatility = candidates[np.argsort(returns[:, candidates].std(axis=0), kind="stable")]
    median = int(by_volatility[(by_volatility.size - 1) // 2])
    have = int(np.count_nonzero(~missing))
    column[missing] = returns[missing, median]
    days = int(np.count_nonzero(missing))
    return Proxy(symbol, days, have, "category", names[median], 1.0)


def share(proxies: Sequence[Proxy], weights: Mapping[str, float], days: int) -> float:
    """Share of value x days that is filled."""
    return sum(weights[proxy.symbol] * proxy.days for proxy in proxies) / days if days else 0.0
