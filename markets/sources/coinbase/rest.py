"""Coinbase's public REST: candles, products and the latest trades."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec
from pyrate_limiter import Duration, Rate

from markets.sources.base import Bar, Listing, SourceError, Ticker, Trade
from markets.sources.binance.frames import BadFrameError
from markets.sources.coinbase.frames import RawTrade, checked
from markets.sources.wire import Params, Wire

_PATH: Final = "/api/v3/brokerage/market/products"
#: The venue allows 10 a second and address; others may share ours.
RATES: Final = (Rate(8, Duration.SECOND),)
MOST_CANDLES: Final = 350
MOST_TRADES: Final = 1000
#: Products in one question: their names must fit into an address.
_PRODUCTS_A_QUESTION: Final = 100
_GRANULARITY: Final = {
    "1m": ("ONE_MINUTE", timedelta(minutes=1)),
    "5m": ("FIVE_MINUTE", timedelta(minutes=5)),
    "1h": ("ONE_HOUR", timedelta(hours=1)),
    "1d": ("ONE_DAY", timedelta(days=1)),
}


class _Candle(msgspec.Struct, frozen=True):
    start: str
    low: Decimal
    high: Decimal
    open: Decimal
    close: Decimal
    volume: Decimal


class _Candles(msgspec.Struct, frozen=True):
    candles: list[_Candle]


class _Product(msgspec.Struct, frozen=True):
    product_id: str
    base_currency_id: str = ""
    quote_currency_id: str = ""
    price: str = ""
    price_percentage_change_24h: str = ""
    product_type: str = "SPOT"
    is_disabled: bool = False
    trading_disabled: bool = False
    view_only: bool = False

    @property
    def is_traded(self) -> bool:
        off = self.is_disabled or self.trading_disabled or self.view_only
        return self.product_type == "SPOT" and not off


class _Products(msgspec.Struct, frozen=True):
    products: list[_Product]


class _Trades(msgspec.Struct, frozen=True):
    trades: list[RawTrade]


class Rest:
    """Blocking. Raises SourceError."""

    def __init__(self, url: str) -> None:
        self._wire = Wire("coinbase", url, rates=RATES)

    def candles(self, symbol: str, interval: str, start: datetime, end: datetime) -> Iterator[Bar]:
        """Bars with open time in [start, end), oldest first; days without trades have none."""
        if interval not in _GRANULARITY:
            raise SourceError(f"coinbase has no {interval} candles", permanent=True)
        name, length = _GRANULARITY[interval]
        page = length * MOST_CANDLES
        while start < end:
            until = min(start + page, end)
            yield from self._page(symbol, name, (start, until), length)
            start = until

    def _page(
        self, symbol: str, name: str, span: tuple[datetime, datetime], length: timedelta
    ) -> list[Bar]:
        start, end = span
        params: Params = {
            "start": _seconds(start),
            "end": _seconds(end),
            "granularity": name,
            "limit": MOST_CANDLES,
        }
        answer = self._wire.read(_Candles, f"{_PATH}/{symbol}/candles", params)
        bars = [_bar(symbol, candle, length) for candle in answer.candles]
        return sorted(
            (bar for bar in bars if start <= bar.open_time < end), key=lambda bar: bar.open_time
        )

    def listings(self) -> list[Listing]:
        """The spot products that are traded now."""
        found = self._wire.read(_Products, _PATH, {"product_type": "SPOT"}).products
        return [
            Listing(each.product_id, each.base_currency_id, each.quote_currency_id)
            for each in found
            if each.is_traded and each.base_currency_id and each.quote_currency_id
        ]

    def tickers(self, symbols: Sequence[str]) -> list[Ticker]:
        """The newest prices; products without a price are left out."""
        now, tickers = time.time_ns() // 1000, []
        for first in range(0, len(symbols), _PRODUCTS_A_QUESTION):
            names = list(symbols[first : first + _PRODUCTS_A_QUESTION])
            found = self._wire.read(_Products, _PATH, {"product_ids": names}).products
            tickers += [_ticker(each, now) for each in found if each.price]
        return tickers

    def recent_trades(self, symbol: str) -> list[Trade]:
        """The latest trades, oldest first; rows that cannot be are left out."""
        path, params = f"{_PATH}/{symbol}/ticker", {"limit": MOST_TRADES}
        trades = []
        for raw in self._wire.read(_Trades, path, params).trades:
            try:
                trades.append(checked(raw))
            except BadFrameError:
                continue  # counted as missed by the caller, who looks at the ids
        return sorted(trades, key=lambda trade: trade.trade_id)


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _bar(symbol: str, candle: _Candle, length: timedelta) -> Bar:
    prices = (candle.open, candle.high, candle.low, candle.close)
    if not all(number.is_finite() for number in (*prices, candle.volume)):
        raise SourceError(f"coinbase {symbol}: a candle holds what is no number")
    if min(prices) <= 0 or candle.volume < 0:
        raise SourceError(f"coinbase {symbol}: a candle has a price that is not positive")
    if candle.high != max(prices) or candle.low != min(prices):
        raise SourceError(f"coinbase {symbol}: a candle's high or low is not its extreme")
    try:
        opened = datetime.fromtimestamp(int(candle.start), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SourceError(f"coinbase {symbol}: start {candle.start[:40]!r}: {error}") from None
    return Bar(opened, *prices, candle.volume, is_closed=opened + length <= datetime.now(UTC))


def _ticker(product: _Product, now: int) -> Ticker:
    try:
        price = Decimal(product.price)
        percent = product.price_percentage_change_24h
        change = float(Decimal(percent)) / 100 if percent else None
    except InvalidOperation:
        raise SourceError(f"coinbase {product.product_id}: the price is no number") from None
    if not price.is_finite() or price <= 0:
        raise SourceError(f"coinbase {product.product_id}: the price is not positive")
    return Ticker(product.product_id, price, now, change)
