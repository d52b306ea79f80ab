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
from markets.simulated.market import DEFAULT_RATE, DEFAULT_SEED, Market
from markets.simulated.state import Saved, State, StateError, load, save
from markets.simulated.trades import Trades


def wall_clock() -> int:
    """ms since 1970."""
    return time.time_ns() // 1_000_000


class Exchange:
    """The simulated exchange without its sockets.

    ``state`` is a file that keeps the pushed trades over restarts; it belongs to one (seed, rate),
    and says which where none is given.
    Raises state.StateError if the file belongs to another or cannot be read.
    """

    def __init__(
        self,
        seed: int | None = None,
        rate: float | None = None,
        *,
        limits: Limits,
        state: Path | None = None,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self._clock = clock
        self._latest = 0
        self.limits = limits
        self.meter = Meter(limits)
        self._state = state
        kept = load(state, seed, rate) if state else None
        kept = kept or State(
            DEFAULT_SEED if seed is None else seed, DEFAULT_RATE if rate is None else rate, []
        )
        self.market = Market(kept.seed, kept.rate, self.now())
        for saved in kept.trades:
            self._again(saved)

    def _again(self, saved: Saved) -> None:
        try:
            self.market.push(saved.symbol, saved.price, saved.quantity, saved.time)
        except (KeyError, ValueError) as error:
            raise StateError(f"{self._state}: cannot replay {saved}: {error}") from error

    def now(self) -> int:
        """ms since 1970, never less than before."""
        self._latest = max(self._latest, self._clock())
        return self._latest

    def push(self, symbol: str, price: Decimal, quantity: Decimal) -> Trades:
        """Make a trade now; see Market.push. Kept in the state file before it is returned."""
        trade = self.market.push(symbol, price, quantity, self.now())
        if self._state is not None:
            save(self._state, State(self.market.seed, self.market.rate, self._saved()))
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
