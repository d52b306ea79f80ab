"""The preview: every row of the file with what will become of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from portfolios.copying import copy_rows, without_collection
from portfolios.formats import FORMATS, GENERIC, generic, reading
from portfolios.formats.reading import NotTabularError
from portfolios.formats.shape import Found, Settings
from portfolios.models import ImportJob, ImportRow, ImportState, RowVerdict
from portfolios.services.imports.checking import Complaint, check
from portfolios.services.imports.starting import unpacked
from portfolios.services.imports.verdicts import Ledger
from portfolios.services.imports.working import working

UNMATCHED = "more leaves than is held: what is short has no basis"
_STEP = 5000
#: Rows that are shown as the file has them, beside what is said of them.
_AS_WRITTEN = {RowVerdict.WRONG, RowVerdict.IGNORED}
_COLUMNS = ("job_id", "line", "verdict", "taken", "content", "raw", "errors")


@dataclass(slots=True)
class Line:
    """A row on its way into the preview."""

    found: Found
    verdict: RowVerdict
    errors: list[tuple[str, str]] = field(default_factory=list)


def read_import(job_id: int) -> None:
    """Read the file of a job into its preview; does nothing where somebody else does.

    May be repeated: rows of an earlier attempt go first, and the ledger is not touched.
    """
    with working(job_id) as mine, without_collection():
        waiting = ImportJob.objects.filter(
            pk=job_id, state__in=[ImportState.UPLOADED, ImportState.READING]
        )
        if not mine or not waiting.update(state=ImportState.READING, done=0, error=""):
            return
        job = ImportJob.objects.select_related("portfolio__venue").get(pk=job_id)
        ImportRow.objects.filter(job=job).delete()
        try:
            lines = _lines(job)
        except NotTabularError as error:
            _fail(job, str(error))
            return
        _store(job, lines)


def settings_of(job: ImportJob) -> Settings:
    """What the format is told."""
    options = job.options
    return Settings(
        track_cash=job.portfolio.track_cash,
        columns=job.columns,
        decimal=options["decimal"],
        date_order=options["date_order"],
        zone=options["zone"],
        types=options["types"],
        default_type=options["default_type"],
        currency=options["currency"],
        location=options["location"],
    )


def missing_columns(job: ImportJob) -> list[str]:
    """Fields that no row can do without and no column is named for."""
    if job.format != GENERIC:
        return []
    return [name for name in generic.REQUIRED if not job.columns.get(name)]


def _lines(job: ImportJob) -> list[Line]:
    if missing_columns(job):
        return []
    content = bytes(job.content or b"")
    sheet = reading.look(lambda: unpacked(content))
    rows = reading.rows(lambda: unpacked(content), sheet)
    found = list(_counted(job, FORMATS[job.format].read(rows, settings_of(job))))
    ledger = Ledger(job.portfolio, [one.content for one in found if one.content])
    lines = [_judged(one, ledger) for one in found]
    fresh = [line for line in lines if line.verdict == RowVerdict.NEW]
    contents = [line.found.content or {} for line in fresh]
    checked = check(job.portfolio, contents, unmatched=bool(job.options["unmatched"]))
    for place in checked.short:
        contents[place]["unmatched"] = True
        fresh[place].errors.append(("", UNMATCHED))
    for complaint in checked.complaints:
        line = fresh[complaint.place]
        line.verdict = RowVerdict.WRONG
        line.errors.append(at_column(job, complaint))
    return lines


def _counted(job: ImportJob, found: Iterator[Found]) -> Iterator[Found]:
    """Tell how far the reading is."""
    for number, one in enumerate(found, start=1):
        if number % _STEP == 0:
            ImportJob.objects.filter(pk=job.pk).update(done=number)
        yield one


def _judged(found: Found, ledger: Ledger) -> Line:
    if found.content is None:
        verdict = RowVerdict.WRONG if found.errors else RowVerdict.IGNORED
        return Line(found, verdict, list(found.errors) or [("", found.ignored)])
    verdict, why = ledger.verdict(found.content)
    return Line(found, verdict, [("", why)] if why else [])


def at_column(job: ImportJob, complaint: Complaint) -> tuple[str, str]:
    """The complaint at the file's own column, where the mapper knows it."""
    return job.columns.get(complaint.field) or complaint.field, complaint.message


def _store(job: ImportJob, lines: list[Line]) -> None:
    copy_rows(ImportRow, _COLUMNS, (_cells(job.pk, line) for line in lines))
    counts = Counter(line.verdict for line in lines)
    verdicts = {verdict.value: counts[verdict] for verdict in RowVerdict}
    job.summary |= {"verdicts": verdicts, "missing": missing_columns(job)}
    job.state, job.rows, job.done = ImportState.READY, len(lines), len(lines)
    job.save(update_fields=["summary", "state", "rows", "done"])


def _cells(job_id: int, line: Line) -> tuple[Any, ...]:
    content = None if line.found.content is None else _json(line.found.content)
    taken = line.verdict == RowVerdict.NEW
    raw = [cell[:500] for cell in line.found.row.raw] if line.verdict in _AS_WRITTEN else []
    row = line.found.row.line
    return job_id, row, line.verdict.value, taken, content, _json(raw), _json(line.errors)


def _json(value: Any) -> str:
    return json.dumps(value).replace("\\u0000", "\\u2400") if value else "[]"


def _fail(job: ImportJob, message: str) -> None:
    ImportJob.objects.filter(pk=job.pk).update(
        state=ImportState.FAILED, error=message[:500], finished_at=timezone.now()
    )
