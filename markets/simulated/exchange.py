"""What the edges share: the market, the clock that never goes back, limits, subscribers, and the
state file.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from aiohttp import web

from markets.simulated import book
from markets.simulated.limits import Limits, Meter
from markets.simulated.market import Market
from markets.simulated.state import Saved, load, save
from markets.simulated.trades import Trades


def wall_clock() -> int:
    """ms since 1970."""
    return time.time_ns() // 1_000_000


class Exchange:
    """The simulated exchange without its sockets.

    ``state`` is a file that keeps the pushed trades over restarts; it belongs to one (seed, rate).
    Raises state.StateError if the file belongs to another or cannot be read.
    """

    def __init__(
        self,
        seed: int,
        rate: float,
        *,
        limits: Limits,
        state: Path | None = None,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self._clock = clock
        self._latest = 0
        self.limits = limits
        self.meter = Meter(limits)
        self.market = Market(seed, rate, self.now())
        self._state = state
        if state is not None:
            for saved in load(state, seed, rate):
                self.market.push(saved.symbol, saved.price, saved.quantity, saved.time)

    def now(self) -> int:
        """ms since 1970, never less than before."""
        self._latest = max(self._latest, self._clock())
        return self._latest

    def push(self, symbol: str, price: Decimal, quantity: Decimal) -> Trades:
        """Make a trade now; see Market.push. Kept in the state file before it is returned."""
        trade = self.market.push(symbol, price, quantity, self.now())
        if self._state is not None:
            save(self._state, self.market.seed, self.market.rate, self._saved())
        return trade

    def _saved(self) -> list[Saved]:
        pushed = [
            Saved(
                symbol=symbol,
                time=push.time,
                price=Decimal(push.price).scaleb(-tape.coin.price_decimals),
                quantity=Decimal(push.lots).scaleb(-tape.coin.lot_decimals),
            )
            for symbol, tape in self.market.tapes.items()
            for push in tape.pushes
        ]
        return sorted(pushed, key=lambda saved: saved.time)

    def book(self, symbol: str, step: int | None = None) -> book.Book:
        """The order book after a step of 100 ms, by default the newest."""
        step = self.now() // book.STEP if step is None else step
        return book.at(self.market.tapes[symbol], step)


EXCHANGE = web.AppKey("EXCHANGE", Exchange)
