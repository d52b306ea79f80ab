"""CoinGecko's REST: newest prices, daily prices, market values."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import quote

import msgspec
from pyrate_limiter import Duration, Rate

from markets.sources.base import Bar, SourceError, Ticker
from markets.sources.wire import Params, Wire

#: Without a key the quota is shared by all callers of an address.
KEYLESS_RATES: Final = (Rate(5, Duration.MINUTE), Rate(300, Duration.DAY))
KEYED_RATES: Final = (Rate(25, Duration.MINUTE), Rate(330, Duration.DAY))
IDS_A_QUESTION: Final = 200
MOST_ROWS: Final = 250
_DAY: Final = timedelta(days=1)
_OLDEST: Final = int(datetime(2009, 1, 1, tzinfo=UTC).timestamp())
_TOO_LARGE: Final = Decimal(10) ** 20
_TOO_SMALL: Final = Decimal(1).scaleb(-18)


class _Price(msgspec.Struct, frozen=True):
    usd: Decimal | None = None
    usd_24h_change: float | None = None
    last_updated_at: int | None = None


class Overview(msgspec.Struct, frozen=True):
    """One coin of the overview; money in US dollars, the change in percent. None is not known."""

    id: str
    symbol: str
    name: str
    current_price: Decimal | None = None
    market_cap: Decimal | None = None
    market_cap_rank: int | None = None
    total_volume: Decimal | None = None
    price_change_percentage_24h: float | None = None


class _Chart(msgspec.Struct, frozen=True):
    prices: list[tuple[int, Decimal | None]]
    total_volumes: list[tuple[int, Decimal | None]] = []


class Rest:
    """Blocking. Raises SourceError."""

    def __init__(self, url: str, key: str = "") -> None:
        pro = "pro-api." in url
        header = "x-cg-pro-api-key" if pro else "x-cg-demo-api-key"
        self._wire = Wire(
            "coingecko",
            url,
            rates=KEYED_RATES if key else KEYLESS_RATES,
            secret_headers={header: key} if key else None,
        )

    def prices(self, ids: Sequence[str]) -> list[Ticker]:
        """The newest prices; an unknown id, or one without a believable price, is left out."""
        tickers: list[Ticker | None] = []
        for first in range(0, len(ids), IDS_A_QUESTION):
            params: Params = {
                "ids": ",".join(ids[first : first + IDS_A_QUESTION]),
                "vs_currencies": "usd",
                "include_24hr_change": "true",
                "include_last_updated_at": "true",
                "precision": "full",
            }
            found = self._wire.read(dict[str, _Price], "/simple/price", params)
            tickers += [_ticker(name, price) for name, price in found.items()]
        return [ticker for ticker in tickers if ticker is not None]

    def daily(self, name: str, interval: str, start: datetime, end: datetime) -> Iterator[Bar]:
        """One bar a day from the price at its end; days without a price have none."""
        if interval != "1d":
            raise SourceError(f"coingecko has no {interval} candles", permanent=True)
        params: Params = {
            "vs_currency": "usd",
            "from": str(int(start.timestamp())),
            "to": str(int((end + _DAY).timestamp())),
            "interval": "daily",
        }
        path = f"/coins/{quote(name, safe='')}/market_chart/range"
        chart = self._wire.read(_Chart, path, params)
        closes: dict[datetime, tuple[Decimal, Decimal]] = {}
        volumes = dict(chart.total_volumes)
        for ms, price in chart.prices:
            if price is not None and _is_price(price) and _OLDEST <= ms // 1000 <= time.time() + 60:
                closes[_day_that_ended(ms)] = (price, _turnover(volumes.get(ms)) / price)
        for day in sorted(closes):
            if start <= day < end:
                price, volume = closes[day]
                closed = day + _DAY <= datetime.now(UTC)
                yield Bar(day, price, price, price, price, volume, is_closed=closed)

    def overview(self, count: int) -> list[Overview]:
        """The largest coins by market value, largest first."""
        params: Params = {
            "vs_currency": "usd",
            "order": "market_cap_desc",
            "per_page": min(count, MOST_ROWS),
            "page": 1,
            "sparkline": "false",
        }
        return self._wire.read(list[Overview], "/coins/markets", params)


def _is_price(price: Decimal) -> bool:
    return price.is_finite() and _TOO_SMALL <= price < _TOO_LARGE


def _ticker(name: str, price: _Price) -> Ticker | None:
    """None without a price, or without a time that may be: null fields occur."""
    value, moment, percent = price.usd, price.last_updated_at, price.usd_24h_change
    if value is None or not _is_price(value):
        return None
    if moment is None or not _OLDEST <= moment <= time.time() + 60:
        return None
    return Ticker(name, value, moment * 1_000_000, None if percent is None else percent / 100)


def _day_that_ended(ms: int) -> datetime:
    """The UTC day that a price closes: one stamped 00:00 closes the day before."""
    moment = datetime.fromtimestamp((ms - 1) / 1000, UTC)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _turnover(value: Decimal | None) -> Decimal:
    """Volume in US dollars; what is not known or not a number counts as none traded."""
    return value if value is not None and value.is_finite() and value > 0 else Decimal(0)
