"""What every source of prices offers, and the plain values that it speaks in.

No module here or below imports Django's models: sources know wires, not tables.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

Side = Literal["b", "s"]


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One trade under the venue's own market symbol (``BTCUSDT``).

    ``time`` is in microseconds since 1970 UTC (an int, because half a million of them pass a
    second at the edge of the database). ``trade_id`` rises with time within one market and is the
    same for the same trade on every wire. ``side`` is that of the taker: ``b`` bought, ``s`` sold.
    """

    symbol: str
    trade_id: int
    time: int
    price: Decimal
    quantity: Decimal
    side: Side


class Bar(msgspec.Struct, frozen=True, gc=False):
    """An OHLCV bar labelled by its open time (UTC). ``trades`` and ``vwap`` may be unknown."""

    open_time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    vwap: Decimal | None = None
    trades: int | None = None
    is_closed: bool = True


class Listing(msgspec.Struct, frozen=True):
    """A pair that the venue trades now: its own symbol, and the symbols of the two assets."""

    symbol: str
    base: str
    quote: str


class Ticker(msgspec.Struct, frozen=True):
    """The newest price of a market, polled. ``time`` in microseconds since 1970 UTC."""

    symbol: str
    price: Decimal
    time: int
    change_24h: float | None = None


@dataclass
class Health:
    """How a source's live connection fares; the source writes it, the stream reads it.

    ``connected_at`` is None while there is no connection. ``reconnects`` counts connections after
    the first; ``skips`` jumps in the numbers of trades on a standing one; ``bad_frames`` what was
    dropped because it could not be believed; ``missed_trades`` those that no wire could bring back
    after a gap.
    """

    connected_at: datetime | None = None
    reconnects: int = 0
    skips: int = 0
    bad_frames: int = 0
    missed_trades: int = 0
    detail: str = ""


class Source(Protocol):
    """A venue's wires. One instance belongs to one process and may be used by one task at a time.

    Blocking methods raise ``OSError`` (``requests.RequestException`` is one) or
    :class:`markets.sources.base.SourceError` when the venue does not serve.
    """

    slug: str
    name: str
    is_simulated: bool
    health: Health

    def trades(
        self, symbols: Sequence[str], since: Mapping[str, int] | None = None
    ) -> AsyncIterator[list[Trade]]:
        """Live trades for ever, in batches, reconnecting by itself.

        ``since`` maps a symbol to the last trade id that is stored: what happened after it is
        fetched first, where the venue can. A trade may come twice; none is left out in silence.
        """
        ...

    def history(self, symbol: str, interval: str, start: datetime, end: datetime) -> Iterator[Bar]:
        """Bars with open time in [start, end), oldest first; the last may still be open. Blocks."""
        ...

    def listings(self) -> list[Listing]:
        """The pairs traded now. Blocks."""
        ...

    def tickers(self, symbols: Sequence[str]) -> list[Ticker]:
        """The newest price of each symbol the venue knows; unknown ones are left out. Blocks."""
        ...


class SourceError(Exception):
    """The venue answered, but not with what was asked.

    ``permanent``: asking again is useless (unknown symbol, bad key). ``retry_after``: seconds to
    wait before the next question, where the venue named them. ``code``: the venue's own code.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        code: int | str | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.code = code
