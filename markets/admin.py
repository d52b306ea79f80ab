"""Markets for the operator. What a source said is shown, never edited."""
# ruff: noqa: ARG002 - the admin names its arguments

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter

from markets.models import (
    Asset,
    CandleRow,
    Feed,
    LastPrice,
    Market,
    SourceHealth,
    TickRow,
    Venue,
)


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows that the stream and the schedule write."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Asset)
class AssetAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["symbol", "name", "kind", "market_cap_rank", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["symbol", "name", "coingecko_id"]
    readonly_fields = ["market_cap_rank", "market_cap_usd", "created_at"]


@admin.register(Venue)
class VenueAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "slug", "is_simulated"]
    list_filter = ["is_simulated"]
    search_fields = ["name", "slug"]
    readonly_fields = ["history_version"]


@admin.register(Market)
class MarketAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["symbol", "venue", "base", "quote", "is_active"]
    list_filter = ["venue", "is_active", "quote"]
    search_fields = ["symbol", "base__symbol", "base__name"]
    autocomplete_fields = ["venue", "base", "quote"]
    list_select_related = ["venue", "base", "quote"]


@admin.register(LastPrice)
class LastPriceAdmin(ReadOnlyAdmin):
    list_display = ["market", "price", "time", "updated_at"]
    list_filter = ["market__venue"]
    search_fields = ["market__symbol", "market__base__symbol"]
    list_select_related = ["market__venue"]


@admin.register(CandleRow)
class CandleAdmin(ReadOnlyAdmin):
    list_display = ["market", "interval", "open_time", "open", "high", "low", "close", "volume"]
    list_filter = ["interval", "is_closed", "market__venue", ("open_time", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=market__symbol"]
    list_select_related = ["market__venue"]
    list_display_links = None  # everything is in the list


@admin.register(TickRow)
class TickAdmin(ReadOnlyAdmin):
    list_display = ["market", "time", "trade_id", "price", "quantity", "side"]
    list_filter = ["side", "market__venue", ("time", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=market__symbol", "=trade_id"]
    list_select_related = ["market__venue"]
    list_display_links = None  # everything is in the list


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    list_display = ["venue", "is_current", "last_message_at", "reconnects", "detail"]
    list_filter = ["is_current", "venue"]
    search_fields = ["venue__name", "detail"]
    list_select_related = ["venue"]


@admin.register(SourceHealth)
class SourceHealthAdmin(ReadOnlyAdmin):
    list_display = ["source", "state", "latency_ms", "failures", "checked_at", "detail"]
    list_filter = ["state"]
    search_fields = ["source", "detail"]
