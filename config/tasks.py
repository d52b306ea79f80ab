"""Celery's edge of what spans the apps."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from config import account_jobs, pipeline


@shared_task(queue="pipeline")
def run_cycle(portfolio_ids: list[int] | None = None) -> int:
    """Returns how many portfolios were recomputed."""
    return len(pipeline.run_cycle(portfolio_ids))


@shared_task(queue="maintenance")
def clear_sessions() -> None:
    call_command("clearsessions")


@shared_task(queue="maintenance")
def take_account_in(job_id: int) -> bool:
    """Fill an empty account from a large file; False: it was done, or somebody is at it."""
    return account_jobs.run_account_file(job_id)
