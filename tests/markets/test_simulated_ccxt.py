"""Stock ccxt, REST and WebSocket, reads the simulated exchange; only its addresses change."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import ccxt
import ccxt.pro
import pytest

from tests.markets.exchange_fixture import ThreadedExchange

PAIR = "BTC/USDT"
DAY = 86_400_000


def _redirected(urls: Any, exchange: ThreadedExchange) -> Any:
    """All of a client's addresses with only scheme and host changed."""
    if isinstance(urls, dict):
        return {name: _redirected(url, exchange) for name, url in urls.items()}
    url = re.sub(r"^https://[^/]+", exchange.rest_url, urls)
    return re.sub(r"^wss://[^/]+", exchange.ws_url, url)


@pytest.fixture
def rest(exchange: ThreadedExchange) -> Iterator[Any]:
    client = ccxt.binance()
    client.urls["api"] = _redirected(client.urls["api"], exchange)
    yield client
    client.session.close()


@pytest.fixture
async def live(exchange: ThreadedExchange) -> AsyncIterator[Any]:
    client = ccxt.pro.binance()
    client.urls["api"] = _redirected(client.urls["api"], exchange)
    yield client
    await client.close()


def test_rest_reads_markets_tickers_trades_candles_and_book(
    rest: Any, exchange: ThreadedExchange
) -> None:
    markets = rest.load_markets()
    assert {market["id"] for market in markets.values()} == set(exchange.symbols)
    assert markets[PAIR]["precision"]["price"] == 0.01

    ticker = rest.fetch_ticker(PAIR)
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert ticker["bid"] < ticker["ask"]
    assert set(rest.fetch_tickers()) == set(markets)
    assert set(rest.fetch_tickers([PAIR, "ETH/USDT"])) == {PAIR, "ETH/USDT"}

    trades = rest.fetch_trades(PAIR, limit=50)
    ids = [int(trade["id"]) for trade in trades]
    assert ids == list(range(ids[0], ids[0] + 50))

    candles = rest.fetch_ohlcv(PAIR, "1d", limit=1000)
    assert [b[0] - a[0] for a, b in pairwise(candles)] == [DAY] * 999
    assert all(low <= min(o, c) <= max(o, c) <= high for _, o, high, low, c, _ in candles)

    book = rest.fetch_order_book(PAIR, 10)
    assert len(book["bids"]) == len(book["asks"]) == 10
    assert book["bids"][0][0] < book["asks"][0][0]


def test_rest_understands_the_error_of_an_unknown_pair(rest: Any) -> None:
    rest.load_markets()
    with pytest.raises(ccxt.BadSymbol):
        rest.fetch_ticker(PAIR, {"symbol": "NOPEUSDT"})


async def test_websocket_watches_ticker_trades_candles_and_book(
    live: Any, exchange: ThreadedExchange
) -> None:
    async with asyncio.timeout(60):
        ticker = await live.watch_ticker(PAIR)
        assert ticker["symbol"] == PAIR
        assert ticker["low"] <= ticker["last"] <= ticker["high"]

        trades = await live.watch_trades(PAIR)
        assert trades[-1]["symbol"] == PAIR

        candle = (await live.watch_ohlcv(PAIR, "1m"))[-1]
        assert candle[0] % 60_000 == 0
        assert candle[3] <= candle[4] <= candle[2]

        first = (await live.watch_order_book(PAIR))["nonce"]
        book = await live.watch_order_book(PAIR)
        while book["nonce"] < first + 10:  # ccxt raises on a gap between updates
            book = await live.watch_order_book(PAIR)
        assert book["bids"][0][0] < book["asks"][0][0]


async def test_a_pushed_trade_reaches_ccxt(live: Any, exchange: ThreadedExchange) -> None:
    async with asyncio.timeout(30):
        await live.watch_trades("ETH/USDT")
        number = await asyncio.to_thread(exchange.push, "ETHUSDT", "4321.09", "2")
        trades = await live.watch_trades("ETH/USDT")
        while str(number) not in {trade["id"] for trade in trades}:
            trades = await live.watch_trades("ETH/USDT")
        pushed = next(trade for trade in trades if trade["id"] == str(number))
        assert (pushed["price"], pushed["amount"]) == (4321.09, 2.0)
