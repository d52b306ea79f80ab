"""The nightly run through real Celery workers, one of which is killed in the middle of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from redis import Redis

from config.celery import app
from portfolios.models import Portfolio
from risk import tasks
from risk.models import ChunkState, RiskChunk, RiskRun, RiskSnapshot, RunState
from risk.services import runs
from tests.alerts.worker import Worker, eventually
from tests.risk.conftest import Hold

HELD = [{"BTC": "1"}, {"ETH": "3", "USD": "5000"}, {"SOL": "9", "BTC": "0.1", "ADA": "700"}]
COUNT = 24


@pytest.fixture
def new_worker(
    child_environment: dict[str, str], valkey: Redis, tmp_path: Path
) -> Iterator[Callable[[], Worker]]:
    workers: list[Worker] = []

    def start() -> Worker:
        log = tmp_path / f"worker-{len(workers)}.log"
        workers.append(Worker(child_environment, log, queues="maintenance"))
        workers[-1].wait_ready()
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


def figures() -> dict[int, tuple[Any, ...]]:
    columns = ("as_of", "value", "score", "level", "volatility", "var", "cvar", "max_drawdown")
    rows = RiskSnapshot.objects.values_list("portfolio_id", *columns, "answer")
    found = {row[0]: row[1:] for row in rows}
    assert len(found) == RiskSnapshot.objects.count(), "a portfolio is stored twice"
    return found


def test_a_killed_worker_and_a_second_run_change_no_figure(
    market: list[str], hold: Hold, new_worker: Callable[[], Worker]
) -> None:
    assert tasks.measure_next.app is app, "messages go to the workers' broker"
    for number in range(COUNT):
        hold(HELD[number % 3], f"P{number}")
    undisturbed = _undisturbed()
    run = runs.start(size=2)

    doomed = new_worker()
    held_back = _held_back(run)
    next(held_back)
    tasks.resume(run.pk)
    done = run.chunks.filter(state=ChunkState.DONE)
    eventually(lambda: done.count() == 3, "three chunks are done", doomed.text)
    leased = run.chunks.filter(state=ChunkState.LEASED, number=4)
    eventually(leased.exists, "the fourth chunk is at work", doomed.text)
    doomed.kill()
    next(held_back, None)
    assert len(figures()) == 6, "of the chunk it died in there is nothing"

    # What two minutes would do: its lease lapses.
    leased.update(leased_until=run.started_at)
    heir = new_worker()
    tasks.nightly.delay()
    eventually(lambda: _state(run) == RunState.DONE, "the run is over", heir.text)
    assert figures() == undisturbed
    assert RiskChunk.objects.get(run=run, number=4).attempts == 2

    tasks.nightly.delay()
    runs.repeat(run)
    tasks.resume(run.pk)
    eventually(lambda: _state(run) == RunState.DONE, "the second run is over", heir.text)
    assert figures() == undisturbed
    assert Portfolio.objects.count() == COUNT == RiskRun.objects.get().by_kernel


def _undisturbed() -> dict[int, tuple[Any, ...]]:
    """What a run that nothing happens to stores; it leaves no trace."""
    run = runs.start()
    while runs.measure_next(run.pk):
        pass
    found = figures()
    RiskSnapshot.objects.all().delete()
    run.delete()
    return found


def _held_back(run: RiskRun) -> Iterator[None]:
    """Lock a portfolio of the fourth chunk until asked again: who measures it waits there, with
    its snapshots not stored.
    """
    fourth = run.chunks.get(number=4)
    with psycopg.connect(**_address()) as other:
        other.execute(
            "SELECT 1 FROM portfolios_portfolio WHERE id = %s FOR UPDATE", [fourth.first_id]
        )
        yield
        other.rollback()


def _address() -> dict[str, Any]:
    """Of the test's database, for a connection beside Django's."""
    parameters = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return {name: parameters[name] for name in names if name in parameters}


def _state(run: RiskRun) -> str:
    return RiskRun.objects.values_list("state", flat=True).get(pk=run.pk)
