"""Portfolios for the operator. What the ledger derives is shown, never edited."""
# ruff: noqa: ARG002 - the admin names its arguments

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from portfolios import (
    around_admin,  # noqa: F401 - it registers its models
    imports_admin,  # noqa: F401 - it registers its models
    services,
)
from portfolios.models import (
    BasisElection,
    DailyValue,
    Disposal,
    Holding,
    Lot,
    LotChoice,
    Portfolio,
    Recalculation,
    Transaction,
    TransactionChange,
    Wallet,
)

#: What a replay must follow.
_REPLAYED = [
    "base_currency",
    "track_cash",
    "venue",
    "basis_method",
    "basis_scope",
    "tax_year_start",
]


class DerivedAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows that a replay writes: to change them, change the transactions."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never by themselves; with the portfolio or person they belong to, yes."""
        own_pages = f"{self.opts.app_label}_{self.opts.model_name}_"
        here = request.resolver_match.url_name if request.resolver_match else None
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (here or own_pages).startswith(own_pages)


class HoldingInline(TabularInline):  # type: ignore[misc]
    model = Holding
    extra = 0
    can_delete = False
    fields = readonly_fields = ["asset", "quantity", "cost", "realised", "rewards", "fees"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Portfolio)
class PortfolioAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = [
        "name",
        "owner",
        "base_currency",
        "venue",
        "track_cash",
        "revision",
        "stale_since",
        "computed_at",
    ]
    list_filter = ["track_cash", "base_currency", "venue"]
    search_fields = ["name", "owner__email"]
    list_select_related = ["owner", "venue"]
    autocomplete_fields = ["owner"]
    readonly_fields = [
        "created_at",
        "stale_since",
        "computed_at",
        "touched_from",
        "valued_at",
        "revision",
    ]
    inlines = [HoldingInline]
    actions = ["value_again"]

    @admin.action(description="Value again, looking for missing prices")
    def value_again(self, request: HttpRequest, queryset: Any) -> None:
        ids = services.revalue(queryset.values_list("pk", flat=True), look_again=True)
        self.message_user(request, f"{len(ids)} portfolios valued.")

    def get_readonly_fields(self, request: HttpRequest, obj: Portfolio | None = None) -> list[str]:
        """What a replay must follow is changed on the page, which replays and may refuse."""
        return self.readonly_fields + (_REPLAYED if obj else [])


@admin.register(Transaction)
class TransactionAdmin(DerivedAdmin):
    """Read-only: transactions are changed on the portfolio's page, where the ledger is replayed."""

    list_display = ["executed_at", "portfolio", "type", "asset", "quantity", "price", "currency"]
    list_filter = ["type", "asset"]
    search_fields = ["portfolio__name", "portfolio__owner__email", "external_id", "asset__symbol"]
    list_select_related = ["portfolio", "asset"]
    date_hierarchy = "executed_at"


@admin.register(TransactionChange)
class TransactionChangeAdmin(DerivedAdmin):
    """The history of the ledger: nobody rewrites it."""

    list_display = ["at", "portfolio", "action", "transaction_id", "user", "undone_by"]
    list_filter = ["action"]
    search_fields = ["portfolio__name", "portfolio__owner__email", "user__email", "=transaction_id"]
    list_select_related = ["portfolio", "user", "undone_by"]
    date_hierarchy = "at"


@admin.register(BasisElection)
class BasisElectionAdmin(DerivedAdmin):
    """Read-only: another method is asked for on the portfolio's page, where it is reckoned."""

    list_display = ["portfolio", "tax_year", "method"]
    list_filter = ["method", "tax_year"]
    search_fields = ["portfolio__name", "portfolio__owner__email"]
    list_select_related = ["portfolio"]


@admin.register(LotChoice)
class LotChoiceAdmin(DerivedAdmin):
    list_display = ["disposal", "acquisition", "quantity"]
    search_fields = ["disposal__portfolio__name", "disposal__portfolio__owner__email"]
    list_select_related = ["disposal", "acquisition"]


@admin.register(Recalculation)
class RecalculationAdmin(DerivedAdmin):
    list_display = [
        "created_at",
        "portfolio",
        "user",
        "state",
        "done",
        "total",
        "realised_before",
        "realised_after",
        "finished_at",
    ]
    list_filter = ["state"]
    search_fields = ["portfolio__name", "portfolio__owner__email", "error"]
    list_select_related = ["portfolio", "user"]


@admin.register(Lot)
class LotAdmin(DerivedAdmin):
    list_display = [
        "acquired_at",
        "portfolio",
        "asset",
        "location",
        "quantity",
        "remaining",
        "cost",
        "basis",
    ]
    list_filter = ["basis_assumed", "basis_missing", "asset"]
    search_fields = ["portfolio__name", "portfolio__owner__email", "asset__symbol"]
    list_select_related = ["portfolio", "asset"]


@admin.register(Disposal)
class DisposalAdmin(DerivedAdmin):
    list_display = [
        "transaction",
        "lot",
        "quantity",
        "basis",
        "proceeds",
        "fee",
        "gain",
        "realised",
        "rule",
    ]
    list_filter = ["realised", "rule"]
    search_fields = ["transaction__portfolio__name", "lot__asset__symbol"]
    list_select_related = ["transaction", "lot"]


@admin.register(Holding)
class HoldingAdmin(DerivedAdmin):
    list_display = ["portfolio", "asset", "quantity", "cost", "realised", "rewards", "fees"]
    list_filter = ["asset"]
    search_fields = ["portfolio__name", "portfolio__owner__email", "asset__symbol"]
    list_select_related = ["portfolio", "asset"]


@admin.register(DailyValue)
class DailyValueAdmin(DerivedAdmin):
    list_display = ["day", "portfolio", "value", "inflow", "outflow", "cost", "missing"]
    list_filter = ["day"]
    search_fields = ["portfolio__name", "portfolio__owner__email"]
    list_select_related = ["portfolio"]
    date_hierarchy = "day"


@admin.register(Wallet)
class WalletAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["label", "chain", "address", "portfolio", "balance", "checked_at", "error"]
    list_filter = ["chain"]
    search_fields = ["label", "address", "portfolio__name", "portfolio__owner__email"]
    list_select_related = ["portfolio"]
    autocomplete_fields = ["portfolio"]
    readonly_fields = ["balance", "checked_at", "error"]
