"""The nightly run over 1,000, 10,000 and 100,000 portfolios on two real Celery workers.

Needs Django set up on a migrated database of its own; it fills that with portfolios.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.db import connection

from accounts.models import User
from config.celery import app
from markets.models import Asset
from markets.services import import_candles
from risk import tasks
from risk.models import FrozenBook, RiskRun, RiskSnapshot, RunState
from risk.services import runs

SIZES: Final = (1_000, 10_000, 100_000)
ASSETS: Final = 200
#: So many closes, that the earlier days have whole windows, too.
CLOSES: Final = 372
WORKERS: Final = 2
PATIENCE: Final = 3600.0

_WORKER: Final = (
    *("-m", "celery", "--quiet", "-A", "config", "worker", "--queues", "maintenance"),
    *("--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
)
# 5 to 15 assets each, by a hash of their numbers; bought long ago.
_PORTFOLIOS: Final = """
INSERT INTO portfolios_portfolio (owner_id, name, base_currency, benchmark, track_cash, created_at,
    stale_since, revision, basis_method, basis_scope, tax_year_start, drift_tolerance,
    minimum_order, trade_fee)
SELECT %(owner)s, 'P' || n, 'USD', 'BTC', false, now(), now(), 1, 'fifo', 'portfolio', '01-01',
    0.05, 10, 0.001
FROM generate_series(%(first)s, %(last)s) AS n
"""
_BUYS: Final = """
INSERT INTO portfolios_transaction (portfolio_id, type, asset_id, quantity, price, currency, fee,
    executed_at, location, to_location, note, unmatched, created_at, updated_at)
SELECT p.id, 'buy', a.id, 1 + (hashint4((p.id * 31 + k)::int) & 1023), 1, 'USD', 0, %(then)s,
    '', '', '', false, now(), now()
FROM portfolios_portfolio p
CROSS JOIN LATERAL generate_series(0, 4 + (p.id %% 11)::int) AS k
JOIN unnest(%(assets)s::bigint[]) WITH ORDINALITY AS a(id, at)
    ON a.at = 1 + (p.id * 7 + k * 13) %% %(count)s
WHERE p.name = ANY (SELECT 'P' || n FROM generate_series(%(first)s, %(last)s) AS n)
"""
_LOTS: Final = """
INSERT INTO portfolios_lot (portfolio_id, asset_id, opened_by_id, acquired_at, quantity, remaining,
    cost, basis, fee, basis_assumed, basis_missing, location)
SELECT portfolio_id, asset_id, id, executed_at, quantity, quantity, quantity, quantity, 0, false,
    false, ''
FROM portfolios_transaction t
WHERE NOT EXISTS (SELECT FROM portfolios_lot l WHERE l.opened_by_id = t.id)
"""
_HOLDINGS: Final = """
INSERT INTO portfolios_holding (portfolio_id, asset_id, quantity, cost, realised, rewards, fees)
SELECT portfolio_id, asset_id, sum(remaining), sum(basis), 0, 0, 0 FROM portfolios_lot l
WHERE NOT EXISTS (SELECT FROM portfolios_holding h WHERE h.portfolio_id = l.portfolio_id)
GROUP BY portfolio_id, asset_id
"""


def main() -> None:
    """Print a Markdown table."""
    app.set_default()  # messages go to the servers of this bench
    assets = market()
    owner = User.objects.create_user("bench@example.com", None)
    print(
        "| portfolios | positions | with forecasts | portfolios/s | snapshots alone | portfolios/s"
        " | memory of a worker | snapshots | forecasts |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    made = 0
    with _workers() as workers:
        for back, size in enumerate(SIZES):
            _fill(owner.pk, made + 1, size, assets)
            made = size
            run = runs.start(runs.closed_day() - timedelta(days=len(SIZES) - back))
            first = _timed(run)
            runs.repeat(run)  # its forecasts are there already
            print(_row(run, first, _timed(run), workers), flush=True)
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(
        f"\n{WORKERS} Celery workers of one process each, {ASSETS} assets, 365 returns, chunks of"
        f" {runs.SIZE:,}; from the first message to the last commit. The first row has the workers"
        f" load Numba and the compiled kernel. Load of the machine meanwhile: {loads}."
    )


def market() -> list[int]:
    """Assets with whole histories; their ids."""
    rng = np.random.default_rng(1)
    last = datetime.now(UTC).date() - timedelta(days=1)
    days = [(last - timedelta(days=back)).isoformat() for back in range(CLOSES - 1, -1, -1)]
    names = ["BTC", *(f"A{n}" for n in range(1, ASSETS))]
    moves = rng.standard_t(4, (CLOSES, 1)) * 0.02 + rng.standard_t(4, (CLOSES, ASSETS)) * 0.02
    closes = 100 * np.cumprod(1 + np.clip(moves, -0.5, 0.5), axis=0)
    lines = ["date,symbol,open,high,low,close,volume"]
    for at, name in enumerate(names):
        for day, close in zip(days, closes[:, at], strict=True):
            price = f"{close:.8f}"
            lines.append(f"{day},{name}USDT,{price},{price},{price},{price},1")
    import_candles(lines, "bench")
    return list(Asset.objects.filter(symbol__in=names).values_list("pk", flat=True))


def _fill(owner: int, first: int, last: int, assets: list[int]) -> None:
    """Portfolios number `first` to `last`, with what they hold."""
    then = datetime(2020, 1, 1, tzinfo=UTC)
    values: dict[str, Any] = {"owner": owner, "first": first, "last": last, "then": then}
    with connection.cursor() as cursor:
        for statement in (_PORTFOLIOS, _BUYS, _LOTS, _HOLDINGS):
            cursor.execute(statement, {**values, "assets": assets, "count": len(assets)})
        cursor.execute("ANALYZE")


def _timed(run: RiskRun) -> float:
    """Seconds from the first message to the end of the run."""
    started = time.monotonic()
    tasks.resume(run.pk)
    while RiskRun.objects.values_list("state", flat=True).get(pk=run.pk) == RunState.RUNNING:
        if time.monotonic() - started > PATIENCE:
            sys.exit(f"The run of {run.portfolios:,} portfolios was not over in {PATIENCE} s.")
        time.sleep(0.02)
    return time.monotonic() - started


def _row(run: RiskRun, first: float, again: float, workers: list[subprocess.Popen[bytes]]) -> str:
    count = run.portfolios
    stored = RiskSnapshot.objects.filter(run=run).count()
    said = FrozenBook.objects.filter(day=run.day + timedelta(days=1)).count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM portfolios_lot")
        positions = cursor.fetchone()[0]
    peak = max(_peak(worker.pid) for worker in workers)
    return (
        f"| {count:,} | {positions:,} | {first:.1f} s | {count / first:,.0f} | {again:.1f} s"
        f" | {count / again:,.0f} | {peak:.0f} MB | {stored:,} | {said:,} |"
    )


def _peak(pid: int) -> float:
    """Largest resident memory so far of a worker's own process or its child (Linux), in MB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return max(_high_water(process) for process in [str(pid), *children])


def _high_water(pid: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def _workers() -> Iterator[list[subprocess.Popen[bytes]]]:
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, *_WORKER]
    workers = [subprocess.Popen(command, env=environment) for _ in range(WORKERS)]  # noqa: S603
    try:
        yield workers
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(30)
