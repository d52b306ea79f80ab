"""Coinbase's live trades: one connection that comes back, and what was missed meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from markets.sources.base import Health, SourceError, Trade
from markets.sources.binance.frames import BadFrameError, Doubts
from markets.sources.blocking import in_thread
from markets.sources.coinbase.frames import Frame, parse
from markets.sources.coinbase.rest import Rest
from markets.sources.wire import backoff

logger = structlog.get_logger(__name__)

#: Heartbeats come every second: silence means a dead connection.
SILENCE_SECONDS: Final = 15.0
#: Snapshots hold many trades.
_MOST_FRAME_BYTES: Final = 4 * 1024 * 1024
_STEADY_SECONDS: Final = 30.0


class GapError(Exception):
    """The connection lost a message: its sequence jumped."""


class Feed:
    """Live trades of some products.

    A snapshot tells what happened before we listened. On a first connection without ``since`` it
    is left out; otherwise its trades after the last one seen are those that we missed, and where
    it does not reach back far enough, REST is asked for the rest.
    """

    def __init__(
        self, url: str, rest: Rest, health: Health, symbols: Sequence[str], since: Mapping[str, int]
    ) -> None:
        self._url = url
        self._rest = rest
        self._health = health
        self._symbols = list(symbols)
        self._doubts = Doubts(health)
        self._last = {symbol: since[symbol] for symbol in symbols if symbol in since}
        self._behind: set[str] = set()
        self._sequence: int | None = None
        self._connections = 0

    async def trades(self) -> AsyncIterator[list[Trade]]:
        """For ever; see :class:`markets.sources.base.Source`."""
        failures = 0
        while True:
            started = time.monotonic()
            try:
                async for batch in self._live():
                    yield batch
            except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake) as error:
                self._note(f"disconnected: {error or type(error).__name__}")
            except (GapError, SourceError) as error:
                self._note(str(error))
                if isinstance(error, SourceError) and error.permanent:
                    raise
            self._health.connected_at = None
            failures = 0 if time.monotonic() - started > _STEADY_SECONDS else failures + 1
            await asyncio.sleep(backoff(failures))

    def _note(self, why: str) -> None:
        self._health.detail = why[:300]
        logger.warning("stream_disconnected", url=self._url, error=why)

    async def _live(self) -> AsyncIterator[list[Trade]]:
        async with connect(self._url, max_size=_MOST_FRAME_BYTES, open_timeout=10) as socket:
            await self._subscribe(socket)
            self._connected()
            while True:
                async with asyncio.timeout(SILENCE_SECONDS):
                    text = await socket.recv()
                batch = await self._take(text)
                if batch:
                    yield batch

    async def _subscribe(self, socket: ClientConnection) -> None:
        """One channel a message, and the first within five seconds."""
        for channel in ("heartbeats", "market_trades"):
            body = {"type": "subscribe", "channel": channel, "product_ids": self._symbols}
            await socket.send(msgspec.json.encode(body).decode())

    def _connected(self) -> None:
        self._health.connected_at, self._health.detail = datetime.now(UTC), ""
        self._health.reconnects += 1 if self._connections else 0
        self._connections += 1
        self._sequence, self._behind = None, set(self._last)
        logger.info("stream_connected", url=self._url, markets=len(self._symbols))

    async def _take(self, text: str | bytes) -> list[Trade]:
        try:
            frame = parse(text)
        except BadFrameError as error:
            self._doubts.drop(error, text)
            return []
        for doubt in frame.doubts:
            self._doubts.drop(doubt, text)
        if frame.refusal:
            final = "valid product" in frame.refusal or "authentication" in frame.refusal
            raise SourceError(f"coinbase refused: {frame.refusal}", permanent=final)
        self._follow(frame)
        missed = await self._missed(frame)
        fresh = missed + [trade for trade in frame.new if trade.symbol in self._symbols]
        for trade in fresh:
            self._last[trade.symbol] = max(trade.trade_id, self._last.get(trade.symbol, 0))
        return fresh

    def _follow(self, frame: Frame) -> None:
        """Every message of a connection has the next number; a jump means that one was lost."""
        before, self._sequence = self._sequence, frame.sequence
        if before is not None and frame.sequence is not None and frame.sequence != before + 1:
            raise GapError(f"sequence went from {before} to {frame.sequence}")

    async def _missed(self, frame: Frame) -> list[Trade]:
        """Trades of a snapshot that came after the last one seen, with REST's help if need be."""
        missed: list[Trade] = []
        for symbol in {trade.symbol for trade in frame.old} & self._behind:
            last = self._last[symbol]
            shown = [trade for trade in frame.old if trade.symbol == symbol]
            if shown[0].trade_id > last + 1:
                shown = await self._asked(symbol) or shown
                self._health.missed_trades += max(0, shown[0].trade_id - last - 1)
            missed += [trade for trade in shown if trade.trade_id > last]
            self._behind.discard(symbol)
        return missed

    async def _asked(self, symbol: str) -> list[Trade]:
        try:
            return await in_thread(self._rest.recent_trades, symbol)
        except SourceError as error:
            logger.warning("gap_not_filled", market=symbol, error=str(error))
            return []
