"""The WebSocket side: addresses of streams and the connections that are open."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from aiohttp import web

from markets.simulated.connection import Connection
from markets.simulated.exchange import Exchange
from markets.simulated.limits import LimitError
from markets.simulated.publisher import Publisher
from markets.simulated.streams import Subscribers
from markets.simulated.trades import Trades


class Hub:
    """All open connections and the publisher that feeds them."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._subscribers = Subscribers()
        self._open: set[Connection] = set()
        self.publisher = Publisher(exchange, self._subscribers)

    @property
    def connections(self) -> int:
        return len(self._open)

    def push(self, symbol: str, price: Decimal, quantity: Decimal) -> Trades:
        """Make a trade now and tell everyone; errors as Market.push."""
        self.publisher.pulse()
        trade = self._exchange.push(symbol, price, quantity)
        self.publisher.pushed(symbol, trade)
        return trade

    def drop(self) -> int:
        """Cut all connections; returns how many there were."""
        for connection in tuple(self._open):
            connection.abort()
        return len(self._open)

    async def close(self) -> None:
        """Announce the shutdown, let it be read, and close."""
        for connection in tuple(self._open):
            connection.announce_shutdown(self._exchange.now())
        await asyncio.gather(*(each.end() for each in tuple(self._open)))

    async def serve(
        self, request: web.Request, names: list[str], *, combined: bool
    ) -> web.StreamResponse:
        try:
            self._exchange.meter.connect(request.remote or "", self._exchange.now())
        except LimitError as error:
            headers = {"Retry-After": str(error.retry_after)}
            return web.Response(status=error.status, text=error.message, headers=headers)
        connection = Connection(
            request, self._exchange.limits, self._subscribers, combined=combined
        )
        self._open.add(connection)
        try:
            return await connection.serve(names)
        finally:
            self._open.discard(connection)


HUB = web.AppKey("HUB", Hub)


async def raw(request: web.Request) -> web.StreamResponse:
    """/ws and /ws/<stream>[/<stream>…]: events as they are."""
    names = [name for name in request.match_info.get("names", "").split("/") if name]
    return await request.app[HUB].serve(request, names, combined=False)


async def combined(request: web.Request) -> web.StreamResponse:
    """/stream?streams=a/b: events wrapped with the name of their stream."""
    names = [name for name in request.query.get("streams", "").split("/") if name]
    return await request.app[HUB].serve(request, names, combined=True)


def routes() -> list[web.RouteDef]:
    return [
        web.get("/ws", raw),
        web.get("/ws/{names:.*}", raw),
        web.get("/stream", combined),
    ]
