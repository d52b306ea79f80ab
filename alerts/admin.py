"""Alerts for the operator: rules, events, and the queue with its failures."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from alerts import services
from alerts.models import Channel, Delivery, Event, Rule


@admin.register(Channel)
class ChannelAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["id", "owner", "kind", "address", "enabled", "last_error"]
    list_filter = ["kind", "enabled"]
    search_fields = ["owner__email", "address", "last_error"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["last_error"]


@admin.register(Rule)
class RuleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = [
        "id",
        "owner",
        "name",
        "asset",
        "portfolio",
        "direction",
        "threshold",
        "state",
        "last_value",
        "last_evaluated_at",
        "enabled",
    ]
    list_filter = ["subject", "state", "enabled", "direction"]
    list_select_related = ["owner", "asset", "portfolio"]
    search_fields = ["name", "owner__email", "asset__symbol", "portfolio__name"]
    autocomplete_fields = ["owner", "asset", "portfolio", "channels"]
    readonly_fields = [
        "state",
        "state_since",
        "last_value",
        "last_evaluated_at",
        "last_fired_at",
        "created_at",
    ]


class DeliveryInline(TabularInline):  # type: ignore[misc]
    model = Delivery
    extra = 0
    can_delete = False
    fields = readonly_fields = ["channel", "state", "attempts", "due_at", "sent_at", "error"]

    def has_add_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:  # noqa: ARG002
        return False


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """What the machine wrote is looked at, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["id", "occurred_at", "owner", "title", "fired", "value", "threshold", "read_at"]
    list_filter = ["fired", "occurred_at"]
    list_select_related = ["owner"]
    search_fields = ["title", "message", "owner__email"]
    date_hierarchy = "occurred_at"
    inlines = [DeliveryInline]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["id", "event", "channel", "state", "attempts", "due_at", "sent_at", "error"]
    list_filter = ["state", "channel__kind"]
    list_select_related = ["event", "channel"]
    search_fields = ["event__title", "channel__address", "channel__owner__email", "error"]
    actions = ["retry"]

    @admin.action(description="Send the failed ones again")
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        again = sum(services.retry_delivery(delivery=delivery) for delivery in queryset)
        self.message_user(request, f"{again} of {queryset.count()} are in the queue again.")
