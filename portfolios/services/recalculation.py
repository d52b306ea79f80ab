"""Reckoning a whole ledger anew with another basis, beside the figures that are shown.

The row is the queue. A worker that holds the row's advisory lock works on it; when it is killed its
database session ends, the lock with it, and whoever looks next (`take_up_recalculations`, called
by every cycle) starts over. Nothing is stored before the last step, which replaces everything at
once in one database transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from celery import current_app
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.db import transaction as database
from django.db.models import Sum
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from portfolios import lots
from portfolios.entries import NoMarkError
from portfolios.ledger import (
    Outcome,
    OverdrawnError,
    TooLargeError,
    assets_in,
    replace_all,
    replay_asset,
    rules_of,
)
from portfolios.models import (
    BasisElection,
    BasisMethod,
    BasisScope,
    JobState,
    Portfolio,
    Recalculation,
    Transaction,
)
from portfolios.services.marking import locked, touch
from portfolios.services.refusals import blame, impossible

if TYPE_CHECKING:
    from accounts.models import User

log = structlog.get_logger(__name__)

TASK = "portfolios.tasks.recalculate"
#: The first key of the advisory locks of recalculations; the second is the row's id.
_LOCK = 0x506C6D
#: A ledger that is edited all the time is reckoned this often beside its editors; then they wait.
_TRIES = 3
#: How long a row may wait for its task before a cycle asks again.
OVERDUE = timedelta(seconds=15)
#: As Portfolio.tax_year_start says: a day that every year has.
_DAY_OF_YEAR = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])")
_JANUARY, _APRIL = "01-01", "04-06"
UNFINISHED = [JobState.WAITING, JobState.RUNNING]


def request_recalculation(
    *,
    portfolio: Portfolio,
    user: User | None,
    method: str | None = None,
    scope: str | None = None,
    tax_year_start: str | None = None,
    elections: Mapping[int, str] | None = None,
) -> Recalculation:
    """Have the ledger reckoned with these settings in the background; None: as they are.

    `elections` by tax year (the calendar year it starts in) replace all there are. Who turns to UK
    pooling with a year that begins in January, and names no other, gets 6 April. A portfolio has
    one recalculation at a time: where one is under way its settings are changed. ValidationError
    on the field that is wrong.
    """
    with database.atomic():
        portfolio = locked(portfolio)
        wanted = settings_of(portfolio)
        given = {"method": method, "scope": scope, "tax_year_start": tax_year_start}
        turns = method == BasisMethod.UK and wanted["method"] != BasisMethod.UK
        if turns and wanted["tax_year_start"] == _JANUARY:
            wanted["tax_year_start"] = _APRIL
        wanted |= {name: value for name, value in given.items() if value is not None}
        if elections is not None:
            wanted["elections"] = {str(year): each for year, each in sorted(elections.items())}
        _check(wanted)
        job, is_new = Recalculation.objects.get_or_create(
            portfolio=portfolio,
            state__in=UNFINISHED,
            defaults={
                "user": user,
                "wanted": wanted,
                "state": JobState.WAITING,
                "realised_before": _realised(portfolio),
            },
        )
        if not is_new:
            job.wanted, job.user = wanted, user
            job.save(update_fields=["wanted", "user"])
        database.on_commit(partial(_ask, job.pk))
    return job


def settings_of(portfolio: Portfolio) -> dict[str, Any]:
    """How the portfolio is reckoned now, as `Recalculation.wanted` keeps it."""
    chosen = BasisElection.objects.filter(portfolio=portfolio).order_by("tax_year")
    return {
        "method": portfolio.basis_method,
        "scope": portfolio.basis_scope,
        "tax_year_start": portfolio.tax_year_start,
        "elections": {str(year): each for year, each in chosen.values_list("tax_year", "method")},
    }


def tax_year_at(portfolio: Portfolio, at: datetime | None) -> int:
    """The tax year of that time (None: now), by the calendar year it starts in."""
    return rules_of(portfolio).tax_year(at or timezone.now())


def take_up_recalculations() -> int:
    """Ask again for those whose task was lost or whose worker was killed; returns how many."""
    overdue = Recalculation.objects.filter(
        state__in=UNFINISHED, created_at__lt=timezone.now() - OVERDUE
    )
    seconds = int(OVERDUE.total_seconds())
    due = [
        pk
        for pk in overdue.values_list("pk", flat=True)
        if cache.add(f"portfolios:recalculation:{pk}", 1, timeout=seconds)
    ]
    for pk in due:
        _ask(pk)
    return len(due)


def run_recalculation(recalculation_id: int) -> bool:
    """Do it; False: it is done, or somebody is at it. What goes wrong is written on the row."""
    with _alone(recalculation_id) as mine:
        job = Recalculation.objects.filter(pk=recalculation_id, state__in=UNFINISHED).first()
        if not mine or job is None:
            return False
        job.state, job.started_at, job.done = JobState.RUNNING, timezone.now(), 0
        job.save(update_fields=["state", "started_at", "done"])
        try:
            for last in [False] * (_TRIES - 1) + [True]:
                if _attempt(job, in_peace=last):
                    break
        except (OverdrawnError, NoMarkError, TooLargeError) as error:
            _fail(job, error)
        return True


def _check(wanted: Mapping[str, Any]) -> None:
    wrong: dict[str, list[str]] = {}
    if wanted["method"] not in BasisMethod.values:
        wrong["method"] = [f"Choose one of {', '.join(BasisMethod.values)}."]
    if wanted["scope"] not in BasisScope.values:
        wrong["scope"] = [f"Choose one of {', '.join(BasisScope.values)}."]
    if not _DAY_OF_YEAR.fullmatch(str(wanted["tax_year_start"])):
        wrong["tax_year_start"] = ["Enter month and day as MM-DD, the 28th at the latest."]
    for year, method in wanted["elections"].items():
        if not (year.isdecimal() and 2009 <= int(year) <= 2200):
            wrong["elections"] = [f"{year} is not a tax year (2009 to 2200)."]
        elif method not in BasisMethod.values:
            wrong["elections"] = [f"{year}: choose one of {', '.join(BasisMethod.values)}."]
    if wrong:
        raise ValidationError(wrong)


def _ask(job_id: int) -> None:
    """The row waits where Valkey is away: the next cycle asks again."""
    try:
        current_app.send_task(TASK, args=[job_id], queue="maintenance", ignore_result=True)
    except (RedisError, OperationalError, OSError) as error:
        log.warning("recalculation_not_sent", recalculation=job_id, reason=str(error))


@contextmanager
def _alone(job_id: int) -> Iterator[bool]:
    """A session lock of PostgreSQL: gone with the process that held it, however it ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, job_id])
        mine = bool(cursor.fetchone()[0])
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, job_id])


def _attempt(job: Recalculation, *, in_peace: bool) -> bool:
    """Reckon and swap; False: ledger or wish changed meanwhile. `in_peace`: nobody edits."""
    job.refresh_from_db(fields=["wanted"])
    if in_peace:
        with database.atomic():
            portfolio = locked(job.portfolio)
            _swap(job, portfolio, _reckon(job, portfolio))
        return True
    portfolio = Portfolio.objects.select_related("venue").get(pk=job.portfolio_id)
    outcomes, wanted = _reckon(job, portfolio), job.wanted
    with database.atomic():
        now = locked(job.portfolio)
        job.refresh_from_db(fields=["wanted"])
        if now.revision != portfolio.revision or job.wanted != wanted:
            return False
        _swap(job, now, outcomes)
    return True


def _reckon(job: Recalculation, portfolio: Portfolio) -> dict[int, Outcome]:
    """Each asset's outcome under the wanted settings, by the asset's id."""
    rules = lots.BasisRules(
        method=job.wanted["method"],
        scope=job.wanted["scope"],
        tax_year_start=job.wanted["tax_year_start"],
        elections={int(year): each for year, each in job.wanted["elections"].items()},
    )
    assets = assets_in(portfolio)
    _progress(job, 0, len(assets))
    outcomes: dict[int, Outcome] = {}
    for done, (pk, asset) in enumerate(sorted(assets.items()), start=1):
        outcomes[pk] = replay_asset(portfolio, asset, rules)
        _progress(job, done, len(assets))
    return outcomes


def _progress(job: Recalculation, done: int, total: int) -> None:
    Recalculation.objects.filter(pk=job.pk).update(done=done, total=total)


def _swap(job: Recalculation, portfolio: Portfolio, outcomes: Mapping[int, Outcome]) -> None:
    """Everything at once: the settings, the lots and disposals, and that it is done."""
    portfolio.basis_method = job.wanted["method"]
    portfolio.basis_scope = job.wanted["scope"]
    portfolio.tax_year_start = job.wanted["tax_year_start"]
    portfolio.save(update_fields=["basis_method", "basis_scope", "tax_year_start"])
    BasisElection.objects.filter(portfolio=portfolio).delete()
    BasisElection.objects.bulk_create(
        BasisElection(portfolio=portfolio, tax_year=int(year), method=method)
        for year, method in job.wanted["elections"].items()
    )
    replace_all(portfolio, outcomes)
    first = Transaction.objects.filter(portfolio=portfolio).order_by("executed_at").first()
    touch(portfolio, None if first is None else first.executed_at.date())
    Recalculation.objects.filter(pk=job.pk).update(
        state=JobState.DONE,
        finished_at=timezone.now(),
        error="",
        realised_after=_realised(portfolio),
    )


def _fail(job: Recalculation, error: OverdrawnError | NoMarkError | TooLargeError) -> None:
    _, message, culprit = blame(error)
    Recalculation.objects.filter(pk=job.pk).update(
        state=JobState.FAILED,
        finished_at=timezone.now(),
        error=impossible(message, culprit)[:500],
    )


def _realised(portfolio: Portfolio) -> Decimal:
    total: Decimal | None = portfolio.holdings.aggregate(Sum("realised"))["realised__sum"]
    return Decimal(0) if total is None else total
