"""Times as people and programs write them, to aware UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portfolios.formats.shape import Wrong

ORDERS = ("ymd", "dmy", "mdy")
_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan januar january janvier",
            "feb februar february février fév",
            "mar mär märz march mars",
            "apr april avril avr",
            "may mai",
            "jun june juni juin",
            "jul july juli juillet",
            "aug august août",
            "sep sept september septembre",
            "oct okt october oktober octobre",
            "nov november novembre",
            "dec dez december dezember décembre déc",
        ],
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?")
_NUMERIC = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})")
_CLOCK = re.compile(
    r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s*([AaPp])\.?[Mm]\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?"
)


def utc(text: str, column: str, order: str = "ymd", zone: str = "UTC") -> datetime:
    """The time that `text` is; one without a zone of its own is in `zone`.

    Takes ISO 8601, dates with - / . in the `order` (ymd also recognises itself by its four digits),
    months in words, a clock of 12 or 24 hours, seconds or milliseconds since 1970.
    """
    place = zone_of(zone, column)
    if text.isdecimal() and len(text) in {10, 13}:
        return datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), UTC)
    try:
        if _ISO.fullmatch(text):
            return _in_utc(datetime.fromisoformat(text), place)
        return _in_utc(_parts(text.strip(), order), place)
    except (ValueError, OverflowError):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise Wrong(column, f"“{shown}” is no date and time ({_named(order)}).") from None


def _in_utc(at: datetime, place: tzinfo) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=place)).astimezone(UTC)


@lru_cache(maxsize=64)
def zone_of(name: str, column: str = "zone") -> tzinfo:
    """The zone of that name; raises `Wrong` where there is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong(column, f"“{name}” is no time zone.") from None


def _named(order: str) -> str:
    words = {"y": "year", "m": "month", "d": "day"}
    return ", ".join(words[letter] for letter in order)


def _parts(text: str, order: str) -> datetime:
    """A date, then perhaps a clock; raises ValueError."""
    found = _NUMERIC.match(text)
    if found:
        day = _numeric(found, order)
        rest = text[found.end() :].lstrip(" ,T")
    else:
        day, rest = _worded(text)
    return _with_clock(day, rest)


def _numeric(found: re.Match[str], order: str) -> datetime:
    first, second, third = found.groups()
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    elif order == "ymd":
        year, month, day = 2000 + int(first), int(second), int(third)
        if len(first) != 2 or len(third) > 2:
            raise ValueError(found[0])
    else:
        month, day = (int(second), int(first)) if order == "dmy" else (int(first), int(second))
        year = int(third) + (2000 if len(third) == 2 else 0)
    return datetime(year, month, day)  # noqa: DTZ001 - its zone follows


def _worded(text: str) -> tuple[datetime, str]:
    """21 Nov 2026 …, Nov 21, 2026 …"""
    words = re.match(r"(?:(\d{1,2})\.? ?)?([^\W\d_]+)\.? ?(?:(\d{1,2}),? )?(\d{4}),?", text)
    if not words or not (words[1] or words[3]):
        raise ValueError(text)
    month = _MONTHS.get(words[2].casefold())
    if month is None:
        raise ValueError(text)
    day = datetime(int(words[4]), month, int(words[1] or words[3]))  # noqa: DTZ001 - see above
    return day, text[words.end() :].lstrip(" ,")


def _with_clock(day: datetime, rest: str) -> datetime:
    if not rest:
        return day
    clock = _CLOCK.fullmatch(rest)
    if not clock:
        raise ValueError(rest)
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[5]:
        if not 1 <= hour <= 12:
            raise ValueError(rest)
        hour = hour % 12 + (12 if clock[5] in "pP" else 0)
    micro = int((clock[4] or "0")[:6].ljust(6, "0"))
    at = day.replace(hour=hour, minute=minute, second=second, microsecond=micro)
    if clock[6] in {"Z", "UTC", "GMT"}:
        return at.replace(tzinfo=UTC)
    return _at_offset(at, clock[6]) if clock[6] else at


def _at_offset(at: datetime, offset: str) -> datetime:
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    ahead = timedelta(minutes=minutes if offset[0] == "+" else -minutes)
    return (at - ahead).replace(tzinfo=UTC)


def guess_order(samples: Iterable[str]) -> str:
    """The order of day, month and year that reads most samples; day first where two tie."""
    texts = [text for text in samples if text]
    if texts and all(re.match(r"\d{4}\D", text) for text in texts):
        return "ymd"
    reads = {order: sum(_reads(text, order) for text in texts) for order in ("dmy", "mdy", "ymd")}
    return max(reads, key=lambda order: reads[order])


def _reads(text: str, order: str) -> bool:
    try:
        utc(text, "", order)
    except Wrong:
        return False
    return True
