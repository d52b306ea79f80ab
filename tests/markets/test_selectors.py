"""What others ask of the markets: venues, quotes, rates, closes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from redis import Redis

from markets import board
from markets.bars import roll_up
from markets.known import split_pair
from markets.models import Asset, AssetKind, Candle, Feed, FeedStatus, Venue
from markets.selectors import (
    convert_rate,
    current_venue,
    daily_closes,
    daily_closes_exact,
    feed_state,
    quotes,
    sparklines,
)
from markets.services import ensure_asset, ensure_market, ensure_venue, upsert_candles
from markets.services.feeds import make_current, make_none_current
from markets.sources.base import Bar

pytestmark = pytest.mark.django_db

D = Decimal
FIRST = date(2024, 1, 1)
FIRST_HOUR = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty_board(valkey: Redis) -> None:
    board.client.cache_clear()


def bar(day: date, close: str) -> Bar:
    price = Decimal(close)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Bar(at, price, price, price, price, Decimal(1))


def history(venue: Venue, base: str, closes: list[str | None], first: date = FIRST) -> None:
    """Closes on consecutive days from ``first``; None leaves the day out."""
    market = ensure_market(venue, f"{base}USDT", base, "USDT")
    rows = [bar(first + timedelta(n), each) for n, each in enumerate(closes) if each is not None]
    upsert_candles(market, "1d", rows)


@pytest.fixture
def venue() -> Venue:
    venue = ensure_venue("import")
    history(venue, "BTC", ["100", "110", None, "120"])
    history(venue, "ETH", [None, "10", "20", None, "40"])
    history(venue, "EUR", ["1.25", "1.25", "1.25"])
    return venue


class TestVenues:
    def test_nothing_at_all(self) -> None:
        assert current_venue() is None
        state = feed_state()
        assert (state.status, state.venue) == (FeedStatus.STORED, "")
        assert quotes(["BTC", "USDT"]).keys() == {"USDT"}
        assert daily_closes(["BTC"], end=FIRST, days=9).values.shape == (0, 1)

    def test_real_history_comes_before_simulated_and_newer_before_older(self) -> None:
        history(ensure_venue("simulated"), "BTC", ["1"], date(2025, 1, 1))
        assert current_venue() == ensure_venue("simulated")
        assert feed_state().status == FeedStatus.SIMULATED
        history(ensure_venue("import"), "BTC", ["1"], date(2023, 1, 1))
        assert current_venue() == ensure_venue("import")
        history(ensure_venue("binance"), "BTC", ["1"], date(2024, 1, 1))
        assert current_venue() == ensure_venue("binance")
        assert feed_state().status == FeedStatus.STORED

    def test_the_feed_that_runs_decides(self, venue: Venue) -> None:
        feed = make_current("simulated", name="Simulated exchange", is_simulated=True)
        assert current_venue() == feed.venue
        make_current("binance", name="Binance", is_simulated=False)
        assert Feed.objects.filter(is_current=True).count() == 1
        assert current_venue() == ensure_venue("binance")
        make_none_current()
        assert current_venue() == venue

    @pytest.mark.parametrize(
        ("slug", "age", "status"),
        [
            ("binance", 1, FeedStatus.LIVE),
            ("binance", 31, FeedStatus.DELAYED),
            ("binance", None, FeedStatus.DELAYED),
            ("simulated", 1, FeedStatus.SIMULATED),
            ("simulated", 3600, FeedStatus.SIMULATED),
        ],
    )
    def test_the_badge(self, slug: str, age: int | None, status: FeedStatus) -> None:
        feed = make_current(slug, name=slug.title(), is_simulated=slug == "simulated")
        if age is not None:
            feed.last_message_at = timezone.now() - timedelta(seconds=age)
            feed.save()
        state = feed_state()
        assert (state.status, state.venue) == (status, slug)
        assert state.label.startswith(status.label)
        assert ("silent since" in state.detail) == (age is not None and age > 30)


class TestQuotes:
    def test_from_the_newest_close(self, venue: Venue) -> None:
        found = quotes(["BTC", "ETH", "NONE", "USD", "USDT"], venue)
        assert found.keys() == {"BTC", "ETH", "USD", "USDT"}
        btc = found["BTC"]
        assert (btc.price, btc.time) == (Decimal(120), datetime(2024, 1, 5, tzinfo=UTC))
        assert btc.is_stale
        assert btc.change_24h is None  # the day before has no close
        assert found["USDT"].price == 1

    def test_the_board_is_newer_than_the_database(self, venue: Venue) -> None:
        now = timezone.now()
        board.write("import", {"BTC": board.Entry(Decimal("130.5"), now, 0.01)})
        quote = quotes(["BTC"], venue)["BTC"]
        assert (quote.price, quote.time, quote.change_24h) == (Decimal("130.5"), now, 0.01)
        assert not quote.is_stale

    def test_venues_never_mix(self, venue: Venue) -> None:
        board.write("simulated", {"BTC": board.Entry(Decimal(9), timezone.now())})
        history(ensure_venue("simulated"), "SOL", ["7"])
        assert quotes(["BTC", "SOL"], venue).keys() == {"BTC"}
        assert quotes(["BTC"], ensure_venue("simulated"))["BTC"].price == 9

    def test_a_live_price_is_stale_after_five_minutes(self, venue: Venue) -> None:
        at = timezone.now() - timedelta(minutes=6)
        board.write("import", {"BTC": board.Entry(Decimal(9), at)})
        assert not quotes(["BTC"], venue)["BTC"].is_stale
        make_current("import", name="Imported history", is_simulated=False)
        assert quotes(["BTC"], venue)["BTC"].is_stale

    @pytest.mark.parametrize(
        ("currency", "base", "day", "rate"),
        [
            ("USD", "USDT", None, "1"),
            ("EUR", "EUR", None, "1"),
            ("EUR", "USD", date(2024, 1, 2), "1.25"),
            ("USD", "EUR", date(2024, 1, 2), "0.8"),
            ("BTC", "EUR", date(2024, 1, 2), "88"),
            ("BTC", "ETH", date(2024, 1, 2), "11"),
            ("BTC", "USD", date(2024, 1, 3), None),
            ("BTC", "USD", date(2020, 1, 3), None),
            ("BTC", "USD", None, "120"),
            ("NONE", "USD", None, None),
            ("USD", "GBP", None, None),
        ],
    )
    def test_rates(
        self, venue: Venue, currency: str, base: str, day: date | None, rate: str | None
    ) -> None:
        found = convert_rate(currency, base, day, venue)
        assert found == (None if rate is None else Decimal(rate))


class TestCloses:
    def test_missing_days_are_nan(self, venue: Venue) -> None:
        closes = daily_closes(["ETH", "BTC", "USDT"], end=FIRST + timedelta(9), days=99)
        assert closes.days == [FIRST + timedelta(n) for n in range(5)]
        nan = np.nan
        expected = [
            [nan, 100, 1],
            [10, 110, 1],
            [20, nan, 1],
            [nan, 120, 1],
            [40, nan, 1],
        ]
        np.testing.assert_array_equal(closes.values, expected)

    def test_a_window_ends_at_the_last_close_not_after_the_end(self, venue: Venue) -> None:
        closes = daily_closes(["BTC"], end=FIRST + timedelta(2), days=2, venue=venue)
        assert closes.days == [FIRST, FIRST + timedelta(1)]
        assert daily_closes(["BTC"], end=FIRST - timedelta(1), days=2, venue=venue).days == []

    def test_another_base_divides(self, venue: Venue) -> None:
        closes = daily_closes(["BTC", "USD"], end=FIRST, days=1, base="EUR", venue=venue)
        np.testing.assert_allclose(closes.values, [[80, 0.8]])
        missing = daily_closes(["BTC"], end=FIRST, days=1, base="GBP", venue=venue)
        assert np.isnan(missing.values).all()

    def test_the_day_that_runs_is_not_closed(self, venue: Venue) -> None:
        today = datetime.now(UTC).date()
        market = ensure_market(venue, "SOLUSDT", "SOL", "USDT")
        yesterday = bar(today - timedelta(1), "5")
        running = bar(today, "6")
        upsert_candles(market, "1d", [yesterday])
        Candle.objects.create(
            market=market,
            interval="1d",
            open_time=running.open_time,
            **dict.fromkeys(("open", "high", "low", "close", "volume"), Decimal(6)),
            is_closed=False,
        )
        closes = daily_closes(["SOL"], end=today, days=5, venue=venue)
        assert (closes.days, closes.values.tolist()) == ([today - timedelta(1)], [[5.0]])

    def test_what_is_kept_is_never_older_than_the_database(self, venue: Venue) -> None:
        for close in ("130", "131"):
            history(venue, "BTC", [close], FIRST + timedelta(5))
            closes = daily_closes(["BTC"], end=FIRST + timedelta(5), days=1, venue=venue)
            assert closes.values.tolist() == [[float(close)]]

    def test_exact_ones(self, venue: Venue) -> None:
        found = daily_closes_exact(["BTC", "ETH"], FIRST, FIRST + timedelta(2), "EUR", venue)
        assert found == {
            FIRST: {"BTC": Decimal(80)},
            FIRST + timedelta(1): {"BTC": Decimal(88), "ETH": Decimal(8)},
            FIRST + timedelta(2): {"ETH": Decimal(16)},
        }

    def test_sparklines_leave_out_what_is_missing(self, venue: Venue) -> None:
        assert sparklines(["BTC", "ETH"], venue=venue) == {
            "BTC": [100.0, 110.0, 120.0],
            "ETH": [10.0, 20.0, 40.0],
        }


class TestAssets:
    @pytest.mark.parametrize(
        ("symbol", "name", "kind"),
        [
            ("btc", "Bitcoin", AssetKind.COIN),
            ("USDC", "USDC", AssetKind.STABLECOIN),
            ("EUR", "Euro", AssetKind.FIAT),
            ("NEWCOIN", "NEWCOIN", AssetKind.COIN),
        ],
    )
    def test_made_as_they_are_known(self, symbol: str, name: str, kind: AssetKind) -> None:
        Asset.objects.filter(symbol=symbol.upper()).delete()
        asset = ensure_asset(symbol)
        assert (asset.symbol, asset.name, asset.kind) == (symbol.upper(), name, kind)
        assert ensure_asset(symbol, name="Other") == asset

    @pytest.mark.parametrize("symbol", ["", "A B", "É", "X" * 21, "<script>"])
    def test_what_is_no_symbol(self, symbol: str) -> None:
        with pytest.raises(ValidationError) as caught:
            ensure_asset(symbol)
        assert list(caught.value.message_dict) == ["symbol"]

    @pytest.mark.parametrize(
        ("pair", "parts"),
        [
            ("BTCUSDT", ("BTC", "USDT")),
            ("BTCFDUSD", ("BTC", "FDUSD")),
            ("ETHBTC", ("ETH", "BTC")),
            ("btc-usd", ("BTC", "USD")),
            ("BTC/EUR", ("BTC", "EUR")),
            ("SHIB1000USDT", ("SHIB1000", "USDT")),
            ("USDTUSD", ("USDT", "USD")),
            ("ARBUSD", ("ARB", "USD")),
            ("NEWBUSD", ("NEW", "BUSD")),
            ("BTC", ("BTC", "USD")),
            ("USDT", ("USDT", "USD")),
        ],
    )
    def test_pairs(self, pair: str, parts: tuple[str, str]) -> None:
        assert split_pair(pair) == parts


def test_a_running_bar_is_rolled_up_exactly() -> None:
    third = Decimal(1) / 3
    parts = [
        Bar(FIRST_HOUR, D(3), D(5), D(2), D(4), third, D(3), 2),
        Bar(FIRST_HOUR + timedelta(hours=1), D(4), D(9), D(4), D(8), third, D(6), 5),
    ]
    rolled = roll_up(parts, parts[0].open_time)
    assert rolled is not None
    assert [rolled.open, rolled.high, rolled.low, rolled.close] == [D(3), D(9), D(2), D(8)]
    assert (rolled.volume, rolled.vwap, rolled.trades) == (third * 2, D("4.5"), 7)
    assert not rolled.is_closed
    assert roll_up([], parts[0].open_time) is None
