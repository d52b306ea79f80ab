"""The daily history that the demo is told on.

Without a public feed it is the simulated exchange's own, made by the same generator without the
exchange, hence the stream finds there what it serves. With Binance in reach it is Binance's.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from markets import services as markets
from markets.models import Interval, LastPrice, Venue
from markets.simulated.bars import Bars
from markets.simulated.coins import Coin
from markets.simulated.market import DEFAULT_RATE, DEFAULT_SEED, HISTORY_DAYS, Market
from markets.sources import by_name
from markets.sources.base import Bar

#: One page of Binance's klines; two years of story and the year before it.
VENUE_DAYS = 1000


@dataclass(frozen=True, slots=True)
class Span:
    """Lowest and highest price of a day in dollars."""

    low: Decimal
    high: Decimal


class Tape(ABC):
    """Closed daily bars and newest prices of coins against USDT at one venue."""

    slug: str
    symbols: list[str]

    @abstractmethod
    def days(self, symbol: str) -> list[Bar]:
        """The closed daily bars, oldest first, without a gap."""

    @abstractmethod
    def price_now(self, symbol: str) -> Decimal:
        """The last trade's price."""

    def span(self, symbol: str, day: date) -> Span | None:
        """What the coin cost on a day; None on days it was not traded."""
        found = self.days(symbol) if symbol in self.symbols else []
        at = (day - found[0].open_time.date()).days if found else -1
        return Span(found[at].low, found[at].high) if 0 <= at < len(found) else None

    def store(self) -> Venue:
        """Write the daily bars and the newest price of every coin.

        Days that are there already stay as they are, and so does a price that is newer. Ticks are
        left to the stream: a lone one would make bars of a single trade.
        """
        venue = markets.ensure_venue(self.slug)
        for symbol in self.symbols:
            market = markets.ensure_market(venue, f"{symbol}USDT", symbol, "USDT")
            markets.upsert_candles(market, Interval.D1, self.days(symbol))
            _store_price(market.pk, self.price_now(symbol))
        return venue


def _store_price(market_id: int, price: Decimal) -> None:
    moment = datetime.now(UTC)
    newest = {"price": price, "time": moment, "updated_at": moment}
    known, is_new = LastPrice.objects.get_or_create(market_id=market_id, defaults=newest)
    if not is_new and known.time < moment:
        LastPrice.objects.filter(pk=known.pk, time__lt=moment).update(**newest)


class SimulatedTape(Tape):
    """All pairs of the simulated market up to now."""

    slug = "simulated"

    def __init__(self) -> None:
        self._now = int(time.time() * 1000)
        self._market = Market(DEFAULT_SEED, DEFAULT_RATE, self._now)
        self._coins = {coin.base: coin for coin in self._market.listed(self._now)}
        self._days: dict[str, list[Bar]] = {}
        self.symbols = list(self._coins)

    def days(self, symbol: str) -> list[Bar]:
        """Four years at most."""
        if symbol not in self._days:
            coin = self._coins[symbol]
            bars = self._market.candles(
                coin.symbol,
                Interval.D1,
                start=None,
                end=None,
                limit=HISTORY_DAYS,
                now=self._now,
            )
            self._days[symbol] = [bar for bar in _bars(coin, bars, self._now) if bar.is_closed]
        return self._days[symbol]

    def price_now(self, symbol: str) -> Decimal:
        coin = self._coins[symbol]
        last = self._market.tapes[coin.symbol].last(self._now)
        return Decimal(int(last.price[-1])).scaleb(-coin.price_decimals)


class VenueTape(Tape):
    """Some coins at a venue that answers; raises SourceError or OSError when it does not."""

    def __init__(self, slug: str, wanted: frozenset[str]) -> None:
        self.slug = slug
        self._source = by_name(slug)
        listed = {each.base for each in self._source.listings() if each.quote == "USDT"}
        self.symbols = sorted(listed & wanted)
        self._end = datetime.now(UTC)
        self._days = cache(self._fetch)
        pairs = [f"{symbol}USDT" for symbol in self.symbols]
        prices = {ticker.symbol: ticker.price for ticker in self._source.tickers(pairs)}
        self._prices = {pair.removesuffix("USDT"): price for pair, price in prices.items()}
        self.symbols = [symbol for symbol in self.symbols if symbol in self._prices]

    def days(self, symbol: str) -> list[Bar]:
        """A thousand days at most."""
        return self._days(symbol)

    def price_now(self, symbol: str) -> Decimal:
        return self._prices[symbol]

    def _fetch(self, symbol: str) -> list[Bar]:
        start = self._end - timedelta(days=VENUE_DAYS)
        bars = self._source.history(f"{symbol}USDT", Interval.D1, start, self._end)
        return [bar for bar in bars if bar.is_closed]


def _bars(coin: Coin, bars: Bars, now: int) -> Iterator[Bar]:
    """Columns of ticks and lots as the bars that Binance's protocol would carry."""
    closed_before = datetime.fromtimestamp(now / 1000, UTC) - timedelta(days=1)
    for row in zip(*(column.tolist() for column in bars.columns()), strict=True):
        opened_ms, *ticks, lots, turnover, trades, _, _ = row
        opened = datetime.fromtimestamp(opened_ms / 1000, UTC)
        o, h, low, c = (Decimal(tick).scaleb(-coin.price_decimals) for tick in ticks)
        volume = Decimal(lots).scaleb(-coin.lot_decimals)
        paid = Decimal(turnover).scaleb(-coin.quote_decimals)
        vwap = min(max(paid / volume, low), h) if volume else None
        yield Bar(opened, o, h, low, c, volume, vwap, trades, opened <= closed_before)
