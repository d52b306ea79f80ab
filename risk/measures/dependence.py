"""How assets move together, and how concentrated they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import NOISE, Array, paired, spread
from risk.measures.covariance import covariance, moving_columns
from risk.measures.names import Correlation


def beta(returns: npt.ArrayLike, benchmark: npt.ArrayLike) -> float | None:
    """Covariance with the benchmark / variance of the benchmark, on paired observations."""
    own, other = paired(returns, benchmark)
    if own.size < 2 or spread(other) == 0.0:
        return None
    joint = np.cov(own, other, ddof=1)
    return float(joint[0, 1] / joint[1, 1])


def correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float | None:
    """Pearson's r on paired observations, in [-1, 1]; None where either does not move."""
    left, right = paired(a, b)
    if left.size < 2 or spread(left) == 0.0 or spread(right) == 0.0:
        return None
    return float(np.clip(np.corrcoef(left, right)[0, 1], -1.0, 1.0))


def correlation_matrix(
    asset_returns: Array, method: Correlation = Correlation.SAMPLE
) -> list[list[float | None]]:
    """Correlation of each pair of columns of (days, assets), NaN where there is no return.

    Sample: Pearson's r, each pair on the days that both have. Ledoit-Wolf and EWMA: on the days
    that all have. None where either does not move on these days; a moving asset with itself is 1.
    """
    if method is Correlation.SAMPLE:
        return _pairwise(asset_returns)
    complete = asset_returns[np.isfinite(asset_returns).all(axis=1)]
    if complete.shape[0] < 2:
        return [[None] * asset_returns.shape[1] for _ in range(asset_returns.shape[1])]
    moving = moving_columns(complete)
    matrix = covariance(complete, method)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = np.sqrt(np.diag(matrix))
        matrix = matrix / np.outer(deviations, deviations)
    return _listed(matrix, moving[:, None] & moving & np.isfinite(matrix))


def _pairwise(asset_returns: Array) -> list[list[float | None]]:
    present = np.isfinite(asset_returns)
    shifted = np.where(present, asset_returns - _column_means(asset_returns), 0.0)
    ones = present.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        counts = ones.T @ ones
        sums, squares = shifted.T @ ones, (shifted**2).T @ ones
        joint = shifted.T @ shifted - sums * sums.T / counts
        variance = squares - sums**2 / counts
        matrix = joint / np.sqrt(variance * variance.T)
    sizes = np.abs(np.where(present, asset_returns, 0.0)).max(axis=0, initial=0.0)
    moving = np.sqrt(np.maximum(variance, 0.0)) > NOISE * np.sqrt(counts) * sizes[:, None]
    defined = (counts >= 2) & moving & moving.T
    return _listed(matrix, defined)


def _listed(matrix: Array, defined: npt.NDArray[np.bool_]) -> list[list[float | None]]:
    np.fill_diagonal(matrix, 1.0)
    whole = np.clip(matrix, -1.0, 1.0).tolist()
    for row, column in np.argwhere(~defined).tolist():
        whole[row][column] = None
    listed: list[list[float | None]] = whole
    return listed


def _column_means(asset_returns: Array) -> Array:
    present = np.isfinite(asset_returns)
    totals = np.where(present, asset_returns, 0.0).sum(axis=0)
    means: Array = totals / np.maximum(present.sum(axis=0), 1)
    return means


def average_correlation(
    asset_returns: Array, method: Correlation = Correlation.SAMPLE
) -> float | None:
    """Plain mean over the pairs of columns for which it is defined."""
    matrix = correlation_matrix(asset_returns, method)
    pairs = [x for i, row in enumerate(matrix) for x in row[i + 1 :] if x is not None]
    return float(np.mean(pairs)) if pairs else None


def hhi(weights: npt.ArrayLike) -> float | None:
    """Herfindahl-Hirschman: Σ w², 1/n if equal and 1 if all is in one; None without assets."""
    shares = np.asarray(weights, dtype=np.float64)
    return float(np.sum(shares**2)) if shares.size else None


def effective_assets(weights: npt.ArrayLike) -> float | None:
    """1 / HHI: as many equal positions would be as concentrated."""
    concentration = hhi(weights)
    return 1.0 / concentration if concentration else None


def hhi_of_risk(parts: npt.ArrayLike) -> float | None:
    """Concentration of risk from the parts of each asset, by their sizes: a hedge's negative part
    counts like a positive one. None where nobody carries any.
    """
    sizes = np.abs(np.asarray(parts, dtype=np.float64))
    total = float(sizes.sum())
    return hhi(sizes / total) if total > 0.0 else None
