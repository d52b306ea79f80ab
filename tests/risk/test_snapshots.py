"""What is stored of the answers, what is pushed of them, and what is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.layers import get_channel_layer

from accounts.models import User
from markets.services import import_candles
from portfolios.models import Portfolio
from portfolios.services import add_transaction
from risk import broadcast
from risk.models import RiskSnapshot
from risk.selectors import latest_snapshot, risk_answer, score_history, snapshots_for
from risk.services import backfill_snapshots, recompute, thin_snapshots
from tests.risk.conftest import HEADER, Hold, days, line

HELD = {"BTC": "0.5", "ETH": "5", "SOL": "100"}


def test_a_snapshot_is_the_answer(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    assert recompute([portfolio.pk, 999_999]) == [portfolio.pk]
    snapshot = latest_snapshot(portfolio)
    assert snapshot is not None
    answer = risk_answer(portfolio)
    assert snapshot.answer["var"] == answer["var"]
    assert snapshot.var == answer["var"]["historical"]["fraction"]
    assert snapshot.score == answer["score"]
    assert snapshot.revision == portfolio.revision
    assert (snapshot.window_days, snapshot.observations) == (365, 365)


def test_what_has_not_moved_is_not_stored_again(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    recompute([portfolio.pk])
    recompute([portfolio.pk])
    assert portfolio.risk_snapshots.count() == 1
    portfolio.risk_snapshots.update(as_of=datetime.now(UTC) - timedelta(minutes=6))
    recompute([portfolio.pk])
    assert portfolio.risk_snapshots.count() == 2


def test_an_edit_is_news(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    recompute([portfolio.pk])
    before = latest_snapshot(portfolio)
    add_transaction(
        portfolio=portfolio,
        type="withdrawal",
        symbol="SOL",
        quantity="90",
        executed_at=datetime(2025, 10, 1, tzinfo=UTC),
    )
    recompute([portfolio.pk])
    after = latest_snapshot(portfolio)
    assert before is not None
    assert after is not None
    assert after.pk > before.pk
    assert after.revision > before.revision
    assert after.score != before.score


def test_what_was_measured_before_an_edit_is_not_told_after_it(
    market: list[str], hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    portfolio = hold(HELD)

    def edited_meanwhile(measured: Portfolio) -> Any:
        answer = risk_answer(measured)
        Portfolio.objects.update(revision=portfolio.revision + 1)
        return answer

    monkeypatch.setattr(f"{recompute.__module__}.risk_answer", edited_meanwhile)
    recompute([portfolio.pk])
    assert latest_snapshot(portfolio) is None
    monkeypatch.undo()
    recompute([portfolio.pk])
    assert latest_snapshot(portfolio) is not None


def test_a_figure_that_moved_is_news(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    recompute([portfolio.pk])
    crash = line(days(1)[0], "SOL", 20.0)
    import_candles([HEADER, crash], "stored")
    recompute([portfolio.pk])
    assert portfolio.risk_snapshots.count() == 2


@contextmanager
def listening() -> Iterator[Callable[[], dict[str, Any]]]:
    """Hear what the group of risk figures hears; within three seconds, or fail."""
    loop = asyncio.new_event_loop()
    layer = get_channel_layer()
    assert layer is not None
    channel = loop.run_until_complete(layer.new_channel())
    loop.run_until_complete(layer.group_add(broadcast.GROUP, channel))

    def hear() -> dict[str, Any]:
        message: dict[str, Any] = loop.run_until_complete(
            asyncio.wait_for(layer.receive(channel), 3)
        )
        return message

    yield hear
    loop.run_until_complete(layer.group_discard(broadcast.GROUP, channel))
    loop.close()


@pytest.mark.django_db(transaction=True)
def test_a_stored_snapshot_is_pushed_once_committed(
    owner: User, market: list[str], hold: Hold
) -> None:
    portfolio = hold(HELD)
    with listening() as hear:
        recompute([portfolio.pk])
        message = hear()
    assert (message["channel"], message["id"], message["owner"]) == ("risk", portfolio.pk, owner.pk)
    payload = message["payload"]
    snapshot = latest_snapshot(portfolio)
    assert snapshot is not None
    assert (payload["type"], payload["seq"]) == ("risk_update", snapshot.pk)
    assert payload["var"] == snapshot.answer["var"]["historical"]
    assert payload["sentence"].startswith("On 1 day in 20 you could lose ")
    assert {"score", "level", "trend", "cvar", "sentence_parts", "ts"} <= payload.keys()
    again = broadcast.catch_up(portfolio)
    assert again is not None
    assert {**again, "ts": ""} == {**payload, "ts": ""}


def test_all_portfolios_of_a_person(owner: User, market: list[str], hold: Hold) -> None:
    assert broadcast.combined(owner) is None
    parts = [hold({"BTC": "1"}), hold({"SOL": "50"}, "Other")]
    payload = broadcast.combined(owner)
    assert payload is not None
    assert payload["id"] == "all"
    assert payload["var"] == risk_answer(parts)["var"]["historical"]
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload


def test_nothing_to_catch_up_with(market: list[str], hold: Hold) -> None:
    assert broadcast.catch_up(hold(HELD)) is None


def test_backfilled_days_stand_as_they_stood(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    made = backfill_snapshots(portfolio, 12)
    assert made == 12
    assert backfill_snapshots(portfolio, 12) == 0
    oldest, newest = portfolio.risk_snapshots.last(), portfolio.risk_snapshots.first()
    assert oldest is not None
    assert newest is not None
    today = datetime.now(UTC).date()
    assert newest.as_of.date() == today - timedelta(days=1)
    assert oldest.as_of.date() == today - timedelta(days=12)
    assert oldest.answer["trend"] is None
    assert newest.answer["trend"] == "steady"
    assert risk_answer(portfolio)["trend"] == "steady"
    points = score_history(portfolio)
    assert [point["day"] for point in points] == sorted(point["day"] for point in points)
    assert len(points) == 12


def test_days_before_the_first_transaction_are_passed_over(market: list[str], hold: Hold) -> None:
    portfolio = hold({})
    assert backfill_snapshots(portfolio, 5) == 0


@pytest.mark.parametrize(("before", "word"), [(1.5, "rising"), (9.9, "falling")])
def test_trend_is_against_a_week_before(
    market: list[str], hold: Hold, before: float, word: str
) -> None:
    portfolio = hold(HELD)
    recompute([portfolio.pk])
    week = datetime.now(UTC) - timedelta(days=7)
    portfolio.risk_snapshots.update(as_of=week, score=before)
    assert risk_answer(portfolio)["trend"] == word
    assert risk_answer(portfolio, window=200)["trend"] is None
    portfolio.risk_snapshots.update(as_of=week - timedelta(days=20))
    late = risk_answer(portfolio)
    assert late["trend"] is None
    assert any("No trend yet" in warning for warning in late["warnings"])


def test_old_snapshots_are_thinned_to_one_a_day(market: list[str], hold: Hold) -> None:
    portfolio = hold(HELD)
    recompute([portfolio.pk])
    model = RiskSnapshot.objects.get()
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    for hours in (1, 30, 55, 56, 57, 90, 91):
        model.pk = None
        model.as_of = now - timedelta(hours=hours)
        model.save(force_insert=True)
    RiskSnapshot.objects.filter(as_of__gt=now).delete()
    assert thin_snapshots(now) == 3
    kept = sorted((now - row.as_of) / timedelta(hours=1) for row in RiskSnapshot.objects.all())
    assert kept == [1, 30, 55, 90]


def test_snapshots_belong_to_their_owner(
    owner: User, stranger: User, market: list[str], hold: Hold
) -> None:
    recompute([hold(HELD).pk])
    assert snapshots_for(owner).count() == 1
    assert snapshots_for(stranger).count() == 0
