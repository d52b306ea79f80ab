"""What a person does to a preview: other columns, other options, rows ticked and not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portfolios.models import ImportJob, ImportState, RowVerdict
from portfolios.services.imports.options import known_columns, known_format, known_options
from portfolios.services.imports.remembering import remember
from portfolios.services.imports.working import READ, send

TICKABLE = [RowVerdict.NEW, RowVerdict.SIMILAR]
#: Options that change nothing of how rows are read or judged.
_WRITING = {"wrong"}
_CHANGEABLE = [ImportState.READY, ImportState.FAILED]


def change_import(
    *,
    job: ImportJob,
    file_format: str | None = None,
    columns: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> ImportJob:
    """Read the file otherwise. Errors are on `format`, `columns`, or the option's own name."""
    with transaction.atomic():
        job = _locked(job, _CHANGEABLE)
        if job.content is None:
            raise ValidationError({"file": ["The file is not kept any more: upload it again."]})
        before = (job.format, dict(job.columns), dict(job.options))
        if file_format is not None:
            job.format = known_format(file_format)
        if columns is not None:
            job.columns = known_columns(job.summary.get("header", []), columns)
        if options is not None:
            job.options = {**job.options, **known_options(options)}
        if _reads_as(before) != _reads_as((job.format, job.columns, job.options)) or (
            job.state == ImportState.FAILED
        ):
            job.state, job.done, job.error = ImportState.UPLOADED, 0, ""
            send(READ, job.pk)
        job.save(update_fields=["format", "columns", "options", "state", "done", "error"])
        remember(job)
    return job


def take_rows(
    *, job: ImportJob, taken: bool, ids: Iterable[int] | None = None, verdict: str | None = None
) -> int:
    """Tick or untick rows by id, or all of a verdict; returns how many of them can be ticked."""
    if verdict is not None and verdict not in TICKABLE:
        raise ValidationError({"verdict": [f"Choose one of {', '.join(TICKABLE)}."]})
    with transaction.atomic():
        job = _locked(job, [ImportState.READY])
        rows = job.lines.filter(verdict__in=TICKABLE)
        if ids is not None:
            rows = rows.filter(pk__in=list(ids))
        if verdict is not None:
            rows = rows.filter(verdict=verdict)
        return rows.update(taken=taken)


def discard_import(*, job: ImportJob) -> None:
    """Throw a file away that was not imported; what was imported is undone instead."""
    with transaction.atomic():
        _locked(job, [*_CHANGEABLE, ImportState.UPLOADED]).delete()


def _locked(job: ImportJob, states: Iterable[str]) -> ImportJob:
    row = ImportJob.objects.select_for_update(of=("self",)).select_related("portfolio")
    found = row.get(pk=job.pk)
    if found.state not in states:
        words = found.get_state_display().lower()
        raise ValidationError({"state": [f"This import is {words}: that cannot be changed now."]})
    return found


def _reads_as(parts: tuple[str, dict[str, str], dict[str, Any]]) -> tuple[Any, ...]:
    name, columns, options = parts
    return name, columns, {key: value for key, value in options.items() if key not in _WRITING}
