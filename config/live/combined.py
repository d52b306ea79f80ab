"""The newest states a client is told on subscribing, and the figures of "all portfolios"."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async

from accounts.models import User
from config.live import messages
from config.live.hub import Hub, Outbox
from markets import board
from markets.selectors import quotes
from portfolios import broadcast as portfolio_updates
from risk import broadcast as risk_updates

#: A person's portfolios move together: their sum is computed once for all of them.
THROTTLE_SECONDS = 1.0

_Builder = Callable[[User], dict[str, Any] | None]
_BUILDERS: dict[str, _Builder] = {
    "portfolio": portfolio_updates.combined,
    "risk": risk_updates.combined,
}


def newest_prices(symbols: frozenset[str]) -> dict[str, Any]:
    """A `price_update` with what is known now; a symbol without a price is absent."""
    prices = {
        symbol: {
            "price": str(quote.price),
            "time": quote.time.isoformat(),
            "change_24h": quote.change_24h,
        }
        for symbol, quote in quotes(symbols).items()
    }
    return {"type": "price_update", "seq": board.sequence(), "ts": messages.now(), "prices": prices}


async def send_to(outbox: Outbox, channel: str, user: User) -> None:
    """The newest state of "all", for one client that just asked for it."""
    payload = await _build(channel, user.pk)
    if payload is not None:
        outbox.state((channel, f"all:{user.pk}"), messages.encode(payload))


def attach(hub: Hub) -> None:
    """Has the hub recompute "all" for an owner whose portfolio moved and who has it open."""
    waiting: dict[tuple[str, int], asyncio.Task[None]] = {}

    async def later(channel: str, owner: int) -> None:
        await asyncio.sleep(THROTTLE_SECONDS)
        del waiting[(channel, owner)]  # from here on a new move asks anew
        payload = await _build(channel, owner)
        if payload is not None:
            hub.deliver_state((channel, f"all:{owner}"), payload)

    def moved(channel: str, owner: int) -> None:
        if (channel, owner) not in waiting:
            task = asyncio.get_running_loop().create_task(later(channel, owner))
            waiting[(channel, owner)] = task

    hub.on_owner = moved


@database_sync_to_async
def _build(channel: str, owner: int) -> dict[str, Any] | None:
    user = User.objects.select_related("preferences").get(pk=owner)
    return _BUILDERS[channel](user)
