"""What it takes to lose so much: closed form, since losses are linear until an asset is gone."""

from __future__ import annotations

import numpy as np

from risk.measures import Array

#: A slope below this is none.
_FLAT = 1e-12


def reach(weights: Array, slopes: Array, target: float, most: float = np.inf) -> float | None:
    """The least strength s ≤ `most` at which Σ weight·min(1, slope·s) is `target`.

    `weights` and `slopes` (assets,): share of the value, and loss of the asset for each unit of
    strength (negative: it gains). The sum is concave and linear between the strengths 1/slope at
    which an asset is gone, so it is solved on the first piece that gets there. None: never.
    """
    if target <= 0.0:
        return 0.0
    gone = np.sort(1.0 / slopes[slopes > _FLAT])
    ends = [*gone[gone < most].tolist(), *([most] if np.isfinite(most) else [])]
    start, lost = 0.0, 0.0
    for end in ends:
        after = _loss(weights, slopes, end)
        if after >= target:
            return float(start + (end - start) * (target - lost) / (after - lost))
        start, lost = end, after
    return None


def changes_at(slopes: Array, strength: float) -> Array:
    """Change of each asset (assets,) at that strength, at least -1."""
    changes: Array = -np.minimum(slopes * strength, 1.0)
    return changes + 0.0  # no negative zeros


def _loss(weights: Array, slopes: Array, strength: float) -> float:
    return float(weights @ np.minimum(slopes * strength, 1.0))
