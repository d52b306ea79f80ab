"""Days put together into days, weeks, months or years. No framework."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Final, Literal, TypeVar

By = Literal["day", "week", "month", "year"]
KINDS: Final[tuple[By, ...]] = ("day", "week", "month", "year")
DAY: Final = timedelta(days=1)

Item = TypeVar("Item")


def first_day(day: date, by: By) -> date:
    """The first day of the period that `day` lies in; weeks begin on Monday (ISO 8601)."""
    if by == "day":
        return day
    if by == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by == "month" else day.replace(month=1, day=1)


def last_day(first: date, by: By) -> date:
    """The last day of the period that begins on `first`."""
    if by == "day":
        return first
    if by == "week":
        return first + timedelta(days=6)
    if by == "month":
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - DAY
    return first.replace(month=12, day=31)


def label(first: date, by: By) -> str:
    """How the period is written: 2026-11-20, 2026-W47, 2026-11, 2026."""
    if by == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02}"
    return {"day": first.isoformat(), "month": f"{first:%Y-%m}", "year": f"{first:%Y}"}[by]


def grouped(items: Iterable[tuple[date, Item]], by: By) -> Iterator[tuple[date, list[Item]]]:
    """Items of ascending days by the first day of their period."""
    for first, group in groupby(items, key=lambda pair: first_day(pair[0], by)):
        yield first, [item for _, item in group]
