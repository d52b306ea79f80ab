"""The simulated exchange for tests: a thread of this process, on a free loopback port."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from decimal import Decimal
from typing import Any

import pytest

from markets.simulated.limits import Limits
from markets.simulated.server import SimulatedExchange

ROOMY = Limits(
    weight_per_minute=100_000, messages_per_second=100, connections_per_5_minutes=100_000
)


class ThreadedExchange:
    """A running exchange; its methods may be called from any thread."""

    def __init__(self, **options: Any) -> None:
        self._server = SimulatedExchange(**options)
        self._ready: Future[None] = Future()
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.result(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with self._server:
                self._ready.set_result(None)
                await self._stop.wait()
        except OSError as error:
            self._ready.set_exception(error)

    @property
    def rest_url(self) -> str:
        """http://127.0.0.1:PORT, to be used as BINANCE_REST_URL or SIMULATED_REST_URL."""
        return self._server.rest_url

    @property
    def ws_url(self) -> str:
        """ws://127.0.0.1:PORT, to be used as BINANCE_WS_URL or SIMULATED_WS_URL."""
        return self._server.ws_url

    @property
    def symbols(self) -> list[str]:
        """The pairs that are traded (BTCUSDT, …)."""
        now = self._server.exchange.now()
        return [coin.symbol for coin in self._server.exchange.market.listed(now)]

    def push(self, symbol: str, price: str | Decimal, quantity: str | Decimal = "1") -> int:
        """Make a trade now, from which the price goes on; returns its trade id."""
        trade = self._call(self._server.push, symbol, Decimal(price), Decimal(quantity))
        return int(trade.id[0])

    def drop(self) -> int:
        """Cut all sockets; returns how many there were."""
        return int(self._call(self._server.drop))

    def pause(self, seconds: float) -> None:
        """Let the streams fall silent; REST goes on."""
        self._call(self._server.hub.publisher.pause, seconds)

    def _call(self, function: Any, *arguments: Any) -> Any:
        async def call() -> Any:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture
def exchange() -> Iterator[ThreadedExchange]:
    """A fresh simulated exchange without pushed trades and with roomy limits."""
    running = ThreadedExchange(limits=ROOMY)
    yield running
    running.close()
