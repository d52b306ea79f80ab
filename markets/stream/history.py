"""Bars from the venue's REST: at the start, around gaps, and when a day ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

import structlog
from django.db import InterfaceError, OperationalError

from markets.models import Feed, Interval, Market
from markets.selectors.quotes import closes_a_day_before
from markets.services import history
from markets.sources.base import Source, SourceError
from markets.sources.blocking import Worker
from markets.stream.board import PriceBoard
from markets.stream.flush import connection_close

logger = structlog.get_logger(__name__)

#: A venue needs a moment to close its bars.
GRACE: Final = timedelta(seconds=5)
RETRY_SECONDS: Final = 15.0
DAY_BEFORE_SECONDS: Final = 300.0
#: While the first history comes in, and for coins that are listed only now.
FIRST_DAY_BEFORE_SECONDS: Final = 10.0


class _StoppedError(Exception):
    """Ends a job in the thread; nobody waits for it any more."""


class History:
    """Fetches bars in a thread of its own while the stream runs."""

    def __init__(
        self, source: Source, feed: Feed, markets: list[Market], prices: PriceBoard
    ) -> None:
        self._source = source
        self._feed = feed
        self._markets = markets
        self._prices = prices
        self._worker = Worker("history", at_end=connection_close)
        self._reader = Worker("day-before", at_end=connection_close)
        self._unsettled_since: datetime | None = None
        self._stopping = False

    async def run(self) -> None:
        """Fill what is missing now, and again after each midnight (UTC)."""
        while True:
            await self._insist(self._fill)
            await self.refresh_day_before()
            await asyncio.sleep(_until_next(timedelta(days=1)))

    async def settle(self) -> None:
        """After each five minutes in which trades may be missing, replace their bars by REST's."""
        while True:
            await asyncio.sleep(_until_next(timedelta(minutes=5)))
            if self._unsettled_since is not None:
                since, self._unsettled_since = self._unsettled_since, None
                await self._insist(partial(self._refetch, since))

    async def keep_day_before(self) -> None:
        """Keep what prices are compared with."""
        while True:
            await self.refresh_day_before()
            known = len(self._prices.day_before) == len(self._markets)
            await asyncio.sleep(DAY_BEFORE_SECONDS if known else FIRST_DAY_BEFORE_SECONDS)

    def doubt(self, since: datetime) -> None:
        """Bars from ``since`` to now may lack trades."""
        known = self._unsettled_since
        self._unsettled_since = since if known is None else min(known, since)

    async def refresh_day_before(self) -> None:
        """Read the closes of 24 hours ago."""
        try:
            self._prices.day_before = await self._reader.call(self._day_before)
        except (OperationalError, InterfaceError) as error:
            await self._reader.call(connection_close)
            logger.warning("day_before_not_read", error=str(error)[:200])

    def stop(self) -> None:
        """End both threads; a long job ends at its next step."""
        self._stopping = True
        self._reader.stop(timeout=0.1)
        self._worker.stop(timeout=0.5)

    async def _insist(self, work: Callable[[], None]) -> None:
        """Do it until it succeeds; each try goes on where the last one stopped."""
        while True:
            try:
                return await self._worker.call(work)
            except (OSError, SourceError, OperationalError, InterfaceError) as error:
                await self._worker.call(connection_close)
                wait = getattr(error, "retry_after", None) or RETRY_SECONDS
                logger.warning("history_not_fetched_yet", error=str(error)[:200], wait=wait)
                await asyncio.sleep(wait)

    def _fill(self) -> None:
        history.fill_all(self._source, self._markets, progress=self._note_progress)
        logger.info("history_filled", venue=self._source.slug, markets=len(self._markets))

    def _note_progress(self, done: int, total: int) -> None:
        if self._stopping:
            raise _StoppedError
        Feed.objects.filter(pk=self._feed.pk).update(backfill_done=done, backfill_total=total)

    def _refetch(self, since: datetime) -> None:
        now = datetime.now(UTC)
        for market in self._markets:
            for interval in (Interval.M1, Interval.M5):
                start = history.floor(since, interval.length)
                history.refetch(self._source, market, interval, start, now)
        logger.info("bars_settled", venue=self._source.slug, since=since.isoformat())

    def _day_before(self) -> dict[str, Decimal]:
        names = {market.pk: market.base.symbol for market in self._markets}
        closes = closes_a_day_before(names, datetime.now(UTC))
        return {names[pk]: close for pk, close in closes.items()}


def _until_next(length: timedelta) -> float:
    """Seconds to the next multiple of ``length`` since 1970, and a little."""
    now = datetime.now(UTC)
    return (history.floor(now, length) + length + GRACE - now).total_seconds()
