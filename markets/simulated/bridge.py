"""Paths through a given open, high, low and close, and exact shares of a total.

With these a day is cut into minutes and a minute into trades such that the parts add up to the
whole.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def through(
    rng: np.random.Generator,
    ohlc: tuple[float, float, float, float],
    points: int,
    step: float,
) -> Floats:
    """A path that starts at the open, ends at the close, and touches the high and the low.

    Between these four it is a Brownian bridge with standard deviation ``step`` a step, folded back
    at the high and the low. Needs at least 4 points; shape (points,), in the unit of ``ohlc``.
    """
    opened, high, low, close = ohlc
    first, second = np.sort(rng.choice(points - 2, 2, replace=False)) + 1
    rising = rng.random() < (0.75 if close > opened else 0.25)
    turns = (low, high) if rising else (high, low)
    at = np.array([0, first, second, points - 1])
    anchors = np.array([opened, *turns, close])
    steps = np.arange(points)
    walk = np.cumsum(rng.standard_normal(points)) * step
    path = np.interp(steps, at, anchors - walk[at]) + walk
    path = _folded(path, low, high)
    path[at] = anchors
    return path


def _folded(path: Floats, low: float, high: float) -> Floats:
    """Reflect the path at both bounds, as often as needed."""
    width = high - low
    if width <= 0:
        return np.full_like(path, low)
    rest = np.mod(path - low, 2 * width)
    folded: Floats = low + np.minimum(rest, 2 * width - rest)
    return folded


def shares(total: int, weights: Floats, least: int = 0) -> Ints:
    """Split an integer in proportion to the weights; each part gets at least ``least``.

    Raises ValueError if the total cannot serve the minimum.
    """
    rest = total - least * len(weights)
    if rest < 0:
        raise ValueError(f"total: {total} cannot give {len(weights)} parts {least} each")
    whole = np.cumsum(weights)
    edges = np.floor(whole * (rest / whole[-1])).astype(np.int64)
    edges[-1] = rest
    parts: Ints = np.diff(edges, prepend=0) + least
    return parts


def spread(total: int, parts: Floats | Ints) -> Ints:
    """Split an integer in proportion to parts that nearly add up to it, within a unit or two."""
    whole = np.cumsum(parts, dtype=np.float64)
    edges = np.rint(whole * (total / whole[-1])).astype(np.int64)
    edges[-1] = total
    split: Ints = np.diff(edges, prepend=0)
    return split


def tilted(weights: Floats, prices: Floats | Ints, target: float) -> Floats:
    """Weights changed just so far that the weighted mean of the prices is ``target``.

    Only the side of the target that is too light is raised. Unchanged where no price lies there.
    """
    weights = weights / weights.sum()
    mean = float(weights @ prices)
    side = prices > target if target > mean else prices < target
    raised = np.where(side, weights, 0.0)
    if raised.sum() <= 0:
        return weights
    raised /= raised.sum()
    far = float(raised @ prices)
    part = (target - mean) / (far - mean)
    return weights * (1 - part) + raised * part
