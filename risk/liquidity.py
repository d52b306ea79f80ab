"""How long a sale takes, and what may be lost until it is done. Pure: arrays in, figures out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from risk import measures
from risk.measures import Array

#: A seller who takes more of the usual volume than this moves the price himself.
SHARE = 0.10
#: Days of volume that the usual volume is the mean of.
VOLUME_DAYS = 30


@dataclass(frozen=True)
class Sale:
    """Days to sell one asset, None where its volume is unknown; `turnover` is its usual volume in
    money a day, None for money itself, which needs no buyer.
    """

    symbol: str
    days: float | None
    turnover: float | None


def sales(
    values: Mapping[str, float],
    turnover: Mapping[str, float | None],
    money: Sequence[str],
    share: float = SHARE,
) -> list[Sale]:
    """Of positions worth `values`, at `share` of the usual `turnover`; `money` sells at once."""
    return [
        Sale(symbol, 0.0, None)
        if symbol in money
        else Sale(symbol, _days(value, turnover.get(symbol), share), turnover.get(symbol))
        for symbol, value in values.items()
    ]


def _days(value: float, turnover: float | None, share: float) -> float | None:
    return value / (share * turnover) if turnover else None


def factor(days: float) -> float:
    """What a position sold evenly over `days` risks, beside one that is sold after one day.

    √((T + 1)(2T + 1) ÷ 6T) is the deviation of a holding that shrinks by equal parts over T days
    (Jorion, Value at Risk, 3rd edition, ch. 13); 1 up to one day.
    """
    taken = max(1.0, days)
    return math.sqrt((taken + 1.0) * (2.0 * taken + 1.0) / (6.0 * taken))


def adjusted_var(
    asset_returns: Array, weights: Array, factors: Array, confidence: float
) -> float | None:
    """Historical VaR of one day with the weight of each asset stretched by its `factor`.

    It equals the plain historical VaR if everything sells within a day.
    """
    if not np.isfinite(factors).all():
        return None
    return measures.historical_var(asset_returns @ (weights * factors), confidence)
