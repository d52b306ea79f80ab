"""The Binance client: what it believes, and how it behaves towards the venue."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from markets.sources.base import Health, SourceError, Trade
from markets.sources.binance import Binance
from markets.sources.binance.frames import BadFrameError, Doubts, Event, parse
from markets.sources.binance.rest import Rest
from tests.markets.loopback import Asked, Reply, scripted, serving

NOW_MS = int(time.time() * 1000)
GOOD: dict[str, Any] = {
    "e": "trade",
    "E": NOW_MS,
    "s": "BTCUSDT",
    "t": 881,
    "p": "64210.50",
    "q": "0.01",
    "T": NOW_MS,
    "m": True,
    "M": True,
}


def frame(**changes: Any) -> str:
    return json.dumps({"stream": "btcusdt@trade", "data": GOOD | changes})


def test_a_trade() -> None:
    expected = Trade("BTCUSDT", 881, NOW_MS * 1000, Decimal("64210.50"), Decimal("0.01"), "s")
    assert parse(frame()) == expected
    assert parse(frame(m=False).encode()) == msgspec.structs.replace(expected, side="b")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"p": "NaN"}, "price NaN is not finite"),
        ({"q": "Infinity"}, "quantity Infinity is not finite"),
        ({"p": "-1"}, "price -1 is not positive"),
        ({"p": "0"}, "price 0 is not positive"),
        ({"q": "0"}, "quantity 0 is not positive"),
        ({"p": "1e30"}, "out of range"),
        ({"p": "1e-30"}, "out of range"),
        ({"p": "cheap"}, "no trade"),
        ({"p": None}, "no trade"),
        ({"p": []}, "no trade"),
        ({"t": "one"}, "no trade"),
        ({"t": -1}, "trade id -1"),
        ({"t": 2**63}, "trade id"),
        ({"T": NOW_MS + 3_600_000}, "in the future"),
        ({"T": 0}, "before 2009"),
        ({"T": NOW_MS * 1000}, "in the future"),
        ({"s": None}, "no trade"),
        ({"m": "yes"}, "no trade"),
    ],
)
def test_a_trade_that_cannot_be(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadFrameError, match=words):
        parse(frame(**changes))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '"x"', b"\xff\xfe", b"\x00" * 9])
def test_what_is_no_frame(text: str | bytes) -> None:
    with pytest.raises(BadFrameError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ('{"result":null,"id":7}', Event.ACKNOWLEDGED),
        ('{"code":2,"msg":"Invalid request"}', Event.REFUSED),
        ('{"error":{"code":2,"msg":"Invalid request"},"id":1}', Event.REFUSED),
        ('{"e":"serverShutdown","E":1770123456789}', Event.SHUTDOWN),
        ('{"stream":"x","data":{"e":"serverShutdown","E":1}}', Event.SHUTDOWN),
        ('{"stream":"btcusdt@kline_1m","data":{"e":"kline","s":"BTCUSDT"}}', Event.OTHER),
        ('{"something":"new"}', Event.OTHER),
    ],
)
def test_other_frames(text: str, event: Event) -> None:
    assert parse(text) is event


def test_bad_frames_are_counted_and_said_once_a_minute() -> None:
    now = 0.0
    health = Health()
    said: list[int] = []
    doubts = Doubts(
        health, clock=lambda: now, say=lambda _event, **facts: said.append(facts["count"])
    )
    for second in range(130):
        now = float(second)
        doubts.drop(BadFrameError("price NaN"), "x")
    assert health.bad_frames == 130
    assert said == [1, 60, 60]


# --- REST -------------------------------------------------------------------------------------
KLINE = [1760000000000, "64000", "64500", "63900", "64210.5", "2", 1760003599999, "128400", 9]


def test_klines_page_by_page() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)

    def page(asked: Asked) -> Reply:
        first = int(asked.query["startTime"][0])
        last = int(asked.query["endTime"][0])
        rows = [
            [ms, "1", "2", "1", "2", "4", 0, "6", 3]
            for ms in range(first, min(last, first + 999 * 60_000) + 1, 60_000)
        ]
        return Reply(rows)

    with serving(page) as server:
        bars = list(Rest(server.url).klines("BTCUSDT", "1m", start, start + timedelta(days=1)))
    assert (len(bars), len(server.asked)) == (1440, 2)
    assert bars[0].open_time == start
    assert bars[-1].open_time == start + timedelta(minutes=1439)
    assert (bars[0].vwap, bars[0].trades, bars[0].is_closed) == (Decimal("1.5"), 3, True)


@pytest.mark.parametrize(
    "row",
    [
        [],
        "x",
        None,
        {},
        [*KLINE[:1], "NaN", *KLINE[2:]],
        [*KLINE[:5], "Infinity", *KLINE[6:]],
        ["soon", *KLINE[1:]],
        [10**20, *KLINE[1:]],
    ],
)
def test_what_is_no_candle_is_an_error(row: Any) -> None:
    now = datetime.now(UTC)
    with scripted(Reply([row])) as server, pytest.raises(SourceError, match="candle"):
        list(Rest(server.url).klines("BTCUSDT", "1h", now - timedelta(hours=2), now))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param([*KLINE[:3], "0", *KLINE[4:]], id="low of 0"),
        pytest.param([*KLINE[:2], "63000", *KLINE[3:]], id="high below open"),
        pytest.param([*KLINE[:5], "-1", *KLINE[6:]], id="negative volume"),
    ],
)
def test_an_impossible_candle_is_left_out(row: list[Any]) -> None:
    start = datetime.fromtimestamp(1760000000, UTC)
    with scripted(Reply([row, KLINE])) as server:
        bars = list(Rest(server.url).klines("BTCUSDT", "1h", start, start + timedelta(hours=2)))
    assert [bar.open for bar in bars] == [Decimal(64000)]


@pytest.mark.parametrize(
    ("reply", "permanent", "code"),
    [
        (Reply({"code": -1121, "msg": "Invalid symbol."}, 400), True, -1121),
        (Reply({"code": -1003, "msg": "Too many"}, 400), False, -1003),
        (Reply({"code": -1001, "msg": "Internal"}, 500), False, -1001),
        (Reply("<html>", 502), False, 502),
        (Reply("<html>"), False, 200),
        (Reply([], 404), True, 404),
    ],
)
def test_error_bodies(reply: Reply, permanent: bool, code: int) -> None:
    with scripted(reply) as server, pytest.raises(SourceError) as caught:
        Rest(server.url).recent_trades("BTCUSDT")
    assert (caught.value.permanent, caught.value.code) == (permanent, code)


@pytest.mark.parametrize("status", [429, 418])
def test_when_told_to_wait_it_asks_no_more(status: int) -> None:
    busy = Reply({"code": -1003, "msg": "x"}, status, {"Retry-After": "77"})
    with scripted(busy) as server:
        rest = Rest(server.url)
        for _ in range(3):
            with pytest.raises(SourceError) as caught:
                rest.recent_trades("BTCUSDT")
            assert 70 < (caught.value.retry_after or 0) <= 77
        assert len(server.asked) == 1


def test_only_what_trades_is_listed() -> None:
    info = {
        "symbols": [
            {"symbol": "BTCUSDT", "baseAsset": "BTC", "quoteAsset": "USDT", "status": "TRADING"},
            {"symbol": "OLDUSDT", "baseAsset": "OLD", "quoteAsset": "USDT", "status": "BREAK"},
        ]
    }
    with scripted(Reply(info)) as server:
        assert [each.symbol for each in Rest(server.url).listings()] == ["BTCUSDT"]


# --- WebSocket --------------------------------------------------------------------------------
@asynccontextmanager
async def venue(
    behave: Callable[[ServerConnection, int], Any],
) -> AsyncIterator[str]:
    """A socket server whose n-th connection behaves as told."""
    count = 0

    async def serve_one(socket: ServerConnection) -> None:
        nonlocal count
        count += 1
        await behave(socket, count)

    async with serve(serve_one, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


async def collect(source: Binance, wanted: int, **options: Any) -> list[Trade]:
    found: list[Trade] = []
    async with asyncio.timeout(15):
        async for trades in source.trades(["BTCUSDT"], **options):
            found += trades
            if len({trade.trade_id for trade in found}) >= wanted:
                break
    return found


def rest_trade(number: int) -> dict[str, Any]:
    price = {"price": "1", "qty": "1", "quoteQty": "1"}
    return {"id": number, "time": NOW_MS, "isBuyerMaker": False, **price}


async def test_an_announced_shutdown_bad_frames_and_the_gap() -> None:
    subscribed: list[Any] = []

    async def behave(socket: ServerConnection, number: int) -> None:
        subscribed.append(json.loads(await socket.recv()))
        if number == 1:
            await socket.send('{"result":null,"id":1}')
            for text in (frame(t=1), "rubbish", frame(p="NaN"), frame(t=2)):
                await socket.send(text)
            await socket.send('{"e":"serverShutdown","E":1}')
            return
        await socket.send('{"result":null,"id":1}')
        await socket.send(frame(t=7))
        await socket.wait_closed()

    def missed(asked: Asked) -> Reply:
        first = int(asked.query["fromId"][0])
        return Reply([rest_trade(n) for n in range(first, 8)])

    with serving(missed) as server:
        async with venue(behave) as ws_url:
            source = Binance("binance", "Binance", server.url, ws_url, is_simulated=False)
            found = await collect(source, 7)
    assert {trade.trade_id for trade in found} == set(range(1, 8))
    assert (source.health.bad_frames, source.health.reconnects) == (2, 1)
    assert subscribed[0]["params"] == ["btcusdt@trade"]
    assert len(subscribed) == 2


async def test_without_trades_by_id_the_last_page_has_to_do_and_the_rest_is_counted() -> None:
    async def behave(socket: ServerConnection, _number: int) -> None:
        await socket.recv()
        await socket.send('{"result":null,"id":1}')
        await socket.wait_closed()

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("historicalTrades"):
            return Reply({"code": -2014, "msg": "API-key format invalid."}, 401)
        return Reply([rest_trade(n) for n in (15, 16, 17)])

    with serving(answer) as server:
        async with venue(behave) as ws_url:
            source = Binance("binance", "Binance", server.url, ws_url, is_simulated=False)
            found = await collect(source, 3, since={"BTCUSDT": 10})
    assert [trade.trade_id for trade in found] == [15, 16, 17]
    assert source.health.missed_trades == 4


async def test_a_thousand_markets_are_more_than_one_connection() -> None:
    asked: list[list[str]] = []

    async def behave(socket: ServerConnection, _number: int) -> None:
        names: list[str] = []
        asked.append(names)
        async for message in socket:
            names += json.loads(message)["params"]
            if sum(map(len, asked)) == 1100:
                await socket.send(frame())

    async with venue(behave) as ws_url:
        source = Binance("binance", "Binance", "http://127.0.0.1:9", ws_url, is_simulated=False)
        symbols = [f"S{n}USDT" for n in range(1100)]
        async with asyncio.timeout(15):
            async for trades in source.trades(symbols):
                assert trades[0].symbol == "BTCUSDT"
                break
    assert sorted(map(len, asked)) == [76, 1024]
