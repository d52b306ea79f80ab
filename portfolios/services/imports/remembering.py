"""The mapper remembers: files with the same header are read the same way by this person."""

from __future__ import annotations

from pathlib import PurePath

from portfolios.formats import GENERIC
from portfolios.formats.shape import signature
from portfolios.models import ImportJob, ImportMapping

_KEPT = ("decimal", "date_order", "zone", "types", "default_type", "currency", "location")


def remember(job: ImportJob) -> None:
    """Keep the columns and options of a file that was read by the mapper."""
    if job.format != GENERIC or job.user_id is None or not job.columns:
        return
    ImportMapping.objects.update_or_create(
        user_id=job.user_id,
        signature=signature(job.summary.get("header", [])),
        defaults={
            "name": PurePath(job.filename).stem[:80] or "file",
            "columns": job.columns,
            "options": {name: job.options[name] for name in _KEPT if name in job.options},
        },
    )
