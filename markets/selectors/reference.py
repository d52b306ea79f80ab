"""The central bank's rates of currencies, for what a real venue does not trade.

A simulated venue never gets them: it lists its own pairs, and the two never mix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from markets.known import CURRENCIES
from markets.models import Candle, Interval, Venue
from markets.selectors.venues import REFERENCE, usd_markets

#: A day without a fixing (weekends, holidays) has the rate of one at most this many days older.
BORROWED_DAYS: Final = 7
#: Easter is the longest pause: four days without a fixing.
STALE: Final = timedelta(days=6)
#: A fixing is told at about 16:00 in Frankfurt, at the latest 15:00 UTC in winter.
TOLD_AT: Final = time(15, 0, tzinfo=UTC)


class Rate(NamedTuple):
    """Dollars for one unit; ``before``: the rate that stood a day earlier."""

    price: Decimal
    time: datetime
    before: Decimal | None


def bank_for(venue: Venue, symbols: Iterable[str]) -> Venue | None:
    """The bank's venue if it may tell what these are worth beside the prices of ``venue``."""
    if venue.is_simulated or venue.slug == REFERENCE or CURRENCIES.isdisjoint(symbols):
        return None
    return Venue.objects.filter(slug=REFERENCE).first()


def _markets(venue: Venue, symbols: Iterable[str]) -> dict[int, str]:
    """Markets of the bank for the currencies among ``symbols`` that the venue has none of."""
    wanted = set(symbols) & CURRENCIES
    bank = bank_for(venue, wanted)
    if bank is None:
        return {}
    wanted -= usd_markets(venue, wanted).keys()
    return {pk: symbol for symbol, pk in usd_markets(bank, wanted).items()}


def rates(
    symbols: Iterable[str], start: date, end: date, venue: Venue
) -> dict[str, dict[date, Decimal]]:
    """Dollars for one unit on each day of [start, end], exact; absent where there is none."""
    by_id = _markets(venue, symbols)
    if not by_id:
        return {}
    rows = (
        Candle.objects.filter(market__in=by_id, interval=Interval.D1, is_closed=True)
        .between(_midnight(start - timedelta(days=BORROWED_DAYS)), _midnight(end) + _DAY)
        .order_by("open_time")
    )
    found: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for pk, opened, close in rows.values_list("market_id", "open_time", "close"):
        found[by_id[pk]][opened.astimezone(UTC).date()] = close
    return {symbol: dict(_carried(fixings, start, end)) for symbol, fixings in found.items()}


_DAY: Final = timedelta(days=1)


def _carried(
    fixings: dict[date, Decimal], start: date, end: date
) -> Iterator[tuple[date, Decimal]]:
    """Each day of the range with the newest fixing that is near enough."""
    newest: date | None = max((day for day in fixings if day < start), default=None)
    day = start
    while day <= end:
        if day in fixings:
            newest = day
        if newest is not None and (day - newest).days <= BORROWED_DAYS:
            yield day, fixings[newest]
        day += _DAY


def newest(symbols: Iterable[str], venue: Venue, now: datetime) -> dict[str, Rate]:
    """The newest fixing of each currency, today's included, and what stood 24 hours ago."""
    by_id = _markets(venue, symbols)
    if not by_id:
        return {}
    since = now - timedelta(days=30)
    rows = (
        Candle.objects.filter(market__in=by_id, interval=Interval.D1, open_time__gte=since)
        .order_by("-open_time")
        .values_list("market_id", "open_time", "close")
    )
    found: dict[str, Rate] = {}
    for pk, opened, close in rows:
        symbol, told = by_id[pk], _told(opened)
        known = found.get(symbol)
        if known is None:
            found[symbol] = Rate(close, min(told, now), None)
        elif known.before is None and told <= now - _DAY:
            found[symbol] = known._replace(before=close)
    return {
        symbol: rate._replace(before=rate.price) if rate.time <= now - _DAY else rate
        for symbol, rate in found.items()
    }


def newest_day() -> date | None:
    """The day of the last fixing that is stored."""
    rows = Candle.objects.filter(market__venue__slug=REFERENCE, interval=Interval.D1)
    opened = rows.order_by("-open_time").values_list("open_time", flat=True).first()
    return None if opened is None else opened.astimezone(UTC).date()


def _told(opened: datetime) -> datetime:
    return datetime.combine(opened.astimezone(UTC).date(), TOLD_AT)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
