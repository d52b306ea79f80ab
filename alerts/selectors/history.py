"""What a rule would have seen: stored closes, and the snapshots of a portfolio's risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from alerts.models import Measure
from alerts.selectors.readings import stored_risk, value_of
from markets.models import Asset, Candle, Interval
from markets.selectors import current_venue, usd_markets
from portfolios.models import Portfolio


@dataclass(frozen=True)
class Series:
    """(time, value) in ascending order, and a phrase that says what they are."""

    points: list[tuple[datetime, Decimal | None]]
    resolution: str


def price_series(asset: Asset, start: datetime, end: datetime) -> Series:
    """Closes in US dollars at the current venue: hourly where stored, daily before that."""
    venue = current_venue()
    market = usd_markets(venue, [asset.symbol]).get(asset.symbol) if venue else None
    if market is None:
        return Series([], "no stored prices")
    hours = _closes(market, Interval.H1, start, end)
    days = _closes(market, Interval.D1, start, hours[0][0] if hours else end)
    points: list[tuple[datetime, Decimal | None]] = [*days, *hours]
    kinds = [kind for kind, found in (("daily", days), ("hourly", hours)) if found]
    return Series(points, f"{' and '.join(kinds)} closes" if kinds else "no stored prices")


def _closes(
    market_id: int, interval: Interval, start: datetime, end: datetime
) -> list[tuple[datetime, Decimal]]:
    """(close time, close), of bars that closed in [start, end]."""
    found = (
        Candle.objects.filter(
            market_id=market_id,
            interval=interval,
            is_closed=True,
            open_time__gte=start - interval.length,
            open_time__lte=end - interval.length,
        )
        .order_by("open_time")
        .values_list("open_time", "close")
    )
    return [(open_time + interval.length, close) for open_time, close in found]


def risk_series(portfolio: Portfolio, measure: str, start: datetime, end: datetime) -> Series:
    """What the stored snapshots of a portfolio hold of a measure of risk."""
    what = Measure(measure)
    found = stored_risk(portfolio.pk, what, start, end)
    points = [(as_of, value_of(what, stored)) for as_of, stored in found]
    return Series(points, "stored risk snapshots" if points else "no stored risk snapshots")
