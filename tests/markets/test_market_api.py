"""REST of the markets: figures with their source and age, errors with their field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from redis import Redis

from accounts.models import User
from markets import board
from markets.models import Feed, Market
from markets.services import ensure_market, ensure_venue, store_ticks, upsert_candles
from markets.sources.base import Bar, Trade

pytestmark = pytest.mark.django_db

TODAY = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def client(owner: User, valkey: Redis) -> Client:
    board.client.cache_clear()
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def market() -> Market:
    """BTC at 40 closes: 101, 102 … 140; a feed that is current."""
    venue = ensure_venue("binance")
    Feed.objects.create(venue=venue, is_current=True, last_message_at=timezone.now())
    market = ensure_market(venue, "BTCUSDT", "BTC", "USDT")
    ensure_market(venue, "ETHUSDT", "ETH", "USDT")
    upsert_candles(market, "1d", [daily(40 - n, 100 + n) for n in range(1, 41)])
    return market


def daily(days_ago: int, close: int) -> Bar:
    high, low = Decimal(close + 5), Decimal(close - 5)
    at = TODAY - timedelta(days=days_ago + 1)
    return Bar(at, Decimal(close), high, low, Decimal(close), Decimal(7), Decimal(close), 3)


def trade(number: int, price: str, ago: float = 1) -> Trade:
    moment = round((timezone.now().timestamp() - ago) * 1_000_000)
    return Trade("BTCUSDT", number, moment, Decimal(price), Decimal("0.50"), "s")


def get(client: Client, path: str, status: int = 200) -> Any:
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return answer.json()


ROUTES = [
    "/api/symbols",
    "/api/market/prices",
    "/api/market/overview",
    "/api/ticks/BTC",
    "/api/ohlc/BTC",
    "/api/stats/BTC",
]


@pytest.mark.parametrize("path", ROUTES)
def test_only_for_people_who_are_signed_in(path: str, market: Market) -> None:
    assert Client().get(path).status_code == 401


@pytest.mark.parametrize("path", ROUTES[1:])
def test_without_any_prices_it_says_so(client: Client, path: str) -> None:
    assert "no prices yet" in get(client, path, 404)["error"]["message"]


@pytest.mark.parametrize("path", ["/api/ticks/NONE", "/api/ohlc/NONE", "/api/stats/NONE"])
def test_an_unknown_symbol_is_not_found(client: Client, market: Market, path: str) -> None:
    assert get(client, path, 404)["error"]["message"] == "Binance has no price of NONE."


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("interval=2d", "interval"),
        ("start=yesterday", "start"),
        ("end=x", "end"),
        ("limit=0", "limit"),
        ("limit=5001", "limit"),
        ("start=2024-01-02T00:00:00Z&end=2024-01-01T00:00:00Z", "end"),
    ],
)
def test_a_bad_question_names_its_field(
    client: Client, market: Market, query: str, field: str
) -> None:
    assert list(get(client, f"/api/ohlc/BTC?{query}", 400)["error"]["fields"]) == [field]


def test_symbols(client: Client, market: Market) -> None:
    first = get(client, "/api/symbols?priced=true")
    assert [row["symbol"] for row in first["results"]] == ["BTC", "ETH"]
    [row] = get(client, "/api/symbols?search=bitcoin&kind=coin")["results"][:1]
    assert (row["symbol"], row["name"], row["is_priced"]) == ("BCH", "Bitcoin Cash", False)
    page = get(client, "/api/symbols?page_size=2")
    assert get(client, page["next"])["previous"]


def test_prices_from_board_database_and_nowhere(client: Client, market: Market) -> None:
    now = timezone.now()
    board.write("binance", {"SOL": board.Entry(Decimal("150.5"), now, -0.02)})
    answer = get(client, "/api/market/prices?symbols=btc,SOL,ETH,USDT")
    assert answer["missing"] == ["ETH"]
    assert (answer["prices"]["BTC"]["price"], answer["prices"]["SOL"]["price"]) == ("140", "150.5")
    assert answer["prices"]["BTC"]["change_24h"] == pytest.approx(140 / 139 - 1)
    assert answer["prices"]["SOL"]["change_24h"] == -0.02
    assert answer["prices"]["USDT"]["price"] == "1"
    assert not answer["prices"]["SOL"]["is_stale"]
    assert answer["source"] | {"age_seconds": 0} == {
        "venue": "binance",
        "name": "Binance",
        "simulated": False,
        "status": "live",
        "age_seconds": 0,
    }


def test_an_answer_is_made_once_a_second(client: Client, market: Market) -> None:
    first = get(client, "/api/market/prices?symbols=BTC")
    store_ticks({"BTCUSDT": market.pk}, [trade(1, "150")])
    assert get(client, "/api/market/prices?symbols=BTC") == first
    assert get(client, "/api/market/prices?symbols=BTC,ETH")["prices"]["BTC"]["price"] == "150"


def test_too_many_symbols(client: Client, market: Market) -> None:
    many = ",".join(f"A{n}" for n in range(201))
    error = get(client, f"/api/market/prices?symbols={many}", 400)["error"]
    assert "At most 200" in error["fields"]["symbols"][0]


def test_overview(client: Client, market: Market) -> None:
    answer = get(client, "/api/market/overview")
    assert (answer["assets"], answer["rising"], answer["falling"]) == (1, 1, 0)
    assert [row["symbol"] for row in answer["gainers"]] == ["BTC"]
    assert (answer["volume_24h"], answer["market_cap"], answer["losers"]) == (None, None, [])


def test_ticks_page_by_page(client: Client, market: Market) -> None:
    store_ticks({"BTCUSDT": market.pk}, [trade(n, str(100 + n), ago=10 - n) for n in range(5)])
    page = get(client, "/api/ticks/BTC?page_size=2")
    assert [row["trade_id"] for row in page["results"]] == [4, 3]
    assert page["results"][0] | {"time": ""} == {
        "trade_id": 4,
        "time": "",
        "price": "104",
        "quantity": "0.5",
        "side": "sell",
    }
    assert page["source"]["venue"] == "binance"
    assert [row["trade_id"] for row in get(client, page["next"])["results"]] == [2, 1]


def test_bars_and_the_running_day(client: Client, market: Market) -> None:
    now = timezone.now()
    store_ticks({"BTCUSDT": market.pk}, [trade(1, "150", 0.2), trade(2, "149", 0.1)])
    answer = get(client, "/api/ohlc/BTCUSDT?limit=3")
    assert (answer["symbol"], answer["market"], answer["interval"]) == ("BTC", "BTCUSDT", "1d")
    *closed, running = answer["results"]
    assert [bar["close"] for bar in closed] == ["139", "140"]
    assert closed[-1] == {
        "time": (TODAY - timedelta(days=1)).strftime("%Y-%m-%dT00:00:00Z"),
        "open": "140",
        "high": "145",
        "low": "135",
        "close": "140",
        "volume": "7",
        "vwap": "140",
        "trades": 3,
        "closed": True,
    }
    if timezone.now().date() == now.date():
        assert (running["open"], running["close"], running["closed"]) == ("150", "149", False)
        assert (running["vwap"], running["volume"], running["trades"]) == ("149.5", "1", 2)


def test_bars_of_a_range_come_from_its_start(client: Client, market: Market) -> None:
    start = (TODAY - timedelta(days=10)).strftime("%Y-%m-%dT00:00:00Z")
    end = (TODAY - timedelta(days=5)).strftime("%Y-%m-%dT00:00:00Z")
    found = get(client, f"/api/ohlc/BTC?start={start}&end={end}&limit=3")["results"]
    assert [bar["close"] for bar in found] == ["131", "132", "133"]
    assert found[0]["time"] == start


def test_stats(client: Client, market: Market) -> None:
    answer = get(client, "/api/stats/BTC")
    assert (answer["price"], answer["highest"], answer["lowest"]) == ("140", "145", "96")
    assert answer["days"] == 40
    assert answer["changes"]["7d"] == pytest.approx(140 / 133 - 1)
    assert answer["changes"]["365d"] is None
    assert (answer["high_24h"], answer["trades_24h"], answer["since"]) == (None, None, None)


def test_a_stored_history_says_that_it_is_one(client: Client) -> None:
    market = ensure_market(ensure_venue("import"), "BTCUSDT", "BTC", "USDT")
    opened = datetime(2024, 1, 1, tzinfo=UTC)
    one = Decimal(1)
    upsert_candles(market, "1d", [Bar(opened, one, one, one, one, one)])
    answer = get(client, "/api/market/prices")
    assert answer["source"]["status"] == "stored"
    assert answer["prices"]["BTC"]["is_stale"] is True
    assert answer["prices"]["BTC"]["time"] == "2024-01-02T00:00:00Z"
