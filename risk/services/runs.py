"""The nightly run: planned as rows, claimed a chunk at a time, stored whole or not at all.

A killed worker leaves a lease that lapses; whoever asks next has its chunk. Snapshots, the chunk's
end and the run's totals are one transaction, so nothing is stored twice and nothing half.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from portfolios.models import Portfolio
from risk.metrics import PORTFOLIOS_MEASURED, RUN_DONE
from risk.models import ChunkState, RiskChunk, RiskRun, RiskSnapshot, RunState
from risk.services import forecasts

if TYPE_CHECKING:
    from risk.services.batch import Measured, Row

#: Portfolios of one chunk: a second or two of work.
SIZE = 2000
#: A worker that shows no sign of life for so long has lost its chunk.
LEASE = timedelta(minutes=2)

_COLUMNS = (
    *("portfolio_id", "as_of", "revision", "window_days", "observations", "value", "score"),
    *("level", "volatility", "var", "cvar", "max_drawdown", "answer", "run_id"),
)


class LeaseLostError(Exception):
    """Another worker has the chunk by now; its figures are the same."""


def closed_day() -> date:
    """The last UTC day that is over."""
    return datetime.now(UTC).date() - timedelta(days=1)


def start(day: date | None = None, size: int = SIZE) -> RiskRun:
    """The run of `day` (default: the last closed one); planned if there was none yet."""
    with transaction.atomic():
        ids = list(Portfolio.objects.order_by("pk").values_list("pk", flat=True))
        run, is_new = RiskRun.objects.get_or_create(
            day=day or closed_day(), defaults={"portfolios": len(ids)}
        )
        if is_new:
            parts = [ids[at : at + size] for at in range(0, len(ids), size)]
            RiskChunk.objects.bulk_create(
                RiskChunk(run=run, number=n, first_id=part[0], last_id=part[-1], size=len(part))
                for n, part in enumerate(parts, start=1)
            )
    finish(run.pk)  # a run of no portfolios is over at once
    return run


def repeat(run: RiskRun) -> None:
    """Measure every chunk again, after history was mended; what comes out takes the old's place."""
    with transaction.atomic():
        run.chunks.update(state=ChunkState.WAITING, attempts=0, leased_until=None, finished_at=None)
        RiskRun.objects.filter(pk=run.pk).update(
            state=RunState.RUNNING, finished_at=None, by_kernel=0, singly=0, empty=0, edited=0
        )


def unfinished_runs() -> list[int]:
    """Ids, the oldest day first."""
    running = RiskRun.objects.filter(state=RunState.RUNNING).order_by("day")
    return list(running.values_list("pk", flat=True))


def claimable(run_id: int) -> int:
    """How many chunks wait for a worker."""
    return RiskChunk.objects.filter(run=run_id).claimable(timezone.now()).count()


def measure_next(run_id: int) -> bool:
    """Claim the next chunk, measure and store it; False if there is none to claim."""
    chunk = _claimed(run_id)
    if chunk is None:
        return False
    # Numba: here the worker first needs it, and whatever else imports services never does.
    from risk.services.batch import measure  # noqa: PLC0415

    portfolios = list(
        Portfolio.objects.filter(pk__range=(chunk.first_id, chunk.last_id)).select_related("venue")
    )
    try:
        forecasts.run([portfolio.pk for portfolio in portfolios], chunk.run.day)
        _breathe(chunk)
        _store(chunk, measure(portfolios, chunk.run.day, lambda: _breathe(chunk)))
    except LeaseLostError:
        return True
    finish(run_id)
    return True


def _claimed(run_id: int) -> RiskChunk | None:
    """The first chunk that this worker gets; others may take the same at the same time."""
    while True:
        now = timezone.now()
        waiting = RiskChunk.objects.filter(run=run_id).claimable(now).select_related("run")
        chunk = waiting.order_by("number").first()
        if chunk is None or chunk.claim(now, now + LEASE):
            return chunk


def _breathe(chunk: RiskChunk) -> None:
    """Renew the lease."""
    mine = RiskChunk.objects.filter(pk=chunk.pk, attempts=chunk.attempts, state=ChunkState.LEASED)
    if not mine.update(leased_until=timezone.now() + LEASE):
        raise LeaseLostError


def _store(chunk: RiskChunk, measured: Measured) -> None:
    """Snapshots, the end of the chunk and the run's totals, in one transaction."""
    with transaction.atomic():
        mine = RiskChunk.objects.select_for_update().filter(
            pk=chunk.pk, attempts=chunk.attempts, state=ChunkState.LEASED
        )
        if mine.first() is None:
            raise LeaseLostError
        rows = _unedited(measured.rows)
        RiskSnapshot.objects.filter(
            run=chunk.run, portfolio_id__gte=chunk.first_id, portfolio_id__lte=chunk.last_id
        ).delete()
        _copy(rows, chunk.run_id)
        mine.update(state=ChunkState.DONE, finished_at=timezone.now())
        _count(chunk, rows, measured.empty)


def _unedited(rows: list[Row]) -> list[Row]:
    """Without those whose portfolio was edited or deleted meanwhile; the others stand still now."""
    ids = [row["portfolio"].pk for row in rows]
    held = Portfolio.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    revisions = dict(held.values_list("pk", "revision"))
    return [row for row in rows if revisions.get(row["portfolio"].pk) == row["revision"]]


def _copy(rows: Iterable[Row], run_id: int) -> None:
    target = f"COPY risk_risksnapshot ({', '.join(_COLUMNS)}) FROM STDIN"
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(target) as copy,
    ):
        for row in rows:
            known = {
                **row,
                "portfolio_id": row["portfolio"].pk,
                "answer": json.dumps(row["answer"]),
                "run_id": run_id,
            }
            copy.write_row([known[name] for name in _COLUMNS])


def _count(chunk: RiskChunk, rows: list[Row], empty: int) -> None:
    """Totals of the run; what was deleted since it was planned counts as edited."""
    singly = sum(row["way"] == "singly" for row in rows)
    ways = {
        "by_kernel": len(rows) - singly,
        "singly": singly,
        "empty": empty,
        "edited": chunk.size - len(rows) - empty,
    }
    RiskRun.objects.filter(pk=chunk.run_id).update(
        **{way: F(way) + count for way, count in ways.items()}
    )
    transaction.on_commit(lambda: _publish(chunk.run_id, ways))


def _publish(run_id: int, ways: dict[str, int]) -> None:
    for way, count in ways.items():
        PORTFOLIOS_MEASURED.labels(way).inc(count)
    run = RiskRun.objects.filter(pk=run_id).first()
    if run is not None:
        RUN_DONE.set(run.fraction)


def finish(run_id: int) -> bool:
    """Close the run if no chunk is left to measure; whether it is over."""
    now = timezone.now()
    chunks = RiskChunk.objects.filter(run=run_id)
    chunks.broken(now).update(state=ChunkState.FAILED)
    if chunks.unfinished().exists():
        return False
    failed = chunks.filter(state=ChunkState.FAILED).exists()
    RiskRun.objects.filter(pk=run_id, state=RunState.RUNNING).update(
        state=RunState.FAILED if failed else RunState.DONE, finished_at=now
    )
    return True
