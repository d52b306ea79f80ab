"""Coinbase Advanced Trade, public market data only.

Protocol: docs.cdp.coinbase.com, Advanced Trade API (WebSocket channels ``market_trades`` and
``heartbeats``; REST ``/api/v3/brokerage/market``). No key is needed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime

from django.conf import settings

from markets.sources.base import Bar, Health, Listing, Ticker, Trade
from markets.sources.coinbase.rest import Rest
from markets.sources.coinbase.socket import Feed


class Coinbase:
    """Coinbase at the given addresses."""

    slug = "coinbase"
    name = "Coinbase"
    is_simulated = False

    def __init__(self, rest_url: str, ws_url: str) -> None:
        self.health = Health()
        self._ws_url = ws_url
        self._rest = Rest(rest_url)

    def trades(
        self, symbols: Sequence[str], since: Mapping[str, int] | None = None
    ) -> AsyncIterator[list[Trade]]:
        """See :class:`markets.sources.base.Source`."""
        return Feed(self._ws_url, self._rest, self.health, symbols, since or {}).trades()

    def history(self, symbol: str, interval: str, start: datetime, end: datetime) -> Iterator[Bar]:
        """See :class:`markets.sources.base.Source`. Serves 1m, 5m, 1h and 1d."""
        return self._rest.candles(symbol, interval, start, end)

    def listings(self) -> list[Listing]:
        """See :class:`markets.sources.base.Source`."""
        return self._rest.listings()

    def tickers(self, symbols: Sequence[str]) -> list[Ticker]:
        """See :class:`markets.sources.base.Source`."""
        return self._rest.tickers(symbols)


def live() -> Coinbase:
    """The exchange itself."""
    return Coinbase(settings.COINBASE_REST_URL, settings.COINBASE_WS_URL)
