"""Who carries how much: the part of each asset in the whole, per day scaled to the horizon by √h.

Component: Euler's part, they sum to the whole. Marginal: what a further unit of value in the asset
would add, per unit. Incremental: what the whole loses if the asset were sold for money.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from risk import measures
from risk.measures import Array
from risk.series import Series


@dataclass(frozen=True)
class Contribution:
    """The part of one asset (Euler). `volatility`, `var` (parametric) and `cvar` sum over the
    assets to the portfolio's own; `risk` is its share of the volatility.
    """

    symbol: str
    volatility: float | None = None
    var: float | None = None
    cvar: float | None = None
    risk: float | None = None


@dataclass(frozen=True)
class Losses:
    """VaR and CVaR of one asset by two methods, as fractions of the portfolio's value."""

    var_historical: float | None = None
    var_parametric: float | None = None
    cvar_historical: float | None = None
    cvar_parametric: float | None = None


@dataclass(frozen=True)
class Detail:
    """Component, marginal and incremental losses of one asset."""

    component: Losses = Losses()
    marginal: Losses = Losses()
    incremental: Losses = Losses()


def contributions(series: Series, *, confidence: float, horizon: int) -> list[Contribution]:
    """In the order of the series."""
    if series.returns.size < 2:
        return [Contribution(symbol) for symbol in series.symbols]
    spread = measures.component_volatility(
        measures.covariance(series.asset_returns), series.weights
    )
    if spread is None or not measures.volatility(series.returns):
        return [Contribution(symbol, volatility=0.0) for symbol in series.symbols]
    parts, deviation = spread
    shown = measures.tail_is_shown(series.returns.size, confidence)
    tail = measures.component_cvar(series.asset_returns, series.weights, confidence)
    normal = measures.component_parametric_var(
        series.asset_returns, series.weights, parts, confidence
    )
    year, period = math.sqrt(measures.DAYS_PER_YEAR), math.sqrt(horizon)
    return [
        Contribution(
            symbol,
            volatility=float(parts[i]) * year,
            var=float(normal[i]) * period if shown else None,
            cvar=float(tail[0][i]) * period if shown and tail is not None else None,
            risk=float(parts[i]) / deviation,
        )
        for i, symbol in enumerate(series.symbols)
    ]


def details(series: Series, *, confidence: float, horizon: int) -> dict[str, Detail]:
    """By symbol; empty where the tail holds fewer than five days."""
    if not measures.tail_is_shown(series.returns.size, confidence):
        return {}
    marginal = _marginal(series, confidence)
    component = {name: column * series.weights for name, column in marginal.items()}
    incremental = _incremental(series, confidence)
    period = math.sqrt(horizon)
    return {
        symbol: Detail(
            *(
                Losses(**{name: float(column[i]) * period for name, column in losses.items()})
                for losses in (component, marginal, incremental)
            )
        )
        for i, symbol in enumerate(series.symbols)
    }


def _marginal(series: Series, confidence: float) -> dict[str, Array]:
    """By the name of a loss: d loss / d weight of each asset, one day."""
    returns, weights = series.asset_returns, series.weights
    whole = returns @ weights
    matrix = measures.covariance(returns)
    spread = measures.component_volatility(matrix, weights)
    sensitivity = matrix @ weights / spread[1] if spread else np.zeros(weights.size)
    means = returns.mean(axis=0)
    return {
        "var_historical": -(measures.quantile_weights(whole, confidence) @ returns),
        "var_parametric": -(means + measures.normal_quantile(confidence) * sensitivity),
        "cvar_historical": -(measures.tail_weights(whole, confidence) @ returns),
        "cvar_parametric": -(means + measures.normal_tail_mean(confidence) * sensitivity),
    }


def _incremental(series: Series, confidence: float) -> dict[str, Array]:
    """By the name of a loss: that of the whole less that without the asset, one day."""
    rest = measures.without_each(series.asset_returns, series.weights)
    together = np.column_stack([series.returns, rest])
    losses = {
        "var_historical": -np.quantile(together, 1.0 - confidence, axis=0),
        "var_parametric": _normal(together, measures.normal_quantile(confidence)),
        "cvar_historical": -_tail_means(together, confidence),
        "cvar_parametric": _normal(together, measures.normal_tail_mean(confidence)),
    }
    return {name: column[0] - column[1:] for name, column in losses.items()}


def _normal(returns: Array, place: float) -> Array:
    losses: Array = -(returns.mean(axis=0) + place * returns.std(axis=0, ddof=1))
    return losses


def _tail_means(returns: Array, confidence: float) -> Array:
    """Mean of the worst share of each column, the boundary day by its fraction."""
    mass = returns.shape[0] * (1.0 - confidence)
    weights = np.clip(mass - np.arange(returns.shape[0]), 0.0, 1.0) / mass
    means: Array = weights @ np.sort(returns, axis=0)
    return means
