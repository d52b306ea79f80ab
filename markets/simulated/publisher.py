"""Turns the running market into events for whoever listens: the pulse of the exchange."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from markets.simulated import book, events, payloads
from markets.simulated.bars import following
from markets.simulated.exchange import Exchange
from markets.simulated.streams import ALL, Stream, Subscribers
from markets.simulated.trades import Trades

PULSE: Final = 0.05
_KLINE_MS: Final = 2_000


class Publisher:
    """Publishes what happened between two pulses. Moments are ms since 1970."""

    def __init__(self, exchange: Exchange, subscribers: Subscribers) -> None:
        self._exchange = exchange
        self._subscribers = subscribers
        self._told_until = exchange.now()
        self._silent_until = 0
        self._book_step = self._told_until // book.STEP
        self._bars: dict[tuple[str, str], int] = {}

    async def run(self) -> None:
        """Pulse until cancelled."""
        while True:
            self.pulse()
            await asyncio.sleep(PULSE)

    def pause(self, seconds: float) -> None:
        """Say nothing for a while: what happens meanwhile is never sent, as when a venue hangs."""
        self.pulse()
        self._silent_until = self._exchange.now() + int(seconds * 1000)

    def pulse(self) -> None:
        now, before = self._exchange.now(), self._told_until
        if now <= before:
            return
        self._exchange.market.keep_up(now)
        self._told_until = now
        step, self._book_step = self._book_step, now // book.STEP
        if now < self._silent_until:
            self._bars.clear()
            return
        self._trades(before, now)
        if now // 1000 != before // 1000:
            self._klines(now)
            self._tickers(now)
        if self._book_step > step:
            self._books(step, self._book_step, now)

    def _send(self, stream: Stream, event: Any) -> None:
        self._subscribers.publish(stream.name, msgspec.json.encode(event))

    def _symbols(self, stream: Stream) -> list[str]:
        now, tapes = self._exchange.now(), self._exchange.market.tapes
        if stream.symbol == ALL:
            return [coin.symbol for coin in self._exchange.market.listed(now)]
        return [stream.symbol] if stream.symbol in tapes else []

    def _trades(self, before: int, now: int) -> None:
        shapes = {"trade": events.trade_events, "aggTrade": events.agg_trade_events}
        for kind, shape in shapes.items():
            for stream in self._subscribers.wanted(kind):
                for symbol in self._symbols(stream):
                    tape = self._exchange.market.tapes[symbol]
                    for event in shape(tape.coin, tape.since_time(before + 1, 10_000, now), now):
                        self._send(stream, event)

    def pushed(self, symbol: str, trade: Trades) -> None:
        """Publish a trade pushed in at this very moment, and the bars it made."""
        now = self._exchange.now()
        if now < self._silent_until:
            return
        coin = self._exchange.market.tapes[symbol].coin
        for stream in self._subscribers.wanted("trade"):
            if stream.symbol == symbol:
                self._send(stream, events.trade_events(coin, trade, now)[0])
        for stream in self._subscribers.wanted("aggTrade"):
            if stream.symbol == symbol:
                self._send(stream, events.agg_trade_events(coin, trade, now)[0])
        for stream in self._subscribers.wanted("kline"):
            if stream.symbol == symbol:
                self._kline(stream, now, now)

    def _klines(self, now: int) -> None:
        for stream in self._subscribers.wanted("kline"):
            if not self._symbols(stream):
                continue
            key = (stream.symbol, stream.interval)
            opened = self._bars.get(key)
            while opened is not None and following(stream.interval, opened) <= now:
                self._kline(stream, following(stream.interval, opened) - 1, now)
                opened = following(stream.interval, opened)
            every = 1_000 if stream.interval == "1s" else _KLINE_MS
            if opened is None or now // every != (now - 1_000) // every:
                self._kline(stream, now, now)

    def _kline(self, stream: Stream, moment: int, now: int) -> None:
        """The bar that holds ``moment``; closed when the moment is its last. None before its first
        trade.
        """
        market = self._exchange.market
        bar = market.at(stream.symbol, stream.interval, moment, now)
        if not len(bar):
            return
        opened = int(bar.time[0])
        closed = following(stream.interval, opened) <= now
        last = int(market.tapes[stream.symbol].last(moment).id[0])
        coin = market.tapes[stream.symbol].coin
        self._send(
            stream,
            events.kline_event(coin, stream.interval, bar, last_id=last, closed=closed, now=now),
        )
        key = (stream.symbol, stream.interval)
        if closed:
            self._bars.pop(key, None)
        else:
            self._bars[key] = opened

    def _tickers(self, now: int) -> None:
        market, exchange = self._exchange.market, self._exchange
        for stream in self._subscribers.wanted("miniTicker"):
            rows = [
                events.mini_ticker_event(market.tapes[s].coin, market.summary(s, now), now)
                for s in self._symbols(stream)
            ]
            self._rows(stream, rows)
        for stream in self._subscribers.wanted("ticker"):
            rows = [
                events.ticker_event(
                    market.tapes[s].coin, market.summary(s, now), exchange.book(s), now
                )
                for s in self._symbols(stream)
            ]
            self._rows(stream, rows)

    def _rows(self, stream: Stream, rows: list[payloads.Payload]) -> None:
        """All pairs come as one list, a single pair as an object."""
        if stream.symbol == ALL:
            self._send(stream, rows)
        elif rows:
            self._send(stream, rows[0])

    def _books(self, before: int, step: int, now: int) -> None:
        for stream in self._subscribers.wanted("bookTicker"):
            for symbol in self._symbols(stream):
                fresh, old = self._exchange.book(symbol, step), self._exchange.book(symbol, before)
                if (fresh.bids[0], fresh.asks[0]) != (old.bids[0], old.asks[0]):
                    coin = self._exchange.market.tapes[symbol].coin
                    self._send(stream, events.book_ticker_event(coin, fresh))
        for stream in self._subscribers.wanted("depth"):
            every = 1 if stream.fast else 10
            first, last = before // every * every, step // every * every
            if last > first and self._symbols(stream):
                self._depth(stream, first, last, now)

    def _depth(self, stream: Stream, before: int, step: int, now: int) -> None:
        coin = self._exchange.market.tapes[stream.symbol].coin
        fresh = self._exchange.book(stream.symbol, step)
        if stream.levels:
            self._send(stream, payloads.depth(coin, fresh, stream.levels))
        else:
            old = self._exchange.book(stream.symbol, before)
            self._send(stream, events.depth_event(coin, old, fresh, now))
