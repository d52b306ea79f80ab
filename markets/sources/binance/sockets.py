"""The live streams: connections that come back, and the trades that they missed meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import msgspec
import requests
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from markets.sources.base import Health, SourceError, Trade
from markets.sources.binance.frames import BadFrameError, Doubts, Event, parse
from markets.sources.binance.rest import PAGE, Rest
from markets.sources.blocking import in_thread
from markets.sources.wire import backoff

logger = structlog.get_logger(__name__)

STREAMS_A_CONNECTION: Final = 1024
_STREAMS_A_MESSAGE: Final = 200
#: Five messages a second are allowed to us, pings and pongs among them.
_MESSAGE_PAUSE: Final = 0.25
_STEADY_SECONDS: Final = 30.0
_SILENCE_SECONDS: Final = 60.0
#: Beyond this many pages a market the gap is left to candles (the stream asks for them).
_GAP_PAGES: Final = 10
#: Trades that may wait for the reader; then the socket is left unread until it has caught up.
_MOST_WAITING: Final = 100_000


class _Mailbox:
    """Trades on their way to the one reader; writers wait while it is full."""

    def __init__(self) -> None:
        self._trades: list[Trade] = []
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._broken: BaseException | None = None

    async def put(self, trades: Sequence[Trade]) -> None:
        await self._room.wait()
        self._trades.extend(trades)
        self._filled.set()
        if len(self._trades) >= _MOST_WAITING:
            self._room.clear()

    async def take(self) -> list[Trade]:
        await self._filled.wait()
        taken, self._trades = self._trades, []
        self._filled.clear()
        self._room.set()
        if self._broken is not None:
            raise self._broken
        return taken

    def writer_ended(self, task: asyncio.Task[None]) -> None:
        """Writers run for ever: one that ends has met what it cannot mend, and the reader hears."""
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()
            self._filled.set()


async def live_trades(
    ws_url: str, rest: Rest, health: Health, symbols: Sequence[str], since: Mapping[str, int]
) -> AsyncIterator[list[Trade]]:
    """Trades of all symbols for ever, over as many connections as the venue's limit asks for."""
    mailbox = _Mailbox()
    tasks = []
    for start in range(0, len(symbols), STREAMS_A_CONNECTION):
        part = symbols[start : start + STREAMS_A_CONNECTION]
        wire = _Wire(
            ws_url=ws_url, rest=rest, health=health, symbols=part, since=since, mailbox=mailbox
        )
        task = asyncio.create_task(wire.run())
        task.add_done_callback(mailbox.writer_ended)
        tasks.append(task)
    try:
        while True:
            yield await mailbox.take()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Wire:
    """One connection's life: connect, subscribe, read, fill the gap, and again."""

    def __init__(
        self,
        *,
        ws_url: str,
        rest: Rest,
        health: Health,
        symbols: Sequence[str],
        since: Mapping[str, int],
        mailbox: _Mailbox,
    ) -> None:
        self._url = ws_url.rstrip("/") + "/stream"
        self._rest = rest
        self._health = health
        self._symbols = symbols
        self._mailbox = mailbox
        self._doubts = Doubts(health)
        self._last = {symbol: since[symbol] for symbol in symbols if symbol in since}
        self._gaps: dict[str, int] = {}
        #: Gaps noticed while an earlier one of the same market was being filled.
        self._next_gaps: dict[str, int] = {}
        self._connected_before = False
        self._unacknowledged = 0
        self._filling: asyncio.Task[None] | None = None

    async def run(self) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            try:
                planned = await self._live()
            except (
                OSError,
                ConnectionClosed,
                InvalidHandshake,
                SourceError,
                TimeoutError,
            ) as error:
                planned = False
                self._health.detail = f"disconnected: {error or type(error).__name__}"[:300]
                logger.warning("stream_disconnected", url=self._url, error=str(error))
            self._health.connected_at = None
            failures = 0 if time.monotonic() - started > _STEADY_SECONDS else failures + 1
            if not planned:
                await asyncio.sleep(backoff(failures))

    async def _live(self) -> bool:
        """Read until the connection ends. True when the venue had announced it."""
        async with connect(
            self._url, ping_interval=20, ping_timeout=20, max_queue=256, open_timeout=10
        ) as socket:
            self._gaps = self._last | self._gaps  # a gap that was not filled yet starts earlier
            self._next_gaps = {}
            self._unacknowledged = await self._subscribe(socket)
            try:
                return await self._read(socket)
            finally:
                await self._stop_filling()

    async def _stop_filling(self) -> None:
        if self._filling is not None:
            self._filling.cancel()
            with suppress(asyncio.CancelledError):
                await self._filling
            self._filling = None

    async def _subscribe(self, socket: ClientConnection) -> int:
        """Ask for all streams; returns how many answers to expect."""
        count = 0
        for start in range(0, len(self._symbols), _STREAMS_A_MESSAGE):
            part = self._symbols[start : start + _STREAMS_A_MESSAGE]
            names = [f"{symbol.lower()}@trade" for symbol in part]
            request = {"method": "SUBSCRIBE", "params": names, "id": start + 1}
            await socket.send(msgspec.json.encode(request).decode())
            await asyncio.sleep(_MESSAGE_PAUSE if start else 0)
            count += 1
        return count

    def _acknowledged(self) -> None:
        """Once all streams flow, what happened before them can be asked for without a hole."""
        self._unacknowledged -= 1
        if self._unacknowledged == 0:
            self._note_connected()
            self._start_filling()

    def _start_filling(self) -> bool:
        """False when it goes on already."""
        if self._filling is not None and not self._filling.done():
            return False
        self._filling = asyncio.create_task(self._fill_gaps())
        return True

    def _note_connected(self) -> None:
        self._health.connected_at = datetime.now(UTC)
        self._health.detail = ""
        if self._connected_before:
            self._health.reconnects += 1
        self._connected_before = True
        logger.info("stream_connected", url=self._url, markets=len(self._symbols))

    async def _read(self, socket: ClientConnection) -> bool:
        while True:
            async with asyncio.timeout(_SILENCE_SECONDS):
                frame = await socket.recv()
            try:
                event = parse(frame)
            except BadFrameError as error:
                self._doubts.drop(error, frame)
                continue
            if isinstance(event, Trade):
                self._check_order(event)
                self._see(event)
                await self._mailbox.put((event,))
            elif event is Event.ACKNOWLEDGED:
                self._acknowledged()
            elif event is Event.SHUTDOWN:
                logger.info("stream_shutdown_announced", url=self._url)
                return True
            elif event is Event.REFUSED:
                raise SourceError(f"the venue refused: {frame[:200]!r}", permanent=True)

    def _check_order(self, trade: Trade) -> None:
        """A venue numbers the trades of a market in sequence: a jump is a gap, though the
        connection stood.
        """
        last = self._last.get(trade.symbol, trade.trade_id)
        if trade.trade_id <= last + 1 or self._unacknowledged:
            return
        self._health.skips += 1
        if trade.symbol in self._gaps:
            self._next_gaps.setdefault(trade.symbol, last)
        else:
            self._gaps[trade.symbol] = last
        if self._start_filling():
            logger.warning("trades_skipped", market=trade.symbol, count=trade.trade_id - last - 1)

    def _see(self, trade: Trade) -> None:
        if trade.trade_id > self._last.get(trade.symbol, -1):
            self._last[trade.symbol] = trade.trade_id

    async def _fill_gaps(self) -> None:
        """Fetch what came after the last trade seen before the break; the overlap is harmless."""
        failures = 0
        while self._gaps:
            symbol, last = next(iter(self._gaps.items()))
            try:
                await self._fill(symbol, last)
            except (requests.RequestException, SourceError) as error:
                failures += 1
                wait = getattr(error, "retry_after", None) or backoff(failures)
                logger.warning("gap_not_filled_yet", market=symbol, error=str(error), wait=wait)
                await asyncio.sleep(wait)
            else:
                failures = 0
                self._gaps.pop(symbol)
                if symbol in self._next_gaps:
                    self._gaps[symbol] = self._next_gaps.pop(symbol)

    async def _fill(self, symbol: str, last: int) -> None:
        for _ in range(_GAP_PAGES):
            try:
                trades = await in_thread(self._rest.trades_since, symbol, last + 1)
            except SourceError as error:
                if not error.permanent:
                    raise
                await self._fill_from_recent(symbol, last)
                return
            await self._deliver(trades)
            if len(trades) < PAGE:
                return
            last = trades[-1].trade_id
            self._gaps[symbol] = last
        self._miss(symbol, max(0, self._last[symbol] - last))

    async def _fill_from_recent(self, symbol: str, last: int) -> None:
        """The keyless address has no trades by id: its last page has to do."""
        trades = await in_thread(self._rest.recent_trades, symbol)
        after = [trade for trade in trades if trade.trade_id > last]
        await self._deliver(after)
        if after and len(after) == len(trades):
            self._miss(symbol, after[0].trade_id - last - 1)

    async def _deliver(self, trades: Sequence[Trade]) -> None:
        for trade in trades:
            self._see(trade)
        if trades:
            await self._mailbox.put(trades)

    def _miss(self, symbol: str, count: int) -> None:
        if count:
            self._health.missed_trades += count
            logger.warning("trades_missed", market=symbol, count=count)
