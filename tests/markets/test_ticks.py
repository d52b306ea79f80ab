"""Ticks and their bars: whatever the order and however often, the bars are those of the ticks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from markets import partitions
from markets.models import Candle, Interval, LastPrice, Market, Tick
from markets.services import Stored, ensure_market, ensure_venue, store_ticks, upsert_candles
from markets.services.ticks import TickStore
from markets.sources.base import Bar, Trade

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def market() -> Market:
    return ensure_market(ensure_venue("binance"), "BTCUSDT", "BTC", "USDT")


def trade(number: int, seconds: float, price: str, quantity: str = "1") -> Trade:
    time = round(START.timestamp() * 1_000_000 + seconds * 1_000_000)
    return Trade("BTCUSDT", number, time, Decimal(price), Decimal(quantity), "b")


def plain(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def bars(interval: str) -> list[tuple[Any, ...]]:
    """(offset in seconds, open, high, low, close, volume, vwap, trades)."""
    return [
        (
            (bar.open_time - START).total_seconds(),
            *map(plain, (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap)),
            bar.trades,
        )
        for bar in Candle.objects.filter(interval=interval).order_by("open_time")
    ]


FOUR = [
    trade(1, 0.1, "10", "1"),
    trade(2, 0.1, "12", "2"),
    trade(3, 0.9, "9", "1"),
    trade(4, 61, "11", "0.5"),
]
SECONDS = [(0.0, "10", "12", "9", "9", "4", "10.75", 3), (61.0, *["11"] * 4, "0.5", "11", 1)]
MINUTES = [(0.0, "10", "12", "9", "9", "4", "10.75", 3), (60.0, *["11"] * 4, "0.5", "11", 1)]
FIVE = [(0.0, "10", "12", "9", "11", "4.5", "10.777777777777777778", 4)]


@pytest.mark.parametrize(
    "batches",
    [
        pytest.param([FOUR], id="in order"),
        pytest.param([FOUR[::-1]], id="backwards in one batch"),
        pytest.param([[each] for each in FOUR], id="one by one"),
        pytest.param([[each] for each in reversed(FOUR)], id="backwards, one by one: all late"),
        pytest.param([FOUR, FOUR], id="everything twice"),
        pytest.param([[*FOUR, *FOUR, FOUR[0]]], id="repeats in one batch"),
        pytest.param([FOUR[1:3], FOUR[:1], FOUR[2:]], id="a late open, then overlap"),
        pytest.param([FOUR[:2], FOUR[3:], FOUR[2:3]], id="a late close"),
    ],
)
def test_order_and_repeats_do_not_matter(market: Market, batches: list[list[Trade]]) -> None:
    store = TickStore({"BTCUSDT": market.pk})
    done = [store.store(batch) for batch in batches]
    assert sum(each.new for each in done) == Tick.objects.count() == 4
    assert sum(each.duplicates for each in done) == sum(map(len, batches)) - 4
    assert bars("1s") == SECONDS
    assert bars("1m") == MINUTES
    assert bars("5m") == FIVE
    last = LastPrice.objects.get(market=market)
    assert (last.price, last.time) == (Decimal(11), START + timedelta(seconds=61))


def test_nothing_is_nothing(market: Market) -> None:
    assert store_ticks({"BTCUSDT": market.pk}, []) == Stored(0, 0, 0)


def test_prices_keep_all_eighteen_decimals(market: Market) -> None:
    price = "0.000000012345678901"
    store_ticks({"BTCUSDT": market.pk}, [trade(1, 0, price, "1e9"), trade(2, 0, price, "3e-18")])
    assert Candle.objects.get(interval="1s").vwap == Decimal(price)
    assert Candle.objects.get(interval="5m").volume == Decimal("1000000000.000000000000000003")


def test_a_second_writer_does_not_hurt(market: Market) -> None:
    """Two processes store the same trades; neither knows what the other has done."""
    first, second = (TickStore({"BTCUSDT": market.pk}) for _ in range(2))
    second.store(FOUR[:1])
    first.store(FOUR[:1])
    first.store(FOUR[:3])
    assert second.store(FOUR) == Stored(1, 3, 1)
    assert (bars("1s"), bars("5m")) == (SECONDS, FIVE)


def test_a_whole_candle_is_not_replaced_by_a_part_of_it(market: Market) -> None:
    o, h, low, c, volume = map(Decimal, (8, 15, 7, 11, 90))
    upsert_candles(market, "5m", [Bar(START, o, h, low, c, volume, Decimal(10), trades=40)])
    store_ticks({"BTCUSDT": market.pk}, FOUR)
    assert [(bar[1], bar[7]) for bar in bars("5m")] == [("8", 40)]
    assert bars("1m") == MINUTES


def test_a_bar_closes_when_its_time_is_over(market: Market) -> None:
    now = timezone.now()
    moment = int(now.timestamp() * 1_000_000)
    running = Trade("BTCUSDT", 9, moment, Decimal(1), Decimal(1), "s")
    store_ticks({"BTCUSDT": market.pk}, [*FOUR, running])
    closed = Candle.objects.filter(open_time__lt=START + timedelta(minutes=5))
    assert closed.count() == 5
    assert all(bar.is_closed for bar in closed)
    assert not Candle.objects.get(interval="5m", open_time__gt=START + timedelta(days=1)).is_closed


ticks = st.lists(
    st.tuples(
        st.integers(1, 400_000),  # milliseconds
        st.decimals(Decimal("0.0001"), Decimal(100_000), places=8),
        st.decimals(Decimal("0.0001"), Decimal(1000), places=5),
    ),
    min_size=1,
    max_size=25,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ticks, st.randoms(use_true_random=False), st.integers(1, 9))
def test_bars_equal_those_counted_by_hand(
    market: Market, rows: list[tuple[int, Decimal, Decimal]], random: Any, size: int
) -> None:
    Candle.objects.all().delete()
    Tick.objects.all().delete()
    start = int(START.timestamp() * 1000)
    made = [
        Trade("BTCUSDT", number, (start + ms) * 1000, price, quantity, "s")
        for number, (ms, price, quantity) in enumerate(sorted(rows))
    ]
    sent = [*made, *random.choices(made, k=len(made) // 3)]
    random.shuffle(sent)
    store = TickStore({"BTCUSDT": market.pk})
    for at in range(0, len(sent), size):
        store.store(sent[at : at + size])
    for interval in (Interval.S1, Interval.M1, Interval.M5):
        length = int(interval.length.total_seconds() * 1_000_000)
        expected: dict[int, list[Trade]] = {}
        for each in made:
            expected.setdefault(each.time // length, []).append(each)
        stored = Candle.objects.filter(interval=interval).order_by("open_time")
        assert [
            (int(bar.open_time.timestamp() * 1_000_000) // length, bar.trades) for bar in stored
        ] == [(bucket, len(group)) for bucket, group in sorted(expected.items())]
        for bar, (_, group) in zip(stored, sorted(expected.items()), strict=True):
            assert (bar.open, bar.close) == (group[0].price, group[-1].price)
            assert bar.high == max(each.price for each in group)
            assert bar.low == min(each.price for each in group)
            assert bar.volume == sum(each.quantity for each in group)


class TestPartitions:
    TODAY = date(2026, 11, 21)

    @pytest.fixture(autouse=True)
    def _none_of_other_tests(self, db: None) -> None:
        """A test with real commits leaves the days that it made."""
        with connection.cursor() as cursor:
            for day in partitions.existing():
                cursor.execute(f"DROP TABLE markets_tick_{day:%Y%m%d}")

    def test_made_ahead_and_dropped_when_old(self) -> None:
        first = partitions.keep(self.TODAY)
        assert first.created == [date(2026, 11, day) for day in (20, 21, 22, 23, 24)]
        assert partitions.keep(self.TODAY) == ([], [])
        later = partitions.keep(self.TODAY + timedelta(days=8))
        assert later.dropped == [date(2026, 11, 20), date(2026, 11, 21)]
        assert date(2026, 11, 22) in partitions.existing()

    def test_odd_times_go_to_the_default_and_move_when_their_day_is_made(
        self, market: Market
    ) -> None:
        far = [trade(1, 0, "10"), trade(2, 86_400 * 100, "11"), trade(3, -86_400 * 4000, "9")]
        store_ticks({"BTCUSDT": market.pk}, far)
        assert rows_of("markets_tick_default") == 3
        partitions.keep(START.date())
        assert rows_of("markets_tick_20261101") == 1
        assert rows_of("markets_tick_default") == 1  # the one of eleven years ago was too old
        assert Tick.objects.count() == 2


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])
