"""One venue's stream: set up, run, end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import structlog
from django.db import InterfaceError, OperationalError, connection

from markets import partitions
from markets.models import Feed, Market
from markets.services.feeds import ensure_markets, make_current
from markets.sources.base import Source, SourceError
from markets.sources.blocking import Worker
from markets.stream.board import PriceBoard
from markets.stream.flush import Flusher, connection_close
from markets.stream.history import History

logger = structlog.get_logger(__name__)

#: Older gaps are left to candles: a venue gives trades by the thousand, not by the million.
RESUMABLE: Final = timedelta(minutes=10)
RETRY_SECONDS: Final = 2.0
LAST_FLUSH_SECONDS: Final = 2.0

_NEWEST_TICKS = """
SELECT m.id, t.trade_id, t.time FROM unnest(%s::bigint[]) AS m(id) CROSS JOIN LATERAL (
    SELECT trade_id, time FROM markets_tick WHERE market_id = m.id
    ORDER BY time DESC, trade_id DESC LIMIT 1
) AS t WHERE t.time > %s
"""


class Plan(NamedTuple):
    """What is streamed. ``since``: last stored trade ids, where they are recent."""

    feed: Feed
    markets: list[Market]
    since: Mapping[str, int]


async def run(source: Source, stop: asyncio.Event) -> None:
    """Stream ``source`` until ``stop`` is set, then store what has arrived and return."""
    plan = await _until_ready(source, stop)
    if plan is None:
        return
    ids = {market.symbol: market.pk for market in plan.markets}
    prices = PriceBoard(source.slug, {each.symbol: each.base.symbol for each in plan.markets})
    flusher = Flusher(plan.feed, ids, source.health)
    history = History(source, plan.feed, plan.markets, prices)
    jobs = [
        _read(source, plan, prices, flusher, history),
        prices.run(),
        flusher.run(),
        history.run(),
        history.settle(),
        history.keep_day_before(),
    ]
    try:
        await _until_stopped([asyncio.create_task(job) for job in jobs], stop)
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_FLUSH_SECONDS):
                await flusher.flush()
        if len(flusher.buffer):
            logger.error("ticks_lost_at_end", count=len(flusher.buffer))
        flusher.stop(timeout=0.2)
        prices.stop()
        history.stop()
        logger.info("stream_stopped", venue=source.slug)


async def _until_stopped(tasks: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for the end; a task that breaks ends the stream with its exception."""
    waiting = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiting}:
            task.result()
    finally:
        for task in (waiting, *tasks):
            task.cancel()
        await asyncio.gather(waiting, *tasks, return_exceptions=True)


async def _read(
    source: Source, plan: Plan, prices: PriceBoard, flusher: Flusher, history: History
) -> None:
    """Hand every batch to both paths. Bars that ran while we were away are doubtful."""
    symbols = [market.symbol for market in plan.markets]
    history.doubt(datetime.now(UTC))
    health, before = source.health, (source.health.reconnects, source.health.skips, 0)
    async for trades in source.trades(symbols, plan.since):
        now = datetime.now(UTC)
        gaps = (health.reconnects, health.skips, flusher.buffer.dropped)
        if gaps != before:
            history.doubt(flusher.last_message_at or now)
            before = gaps
        flusher.last_message_at = now
        prices.see(trades)
        flusher.add(trades)


async def _until_ready(source: Source, stop: asyncio.Event) -> Plan | None:
    """Set up, again and again while venue or database do not answer; None when told to stop."""
    worker = Worker("set-up", at_end=connection_close)
    try:
        while not stop.is_set():
            try:
                return await worker.call(_set_up, source)
            except (OSError, SourceError, OperationalError, InterfaceError) as error:
                await worker.call(connection_close)
                logger.warning("stream_not_ready", venue=source.slug, error=str(error)[:200])
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
        return None
    finally:
        worker.stop(timeout=0.2)


def _set_up(source: Source) -> Plan:
    partitions.keep()
    feed = make_current(source.slug, name=source.name, is_simulated=source.is_simulated)
    markets = ensure_markets(feed.venue, source.listings())
    if not markets:
        raise SourceError("the venue lists no pair of an asset we know against a dollar")
    names = {market.pk: market.symbol for market in markets}
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_TICKS, [list(names), datetime.now(UTC) - RESUMABLE])
        since = {names[pk]: trade_id for pk, trade_id, _ in cursor.fetchall()}
    logger.info("stream_starts", venue=source.slug, markets=len(markets), resumed=len(since))
    return Plan(feed, markets, since)
