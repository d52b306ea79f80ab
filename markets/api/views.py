"""Views of `/api/symbols`, `/api/market/`, `/api/ticks/`, `/api/ohlc/` and `/api/stats/`."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from markets.api import serializers
from markets.api.cached import CachedRead
from markets.models import Asset, AssetKind, Interval, LastPrice, Market, Tick, Venue
from markets.selectors import Quote, current_venue, feed_state, quotes, usd_markets
from markets.selectors.charts import bars, find_market, overview, stats
from markets.sources.base import Bar


class AssetFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(method="by_words", help_text="Part of symbol or name")
    kind = django_filters.ChoiceFilter(choices=AssetKind.choices)
    priced = django_filters.BooleanFilter(field_name="is_priced")

    def by_words(self, found: QuerySet[Asset], _name: str, words: str) -> QuerySet[Asset]:
        return found.filter(Q(symbol__icontains=words) | Q(name__icontains=words))


class Symbols(ListAPIView[Asset]):
    """The assets that can be held; `is_priced` says whether the current venue prices them."""

    serializer_class = serializers.AssetSerializer
    filterset_class = AssetFilter
    cursor_ordering = ("symbol",)
    queryset = Asset.objects.none()

    def get_queryset(self) -> QuerySet[Asset]:
        venue = current_venue()
        priced = set() if venue is None else set(usd_markets(venue))
        return Asset.objects.filter(is_active=True).annotate(
            is_priced=Case(
                When(symbol__in=priced, then=Value(value=True)),
                default=Value(value=False),
                output_field=BooleanField(),
            )
        )


class Prices(CachedRead):
    parameters = serializers.PricesQuery

    @extend_schema(parameters=[serializers.PricesQuery], responses=serializers.PricesSerializer)
    def get(self, request: Any, **path: str) -> Any:
        """Last prices in USD with their age; symbols without one are listed as missing."""
        return super().get(request, **path)

    def answer(self, asked: dict[str, Any], /, **_path: str) -> dict[str, Any]:
        venue = _venue()
        wanted = asked["symbols"].split(",") if asked["symbols"] else sorted(usd_markets(venue))
        found = quotes(wanted, venue)
        return {
            "source": source_of(venue),
            "prices": {name: price_of(found[name]) for name in wanted if name in found},
            "missing": [name for name in wanted if name not in found],
        }


class OverviewView(CachedRead):
    @extend_schema(responses=serializers.OverviewSerializer)
    def get(self, request: Any, **path: str) -> Any:
        """Totals of the current venue, and the coins that moved most in 24 hours."""
        return super().get(request, **path)

    def answer(self, _asked: dict[str, Any], /, **_path: str) -> dict[str, Any]:
        seen = overview(_venue())
        return {
            "source": source_of(seen.venue),
            "assets": seen.assets,
            "rising": seen.rising,
            "falling": seen.falling,
            "median_change_24h": seen.median_change_24h,
            "volume_24h": text(seen.volume_24h),
            "market_cap": text(seen.market_cap),
            "gainers": [{"symbol": each.symbol, **price_of(each)} for each in seen.gainers],
            "losers": [{"symbol": each.symbol, **price_of(each)} for each in seen.losers],
        }


class Ticks(ListAPIView[Tick]):
    """The trades of one market as they were stored, newest first."""

    serializer_class = serializers.TickSerializer
    cursor_ordering = ("-time", "-trade_id")
    filter_backends = ()
    queryset = Tick.objects.none()

    @extend_schema(responses=serializers.TicksSerializer)
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The trades of one market as they were stored, newest first."""
        answer = super().get(request, *args, **kwargs)
        answer.data["source"] = source_of(_venue())
        return answer

    def get_queryset(self) -> QuerySet[Tick]:
        return Tick.objects.filter(market=_market(self.kwargs["symbol"]))


class Ohlc(CachedRead):
    parameters = serializers.OhlcQuery

    @extend_schema(parameters=[serializers.OhlcQuery], responses=serializers.OhlcSerializer)
    def get(self, request: Any, **path: str) -> Any:
        """Bars, oldest first; the running one says `closed: false`."""
        return super().get(request, **path)

    def answer(self, asked: dict[str, Any], /, **path: str) -> dict[str, Any]:
        market = _market(path["symbol"])
        interval = Interval(asked["interval"])
        found = bars(
            market,
            interval,
            start=asked.get("start"),
            end=asked.get("end"),
            limit=asked["limit"],
        )
        return {
            "symbol": market.base.symbol,
            "market": market.symbol,
            "interval": interval.value,
            "source": source_of(market.venue, market),
            "results": [bar_of(bar) for bar in found],
        }


class StatsView(CachedRead):
    @extend_schema(responses=serializers.StatsSerializer)
    def get(self, request: Any, **path: str) -> Any:
        """The last day, longer changes and extremes of one market."""
        return super().get(request, **path)

    def answer(self, _asked: dict[str, Any], /, **path: str) -> dict[str, Any]:
        market = _market(path["symbol"])
        seen = stats(market)
        quote = seen.quote
        return {
            "symbol": seen.symbol,
            "source": source_of(market.venue, market),
            "price": text(quote.price) if quote else None,
            "price_time": quote.time if quote else None,
            "change_24h": quote.change_24h if quote else None,
            "is_stale": quote.is_stale if quote else None,
            "high_24h": text(seen.high_24h),
            "low_24h": text(seen.low_24h),
            "volume_24h": text(seen.volume_24h),
            "vwap_24h": text(seen.vwap_24h),
            "trades_24h": seen.trades_24h,
            "since": seen.since,
            "changes": seen.changes,
            "highest": text(seen.high),
            "lowest": text(seen.low),
            "first_day": seen.first_day,
            "days": seen.days,
        }


def _venue() -> Venue:
    venue = current_venue()
    if venue is None:
        raise NotFound("There are no prices yet: no feed runs and no history is stored.")
    return venue


def _market(symbol: str) -> Market:
    venue = _venue()
    market = find_market(symbol, venue)
    if market is None:
        raise NotFound(f"{venue.name} has no price of {symbol.upper()}.")
    return market


def source_of(venue: Venue, market: Market | None = None) -> dict[str, Any]:
    """Whose figures these are, and how old the newest of them is."""
    state = feed_state()
    age = state.age_seconds
    if market is not None:
        last = LastPrice.objects.filter(market=market).values_list("time", flat=True).first()
        age = None if last is None else max(0.0, (timezone.now() - last).total_seconds())
    return {
        "venue": venue.slug,
        "name": venue.name,
        "simulated": venue.is_simulated,
        "status": state.status.value,
        "age_seconds": age,
    }


def price_of(quote: Quote) -> dict[str, Any]:
    fields = asdict(quote)
    kept = ("time", "change_24h", "age_seconds", "is_stale")
    return {"price": text(quote.price), **{name: fields[name] for name in kept}}


def bar_of(bar: Bar) -> dict[str, Any]:
    return {
        "time": bar.open_time,
        "open": text(bar.open),
        "high": text(bar.high),
        "low": text(bar.low),
        "close": text(bar.close),
        "volume": text(bar.volume),
        "vwap": text(bar.vwap),
        "trades": bar.trades,
        "closed": bar.is_closed,
    }


def text(number: Decimal | None) -> str | None:
    """A decimal string without trailing zeros or exponent."""
    return None if number is None else f"{number.normalize():f}"
