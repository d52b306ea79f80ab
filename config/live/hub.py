"""One subscription per process, fanned out in memory.

A Channels group send costs 200-360 µs a socket. The hub joins each group once, encodes a
message once, and puts it into each client's outbox. An outbox is bounded by its nature:
of every state (a portfolio, a risk figure, a symbol's price) it keeps only the newest, and of
events the last `EVENTS_KEPT`, so a slow client lags but never builds a backlog.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from channels.layers import get_channel_layer

from config.live.flow import Flow
from config.live.messages import encode, error, now

log = structlog.get_logger(__name__)

GROUPS = ("live.prices", "live.portfolios", "live.risk", "live.alerts")
EVENTS_KEPT = 200
#: Channels that a client asks for by the id of a portfolio.
PORTFOLIO_CHANNELS = ("portfolio", "risk")
GONE = "There is no such portfolio."

Send = Callable[[str], Awaitable[None]]
Key = tuple[str, object]


class Outbox:
    """What one client has yet to be sent."""

    def __init__(self, send: Send, flow: Flow | None) -> None:
        self._send = send
        self._flow = flow
        #: Whose client this is, once they have signed in.
        self.user_id: int | None = None
        self._events: deque[str] = deque(maxlen=EVENTS_KEPT)
        self._told: deque[int] = deque(maxlen=EVENTS_KEPT)
        self._states: dict[Key, str] = {}
        self._prices: dict[str, Any] = {}
        self._prices_text: str | None = None
        self._prices_seq = 0
        self._task: asyncio.Task[None] | None = None

    def event(self, text: str) -> None:
        self._events.append(text)
        self._wake()

    def alert(self, seq: int, text: str) -> None:
        """An alert reaches a client once, whether pushed or caught up on."""
        if seq not in self._told:
            self._told.append(seq)
            self.event(text)

    @property
    def last_alert(self) -> int | None:
        return max(self._told, default=None)

    def state(self, key: Key, text: str) -> None:
        self._states[key] = text
        self._wake()

    def drop(self, key: Key) -> None:
        """Forget a state that was not sent yet."""
        self._states.pop(key, None)

    def prices(self, seq: int, moved: dict[str, Any], text: str) -> None:
        """`text` is `moved`, already encoded; merged anew only if an older one still waits."""
        self._prices_text = None if self._prices else text
        self._prices.update(moved)
        self._prices_seq = seq
        self._wake()

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    @property
    def size(self) -> int:
        return len(self._events) + len(self._states) + bool(self._prices)

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        while self.size:
            if self._flow is not None:
                await self._flow.open()
            await self._send(self._next())

    def _next(self) -> str:
        if self._events:
            return self._events.popleft()
        if self._prices:
            text = self._prices_text or prices_text(self._prices_seq, self._prices)
            self._prices, self._prices_text = {}, None
            return text
        return self._states.pop(next(iter(self._states)))


def prices_text(seq: int, prices: dict[str, Any]) -> str:
    return encode({"type": "price_update", "seq": seq, "ts": now(), "prices": prices})


class Hub:
    """Who listens to what in this process."""

    def __init__(self) -> None:
        self._symbols: dict[frozenset[str], set[Outbox]] = defaultdict(set)
        self._symbols_of: dict[Outbox, frozenset[str]] = {}
        self._listeners: dict[Key, set[Outbox]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        #: Called with (channel, owner) when a portfolio of an owner with "all" open has moved.
        self.on_owner: Callable[[str, int], None] | None = None

    async def ensure_running(self) -> None:
        """Joins the groups on the first client; restarts the reader if it ever ended."""
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.create_task(self._read())
        await self._ready.wait()

    def subscribe(self, outbox: Outbox, key: Key) -> None:
        self._listeners[key].add(outbox)

    def unsubscribe(self, outbox: Outbox, key: Key) -> None:
        self._listeners[key].discard(outbox)
        if not self._listeners[key]:
            del self._listeners[key]

    def subscribe_prices(self, outbox: Outbox, symbols: frozenset[str]) -> None:
        """Replaces what the client listens to; clients with equal sets share one encoding."""
        self._forget_prices(outbox)
        if symbols:
            self._symbols_of[outbox] = symbols
            self._symbols[symbols].add(outbox)

    def symbols(self, outbox: Outbox) -> frozenset[str]:
        return self._symbols_of.get(outbox, frozenset())

    def forget(self, outbox: Outbox) -> None:
        self._forget_prices(outbox)
        for key in [key for key, who in self._listeners.items() if outbox in who]:
            self.unsubscribe(outbox, key)
        outbox.close()

    def listens(self, key: Key) -> bool:
        return key in self._listeners

    def deliver_state(self, key: Key, payload: dict[str, Any]) -> None:
        if outboxes := self._listeners.get(key):
            text = encode(payload)
            for outbox in outboxes:
                outbox.state(key, text)

    def dispatch(self, message: dict[str, Any]) -> None:
        """Routes one message of a group to the clients it is for."""
        channel, payload = message["channel"], message.get("payload", {})
        if channel == "prices":
            self._dispatch_prices(payload)
        elif channel == "access":
            self._end_access(message["user"], message["id"])
        elif channel == "alerts":
            text = encode(payload)
            for outbox in self._listeners.get(("alerts", message["owner"]), ()):
                outbox.alert(payload["seq"], text)
        else:
            self.deliver_state((channel, message["id"]), payload)
            if self.on_owner and self.listens((channel, f"all:{message['owner']}")):
                self.on_owner(channel, message["owner"])

    def portfolios_of(self, outbox: Outbox) -> set[int]:
        """Which portfolios this client listens to, by id; "all" is the person's own."""
        return {
            target
            for (channel, target), who in self._listeners.items()
            if channel in PORTFOLIO_CHANNELS and isinstance(target, int) and outbox in who
        }

    def cut(self, outbox: Outbox, portfolio_id: int) -> None:
        """The client may not hear of this portfolio any more; what still waits is thrown away."""
        for channel in PORTFOLIO_CHANNELS:
            key = (channel, portfolio_id)
            if outbox in self._listeners.get(key, ()):
                self.unsubscribe(outbox, key)
                outbox.drop(key)
                outbox.event(error("not_found", GONE, channel=channel, id=portfolio_id))

    def _end_access(self, user_id: int, portfolio_id: int) -> None:
        listening = {
            outbox
            for channel in PORTFOLIO_CHANNELS
            for outbox in self._listeners.get((channel, portfolio_id), ())
        }
        for outbox in listening:
            if outbox.user_id == user_id:
                self.cut(outbox, portfolio_id)

    def _dispatch_prices(self, payload: dict[str, Any]) -> None:
        prices = payload["prices"]
        for symbols, outboxes in self._symbols.items():
            moved = {symbol: prices[symbol] for symbol in symbols & prices.keys()}
            if not moved:
                continue
            text = encode({**payload, "prices": moved})
            for outbox in outboxes:
                outbox.prices(payload["seq"], moved, text)

    def _forget_prices(self, outbox: Outbox) -> None:
        symbols = self._symbols_of.pop(outbox, None)
        if symbols is not None:
            self._symbols[symbols].discard(outbox)
            if not self._symbols[symbols]:
                del self._symbols[symbols]

    async def _read(self) -> None:
        layer = get_channel_layer()
        name = await layer.new_channel()
        for group in GROUPS:
            await layer.group_add(group, name)
        self._ready.set()
        while True:
            message = await layer.receive(name)
            try:
                self.dispatch(message)
            except (KeyError, TypeError):
                # A malformed broadcast must not silence everybody: it is dropped, and told.
                log.exception("live.bad_broadcast", keys=sorted(message))
