"""Bars that the venue has and we have not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import structlog
from django.db import connection

from markets.models import Interval, Market
from markets.services.candles import Upserted, upsert_candles
from markets.sources.base import Bar, Source, SourceError

logger = structlog.get_logger(__name__)


class Span(NamedTuple):
    """How much of one interval is kept. ``is_folded``: the stream makes such bars itself."""

    interval: Interval
    length: timedelta
    is_folded: bool = False


#: Daily bars first: risk needs them, and all of them.
SPANS: Final = (
    Span(Interval.D1, timedelta(days=4 * 365 + 1)),
    Span(Interval.H1, timedelta(days=60)),
    Span(Interval.M5, timedelta(days=2), is_folded=True),
    Span(Interval.M1, timedelta(hours=6), is_folded=True),
)
_FIRST_MISSING = """
SELECT min(due) FROM generate_series(%(start)s::timestamptz, %(last)s, %(length)s::interval) AS due
WHERE NOT EXISTS (
    SELECT FROM markets_candle WHERE market_id = %(market)s AND interval = %(interval)s
        AND open_time = due AND is_closed
) AND (%(is_folded)s OR due > coalesce((
    SELECT min(open_time) FROM markets_candle
    WHERE market_id = %(market)s AND interval = %(interval)s AND open_time >= %(start)s
), '-infinity'))
"""


def fill(source: Source, market: Market, span: Span) -> Upserted:
    """Fetch the closed bars of one market from the first that is missing in the span.

    Raises what the source raises; what came before that is stored.
    """
    now = datetime.now(UTC)
    start = first_missing(market, span, now)
    if start is None:
        return Upserted(0, 0, 0)
    return refetch(source, market, span.interval, start, now)


def refetch(
    source: Source, market: Market, interval: Interval, start: datetime, end: datetime
) -> Upserted:
    """Fetch the closed bars with open time in [start, end), a page at a time."""
    total = Upserted(0, 0, 0)
    bars = source.history(market.symbol, interval.value, start, end)
    for page in _pages(bar for bar in bars if bar.is_closed):
        done = upsert_candles(market, interval.value, page)
        total = Upserted(*(a + b for a, b in zip(total, done, strict=True)))
    return total


def first_missing(market: Market, span: Span, now: datetime) -> datetime | None:
    """Open time of the first closed bar of the span that is not stored; None when none is missing.

    Bars that only the venue makes come oldest first, so nothing is missing before the oldest one:
    that is the day on which the market was listed.
    """
    length = span.interval.length
    last = floor(now, length) - length
    with connection.cursor() as cursor:
        cursor.execute(
            _FIRST_MISSING,
            {
                "start": floor(now - span.length, length),
                "last": last,
                "length": span.interval.sql,
                "market": market.pk,
                "interval": span.interval.value,
                "is_folded": span.is_folded,
            },
        )
        found: datetime | None = cursor.fetchone()[0]
    return found


def floor(moment: datetime, length: timedelta) -> datetime:
    """The start of the bar of this length that ``moment`` lies in."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % length


def _pages(bars: Iterator[Bar], size: int = 1000) -> Iterator[list[Bar]]:
    page: list[Bar] = []
    for bar in bars:
        page.append(bar)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page


def fill_all(
    source: Source,
    markets: list[Market],
    spans: tuple[Span, ...] = SPANS,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Fill every span of every market; ``progress(done, total)`` is told as it goes.

    What the venue says it will never have (an interval, a market) is passed over and logged.
    """
    steps = [(span, market) for span in spans for market in markets]
    for done, (span, market) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps))
        try:
            fill(source, market, span)
        except SourceError as error:
            if not error.permanent:
                raise
            logger.warning("no_history", market=market.symbol, span=span.interval, error=str(error))
    if progress is not None:
        progress(len(steps), len(steps))
