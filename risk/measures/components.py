"""Who carries how much of the whole: parts by Euler, which sum to it."""

from __future__ import annotations

import numpy as np

from risk.measures.arrays import Array
from risk.measures.normal import normal_quantile, normal_tail_mean
from risk.measures.tail import quantile_weights, tail_weights


def component_volatility(covariance: Array, weights: Array) -> tuple[Array, float] | None:
    """Each asset's part w·(Σw)/sigma of the standard deviation (Euler), and their sum (Jorion).

    `covariance` is (assets, assets), `weights` (assets,): the answer has the covariance's period
    and the weights' unit. None without dispersion.
    """
    marginal = covariance @ weights
    variance = float(weights @ marginal)
    if variance <= 0.0:
        return None
    deviation = float(np.sqrt(variance))
    return weights * marginal / deviation, deviation


def component_parametric_var(
    asset_returns: Array, weights: Array, deviations: Array, confidence: float = 0.95
) -> Array:
    """Each asset's part in the parametric VaR (Euler): -(w·mean + z·its part of the deviation).

    `deviations` are the parts of the daily standard deviation (`component_volatility`); the answer
    sums to `parametric_var` of the weighted returns.
    """
    return _normal(asset_returns, weights, deviations, normal_quantile(confidence))


def component_parametric_cvar(
    asset_returns: Array, weights: Array, deviations: Array, confidence: float = 0.95
) -> Array:
    """The same for `parametric_cvar`: z is the mean of the normal tail."""
    return _normal(asset_returns, weights, deviations, normal_tail_mean(confidence))


def _normal(asset_returns: Array, weights: Array, deviations: Array, place: float) -> Array:
    parts: Array = -(weights * asset_returns.mean(axis=0) + place * deviations)
    return parts


def component_historical_var(
    asset_returns: Array, weights: Array, confidence: float = 0.95
) -> tuple[Array, float] | None:
    """Each asset's loss on the two days between which the portfolio's quantile lies, and its VaR.

    `asset_returns` is (days, assets) without NaN, `weights` (assets,). Two days are few: these
    parts jump from day to day, those of the CVaR and of the parametric VaR do not.
    """
    if asset_returns.shape[0] < 2:
        return None
    days = quantile_weights(asset_returns @ weights, confidence)
    parts = -(days @ asset_returns) * weights
    return parts, float(parts.sum())


def component_cvar(
    asset_returns: Array, weights: Array, confidence: float = 0.95
) -> tuple[Array, float] | None:
    """Share of each asset in the CVaR (Euler), and the CVaR that they sum to.

    `asset_returns` is (days, assets) without NaN, `weights` (assets,). The tail days are those of
    the portfolio; an asset that rises on them has a negative part.
    """
    if asset_returns.shape[0] < 2:
        return None
    tail = tail_weights(asset_returns @ weights, confidence)
    parts = -(tail @ asset_returns) * weights
    return parts, float(parts.sum())


def without_each(asset_returns: Array, weights: Array) -> Array:
    """Returns (days, assets) of the portfolio if the asset of that column were sold for money."""
    whole = asset_returns @ weights
    rest: Array = whole[:, None] - asset_returns * weights
    return rest
