"""What a person does to a preview: other columns, other options, rows ticked and not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portfolios.formats import FORMATS, generic
from portfolios.formats.shape import Wrong
from portfolios.formats.times import ORDERS, zone_of
from portfolios.models import ImportJob, ImportState, RowVerdict, TransactionType
from portfolios.services.imports.remembering import remember
from portfolios.services.imports.starting import DEFAULTS
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
            job.format = _format(file_format)
        if columns is not None:
            job.columns = _columns(job, columns)
        if options is not None:
            job.options = {**job.options, **_options(options)}
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


def _format(name: str) -> str:
    if name not in FORMATS:
        raise ValidationError({"format": [f"Choose one of {', '.join(FORMATS)}."]})
    return name


def _columns(job: ImportJob, given: Mapping[str, str]) -> dict[str, str]:
    """Fields that have a column; each column must be in the file, each field be known."""
    header = job.summary.get("header", [])
    for name, column in given.items():
        if name not in generic.FIELDS:
            raise ValidationError({"columns": [f"There is no field called {name}."]})
        if column and column not in header:
            raise ValidationError({"columns": [f"The file has no column {column}."]})
    return {name: column for name, column in given.items() if column}


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(DEFAULTS))
    if unknown:
        raise ValidationError({name: ["There is no such option."] for name in unknown})
    wrong = {name: text for name, value in given.items() if (text := _complaint(name, value))}
    if wrong:
        raise ValidationError({name: [text] for name, text in wrong.items()})
    return dict(given)


def _complaint(name: str, value: Any) -> str:
    choices: dict[str, list[Any]] = {
        "decimal": [".", ","],
        "date_order": list(ORDERS),
        "wrong": ["refuse", "skip"],
        "unmatched": [True, False],
        "default_type": ["", *TransactionType.values],
    }
    if name in choices:
        said = ", ".join(str(choice) or "nothing" for choice in choices[name])
        return "" if value in choices[name] else f"Choose one of {said}."
    if name == "types":
        return _types_complaint(value)
    if not isinstance(value, str) or len(value) > 80 or "\x00" in value:
        return "At most 80 characters."
    return _zone_complaint(value) if name == "zone" else ""


def _zone_complaint(name: str) -> str:
    try:
        zone_of(name)
    except Wrong as error:
        return error.message
    return ""


def _types_complaint(value: Any) -> str:
    if not isinstance(value, dict) or len(value) > 200:
        return "Give a type for each word of the file."
    bad = [kind for kind in value.values() if kind not in TransactionType.values]
    return f"There is no type {bad[0]}." if bad else ""
