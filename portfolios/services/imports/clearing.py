"""Files and previews that nobody will look at again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from portfolios.models import ImportJob, ImportRow, ImportState

#: In these a file waits for its owner, who has gone.
_WAITING = [ImportState.UPLOADED, ImportState.READING, ImportState.READY, ImportState.FAILED]
_OVER = [ImportState.DONE, ImportState.UNDONE]


def clear_imports(now: datetime | None = None) -> tuple[int, int]:
    """Delete uploads that were never imported `IMPORT_ROWS_KEPT_DAYS` after they came, and the
    preview of those that were as long after that; how many of each.

    What was imported stays, and its job with it: undoing and the history need nothing more.
    """
    before = (now or timezone.now()) - timedelta(days=settings.IMPORT_ROWS_KEPT_DAYS)
    waiting = ImportJob.objects.filter(state__in=_WAITING, created_at__lt=before)
    over = ImportJob.objects.filter(state__in=_OVER, finished_at__lt=before).filter(
        Exists(ImportRow.objects.filter(job=OuterRef("pk")))
    )
    abandoned = [pk for pk in waiting.values_list("pk", flat=True) if _clear(pk, whole=True)]
    cleared = [pk for pk in over.values_list("pk", flat=True) if _clear(pk, whole=False)]
    return len(abandoned), len(cleared)


def _clear(job_id: int, *, whole: bool) -> bool:
    """False: somebody took it up meanwhile, or is about to."""
    with transaction.atomic():
        states = _WAITING if whole else _OVER
        rows = ImportJob.objects.select_for_update(skip_locked=True).defer("content")
        job = rows.filter(pk=job_id, state__in=states).first()
        if job is None:
            return False
        lines = ImportRow.objects.filter(job=job_id)
        lines._raw_delete(lines.db)  # noqa: SLF001 - half a million rows, and nothing points at one
        if whole:
            job.delete()
        return True
