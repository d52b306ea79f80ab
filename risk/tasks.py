"""What the workers do for risk: five lines each, the work is in services."""

from __future__ import annotations

from celery import shared_task

from portfolios.models import Portfolio
from risk.services import recompute, thin_snapshots

CHUNK = 50


@shared_task(queue="maintenance")
def nightly() -> int:
    """Measure every portfolio on the new day's closes, in chunks; how many chunks were sent."""
    thin_snapshots()
    everyone = list(Portfolio.objects.order_by("pk").values_list("pk", flat=True))
    chunks = [everyone[start : start + CHUNK] for start in range(0, len(everyone), CHUNK)]
    for chunk in chunks:
        recompute_chunk.delay(chunk)
    return len(chunks)


@shared_task(queue="maintenance")
def recompute_chunk(portfolio_ids: list[int]) -> None:
    recompute(portfolio_ids)
