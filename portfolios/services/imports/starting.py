"""Taking a file in: judged at once as a whole, kept gzipped, read by a task."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portfolios.formats import GENERIC, generic, reading
from portfolios.formats.reading import NotTabularError, Sheet
from portfolios.formats.shape import signature
from portfolios.models import ImportJob, ImportMapping, Portfolio
from portfolios.services.imports.options import (
    DEFAULTS,
    known_columns,
    known_format,
    known_options,
)
from portfolios.services.imports.working import READ, send

if TYPE_CHECKING:
    from accounts.models import User

MAX_BYTES = 50 * 1024 * 1024
TOO_LARGE = f"The file is larger than {MAX_BYTES // 1024 // 1024} MB: split it."
_CHUNK = 1 << 20
#: What a form adds around its file.
_AROUND = 1 << 20
_SAMPLES = 200


def start_import(
    *,
    portfolio: Portfolio,
    user: User,
    file: IO[bytes],
    filename: str,
    file_format: str | None = None,
    columns: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> ImportJob:
    """Keep the file and have it read. Nothing of it is in the ledger before it is committed.

    What is not given is recognised, remembered or guessed. Errors are on `file` (too large, no
    text, no columns), `format`, `columns`, or the option's own name.
    """
    asked = known_options(options or {})
    content = _packed(file)
    sheet = look(content)
    job = ImportJob(
        portfolio=portfolio,
        user=user,
        filename=PurePath(filename.replace("\\", "/").replace("\x00", "")).name[:200] or "file",
        format=sheet.format.name if sheet.format else GENERIC,
        content=content,
        rows=max(sheet.lines - sheet.header_line - 1, 0),
    )
    if file_format is not None:
        job.format = known_format(file_format)
    job.options = dict(DEFAULTS)
    _prepare(job, sheet, user)
    if columns is not None:
        job.columns = known_columns(sheet.header, columns)
    job.options |= asked
    with transaction.atomic():
        job.save()
        send(READ, job.pk)
    return job


def is_too_large(length: Any) -> bool:
    """Whether a request of this Content-Length carries more than a file may have."""
    return str(length or "").isdigit() and int(length) > MAX_BYTES + _AROUND


def look(content: bytes) -> Sheet:
    """The sheet of a packed file; what is no CSV file is an error on `file`."""
    try:
        return reading.look(lambda: unpacked(content))
    except NotTabularError as error:
        raise ValidationError({"file": [str(error)]}) from error


def unpacked(content: bytes | memoryview) -> IO[bytes]:
    """The file as it was, to be read from its beginning."""
    return gzip.GzipFile(fileobj=io.BytesIO(content))  # type: ignore[return-value]  # is binary


def _packed(file: IO[bytes]) -> bytes:
    size = 0
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=3, mtime=0) as packed:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > MAX_BYTES:
                raise ValidationError({"file": [TOO_LARGE]})
            packed.write(chunk)
    return out.getvalue()


def _prepare(job: ImportJob, sheet: Sheet, user: User) -> None:
    """Columns and options: as this person last read such a file, or as they look."""
    try:
        rows = list(islice(reading.rows(lambda: unpacked(job.content or b""), sheet), _SAMPLES))
    except NotTabularError as error:
        raise ValidationError({"file": [str(error)]}) from error
    job.summary = {
        "header": sheet.header,
        "separator": sheet.separator,
        "encoding": sheet.encoding,
        "sample": [
            [cell.replace("\x00", "␀")[:80] for cell in row.raw[: len(sheet.header)]]
            for row in rows[:5]
        ],
    }
    if job.format != GENERIC:
        return
    found = generic.guess(sheet.header, rows, sheet.separator)
    guessed = asdict(found)
    job.columns = guessed.pop("columns")
    job.summary["unknown_types"] = guessed.pop("unknown_types")[:50]
    job.options |= guessed
    known = ImportMapping.objects.filter(user=user, signature=signature(sheet.header)).first()
    if known is not None:
        job.columns = {f: c for f, c in known.columns.items() if c in sheet.header}
        job.options |= {name: known.options[name] for name in DEFAULTS if name in known.options}
        job.summary["remembered"] = known.name
