"""Shares, targets, watchlists and dismissals for the operator."""
# ruff: noqa: ARG002 - the admin names its arguments

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from portfolios.models import Dismissal, Share, Target, Watchlist, WatchlistItem


@admin.register(Share)
class ShareAdmin(ModelAdmin):  # type: ignore[misc]
    """To look at and to end: whom a portfolio is shared with is its owner's own affair."""

    list_display = ["portfolio", "email", "role", "user", "invited_by", "accepted_at"]
    list_filter = ["role", "accepted_at"]
    search_fields = ["portfolio__name", "portfolio__owner__email", "email", "user__email"]
    list_select_related = ["portfolio", "user", "invited_by"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Target)
class TargetAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["portfolio", "asset", "weight"]
    list_filter = ["asset"]
    search_fields = ["portfolio__name", "portfolio__owner__email", "asset__symbol"]
    list_select_related = ["portfolio", "asset"]
    autocomplete_fields = ["portfolio", "asset"]


class WatchlistItemInline(TabularInline):  # type: ignore[misc]
    model = WatchlistItem
    extra = 0
    autocomplete_fields = ["asset"]


@admin.register(Watchlist)
class WatchlistAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "owner", "created_at"]
    search_fields = ["name", "owner__email"]
    list_select_related = ["owner"]
    autocomplete_fields = ["owner"]
    inlines = [WatchlistItemInline]


@admin.register(Dismissal)
class DismissalAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["portfolio", "kind", "key", "user", "created_at"]
    list_filter = ["kind"]
    search_fields = ["portfolio__name", "portfolio__owner__email", "key"]
    list_select_related = ["portfolio", "user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
