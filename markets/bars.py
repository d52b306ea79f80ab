"""Bars out of shorter bars; no framework, exact.

Stored bars are folded by the database, from ticks, in the transaction that stores them
(``services/ticks.py``). This is for the bar of an hour or a day that still runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, localcontext

from markets.sources.base import Bar

#: Sums of products of two numeric(38,18) stay exact; only the final division rounds.
_DIGITS = 80
_EIGHTEEN = Decimal(1).scaleb(-18)


def roll_up(bars: Sequence[Bar], open_time: datetime, *, is_closed: bool = False) -> Bar | None:
    """One bar from consecutive shorter ones, oldest first; None from none.

    The average price weighs each bar's by its volume and is None when nothing was traded or a
    bar with volume has none; the count of trades is None when any bar's is.
    """
    if not bars:
        return None
    counts = [bar.trades for bar in bars]
    return Bar(
        open_time=open_time,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum((bar.volume for bar in bars), Decimal(0)),
        vwap=average_price(bars),
        trades=None if None in counts else sum(count for count in counts if count is not None),
        is_closed=is_closed,
    )


def average_price(bars: Sequence[Bar]) -> Decimal | None:
    """The volume-weighted average price, 18 decimals; None where it is not defined or not known."""
    traded = [bar for bar in bars if bar.volume]
    weights = [(bar.vwap, bar.volume) for bar in traded if bar.vwap is not None]
    if not weights or len(weights) < len(traded):
        return None
    with localcontext(prec=_DIGITS):
        turnover = sum((price * volume for price, volume in weights), Decimal(0))
        volume = sum((volume for _, volume in weights), Decimal(0))
        return (turnover / volume).quantize(_EIGHTEEN)
