"""The stream against a real exchange on loopback: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
import requests
from channels.layers import get_channel_layer
from django.db import connection
from pytest_django import Settings
from redis import Redis

from markets import board, broadcast, sources
from markets.models import Candle, Feed, FeedStatus, Interval, LastPrice, Market, Tick
from markets.selectors import current_venue, feed_state, quotes
from markets.services import ensure_market, ensure_venue, history, store_ticks
from markets.services.feeds import ensure_markets
from markets.sources.base import Listing, Trade
from markets.stream import runner
from markets.stream.buffer import TickBuffer
from tests.markets.exchange_fixture import ThreadedExchange

T = TypeVar("T")


def eventually(look: Callable[[], T | None], seconds: float = 20) -> T:
    """What ``look`` finds, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail("it did not happen in time")
        time.sleep(0.05)
    return found


class RunningStream:
    """``manage.py stream`` in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self.source = sources.by_name("simulated")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._loop.run_until_complete(runner.run(self.source, self._stop))
        self._loop.close()

    def stop(self) -> None:
        """Ask it to end, and wait until nothing of it writes any more."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        assert not self._thread.is_alive()
        for thread in threading.enumerate():  # a process would end; a test must not leave writers
            if thread.name in {"history", "day-before", "tick-flush"}:
                thread.join(20)


@pytest.fixture
def urls(exchange: ThreadedExchange, settings: Settings) -> None:
    settings.SIMULATED_REST_URL = exchange.rest_url
    settings.SIMULATED_WS_URL = exchange.ws_url


@pytest.fixture
def stream(
    transactional_db: None, valkey: Redis, urls: None, settings: Settings
) -> Iterator[RunningStream]:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    board.client.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE markets_tick")
    running = RunningStream()
    yield running
    if running._thread.is_alive():
        running.stop()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE markets_tick")


def stored_ids(symbol: str) -> list[int]:
    ticks = Tick.objects.filter(market__symbol=symbol)
    return list(ticks.order_by("trade_id").values_list("trade_id", flat=True))


def is_stored(symbol: str, trade_id: int) -> bool:
    return trade_id in stored_ids(symbol)


def test_a_pushed_trade_reaches_board_ticks_bars_and_badge(
    exchange: ThreadedExchange, stream: RunningStream
) -> None:
    eventually(lambda: stream.source.health.connected_at)
    number = exchange.push("BTCUSDT", "123456.78", "2")
    near = pytest.approx(Decimal("123456.78"), rel=Decimal("0.01"))  # others trade on from there
    quote = eventually(lambda: next((q for q in quotes(["BTC"]).values() if q.price == near), None))
    assert (quote.venue, quote.is_stale) == ("simulated", False)
    tick = eventually(
        lambda: Tick.objects.filter(market__symbol="BTCUSDT", trade_id=number).first()
    )
    assert (tick.price, tick.quantity) == (Decimal("123456.78"), Decimal(2))
    bar = Candle.objects.get(
        market=tick.market, interval="1s", open_time=tick.time.replace(microsecond=0)
    )
    assert bar.low <= tick.price <= bar.high
    assert bar.volume >= 2
    assert LastPrice.objects.get(market=tick.market).time >= tick.time
    assert feed_state().status == FeedStatus.SIMULATED
    assert current_venue() == Feed.objects.get(is_current=True).venue


def test_a_cut_connection_loses_and_doubles_nothing(
    exchange: ThreadedExchange, stream: RunningStream
) -> None:
    eventually(lambda: stream.source.health.connected_at)
    first = exchange.push("ETHUSDT", "3000")
    eventually(lambda: first in stored_ids("ETHUSDT"))
    for price in range(3001, 3004):
        assert exchange.drop() >= 1
        in_the_gap = exchange.push("ETHUSDT", str(price))
        eventually(partial(is_stored, "ETHUSDT", in_the_gap))
        eventually(lambda: stream.source.health.connected_at)
    last = exchange.push("ETHUSDT", "3010")
    eventually(lambda: last in stored_ids("ETHUSDT"))
    ids = stored_ids("ETHUSDT")
    assert ids == list(range(ids[0], ids[-1] + 1))
    assert ids[0] <= first
    assert stream.source.health.reconnects >= 3
    bars = Candle.objects.filter(market__symbol="ETHUSDT", interval="1s")
    assert sum(bar.trades or 0 for bar in bars) == len(stored_ids("ETHUSDT"))


def test_silence_on_a_standing_connection_loses_and_doubles_nothing(
    exchange: ThreadedExchange, stream: RunningStream
) -> None:
    eventually(lambda: stream.source.health.connected_at)
    first = exchange.push("ETHUSDT", "3000")
    eventually(lambda: first in stored_ids("ETHUSDT"))
    exchange.pause(2.0)
    unheard = exchange.push("ETHUSDT", "3001")
    eventually(partial(is_stored, "ETHUSDT", unheard))
    last = exchange.push("ETHUSDT", "3002")
    eventually(partial(is_stored, "ETHUSDT", last))
    ids = stored_ids("ETHUSDT")
    assert ids == list(range(ids[0], ids[-1] + 1))
    assert stream.source.health.reconnects == 0
    assert stream.source.health.skips >= 1
    bars = Candle.objects.filter(market__symbol="ETHUSDT", interval="1s")
    assert sum(bar.trades or 0 for bar in bars) == len(stored_ids("ETHUSDT"))


def test_a_new_process_goes_on_where_the_last_one_stopped(
    exchange: ThreadedExchange, stream: RunningStream
) -> None:
    eventually(lambda: stream.source.health.connected_at)
    first = exchange.push("SOLUSDT", "150")
    eventually(lambda: first in stored_ids("SOLUSDT"))
    stream.stop()
    missed = [exchange.push("SOLUSDT", "151"), exchange.push("SOLUSDT", "152")]
    second = RunningStream()
    try:
        eventually(lambda: set(missed) <= set(stored_ids("SOLUSDT")))
    finally:
        second.stop()
    ids = stored_ids("SOLUSDT")
    assert ids == list(range(ids[0], ids[-1] + 1))


def cut_database() -> int:
    """End every other connection to this database, as a restart of the server would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_a_database_that_goes_away_loses_and_doubles_nothing(
    exchange: ThreadedExchange, stream: RunningStream
) -> None:
    eventually(lambda: stream.source.health.connected_at)
    pushed = [exchange.push("XRPUSDT", "2.0")]
    eventually(partial(is_stored, "XRPUSDT", pushed[0]))
    cuts = 0
    for cents in range(10):
        cuts += cut_database()
        pushed.append(exchange.push("XRPUSDT", f"2.0{cents}"))
        time.sleep(0.3)
    assert cuts >= 2
    eventually(partial(is_stored, "XRPUSDT", pushed[-1]))
    ids = stored_ids("XRPUSDT")
    assert set(pushed) <= set(ids)
    assert ids == list(range(ids[0], ids[-1] + 1))
    bars = Candle.objects.filter(market__symbol="XRPUSDT", interval="1s")
    assert sum(bar.trades or 0 for bar in bars) == len(ids)


def test_a_cache_that_goes_away_keeps_the_newest_price(
    exchange: ThreadedExchange, stream: RunningStream, valkey: Redis
) -> None:
    eventually(lambda: stream.source.health.connected_at)
    for price in range(501, 506):
        valkey.client_kill_filter(_type="normal", skipme=True)
        valkey.client_kill_filter(_type="pubsub", skipme=True)
        exchange.push("BCHUSDT", str(price))
        time.sleep(0.2)
    eventually(lambda: "BCH" in board.read("simulated", ["BCH"]))
    tick = Tick.objects.filter(market__symbol="BCHUSDT")
    newest = eventually(lambda: tick.filter(price=505).first())
    entry = eventually(
        lambda: next(
            (e for e in board.read("simulated", ["BCH"]).values() if e.time >= newest.time), None
        )
    )
    assert entry.time >= newest.time


def test_the_command_streams_and_ends_when_told(
    exchange: ThreadedExchange, child_environment: dict[str, str], valkey: Redis
) -> None:
    urls = {"SIMULATED_REST_URL": exchange.rest_url, "SIMULATED_WS_URL": exchange.ws_url}
    child = subprocess.Popen(
        [sys.executable, "manage.py", "stream", "--feed", "simulated"],
        cwd=Path(__file__).parents[2],
        env=child_environment | urls,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: LastPrice.objects.exists() and child.poll() is None, seconds=60)
        child.send_signal(signal.SIGTERM)
        _, log = child.communicate(timeout=20)
    finally:
        child.kill()
        child.wait()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE markets_tick")
    assert child.returncode == 0, log
    assert "stream_stopped" in log
    assert "ticks_lost" not in log


@pytest.mark.django_db
def test_history_comes_once_and_completely(exchange: ThreadedExchange, urls: None) -> None:
    source = sources.by_name("simulated")
    market = ensure_market(ensure_venue("simulated"), "BTCUSDT", "BTC", "USDT")
    span = history.Span(Interval.D1, timedelta(days=1100))
    assert history.fill(source, market, span) == (1100, 0, 0)
    assert history.fill(source, market, span) == (0, 0, 0)
    middle = Candle.objects.order_by("open_time")[500]
    Candle.objects.filter(open_time=middle.open_time).delete()
    assert history.fill(source, market, span).inserted == 1
    rows = requests.get(
        f"{exchange.rest_url}/api/v3/klines",
        params={"symbol": "BTCUSDT", "interval": "1d", "limit": "2"},
        timeout=5,
    ).json()
    newest = Candle.objects.latest("open_time")
    assert newest.open_time == datetime.fromtimestamp(rows[0][0] / 1000, UTC)
    assert newest.close == Decimal(rows[0][4])
    assert newest.trades == rows[0][8]
    assert newest.low <= (newest.vwap or 0) <= newest.high


@pytest.mark.django_db
def test_a_bar_that_began_before_us_is_made_whole(exchange: ThreadedExchange, urls: None) -> None:
    """We heard the last trade of five minutes only; the venue's candle knows them all."""
    source = sources.by_name("simulated")
    market = ensure_market(ensure_venue("simulated"), "BTCUSDT", "BTC", "USDT")
    length = Interval.M5.length
    start = history.floor(datetime.now(UTC), length) - 2 * length
    [whole] = list(source.history("BTCUSDT", "5m", start, start + length))
    last = int((start + length).timestamp() * 1_000_000) - 1
    heard = Trade("BTCUSDT", 1, last, whole.close, Decimal("0.001"), "b")
    store_ticks({"BTCUSDT": market.pk}, [heard])
    assert Candle.objects.get(interval="5m").trades == 1
    history.refetch(source, market, Interval.M5, start, start + length)
    bar = Candle.objects.get(interval="5m")
    assert (bar.open, bar.close, bar.trades) == (whole.open, whole.close, whole.trades)
    assert whole.trades is not None
    assert whole.trades > 1


async def test_prices_are_sent_as_they_are_drawn(valkey: Redis) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(broadcast.GROUP, channel)
    moment = datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)
    entry = board.Entry(Decimal("64210.50000000"), moment, 0.0184)
    await broadcast.send_prices(7, {"BTC": entry})
    async with asyncio.timeout(5):
        message = await layer.receive(channel)
    payload = message["payload"]
    assert (message["type"], message["channel"]) == ("live.message", "prices")
    assert (payload["type"], payload["seq"]) == ("price_update", 7)
    assert payload["prices"] == {
        "BTC": {"price": "64210.5", "time": "2026-11-21T09:30:15.250Z", "change_24h": 0.0184}
    }


class TestBuffer:
    TRADES = [Trade("X", n, n, Decimal(1), Decimal(1), "b") for n in range(10)]

    def test_first_in_first_out(self) -> None:
        buffer = TickBuffer(10)
        assert buffer.add(self.TRADES) == 0
        assert buffer.take(4) == self.TRADES[:4]
        assert buffer.take(99) == self.TRADES[4:]
        assert buffer.take(1) == []

    def test_what_was_not_stored_comes_first_again(self) -> None:
        buffer = TickBuffer(10)
        buffer.add(self.TRADES[:6])
        batch = buffer.take(4)
        buffer.add(self.TRADES[6:])
        assert buffer.put_back(batch) == 0
        assert buffer.take(10) == self.TRADES

    def test_full_it_drops_the_oldest_and_counts_them(self) -> None:
        buffer = TickBuffer(4)
        assert buffer.add(self.TRADES) == 6
        assert (len(buffer), buffer.dropped) == (4, 6)
        batch = buffer.take(2)
        assert buffer.add(self.TRADES[:1]) == 0
        assert buffer.put_back(batch) == 1
        assert [trade.trade_id for trade in buffer.take(9)] == [7, 8, 9, 0]


@pytest.mark.django_db
def test_only_pairs_against_a_dollar_are_streamed(urls: None) -> None:
    venue = ensure_venue("binance")
    listings = [
        Listing("BTCUSDT", "BTC", "USDT"),
        Listing("BTCUSD", "BTC", "USD"),
        Listing("ETHBTC", "ETH", "BTC"),
        Listing("USDTUSD", "USDT", "USD"),
        Listing("NOBODYKNOWSUSDT", "NOBODYKNOWS", "USDT"),
        Listing("EURUSDT", "EUR", "USDT"),
    ]
    assert [market.symbol for market in ensure_markets(venue, listings)] == ["BTCUSD", "EURUSDT"]
    assert Market.objects.count() == 2
