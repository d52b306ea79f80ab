"""What portfolios were worth: day by day, over the last 24 hours, and what they earned."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import NamedTuple

from django.db import connection

from markets.models import Venue
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.marks import price_venues
from portfolios.models import DailyValue, Portfolio
from portfolios.returns import Day, daily_returns, time_weighted
from portfolios.selectors.wholes import Rates


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """The end of a UTC day in the asked currency. `value` None: a price was missing.

    `invested` is the cost of what was held; `unpriced` are lists of symbols in JSON, as stored:
    thousands of days are read, and few are asked what they miss.
    """

    day: date
    value: Decimal | None
    invested: Decimal
    inflow: Decimal
    outflow: Decimal
    unpriced: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """Symbols without a price on the day, and currencies without a rate."""
        return sorted({symbol for part in self.unpriced for symbol in json.loads(part)})


@dataclass(frozen=True, slots=True)
class Performance:
    """From the end of the day before `start` to the end of `end`.

    `balance_change` = end - start value; `profit` = balance_change - `net_flow`; `twr` is the
    time-weighted return as a fraction. None where a price was missing at an end.
    """

    currency: str
    start: date | None
    end: date
    start_value: Decimal | None
    end_value: Decimal | None
    balance_change: Decimal | None
    inflow: Decimal
    outflow: Decimal
    net_flow: Decimal
    profit: Decimal | None
    twr: float | None
    days: int
    missing_days: int


_DAYS = """
    SELECT portfolio_id, day, value, cost, inflow, outflow, nullif(missing, '[]'::jsonb)::text
    FROM portfolios_dailyvalue
    WHERE portfolio_id = ANY(%s) AND day BETWEEN %s AND %s
    ORDER BY day, portfolio_id
"""


def history(
    portfolios: Iterable[Portfolio],
    base: str,
    start: date | None,
    end: date,
    venues: Mapping[int, Venue | None] | None = None,
) -> list[HistoryPoint]:
    """One point a day from `start` (None: the first day there is) to `end`, added up in `base`.

    Other currencies are converted at each day's rate. A day on which one of the portfolios has no
    value has none. `venues`: `price_venues` of them, where the caller has asked already.
    """
    owned = list(portfolios)
    by_day: dict[date, list[_Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [[p.pk for p in owned], start or date.min, end])
        for row in map(_Row._make, cursor.fetchall()):
            by_day[row.day].append(row)
    venues = price_venues(owned) if venues is None else venues
    first = min(by_day, default=end)
    rates = {p.pk: Rates.load(p, base, venues[p.pk], first, end) for p in owned}
    return [_point(day, day_rows, rates) for day, day_rows in by_day.items()]


class _Row(NamedTuple):
    """Of a `DailyValue`."""

    portfolio_id: int
    day: date
    value: Decimal | None
    cost: Decimal
    inflow: Decimal
    outflow: Decimal
    missing: str | None


def _point(day: date, rows: list[_Row], rates: Mapping[int, Rates]) -> HistoryPoint:
    if len(rows) == 1 and rates[rows[0].portfolio_id].is_own:
        _, _, own, cost, came, left, missing = rows[0]
        return HistoryPoint(day, own, cost, came, left, (missing,) if missing else ())
    value: Decimal | None = ZERO
    invested = inflow = outflow = ZERO
    unpriced = [row.missing for row in rows if row.missing]
    with localcontext(PRECISE):
        for row in rows:
            rate = rates[row.portfolio_id].on(day)
            if rate is None:
                unpriced.append(json.dumps([rates[row.portfolio_id].currency]))
            if rate is None or row.value is None:
                value = None
            elif value is not None:
                value += row.value * rate
            known = rate or ZERO
            invested += row.cost * known
            inflow += row.inflow * known
            outflow += row.outflow * known
        whole = None if value is None else value.quantize(UNIT)
        money = (invested.quantize(UNIT), inflow.quantize(UNIT), outflow.quantize(UNIT))
    return HistoryPoint(day, whole, *money, tuple(unpriced))


def performance(
    portfolios: Iterable[Portfolio], base: str, start: date | None, end: date
) -> Performance:
    """Balance change, profit and time-weighted return from `start` to `end` (both included)."""
    before = None if start in {None, date.min} else start - timedelta(days=1)
    return performance_of(history(portfolios, base, before, end), base, start, end)


def performance_of(
    points: list[HistoryPoint], base: str, start: date | None, end: date
) -> Performance:
    """The same from points that are there already; one before `start` is the opening value."""
    opening = next((p for p in points if start is not None and p.day < start), None)
    within = [p for p in points if start is None or p.day >= start]
    inflow = sum((p.inflow for p in within), ZERO)
    outflow = sum((p.outflow for p in within), ZERO)
    first = ZERO if opening is None else opening.value
    last = within[-1].value if within else first
    change = None if first is None or last is None else last - first
    return Performance(
        currency=base,
        start=within[0].day if within else start,
        end=end,
        start_value=first,
        end_value=last,
        balance_change=change,
        inflow=inflow,
        outflow=outflow,
        net_flow=inflow - outflow,
        profit=None if change is None else change - (inflow - outflow),
        twr=time_weighted(first, days_of(within)),
        days=len(within),
        missing_days=sum(p.value is None for p in within),
    )


def returns_of(points: list[HistoryPoint]) -> dict[date, float | None]:
    """The time-weighted return of each day, flows taken out (what really happened)."""
    found = daily_returns(None, days_of(points))
    return {point.day: r for point, r in zip(points, found, strict=True)}


def days_of(points: Iterable[HistoryPoint]) -> list[Day]:
    """The points as what returns are computed from."""
    return [Day(point.value, point.inflow, point.outflow) for point in points]


def first_days(portfolios: Iterable[Portfolio]) -> Mapping[int, date]:
    """The first day of each portfolio that has a value history, by id."""
    rows = DailyValue.objects.filter(portfolio__in=list(portfolios)).order_by("portfolio", "day")
    return dict(rows.distinct("portfolio").values_list("portfolio_id", "day"))
