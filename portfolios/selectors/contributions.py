"""Each asset's part in what was earned over a range."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
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
from portfolios.money_weighted import xirr_of
from portfolios.ratios import Ratio
from portfolios.selectors.earnings import Timeline
from portfolios.selectors.sleeves import (
    BROUGHT,
    INCOME,
    Floats,
    Sheet,
    Split,
    Version,
    split,
    version_of,
)
from portfolios.selectors.takings import Takings

DAY = timedelta(days=1)
#: Amounts that were turned into another currency one by one do not sum to the last decimal.
_DUST = Decimal("1e-9")


@dataclass(frozen=True)
class Contribution:
    """One asset over the range, in the whole's base. `profit` = end - start value - inflow +
    outflow = `realised` + `rewards` + `unrealised`; None where a price was missing at an end.

    `inflow` and `outflow` are money into and out of this asset, what it was swapped for included.
    `contribution` is its part of the whole's time-weighted return, as a fraction.
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
    """Units and money of one asset; a worth is None where a price or a rate was missing."""

    before: Decimal = ZERO
    units: Decimal = ZERO
    inflow: Decimal = ZERO
    outflow: Decimal = ZERO
    start_worth: Decimal | None = ZERO
    end_worth: Decimal | None = ZERO


# Where the portfolio's money is the whole's, no day is needed: a rate makes each day another one.
_CAME = """
SELECT a.symbol, CASE WHEN %(by_day)s THEN (l.acquired_at AT TIME ZONE 'UTC')::date END,
    sum(l.quantity) FILTER (WHERE l.acquired_at < %(since)s), sum(l.quantity),
    sum(l.cost) FILTER (
        WHERE l.acquired_at >= %(since)s AND NOT (l.basis_missing OR t.type = ANY(%(unpaid)s)))
FROM portfolios_lot l
JOIN portfolios_transaction t ON t.id = l.opened_by_id
JOIN markets_asset a ON a.id = l.asset_id
WHERE l.portfolio_id = %(portfolio)s AND l.source_id IS NULL AND l.acquired_at < %(until)s
GROUP BY 1, 2
"""
_LEFT = """
SELECT a.symbol, CASE WHEN %(by_day)s THEN (t.executed_at AT TIME ZONE 'UTC')::date END,
    sum(d.quantity) FILTER (WHERE t.executed_at < %(since)s), sum(d.quantity),
    sum(d.proceeds) FILTER (WHERE t.executed_at >= %(since)s AND d.realised)
FROM portfolios_disposal d
JOIN portfolios_lot l ON l.id = d.lot_id
JOIN portfolios_transaction t ON t.id = d.transaction_id
JOIN markets_asset a ON a.id = l.asset_id
WHERE l.portfolio_id = %(portfolio)s AND d.rule <> 'moved' AND t.executed_at < %(until)s
GROUP BY 1, 2
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
    inflow = {point.day: point.inflow for point in line.points}
    parts = split(line.whole, line.start, line.end, inflow, line.newest)
    if parts is None:
        return Contributions([], ZERO, ZERO, None, ratios.NOTHING.reason)
    sums = _sums(parts)
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
    by_assets = sum(profits, ZERO)
    rest = change - came - by_assets
    if abs(rest) < _DUST:
        rest = ZERO
    return Contributions(rows, by_assets + rest, rest, whole)


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
    sums = one.sums
    start, end = sums.start_worth, sums.end_worth
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


def _worth(units: Decimal, price: float, rate: Decimal | None) -> Decimal | None:
    """Units at a close. The shortest text of a float64 is the close as the venue told it."""
    if not units:
        return ZERO
    if np.isnan(price) or rate is None:
        return None
    with localcontext(PRECISE):
        return (units * Decimal(repr(float(price))) * rate).quantize(UNIT)


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


def _sums(parts: Split) -> dict[str, _Sums]:
    """Units and money of each asset over all portfolios, exact."""
    sums: dict[str, _Sums] = defaultdict(_Sums)
    for sheet in parts.sheets:
        for symbol, more in _of_sheet(sheet, parts).items():
            sums[symbol] = _plus(sums[symbol], more)
    return sums


def _plus(one: _Sums, other: _Sums) -> _Sums:
    def both(a: Decimal | None, b: Decimal | None) -> Decimal | None:
        return None if a is None or b is None else a + b

    return _Sums(
        one.before + other.before,
        one.units + other.units,
        one.inflow + other.inflow,
        one.outflow + other.outflow,
        both(one.start_worth, other.start_worth),
        both(one.end_worth, other.end_worth),
    )


def _of_sheet(sheet: Sheet, parts: Split) -> dict[str, _Sums]:
    """One portfolio's part; its money at each day's rate, as in its history."""
    evening = parts.start - DAY
    columns = {symbol: at for at, symbol in enumerate(parts.symbols)}
    own = not sheet.is_abroad
    version = version_of(sheet.portfolio)

    def rate(day: date | None) -> Decimal:
        at = 0 if day is None else max(0, (day - evening).days)
        return sheet.rates[at] or ZERO

    with localcontext(PRECISE):
        sums = _entered(version, parts, own, rate)
        for symbol, day, came, units, basis in _in_kind(version, parts.start, parts.end):
            price = sheet.prices[(day - evening).days, columns[symbol]]
            worth = basis if isnan(price) else (units * Decimal(repr(float(price)))).quantize(UNIT)
            more = _Sums(inflow=worth * rate(day)) if came else _Sums(outflow=worth * rate(day))
            sums[symbol] = _plus(sums[symbol], more)
    return {
        symbol: replace(
            known,
            inflow=known.inflow.quantize(UNIT),
            outflow=known.outflow.quantize(UNIT),
            start_worth=_worth(known.before, sheet.prices[0, columns[symbol]], sheet.rates[0]),
            end_worth=_worth(known.units, sheet.prices[-1, columns[symbol]], sheet.rates[-1]),
        )
        for symbol, known in sums.items()
    }


def _entered(
    version: Version, parts: Split, own: bool, rate: Callable[[date | None], Decimal]
) -> dict[str, _Sums]:
    """Units, and money that was paid."""
    came, left = _booked(version, parts.start, parts.end, not own)
    sums: dict[str, _Sums] = defaultdict(_Sums)
    for symbol, day, before, units, paid in came:
        more = _Sums(before or ZERO, units, (paid or ZERO) * rate(day))
        sums[symbol] = _plus(sums[symbol], more)
    for symbol, day, before, units, paid in left:
        more = _Sums(-(before or ZERO), -units, ZERO, (paid or ZERO) * rate(day))
        sums[symbol] = _plus(sums[symbol], more)
    return sums


def _facts(version: Version, start: date, end: date) -> dict[str, Any]:
    return {
        "portfolio": version.portfolio_id,
        "since": datetime.combine(start, time.min, UTC),
        "until": datetime.combine(end + DAY, time.min, UTC),
        "brought": BROUGHT,
        "unpaid": [*BROUGHT, *INCOME],
    }


#: (symbol, day or None for all days, units before the range, units in all, money paid in it)
_Entry = tuple[str, date | None, Decimal | None, Decimal, Decimal | None]


@lru_cache(maxsize=64)
def _booked(
    version: Version, start: date, end: date, by_day: bool
) -> tuple[list[_Entry], list[_Entry]]:
    """What needs no price, kept for each version of the ledger: what came, and what left."""
    facts = {**_facts(version, start, end), "by_day": by_day}
    with connection.cursor() as cursor:
        cursor.execute(_CAME, facts)
        came: list[_Entry] = cursor.fetchall()
        cursor.execute(_LEFT, facts)
        left: list[_Entry] = cursor.fetchall()
    return came, left


@lru_cache(maxsize=32)
def _in_kind(
    version: Version, start: date, end: date
) -> list[tuple[str, date, bool, Decimal, Decimal]]:
    """(symbol, day, whether it came, units, basis): what flows at the price of its day."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_KIND, _facts(version, start, end))
        rows: list[tuple[str, date, bool, Decimal, Decimal]] = cursor.fetchall()
    return rows
