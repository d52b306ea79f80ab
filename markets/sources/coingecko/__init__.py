"""CoinGecko: prices without an exchange, polled.

Protocol: docs.coingecko.com (API v3; ``/simple/price``, ``/coins/markets``, ``/market_chart``).
Works without a key within the small shared quota; ``COINGECKO_API_KEY`` raises it. Symbols are
CoinGecko's ids (``bitcoin``), since ticker symbols are not unique there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import structlog
from django.conf import settings

from markets.known import ASSETS
from markets.sources.base import Bar, Health, Listing, SourceError, Ticker, Trade
from markets.sources.blocking import in_thread
from markets.sources.coingecko.rest import Overview, Rest
from markets.sources.wire import backoff

logger = structlog.get_logger(__name__)

#: 288 polls a day stay below the free plan's 10,000 calls a month.
POLL_SECONDS: Final = 300.0


class CoinGecko:
    """CoinGecko at the given address; ``poll_seconds`` between two questions for prices."""

    slug = "coingecko"
    name = "CoinGecko"
    is_simulated = False

    def __init__(self, url: str, key: str = "", *, poll_seconds: float = POLL_SECONDS) -> None:
        self.health = Health()
        self._rest = Rest(url, key)
        self._pause = poll_seconds

    async def trades(
        self, symbols: Sequence[str], since: Mapping[str, int] | None = None
    ) -> AsyncIterator[list[Trade]]:
        """New prices for ever, in the form of trades of quantity 0: nothing is known of sizes.

        The id is the price's own time in s, so that an unchanged price comes once.
        """
        last = dict(since or {})
        failures = 0
        while True:
            try:
                tickers = await in_thread(self._rest.prices, symbols)
            except (OSError, SourceError) as error:
                failures += 1
                self.health.connected_at, self.health.detail = None, str(error)[:300]
                logger.warning("poll_failed", source=self.slug, error=str(error))
                wait = getattr(error, "retry_after", None) or 0.0
                await asyncio.sleep(max(wait, backoff(failures)))
                continue
            self._answered()
            failures = 0
            fresh = [t for t in map(_as_trade, tickers) if t.trade_id > last.get(t.symbol, 0)]
            last |= {trade.symbol: trade.trade_id for trade in fresh}
            if fresh:
                yield fresh
            await asyncio.sleep(self._pause)

    def _answered(self) -> None:
        if self.health.connected_at is None:
            self.health.connected_at = datetime.now(UTC)
        self.health.detail = f"polled every {self._pause:g} s"

    def history(self, symbol: str, interval: str, start: datetime, end: datetime) -> Iterator[Bar]:
        """Daily bars with the day's closing price only: open, high and low equal the close.

        CoinGecko publishes one price a day; without a key it reaches back 365 days.
        """
        return self._rest.daily(symbol, interval, start, end)

    def listings(self) -> list[Listing]:
        """The known assets that have an id at CoinGecko, against the US dollar."""
        return [
            Listing(known.coingecko_id, symbol, "USD")
            for symbol, known in ASSETS.items()
            if known.coingecko_id
        ]

    def tickers(self, symbols: Sequence[str]) -> list[Ticker]:
        """See :class:`markets.sources.base.Source`."""
        return self._rest.prices(symbols)

    def overview(self, count: int = 100) -> list[Overview]:
        """The largest coins by market value, largest first; at most 250. Blocks."""
        return self._rest.overview(count)


def _as_trade(ticker: Ticker) -> Trade:
    at = min(ticker.time, time.time_ns() // 1000)
    return Trade(ticker.symbol, ticker.time // 1_000_000, at, ticker.price, Decimal(0), "b")


def live() -> CoinGecko:
    """The service itself."""
    return CoinGecko(settings.COINGECKO_URL, settings.COINGECKO_API_KEY)
