"""What the charts of the Risk page are drawn from. Pure: arrays in, JSON-able structures out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TypedDict

import numpy as np

from risk import measures
from risk.measures import Array

#: Bins are as wide as one of these, the narrowest that needs no more than MOST bins.
WIDTHS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
MOST = 48


#: Days with a return in [from, to).
Bin = TypedDict("Bin", {"from": float, "to": float, "count": int})


class Histogram(TypedDict):
    """`var` and `cvar` are positive losses, marked at their negatives."""

    bins: list[Bin]
    var: float | None
    cvar: float | None


def histogram(returns: Array, var: float | None, cvar: float | None) -> Histogram:
    """Daily returns in bins whose edges are multiples of their width, so that 0 is an edge."""
    if returns.size < 2:
        return {"bins": [], "var": var, "cvar": cvar}
    span = float(returns.max() - returns.min())
    width = next((w for w in WIDTHS if span / w <= MOST - 2), math.ceil(span / (MOST - 2)))
    first = math.floor(float(returns.min()) / width)
    places = np.floor(returns / width).astype(int) - first
    counts = np.bincount(places).tolist()
    bins: list[Bin] = [
        {
            "from": round((first + at) * width, 6),
            "to": round((first + at + 1) * width, 6),
            "count": count,
        }
        for at, count in enumerate(counts)
    ]
    return {"bins": bins, "var": var, "cvar": cvar}


def underwater(days: Sequence[date], returns: Array) -> dict[str, list[list[str | float]]]:
    """Points [day, fraction ≤ 0]."""
    drawn = measures.underwater(returns).tolist()
    return {"points": [[day.isoformat(), at] for day, at in zip(days, drawn, strict=True)]}


class HeatRow(TypedDict):
    label: str
    values: list[float | None]


def heat(symbols: Sequence[str], own_returns: Array, most: int = 10) -> list[HeatRow]:
    """Correlation of the first `most` assets, row by row; fewer than two have none."""
    shown = list(symbols)[:most]
    if len(shown) < 2:
        return []
    matrix = measures.correlation_matrix(own_returns[:, : len(shown)])
    return [{"label": s, "values": row} for s, row in zip(shown, matrix, strict=True)]
