"""From the preview into the ledger: all of it in one database transaction, or nothing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from portfolios.copying import without_collection
from portfolios.models import ImportJob, ImportRow, ImportState, RowVerdict
from portfolios.selectors import role_of
from portfolios.services.adding import RowsError, add_transactions
from portfolios.services.imports.changing import TICKABLE
from portfolios.services.imports.checking import Complaint
from portfolios.services.imports.reading import at_column
from portfolios.services.imports.remembering import remember
from portfolios.services.imports.working import WRITE, send, working

NOTHING = "No row is ticked: there is nothing to import."


def commit_import(*, job: ImportJob) -> ImportJob:
    """Have the ticked rows written. Refused where a row is wrong and those are not to be skipped.

    Errors are on `rows`; on `state` where the preview is not ready.
    """
    with transaction.atomic():
        job = ImportJob.objects.select_for_update().get(pk=job.pk)
        if job.state != ImportState.READY:
            words = job.get_state_display().lower()
            raise ValidationError({"state": [f"This import is {words}: it cannot start now."]})
        wrong = job.lines.filter(verdict=RowVerdict.WRONG).count()
        if wrong and job.options["wrong"] == "refuse":
            rows = "1 row is wrong" if wrong == 1 else f"{wrong} rows are wrong"
            raise ValidationError(
                {"rows": [f"{rows}: mend the file, or leave the wrong rows out."]}
            )
        if not _ticked(job).exists():
            raise ValidationError({"rows": [NOTHING]})
        job.state, job.done = ImportState.WRITING, 0
        job.save(update_fields=["state", "done"])
        remember(job)
        send(WRITE, job.pk)
    return job


def write_import(job_id: int) -> None:
    """Add the ticked rows of a committed job; does nothing where somebody else does.

    May be repeated: a worker that died has left nothing, and what is done is done once. Where the
    ledger refuses rows after all they are marked, and the preview is back.
    """
    with working(job_id) as mine, without_collection():
        job = ImportJob.objects.filter(pk=job_id, state=ImportState.WRITING).first()
        if not mine or job is None:
            return
        if job.user is None or role_of(job.user, job.portfolio) not in {"owner", "editor"}:
            _fail(job, "Whoever started this import may not edit the portfolio any more.")
            return
        try:
            _write(job)
        except RowsError as error:
            _back_to_preview(job, error)
        except ValidationError as error:
            ImportJob.objects.filter(pk=job_id).update(
                state=ImportState.READY, error=" ".join(error.messages)[:500]
            )


def _ticked(job: ImportJob) -> Any:
    return job.lines.filter(verdict__in=TICKABLE, taken=True).order_by("line", "id")


def _write(job: ImportJob) -> None:
    with transaction.atomic():
        job = ImportJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
        rows = list(_ticked(job).values_list("content", flat=True))
        added = add_transactions(portfolio=job.portfolio, rows=rows, user=job.user, job=job)
        job.summary["added"] = len(added)
        job.state, job.content = ImportState.DONE, None
        job.done, job.finished_at, job.error = job.rows, timezone.now(), ""
        job.save(update_fields=["summary", "state", "content", "done", "finished_at", "error"])


def _back_to_preview(job: ImportJob, error: RowsError) -> None:
    """What changed in the ledger since the preview made rows impossible: say which."""
    rows = list(_ticked(job).only("pk", "errors", "verdict", "taken"))
    changed: dict[int, ImportRow] = {}
    for index, name, message in error.rows:
        row = rows[index]
        row.errors = [*row.errors, list(at_column(job, Complaint(index, name, message)))]
        row.verdict, row.taken = RowVerdict.WRONG, False
        changed[row.pk] = row
    with transaction.atomic():
        ImportRow.objects.bulk_update(changed.values(), ["errors", "verdict", "taken"], 2000)
        verdicts = {v: job.lines.filter(verdict=v).count() for v in RowVerdict.values}
        job.summary["verdicts"] = verdicts
        job.state = ImportState.READY
        job.error = _told(len(changed))
        job.save(update_fields=["summary", "state", "error"])


def _told(count: int) -> str:
    rows = "1 row" if count == 1 else f"{count} rows"
    return f"Nothing was imported: the ledger refused {rows}, marked below."


def _fail(job: ImportJob, message: str) -> None:
    ImportJob.objects.filter(pk=job.pk).update(
        state=ImportState.FAILED, error=message[:500], finished_at=timezone.now()
    )
