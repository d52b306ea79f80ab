"""The nightly run: what it stores, and that nothing done to it changes a figure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from markets.services import import_candles
from portfolios.models import Portfolio
from portfolios.services import add_transaction, delete_portfolio
from risk import broadcast, tasks
from risk.models import ChunkState, RiskChunk, RiskRun, RiskSnapshot, RunState
from risk.selectors import latest_snapshot, risk_answer, score_history
from risk.services import batch, runs
from risk.services.compact import KEPT
from tests.risk.conftest import HEADER, Hold, days, line

BOOKS = [
    {"BTC": "0.5", "ETH": "5", "SOL": "100"},
    {"BTC": "1"},
    {"ETH": "3", "USD": "5000"},
    {"DOGE": "100000", "ADA": "20000", "SOL": "3", "BTC": "0.01", "USDT": "12.5"},
    {"USD": "1000"},
]


def run_to_the_end(run: RiskRun) -> RiskRun:
    while runs.measure_next(run.pk):
        pass
    run.refresh_from_db()
    return run


def stored() -> dict[int, tuple[Any, ...]]:
    """Every figure of every portfolio."""
    columns = ("value", "score", "level", "volatility", "var", "cvar", "max_drawdown", "answer")
    rows = RiskSnapshot.objects.values_list("portfolio_id", "as_of", "revision", *columns)
    found = {row[0]: row[1:] for row in rows}
    assert len(found) == RiskSnapshot.objects.count(), "a portfolio is stored twice"
    return found


@pytest.fixture
def books(market: list[str], hold: Hold) -> list[Portfolio]:
    return [hold(quantities, f"P{n}") for n, quantities in enumerate(BOOKS)]


def assert_same(found: Any, expected: Any, where: str) -> None:
    """Equal, fractions to 1e-9; amounts are fractions times the value and are compared as such."""
    if isinstance(expected, dict):
        for name in expected.keys() & found.keys():
            assert_same(found[name], expected[name], f"{where}.{name}")
    elif isinstance(expected, list):
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other, where)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), where
    elif where.endswith("amount"):
        assert Decimal(found) == pytest.approx(Decimal(expected), rel=Decimal("1e-9")), where
    else:
        assert found == expected, where


def test_the_kernel_says_what_the_answer_says(books: list[Portfolio]) -> None:
    run = run_to_the_end(runs.start())
    assert (run.state, run.by_kernel, run.singly) == (RunState.DONE, len(books), 0)
    for portfolio in books:
        snapshot = RiskSnapshot.objects.get(portfolio=portfolio)
        answer = risk_answer(portfolio, as_of=run.day)
        assert snapshot.value == Decimal(answer["value"])
        for name in ("score", "volatility", "max_drawdown"):
            assert getattr(snapshot, name) == pytest.approx(answer[name], rel=1e-9), name
        assert snapshot.cvar == pytest.approx(answer["cvar"]["fraction"], rel=1e-9)
        assert snapshot.as_of == datetime.combine(run.day, time.max, tzinfo=UTC)
        assert snapshot.revision == portfolio.revision
        for name in KEPT:
            assert_same(snapshot.answer[name], answer[name], name)


def test_one_with_gaps_is_measured_alone_and_says_what_the_answer_says(
    books: list[Portfolio], hold: Hold
) -> None:
    young = [HEADER, *(line(day, "NEW", 3 + 0.01 * (n % 7)) for n, day in enumerate(days(250)))]
    import_candles(young, "stored")
    portfolio = hold({"NEW": "40", "BTC": "1"}, "young")
    run = run_to_the_end(runs.start())
    assert (run.by_kernel, run.singly) == (len(books), 1)
    answer = risk_answer(portfolio, as_of=run.day)
    kept = RiskSnapshot.objects.get(portfolio=portfolio).answer
    assert kept == {name: answer[name] for name in KEPT}


def test_nothing_held_is_counted_and_not_stored(books: list[Portfolio], hold: Hold) -> None:
    hold({}, "empty")
    run = run_to_the_end(runs.start(size=2))
    assert (run.empty, run.seen, run.fraction) == (1, run.portfolios, 1.0)
    assert RiskSnapshot.objects.count() == len(books)


def test_a_book_of_today_is_not_that_of_the_closed_day(books: list[Portfolio]) -> None:
    add_transaction(
        portfolio=books[1],
        type="deposit",
        symbol="ETH",
        quantity=Decimal(50),
        price=Decimal(1),
        executed_at=timezone.now(),
    )
    before = risk_answer(books[1], as_of=runs.closed_day())["value"]
    run_to_the_end(runs.start())
    assert RiskSnapshot.objects.get(portfolio=books[1]).value == Decimal(before)


def test_running_it_twice_and_again_changes_no_figure(books: list[Portfolio]) -> None:
    run = run_to_the_end(runs.start(size=2))
    once = stored()
    assert runs.start(size=2) == run
    assert not runs.measure_next(run.pk)
    assert stored() == once
    runs.repeat(run)
    run_to_the_end(run)
    assert stored() == once
    assert (run.state, run.seen) == (RunState.DONE, len(books))


def test_a_lapsed_lease_is_taken_over(books: list[Portfolio]) -> None:
    run = runs.start(size=2)
    now = timezone.now()
    dead = run.chunks.order_by("number")[0]
    assert dead.claim(now, now + runs.LEASE)
    run_to_the_end(run)
    assert run.state == RunState.RUNNING, "somebody may be at work on it still"
    RiskChunk.objects.filter(pk=dead.pk).update(leased_until=now - timedelta(seconds=1))
    run_to_the_end(run)
    assert run.state == RunState.DONE
    assert RiskChunk.objects.get(pk=dead.pk).attempts == 2
    assert len(stored()) == len(books)


def test_only_one_of_two_gets_a_chunk(books: list[Portfolio]) -> None:
    run = runs.start()
    now = timezone.now()
    one, other = run.chunks.get(), run.chunks.get()
    assert one.claim(now, now + runs.LEASE)
    assert not other.claim(now, now + runs.LEASE)


def test_who_lost_the_lease_stores_nothing(
    books: list[Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.start()
    real = batch.measure

    def overtaken(*arguments: Any) -> batch.Measured:
        run.chunks.update(attempts=F("attempts") + 1)
        return real(*arguments)

    monkeypatch.setattr(batch, "measure", overtaken)
    assert runs.measure_next(run.pk)
    assert not stored()


def test_who_edits_or_deletes_meanwhile_is_left_to_his_own_turn(
    books: list[Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.start()
    real = batch.measure

    def edited(*arguments: Any) -> batch.Measured:
        found = real(*arguments)
        Portfolio.objects.filter(pk=books[0].pk).update(revision=F("revision") + 1)
        delete_portfolio(portfolio=books[1])
        return found

    monkeypatch.setattr(batch, "measure", edited)
    run_to_the_end(run)
    assert (run.state, run.edited, run.by_kernel) == (RunState.DONE, 2, len(books) - 2)
    assert set(stored()) == {portfolio.pk for portfolio in books[2:]}


def test_a_chunk_that_kills_three_workers_fails_the_run(books: list[Portfolio]) -> None:
    run = runs.start(size=3)
    run.chunks.filter(number=1).update(
        state=ChunkState.LEASED, attempts=3, leased_until=timezone.now() - timedelta(seconds=1)
    )
    run_to_the_end(run)
    assert runs.finish(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert len(stored()) == len(books) - 3


def test_no_portfolios_no_work(market: list[str]) -> None:
    run = runs.start()
    run.refresh_from_db()
    assert (run.state, run.fraction) == (RunState.DONE, 1.0)


def test_the_trend_is_that_of_the_answer(books: list[Portfolio]) -> None:
    run_to_the_end(runs.start(runs.closed_day() - timedelta(days=7)))
    RiskSnapshot.objects.update(score=1.5)
    run = run_to_the_end(runs.start())
    portfolio = books[0]
    newest = latest_snapshot(portfolio)
    assert newest is not None
    assert newest.answer["trend"] == "rising" == risk_answer(portfolio, as_of=run.day)["trend"]
    assert len(score_history(portfolio)) == 2


def test_pages_that_were_away_are_told_of_it(books: list[Portfolio]) -> None:
    run_to_the_end(runs.start())
    told = broadcast.catch_up(books[0])
    assert told is not None
    assert told["var"]["fraction"] > 0
    assert told["sentence"].startswith("On 1 day in 20")
    assert set(broadcast.PUSHED) <= set(told)


def test_the_task_sends_one_message_a_chunk_and_looks_again(
    books: list[Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "SIZE", 2)
    sent: list[int] = []
    later: list[tuple[list[int], float]] = []
    monkeypatch.setattr(tasks.measure_next, "delay", sent.append)
    monkeypatch.setattr(
        tasks.resume, "apply_async", lambda args, countdown: later.append((args, countdown))
    )
    old = runs.start(runs.closed_day() - timedelta(days=1), size=10)
    runs.start(size=2)
    assert tasks.nightly() == 4
    newest = RiskRun.objects.get(day=runs.closed_day())
    assert sent == [old.pk, newest.pk, newest.pk, newest.pk]
    assert later == [([run.pk], 120.0) for run in (old, newest)]
    assert all(tasks.measure_next(pk) for pk in sent)
    assert tasks.nightly() == 0
    assert RiskRun.objects.filter(state=RunState.DONE).count() == 2


def test_the_operator_sees_how_far_it_is_and_may_repeat_it(
    books: list[Portfolio], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", "x" * 20))
    sent: list[int] = []
    monkeypatch.setattr(tasks.measure_next, "delay", sent.append)
    monkeypatch.setattr(tasks.resume, "apply_async", lambda *_, **__: None)
    run = runs.start(size=3)
    assert runs.measure_next(run.pk)
    overview = reverse("admin:risk_riskrun_changelist")
    assert "60 %" in client.get(overview).content.decode()
    assert client.get(reverse("admin:risk_riskrun_change", args=[run.pk])).status_code == 200
    client.post(overview, {"action": "go_on", "_selected_action": [run.pk]})
    assert sent == [run.pk]
    run_to_the_end(run)
    client.post(overview, {"action": "measure_again", "_selected_action": [run.pk]})
    run.refresh_from_db()
    assert (run.state, run.seen, len(sent)) == (RunState.RUNNING, 0, 3)
