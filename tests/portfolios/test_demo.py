"""The demo: refused where it must not be, believable, and the same when it is asked for twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import timezone
from redis import Redis

from accounts.models import User
from alerts.models import Event, Rule, RuleState
from config.demo import stories
from config.demo.seeding import EMAIL, PASSWORD, choose_tape
from config.demo.tape import SimulatedTape, Span
from markets.models import Candle
from portfolios import selectors
from portfolios.models import (
    DailyValue,
    Portfolio,
    Target,
    Transaction,
    WatchlistItem,
)
from risk.models import Breach, Limit, RiskSnapshot
from risk.selectors.restoring import restore
from tests.markets.exchange_fixture import ThreadedExchange

TODAY = date(2026, 11, 21)
STORIES = [stories.calm_core, stories.concentrated_bet, stories.stable_reserve]


def flat(symbol: str, _day: date) -> Span:
    price = {"EUR": Decimal("1.1"), "USDC": Decimal(1)}.get(symbol, Decimal(100))
    return Span(price * Decimal("0.99"), price * Decimal("1.01"))


@pytest.mark.parametrize("story", STORIES)
def test_a_story_is_the_same_every_time_and_never_sells_what_is_not_there(story: Any) -> None:
    rows = story(flat, TODAY)
    assert rows == story(flat, TODAY)
    assert len({row["external_id"] for row in rows}) == len(rows)
    held: dict[str, Decimal] = {}
    for row in sorted(rows, key=lambda row: row["executed_at"]):
        sign = {"buy": 1, "deposit": 1, "reward": 1, "transfer": 0}.get(row["type"], -1)
        held[row["symbol"]] = held.get(row["symbol"], Decimal(0)) + sign * row["quantity"]
        assert held[row["symbol"]] >= 0
        if "price" in row and row["symbol"] not in {"BTC", "USDC"}:
            span = flat(row["symbol"], TODAY)
            assert span.low <= row["price"] <= span.high
    days = [row["executed_at"].date() for row in rows]
    assert min(days) >= TODAY - stories.SPAN
    assert max(days) < TODAY


def test_a_coin_that_is_not_traded_yet_is_left_out() -> None:
    rows = stories.concentrated_bet(
        lambda symbol, day: None if symbol == "TIDE" else flat(symbol, day), TODAY
    )
    assert "TIDE" not in {row["symbol"] for row in rows}


@pytest.mark.parametrize(("embedded", "debug"), [(False, True), (True, False)])
def test_refused_on_a_database_that_is_not_private(
    settings: Any, embedded: bool, debug: bool
) -> None:
    settings.EMBEDDED, settings.DEBUG = embedded, debug
    with pytest.raises(CommandError, match="known password"):
        call_command("seed_demo")


@pytest.mark.django_db(transaction=True)
def test_the_whole_demo_twice(settings: Any, valkey: Redis) -> None:
    settings.EMBEDDED = settings.DEBUG = True
    call_command("seed_demo", if_empty=True, stdout=StringIO())
    _check_people()
    _check_money()
    _check_rules()
    _check_limits()
    counts = _counts()
    call_command("seed_demo", stdout=StringIO())
    call_command("seed_demo", if_empty=True, stdout=StringIO())
    assert _counts() == counts


@pytest.mark.django_db(transaction=True)
def test_told_on_the_live_feed_when_there_is_one(
    settings: Any, valkey: Redis, exchange: ThreadedExchange
) -> None:
    """The real client reads a real socket; the coins that only the simulation has stay away."""
    settings.EMBEDDED = settings.DEBUG = True
    settings.MARKET_FEED = "binance"
    settings.BINANCE_REST_URL = exchange.rest_url
    tape = choose_tape(print)
    assert (tape.slug, set(tape.symbols)) == ("binance", set(stories.SYMBOLS))
    assert tape.days("BTC") == SimulatedTape().days("BTC")[-len(tape.days("BTC")) :]
    settings.BINANCE_REST_URL = "http://127.0.0.1:1"
    assert choose_tape(print).slug == "simulated"


def _counts() -> list[int]:
    models: list[Any] = [
        User,
        Portfolio,
        Transaction,
        DailyValue,
        RiskSnapshot,
        Rule,
        Event,
        Limit,
        Breach,
        Target,
        WatchlistItem,
    ]
    return [model.objects.count() for model in models]


def _check_people() -> None:
    request = RequestFactory().post("/accounts/login/")
    user = authenticate(request, email=EMAIL, password=PASSWORD)
    assert isinstance(user, User)
    assert user.is_superuser
    assert user.preferences.base_currency == "USD"


def _check_money() -> None:
    """Prices are those that the simulated exchange serves; every day of two years is valued."""
    bar = SimulatedTape().days("BTC")[-1]
    stored = Candle.objects.get(market__symbol="BTCUSDT", open_time=bar.open_time, interval="1d")
    assert (stored.close, stored.volume, stored.trades) == (bar.close, bar.volume, bar.trades)
    portfolios = list(Portfolio.objects.select_related("venue"))
    assert [p.name for p in portfolios] == ["Calm core", "Concentrated bet", "Stable reserve"]
    told = set(Transaction.objects.values_list("type", flat=True))
    assert told >= {"buy", "sell", "deposit", "withdrawal", "fee", "reward", "transfer"}
    assert not DailyValue.objects.filter(value=None).exists()
    assert DailyValue.objects.count() > 3 * 700
    book = selectors.combined_book(portfolios, "USD")
    assert book.is_simulated
    assert book.missing == []
    assert book.value is not None
    assert Decimal(50_000) < book.value < Decimal(500_000)
    assert RiskSnapshot.objects.count() >= 3 * 90


def _check_rules() -> None:
    fired, near = Rule.objects.order_by("id")
    assert fired.state == RuleState.FIRING
    event = Event.objects.get(rule=fired, fired=True)
    assert event.occurred_at < timezone.now() - timedelta(days=1)
    assert event.deliveries.count() == 2
    price = SimulatedTape().price_now("SOL")
    assert near.state == RuleState.OK
    assert abs(near.threshold / price - 1) < Decimal("0.03")


def _check_limits() -> None:
    """Every one has a value; the bet is over a line, and it is said what brings it back."""
    assert Limit.objects.count() == 5
    assert not Limit.objects.filter(value=None).exists()
    over = Breach.objects.filter(closed_at=None).select_related("limit__portfolio")
    assert {breach.limit.about for breach in over} == {"Concentrated bet"}
    assert all(restore(breach.limit)["trades"] for breach in over)
