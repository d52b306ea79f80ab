"""What every measure does to its input first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Crypto trades every day of the year.
DAYS_PER_YEAR = 365

#: A spread this small beside the values themselves is rounding noise, not dispersion.
NOISE = 1e-12


def clean(returns: npt.ArrayLike) -> Array:
    """The observations that exist, in order. Missing ones are NaN and are dropped."""
    values = np.asarray(returns, dtype=np.float64)
    return values[np.isfinite(values)]


def paired(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Array, Array]:
    """Those observations of `a` and `b` (same length) that both have."""
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.shape != right.shape:
        raise ValueError(f"paired series differ in length: {left.shape} and {right.shape}")
    both = np.isfinite(left) & np.isfinite(right)
    return left[both], right[both]


def spread(values: Array) -> float:
    """Standard deviation of a clean array of 2 or more (ddof 1); exactly 0 for rounding noise."""
    deviation = float(np.std(values, ddof=1))
    return 0.0 if deviation <= NOISE * float(np.max(np.abs(values))) else deviation
