"""How far below its own peak: compounded, the starting value included, every figure ≤ 0."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import Array, clean


def wealth(returns: Array) -> Array:
    """What 1 becomes: the start and the end of every day (n + 1 values). Once nothing is left,
    nothing grows from it again.
    """
    path = np.concatenate(([1.0], np.cumprod(np.maximum(1.0 + returns, 0.0))))
    return path.astype(np.float64)


def underwater(returns: npt.ArrayLike) -> Array:
    """Loss from the highest value so far, after each observation (n values in [-1, 0])."""
    path = wealth(clean(returns))
    drawn: Array = path / np.maximum.accumulate(path) - 1.0
    return drawn[1:]


def max_drawdown(returns: npt.ArrayLike) -> float | None:
    """The deepest point under water; 0 if value never fell."""
    values = clean(returns)
    return float(underwater(values).min()) if values.size >= 2 else None


def current_drawdown(returns: npt.ArrayLike) -> float | None:
    """Where the last observation leaves it."""
    values = clean(returns)
    return float(underwater(values)[-1]) if values.size >= 2 else None


def longest_drawdown(returns: npt.ArrayLike) -> int | None:
    """Observations of the longest stretch without a new peak."""
    values = clean(returns)
    if values.size < 2:
        return None
    longest = current = 0
    for drawn in underwater(values):
        current = current + 1 if drawn < 0.0 else 0
        longest = max(longest, current)
    return longest
