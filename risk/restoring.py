"""The smallest sale that brings a breached limit back. Pure: amounts in, amounts out.

A way sells along one parameter from nothing (0) to everything (1): one coin alone, all coins in
proportion, the coins that stand out down to a common level, or the riskiest ones one after the
other. Along each way the first point at or inside the line is found on a grid and then by
bisection (a measure need not fall all the way: selling a hedge raises the risk first); the
cheapest point of all ways is the answer. Money from sales waits in the base currency, fees off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from risk import limits, measures
from risk.limits import MONEY_KINDS, Line, Measure
from risk.liquidity import SHARE
from risk.measures import Array
from risk.series import Series

#: Points of a way that are looked at before it is bisected, and the bisections.
GRID, HALVINGS = 24, 24
#: A way that already sells so many times what the cheapest one does is not followed further.
DEAR = 2.0
#: Costs that differ by less, relatively, are alike: then fewer trades, then the riskier asset.
ALIKE = 0.005

Way = Callable[[float], Array]


@dataclass(frozen=True)
class Ship:
    """What is held, in money, and what of it has a past.

    `values` (assets,) includes the base currency at index `cash`; `series` is the risk series of
    the holdings as they are; `turnover` the usual volume of each asset in money a day, NaN where it
    is unknown and infinite for money itself.
    """

    symbols: list[str]
    kinds: list[str]
    values: Array
    cash: int
    series: Series | None
    turnover: Array

    @property
    def coins(self) -> npt.NDArray[np.bool_]:
        return np.array([kind not in MONEY_KINDS for kind in self.kinds])


@dataclass(frozen=True)
class Plan:
    """One way to restore a line: `sold` (assets,) in money, and what it costs in fees."""

    way: str
    sold: Array
    fee: float
    rank: tuple[float, ...] = field(compare=False)

    @property
    def trades(self) -> int:
        return int(np.count_nonzero(self.sold))


def after(ship: Ship, sold: Array, fee_rate: float) -> Array:
    """Values once `sold` has become money of the base currency, less the fee."""
    values = ship.values - sold
    values[ship.cash] += float(sold.sum()) * (1.0 - fee_rate)
    return values


def gauge(line: Line, ship: Ship) -> Callable[[Array], float | None]:
    """The line's measure as a function of the values (assets,) held."""
    shares = _share_gauges(line, ship)
    if line.measure in shares:
        return shares[line.measure]
    if line.measure is Measure.LARGEST_RISK_SHARE:
        return _risk_gauge(line, ship)
    return _series_gauge(line, ship)


def _share_gauges(line: Line, ship: Ship) -> dict[Measure, Callable[[Array], float | None]]:
    coins = ship.coins
    at = ship.symbols.index(line.asset) if line.asset in ship.symbols else None
    counted = coins if line.asset is None else np.arange(len(coins)) == at

    def weight(values: Array) -> float:
        return float(values[counted].max(initial=0.0) / values.sum())

    def stable(values: Array) -> float:
        return float(values[~coins].sum() / values.sum())

    def days(values: Array) -> float | None:
        needed = np.where(values > 0, values / (SHARE * ship.turnover), 0.0)
        return float(needed.max(initial=0.0)) if np.isfinite(needed).all() else None

    return {
        Measure.LARGEST_WEIGHT: weight,
        Measure.STABLE_SHARE: stable,
        Measure.DAYS_TO_LIQUIDATE: days,
    }


def _columns(ship: Ship, series: Series) -> npt.NDArray[np.int_]:
    return np.array([ship.symbols.index(symbol) for symbol in series.symbols], dtype=np.int_)


def _shares_of_series(ship: Ship, series: Series) -> Callable[[Array], Array]:
    """Weights of the series' own assets; what was left out of it is stood for by the others, and
    money of the base currency that was not held before is in it with returns of nothing.
    """
    at = _columns(ship, series)
    is_new = ship.cash not in at

    def shares(values: Array) -> Array:
        whole = float(values[at].sum()) + (float(values[ship.cash]) if is_new else 0.0)
        return values[at] / whole if whole > 0 else np.zeros(len(at))

    return shares


def _series_gauge(line: Line, ship: Ship) -> Callable[[Array], float | None]:
    series = ship.series
    if series is None:
        return lambda values: None  # noqa: ARG005 - nothing has a past
    shares, past = _shares_of_series(ship, series), series.asset_returns
    measure = _MEASURES[line.measure]
    return lambda values: measure(past @ shares(values), line)


def _depth(found: float | None) -> float | None:
    return None if found is None else abs(found)


_MEASURES: dict[Measure, Callable[[Array, Line], float | None]] = {
    Measure.VAR: lambda r, line: limits.tail(line, r),
    Measure.CVAR: lambda r, line: limits.tail(line, r),
    Measure.VOLATILITY: lambda r, line: measures.volatility(r),  # noqa: ARG005
    Measure.MAX_DRAWDOWN: lambda r, line: _depth(measures.max_drawdown(r)),  # noqa: ARG005
    Measure.CURRENT_DRAWDOWN: lambda r, line: _depth(  # noqa: ARG005
        measures.current_drawdown(r)
    ),
}


def _risk_gauge(line: Line, ship: Ship) -> Callable[[Array], float | None]:
    """The largest share of the volatility among the coins, or that of one asset."""
    series = ship.series
    if series is None or series.returns.size < 2:
        return lambda values: None  # noqa: ARG005
    shares, covariance = _shares_of_series(ship, series), _covariance(series)
    coins = ship.coins[_columns(ship, series)]
    if line.asset is not None:
        coins = np.array([symbol == line.asset for symbol in series.symbols])

    def largest(values: Array) -> float | None:
        weights = shares(values)
        parts = weights * (covariance @ weights)
        whole = float(parts.sum())
        return float(parts[coins].max(initial=0.0)) / whole if whole > 1e-24 else 0.0

    return largest


def _covariance(series: Series) -> Array:
    return np.atleast_2d(np.cov(series.asset_returns, rowvar=False, ddof=1))


def marginal(ship: Ship) -> Array:
    """What a further unit of each asset adds to the deviation of a day, per unit (assets,)."""
    found = np.zeros(len(ship.symbols))
    series = ship.series
    if series is None or series.returns.size < 2:
        return found
    slope = _covariance(series) @ series.weights
    deviation = math.sqrt(max(float(slope @ series.weights), 0.0))
    if deviation > 0:
        found[_columns(ship, series)] = slope / deviation
    return found


def plans(line: Line, ship: Ship, *, fee_rate: float, least: float) -> list[Plan]:
    """Ways that restore the line, the cheapest first; none where no sale does.

    `fee_rate` is a fraction of what is sold, `least` the smallest order in money.
    """
    value_of, risk = gauge(line, ship), marginal(ship)
    found: list[Plan] = []
    cheapest = math.inf
    for name, way in _ways(line, ship, risk):
        orders = _orders(way, ship, least)

        def inside(t: float, orders: Way = orders) -> bool:
            value = value_of(after(ship, orders(t), fee_rate))
            return value is not None and not line.breached_by(value)

        sold = _first_inside(orders, inside, cheapest * DEAR)
        if sold is not None:
            cheapest = min(cheapest, float(sold.sum()))
            found.append(_plan(name, sold, fee_rate, risk))
    return sorted(found, key=lambda plan: plan.rank)


def _plan(name: str, sold: Array, fee_rate: float, risk: Array) -> Plan:
    notional = float(sold.sum())
    step = round(math.log(notional) / ALIKE) if notional > 0 else 0
    riskiness = -float(sold @ risk) / notional if notional else 0.0
    rank = (float(step), float(np.count_nonzero(sold)), riskiness)
    return Plan(name, sold, notional * fee_rate, rank)


def _ways(line: Line, ship: Ship, risk: Array) -> Iterator[tuple[str, Way]]:
    sellable = np.where(ship.coins & (ship.values > 0), ship.values, 0.0)
    if line.asset is not None and line.asset in ship.symbols:  # money too, if the limit is on it
        at = ship.symbols.index(line.asset)
        sellable[at] = 0.0 if at == ship.cash else ship.values[at]
    for coin in sorted(np.flatnonzero(sellable).tolist(), key=lambda at: -float(risk[at])):
        yield ship.symbols[coin], _alone(sellable, coin)
    if np.count_nonzero(sellable) > 1:
        yield "all in proportion", lambda t: sellable * t
        yield "down to a common level", _levelled(sellable, _prominence(line, ship, risk))
        yield "the riskiest first", _in_order(sellable, np.argsort(-risk, kind="stable"))


def _alone(sellable: Array, at: int) -> Way:
    one = np.zeros_like(sellable)
    one[at] = sellable[at]
    return lambda t: one * t


def _prominence(line: Line, ship: Ship, risk: Array) -> Array:
    """How much a unit of money in each asset counts towards what the line is about."""
    if line.measure is Measure.DAYS_TO_LIQUIDATE:
        return np.where(ship.turnover > 0, 1.0 / (SHARE * ship.turnover), 0.0)
    if line.measure is Measure.LARGEST_WEIGHT:
        return np.ones_like(risk)
    return np.maximum(risk, 0.0)


def _levelled(sellable: Array, prominence: Array) -> Way:
    """Sell what of each asset lies above a level that sinks from the highest to nothing."""
    height = sellable * prominence
    top = float(height.max(initial=0.0))

    def sold(t: float) -> Array:
        level = top * (1.0 - t)
        keep = np.divide(level, prominence, out=sellable.copy(), where=prominence > 0)
        return np.maximum(sellable - keep, 0.0)

    return sold


def _in_order(sellable: Array, order: npt.NDArray[np.int_]) -> Way:
    ends = np.cumsum(sellable[order])
    starts = ends - sellable[order]

    def sold(t: float) -> Array:
        out = np.zeros_like(sellable)
        out[order] = np.clip(t * ends[-1] - starts, 0.0, sellable[order])
        return out

    return sold


def _orders(way: Way, ship: Ship, least: float) -> Way:
    """The same way in orders that a venue takes: small ones are raised to the least order, and
    what is worth less than that stays.
    """

    def sold(t: float) -> Array:
        raised = np.where(way(t) > 0, np.maximum(way(t), least), 0.0)
        return np.where(ship.values >= least, np.minimum(raised, ship.values), 0.0)

    return sold


def _first_inside(way: Way, inside: Callable[[float], bool], ceiling: float) -> Array | None:
    """The first point of a way that is inside the line, unless more than `ceiling` is sold."""
    outer = 0.0
    for step in range(1, GRID + 1):
        inner = step / GRID
        if inside(inner):
            break
        if float(way(inner).sum()) > ceiling:
            return None
        outer = inner
    else:
        return None
    for _ in range(HALVINGS):
        middle = (outer + inner) / 2.0
        outer, inner = (outer, middle) if inside(middle) else (middle, inner)
    return way(inner)
