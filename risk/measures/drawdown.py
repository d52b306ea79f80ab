"""How far below its own peak: compounded, the starting value included, every figure ≤ 0."""

from __future__ import annotations

import math
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Fall:
    """The deepest drawdown. `start`, `trough` and `recovery` count observations: 0 is the starting
    value, i the end of the i-th day; `recovery` is None as long as it is below its last peak.
    """

    depth: float
    start: int
    trough: int
    recovery: int | None


def deepest_fall(returns: npt.ArrayLike) -> Fall | None:
    """From its last peak to the first day back at it; None if value never fell."""
    values = clean(returns)
    if values.size < 2:
        return None
    path = wealth(values)
    drawn = path / np.maximum.accumulate(path) - 1.0
    trough = int(drawn.argmin())
    if drawn[trough] >= 0.0:
        return None
    start = int(np.flatnonzero(drawn[:trough] >= 0.0)[-1])
    back = np.flatnonzero(path[trough:] >= path[start])
    return Fall(float(drawn[trough]), start, trough, trough + int(back[0]) if back.size else None)


def ulcer_index(returns: npt.ArrayLike) -> float | None:
    """√(mean of squared drawdowns) as a fraction (Martin): depth and length in one."""
    values = clean(returns)
    if values.size < 2:
        return None
    return math.sqrt(float(np.mean(underwater(values) ** 2)))
