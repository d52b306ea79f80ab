"""Celery's edge of what spans the apps."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from config import pipeline


@shared_task(queue="pipeline")
def run_cycle(portfolio_ids: list[int] | None = None) -> int:
    """Returns how many portfolios were recomputed."""
    return len(pipeline.run_cycle(portfolio_ids))


@shared_task(queue="maintenance")
def clear_sessions() -> None:
    call_command("clearsessions")
