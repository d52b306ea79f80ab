"""The slow path: the buffer into the database once a second, and a cycle asked for after it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import celery
import structlog
from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError, connection
from kombu.exceptions import OperationalError as BrokerError

from markets import metrics
from markets.models import Feed
from markets.services.feeds import note_health
from markets.services.ticks import Stored, TickStore
from markets.sources.base import Health, Trade
from markets.sources.blocking import Worker
from markets.stream.buffer import DROP_POLICY, TickBuffer
from markets.stream.pace import AtMostEvery

logger = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 1.0
#: One transaction stores at most so many, so that a backlog does not become one long lock.
BATCH: Final = 20_000


class Flusher:
    """Moves trades from the buffer to the database, from a thread with its own connection.

    While the database is away the buffer holds, and the same batch is stored later: primary keys
    see to it that nothing is stored twice.
    """

    def __init__(self, feed: Feed, market_ids: Mapping[str, int], health: Health) -> None:
        self.buffer = TickBuffer()
        self.last_message_at: datetime | None = None
        self._feed = feed
        self._venue = feed.venue.slug
        self._health = health
        self._store = TickStore(market_ids)
        self._worker = Worker("tick-flush", at_end=connection_close)
        self._complain = AtMostEvery(60)
        self._complain_away = AtMostEvery(10)
        self._dropped_unsaid = 0

    def add(self, trades: Sequence[Trade]) -> None:
        """Put trades into the buffer; what falls out of it is counted and said."""
        self._note_dropped(self.buffer.add(trades))

    async def run(self) -> None:
        """Flush for ever."""
        while True:
            started = time.monotonic()
            await self.flush()
            await asyncio.sleep(max(0.05, EVERY_SECONDS - (time.monotonic() - started)))

    async def flush(self) -> bool:
        """Store all that waits; False when the database did not take it."""
        new = 0
        while True:
            batch = self.buffer.take(BATCH)
            try:
                new += (await self._worker.call(self._write, batch)).new
            except asyncio.CancelledError:
                # The thread may still store it: storing it again changes nothing.
                self.buffer.put_back(batch)
                raise
            except (OperationalError, InterfaceError) as error:
                self._note_dropped(self.buffer.put_back(batch))
                await self._worker.call(connection_close)
                if self._complain_away.due():
                    logger.warning(
                        "database_away", waiting=len(self.buffer), error=str(error)[:200]
                    )
                return False
            metrics.TICKS_WAITING.labels(self._venue).set(len(self.buffer))
            if not len(self.buffer):
                break
        if new:
            await self._worker.call(self._ask_for_cycle)
        return True

    def stop(self, timeout: float) -> None:
        """End the thread; call after the last flush."""
        self._worker.stop(timeout)

    def _write(self, batch: Sequence[Trade]) -> Stored:
        with metrics.FLUSH_SECONDS.labels(self._venue).time():
            stored = self._store_or_split(batch)
        metrics.TICKS_STORED.labels(self._venue).inc(stored.new)
        metrics.TICKS_REPEATED.labels(self._venue).inc(stored.duplicates)
        metrics.RECONNECTS.labels(self._venue).set(self._health.reconnects)
        metrics.BAD_FRAMES.labels(self._venue).set(self._health.bad_frames)
        metrics.MISSED_TRADES.labels(self._venue).set(self._health.missed_trades)
        note_health(self._feed, self._health, self.last_message_at)
        return stored

    def _store_or_split(self, batch: Sequence[Trade]) -> Stored:
        """Store; what the database finds impossible is halved until the culprit is alone."""
        try:
            return self._store.store(batch)
        except DataError as error:
            if len(batch) == 1:
                metrics.TICKS_DROPPED.labels(self._venue, "refused").inc()
                logger.warning("tick_refused", tick=repr(batch[0])[:300], error=str(error)[:200])
                return Stored(0, 0, 0)
        half = len(batch) // 2
        first, second = self._store_or_split(batch[:half]), self._store_or_split(batch[half:])
        return Stored(*(a + b for a, b in zip(first, second, strict=True)))

    def _ask_for_cycle(self) -> None:
        try:
            celery.current_app.send_task(
                settings.CYCLE_TASK, queue="pipeline", expires=5, retry=False
            )
        except BrokerError as error:  # the schedule asks for one as well
            if self._complain.due():
                logger.warning("cycle_not_asked_for", error=str(error)[:200])

    def _note_dropped(self, count: int) -> None:
        if not count:
            return
        metrics.TICKS_DROPPED.labels(self._venue, DROP_POLICY).inc(count)
        self._dropped_unsaid += count
        if self._complain.due():
            logger.error("ticks_dropped", policy=DROP_POLICY, count=self._dropped_unsaid)
            self._dropped_unsaid = 0


def connection_close() -> None:
    """Close this thread's connection, broken or not; the next query opens a new one."""
    connection.close()
