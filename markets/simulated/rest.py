"""The REST side: /api/v3 as Binance Spot documents it, market data only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from markets.simulated import listing, payloads
from markets.simulated.exchange import EXCHANGE, Exchange
from markets.simulated.limits import LimitError
from markets.simulated.query import ApiError, Query
from markets.simulated.trades import Trades

Answer = Callable[[Exchange, Query], Any]
Weight = Callable[[Query], int]
WEIGHT_HEADER: Final = "X-MBX-USED-WEIGHT-1M"
MOST_ROWS: Final = 1_000


def ping(exchange: Exchange, query: Query) -> Any:
    del exchange, query
    return {}


def server_time(exchange: Exchange, query: Query) -> Any:
    del query
    return {"serverTime": exchange.now()}


def exchange_info(exchange: Exchange, query: Query) -> Any:
    now, wanted = exchange.now(), query.symbols()
    coins = exchange.market.listed(now)
    if wanted is not None:
        coins = [exchange.market.tapes[symbol].coin for symbol in wanted]
    return listing.exchange_info(coins, exchange.limits, now)


def no_futures(exchange: Exchange, query: Query) -> Any:
    """Futures clients ask for their list of contracts: there are none here."""
    del query
    return listing.exchange_info([], exchange.limits, exchange.now())


def klines(exchange: Exchange, query: Query) -> Any:
    symbol, interval = query.symbol(), query.interval()
    bars = exchange.market.candles(
        symbol,
        interval,
        start=query.number("startTime"),
        end=query.number("endTime"),
        limit=query.limit(500, MOST_ROWS),
        now=exchange.now(),
    )
    return payloads.kline_rows(exchange.market.tapes[symbol].coin, interval, bars)


def trades(exchange: Exchange, query: Query) -> Any:
    tape = exchange.market.tapes[query.symbol()]
    found = tape.recent(query.limit(500, MOST_ROWS), exchange.now())
    return payloads.trade_rows(tape.coin, found)


def historical_trades(exchange: Exchange, query: Query) -> Any:
    tape = exchange.market.tapes[query.symbol()]
    first, limit = query.number("fromId"), query.limit(500, MOST_ROWS)
    if first is None:
        return payloads.trade_rows(tape.coin, tape.recent(limit, exchange.now()))
    return payloads.trade_rows(tape.coin, tape.since_id(first, limit, exchange.now()))


def agg_trades(exchange: Exchange, query: Query) -> Any:
    tape = exchange.market.tapes[query.symbol()]
    return payloads.agg_trade_rows(tape.coin, _agg_trades(exchange, query))


def _agg_trades(exchange: Exchange, query: Query) -> Trades:
    tape, now = exchange.market.tapes[query.symbol()], exchange.now()
    limit, first = query.limit(500, MOST_ROWS), query.number("fromId")
    start, end = query.number("startTime"), query.number("endTime")
    if first is not None:
        if start is not None or end is not None:
            raise ApiError(-1128, "Combination of optional parameters invalid.")
        return tape.since_id(first, limit, now)
    if start is None:
        return tape.recent(limit, now if end is None else min(end, now))
    if end is not None and end < start:
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    return tape.since_time(start, limit, now if end is None else min(end, now))


def depth(exchange: Exchange, query: Query) -> Any:
    symbol = query.symbol()
    coin = exchange.market.tapes[symbol].coin
    return payloads.depth(coin, exchange.book(symbol), query.limit(100, 5_000))


def _each(exchange: Exchange, query: Query, show: Callable[[str], payloads.Payload]) -> Any:
    """An object for one pair, a list for several or all."""
    wanted = query.symbols()
    if "symbol" in query.raw and wanted:
        return show(wanted[0])
    if wanted is None:
        wanted = [coin.symbol for coin in exchange.market.listed(exchange.now())]
    return [show(symbol) for symbol in wanted]


def ticker_24hr(exchange: Exchange, query: Query) -> Any:
    now, short = exchange.now(), query.raw.get("type", "FULL") == "MINI"

    def show(symbol: str) -> payloads.Payload:
        coin, day = exchange.market.tapes[symbol].coin, exchange.market.summary(symbol, now)
        if short:
            return payloads.mini_ticker(coin, day)
        return payloads.ticker(coin, day, exchange.book(symbol))

    return _each(exchange, query, show)


def ticker_price(exchange: Exchange, query: Query) -> Any:
    now = exchange.now()

    def show(symbol: str) -> payloads.Payload:
        tape = exchange.market.tapes[symbol]
        last = payloads.price(tape.coin, int(tape.last(now).price[0]))
        return {"symbol": symbol, "price": last}

    return _each(exchange, query, show)


def book_ticker(exchange: Exchange, query: Query) -> Any:
    def show(symbol: str) -> payloads.Payload:
        return payloads.book_ticker(exchange.market.tapes[symbol].coin, exchange.book(symbol))

    return _each(exchange, query, show)


def average_price(exchange: Exchange, query: Query) -> Any:
    symbol, now = query.symbol(), exchange.now()
    bars = exchange.market.candles(symbol, "1m", start=None, end=None, limit=5, now=now)
    coin = exchange.market.tapes[symbol].coin
    mean = payloads.mean_price(coin, int(bars.quote.sum()), int(bars.volume.sum()))
    last = int(exchange.market.tapes[symbol].last(now).time[0])
    return {"mins": 5, "price": mean, "closeTime": last}


def _fixed(weight: int) -> Weight:
    return lambda _query: weight


def _depth_weight(query: Query) -> int:
    limit = query.number("limit") or 100
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1000 else 250


def _ticker_weight(query: Query) -> int:
    if "symbol" in query.raw:
        return 2
    asked = query.raw.get("symbols", "").count(",") + 1 if "symbols" in query.raw else 101
    return 2 if asked <= 20 else 40 if asked <= 100 else 80


def _pair_weight(query: Query) -> int:
    return 2 if "symbol" in query.raw else 4


ROUTES: Final[dict[str, tuple[Answer, Weight]]] = {
    "/api/v3/ping": (ping, _fixed(1)),
    "/api/v3/time": (server_time, _fixed(1)),
    "/api/v3/exchangeInfo": (exchange_info, _fixed(20)),
    "/api/v3/klines": (klines, _fixed(2)),
    "/api/v3/trades": (trades, _fixed(25)),
    "/api/v3/historicalTrades": (historical_trades, _fixed(25)),
    "/api/v3/aggTrades": (agg_trades, _fixed(4)),
    "/api/v3/depth": (depth, _depth_weight),
    "/api/v3/ticker/24hr": (ticker_24hr, _ticker_weight),
    "/api/v3/ticker/price": (ticker_price, _pair_weight),
    "/api/v3/ticker/bookTicker": (book_ticker, _pair_weight),
    "/api/v3/avgPrice": (average_price, _fixed(2)),
    "/fapi/v1/exchangeInfo": (no_futures, _fixed(1)),
    "/dapi/v1/exchangeInfo": (no_futures, _fixed(1)),
}


def _json(body: Any, status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def _handler(answer: Answer, weigh: Weight) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        exchange, address = request.app[EXCHANGE], request.remote or ""
        now = exchange.now()
        exchange.market.keep_up(now)
        traded = frozenset(coin.symbol for coin in exchange.market.listed(now))
        query, headers = Query(request.query, traded), {}
        try:
            weight = weigh(query)
            headers[WEIGHT_HEADER] = str(exchange.meter.charge(address, weight, now))
            return _json(answer(exchange, query), 200, headers)
        except ApiError as error:
            headers[WEIGHT_HEADER] = str(exchange.meter.used(address, now))
            return _json(error.body(), error.status, headers)
        except LimitError as error:
            headers["Retry-After"] = str(error.retry_after)
            headers[WEIGHT_HEADER] = str(exchange.meter.used(address, now))
            return _json({"code": -1003, "msg": error.message}, error.status, headers)

    return handle


def routes() -> list[web.RouteDef]:
    return [web.get(path, _handler(*how)) for path, how in ROUTES.items()]
