"""One socket's life: who is it, what does it listen to, what does it ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async

from accounts.models import User
from alerts.selectors import catch_up as alerts_since
from alerts.selectors import events_for
from config.live import access, combined, commands, messages
from config.live.combined import newest_prices
from config.live.flow import Flow
from config.live.hub import GONE, Hub, Outbox
from config.live.messages import (
    Authenticate,
    BadMessageError,
    Command,
    Inbound,
    Ping,
    Subscribe,
    Unsubscribe,
)
from portfolios import broadcast as portfolio_updates
from portfolios.selectors import portfolios_for
from risk import broadcast as risk_updates

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

SIGN_IN_SECONDS = 5
#: A session that ended, or an alert a lost Valkey message carried, is noticed within this.
RECHECK_SECONDS = 30
MESSAGES_PER_SECOND = 20
MAX_BYTES = 64 * 1024

CLOSE_NOT_SIGNED_IN = 4401
CLOSE_TOO_FAST = 4429

hub = Hub()
combined.attach(hub)


async def nowhere(_scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """A WebSocket to an address that does not exist."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


async def live(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI application of `/ws/live/`."""
    await receive()  # websocket.connect
    if not access.origin_allowed(scope):
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    connection = Connection(scope, receive, send)
    try:
        await connection.run()
    finally:
        connection.end()


class Connection:
    """Holds one client's subscriptions; ends when the client, or its welcome, does."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        flow: Flow | None = scope.get("extensions", {}).get("plimsoll.flow")
        self.outbox = Outbox(self._send_text, flow)
        self.user: User | None = access.cookie_user(scope)
        self._token: str | None = None
        self._alerts_since: int | None = None
        self._budget, self._budget_at = float(MESSAGES_PER_SECOND), time.monotonic()
        self._watch: asyncio.Task[None] | None = None

    async def run(self) -> None:
        await hub.ensure_running()
        if self.user is None and not await self._sign_in():
            await self._send({"type": "websocket.close", "code": CLOSE_NOT_SIGNED_IN})
            return
        self.outbox.user_id = self._person.pk
        self.outbox.event(messages.encode({"type": "welcome", "ts": messages.now()}))
        self._watch = asyncio.create_task(self._recheck())
        while (text := await self._next_text()) is not None:
            if not self._within_budget():
                await self._send({"type": "websocket.close", "code": CLOSE_TOO_FAST})
                return
            await self._handle(text)

    def end(self) -> None:
        hub.forget(self.outbox)
        if self._watch is not None:
            self._watch.cancel()

    async def _sign_in(self) -> bool:
        try:
            text = await asyncio.wait_for(self._next_text(), SIGN_IN_SECONDS)
            first = messages.decode(text) if text is not None else None
        except (TimeoutError, BadMessageError):
            return False
        if isinstance(first, Authenticate):
            self.user, self._token = await access.token_user(first.token), first.token
        return self.user is not None

    async def _next_text(self) -> str | None:
        """None once the socket is closed; binary and oversized frames become ''."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            return None
        text = message.get("text") or ""
        return text if len(text) <= MAX_BYTES else ""

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    def _within_budget(self) -> bool:
        moment = time.monotonic()
        earned = (moment - self._budget_at) * MESSAGES_PER_SECOND
        self._budget = min(float(MESSAGES_PER_SECOND), self._budget + earned) - 1
        self._budget_at = moment
        return self._budget >= 0

    async def _handle(self, text: str) -> None:
        try:
            message = messages.decode(text)
        except BadMessageError as error:
            self.outbox.event(messages.error("invalid", str(error)))
            return
        await self._answer(message)

    async def _answer(self, message: Inbound) -> None:
        match message:
            case Ping():
                pong = {"type": "pong", "id": message.id, "ts": messages.now()}
                self.outbox.event(messages.encode(pong))
            case Subscribe():
                await self._subscribe(message)
            case Unsubscribe():
                self._unsubscribe(message)
            case Command():
                self.outbox.event(await commands.run(self._person, message))
            case Authenticate():
                self.outbox.event(messages.error("invalid", "This socket is signed in already."))

    @property
    def _person(self) -> User:
        if self.user is None:
            raise RuntimeError("no message is handled before sign-in")
        return self.user

    async def _subscribe(self, wanted: Subscribe) -> None:
        if wanted.channel == "prices":
            await self._subscribe_prices(wanted)
        elif wanted.channel == "alerts":
            await self._subscribe_alerts(wanted.since)
        elif wanted.id == "all":
            hub.subscribe(self.outbox, (wanted.channel, f"all:{self._person.pk}"))
            await combined.send_to(self.outbox, wanted.channel, self._person)
        elif wanted.id is None or not await access.may_see(self._person, wanted.id):
            self.outbox.event(messages.error("not_found", GONE, channel=wanted.channel))
        else:
            await self._subscribe_portfolio(wanted.channel, wanted.id)

    async def _subscribe_prices(self, wanted: Subscribe) -> None:
        added = frozenset(symbol.upper() for symbol in wanted.symbols)
        symbols = hub.symbols(self.outbox) | added
        if len(symbols) > messages.MAX_SYMBOLS:
            text = f"At most {messages.MAX_SYMBOLS} symbols on one socket."
            self.outbox.event(messages.error("invalid", text, channel="prices"))
            return
        hub.subscribe_prices(self.outbox, symbols)
        newest = await database_sync_to_async(newest_prices)(added)
        if newest["prices"]:
            text = messages.encode(newest)
            self.outbox.prices(newest["seq"], newest["prices"], text)

    async def _subscribe_alerts(self, since: int | None) -> None:
        """From here on every alert is told once; `since` asks for the ones missed before."""
        hub.subscribe(self.outbox, ("alerts", self._person.pk))
        self._alerts_since = since
        if since is None:
            self._alerts_since = await _newest_event(self._person)
        await self._catch_up_alerts()

    async def _catch_up_alerts(self) -> None:
        if self._alerts_since is None:
            return
        since = max(self._alerts_since, self.outbox.last_alert or 0)
        for payload in await database_sync_to_async(alerts_since)(self._person, since):
            self.outbox.alert(payload["seq"], messages.encode(payload))

    async def _subscribe_portfolio(self, channel: str, portfolio_id: int) -> None:
        hub.subscribe(self.outbox, (channel, portfolio_id))
        newest = portfolio_updates.catch_up if channel == "portfolio" else risk_updates.catch_up

        def read() -> tuple[bool, dict[str, Any] | None]:
            portfolio = portfolios_for(self._person).filter(pk=portfolio_id).first()
            return portfolio is not None, newest(portfolio) if portfolio else None

        is_there, payload = await database_sync_to_async(read)()
        if not is_there:  # taken away since it was asked for: nothing reminds this socket later
            hub.cut(self.outbox, portfolio_id)
        elif payload is not None:
            self.outbox.state((channel, portfolio_id), messages.encode(payload))

    def _unsubscribe(self, wanted: Unsubscribe) -> None:
        if wanted.channel == "prices":
            gone = {symbol.upper() for symbol in wanted.symbols}
            kept = hub.symbols(self.outbox) - gone if gone else frozenset[str]()
            hub.subscribe_prices(self.outbox, kept)
        elif wanted.channel == "alerts":
            self._alerts_since = None
            hub.unsubscribe(self.outbox, ("alerts", self._person.pk))
        else:
            target = f"all:{self._person.pk}" if wanted.id == "all" else wanted.id
            hub.unsubscribe(self.outbox, (wanted.channel, target))

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            if not await access.still_welcome(self.scope, self._person, self._token):
                await self._send({"type": "websocket.close", "code": CLOSE_NOT_SIGNED_IN})
                return
            for gone in await access.no_longer_seen(self._person, hub.portfolios_of(self.outbox)):
                hub.cut(self.outbox, gone)
            await self._catch_up_alerts()


@database_sync_to_async
def _newest_event(user: User) -> int:
    return events_for(user).order_by("-pk").values_list("pk", flat=True).first() or 0
