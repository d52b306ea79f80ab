"""Work on a schedule."""

from __future__ import annotations

from celery import shared_task

from portfolios import services


@shared_task(name="portfolios.tasks.refresh_wallets")
def refresh_wallets() -> int:
    """Read the balance of every address; returns how many could be read."""
    return services.refresh_wallets()


@shared_task(name="portfolios.tasks.value_day")
def value_day() -> int:
    """Close yesterday in every portfolio and look again for prices that were missing."""
    return services.value_all()
