"""The same cash flows in something else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from portfolios import ratios
from portfolios.compared import Mix, held
from portfolios.money_weighted import annualised, xirr
from portfolios.ratios import Ratio
from portfolios.selectors.earnings import Timeline
from portfolios.selectors.sleeves import Floats, prices_at

DAY = timedelta(days=1)
#: A day without a close takes one that is at most this much older.
_BORROWED_DAYS = 7
_PLACES = Decimal("1e-8")
_APART = "Your portfolios are priced at different venues: compare each by itself."


@dataclass(frozen=True)
class Comparison:
    """What the money would be in the mix. `difference`: what the portfolio is worth more than that.

    `index` by day: (day, cumulative return as a fraction of the mix without flows, or None).
    `twr` is its last, as a ratio; money is of the portfolio's base. None with the `reason`.
    """

    mix: Mix
    end_value: Decimal | None
    profit: Decimal | None
    difference: Decimal | None
    twr: Ratio
    annualised: Ratio
    money_weighted: Ratio
    index: list[tuple[date, float | None]]
    values: list[tuple[date, float | None]]
    reason: str = ""


def benchmark_comparison(line: Timeline, mix: Mix) -> Comparison:
    """`mix` from the flows of `line`, nothing rebalanced; see portfolios.compared.held.

    ValueError names the assets that have no price at all at the whole's venue in the range, and
    says so where its portfolios are priced at several.
    """
    whole, evening = line.whole, line.start - DAY
    if not whole.is_at_one_venue:
        raise ValueError(_APART)
    prices = prices_at(mix.symbols, evening, line.end, whole.base, whole.venue)
    unknown = [s for s, column in zip(mix.symbols, prices.T, strict=True) if _is_empty(column)]
    if unknown:
        raise ValueError(f"No prices of {', '.join(unknown)} are known in this range.")
    prices = _carried(prices)
    net = {p.day: float(p.inflow - p.outflow) for p in line.points}
    days = [line.start + DAY * n for n in range(line.days)]
    flows = [(day, net.get(day, 0.0)) for day in days]
    found = held(mix, float(line.opening or 0), flows, prices[0].tolist(), prices[1:].tolist())
    index = [
        (day, None if grown is None else grown - 1)
        for day, grown in zip(days, found.index, strict=True)
    ]
    end = found.values[-1]
    if end is None or line.opening is None:
        return _unknown(mix, index, days, found.values, found.ran_out)
    profit = end - float(line.opening) - sum(net.values())
    closing = line.closing
    twr = Ratio.known(index[-1][1] or 0.0)
    return Comparison(
        mix=mix,
        end_value=_money(end),
        profit=_money(profit),
        difference=None if closing is None else closing - _money(end),
        twr=twr,
        annualised=annualised(twr, line.days),
        money_weighted=ratios.ONE_DAY if line.days == 1 else xirr(line.payments(end)),
        index=index,
        values=list(zip(days, found.values, strict=True)),
    )


def _is_empty(column: Floats) -> bool:
    return bool(np.isnan(column).all())


def _unknown(
    mix: Mix,
    index: list[tuple[date, float | None]],
    days: list[date],
    values: list[float | None],
    ran_out: date | None,
) -> Comparison:
    reason = ratios.NO_VALUE.reason
    if ran_out is not None:
        reason = f"More was taken out on {ran_out:%-d %b %Y} than the benchmark would have had."
    none = Ratio(None, reason)
    both = list(zip(days, values, strict=True))
    return Comparison(mix, None, None, None, none, none, none, index, both, reason)


def _carried(prices: Floats) -> Floats:
    """Gaps take the close before them, if that is near enough."""
    rows = np.arange(len(prices))[:, None]
    newest = np.maximum.accumulate(np.where(np.isnan(prices), -1, rows), axis=0)
    near = (newest >= 0) & (rows - newest <= _BORROWED_DAYS)
    found = np.take_along_axis(prices, np.maximum(newest, 0), axis=0)
    return np.where(near, found, np.nan)


def _money(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_PLACES)
