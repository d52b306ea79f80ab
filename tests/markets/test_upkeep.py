"""What the schedule does, against real sockets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from markets import board
from markets.models import Asset, Candle, Feed, LastPrice, SourceHealth
from markets.selectors import quotes
from markets.services import ensure_market, ensure_venue, store_ticks, upkeep, upsert_candles
from markets.services.feeds import make_current
from markets.sources.base import Bar, Trade
from tests.markets.exchange_fixture import ThreadedExchange
from tests.markets.loopback import Reply, scripted

pytestmark = pytest.mark.django_db

ONE = Decimal(1)


@pytest.fixture
def feed(exchange: ThreadedExchange, settings: Settings, valkey: Redis) -> Feed:
    """A simulated feed that has been silent, with two markets."""
    board.client.cache_clear()
    settings.SIMULATED_REST_URL = exchange.rest_url
    feed = make_current("simulated", name="Simulated exchange", is_simulated=True)
    for base in ("BTC", "ETH"):
        ensure_market(feed.venue, f"{base}USDT", base, "USDT")
    return feed


def test_a_silent_stream_is_helped_out(feed: Feed, exchange: ThreadedExchange) -> None:
    exchange.push("BTCUSDT", "77777")
    assert upkeep.refresh_prices() == 2
    quote = quotes(["BTC"])["BTC"]
    assert float(quote.price) == pytest.approx(77_777, rel=0.05)
    assert LastPrice.objects.count() == 2
    assert board.read("simulated", ["BTC", "ETH"]).keys() == {"BTC", "ETH"}


def test_a_running_stream_is_left_alone(feed: Feed) -> None:
    feed.last_message_at = timezone.now()
    feed.save()
    assert upkeep.refresh_prices() == 0
    assert not LastPrice.objects.exists()


def test_without_a_feed_nobody_is_asked() -> None:
    assert upkeep.refresh_prices() == 0
    upkeep.refresh_market_data()
    assert not Candle.objects.exists()


def test_closed_hours_and_days_are_brought_up_to_date(feed: Feed) -> None:
    upkeep.refresh_market_data()
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        days = Candle.objects.filter(market__symbol=symbol, interval="1d")
        assert days.count() == 1461
        assert days.latest("open_time").open_time == midnight - timedelta(days=1)
    hours = Candle.objects.filter(market__symbol="BTCUSDT", interval="1h")
    assert hours.count() == 1440
    assert all(bar.is_closed for bar in hours)


def test_ranks_come_from_coingecko(settings: Settings) -> None:
    rows = [
        {"id": "bitcoin", "symbol": "btc", "name": "Bitcoin", "market_cap_rank": 1}
        | {"market_cap": 1265000000000},
        {"id": "unheard-of", "symbol": "eth", "name": "Not Ether", "market_cap_rank": 2},
    ]
    with scripted(Reply(rows)) as server:
        settings.COINGECKO_URL = server.url
        assert upkeep.refresh_ranks() == 1
    bitcoin = Asset.objects.get(symbol="BTC")
    assert (bitcoin.market_cap_rank, bitcoin.market_cap_usd) == (1, Decimal(1265000000000))
    assert Asset.objects.get(symbol="ETH").market_cap_rank is None


def test_old_seconds_go_and_minutes_stay() -> None:
    market = ensure_market(ensure_venue("binance"), "BTCUSDT", "BTC", "USDT")
    now = timezone.now().replace(microsecond=0, second=0)
    for interval in ("1s", "1m"):
        bars = [Bar(now - timedelta(days=n), ONE, ONE, ONE, ONE, ONE) for n in (1, 3)]
        upsert_candles(market, interval, bars)
    assert upkeep.clean_up() == 1
    assert Candle.objects.filter(interval="1s").count() == 1
    assert Candle.objects.filter(interval="1m").count() == 2


def test_sources_that_are_not_in_use_are_not_asked(settings: Settings) -> None:
    settings.MARKET_FEED = "simulated"
    settings.ETHERSCAN_API_KEY = ""
    assert set(upkeep.check_sources().values()) == {"off"}
    assert SourceHealth.objects.count() == 4


def test_failures_are_counted_until_it_works_again(settings: Settings) -> None:
    settings.MARKET_FEED = "coingecko"
    settings.COINGECKO_URL = "http://127.0.0.1:9"
    for _ in range(2):
        assert upkeep.check_sources()["coingecko"] == "failing"
    health = SourceHealth.objects.get(source="coingecko")
    assert (health.failures, bool(health.detail)) == (2, True)
    with scripted(Reply({"gecko_says": "(V3) To the Moon!"})) as server:
        settings.COINGECKO_URL = server.url
        assert upkeep.check_sources()["coingecko"] == "ok"
    health.refresh_from_db()
    assert (health.failures, health.detail) == (0, "")
    assert health.latency_ms


def test_no_feed_is_said_and_ends_cleanly(feed: Feed, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("stream", feed="none")
    assert "nothing is streamed" in capsys.readouterr().out
    assert not Feed.objects.filter(is_current=True).exists()


ADMIN = ["asset", "venue", "market", "lastprice", "candlerow", "tickrow", "feed", "sourcehealth"]


@pytest.mark.parametrize("model", ADMIN)
def test_the_operator_sees_every_model(model: str) -> None:
    market = ensure_market(ensure_venue("binance"), "BTCUSDT", "BTC", "USDT")
    moment = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
    store_ticks({"BTCUSDT": market.pk}, [Trade("BTCUSDT", 1, moment, ONE, ONE, "b")])
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("op@example.com", "x" * 12))
    for query in ("", "?q=BTC"):
        answer = client.get(f"/admin/markets/{model}/{query}")
        assert answer.status_code == 200
    if model in {"tickrow", "candlerow", "lastprice", "market"}:
        assert "BTCUSDT" in client.get(f"/admin/markets/{model}/").content.decode()
