"""Covariance of assets: of the sample, shrunk, or of recent days. Per day, (assets, assets)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import NOISE, Array
from risk.measures.dispersion import LAMBDA
from risk.measures.names import Correlation


def covariance(asset_returns: Array, method: Correlation = Correlation.SAMPLE) -> Array:
    """Of (days, assets) without NaN, at least two days: sample (ddof 1), Ledoit-Wolf or EWMA."""
    if method is Correlation.LEDOIT_WOLF:
        return shrunk_covariance(asset_returns)[0]
    if method is Correlation.EWMA:
        return ewma_covariance(asset_returns)
    return np.atleast_2d(np.cov(asset_returns, rowvar=False, ddof=1))


def moving_columns(asset_returns: Array) -> npt.NDArray[np.bool_]:
    """Which columns of (days, assets) without NaN vary beyond rounding noise."""
    sizes = np.abs(asset_returns).max(axis=0, initial=0.0)
    moving: npt.NDArray[np.bool_] = asset_returns.std(axis=0, ddof=1) > NOISE * sizes
    return moving


def ewma_covariance(asset_returns: Array, decay: float = LAMBDA) -> Array:
    """RiskMetrics of the next day: zero mean, started with the first day's products."""
    days = asset_returns.shape[0]
    weights = (1.0 - decay) * decay ** np.arange(days - 1, -1, -1)
    weights[0] = decay ** (days - 1)
    weighted = asset_returns * np.sqrt(weights)[:, None]
    whole: Array = weighted.T @ weighted
    return whole


def shrunk_covariance(asset_returns: Array) -> tuple[Array, float]:
    """Ledoit and Wolf (2004, Honey, I shrunk the sample covariance matrix), ddof 1, and how far.

    The target has the sample's variances and one correlation, the mean of all: money and
    stablecoins keep their calm, which shrinking towards the identity would take from them. The
    intensity is between 0 (the sample) and 1 (the target); assets that do not move stay at zero.
    """
    moving = moving_columns(asset_returns)
    whole = np.zeros((moving.size, moving.size))
    varying = asset_returns[:, moving]
    days = varying.shape[0]
    shifted = varying - varying.mean(axis=0)
    sample = shifted.T @ shifted / days
    intensity = 0.0
    if sample.shape[0] >= 2:
        target = _one_correlation(sample)
        intensity = _intensity(shifted, sample, target)
        sample = intensity * target + (1.0 - intensity) * sample
    whole[np.ix_(moving, moving)] = sample * days / (days - 1)
    return whole, intensity


def _one_correlation(sample: Array) -> Array:
    deviations = np.sqrt(np.diag(sample))
    product = np.outer(deviations, deviations)
    target: Array = _mean_correlation(sample) * product
    np.fill_diagonal(target, np.diag(sample))
    return target


def _mean_correlation(sample: Array) -> float:
    deviations = np.sqrt(np.diag(sample))
    assets = deviations.size
    total = float((sample / np.outer(deviations, deviations)).sum())
    return float((total - assets) / (assets * (assets - 1)))


def _intensity(shifted: Array, sample: Array, target: Array) -> float:
    """(pi - rho)/gamma/days of the paper's appendix B, within [0, 1]."""
    days = shifted.shape[0]
    distance = float(((sample - target) ** 2).sum())
    if distance <= 0.0:
        return 1.0
    squares = shifted**2
    noise = squares.T @ squares / days - sample**2
    deviations = np.sqrt(np.diag(sample))
    third = (squares * shifted).T @ shifted / days - np.diag(sample)[:, None] * sample
    np.fill_diagonal(third, 0.0)
    ratios = deviations[None, :] / deviations[:, None]
    shared = float(np.trace(noise)) + _mean_correlation(sample) * float((ratios * third).sum())
    intensity = (float(noise.sum()) - shared) / distance / days
    return float(min(1.0, max(0.0, intensity)))


def diversification_ratio(matrix: Array, weights: Array) -> float | None:
    """Σ w·sigma of each / sigma of the whole (Choueifaty): 1 if nothing offsets anything.

    `matrix` is a covariance; None without dispersion.
    """
    variance = float(weights @ matrix @ weights)
    apart = float(weights @ np.sqrt(np.maximum(np.diag(matrix), 0.0)))
    if variance <= (NOISE * apart) ** 2:
        return None
    return apart / float(np.sqrt(variance))
