"""The daily history that the demo is told on: the simulated exchange's own, without the exchange.

The bars come from the same generator as those it serves, hence the stream finds them there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from markets import services as markets
from markets.models import Interval, LastPrice, Venue
from markets.simulated.bars import Bars
from markets.simulated.coins import Coin
from markets.simulated.market import DEFAULT_RATE, DEFAULT_SEED, HISTORY_DAYS, Market
from markets.sources.base import Bar

VENUE = "simulated"


@dataclass(frozen=True, slots=True)
class Span:
    """Lowest and highest price of a day in dollars."""

    low: Decimal
    high: Decimal


class Tape:
    """All pairs of the simulated market up to now."""

    def __init__(self, now_ms: int | None = None) -> None:
        self._now = int(time.time() * 1000) if now_ms is None else now_ms
        self._market = Market(DEFAULT_SEED, DEFAULT_RATE, self._now)
        self._coins = {coin.base: coin for coin in self._market.listed(self._now)}
        self._days: dict[str, list[Bar]] = {}

    def days(self, symbol: str) -> list[Bar]:
        """The closed daily bars of a coin against USDT, four years at most."""
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

    def span(self, symbol: str, day: date) -> Span | None:
        """What the coin cost on a day; None on days it was not traded."""
        found = self.days(symbol)
        at = (day - found[0].open_time.date()).days if found else -1
        return Span(found[at].low, found[at].high) if 0 <= at < len(found) else None

    def price_now(self, symbol: str) -> Decimal:
        """The last trade's price."""
        coin = self._coins[symbol]
        last = self._market.tapes[coin.symbol].last(self._now)
        return Decimal(int(last.price[-1])).scaleb(-coin.price_decimals)

    def store(self) -> Venue:
        """Write the daily bars and the newest price of every coin.

        Days that are there already stay as they are, and so does a price that is newer. Ticks are
        left to the stream: a lone one would make bars of a single trade.
        """
        venue = markets.ensure_venue(VENUE)
        for symbol, coin in self._coins.items():
            market = markets.ensure_market(venue, coin.symbol, symbol, "USDT")
            markets.upsert_candles(market, Interval.D1, self.days(symbol))
            self._store_price(market.pk, symbol)
        return venue

    def _store_price(self, market_id: int, symbol: str) -> None:
        moment = datetime.fromtimestamp(self._now / 1000, UTC)
        price = {"price": self.price_now(symbol), "time": moment, "updated_at": moment}
        known, is_new = LastPrice.objects.get_or_create(market_id=market_id, defaults=price)
        if not is_new and known.time < moment:
            LastPrice.objects.filter(pk=known.pk, time__lt=moment).update(**price)


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
