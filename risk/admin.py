"""Snapshots, nightly runs and forecasts for the operator: looked at, never edited."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from risk import tasks
from risk.models import (
    Breach,
    FrozenBook,
    Limit,
    RiskChunk,
    RiskRun,
    RiskSnapshot,
    RunState,
)
from risk.services.runs import repeat


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


class ChunkInline(TabularInline):  # type: ignore[misc]
    model = RiskChunk
    extra = 0
    can_delete = False
    fields = readonly_fields = [
        "number",
        "first_id",
        "last_id",
        "size",
        "state",
        "attempts",
        "leased_until",
        "finished_at",
    ]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


@admin.register(RiskRun)
class RiskRunAdmin(ModelAdmin):  # type: ignore[misc]
    """How far the nightly run is; the operator may have it go on, or measure a day again."""

    list_display = [
        "day",
        "shown_state",
        "progress",
        "portfolios",
        "by_kernel",
        "singly",
        "empty",
        "edited",
        "started_at",
        "took",
    ]
    list_filter = ["state"]
    date_hierarchy = "day"
    inlines = [ChunkInline]
    actions = ["go_on", "measure_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return False

    @display(  # type: ignore[untyped-decorator]
        description="State",
        label={RunState.RUNNING: "info", RunState.DONE: "success", RunState.FAILED: "danger"},
    )
    def shown_state(self, run: RiskRun) -> str:
        return run.state

    @admin.display(description="Progress")
    def progress(self, run: RiskRun) -> SafeString:
        return format_html(
            '<progress max="{}" value="{}"></progress> {} %',
            max(run.portfolios, 1),
            run.seen,
            f"{run.fraction * 100:.0f}",
        )

    @admin.display(description="Took", empty_value="still running")
    def took(self, run: RiskRun) -> timedelta | None:
        return None if run.finished_at is None else run.finished_at - run.started_at

    @admin.action(description="Go on with unfinished runs")
    def go_on(self, request: HttpRequest, queryset: QuerySet[RiskRun]) -> None:
        waiting = sum(tasks.resume(run.pk) for run in queryset.filter(state=RunState.RUNNING))
        self.message_user(request, f"{waiting} chunks are waiting for a worker.")

    @admin.action(description="Measure these days again")
    def measure_again(self, request: HttpRequest, queryset: QuerySet[RiskRun]) -> None:
        for run in queryset:
            repeat(run)
        waiting = sum(tasks.resume(run.pk) for run in queryset)
        self.message_user(request, f"{waiting} chunks are waiting for a worker.")


@admin.register(FrozenBook)
class FrozenBookAdmin(ModelAdmin):  # type: ignore[misc]
    """What was forecast of a portfolio for a day, from which positions, and what came."""

    list_display = ["id", "day", "portfolio", "value", "realised", "graded_at", "venue", "made_at"]
    list_filter = ["day", ("graded_at", admin.EmptyFieldListFilter), "venue"]
    list_select_related = ["portfolio"]
    search_fields = ["portfolio__name", "portfolio__owner__email"]
    date_hierarchy = "day"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Limit)
class LimitAdmin(ModelAdmin):  # type: ignore[misc]
    """What people allow their portfolios to carry; theirs to change, not the operator's."""

    list_display = [
        "id",
        "owner",
        "about",
        "measure",
        "threshold",
        "value",
        "enabled",
        "measured_at",
    ]
    list_filter = ["measure", "enabled"]
    list_select_related = ["owner", "portfolio", "asset"]
    search_fields = ["name", "owner__email", "portfolio__name"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Breach)
class BreachAdmin(ModelAdmin):  # type: ignore[misc]
    """When limits were breached, with what the judgement rested on."""

    list_display = ["id", "limit", "threshold", "opened_at", "closed_at", "worst_value", "worst_at"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter), "limit__measure", "opened_at"]
    list_select_related = ["limit__portfolio", "limit__asset"]
    search_fields = ["limit__name", "limit__owner__email", "limit__portfolio__name"]
    date_hierarchy = "opened_at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return False
