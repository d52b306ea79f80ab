"""The simulated exchange as a server on one loopback port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from markets.simulated import control, rest, sockets
from markets.simulated.exchange import EXCHANGE, Exchange, wall_clock
from markets.simulated.limits import Limits
from markets.simulated.sockets import HUB, Hub
from markets.simulated.trades import Trades

HOST = "127.0.0.1"


class SimulatedExchange:
    """``async with SimulatedExchange(port=0) as exchange`` serves until the block ends.

    Port 0 takes any free one; ``rest_url`` and ``ws_url`` tell where it listens.
    Raises OSError if the port is taken and StateError if the state file does not fit.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int | None = None,
        rate: float | None = None,
        state: Path | None = None,
        limits: Limits | None = None,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self.exchange = Exchange(seed, rate, limits=limits or Limits(), state=state, clock=clock)
        self.hub = Hub(self.exchange)
        self.port = port
        self._runner: web.AppRunner | None = None
        self._pulse: asyncio.Task[None] | None = None

    @property
    def rest_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://{HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """How many sockets are open."""
        return self.hub.connections

    def push(self, symbol: str, price: Decimal, quantity: Decimal) -> Trades:
        """Make a trade now and tell everyone; call it in the server's own event loop."""
        return self.hub.push(symbol, price, quantity)

    def drop(self) -> int:
        """Cut all sockets; returns how many there were."""
        return self.hub.drop()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app[EXCHANGE], app[HUB] = self.exchange, self.hub
        app.add_routes([*rest.routes(), *sockets.routes(), *control.routes()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.port)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        self._pulse = asyncio.create_task(self.hub.publisher.run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pulse is not None:
            self._pulse.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pulse
        await self.hub.close()
        if self._runner is not None:
            await self._runner.cleanup()
