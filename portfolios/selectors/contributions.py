"""Each asset's part in what a portfolio earned over a range."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from functools import lru_cache
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from markets.models import Asset
from portfolios import ratios
from portfolios.contributed import linked, time_weighted
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.models import Portfolio
from portfolios.money_weighted import xirr_of
from portfolios.ratios import Ratio
from portfolios.selectors.earnings import Timeline
from portfolios.selectors.sleeves import (
    BROUGHT,
    INCOME,
    Floats,
    Split,
    Version,
    split,
    version_of,
)
from portfolios.selectors.takings import Takings

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Contribution:
    """One asset over the range, in the portfolio's base. `profit` = end - start value - inflow +
    outflow = `realised` + `rewards` + `unrealised`; None where a price was missing at an end.

    `inflow` and `outflow` are money into and out of this asset, what it was swapped for included.
    `contribution` is its part of the portfolio's time-weighted return, as a fraction.
    """

    symbol: str
    name: str
    quantity: Decimal
    start_value: Decimal | None
    end_value: Decimal | None
    inflow: Decimal
    outflow: Decimal
    profit: Decimal | None
    realised: Decimal
    unrealised: Decimal | None
    rewards: Decimal
    fees: Decimal
    twr: float | None
    money_weighted: Ratio
    contribution: float | None


@dataclass(frozen=True)
class Contributions:
    """Assets by profit. `profit` and `twr` are the whole's: what the rows sum to, with `rest`,
    which is money that went through no asset (a swap's fee paid from outside).
    """

    rows: list[Contribution]
    profit: Decimal | None
    rest: Decimal | None
    twr: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Sums:
    before: Decimal = ZERO
    units: Decimal = ZERO
    inflow: Decimal = ZERO
    outflow: Decimal = ZERO


_CAME = """
SELECT a.symbol, sum(l.quantity) FILTER (WHERE l.acquired_at < %(since)s), sum(l.quantity),
    sum(l.cost) FILTER (
        WHERE l.acquired_at >= %(since)s AND NOT (l.basis_missing OR t.type = ANY(%(unpaid)s)))
FROM portfolios_lot l
JOIN portfolios_transaction t ON t.id = l.opened_by_id
JOIN markets_asset a ON a.id = l.asset_id
WHERE l.portfolio_id = %(portfolio)s AND l.source_id IS NULL AND l.acquired_at < %(until)s
GROUP BY 1
"""
_LEFT = """
SELECT a.symbol, sum(d.quantity) FILTER (WHERE t.executed_at < %(since)s), sum(d.quantity),
    sum(d.proceeds) FILTER (WHERE t.executed_at >= %(since)s AND d.realised)
FROM portfolios_disposal d
JOIN portfolios_lot l ON l.id = d.lot_id
JOIN portfolios_transaction t ON t.id = d.transaction_id
JOIN markets_asset a ON a.id = l.asset_id
WHERE l.portfolio_id = %(portfolio)s AND d.rule <> 'moved' AND t.executed_at < %(until)s
GROUP BY 1
"""
# Brought along or taken away as they are: by day, because each day has its price.
_IN_KIND = """
SELECT a.symbol, (l.acquired_at AT TIME ZONE 'UTC')::date, true, sum(l.quantity), sum(l.cost)
FROM portfolios_lot l
JOIN portfolios_transaction t ON t.id = l.opened_by_id
JOIN markets_asset a ON a.id = l.asset_id
WHERE l.portfolio_id = %(portfolio)s AND l.source_id IS NULL
    AND (l.basis_missing OR t.type = ANY(%(brought)s))
    AND l.acquired_at >= %(since)s AND l.acquired_at < %(until)s
GROUP BY 1, 2
UNION ALL
SELECT a.symbol, (t.executed_at AT TIME ZONE 'UTC')::date, false, sum(d.quantity), sum(d.basis)
FROM portfolios_disposal d
JOIN portfolios_lot l ON l.id = d.lot_id
JOIN portfolios_transaction t ON t.id = d.transaction_id
JOIN markets_asset a ON a.id = l.asset_id
WHERE l.portfolio_id = %(portfolio)s AND NOT d.realised AND d.rule <> 'moved'
    AND t.executed_at >= %(since)s AND t.executed_at < %(until)s
GROUP BY 1, 2
"""


def asset_contributions(line: Timeline, booked: Takings) -> Contributions:
    """Of every asset that was held or moved in the range; `booked` is of the same range."""
    portfolio = line.portfolio
    inflow = {point.day: point.inflow for point in line.points}
    parts = split(portfolio, line.start, line.end, inflow, line.newest)
    if parts is None:
        return Contributions([], ZERO, ZERO, None, ratios.NOTHING.reason)
    sums = _sums(portfolio, parts)
    found = _fractions(parts)
    names = dict(Asset.objects.filter(symbol__in=sums).values_list("symbol", "name"))
    rows = [
        _row(_One(at, symbol, names.get(symbol) or symbol, sums[symbol]), booked, parts, found)
        for at, symbol in enumerate(parts.symbols)
        if _matters(symbol, sums, booked)
    ]
    rows.sort(key=lambda row: (row.profit is None, -(row.profit or ZERO), row.symbol))
    return _together(line, rows, found.whole)


def _matters(symbol: str, sums: dict[str, _Sums], booked: Takings) -> bool:
    known = sums[symbol]
    moved = known.before or known.units or known.inflow or known.outflow
    return bool(moved) or symbol in booked.by_asset


def _together(line: Timeline, rows: list[Contribution], whole: float | None) -> Contributions:
    profits = [row.profit for row in rows if row.profit is not None]
    if len(profits) < len(rows) or whole is None:
        return Contributions(rows, None, None, whole, ratios.NO_VALUE.reason)
    came = sum((p.inflow - p.outflow for p in line.points), ZERO)
    change = sum(((r.end_value or ZERO) - (r.start_value or ZERO) for r in rows), ZERO)
    profit = change - came
    return Contributions(rows, profit, profit - sum(profits, ZERO), whole)


@dataclass(frozen=True)
class _Fractions:
    """Parts of the whole's return, that return, and each asset's own; None: no price before."""

    parts: Floats | None
    whole: float | None
    own: Floats


def _fractions(parts: Split) -> _Fractions:
    """Over the days on which everything is priced."""
    valued = parts.sleeves.valued()
    own = time_weighted(valued)
    if np.isnan(valued.values[0]).any():
        return _Fractions(None, None, own)
    found, whole = linked(valued)
    return _Fractions(found, whole, own)


class _One(NamedTuple):
    """An asset: its column, its names and its sums."""

    at: int
    symbol: str
    name: str
    sums: _Sums


def _row(one: _One, booked: Takings, parts: Split, found: _Fractions) -> Contribution:
    realised, rewards, fees = booked.by_asset.get(one.symbol, (ZERO, ZERO, ZERO))
    sums, prices = one.sums, parts.prices[:, one.at]
    start, end = _worth(sums.before, prices[0]), _worth(sums.units, prices[-1])
    profit = None if start is None or end is None else end - start - sums.inflow + sums.outflow
    twr = float(found.own[one.at])
    return Contribution(
        symbol=one.symbol,
        name=one.name,
        quantity=sums.units,
        start_value=start,
        end_value=end,
        inflow=sums.inflow,
        outflow=sums.outflow,
        profit=profit,
        realised=realised,
        unrealised=None if profit is None else profit - realised - rewards,
        rewards=rewards,
        fees=fees,
        twr=twr if np.isfinite(twr) and profit is not None else None,
        money_weighted=ratios.NO_VALUE if profit is None else _money_weighted(parts, one.at),
        contribution=None if found.parts is None or profit is None else float(found.parts[one.at]),
    )


def _worth(units: Decimal, price: float) -> Decimal | None:
    """Units at a close. The shortest text of a float64 is the close as the venue told it."""
    if not units:
        return ZERO
    if np.isnan(price):
        return None
    with localcontext(PRECISE):
        return (units * Decimal(repr(float(price)))).quantize(UNIT)


def _money_weighted(parts: Split, at: int) -> Ratio:
    """The yearly rate of the money that was in this asset."""
    if parts.start == parts.end:
        return ratios.ONE_DAY
    sleeves = parts.sleeves
    paid = np.concatenate(([0.0], sleeves.outflows[:, at] - sleeves.inflows[:, at]))
    paid[0] -= sleeves.values[0, at]
    paid[-1] += sleeves.values[-1, at]
    days = np.flatnonzero(paid)
    return xirr_of(days.astype(np.float64), paid[days])


def _sums(portfolio: Portfolio, parts: Split) -> dict[str, _Sums]:
    """Units and money of each asset, exact."""
    sums = dict(_booked(version_of(portfolio), parts.start, parts.end))
    columns = {symbol: at for at, symbol in enumerate(parts.symbols)}
    evening = parts.start - DAY
    moved: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    with localcontext(PRECISE):
        for symbol, day, came, units, basis in _in_kind(
            version_of(portfolio), parts.start, parts.end
        ):
            price = parts.prices[(day - evening).days, columns[symbol]]
            worth = basis if isnan(price) else (units * Decimal(repr(float(price)))).quantize(UNIT)
            moved[symbol, came] += worth
    for (symbol, came), amount in moved.items():
        known = sums[symbol]
        more = {"inflow": known.inflow + amount} if came else {"outflow": known.outflow + amount}
        sums[symbol] = replace(known, **more)
    return sums


def _facts(version: Version, start: date, end: date) -> dict[str, Any]:
    return {
        "portfolio": version.portfolio_id,
        "since": datetime.combine(start, time.min, UTC),
        "until": datetime.combine(end + DAY, time.min, UTC),
        "brought": BROUGHT,
        "unpaid": [*BROUGHT, *INCOME],
    }


@lru_cache(maxsize=64)
def _booked(version: Version, start: date, end: date) -> dict[str, _Sums]:
    """What needs no price, kept for each version of the ledger: not to be changed."""
    facts = _facts(version, start, end)
    sums: dict[str, _Sums] = defaultdict(_Sums)
    with connection.cursor() as cursor:
        cursor.execute(_CAME, facts)
        for symbol, before, units, paid in cursor.fetchall():
            sums[symbol] = _Sums(before or ZERO, units, paid or ZERO, ZERO)
        cursor.execute(_LEFT, facts)
        for symbol, before, units, paid in cursor.fetchall():
            known = sums[symbol]
            sums[symbol] = _Sums(
                known.before - (before or ZERO), known.units - units, known.inflow, paid or ZERO
            )
    return sums


@lru_cache(maxsize=8)
def _in_kind(
    version: Version, start: date, end: date
) -> list[tuple[str, date, bool, Decimal, Decimal]]:
    """(symbol, day, whether it came, units, basis): what flows at the price of its day."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_KIND, _facts(version, start, end))
        rows: list[tuple[str, date, bool, Decimal, Decimal]] = cursor.fetchall()
    return rows
