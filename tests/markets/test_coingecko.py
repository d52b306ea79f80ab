"""The CoinGecko source against a server on loopback that speaks its documented messages."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from markets.sources import wire
from markets.sources.base import SourceError, Trade
from markets.sources.coingecko import CoinGecko
from tests.markets.loopback import Reply, scripted

NOW = int(time.time())
DAY = 86_400


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back off by milliseconds."""
    monkeypatch.setattr(wire, "_BACKOFF_SECONDS", 0.001)


def price(usd: Any = 64210.5, at: Any = NOW - 30, change: Any = -1.42) -> dict[str, Any]:
    return {"usd": usd, "usd_24h_change": change, "last_updated_at": at}


async def take(source: CoinGecko, count: int) -> list[Trade]:
    taken: list[Trade] = []
    async with asyncio.timeout(20):
        async for batch in source.trades(["bitcoin", "ethereum"]):
            taken += batch
            if len(taken) >= count:
                break
    return taken


async def test_polled_prices_come_once_each() -> None:
    replies = [
        Reply({"bitcoin": price(64000, NOW - 60), "ethereum": price(3400, NOW - 60)}),
        Reply({"bitcoin": price(64000, NOW - 60), "ethereum": price(3401, NOW - 30)}),
        Reply("<html>busy</html>", 429),
        Reply({"bitcoin": price("64001.25", NOW - 10)}),
    ]
    with scripted(*replies) as server:
        source = CoinGecko(server.url, poll_seconds=0.01)
        taken = await take(source, 4)
    assert [(each.symbol, each.price) for each in taken] == [
        ("bitcoin", Decimal(64000)),
        ("ethereum", Decimal(3400)),
        ("ethereum", Decimal(3401)),
        ("bitcoin", Decimal("64001.25")),
    ]
    assert {each.quantity for each in taken} == {Decimal(0)}
    assert taken[0].time == (NOW - 60) * 1_000_000
    assert source.health.connected_at is not None
    assert server.asked[0].query["ids"] == ["bitcoin,ethereum"]


async def test_a_failing_service_is_told_and_asked_again() -> None:
    replies = [Reply({"error": "no"}, 401), Reply({"bitcoin": price()})]
    with scripted(*replies) as server:
        source = CoinGecko(server.url, poll_seconds=0.01)
        assert len(await take(source, 1)) == 1
    assert source.health.detail == "polled every 0.01 s"


def test_what_is_no_price_is_left_out() -> None:
    body = {
        "bitcoin": price(),
        "null": price(usd=None),
        "never": price(at=None),
        "zero": price(usd=0),
        "negative": price(usd=-1),
        "huge": price(usd=1e30),
        "future": price(at=NOW + 3600),
        "bare": {},
    }
    with scripted(Reply(body)) as server:
        tickers = CoinGecko(server.url).tickers(list(body))
    assert [each.symbol for each in tickers] == ["bitcoin"]
    assert tickers[0].change_24h == pytest.approx(-0.0142)


def test_decimals_are_kept_as_written() -> None:
    with scripted(
        Reply('{"pepe":{"usd":0.000012345678901234567,"last_updated_at":1760000000}}')
    ) as server:
        assert CoinGecko(server.url).tickers(["pepe"])[0].price == Decimal(
            "0.000012345678901234567"
        )


def test_history_closes_days() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    first = int(start.timestamp())
    body = {
        "prices": [
            [first * 1000, 99.0],  # 00:00 closes the year before
            [(first + DAY) * 1000, 100.0],
            [(first + 2 * DAY) * 1000, None],
            [(first + 3 * DAY) * 1000, 110.5],
        ],
        "total_volumes": [[(first + DAY) * 1000, 5000.0]],
    }
    with scripted(Reply(body)) as server:
        source = CoinGecko(server.url)
        bars = list(source.history("bitcoin", "1d", start, start + timedelta(days=5)))
        with pytest.raises(SourceError, match="no 1h candles"):
            list(source.history("bitcoin", "1h", start, start))
    assert [(bar.open_time.day, bar.close, bar.volume) for bar in bars] == [
        (1, Decimal(100), Decimal(50)),
        (3, Decimal("110.5"), Decimal(0)),
    ]
    assert all(bar.open == bar.high == bar.low == bar.close for bar in bars)
    assert server.asked[0].path == "/coins/bitcoin/market_chart/range"


def test_listings_are_the_known_assets() -> None:
    listed = {each.symbol: each.base for each in CoinGecko("http://127.0.0.1:9").listings()}
    assert listed["bitcoin"] == "BTC"
    assert listed["usd-coin"] == "USDC"
    assert "" not in listed


def test_overview_reads_market_values() -> None:
    row = {"id": "bitcoin", "symbol": "btc", "name": "Bitcoin", "current_price": 64210.5}
    row |= {"market_cap": 1265000000000, "market_cap_rank": 1, "total_volume": None}
    with scripted(Reply([row])) as server:
        found = CoinGecko(server.url).overview(500)
    assert (found[0].market_cap, found[0].total_volume) == (Decimal(1265000000000), None)
    assert server.asked[0].query["per_page"] == ["250"]


def test_the_key_goes_into_a_header_only() -> None:
    with (
        scripted(Reply({"status": {"error_code": 10002}}, 401)) as server,
        pytest.raises(SourceError, match="10002") as caught,
    ):
        CoinGecko(server.url, "CG-secret").tickers(["bitcoin"])
    assert server.asked[0].headers["x-cg-demo-api-key"] == "CG-secret"
    assert "secret" not in str(server.asked[0].query)
    assert "CG-secret" not in str(caught.value)
