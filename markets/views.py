"""The pages Markets and Market: what everything costs, and how one price came about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from markets.models import Asset, Candle, Interval
from markets.selectors import current_venue, quotes, sparklines, usd_markets
from markets.selectors.listing import bars, dollar_volumes, listing, range_since

#: Bars of the chart: the interval, what its chip says, and how many of them are drawn.
CHARTS = {"1m": ("1 min", 240), "5m": ("5 min", 288), "1h": ("1 hour", 336), "1d": ("1 day", 365)}


@login_required
@require_safe
def markets(request: HttpRequest) -> HttpResponse:
    """Every priced asset of the venue whose prices are shown."""
    venue = current_venue()
    rows = listing(venue) if venue else []
    return render(request, "markets/list.html", {"venue": venue, "rows": rows})


@login_required
@require_safe
def market(request: HttpRequest, symbol: str) -> HttpResponse:
    """One asset; `?interval=` of the chart, which htmx asks for alone. Unknown symbols are 404."""
    asset = get_object_or_404(Asset, symbol=symbol.upper())
    interval = request.GET.get("interval", "1d")
    if interval not in CHARTS:
        raise Http404
    context = {"asset": asset, **_chart(asset, interval)}
    if request.headers.get("HX-Target") == "candles":
        return render(request, "markets/parts/candles.html", context)
    return render(request, "markets/detail.html", context | _figures(asset))


def _chart(asset: Asset, interval: str) -> dict[str, Any]:
    venue = current_venue()
    market_id = usd_markets(venue, [asset.symbol]).get(asset.symbol) if venue else None
    found = bars(market_id, Interval(interval), CHARTS[interval][1]) if market_id else []
    return {
        "venue": venue,
        "interval": interval,
        "charts": [(key, words) for key, (words, _) in CHARTS.items()],
        "chart": {"currency": "USD", "candles": [_row(bar, interval) for bar in found]},
        "chart_words": _words(asset, found),
    }


def _row(bar: Candle, interval: str) -> list[str | int | float]:
    time: str | int = int(bar.open_time.timestamp())
    if interval == Interval.D1:
        time = bar.open_time.date().isoformat()
    return [time, *(float(part) for part in (bar.open, bar.high, bar.low, bar.close, bar.volume))]


def _words(asset: Asset, found: list[Candle]) -> str:
    """The chart, for those who do not see it."""
    if not found:
        return f"No bars of {asset.symbol} yet"
    low, high = min(bar.low for bar in found), max(bar.high for bar in found)
    first, last = found[0], found[-1]
    return (
        f"{asset.symbol} from {first.open_time:%d %b %Y} to {last.open_time:%d %b %Y}: "
        f"opened at {first.open:f}, last {last.close:f}, between {low:f} and {high:f} dollars"
    )


def _figures(asset: Asset) -> dict[str, Any]:
    venue = current_venue()
    if venue is None:
        return {"quote": None, "facts": {}}
    market_id = usd_markets(venue, [asset.symbol]).get(asset.symbol)
    closes = sparklines([asset.symbol], 366, venue).get(asset.symbol, [])
    quote = quotes([asset.symbol], venue).get(asset.symbol)
    day_ago = timezone.now() - timedelta(days=1)
    price = float(quote.price) if quote else None
    return {
        "quote": quote,
        "day_range": range_since(market_id, day_ago) if market_id else None,
        "volume": dollar_volumes([market_id]).get(market_id) if market_id else None,
        "changes": [
            (words, price / closes[-days] - 1 if price and len(closes) >= days else None)
            for words, days in (("7 days", 7), ("30 days", 30), ("1 year", 365))
        ],
        "year_range": (min(closes), max(closes)) if closes else None,
    }
