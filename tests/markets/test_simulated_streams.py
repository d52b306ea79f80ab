"""The simulated exchange's WebSocket side keeps Binance's protocol and its limits."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest
import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from markets.simulated.exchange import wall_clock
from markets.simulated.limits import Limits
from markets.simulated.server import SimulatedExchange
from tests.markets.exchange_fixture import ThreadedExchange


@pytest.fixture
async def server() -> AsyncIterator[SimulatedExchange]:
    async with SimulatedExchange(rate=600, limits=Limits(messages_per_second=100)) as running:
        yield running


async def ask(client: ClientConnection, body: Any) -> Any:
    """Send a request and return the next message that is not an event."""
    await client.send(body if isinstance(body, str) else json.dumps(body))
    async with asyncio.timeout(5):
        while True:
            answer = json.loads(await client.recv())
            if "result" in answer or "code" in answer:
                return answer


async def until(
    client: ClientConnection, wanted: Callable[[Any], bool], seconds: float = 10
) -> Any:
    async with asyncio.timeout(seconds):
        while True:
            message = json.loads(await client.recv())
            if wanted(message):
                return message


async def on(client: ClientConnection, stream: str) -> Any:
    """The next event of a stream on a combined connection."""
    return (await until(client, lambda m: m.get("stream") == stream))["data"]


async def end_of(client: ClientConnection, seconds: float = 5) -> ConnectionClosed:
    """Read until the server ends the connection."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                await client.recv()
    except ConnectionClosed as closed:
        return closed


async def test_subscribe_list_and_unsubscribe(server: SimulatedExchange) -> None:
    async with connect(f"{server.ws_url}/ws") as client:
        names = ["btcusdt@trade", "btcusdt@kline_1m"]
        answer = await ask(client, {"method": "SUBSCRIBE", "params": names, "id": 7})
        assert answer == {"result": None, "id": 7}
        assert (await ask(client, {"method": "LIST_SUBSCRIPTIONS", "id": "a"})) == {
            "result": names,
            "id": "a",
        }
        trade = await until(client, lambda m: m.get("e") == "trade")
        assert set(trade) == {"e", "E", "s", "t", "p", "q", "T", "m", "M"}
        await ask(client, {"method": "UNSUBSCRIBE", "params": names[:1], "id": 8})
        listed = await ask(client, {"method": "LIST_SUBSCRIPTIONS", "id": 9})
        assert listed["result"] == names[1:]


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        ("{oops", 3, "Invalid JSON"),
        ("[1]", 2, "object"),
        ({"method": "BUY", "id": 1}, 2, "unknown variant `BUY`"),
        ({"method": "SUBSCRIBE", "params": "btcusdt@trade", "id": 1}, 2, "params"),
        ({"method": "SUBSCRIBE", "params": [5], "id": 1}, 2, "params"),
        ({"method": "SUBSCRIBE", "params": [], "id": {}}, 2, "request ID"),
        ({"method": "SUBSCRIBE", "params": [], "id": "x" * 37}, 2, "36"),
        ({"method": "SET_PROPERTY", "params": ["combined", 5], "id": 1}, 2, "boolean"),
        (
            {"method": "SUBSCRIBE", "params": [f"a{i}@trade" for i in range(1025)], "id": 1},
            2,
            "1024",
        ),
    ],
)
async def test_bad_requests_get_an_error_and_the_connection_lives(
    server: SimulatedExchange, body: Any, code: int, word: str
) -> None:
    async with connect(f"{server.ws_url}/ws") as client:
        answer = await ask(client, body)
        assert answer["code"] == code
        assert word in answer["msg"]
        assert (await ask(client, {"method": "LIST_SUBSCRIPTIONS", "id": 2}))["result"] == []


async def test_combined_streams_name_their_stream(server: SimulatedExchange) -> None:
    async with connect(f"{server.ws_url}/stream?streams=btcusdt@trade/ethusdt@aggTrade") as client:
        for name, kind in (("btcusdt@trade", "trade"), ("ethusdt@aggTrade", "aggTrade")):
            assert (await on(client, name))["e"] == kind
        assert (await ask(client, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1}))[
            "result"
        ]
        await ask(client, {"method": "SET_PROPERTY", "params": ["combined", False], "id": 2})
        assert "stream" not in await until(client, lambda m: m.get("e") == "trade")


async def test_stream_trades_are_the_rest_trades_without_a_gap(
    exchange: ThreadedExchange,
) -> None:
    async with connect(f"{exchange.ws_url}/ws/btcusdt@trade") as client:
        async with asyncio.timeout(20):
            seen = [json.loads(await client.recv()) for _ in range(12)]
    ids = [trade["t"] for trade in seen]
    assert ids == list(range(ids[0], ids[0] + 12))
    query = {"symbol": "BTCUSDT", "fromId": ids[0], "limit": 12}
    url = f"{exchange.rest_url}/api/v3/historicalTrades"
    kept = (await asyncio.to_thread(requests.get, url, params=query, timeout=5)).json()
    shown = [(trade["id"], trade["price"], trade["qty"], trade["time"]) for trade in kept]
    assert shown == [(trade["t"], trade["p"], trade["q"], trade["T"]) for trade in seen]


async def test_every_kind_of_stream_speaks(server: SimulatedExchange) -> None:
    names = {
        "btcusdt@miniTicker": "24hrMiniTicker",
        "btcusdt@ticker": "24hrTicker",
        "btcusdt@depth@100ms": "depthUpdate",
        "btcusdt@kline_1s": "kline",
    }
    url = f"{server.ws_url}/stream?streams=" + "/".join(
        [*names, "btcusdt@bookTicker", "btcusdt@depth5", "!miniTicker@arr"]
    )
    async with connect(url) as client:
        for name, kind in names.items():
            assert (await on(client, name))["e"] == kind
        quote = await on(client, "btcusdt@bookTicker")
        assert set(quote) == {"u", "s", "b", "B", "a", "A"}
        part = await on(client, "btcusdt@depth5")
        assert len(part["bids"]) == 5
        everyone = await on(client, "!miniTicker@arr")
        assert len(everyone) == 41


async def test_a_closed_bar_is_announced_and_equals_rest(exchange: ThreadedExchange) -> None:
    async with connect(f"{exchange.ws_url}/ws/btcusdt@kline_1s") as client:
        closed = await until(client, lambda m: m["k"]["x"] and m["k"]["n"] > 0, 20)
    bar = closed["k"]
    url, query = f"{exchange.rest_url}/api/v3/klines", {"symbol": "BTCUSDT", "interval": "1s"}
    window = query | {"startTime": bar["t"], "limit": 1}
    row = (await asyncio.to_thread(requests.get, url, params=window, timeout=5)).json()[0]
    shown = [bar[key] for key in ["t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q"]]
    assert shown == row[:11]
    assert bar["L"] - bar["f"] + 1 == bar["n"]


async def test_every_minute_is_announced_closed_and_equals_rest() -> None:
    start, real = wall_clock(), time.monotonic()
    fast = ThreadedExchange(
        limits=Limits(), clock=lambda: start + int((time.monotonic() - real) * 60_000)
    )
    try:
        async with connect(f"{fast.ws_url}/ws/solusdt@kline_1m") as client:
            closed = [(await until(client, lambda m: m["k"]["x"]))["k"] for _ in range(4)]
        url = f"{fast.rest_url}/api/v3/klines"
        query = {"symbol": "SOLUSDT", "interval": "1m", "startTime": closed[0]["t"], "limit": 4}
        rows = (await asyncio.to_thread(requests.get, url, params=query, timeout=5)).json()
    finally:
        fast.close()
    assert [
        [bar[key] for key in ["t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q"]]
        for bar in closed
    ] == [row[:11] for row in rows]
    assert [bar["L"] + 1 for bar in closed[:-1]] == [bar["f"] for bar in closed[1:]]


async def test_depth_updates_continue_the_snapshot(server: SimulatedExchange) -> None:
    async with connect(f"{server.ws_url}/ws/btcusdt@depth") as client:
        first = await until(client, lambda m: m.get("e") == "depthUpdate")
        second = await until(client, lambda m: m.get("e") == "depthUpdate")
        assert second["U"] == first["u"] + 1


async def test_a_pushed_trade_is_sent_at_once_with_its_bar(server: SimulatedExchange) -> None:
    url = f"{server.ws_url}/stream?streams=dogeusdt@trade/dogeusdt@aggTrade/dogeusdt@kline_1m"
    async with connect(url) as client:
        number = int(server.push("DOGEUSDT", Decimal("0.25"), Decimal(1000)).id[0])
        trade = await until(client, lambda m: m["data"].get("t") == number)
        assert (trade["data"]["p"], trade["data"]["q"]) == ("0.25000000", "1000.00000000")
        following = await until(
            client, lambda m: m["data"].get("e") == "trade" and m["data"]["t"] == number + 1
        )
        assert abs(float(following["data"]["p"]) / 0.25 - 1) < 0.01
        bar = await until(client, lambda m: m["data"]["e"] == "kline")
        assert float(bar["data"]["k"]["c"]) == pytest.approx(0.25, rel=0.02)


async def test_too_many_messages_end_the_connection() -> None:
    async with (
        SimulatedExchange(limits=Limits()) as server,
        connect(f"{server.ws_url}/ws") as client,
    ):
        for number in range(20):
            with contextlib.suppress(ConnectionClosed):
                await client.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        closed = await end_of(client)
        assert closed.rcvd is not None
        assert closed.rcvd.code == 1008


async def test_too_many_connections_are_refused() -> None:
    async with SimulatedExchange(limits=Limits(connections_per_5_minutes=2)) as server:
        for _ in range(2):
            async with connect(f"{server.ws_url}/ws"):
                pass
        with pytest.raises(InvalidStatus) as caught:
            async with connect(f"{server.ws_url}/ws"):
                pass
        assert caught.value.response.status_code == 429
        assert int(caught.value.response.headers["Retry-After"]) > 200


async def test_pings_must_be_answered() -> None:
    quick = Limits(ping_seconds=0.1, pong_seconds=0.3, messages_per_second=100)
    async with SimulatedExchange(limits=quick) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        async with asyncio.timeout(5):
            assert b"101" in await reader.readuntil(b"\r\n\r\n")
            assert (await reader.readexactly(1)) == b"\x89"  # a ping frame
            with contextlib.suppress(ConnectionError):
                while await reader.read(4096):  # never answered: cut off in the end
                    pass
        writer.close()
        async with connect(f"{server.ws_url}/ws") as polite:
            await asyncio.sleep(0.8)
            assert (await ask(polite, {"method": "LIST_SUBSCRIPTIONS", "id": 1}))["result"] == []


async def test_connections_end_after_their_life() -> None:
    async with (
        SimulatedExchange(limits=Limits(life_seconds=0.2, ping_seconds=0.2)) as server,
        connect(f"{server.ws_url}/ws") as client,
    ):
        assert await until(client, lambda m: m["e"] == "serverShutdown", 5)
        with pytest.raises(ConnectionClosed):
            await client.recv()


async def test_a_planned_close_is_announced() -> None:
    server = SimulatedExchange()
    await server.__aenter__()
    async with connect(f"{server.ws_url}/ws/btcusdt@trade") as client:
        closing = asyncio.create_task(server.__aexit__(None, None, None))
        assert await until(client, lambda m: m["e"] == "serverShutdown")
        closed = await end_of(client)
        await closing
        assert closed.rcvd is not None
        assert closed.rcvd.code == 1001


async def test_drop_cuts_everyone(server: SimulatedExchange) -> None:
    async with connect(f"{server.ws_url}/ws") as client:
        await ask(client, {"method": "LIST_SUBSCRIPTIONS", "id": 1})
        assert server.drop() == 1
        assert await end_of(client)


async def test_a_pause_leaves_a_gap_that_rest_can_fill(server: SimulatedExchange) -> None:
    async with connect(f"{server.ws_url}/ws/btcusdt@trade") as client:
        before = await until(client, lambda m: m.get("e") == "trade")
        server.hub.publisher.pause(1.0)
        events: list[int] = [before["t"]]
        async with asyncio.timeout(15):
            while len(events) < 2 or events[-1] == events[-2] + 1:
                events.append(json.loads(await client.recv())["t"])
    assert events[-1] > events[-2] + 1
    tape = server.exchange.market.tapes["BTCUSDT"]
    missed = tape.since_id(events[-2] + 1, events[-1] - events[-2] - 1, server.exchange.now())
    assert missed.id.tolist() == list(range(events[-2] + 1, events[-1]))


async def test_who_does_not_read_is_cut_off() -> None:
    async with SimulatedExchange(rate=2000, limits=Limits(backlog=50)) as server:
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, ("127.0.0.1", server.port))
        names = "/".join(
            f"{coin.symbol.lower()}@depth20@100ms" for coin in server.exchange.market.coins
        )
        await loop.sock_sendall(
            slow,
            f"GET /stream?streams={names} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode(),
        )
        async with asyncio.timeout(30):
            for expected in (1, 0):
                while server.connections != expected:
                    await asyncio.sleep(0.02)
        slow.close()
