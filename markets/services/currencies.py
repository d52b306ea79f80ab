"""Rates of currencies from the central bank, kept as daily bars of the venue ``ecb``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from markets import known
from markets.models import Interval, Market
from markets.selectors.reference import TOLD_AT, newest_day
from markets.selectors.venues import REFERENCE
from markets.services.assets import ensure_asset, ensure_market, ensure_venue
from markets.services.candles import Upserted, copy_line, upsert_lines
from markets.services.health import note_source
from markets.sources import ecb
from markets.sources.base import Bar, SourceError
from markets.sources.ecb.document import Fixings

logger = structlog.get_logger(__name__)

#: Settings of MARKET_FEED with which no outside address is asked.
OFFLINE: Final = {"none", "simulated"}
_SATURDAY: Final = 5


def refresh_currencies(now: datetime | None = None) -> int:
    """Fetch the rates that are due; returns how many were new.

    0 without asking where the feed is offline or the last working day's rates are there. Raises
    SourceError when the bank does not answer; what was found is noted in SourceHealth.
    """
    now = now or datetime.now(UTC)
    if settings.MARKET_FEED in OFFLINE:
        note_source(REFERENCE, "off", None, f"MARKET_FEED is {settings.MARKET_FEED}")
        return 0
    have = newest_day()
    if have is not None and have >= due(now):
        return 0
    started = time.perf_counter()
    try:
        fixings = ecb.live().fixings(today=now.date(), since=have)
    except SourceError as error:
        note_source(REFERENCE, "failing", None, str(error))
        raise
    note_source(REFERENCE, "ok", (time.perf_counter() - started) * 1000, f"{max(fixings)}")
    stored = store_fixings(fixings, now.date())
    logger.info("currencies_stored", new=stored.inserted, changed=stored.updated)
    return stored.inserted


def due(now: datetime) -> date:
    """The last working day whose fixing has been told by ``now``; holidays are not known."""
    day = now.date() if now.timetz() >= TOLD_AT else now.date() - timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return day


@transaction.atomic
def store_fixings(fixings: Fixings, today: date) -> Upserted:
    """Dollars for one unit by day and currency, as bars of that price; today's is still open."""
    venue = ensure_venue(REFERENCE)
    codes = {code for rates in fixings.values() for code in rates if code in known.CURRENCIES}
    markets: dict[str, Market] = {
        code: ensure_market(venue, f"{code}USD", ensure_asset(code), ensure_asset("USD"))
        for code in sorted(codes)
    }
    return upsert_lines(_lines(fixings, markets, today))


def _lines(fixings: Fixings, markets: dict[str, Market], today: date) -> Iterator[str]:
    for day, rates in sorted(fixings.items()):
        opened = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for code, price in rates.items():
            if code in markets:
                bar = Bar(opened, price, price, price, price, price * 0, is_closed=day < today)
                yield copy_line(markets[code].pk, Interval.D1, bar)
