"""The fast path: the newest price of each asset, at most four times a second, no database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import structlog
from redis import RedisError

from markets import board, broadcast
from markets.selectors.quotes import fraction
from markets.sources.base import Trade
from markets.sources.blocking import Worker
from markets.stream.pace import AtMostEvery

logger = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 0.25


class PriceBoard:
    """Keeps the newest trade of each market and publishes what moved."""

    def __init__(self, venue: str, assets: Mapping[str, str]) -> None:
        """``assets`` maps the venue's market symbols to asset symbols."""
        self._venue = venue
        self._assets = assets
        self._newest: dict[str, Trade] = {}
        self._moved: set[str] = set()
        self._worker = Worker("price-board")
        self._complain = AtMostEvery(60)
        #: By asset symbol: the price of 24 hours ago, kept up to date by the stream.
        self.day_before: dict[str, Decimal] = {}

    def see(self, trades: Iterable[Trade]) -> None:
        """Take note of trades; one that is older than the newest changes nothing."""
        for trade in trades:
            known = self._newest.get(trade.symbol)
            if known is None or (trade.time, trade.trade_id) > (known.time, known.trade_id):
                self._newest[trade.symbol] = trade
                self._moved.add(trade.symbol)

    async def run(self) -> None:
        """Publish for ever. Without Valkey it waits: the next message carries the newest prices."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if self._moved:
                await self.publish()

    async def publish(self) -> None:
        """Write what moved to the board and send it."""
        moved, self._moved = self._moved, set()
        entries = {self._assets[symbol]: self._entry(symbol) for symbol in moved}
        try:
            sequence = await self._worker.call(self._write, entries)
            async with asyncio.timeout(5):
                await broadcast.send_prices(sequence, entries)
        except (RedisError, OSError, TimeoutError) as error:
            self._moved |= moved
            if self._complain.due():
                logger.warning("prices_not_published", error=str(error), symbols=len(entries))

    def stop(self) -> None:
        self._worker.stop(timeout=0.5)

    def _entry(self, symbol: str) -> board.Entry:
        trade = self._newest[symbol]
        before = self.day_before.get(self._assets[symbol])
        time = board.from_microseconds(trade.time)
        return board.Entry(trade.price, time, fraction(trade.price, before))

    def _write(self, entries: Mapping[str, board.Entry]) -> int:
        board.write(self._venue, entries)
        return board.next_sequence()
