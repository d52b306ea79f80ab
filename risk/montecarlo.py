"""Possible futures of today's portfolio, drawn from its past. Pure and seeded.

Block bootstrap: days of the portfolio's own series in stationary blocks, so that calm and stormy
weeks stay weeks. t-copula: new days are made, on which the assets fall together the way a Student's
t with 4 degrees of freedom falls together (its tails hang together, a normal's do not), each asset
moving as its own past did; paths then take these days one after another at random.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from risk import measures
from risk.measures import Array, Sampling

#: Degrees of freedom of the copula: the usual finding for daily returns of stocks and coins is
#: 3 to 6, and at 4 the quantile has a closed form (Shaw 2006).
FREEDOM = 4
#: Joint days that are made; paths draw theirs from these.
JOINT_DAYS = 10_000
PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Estimate:
    """A positive loss and the standard error that comes from drawing so few paths."""

    loss: float
    error: float


@dataclass(frozen=True)
class Futures:
    """`fan[p][d]` is the p-th percentile of the return after day d (day 0 is 0)."""

    var: Estimate | None
    cvar: Estimate | None
    fan: dict[int, list[float]]
    mean: float
    chance_of_loss: float


def paths(
    asset_returns: Array,
    weights: Array,
    *,
    method: Sampling,
    count: int,
    days: int,
    seed: int,
) -> Array:
    """Daily returns (count, days) of `weights`, drawn from (observations, assets) without NaN."""
    rng = np.random.default_rng(seed)
    if method is Sampling.T_COPULA:
        made = joint_days(asset_returns, rng, JOINT_DAYS) @ weights
        drawn: Array = made[rng.integers(0, made.size, (count, days))]
        return drawn
    own = asset_returns @ weights
    blocks: Array = own[measures.stationary_blocks(rng, own.size, count, days)]
    return blocks


def joint_days(asset_returns: Array, rng: np.random.Generator, count: int) -> Array:
    """Returns (count, assets) of made days: t-copula by rank correlations, margins of the past."""
    observations, assets = asset_returns.shape
    normal = rng.standard_normal((count, assets)) @ _root(rank_correlation(asset_returns)).T
    shrunk = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))
    joint = np.ascontiguousarray((normal * shrunk[:, None]).T)
    places = t4_quantile((np.arange(observations) + 0.5) / observations)
    margins = np.sort(asset_returns.T, axis=1)
    return np.array([np.interp(joint[at], places, margins[at]) for at in range(assets)]).T


def rank_correlation(asset_returns: Array) -> Array:
    """Correlations of the copula from Spearman's: 2·sin(π·r ÷ 6); an asset that does not move has
    none with anything.
    """
    ranks = np.argsort(np.argsort(asset_returns, axis=0, kind="stable"), axis=0)
    shifted = ranks - (asset_returns.shape[0] - 1) / 2.0
    still = ~measures.moving_columns(asset_returns)
    norms = np.sqrt((shifted**2).sum(axis=0))
    matrix: Array = 2.0 * np.sin(np.pi / 6.0 * (shifted.T @ shifted) / np.outer(norms, norms))
    matrix[still, :] = 0.0
    matrix[:, still] = 0.0
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _root(matrix: Array) -> Array:
    """A root of the nearest matrix without negative eigenvalues, its diagonal brought back to 1."""
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    scaled: Array = root / np.sqrt((root**2).sum(axis=1, keepdims=True))
    return scaled


def t4_quantile(probability: Array) -> Array:
    """Quantile of Student's t with 4 degrees of freedom, exact (Shaw 2006)."""
    inside = np.sqrt(4.0 * probability * (1.0 - probability))
    spread = np.sqrt(np.maximum(np.cos(np.arccos(inside) / 3.0) / inside - 1.0, 0.0))
    places: Array = 2.0 * np.sign(probability - 0.5) * spread
    return places


def futures(daily: Array, confidence: float) -> Futures:
    """What paths of daily returns (count, days) come to. Losses are None where the tail holds
    fewer than five paths.
    """
    wealth = np.cumprod(np.maximum(1.0 + daily, 0.0), axis=1)
    ends = np.asarray(wealth[:, -1] - 1.0, dtype=np.float64)
    fan = np.percentile(wealth, PERCENTILES, axis=0) - 1.0
    shown = measures.tail_is_shown(ends.size, confidence)
    return Futures(
        var=_var(ends, confidence) if shown else None,
        cvar=_cvar(ends, confidence) if shown else None,
        fan={p: [0.0, *row] for p, row in zip(PERCENTILES, fan.tolist(), strict=True)},
        mean=float(ends.mean()),
        chance_of_loss=float(np.mean(ends < 0.0)),
    )


def _var(ends: Array, confidence: float) -> Estimate:
    """The error is half the distance of the order statistics one binomial deviation off."""
    alpha = 1.0 - confidence
    off = math.sqrt(alpha * confidence / ends.size)
    places = [max(alpha - off, 0.0), alpha, min(alpha + off, 1.0)]
    low, place, high = np.quantile(ends, places, method="linear")
    return Estimate(-float(place), float(high - low) / 2.0)


def _cvar(ends: Array, confidence: float) -> Estimate:
    """The error is that of the mean of what lies beyond the VaR, over alpha (its influence)."""
    loss = measures.historical_cvar(ends, confidence) or 0.0
    edge = -float(np.quantile(ends, 1.0 - confidence, method="linear"))
    beyond = np.maximum(-ends - edge, 0.0)
    error = float(beyond.std(ddof=1)) / math.sqrt(ends.size) / (1.0 - confidence)
    return Estimate(loss, error)
