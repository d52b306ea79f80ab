"""The simulated exchange's REST side answers as Binance's documentation says."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests

from markets.simulated.limits import Limits
from tests.markets.exchange_fixture import ThreadedExchange

FIXED = int(datetime(2026, 11, 21, 9, 17, 23, tzinfo=UTC).timestamp() * 1000)


def get(exchange: ThreadedExchange, path: str, **query: Any) -> requests.Response:
    return requests.get(f"{exchange.rest_url}/api/v3/{path}", params=query, timeout=10)


def rows(exchange: ThreadedExchange, path: str, **query: Any) -> Any:
    answer = get(exchange, path, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def shared() -> Iterator[ThreadedExchange]:
    """One exchange for the tests that change nothing."""
    running = ThreadedExchange(limits=Limits(weight_per_minute=100_000))
    yield running
    running.close()


@pytest.mark.parametrize(
    ("path", "query", "code", "word"),
    [
        ("klines", {"interval": "1d"}, -1102, "'symbol'"),
        ("klines", {"symbol": "BTCUSDT"}, -1102, "'interval'"),
        ("klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120, "Invalid interval."),
        ("klines", {"symbol": "NOPEUSDT", "interval": "1d"}, -1121, "Invalid symbol."),
        ("klines", {"symbol": "btcusdt", "interval": "1d"}, -1100, "legal range"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1d", "limit": "x"}, -1100, "'limit'"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1d", "limit": "0"}, -1130, "'limit'"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1d", "startTime": "-5"}, -1100, "startTime"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1d", "endTime": "9" * 20}, -1130, "endTime"),
        ("trades", {}, -1102, "'symbol'"),
        ("historicalTrades", {"symbol": "BTCUSDT", "fromId": "1.5"}, -1100, "'fromId'"),
        ("aggTrades", {"symbol": "BTCUSDT", "fromId": 1, "startTime": 1}, -1128, "Combination"),
        ("aggTrades", {"symbol": "BTCUSDT", "startTime": 9, "endTime": 1}, -1128, "Combination"),
        ("depth", {"symbol": ""}, -1102, "'symbol'"),
        ("depth", {"symbol": "BTCUSDT", "limit": "all"}, -1100, "'limit'"),
        ("ticker/24hr", {"symbols": "BTCUSDT"}, -1100, "'symbols'"),
        ("ticker/price", {"symbols": '["NOPE"]'}, -1121, "Invalid symbol."),
        ("ticker/price", {"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'}, -1128, "Combination"),
    ],
)
def test_bad_questions_get_binance_s_errors(
    shared: ThreadedExchange, path: str, query: dict[str, Any], code: int, word: str
) -> None:
    answer = get(shared, path, **query)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert word in answer.json()["msg"]


def test_ping_time_and_exchange_info(shared: ThreadedExchange) -> None:
    assert rows(shared, "ping") == {}
    moment = rows(shared, "time")["serverTime"]
    info = rows(shared, "exchangeInfo")
    assert 0 <= info["serverTime"] - moment < 10_000
    assert info["rateLimits"][0]["limit"] == 100_000
    assert len(info["symbols"]) == 41
    one = rows(shared, "exchangeInfo", symbol="BTCUSDT")["symbols"]
    assert [each["baseAsset"] for each in one] == ["BTC"]
    filters = {each["filterType"]: each for each in one[0]["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert filters["LOT_SIZE"]["stepSize"] == "0.00001000"


def test_klines_have_twelve_columns_and_exact_decimals(shared: ThreadedExchange) -> None:
    bars = rows(shared, "klines", symbol="XRPUSDT", interval="1h", limit=48)
    assert len(bars) == 48
    for opened, o, high, low, close, volume, closed, quote, count, buy, _, ignored in bars:
        assert closed == opened + 3_599_999
        assert all(re.fullmatch(r"\d+\.\d{8}", each) for each in (o, high, low, close, volume))
        assert Decimal(low) <= Decimal(quote) / Decimal(volume) <= Decimal(high)
        assert 0 < Decimal(buy) < Decimal(volume)
        assert count > 0
        assert ignored == "0"
    assert len(rows(shared, "klines", symbol="XRPUSDT", interval="1d", limit=5000)) == 1000
    assert len(rows(shared, "klines", symbol="XRPUSDT", interval="1d")) == 500


def test_tickers_agree_with_trades_and_klines(shared: ThreadedExchange) -> None:
    everything = rows(shared, "ticker/24hr")
    assert len(everything) == len(rows(shared, "ticker/price")) == 41
    day = rows(shared, "ticker/24hr", symbol="SOLUSDT")
    assert Decimal(day["lowPrice"]) <= Decimal(day["lastPrice"]) <= Decimal(day["highPrice"])
    assert day["lastId"] - day["firstId"] + 1 == day["count"]
    assert Decimal(day["priceChange"]) == Decimal(day["lastPrice"]) - Decimal(day["openPrice"])
    assert Decimal(day["bidPrice"]) < Decimal(day["askPrice"])
    both = rows(shared, "ticker/bookTicker", symbols='["BTCUSDT","ETHUSDT"]')
    assert [each["symbol"] for each in both] == ["BTCUSDT", "ETHUSDT"]
    assert "bidPrice" not in rows(shared, "ticker/24hr", symbol="SOLUSDT", type="MINI")
    assert rows(shared, "avgPrice", symbol="SOLUSDT")["mins"] == 5


def test_trades_are_consecutive_and_can_be_asked_by_id(shared: ThreadedExchange) -> None:
    recent = rows(shared, "trades", symbol="BTCUSDT", limit=1000)
    ids = [trade["id"] for trade in recent]
    assert ids == list(range(ids[0], ids[0] + 1000))
    again = rows(shared, "historicalTrades", symbol="BTCUSDT", fromId=ids[500], limit=20)
    assert again == recent[500:520]
    aggregates = rows(shared, "aggTrades", symbol="BTCUSDT", fromId=ids[500], limit=20)
    assert [each["a"] for each in aggregates] == ids[500:520]
    assert all(each["f"] == each["l"] == each["a"] for each in aggregates)
    timed = rows(
        shared,
        "aggTrades",
        symbol="BTCUSDT",
        startTime=recent[100]["time"],
        endTime=recent[200]["time"],
        limit=1000,
    )
    assert {each["a"] for each in timed} >= set(ids[101:200])
    assert len(rows(shared, "historicalTrades", symbol="BTCUSDT")) == 500


def test_the_closed_minute_is_made_of_its_trades(shared: ThreadedExchange) -> None:
    bar = rows(shared, "klines", symbol="ETHUSDT", interval="1m", limit=3)[0]
    trades = rows(
        shared, "aggTrades", symbol="ETHUSDT", startTime=bar[0], endTime=bar[6], limit=1000
    )
    prices = [Decimal(trade["p"]) for trade in trades]
    assert len(trades) == bar[8]
    assert [prices[0], max(prices), min(prices), prices[-1]] == [Decimal(x) for x in bar[1:5]]
    assert sum(Decimal(trade["q"]) for trade in trades) == Decimal(bar[5])


def test_depth_honours_its_limit(shared: ThreadedExchange) -> None:
    assert len(rows(shared, "depth", symbol="BTCUSDT", limit=5)["bids"]) == 5
    assert len(rows(shared, "depth", symbol="BTCUSDT", limit=5000)["asks"]) >= 90


def test_weight_is_counted_limited_and_banned() -> None:
    limits = Limits(weight_per_minute=50, strikes_before_ban=2)
    exchange = ThreadedExchange(limits=limits, clock=lambda: FIXED)
    try:
        answers = [get(exchange, "trades", symbol="BTCUSDT") for _ in range(7)]
        statuses = [answer.status_code for answer in answers]
        assert statuses == [200, 200, 429, 429, 418, 418, 418]
        used = [int(answer.headers["X-MBX-USED-WEIGHT-1M"]) for answer in answers]
        assert used == [25, 50, 75, 100, 125, 125, 125]
        assert {answer.json()["code"] for answer in answers[2:]} == {-1003}
        assert answers[2].headers["Retry-After"] == "37"
        assert answers[4].headers["Retry-After"] == "120"
        assert f"banned until {FIXED + 120_000}" in answers[4].json()["msg"]
    finally:
        exchange.close()


# levers


def post(exchange: ThreadedExchange, path: str, body: Any) -> requests.Response:
    return requests.post(f"{exchange.rest_url}/sim/{path}", json=body, timeout=10)


def test_a_pushed_trade_moves_every_answer(exchange: ThreadedExchange) -> None:
    order = {"symbol": "BTCUSDT", "price": "70000", "quantity": "0.5"}
    made = post(exchange, "trade", order).json()
    assert (made["price"], made["qty"]) == ("70000.00000000", "0.50000000")
    found = rows(exchange, "historicalTrades", symbol="BTCUSDT", fromId=made["id"], limit=1)[0]
    assert found | {"symbol": "BTCUSDT"} == made
    price = Decimal(rows(exchange, "ticker/price", symbol="BTCUSDT")["price"])
    assert abs(price / 70_000 - 1) < Decimal("0.01")
    bar = rows(exchange, "klines", symbol="BTCUSDT", interval="1d", limit=1)[0]
    assert Decimal(bar[3]) <= 70_000
    again = exchange.push("BTCUSDT", "71000")
    assert again > made["id"]


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("trade", {"symbol": "NOPE", "price": "1"}, "symbol"),
        ("trade", {"symbol": "BTCUSDT", "price": "-1"}, "price"),
        ("trade", {"symbol": "BTCUSDT", "price": "1e400"}, "price"),
        ("trade", {"symbol": "BTCUSDT", "price": "70000", "quantity": "0"}, "quantity"),
        ("trade", {"symbol": "BTCUSDT"}, "price"),
        ("trade", [], "array"),
        ("pause", {"seconds": -1}, "seconds"),
        ("pause", {"seconds": 4000}, "seconds"),
        ("pause", {}, "seconds"),
    ],
)
def test_levers_name_what_is_wrong(
    shared: ThreadedExchange, path: str, body: Any, word: str
) -> None:
    answer = post(shared, path, body)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


def test_pages_in_a_browser_have_no_lever(shared: ThreadedExchange) -> None:
    answer = requests.post(
        f"{shared.rest_url}/sim/drop", headers={"Origin": "https://example.com"}, timeout=5
    )
    assert answer.status_code == 403
