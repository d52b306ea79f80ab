"""Work on a schedule."""

from __future__ import annotations

from celery import shared_task

from portfolios import services


@shared_task(name="portfolios.tasks.value_day", queue="maintenance")  # type: ignore[untyped-decorator]
def value_day() -> int:
    """Close yesterday in every portfolio and look again for prices that were missing."""
    return services.value_all()
