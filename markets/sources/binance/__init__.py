"""Binance Spot's public market data, and the simulated exchange, which speaks the same protocol.

Protocol: github.com/binance/binance-spot-api-docs (rest-api.md, web-socket-streams.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime

from django.conf import settings

from markets.sources.base import Bar, Health, Listing, Ticker, Trade
from markets.sources.binance.rest import Rest
from markets.sources.binance.sockets import live_trades


class Binance:
    """A venue that speaks Binance's protocol at the given addresses."""

    def __init__(
        self, slug: str, name: str, rest_url: str, ws_url: str, *, is_simulated: bool
    ) -> None:
        self.slug = slug
        self.name = name
        self.is_simulated = is_simulated
        self.health = Health()
        self._ws_url = ws_url
        self._rest = Rest(rest_url)

    def trades(
        self, symbols: Sequence[str], since: Mapping[str, int] | None = None
    ) -> AsyncIterator[list[Trade]]:
        """See :class:`markets.sources.base.Source`."""
        return live_trades(self._ws_url, self._rest, self.health, symbols, since or {})

    def history(self, symbol: str, interval: str, start: datetime, end: datetime) -> Iterator[Bar]:
        """See :class:`markets.sources.base.Source`."""
        return self._rest.klines(symbol, interval, start, end)

    def listings(self) -> list[Listing]:
        """See :class:`markets.sources.base.Source`."""
        return self._rest.listings()

    def tickers(self, symbols: Sequence[str]) -> list[Ticker]:
        """See :class:`markets.sources.base.Source`."""
        return self._rest.tickers(symbols)


def live() -> Binance:
    """The exchange itself."""
    return Binance(
        "binance",
        "Binance",
        settings.BINANCE_REST_URL,
        settings.BINANCE_WS_URL,
        is_simulated=False,
    )


def simulated() -> Binance:
    """The simulated exchange."""
    return Binance(
        "simulated",
        "Simulated exchange",
        settings.SIMULATED_REST_URL,
        settings.SIMULATED_WS_URL,
        is_simulated=True,
    )
