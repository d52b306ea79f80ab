"""What usually changes hands of an asset in a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import Avg, F

from markets.models import Candle, Interval, Venue
from markets.selectors import daily_closes, usd_markets
from risk.liquidity import VOLUME_DAYS


def turnovers(
    symbols: Iterable[str], venue: Venue | None, base: str, last: date
) -> dict[str, float | None]:
    """Mean of volume x close over the 30 days that end with `last`, in `base` a day.

    None where no volume is stored: a venue that reports none, or an asset it does not trade.
    """
    names = list(symbols)
    if venue is None:
        return dict.fromkeys(names)
    version = Venue.objects.values_list("history_version", flat=True).get(pk=venue.pk)
    in_dollars = _kept(venue.pk, version, last) if version else _load(venue.pk, last)
    rate = _dollars_for_one(base, venue, last)
    return {
        name: in_dollars[name] / rate if rate and in_dollars.get(name) else None for name in names
    }


@lru_cache(maxsize=16)
def _kept(venue_id: int, version: int, last: date) -> dict[str, float]:  # noqa: ARG001 - a key
    return _load(venue_id, last)


def _load(venue_id: int, last: date) -> dict[str, float]:
    by_market = {pk: symbol for symbol, pk in usd_markets(Venue.objects.get(pk=venue_id)).items()}
    end = datetime.combine(last, time.min, tzinfo=UTC) + timedelta(days=1)
    rows = (
        Candle.objects.filter(market__in=by_market, interval=Interval.D1, is_closed=True)
        .between(end - timedelta(days=VOLUME_DAYS), end)
        .values_list("market_id")
        .annotate(mean=Avg(F("volume") * F("close")))
    )
    return {by_market[market]: float(mean) for market, mean in rows}


def _dollars_for_one(base: str, venue: Venue, last: date) -> float | None:
    """Close of the base currency in dollars on `last`."""
    if base in settings.USD_EQUIVALENTS:
        return 1.0
    found = daily_closes([base], end=last, days=1, venue=venue)
    return float(found.values[-1, 0]) if found.days else None
