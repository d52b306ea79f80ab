"""What open pages hear of a portfolio: group `live.portfolios`, one message a portfolio.

Messages carry a `seq` that only rises (a Valkey counter that starts at the time in milliseconds, so
that it rises even when Valkey was emptied) and the whole new state: a lost one does no harm.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from redis import Redis

from portfolios.models import Portfolio
from portfolios.selectors.access import own_portfolios_for
from portfolios.selectors.book import Book, books, combined_book

if TYPE_CHECKING:
    from accounts.models import User

GROUP = "live.portfolios"
#: A Valkey that takes the connection and says nothing must not hold up the request.
SEND_SECONDS = 5


@cache
def client() -> Redis:
    """This process's connection to Valkey."""
    return Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)


def portfolio_update(portfolio_ids: Iterable[int]) -> None:
    """Send the present figures of these portfolios."""
    portfolios = _portfolios(portfolio_ids)
    send(portfolios, present(portfolios))


def present(portfolios: list[Portfolio]) -> dict[int, Book]:
    """Each portfolio's book in its own base currency, by id."""
    return books({p.pk: [p] for p in portfolios}, {p.pk: p.base_currency for p in portfolios})


def send(portfolios: list[Portfolio], found: Mapping[int, Book]) -> None:
    """Send figures that are already known."""
    if not portfolios:
        return
    numbers = _next_numbers([p.pk for p in portfolios])
    _send([_message(p, payload(p, found[p.pk], numbers[p.pk])) for p in portfolios])


def catch_up(portfolio: Portfolio) -> dict[str, Any]:
    """The newest state for a page that comes back, under the number of the last message sent."""
    number = int(client().get(_counter(portfolio.pk)) or 0)
    return payload(portfolio, present([portfolio])[portfolio.pk], number)


def combined(user: User) -> dict[str, Any] | None:
    """The `portfolio_update` of all of a person's own portfolios together, in that person's own
    currency; None if there are none. Nothing counts it: `seq` is the time in milliseconds.
    """
    owned = list(own_portfolios_for(user))
    if not owned:
        return None
    book = combined_book(owned, user.preferences.base_currency)
    revision = max(portfolio.revision for portfolio in owned)
    return _figures("all", revision, book, int(time.time() * 1000))


def access_ended(portfolio_id: int, user_id: int) -> None:
    """Have every live process cut this person off from the portfolio's figures at once.

    A lost message does no harm for long: sockets ask again what they may hear every half minute.
    """
    _send([{"type": "live.message", "channel": "access", "id": portfolio_id, "user": user_id}])


def payload(portfolio: Portfolio, book: Book, number: int) -> dict[str, Any]:
    """`portfolio_update` of design §5: money as decimal strings, ratios as numbers."""
    return _figures(portfolio.pk, portfolio.revision, book, number)


def _figures(identity: int | str, revision: int, book: Book, number: int) -> dict[str, Any]:
    return {
        "type": "portfolio_update",
        "id": identity,
        "seq": number,
        "ts": datetime.now(UTC).isoformat(),
        "currency": book.base,
        "value": _text(book.value),
        "cost": _text(book.cost),
        "unrealised": _text(book.unrealised),
        "unrealised_pct": book.unrealised_pct,
        "realised": _text(book.realised),
        "profit": _text(book.profit),
        "change_24h": _text(book.change_24h),
        "change_24h_pct": book.change_24h_pct,
        "missing": book.missing,
        "is_simulated": book.is_simulated,
        "revision": revision,
        "positions": [
            {
                "symbol": position.symbol,
                "quantity": _text(position.quantity),
                "price": _text(position.price),
                "value": _text(position.value),
                "cost": _text(position.cost),
                "share": position.share,
                "unrealised": _text(position.unrealised),
                "unrealised_pct": position.unrealised_pct,
                "change_24h": position.change_24h,
            }
            for position in book.positions
        ],
    }


def _text(number: Decimal | None) -> str | None:
    if number is None:
        return None
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _portfolios(ids: Iterable[int]) -> list[Portfolio]:
    return list(Portfolio.objects.filter(pk__in=list(ids)).select_related("venue"))


def _counter(portfolio_id: int) -> str:
    return f"live:portfolio:{portfolio_id}:seq"


def _next_numbers(ids: list[int]) -> dict[int, int]:
    now = int(time.time() * 1000)
    with client().pipeline(transaction=False) as pipe:
        for portfolio_id in ids:
            pipe.set(_counter(portfolio_id), now, nx=True)
            pipe.incr(_counter(portfolio_id))
        answers = pipe.execute()
    return dict(zip(ids, (int(number) for number in answers[1::2]), strict=True))


def _message(portfolio: Portfolio, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "live.message",
        "channel": "portfolio",
        "id": portfolio.pk,
        "owner": portfolio.owner_id,
        "payload": content,
    }


def _send(messages: list[dict[str, Any]]) -> None:
    """All messages over one connection: a connection for each would cost milliseconds each."""

    async def send() -> None:
        layer = get_channel_layer()
        async with asyncio.timeout(SEND_SECONDS):
            await asyncio.gather(*(layer.group_send(GROUP, message) for message in messages))

    async_to_sync(send)()
