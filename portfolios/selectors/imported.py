"""Imports of a person, and the rows of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404

from portfolios.models import ImportJob, ImportRow, RowVerdict
from portfolios.selectors.access import portfolio_to_edit, portfolios_for

if TYPE_CHECKING:
    from accounts.models import User


def imports_for(user: User) -> QuerySet[ImportJob]:
    """Imports into all portfolios that the person may look at; without the files themselves."""
    rows = ImportJob.objects.filter(portfolio__in=portfolios_for(user).values("pk"))
    return rows.select_related("portfolio__venue", "user").defer("content")


def import_to_see(user: User, portfolio_id: int, job_id: int) -> ImportJob:
    """Http404 for a stranger."""
    return get_object_or_404(imports_for(user), portfolio=portfolio_id, pk=job_id)


def import_to_edit(user: User, portfolio_id: int, job_id: int) -> ImportJob:
    """Http404 for a stranger, PermissionDenied for a viewer."""
    job = import_to_see(user, portfolio_id, job_id)
    portfolio_to_edit(user, portfolio_id)
    return job


def import_rows(job: ImportJob, verdict: str = "") -> QuerySet[ImportRow]:
    """Its rows by line; `verdict` narrows them where it is one."""
    rows = job.lines.order_by("line", "id")
    return rows.filter(verdict=verdict) if verdict in RowVerdict.values else rows


def ticked(job: ImportJob) -> dict[str, Any]:
    """How many rows would be imported, of how many that can be."""
    can = Q(verdict__in=[RowVerdict.NEW, RowVerdict.SIMILAR])
    return job.lines.filter(can).aggregate(of=Count("pk"), taken=Count("pk", filter=Q(taken=True)))
