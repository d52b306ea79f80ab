"""The forecasts of every night: frozen, graded, the same however often and wherever killed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.models import Asset, Candle, Venue
from markets.services import ensure_asset, import_candles
from portfolios.models import Portfolio
from portfolios.services import add_transaction
from risk import measures
from risk.crossing import change_of
from risk.measures import Method
from risk.models import FrozenBook
from risk.selectors import backtest, risk_answer
from risk.services import (
    backfill_forecasts,
    forecasts,
    grade_forecasts,
    store_forecasts,
    thin_forecasts,
)
from tests.risk.conftest import HEADER, LAST, Hold, days, line

HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100"}
LAST_DAY = LAST.date()


def said(portfolio: Portfolio, day: date, confidence: float = 0.95) -> dict[str, float | None]:
    book = FrozenBook.objects.get(portfolio=portfolio, day=day)
    losses: dict[str, float | None] = book.losses[str(confidence)]
    return losses


def rows() -> list[tuple[Any, ...]]:
    """Everything that is stored, without keys and times of writing."""
    fields = ("portfolio", "day", "value", "positions", "missing", "value_after", "realised")
    said = ("observations", "losses")
    return list(FrozenBook.objects.order_by("portfolio", "day").values_list(*fields, *said))


def test_a_forecast_is_what_the_page_said(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    day = LAST_DAY + timedelta(days=1)
    assert store_forecasts([portfolio.pk], day) == 1
    answer = risk_answer(portfolio, as_of=LAST_DAY)
    forecast = said(portfolio, day)
    assert set(forecast) == set(Method)
    for method, loss in answer["var"].items():
        if loss is None:
            assert forecast[method] is None
        else:
            assert forecast[method] == pytest.approx(loss["fraction"], abs=1e-9)
    book = FrozenBook.objects.get()
    assert book.value == Decimal(answer["value"])
    assert {s: Decimal(n) for s, n in book.positions.items()} == {
        s: Decimal(n) for s, n in HELD.items()
    }
    assert book.observations["0.95"] == 365


def test_at_99_percent_it_takes_500_days(market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1"})
    store_forecasts([portfolio.pk], LAST_DAY)
    # 500 closes are 498 returns up to the day before: the tail has fewer than five days.
    assert set(said(portfolio, LAST_DAY, 0.99).values()) == {None}
    assert said(portfolio, LAST_DAY)["historical"] is not None


def test_realised_is_what_the_frozen_positions_did(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    store_forecasts([portfolio.pk], LAST_DAY)
    # What is traded on the day itself is not what was frozen before it.
    add_transaction(
        portfolio=portfolio,
        type="withdrawal",
        symbol="SOL",
        quantity=Decimal(90),
        executed_at=LAST - timedelta(hours=-12),
    )
    assert grade_forecasts(LAST_DAY) == 1
    book = FrozenBook.objects.get()
    closes = {
        (row.open_time.date(), row.market.base.symbol): row.close
        for row in Candle.objects.daily().filter(open_time__gte=LAST - timedelta(days=1))
        if row.market_id
    }
    before, after = (
        sum(Decimal(n) * closes[day, symbol] for symbol, n in HELD.items())
        for day in (LAST_DAY - timedelta(days=1), LAST_DAY)
    )
    assert book.value == before
    assert book.value_after == after
    assert book.realised == pytest.approx(float(after / before - 1), abs=1e-15)
    for method, loss in said(portfolio, LAST_DAY).items():
        (point,) = backtest(portfolio, mode="live", method=method)["series"]
        assert point["exception"] is (None if loss is None else (book.realised or 0.0) < -loss)


def test_a_crash_is_an_exception(market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1"})
    tomorrow = LAST_DAY + timedelta(days=1)
    store_forecasts([portfolio.pk], tomorrow)
    import_candles([HEADER, line(tomorrow.isoformat(), "BTC", 100.0)], "stored")
    grade_forecasts(tomorrow)
    methods = [method for method, loss in said(portfolio, tomorrow).items() if loss is not None]
    assert methods
    for method in methods:
        (point,) = backtest(portfolio, mode="live", method=method)["series"]
        assert point["exception"] is True


def test_twice_changes_nothing(market: list[str], hold: Hold) -> None:
    ids = [hold(HELD).pk, hold({"DOGE": "1000"}, "Other").pk, hold({}, "Empty").pk]
    for _ in range(2):
        forecasts.run(ids, LAST_DAY - timedelta(days=1))
        forecasts.run(ids, LAST_DAY)
    first = rows()
    assert FrozenBook.objects.count() == 4
    for book in FrozenBook.objects.all():
        assert [set(by) for by in book.losses.values()] == [set(Method)] * 2
    forecasts.run(ids, LAST_DAY)
    assert rows() == first


def test_old_forecasts_go(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    for back in (1, 0):
        store_forecasts([portfolio.pk], LAST_DAY - timedelta(days=back))
    assert thin_forecasts(LAST_DAY + timedelta(days=1096)) == 1
    assert FrozenBook.objects.get().day == LAST_DAY


class KilledError(Exception):
    pass


@pytest.mark.parametrize("where", ["_copy", "_write_grades"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_killed_in_the_middle(
    market: list[str], hold: Hold, monkeypatch: pytest.MonkeyPatch, where: str, after: int
) -> None:
    ids = [hold({"BTC": "1", "SOL": str(10 * n)}, f"P{n}").pk for n in range(1, 5)]
    yesterday = LAST_DAY - timedelta(days=1)
    monkeypatch.setattr(forecasts, "CHUNK", 2)
    forecasts.run(ids, yesterday)
    forecasts.run(ids, LAST_DAY)
    whole = rows()
    FrozenBook.objects.all().delete()

    real, calls = getattr(forecasts, where), 0

    def killed(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KilledError
        real(*given)

    monkeypatch.setattr(forecasts, where, killed)
    for day in (yesterday, LAST_DAY):
        try:
            forecasts.run(ids, day)
        except KilledError:
            break
    monkeypatch.setattr(forecasts, where, real)
    forecasts.run(ids, yesterday)
    forecasts.run(ids, LAST_DAY)
    assert rows() == whole


def test_what_has_no_close_yet_waits(market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1", "SOL": "10"})
    late = LAST_DAY + timedelta(days=1)
    assert store_forecasts([portfolio.pk], late) == 1
    assert store_forecasts([portfolio.pk], late + timedelta(days=1)) == 0  # no closes before it
    assert grade_forecasts(late) == 0
    import_candles([HEADER, line(late.isoformat(), "BTC", 50000)], "stored")
    assert grade_forecasts(late) == 0  # SOL is missing
    import_candles([HEADER, line(late.isoformat(), "SOL", 90)], "stored")
    assert grade_forecasts(late + timedelta(days=8)) == 0  # later than a week
    assert grade_forecasts(late + timedelta(days=7)) == 1


def test_the_unpriced_is_named_and_in_no_figure(market: list[str], hold: Hold) -> None:
    ensure_asset("NOPE")
    portfolio = hold({"BTC": "1", "NOPE": "5"})
    store_forecasts([portfolio.pk], LAST_DAY)
    book = FrozenBook.objects.get()
    assert (list(book.positions), book.missing) == (["BTC"], ["NOPE"])
    assert grade_forecasts(LAST_DAY) == 1


def test_a_young_coin_is_stood_in_for(market: list[str], hold: Hold) -> None:
    young = [line(day, "NEW", 5 + at * 0.01) for at, day in enumerate(days(60))]
    import_candles([HEADER, *young], "stored")
    portfolio = hold({"BTC": "0.01", "NEW": "1000"})
    day = LAST_DAY + timedelta(days=1)
    store_forecasts([portfolio.pk], day)
    page = risk_answer(portfolio, as_of=LAST_DAY)["var"]["historical"]["fraction"]
    assert said(portfolio, day)["historical"] == pytest.approx(page, abs=1e-9)


def test_another_base_currency(market: list[str], hold: Hold) -> None:
    import_candles([HEADER, *(line(day, "EUR", 1.1) for day in days(500))], "stored")
    portfolio = hold({"BTC": "1", "EUR": "1000"}, base_currency="EUR")
    store_forecasts([portfolio.pk], LAST_DAY)
    grade_forecasts(LAST_DAY)
    book = FrozenBook.objects.get()
    assert book.base_currency == "EUR"
    assert book.graded_at is not None
    assert said(portfolio, LAST_DAY)["ewma"] is not None


def test_backfill(market: list[str], hold: Hold) -> None:
    rng, today = np.random.default_rng(4), datetime.now(UTC).date()
    path = 100 * np.cumprod(1 + rng.standard_t(4, 170) * 0.02)
    recent = [
        line((today - timedelta(days=170 - at)).isoformat(), "BTC", close)
        for at, close in enumerate(path.tolist())
    ]
    import_candles([HEADER, *recent], "recent")
    portfolio = hold({}, venue=Venue.objects.get(slug="recent"))
    add_transaction(
        portfolio=portfolio,
        type="deposit",
        symbol="BTC",
        quantity=Decimal(1),
        executed_at=datetime.now(UTC) - timedelta(days=150),
    )
    assert backfill_forecasts([portfolio.pk], 40) == 41
    assert backfill_forecasts([portfolio.pk], 40) == 0
    assert FrozenBook.objects.filter(graded_at=None).get().day == today
    live = backtest(portfolio, mode="live")
    assert live["days"] == 40
    grade = live["methods"]["historical"]
    assert grade["observations"] == 40
    assert grade["light"] in {"green", "yellow", "red"}
    assert live["recommended"]["method"] in {*Method}
    happened = np.array([point["return"] for point in live["series"]])
    losses = np.array([point["var"] for point in live["series"]])
    assert [point["exception"] for point in live["series"]] == (happened < -losses).tolist()


@given(
    st.decimals(Decimal("1e-9"), Decimal("1e12"), places=12, allow_nan=False),
    st.decimals(Decimal(0), Decimal("1e12"), places=12, allow_nan=False),
)
def test_the_crossing_of_a_return(before: Decimal, after: Decimal) -> None:
    assert change_of(before, after) == pytest.approx(
        float(after) / float(before) - 1, abs=1e-9, rel=1e-9
    )


def test_a_walk_over_the_past(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    found = backtest(portfolio, window=100, method="parametric")
    assert (found["days"], found["window_days"], found["method"]) == (399, 100, "parametric")
    returns = _returns(market, risk_answer(portfolio)["contributions"])
    forecast = measures.parametric_var(returns[50:150])
    assert found["series"][50]["var"] == pytest.approx(forecast, abs=1e-9)
    assert found["series"][50]["return"] == pytest.approx(returns[150], abs=1e-9)
    newest = backtest(portfolio, window=100, days=60)
    assert newest["days"] == 60
    assert newest["series"][-1]["day"] == LAST_DAY.isoformat()
    assert newest["methods"]["ewma"]["observations"] == 60


def _returns(lines: Sequence[str], contributions: list[dict[str, Any]]) -> measures.Array:
    closes: dict[str, list[float]] = {}
    for text in lines[1:]:
        _, pair, *_, close, _ = text.split(",")
        closes.setdefault(pair.removesuffix("USDT"), []).append(float(close))
    total = np.zeros(499)
    for part in contributions:
        path = np.array(closes[part["symbol"]])
        total += part["weight"] * (path[1:] / path[:-1] - 1)
    return total


def test_too_short_a_past_is_said(market: list[str], hold: Hold) -> None:
    found = backtest(hold(HELD), window=499)
    assert (found["days"], found["recommended"]["method"]) == (0, None)
    assert any("499" in warning for warning in found["warnings"])
    empty = backtest(hold({}, "Empty"))
    assert empty["series"] == []
    assert backtest([])["warnings"]


def test_an_edit_is_seen_by_the_next_walk(market: list[str], hold: Hold) -> None:
    portfolio = hold({"BTC": "1"})
    before = backtest(portfolio, window=100)
    add_transaction(
        portfolio=portfolio,
        type="deposit",
        symbol="DOGE",
        quantity=Decimal(10**6),
        executed_at=datetime(2025, 3, 1, tzinfo=UTC),
    )
    after = backtest(Portfolio.objects.get(pk=portfolio.pk), window=100)
    assert before["series"][0]["var"] != after["series"][0]["var"]
    assert Asset.objects.filter(symbol="DOGE").exists()
