"""The risk kernel: thirteen measures of many portfolios at once.

A batch of portfolios is a sparse matrix in CSR form: of portfolio p, the assets are
`indices[indptr[p]:indptr[p + 1]]` (columns of the universe) and `weights[…]` their shares. One
pass makes its series of returns and measures it while it lies in the cache of the processor; what
depends on the assets alone (covariance, betas, decay) is computed once a day, in the `Universe`.
`risk.reference` says the same in NumPy, a portfolio at a time; tests hold the two to 1e-12.

Importing this loads Numba (0.8 s and 60 MB): nightly workers do it when they first measure a
chunk, and no module that answers a request may (tests/risk/test_kernel.py sees to it).
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from risk.kernel import loops
from risk.kernel.universe import Universe
from risk.measures import Array
from risk.reference import MEASURES

#: One field a measure, in the order of the columns in `loops`.
_ROW = np.dtype([(str(name), np.float64) for name in MEASURES])

__all__ = ["MEASURES", "Universe", "measure_many", "riskiest"]


def measure_many(
    universe: Universe,
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int64],
    weights: Array,
    *,
    confidence: float = 0.95,
    risk_free: float = 0.0,
) -> npt.NDArray[np.void]:
    """A structured array with one row a portfolio and one field a measure of `MEASURES`.

    Conventions are those of `risk.measures`: a horizon of one day, losses positive, drawdowns ≤ 0,
    365 days a year. NaN where a measure is undefined; a portfolio without positions has only NaN.
    ValueError for a batch that is no CSR matrix over the universe.
    """
    _check(universe, indptr, indices, weights, confidence)
    out = np.full((indptr.size - 1, len(MEASURES)), np.nan)
    alpha = 1.0 - confidence
    loops.many(
        universe.by_asset,
        universe.decayed,
        universe.betas,
        indptr,
        indices,
        weights,
        alpha,
        NormalDist().inv_cdf(alpha),
        risk_free,
        out,
    )
    return out.view(_ROW)[:, 0]


def riskiest(
    universe: Universe,
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int64],
    weights: Array,
) -> tuple[npt.NDArray[np.int64], Array]:
    """Per portfolio: where in `indices` the asset stands that carries most of the volatility
    (Euler), -1 if there is none, and the share that it carries (NaN if none).
    """
    _check(universe, indptr, indices, weights, 0.5)
    at = np.full(indptr.size - 1, -1, dtype=np.int64)
    share = np.full(indptr.size - 1, np.nan)
    if universe.days >= 2:
        loops.leaders(universe.covariance, indptr, indices, weights, at, share)
    return at, share


def _check(
    universe: Universe,
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int64],
    weights: Array,
    confidence: float,
) -> None:
    """What compiled code would read past the end of, or answer nonsense to."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    if indptr.size < 1 or indptr[0] != 0 or (np.diff(indptr) < 0).any():
        raise ValueError("indptr must ascend from 0")
    if not indptr[-1] == indices.size == weights.size:
        raise ValueError(
            f"indptr ends at {indptr[-1]}, with {indices.size} indices and {weights.size} weights"
        )
    if indices.size and not 0 <= indices.min() <= indices.max() < len(universe.symbols):
        raise ValueError(f"indices must lie within the {len(universe.symbols)} assets")
    if not np.isfinite(weights).all():
        raise ValueError("weights must be finite")
