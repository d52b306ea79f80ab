"""Snapshots for the operator: looked at, never edited."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from risk.models import RiskSnapshot


@admin.register(RiskSnapshot)
class RiskSnapshotAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = [
        "id",
        "as_of",
        "portfolio",
        "score",
        "level",
        "volatility",
        "var",
        "cvar",
        "observations",
        "revision",
    ]
    list_filter = ["level", "as_of", "window_days"]
    list_select_related = ["portfolio"]
    search_fields = ["portfolio__name", "portfolio__owner__email"]
    date_hierarchy = "as_of"

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return False
