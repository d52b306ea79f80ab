"""Days, minutes, seconds and trades of the simulated market agree to the last tick."""

from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.simulated import book
from markets.simulated.bars import DAY, FIXED, INTERVALS, MINUTE, SECOND, Bars
from markets.simulated.coins import COINS
from markets.simulated.market import BadTradeError, Market

NOW = int(datetime(2026, 11, 21, 9, 17, 23, 456_000, tzinfo=UTC).timestamp() * 1000)
SYMBOLS = [coin.symbol for coin in COINS]
MARKET = Market(5, 30.0, NOW)


@pytest.fixture
def market() -> Market:
    return Market(5, 30.0, NOW)


def same(left: Bars, right: Bars) -> None:
    for field in fields(Bars):
        name = field.name
        assert np.array_equal(getattr(left, name), getattr(right, name)), name


def all_of(market: Market, symbol: str, interval: str, *span: int) -> Bars:
    """Bars in a span (start, end, now) in ms."""
    start, end, now = span
    return market.candles(symbol, interval, start=start, end=end, limit=100_000, now=now)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SYMBOLS), st.integers(3, 140))
def test_minutes_add_up_to_the_day(symbol: str, ago: int) -> None:
    day = NOW // DAY - ago
    same(MARKET.tapes[symbol].minutes(day).grouped("1d"), MARKET.tapes[symbol].days(day, day))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SYMBOLS), st.integers(2, 150_000))
def test_trades_make_the_minute(symbol: str, ago: int) -> None:
    tape, minute = MARKET.tapes[symbol], NOW // MINUTE - ago
    made, after = tape.trades(minute), tape.trades(minute + 1)
    bar = tape.minutes(minute // 1440).between(minute * MINUTE, minute * MINUTE + 1)
    bars = made.bars(MINUTE)
    for name in ("time", "open", "high", "low", "close", "volume", "count"):
        assert getattr(bars, name).tolist() == getattr(bar, name).tolist(), name
    assert bars.quote[0] == pytest.approx(bar.quote[0], rel=1e-4)
    assert np.diff(made.id).tolist() == [1] * (len(made) - 1)
    assert (np.diff(made.time) >= 0).all()
    assert (after.id[0], after.price[0]) == (made.id[-1] + 1, made.price[-1])


@pytest.mark.parametrize("symbol", ["BTCUSDT", "USDCUSDT", "KELPUSDT", "EURUSDT"])
def test_the_mean_price_of_a_minute_lies_within_it(symbol: str) -> None:
    bars = MARKET.tapes[symbol].minutes(NOW // DAY - 7)
    mean = bars.quote / bars.volume
    slack = 1 / bars.volume + 1e-6 * bars.low  # one unit of rounding
    assert (mean <= bars.high + slack).all()
    assert (mean >= bars.low - slack).all()


@pytest.mark.parametrize("interval", [name for name in INTERVALS if name not in {"1s", "1M"}])
def test_intervals_are_sums_of_shorter_ones(interval: str) -> None:
    width = FIXED[interval]
    finer = "1m" if width <= DAY else "1d"
    bars = MARKET.candles("ETHUSDT", interval, start=None, end=None, limit=4, now=NOW)
    start, end = int(bars.time[0]), int(bars.time[-1]) + width - 1
    same(all_of(MARKET, "ETHUSDT", finer, start, end, NOW).grouped(interval), bars)


def test_months_are_sums_of_days() -> None:
    bars = MARKET.candles("ETHUSDT", "1M", start=None, end=None, limit=3, now=NOW)
    opened = [datetime.fromtimestamp(t / 1000, UTC).strftime("%m-%d") for t in bars.time]
    assert opened == ["09-01", "10-01", "11-01"]
    days = all_of(MARKET, "ETHUSDT", "1d", int(bars.time[0]), NOW, NOW)
    same(days.grouped("1M"), bars)


def test_weeks_open_on_mondays() -> None:
    bars = MARKET.candles("ETHUSDT", "1w", start=None, end=None, limit=9, now=NOW)
    assert {datetime.fromtimestamp(t / 1000, UTC).weekday() for t in bars.time} == {0}


def test_seconds_have_no_gap_and_add_up_to_minutes() -> None:
    start = NOW // MINUTE * MINUTE - 10 * MINUTE
    seconds = all_of(MARKET, "DAIUSDT", "1s", start, start + 5 * MINUTE - 1, NOW)
    assert np.diff(seconds.time).tolist() == [SECOND] * 299
    assert (seconds.count == 0).any()
    empty = seconds.pick(seconds.count == 0)
    assert (empty.high == empty.low).all()
    minutes, sums = all_of(MARKET, "DAIUSDT", "1m", start, start + 5 * MINUTE - 1, NOW), None
    sums = seconds.grouped("1m")
    for name in ("high", "low", "close", "volume", "count"):
        assert getattr(sums, name).tolist() == getattr(minutes, name).tolist(), name


def test_closed_bars_stay_as_they_are(market: Market) -> None:
    first = market.candles("SOLUSDT", "15m", start=None, end=NOW, limit=50, now=NOW)
    start, end = int(first.time[0]), int(first.time[-2])
    later = all_of(Market(5, 30.0, NOW + DAY), "SOLUSDT", "15m", start, end, NOW + DAY)
    same(later, first.pick(slice(0, -1)))


def test_the_open_bar_grows_with_its_trades(market: Market) -> None:
    counts = [
        int(market.at("BTCUSDT", "1d", NOW + ms, NOW + ms).count[0]) for ms in range(0, 20_000, 500)
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_limits_and_bounds_as_binance_has_them(market: Market) -> None:
    def opens(**asked: int | None) -> list[int]:
        defaults: dict[str, int | None] = {"start": None, "end": None}
        bars = market.candles("BTCUSDT", "1h", **(defaults | asked), limit=3, now=NOW)
        return [t // 3_600_000 for t in bars.time.tolist()]

    hour = NOW // 3_600_000
    assert opens() == [hour - 2, hour - 1, hour]
    assert opens(start=(hour - 9) * 3_600_000) == [hour - 9, hour - 8, hour - 7]
    assert opens(start=(hour - 9) * 3_600_000 + 1) == [hour - 8, hour - 7, hour - 6]
    assert opens(end=(hour - 9) * 3_600_000) == [hour - 11, hour - 10, hour - 9]
    assert opens(start=(hour - 9) * 3_600_000, end=(hour - 8) * 3_600_000) == [hour - 9, hour - 8]
    assert opens(start=NOW + 1) == []
    assert opens(start=5, end=3) == []
    assert opens(end=5) == []
    first = market.candles("BTCUSDT", "1d", start=0, end=None, limit=1, now=NOW)
    assert NOW // DAY - int(first.time[0]) // DAY == 1461


def test_a_long_run_passes_midnight_and_makes_more_days(market: Market) -> None:
    midnight = (NOW // DAY + 1) * DAY
    before = market.tapes["BNBUSDT"].last(midnight - 1)
    after = market.tapes["BNBUSDT"].since_time(midnight, 1, midnight + MINUTE)
    assert int(after.id[0]) == int(before.id[0]) + 1
    later = NOW + 90 * DAY
    market.keep_up(later)
    fresh = Market(5, 30.0, later)
    span = (later - 3 * DAY, later, later)
    same(
        all_of(market, "BNBUSDT", "1h", *span),
        all_of(fresh, "BNBUSDT", "1h", *span),
    )


def test_young_coins_have_a_short_history(market: Market) -> None:
    tide = market.candles("TIDEUSDT", "1d", start=0, end=None, limit=2000, now=NOW)
    kelp = market.candles("KELPUSDT", "1d", start=0, end=None, limit=2000, now=NOW)
    assert (len(tide), len(kelp)) == (431, 157)


def test_trades_by_id_and_by_time(market: Market) -> None:
    tape = market.tapes["LINKUSDT"]
    recent = tape.recent(500, NOW)
    assert len(recent) == 500
    assert int(recent.time[-1]) <= NOW
    again = tape.since_id(int(recent.id[100]), 50, NOW)
    assert again.id.tolist() == recent.id[100:150].tolist()
    timed = tape.since_time(int(recent.time[100]) + 1, 1000, NOW)
    assert timed.id.tolist() == recent.id[recent.time > recent.time[100]].tolist()
    assert len(tape.since_id(int(recent.id[-1]) + 1, 10, NOW)) == 0
    assert tape.since_id(1, 3, NOW).id.tolist() == [1_000_000, 1_000_001, 1_000_002]


def test_a_day_s_summary_is_that_of_its_minutes(market: Market) -> None:
    day = market.summary("ADAUSDT", NOW)
    bars = all_of(market, "ADAUSDT", "1m", NOW - DAY, NOW, NOW)
    assert len(bars) == 1440
    assert (day.open, day.high, day.low) == (bars.open[0], bars.high.max(), bars.low.min())
    assert (day.volume, day.quote, day.count) == (
        bars.volume.sum(),
        bars.quote.sum(),
        bars.count.sum(),
    )


def test_rate_scales_the_number_of_trades() -> None:
    def trades(rate: float) -> float:
        market = Market(5, rate, NOW)
        day = NOW // DAY - 9
        return sum(int(tape.days(day, day).count[0]) for tape in market.tapes.values()) / 86_400

    assert 15 < trades(30) < 60
    assert trades(120) > 3 * trades(30)


# pushed trades


def push(market: Market, price: str, now: int, symbol: str = "BTCUSDT") -> int:
    return int(market.push(symbol, Decimal(price), Decimal("0.5"), now).id[0])


def test_the_market_goes_on_from_a_pushed_trade(market: Market) -> None:
    before = market.tapes["BTCUSDT"].last(NOW)
    number = push(market, "70000", NOW)
    assert number == int(before.id[0]) + 1
    assert int(market.tapes["BTCUSDT"].last(NOW).price[0]) == 7_000_000
    later = market.tapes["BTCUSDT"].since_id(number, 500, NOW + 5 * MINUTE)
    assert later.id.tolist() == list(range(number, number + 500))
    assert (np.abs(later.price / 7_000_000 - 1) < 0.02).all()
    other = market.tapes["ETHUSDT"]
    assert not other.pushes


def test_bars_hold_what_was_pushed(market: Market) -> None:
    push(market, "70000", NOW)
    push(market, "150000", NOW + 90_000)
    now = NOW + DAY * 2
    day = NOW // DAY * DAY
    minutes = all_of(market, "BTCUSDT", "1m", day, day + DAY - 1, now)
    assert len(minutes) == 1440
    same(minutes.grouped("1d"), all_of(market, "BTCUSDT", "1d", day, day + DAY - 1, now))
    trades = market.tapes["BTCUSDT"].trades(NOW // MINUTE)
    hit = minutes.between(NOW // MINUTE * MINUTE, NOW // MINUTE * MINUTE + 1)
    same(trades.bars(MINUTE), hit)
    assert int(hit.low[0]) <= 7_000_000
    assert int(minutes.high.max()) >= 15_000_000
    assert (minutes.open[1:] == minutes.close[:-1]).all()
    nextday = all_of(market, "BTCUSDT", "1d", day + DAY, day + DAY, now)
    assert int(nextday.open[0]) == int(minutes.close[-1])
    assert float(nextday.close[0]) == pytest.approx(15_000_000, rel=0.2)


def test_bars_before_a_push_stay_as_they_were(market: Market) -> None:
    before = all_of(market, "BTCUSDT", "5m", NOW - DAY, NOW - 5 * MINUTE, NOW)
    push(market, "70000", NOW)
    same(all_of(market, "BTCUSDT", "5m", NOW - DAY, NOW - 5 * MINUTE, NOW), before)


@pytest.mark.parametrize(
    ("price", "quantity", "field"),
    [
        ("0", "1", "price"),
        ("-3", "1", "price"),
        ("NaN", "1", "price"),
        ("Infinity", "1", "price"),
        ("0.001", "1", "price"),
        ("99999999", "1", "price"),
        ("70000", "0", "quantity"),
        ("70000", "0.000001", "quantity"),
        ("70000", "9999999999", "quantity"),
    ],
)
def test_impossible_trades_are_refused(
    market: Market, price: str, quantity: str, field: str
) -> None:
    with pytest.raises(BadTradeError) as caught:
        market.push("BTCUSDT", Decimal(price), Decimal(quantity), NOW)
    assert caught.value.field == field
    assert market.tapes["BTCUSDT"].pushes == ()


# the order book


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SYMBOLS), st.integers(0, 10_000_000))
def test_books_are_sorted_and_uncrossed(symbol: str, ago: int) -> None:
    shown = book.at(MARKET.tapes[symbol], NOW // book.STEP - ago)
    bids, asks = [price for price, _ in shown.bids], [price for price, _ in shown.asks]
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    assert len(bids) >= 20
    assert len(asks) >= 20
    assert all(lots > 0 for _, lots in shown.bids + shown.asks)


def test_changes_turn_one_book_into_the_next() -> None:
    step = NOW // book.STEP
    before, after = (book.at(MARKET.tapes["BTCUSDT"], step + i) for i in (0, 50))
    for old, new, changes in zip(
        (before.bids, before.asks), (after.bids, after.asks), after.changes(before), strict=True
    ):
        levels = dict(old) | dict(changes)
        assert {price: lots for price, lots in levels.items() if lots} == dict(new)
