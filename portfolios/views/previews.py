"""A preview as its page shows it: counts, rows, the mapper with its sample."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Privacy
from portfolios.formats import FORMATS, GENERIC, generic
from portfolios.models import ImportJob, ImportRow, ImportState, RowVerdict, TransactionType
from portfolios.selectors.imported import import_rows, ticked
from portfolios.views.answers import person

PAGE = 50
#: Verdict → class of its tag, and what its chip says.
VERDICTS = {
    RowVerdict.NEW: ("good", "New"),
    RowVerdict.SIMILAR: ("near", "Look alike"),
    RowVerdict.WRONG: ("bad", "Wrong"),
    RowVerdict.KNOWN: ("", "There already"),
    RowVerdict.IGNORED: ("", "Ignored"),
}
LABELS = {
    "executed_at": "Date and time", "time": "Time, if apart", "type": "Type", "symbol": "Asset",
    "quantity": "Quantity", "price": "Price of one", "total": "Total", "currency": "Currency",
    "fee": "Fee", "fee_symbol": "Fee in", "to_symbol": "Asset received",
    "to_quantity": "Quantity received", "location": "Place", "to_location": "To place",
    "external_id": "Its own id", "note": "Note",
}  # fmt: skip
ORDERS = [("ymd", "year, month, day"), ("dmy", "day, month, year"), ("mdy", "month, day, year")]
_FIGURE = re.compile(r"\d[\d.,'  ]*")
_WORKING = {ImportState.UPLOADED, ImportState.READING, ImportState.WRITING}
_OVER = {ImportState.DONE, ImportState.UNDONE}


@dataclass(frozen=True)
class Shown:
    """A row of the preview."""

    row: ImportRow
    tone: str
    verdict: str
    content: dict[str, Any] | None
    at: datetime | None
    kind: str
    raw: str
    errors: list[tuple[str, str]]

    @property
    def may_be_ticked(self) -> bool:
        return self.row.verdict in {RowVerdict.NEW, RowVerdict.SIMILAR}


def preview(request: HttpRequest, job: ImportJob) -> dict[str, Any]:
    """Counts, and one page of rows after the line in `?after=`."""
    counts = job.summary.get("verdicts", {})
    verdict = request.GET.get("verdict", "") or request.POST.get("verdict", "")
    found, after = _page(request, job, verdict)
    hidden = person(request).preferences.privacy != Privacy.SHOWN
    of = ticked(job) if job.state == ImportState.READY else {"of": 0, "taken": 0}
    return {
        "job": job,
        "portfolio": job.portfolio,
        "format_title": FORMATS[job.format].title if job.format in FORMATS else job.format,
        "is_working": job.state in _WORKING,
        "is_cleared": job.state in _OVER and not job.lines.exists(),
        "kept_days": settings.IMPORT_ROWS_KEPT_DAYS,
        "verdict": verdict if verdict in RowVerdict.values else "",
        "chips": [(key, VERDICTS[key][1], counts.get(key, 0)) for key in VERDICTS],
        "wrong": counts.get(RowVerdict.WRONG.value, 0),
        "rows": [_shown(row, hidden=hidden) for row in found],
        "after": after,
        "query": urlencode({"verdict": verdict, "after": after}),
        "tickable": of["of"],
        "taken": of["taken"],
    }


def _page(request: HttpRequest, job: ImportJob, verdict: str) -> tuple[list[ImportRow], str]:
    rows = import_rows(job, verdict)
    after = request.GET.get("after", "")
    if after.isdecimal():
        rows = rows.filter(line__gt=int(after))
    found = list(rows[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].line) if len(found) > PAGE else ""


def _shown(row: ImportRow, *, hidden: bool) -> Shown:
    tone, verdict = VERDICTS[RowVerdict(row.verdict)]
    content = row.content
    kind = content["type"] if content else ""
    errors = [(column, _masked(text, hidden=hidden)) for column, text in row.errors]
    return Shown(
        row,
        tone,
        verdict,
        content,
        datetime.fromisoformat(content["executed_at"]) if content else None,
        TransactionType(kind).label if kind in TransactionType.values else kind,
        _masked(" · ".join(cell for cell in row.raw if cell)[:200], hidden=hidden),
        errors,
    )


def _masked(text: str, *, hidden: bool) -> str:
    """Without its figures where the reader hides amounts."""
    return _FIGURE.sub("•••", text) if hidden else text


def mapper(request: HttpRequest, job: ImportJob) -> dict[str, Any]:
    """Which column means what, with the first rows below."""
    if job.state not in {ImportState.READY, ImportState.FAILED}:
        return {}
    hidden = person(request).preferences.privacy != Privacy.SHOWN
    options = job.options
    words = [*options["types"], *job.summary.get("unknown_types", [])]
    return {
        "formats": [(one.name, one.title) for one in FORMATS.values()],
        "is_generic": job.format == GENERIC,
        "fields": [
            (name, LABELS[name], job.columns.get(name, ""), name in generic.REQUIRED)
            for name in generic.FIELDS
        ],
        "header": job.summary.get("header", []),
        "missing": [LABELS[name] for name in job.summary.get("missing", [])],
        "sample": [
            [_masked(cell, hidden=hidden) for cell in cells]
            for cells in job.summary.get("sample", [])
        ],
        "words": [(word, options["types"].get(word, "")) for word in dict.fromkeys(words)],
        "types": TransactionType.choices,
        "orders": ORDERS,
        "zones": sorted(available_timezones()),
        "remembered": job.summary.get("remembered", ""),
    }
