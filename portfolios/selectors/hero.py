"""The first screen of a portfolio, or of all: its value, how it moved over a range, its chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from markets.models import Venue
from markets.selectors import daily_closes
from portfolios.compared import in_the_benchmark
from portfolios.lots import ZERO
from portfolios.models import Portfolio
from portfolios.ranges import Range
from portfolios.selectors.book import Book
from portfolios.selectors.history import HistoryPoint, history, performance_of
from portfolios.selectors.intraday import SPAN, intraday
from portfolios.selectors.positions import changes_since

#: What a chart is made of: [day or seconds since 1970, value, paid in], money as float.
Row = list[Any]


@dataclass(frozen=True)
class Hero:
    """`profit` and `fraction` leave deposits out; `balance_change` does not. None: not known."""

    value: Decimal | None
    currency: str
    profit: Decimal | None
    fraction: float | None
    balance_change: Decimal | None
    net_flow: Decimal
    rows: list[Row]
    compare: list[Row]
    benchmark: str
    missing_days: int


def hero(
    portfolios: Sequence[Portfolio],
    book: Book,
    wanted: Range,
    venues: Mapping[int, Venue | None],
) -> Hero:
    """Over `wanted`; the newest point is the book's value of now. `venues`: `price_venues`."""
    if wanted.is_intraday:
        return _of_a_day(portfolios, book)
    points = _with_now(history(portfolios, book.base, None, wanted.end, venues), book)
    result = performance_of(_cut(points, wanted.start), book.base, wanted.start, wanted.end)
    rows = _rows(points, wanted.start)
    benchmark = portfolios[0].benchmark if portfolios else "BTC"
    return Hero(
        value=book.value,
        currency=book.base,
        profit=result.profit,
        fraction=result.twr,
        balance_change=result.balance_change,
        net_flow=result.net_flow,
        rows=rows,
        compare=_compare(venues[portfolios[0].pk], points, wanted, benchmark, book.base)
        if portfolios
        else [],
        benchmark=benchmark,
        missing_days=result.missing_days,
    )


def _of_a_day(portfolios: Sequence[Portfolio], book: Book) -> Hero:
    points = intraday(portfolios, book.base)
    known = [point.value for point in points if point.value is not None]
    change = book.change_24h
    if changes_since(portfolios, datetime.now(UTC) - SPAN):
        change = known[-1] - known[0] if len(known) > 1 else None
    rows: list[Row] = [
        [int(p.time.timestamp()), None if p.value is None else round(float(p.value), 2), None]
        for p in points
    ]
    return Hero(
        value=book.value,
        currency=book.base,
        profit=book.change_24h,
        fraction=book.change_24h_pct,
        balance_change=change,
        net_flow=ZERO,
        rows=rows if len(known) > 1 else [],
        compare=[],
        benchmark="",
        missing_days=0,
    )


def _with_now(points: list[HistoryPoint], book: Book) -> list[HistoryPoint]:
    """Today's point carries the value of this moment, which the stored one may trail."""
    if not points or points[-1].day != datetime.now(UTC).date() or book.missing:
        return points
    return [*points[:-1], replace(points[-1], value=book.value)]


def _cut(points: list[HistoryPoint], start: date | None) -> list[HistoryPoint]:
    """The points from `start` on, and the one before it."""
    if start is None:
        return points
    before = [p for p in points if p.day < start]
    return [*before[-1:], *(p for p in points if p.day >= start)]


def _rows(points: list[HistoryPoint], start: date | None) -> list[Row]:
    paid, rows = ZERO, []
    for point in points:
        paid += point.inflow - point.outflow
        if start is None or point.day >= start:
            value = None if point.value is None else round(float(point.value), 2)
            rows.append([point.day.isoformat(), value, round(float(paid), 2)])
    return rows


def _compare(
    venue: Venue | None,
    points: list[HistoryPoint],
    wanted: Range,
    benchmark: str,
    base: str,
) -> list[Row]:
    """The same money on the same days in the benchmark; empty where it has no prices."""
    shown = [p for p in points if wanted.start is None or p.day >= wanted.start]
    if not shown:
        return []
    days = (wanted.end - shown[0].day).days + 2
    closes = daily_closes([benchmark], end=wanted.end, days=days, base=base, venue=venue)
    prices = dict(zip(closes.days, closes.values[:, 0].tolist(), strict=True))
    flows = [(p.day, float(p.inflow - p.outflow)) for p in shown]
    opening = next((float(p.value) for p in shown if p.value is not None), 0.0)
    return [[day.isoformat(), round(v, 2)] for day, v in in_the_benchmark(opening, flows, prices)]


def chart(found: Hero, *, amounts_hidden: bool, all_hidden: bool = False) -> dict[str, Any]:
    """The chart's data; with amounts hidden it carries no amounts, only what they grew by, and
    nothing where all figures are.
    """
    if all_hidden:
        return {"unit": "percent", "points": [], "compare": None}
    if not amounts_hidden:
        compare = {"name": f"Same money in {found.benchmark}", "points": found.compare}
        return {
            "unit": "money",
            "currency": found.currency,
            "points": found.rows,
            "compare": compare if found.compare else None,
        }
    first = next((row[1] for row in found.rows if row[1]), None)
    points = [
        [at, None if value is None or first is None else round(value / first - 1, 6), None]
        for at, value, _ in found.rows
    ]
    return {"unit": "percent", "points": points, "compare": None}


def summary(found: Hero, *, amounts_hidden: bool, all_hidden: bool = False) -> str:
    """The chart in words, for those who do not see it."""
    if all_hidden:
        return "Value over time; figures are hidden"
    values = [row[1] for row in found.rows if row[1] is not None]
    if not values:
        return "No values in this range yet"
    if amounts_hidden:
        moved = (values[-1] / values[0] - 1) * 100 if values[0] else 0.0
        return f"Value over time, {moved:+.1f} % from first to last; amounts are hidden"
    low, high = f"{min(values):,.0f}", f"{max(values):,.0f}"
    return (
        f"Value over time: from {values[0]:,.0f} to {values[-1]:,.0f} {found.currency}, "
        f"lowest {low}, highest {high}"
    )
