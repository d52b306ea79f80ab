"""Imports for the operator: to look at. A person changes them on their own pages."""
# ruff: noqa: ARG002 - the admin names its arguments

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from portfolios.models import ImportJob, ImportMapping


class ReadOnly(ModelAdmin):  # type: ignore[misc]
    """Rows that services write."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnly):
    """The file itself is not shown: it is somebody's statement of account."""

    list_display = ["created_at", "portfolio", "user", "filename", "format", "state", "rows"]
    list_filter = ["state", "format"]
    search_fields = ["filename", "portfolio__name", "portfolio__owner__email"]
    list_select_related = ["portfolio", "user"]
    date_hierarchy = "created_at"
    exclude = ["content", "summary"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportJob]:
        return super().get_queryset(request).defer("content")  # type: ignore[no-any-return]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """With its portfolio or person; by itself it would leave transactions without an undo."""
        here = request.resolver_match.url_name if request.resolver_match else None
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (here or "portfolios_importjob_").startswith("portfolios_importjob_")


@admin.register(ImportMapping)
class ImportMappingAdmin(ReadOnly):
    list_display = ["name", "user", "used_at"]
    search_fields = ["name", "user__email"]
    list_select_related = ["user"]
