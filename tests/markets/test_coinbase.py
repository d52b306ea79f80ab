"""The Coinbase source against servers on loopback that speak its documented messages."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve

from markets.sources import wire
from markets.sources.base import Bar, Listing, SourceError, Trade
from markets.sources.binance.frames import BadFrameError
from markets.sources.coinbase import Coinbase, frames
from tests.markets.loopback import Asked, Reply, scripted, serving

NOW = datetime.now(UTC).replace(microsecond=0)
Script = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back off by milliseconds."""
    monkeypatch.setattr(wire, "_BACKOFF_SECONDS", 0.001)


def trade(number: int | str, price: str = "64210.5", **changes: Any) -> dict[str, Any]:
    row = {
        "trade_id": str(number),
        "product_id": "BTC-USD",
        "price": price,
        "size": "0.0015",
        "side": "BUY",
        "time": (NOW - timedelta(seconds=5)).isoformat().replace("+00:00", ".05Z"),
    }
    return row | changes


def frame(sequence: int, kind: str, *trades: dict[str, Any]) -> str:
    events = [{"type": kind, "trades": list(trades)}]
    body = {"channel": "market_trades", "sequence_num": sequence, "events": events}
    return json.dumps(body | {"client_id": "", "timestamp": NOW.isoformat()})


def heartbeat(sequence: int) -> str:
    events = [{"current_time": str(NOW), "heartbeat_counter": sequence}]
    return json.dumps({"channel": "heartbeats", "sequence_num": sequence, "events": events})


@asynccontextmanager
async def venue(*scripts: Script) -> AsyncIterator[str]:
    """A server that plays one script a connection; the last one for ever."""
    left = list(scripts)

    async def play(socket: ServerConnection) -> None:
        channels = [json.loads(await socket.recv()) for _ in range(2)]
        assert [each["channel"] for each in channels] == ["heartbeats", "market_trades"]
        assert all(each["product_ids"] == ["BTC-USD"] for each in channels)
        script = left.pop(0) if len(left) > 1 else left[0]
        await script(socket)

    async with serve(play, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


def saying(*texts: str, stay: bool = True) -> Script:
    """Send these, then stay silent or close."""

    async def script(socket: ServerConnection) -> None:
        for text in texts:
            await socket.send(text)
        if stay:
            await socket.wait_closed()

    return script


async def take(source: Coinbase, count: int, since: dict[str, int] | None = None) -> list[Trade]:
    """The first ``count`` trades."""
    taken: list[Trade] = []
    stream = source.trades(["BTC-USD"], since)
    async with asyncio.timeout(20):
        async for batch in stream:
            taken += batch
            if len(taken) >= count:
                break
    return taken


def ids(trades: list[Trade]) -> list[int]:
    return [trade.trade_id for trade in trades]


NO_REST = "http://127.0.0.1:9"


async def test_updates_are_trades_and_a_first_snapshot_is_not() -> None:
    script = saying(
        heartbeat(0),
        frame(1, "snapshot", trade(100), trade(99)),
        frame(2, "update", trade(102, side="SELL"), trade(101)),
    )
    async with venue(script) as url:
        source = Coinbase(NO_REST, url)
        taken = await take(source, 2)
    assert ids(taken) == [101, 102]
    assert [each.side for each in taken] == ["s", "b"]  # the venue names the maker's side
    assert (taken[0].price, taken[0].quantity) == (Decimal("64210.5"), Decimal("0.0015"))
    assert taken[0].time == int((NOW - timedelta(seconds=5)).timestamp() * 1_000_000) + 50_000
    assert source.health.reconnects == 0


async def test_a_snapshot_fills_what_was_missed_between_connections() -> None:
    first = saying(frame(0, "snapshot", trade(9)), frame(1, "update", trade(10)), stay=False)
    again = saying(
        frame(0, "snapshot", *(trade(i) for i in range(8, 14))), frame(1, "update", trade(14))
    )
    async with venue(first, again) as url:
        source = Coinbase(NO_REST, url)
        assert ids(await take(source, 5)) == [10, 11, 12, 13, 14]
    assert (source.health.reconnects, source.health.missed_trades) == (1, 0)


async def test_rest_fills_what_the_snapshot_does_not_reach() -> None:
    rows = Reply({"trades": [trade(i) for i in range(30, 5, -1)]})
    with scripted(rows) as rest:
        async with venue(saying(frame(0, "snapshot", trade(30), trade(29)))) as url:
            source = Coinbase(rest.url, url)
            assert ids(await take(source, 20, {"BTC-USD": 10})) == list(range(11, 31))
    assert rest.asked[0].path == "/api/v3/brokerage/market/products/BTC-USD/ticker"
    assert source.health.missed_trades == 0


async def test_what_no_wire_brings_back_is_counted() -> None:
    with scripted(Reply({"trades": [trade(i) for i in range(20, 31)]})) as rest:
        async with venue(saying(frame(0, "snapshot", trade(30), trade(29)))) as url:
            source = Coinbase(rest.url, url)
            assert ids(await take(source, 11, {"BTC-USD": 10})) == list(range(20, 31))
    assert source.health.missed_trades == 9


async def test_a_jump_in_the_sequence_means_a_new_subscription() -> None:
    lossy = saying(frame(0, "update", trade(1)), heartbeat(1), frame(3, "update", trade(3)))
    whole = saying(frame(0, "snapshot", trade(3), trade(2), trade(1)), heartbeat(1))
    async with venue(lossy, whole) as url:
        source = Coinbase(NO_REST, url)
        assert ids(await take(source, 3)) == [1, 2, 3]
    assert source.health.reconnects == 1


async def test_bad_frames_are_dropped_and_counted() -> None:
    bad = [trade(5, price=p) for p in ("NaN", "0", "-1", "Infinity", "1e30")]
    bad += [trade("x"), trade(5, time="2099-01-01T00:00:00Z"), trade("9" * 25)]
    bad += [trade(5, time="2026-01-02T03:04:05"), trade(5, size="NaN")]
    script = saying(
        "{nonsense", "[]", frame(0, "update", *bad, trade(6)), frame(1, "update", trade(7))
    )
    async with venue(script) as url:
        source = Coinbase(NO_REST, url)
        assert ids(await take(source, 2)) == [6, 7]
    assert source.health.bad_frames == 2 + len(bad)


async def test_a_refused_product_ends_the_stream() -> None:
    refusal = {"type": "error", "message": "Failed", "reason": "BTC-USD is not a valid product"}
    async with venue(saying(json.dumps(refusal))) as url:
        with pytest.raises(SourceError, match="not a valid product") as caught:
            await take(Coinbase(NO_REST, url), 1)
    assert caught.value.permanent


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_whatever_comes_is_a_frame_or_a_doubt(text: str | bytes) -> None:
    with suppress(BadFrameError):
        assert frames.parse(text).doubts is not None


# REST


def candle(day: int, close: str = "64210.5", **changes: str) -> dict[str, str]:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    row = {"start": str(int(start.timestamp())), "low": "63900", "high": "64500"}
    return row | {"open": "64000", "close": close, "volume": "120.5"} | changes


def test_history_is_paged_sorted_and_bounded() -> None:
    def answer(asked: Asked) -> Reply:
        first, last = (int(asked.query[name][0]) for name in ("start", "end"))
        days = range((first - 1767225600) // 86400, (last - 1767225600) // 86400 + 1)
        return Reply({"candles": [candle(day) for day in reversed(days)]})

    start = datetime(2026, 1, 1, tzinfo=UTC)
    with serving(answer) as rest:
        source = Coinbase(rest.url, "ws://127.0.0.1:9")
        bars = list(source.history("BTC-USD", "1d", start, start + timedelta(days=800)))
    assert [bar.open_time for bar in bars] == [start + timedelta(days=i) for i in range(800)]
    assert len(rest.asked) == 3
    assert rest.asked[0].query["granularity"] == ["ONE_DAY"]
    assert isinstance(bars[0], Bar)
    assert bars[0].is_closed
    assert not bars[-1].is_closed


@pytest.mark.parametrize(
    "row",
    [
        candle(0, close="NaN"),
        candle(0, close="0"),
        candle(0, close="70000"),
        candle(0, volume="-1"),
        candle(0, start="soon"),
        candle(0, start="9" * 30),
        {"start": "1"},
    ],
)
def test_bad_candles_are_errors(row: dict[str, str]) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with scripted(Reply({"candles": [row]})) as rest:
        source = Coinbase(rest.url, "ws://127.0.0.1:9")
        with pytest.raises(SourceError, match="coinbase"):
            list(source.history("BTC-USD", "1d", start, start + timedelta(days=1)))


def test_an_interval_that_the_venue_lacks_is_named() -> None:
    source = Coinbase(NO_REST, "ws://127.0.0.1:9")
    with pytest.raises(SourceError, match="no 1s candles"):
        list(source.history("BTC-USD", "1s", NOW, NOW))


def test_listings_and_tickers() -> None:
    def product(name: str, **changes: Any) -> dict[str, Any]:
        base, quote = name.split("-")
        row = {"product_id": name, "base_currency_id": base, "quote_currency_id": quote}
        return row | {"price": "10.5", "price_percentage_change_24h": "-1.4"} | changes

    products = [
        product("BTC-USD"),
        product("ETH-USD", view_only=True),
        product("XRP-USD", trading_disabled=True),
        product("BIT-USD", product_type="FUTURE"),
        product("SOL-USD", price="", price_percentage_change_24h=""),
    ]
    with scripted(Reply({"products": products})) as rest:
        source = Coinbase(rest.url, "ws://127.0.0.1:9")
        assert source.listings() == [
            Listing("BTC-USD", "BTC", "USD"),
            Listing("SOL-USD", "SOL", "USD"),
        ]
        tickers = source.tickers(["BTC-USD", "SOL-USD"])
    assert tickers[0].price == Decimal("10.5")
    assert tickers[0].change_24h == pytest.approx(-0.014)
    assert "SOL-USD" not in {each.symbol for each in tickers}
    assert rest.asked[1].query["product_ids"] == ["BTC-USD", "SOL-USD"]


def test_the_venue_s_refusal_is_told() -> None:
    body = {"errors": [{"id": "rate_limit_exceeded", "message": "Too many requests"}]}
    with (
        scripted(Reply(body, 429, {"Retry-After": "77"})) as rest,
        pytest.raises(SourceError, match="Too many requests") as caught,
    ):
        Coinbase(rest.url, "ws://127.0.0.1:9").listings()
    assert caught.value.retry_after == 77
