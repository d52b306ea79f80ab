"""Levers for demonstrations and tests, open to loopback only: push a trade, cut the sockets, fall
silent.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from markets.simulated import payloads
from markets.simulated.exchange import EXCHANGE
from markets.simulated.market import BadTradeError
from markets.simulated.sockets import HUB


class TradeOrder(msgspec.Struct, frozen=True):
    """Body of POST /sim/trade."""

    symbol: str
    price: Decimal
    quantity: Decimal = Decimal(1)


class PauseOrder(msgspec.Struct, frozen=True):
    """Body of POST /sim/pause; seconds from 0 to 3,600."""

    seconds: float


Order = TypeVar("Order", bound=msgspec.Struct)
Handler = Callable[[web.Request], Awaitable[web.Response]]


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


def _refuse(message: str) -> web.HTTPBadRequest:
    text = msgspec.json.encode({"error": message}).decode()
    return web.HTTPBadRequest(text=text, content_type="application/json")


async def _read(request: web.Request, kind: type[Order]) -> Order:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.DecodeError as error:
        raise _refuse(str(error)) from None


def _loopback(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.Response:
        if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104 no bind
            raise web.HTTPForbidden
        if "Origin" in request.headers:  # a page of some site, in a browser of this machine
            raise web.HTTPForbidden
        return await handler(request)

    return guarded


async def push_trade(request: web.Request) -> web.Response:
    """Make a trade that everyone sees; the price goes on from it. Answers with the trade."""
    order = await _read(request, TradeOrder)
    try:
        trade = request.app[HUB].push(order.symbol, order.price, order.quantity)
    except KeyError:
        raise _refuse(f"symbol: {order.symbol} is not traded here") from None
    except BadTradeError as error:
        raise _refuse(str(error)) from None
    coin = request.app[EXCHANGE].market.tapes[order.symbol].coin
    return _json(payloads.trade_rows(coin, trade)[0] | {"symbol": order.symbol})


async def drop(request: web.Request) -> web.Response:
    """Cut all sockets at once."""
    return _json({"dropped": request.app[HUB].drop()})


async def pause(request: web.Request) -> web.Response:
    """Let the streams fall silent; REST goes on, so that clients can fill the gap."""
    seconds = (await _read(request, PauseOrder)).seconds
    if not (math.isfinite(seconds) and 0 <= seconds <= 3600):
        raise _refuse("seconds: must be from 0 to 3600")
    request.app[HUB].publisher.pause(seconds)
    return _json({"seconds": seconds})


def routes() -> list[web.RouteDef]:
    return [
        web.post("/sim/trade", _loopback(push_trade)),
        web.post("/sim/drop", _loopback(drop)),
        web.post("/sim/pause", _loopback(pause)),
    ]
