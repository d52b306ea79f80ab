"""Ranges of time as people name them: 1D 1W 1M 3M YTD 1Y ALL, or two days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

NAMED = ("1D", "1W", "1M", "3M", "YTD", "1Y", "ALL")
DEFAULT = "1Y"
_DAYS = {"1D": 1, "1W": 7, "1M": 30, "3M": 91, "1Y": 365}
_WORDS = {
    "1D": "over 24 hours",
    "1W": "over 1 week",
    "1M": "over 1 month",
    "3M": "over 3 months",
    "YTD": "this year",
    "1Y": "over 1 year",
    "ALL": "since the start",
}


@dataclass(frozen=True)
class Range:
    """From the end of the day before `start` (None: the beginning) to the end of `end`."""

    key: str
    start: date | None
    end: date

    @property
    def words(self) -> str:
        if self.key in _WORDS:
            return _WORDS[self.key]
        return f"from {self.start:%-d %b %Y} to {self.end:%-d %b %Y}"

    @property
    def is_custom(self) -> bool:
        return self.key not in _WORDS

    @property
    def is_intraday(self) -> bool:
        return self.key == "1D"


def range_of(key: str, today: date) -> Range:
    """Raises ValueError, saying why, for what is no range."""
    if key == "ALL":
        return Range(key, None, today)
    if key == "YTD":
        return Range(key, date(today.year, 1, 1), today)
    if key in _DAYS:
        return Range(key, today - timedelta(days=_DAYS[key] - 1), today)
    return _custom(key, today)


def _custom(key: str, today: date) -> Range:
    first, _, last = key.partition("..")
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise ValueError("Choose a first and a last day.") from None
    if start > end:
        raise ValueError("The first day is after the last one.")
    if start > today:
        raise ValueError("The first day is in the future.")
    return Range(f"{start}..{end}", start, min(end, today))


def range_or_default(keys: list[str], today: date) -> Range:
    """The first of the keys that is a range; 1Y when none is."""
    for key in keys:
        try:
            return range_of(key, today)
        except ValueError:
            continue
    return range_of(DEFAULT, today)
