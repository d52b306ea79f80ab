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
from django.db import connection
from pytest_django import Settings
from redis import Redis

from markets import board, sources
from markets.models import Candle, Feed, FeedStatus, Interval, LastPrice, Market, Tick
from markets.selectors import current_venue, feed_state, quotes
from markets.services import ensure_market, ensure_venue, history
from markets.services.feeds import ensure_markets
from markets.sources.base import Listing
from markets.stream import runner
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

    def stop(self) -> float:
        """Ask it to end; how long that took in seconds."""
        started = time.monotonic()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()
        return time.monotonic() - started


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
    assert stream.stop() < 3


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
