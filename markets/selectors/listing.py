"""What the Markets pages show: every priced asset of the current venue, and the bars of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from markets.models import Asset, Candle, Interval, Venue
from markets.selectors.closes import sparklines
from markets.selectors.quotes import Quote, quotes
from markets.selectors.venues import usd_markets

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Listed:
    """One asset at the current venue. `volume` is in dollars over the last day; None: unknown.

    `sparks`: daily closes in USD, oldest first, of the last 30 days.
    """

    asset: Asset
    quote: Quote
    volume: Decimal | None
    sparks: list[float]

    @property
    def week(self) -> list[float]:
        return self.sparks[-7:]

    @property
    def change_7d(self) -> float | None:
        return _over(self.sparks, 7, float(self.quote.price))

    @property
    def change_30d(self) -> float | None:
        return _over(self.sparks, 30, float(self.quote.price))


def _over(closes: list[float], days: int, now: float) -> float | None:
    """The newest price against the close of so many days ago; None without one."""
    return now / closes[-days] - 1 if len(closes) >= days and closes[-days] else None


def listing(venue: Venue) -> list[Listed]:
    """Every asset that has a price at the venue: by rank of market value, then by volume."""
    markets = usd_markets(venue)
    found = quotes(markets, venue)
    sparks = sparklines(found, 30, venue)
    volumes = dollar_volumes(markets.values())
    rows = [
        Listed(
            asset=asset,
            quote=found[asset.symbol],
            volume=volumes.get(markets[asset.symbol]),
            sparks=sparks.get(asset.symbol, []),
        )
        for asset in Asset.objects.filter(symbol__in=markets.keys() & found.keys())
    ]
    return sorted(rows, key=_place)


def _place(row: Listed) -> tuple[float, Decimal, str]:
    rank = row.asset.market_cap_rank
    return inf if rank is None else rank, -(row.volume or Decimal(0)), row.asset.symbol


def dollar_volumes(market_ids: Iterable[int]) -> dict[int, Decimal]:
    """Volume times close by market over the last 24 hourly bars; else of the last closed day."""
    ids = list(market_ids)
    hours = Candle.objects.filter(
        market__in=ids, interval=Interval.H1, open_time__gte=timezone.now() - DAY
    )
    traded = _summed(hours)
    rest = [pk for pk in ids if pk not in traded]
    last = Candle.objects.daily().filter(
        market__in=rest, is_closed=True, open_time__gte=timezone.now() - 3 * DAY
    )
    newest = last.order_by("market_id", "-open_time").distinct("market_id")
    return traded | {bar.market_id: bar.volume * bar.close for bar in newest}


def _summed(bars: QuerySet[Candle]) -> dict[int, Decimal]:
    grouped = bars.order_by().values("market_id").annotate(total=Sum(F("volume") * F("close")))
    return dict(grouped.values_list("market_id", "total"))


def bars(market_id: int, interval: Interval, limit: int) -> list[Candle]:
    """The newest bars of a market, oldest first."""
    found = Candle.objects.filter(market=market_id, interval=interval).order_by("-open_time")
    return list(reversed(found[:limit]))


def range_since(market_id: int, start: datetime) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest price since `start` by hourly bars, else by daily ones; None: no bars."""
    for interval in (Interval.H1, Interval.D1):
        rows = Candle.objects.filter(market=market_id, interval=interval, open_time__gte=start)
        found = list(rows.values_list("low", "high"))
        if found:
            return min(low for low, _ in found), max(high for _, high in found)
    return None
