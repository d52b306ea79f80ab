"""What the schedule calls; the services do it."""

from __future__ import annotations

from celery import shared_task

from markets.services import currencies, upkeep
from markets.sources.base import SourceError

#: A venue that does not answer now is asked again by the next beat, not by a pile of retries.
_AWAY = (SourceError, OSError)


@shared_task(queue="crypto_data", throws=_AWAY)
def refresh_prices() -> int:
    return upkeep.refresh_prices()


@shared_task(queue="market_data", throws=_AWAY)
def refresh_market_data() -> None:
    upkeep.refresh_market_data()


@shared_task(queue="market_data", throws=_AWAY)
def refresh_currencies() -> int:
    return currencies.refresh_currencies()


@shared_task(queue="maintenance")
def clean_up() -> int:
    return upkeep.clean_up()


@shared_task(queue="monitoring")
def check_sources() -> dict[str, str]:
    return upkeep.check_sources()
