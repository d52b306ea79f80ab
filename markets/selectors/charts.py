"""Bars and figures of one market, and of all markets of a venue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import Max, Min, Q, Sum
from django.utils import timezone

from markets.bars import average_price, roll_up
from markets.models import Asset, Candle, Interval, Market, Venue
from markets.selectors.quotes import Quote, fraction, quotes
from markets.selectors.venues import usd_markets
from markets.sources.base import Bar

#: Intervals that the venue makes: the running bar comes from five-minute ones.
_NOT_FOLDED: Final = (Interval.H1, Interval.D1)


def find_market(symbol: str, venue: Venue) -> Market | None:
    """The market of an asset symbol (BTC) in dollars, or of the venue's own symbol (BTCUSDT)."""
    name = symbol.upper()
    pk = usd_markets(venue, [name]).get(name)
    named = Q(pk=pk) if pk is not None else Q(symbol=name, venue=venue)
    return Market.objects.filter(named).select_related("base", "quote", "venue").first()


def bars(
    market: Market,
    interval: Interval,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 500,
) -> list[Bar]:
    """Bars with open time in [start, end), ascending, the running one included.

    At most ``limit``: the first ones from ``start`` on where it is given, else the newest.
    """
    found = Candle.objects.filter(market=market, interval=interval)
    if start is not None:
        found = found.filter(open_time__gte=start)
    if end is not None:
        found = found.filter(open_time__lt=end)
    order = "open_time" if start is not None else "-open_time"
    rows = [_bar(candle) for candle in found.order_by(order)[:limit]]
    if start is None:
        rows.reverse()
    running = _running(market, interval) if interval in _NOT_FOLDED else None
    if running is None or (rows and rows[-1].open_time >= running.open_time):
        return rows
    inside = (start is None or start <= running.open_time) and (
        end is None or running.open_time < end
    )
    if inside and (start is None or len(rows) < limit):
        rows.append(running)
    return rows[-limit:] if start is None else rows


def _running(market: Market, interval: Interval) -> Bar | None:
    now = timezone.now()
    start = now.replace(minute=0, second=0, microsecond=0)
    if interval == Interval.D1:
        start = start.replace(hour=0)
    parts = Candle.objects.filter(market=market, interval=Interval.M5, open_time__gte=start)
    return roll_up([_bar(candle) for candle in parts.order_by("open_time")], start)


def _bar(candle: Candle) -> Bar:
    return Bar(
        open_time=candle.open_time,
        open=candle.open,
        high=candle.high,
        low=candle.low,
        close=candle.close,
        volume=candle.volume,
        vwap=candle.vwap,
        trades=candle.trades,
        is_closed=candle.is_closed,
    )


@dataclass(frozen=True)
class Stats:
    """Figures of one market in its quote currency. Changes are fractions; None: not known.

    The last day's figures come from bars of five minutes; ``since`` is the open time of the first
    of them, later than a day ago where the history is shorter.
    """

    symbol: str
    quote: Quote | None
    high_24h: Decimal | None
    low_24h: Decimal | None
    volume_24h: Decimal | None
    vwap_24h: Decimal | None
    trades_24h: int | None
    since: datetime | None
    changes: dict[str, float | None]
    high: Decimal | None
    low: Decimal | None
    first_day: datetime | None
    days: int


_CHANGE_DAYS: Final = {"7d": 7, "30d": 30, "90d": 90, "365d": 365}


def stats(market: Market) -> Stats:
    """What happened in this market in the last day and since its history begins."""
    now = timezone.now()
    recent = bars(market, Interval.M5, start=now - timedelta(days=1), limit=300)
    day = roll_up(recent, recent[0].open_time) if recent else None
    history = Candle.objects.filter(market=market, interval=Interval.D1, is_closed=True)
    ever = history.aggregate(high=Max("high"), low=Min("low"), first=Min("open_time"))
    symbol = market.base.symbol
    quote = quotes([symbol], market.venue).get(symbol)
    return Stats(
        symbol=symbol,
        quote=quote,
        high_24h=day.high if day else None,
        low_24h=day.low if day else None,
        volume_24h=day.volume if day else None,
        vwap_24h=average_price(recent),
        trades_24h=day.trades if day else None,
        since=day.open_time if day else None,
        changes={name: _change(history, quote, days) for name, days in _CHANGE_DAYS.items()},
        high=ever["high"],
        low=ever["low"],
        first_day=ever["first"],
        days=history.count(),
    )


def _change(history: Iterable[Candle], quote: Quote | None, days: int) -> float | None:
    """Against the close that ended ``days`` whole days before today."""
    if quote is None:
        return None
    midnight = quote.time.replace(hour=0, minute=0, second=0, microsecond=0)
    opened = midnight - timedelta(days=days + 1)
    before = history.filter(open_time=opened).values_list("close", flat=True).first()  # type: ignore[attr-defined]
    return fraction(quote.price, before)


@dataclass(frozen=True)
class Overview:
    """A venue's markets at a glance. ``volume_24h`` in USD, None without bars of the day."""

    venue: Venue
    assets: int
    rising: int
    falling: int
    median_change_24h: float | None
    volume_24h: Decimal | None
    market_cap: Decimal | None
    gainers: list[Quote]
    losers: list[Quote]
    quotes: dict[str, Quote]


_VOLUME = """
SELECT sum(vwap * volume) FROM markets_candle
WHERE market_id = ANY(%s) AND interval = '1h' AND open_time >= %s AND vwap IS NOT NULL
"""


def overview(venue: Venue, most: int = 5) -> Overview:
    """Totals, and the coins that moved most in 24 hours (stale prices and stablecoins aside)."""
    markets = usd_markets(venue)
    found = quotes(markets, venue)
    coins = set(
        Asset.objects.filter(symbol__in=found, kind="coin").values_list("symbol", flat=True)
    )
    moved = sorted(
        (q for q in found.values() if q.change_24h is not None and q.symbol in coins),
        key=lambda quote: quote.change_24h or 0.0,
    )
    changes = [quote.change_24h or 0.0 for quote in moved]
    caps = Asset.objects.filter(symbol__in=found).aggregate(total=Sum("market_cap_usd"))
    return Overview(
        venue=venue,
        assets=len(found),
        rising=sum(change > 0 for change in changes),
        falling=sum(change < 0 for change in changes),
        median_change_24h=_median(changes),
        volume_24h=_volume(list(markets.values())),
        market_cap=caps["total"],
        gainers=[quote for quote in reversed(moved) if (quote.change_24h or 0) > 0][:most],
        losers=[quote for quote in moved if (quote.change_24h or 0) < 0][:most],
        quotes=found,
    )


def _median(ordered: list[float]) -> float | None:
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _volume(market_ids: list[int]) -> Decimal | None:
    with connection.cursor() as cursor:
        cursor.execute(_VOLUME, [market_ids, timezone.now() - timedelta(days=1)])
        total: Decimal | None = cursor.fetchone()[0]
    return total
