"""How assets move together, and who carries how much of the whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import Array, paired, spread


def beta(returns: npt.ArrayLike, benchmark: npt.ArrayLike) -> float | None:
    """Covariance with the benchmark / variance of the benchmark, on paired observations."""
    own, other = paired(returns, benchmark)
    if own.size < 2 or spread(other) == 0.0:
        return None
    covariance = np.cov(own, other, ddof=1)
    return float(covariance[0, 1] / covariance[1, 1])


def correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float | None:
    """Pearson's r on paired observations, in [-1, 1]; None where either does not move."""
    left, right = paired(a, b)
    if left.size < 2 or spread(left) == 0.0 or spread(right) == 0.0:
        return None
    return float(np.clip(np.corrcoef(left, right)[0, 1], -1.0, 1.0))


def correlation_matrix(asset_returns: Array) -> list[list[float | None]]:
    """Pearson's r of each pair of columns of (days, assets); an asset with itself is 1."""
    size = asset_returns.shape[1]
    matrix: list[list[float | None]] = [[None] * size for _ in range(size)]
    for i in range(size):
        for j in range(i, size):
            matrix[i][j] = matrix[j][i] = correlation(asset_returns[:, i], asset_returns[:, j])
    return matrix


def average_correlation(asset_returns: Array) -> float | None:
    """Plain mean over the pairs of columns for which it is defined."""
    matrix = correlation_matrix(asset_returns)
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
