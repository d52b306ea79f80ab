"""How much was lost on bad days: VaR and CVaR as the past had them. Positive losses per day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from risk.measures.arrays import Array, clean

#: Fewer observations than this beyond the quantile say nothing about a tail.
LEAST_IN_TAIL = 5.0


def tail_is_shown(observations: int, confidence: float) -> bool:
    """Whether VaR and CVaR of so many observations may be shown: n·alpha ≥ 5 with alpha = 1 - c."""
    return observations * (1.0 - confidence) >= LEAST_IN_TAIL - 1e-9  # 1 - 0.9 is not quite 0.1


def historical_var(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """Linear quantile of the returns (Hyndman-Fan 7, Excel's PERCENTILE.INC), as a loss."""
    values = clean(returns)
    if values.size < 2:
        return None
    return -float(np.quantile(values, 1.0 - confidence, method="linear"))


def quantile_weights(returns: npt.ArrayLike, confidence: float = 0.95) -> Array:
    """Weight of each day in the linear quantile: the two days between which it lies share 1.

    `returns` must hold no NaN; `-(weights @ returns)` is `historical_var`.
    """
    values = np.asarray(returns, dtype=np.float64)
    place = (values.size - 1) * (1.0 - confidence)
    low = min(int(place), values.size - 1)
    order = np.argsort(values, kind="stable")
    weights = np.zeros(values.size)
    weights[order[low]] = 1.0 - (place - low)
    if low + 1 < values.size:
        weights[order[low + 1]] = place - low
    return weights


def tail_weights(returns: npt.ArrayLike, confidence: float = 0.95) -> Array:
    """Weight of each day in the worst share alpha: 1/(n·alpha), a fraction at the boundary.

    `returns` must hold no NaN. The weights sum to 1 (Rockafellar-Uryasev; Acerbi-Tasche).
    """
    values = np.asarray(returns, dtype=np.float64)
    mass = values.size * (1.0 - confidence)
    ranks = np.empty(values.size)
    ranks[np.argsort(values, kind="stable")] = np.arange(values.size)
    return np.clip(mass - ranks, 0.0, 1.0) / mass


def historical_cvar(returns: npt.ArrayLike, confidence: float = 0.95) -> float | None:
    """Mean of the worst share alpha of days, the boundary observation by its fraction."""
    values = clean(returns)
    if values.size < 2:
        return None
    return -float(tail_weights(values, confidence) @ values)
