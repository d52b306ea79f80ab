"""What a rule would have seen: stored closes, and the snapshots of a portfolio's risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from alerts.selectors.readings import as_decimal
from markets.models import Asset, Candle, Interval
from markets.selectors import current_venue
from portfolios.models import Portfolio
from risk.models import RiskSnapshot


@dataclass(frozen=True)
class Series:
    """(time, value) in ascending order, and a phrase that says what they are."""

    points: list[tuple[datetime, Decimal | None]]
    resolution: str


def price_series(asset: Asset, start: datetime, end: datetime) -> Series:
    """Closes in US dollars at the current venue: hourly where stored, daily before that."""
    hours = _closes(asset, Interval.H1, start, end)
    days = _closes(asset, Interval.D1, start, hours[0][0] if hours else end)
    points: list[tuple[datetime, Decimal | None]] = [*days, *hours]
    kinds = [kind for kind, found in (("daily", days), ("hourly", hours)) if found]
    return Series(points, f"{' and '.join(kinds)} closes" if kinds else "no stored prices")


def _closes(
    asset: Asset, interval: Interval, start: datetime, end: datetime
) -> list[tuple[datetime, Decimal]]:
    """(close time, close), of bars that closed in [start, end]."""
    found = (
        Candle.objects.filter(
            market__venue=current_venue(),
            market__base=asset,
            market__quote__symbol__in=settings.USD_EQUIVALENTS,
            interval=interval,
            is_closed=True,
            open_time__gte=start - interval.length,
            open_time__lte=end - interval.length,
        )
        .order_by("open_time", "market_id")
        .values_list("open_time", "close")
    )
    return list({open_time + interval.length: close for open_time, close in found}.items())


def risk_series(portfolio: Portfolio, start: datetime, end: datetime) -> Series:
    """The stored 1-day VaR at 95 % of a portfolio, as fractions."""
    found = (
        RiskSnapshot.objects.filter(portfolio=portfolio, as_of__gte=start, as_of__lte=end)
        .order_by("as_of", "id")
        .values_list("as_of", "var")
    )
    points = [(as_of, None if var is None else as_decimal(var)) for as_of, var in found]
    return Series(points, "stored risk snapshots" if points else "no stored risk snapshots")
