"""Filters of lists: `?type=buy,sell&symbol=BTC&start=2026-01-01&end=2026-06-30`."""
# ruff: noqa: ARG002 - django-filter names its arguments

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet

from portfolios.models import (
    ChangeAction,
    Disposal,
    Lot,
    Portfolio,
    Transaction,
    TransactionChange,
    TransactionType,
)
from portfolios.selectors.records import tax_year_of


class TransactionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Days are UTC days, both included; several types are separated by commas."""

    type = django_filters.BaseInFilter(
        field_name="type",
        label=f"One or more of {', '.join(TransactionType.values)}, separated by commas.",
    )
    symbol = django_filters.CharFilter(field_name="asset__symbol", lookup_expr="iexact")
    start = django_filters.DateFilter(method="since")
    end = django_filters.DateFilter(method="until")

    class Meta:
        model = Transaction
        fields = ["type", "symbol", "start", "end"]

    def since(self, rows: QuerySet[Any], name: str, day: date) -> QuerySet[Any]:
        return rows.filter(executed_at__gte=datetime.combine(day, time.min, UTC))

    def until(self, rows: QuerySet[Any], name: str, day: date) -> QuerySet[Any]:
        return rows.filter(executed_at__lte=datetime.combine(day, time.max, UTC))


class LotFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`open=true`: only lots of which something remains."""

    symbol = django_filters.CharFilter(field_name="asset__symbol", lookup_expr="iexact")
    open = django_filters.BooleanFilter(method="still_open")

    class Meta:
        model = Lot
        fields = ["symbol", "open"]

    def still_open(self, rows: QuerySet[Any], name: str, wanted: bool) -> QuerySet[Any]:
        return rows.filter(remaining__gt=0) if wanted else rows.filter(remaining=0)


class DisposalFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`year`: a tax year of the portfolio, by the calendar year in which it starts."""

    symbol = django_filters.CharFilter(field_name="lot__asset__symbol", lookup_expr="iexact")
    transaction = django_filters.NumberFilter(field_name="transaction_id")
    realised = django_filters.BooleanFilter()
    year = django_filters.NumberFilter(method="within", min_value=2000, max_value=2200)

    class Meta:
        model = Disposal
        fields = ["symbol", "transaction", "realised", "year"]

    def within(self, rows: QuerySet[Any], name: str, year: Decimal) -> QuerySet[Any]:
        asked = self.request.resolver_match.kwargs["portfolio_id"]
        portfolio = Portfolio.objects.get(pk=asked)  # the view has let the person through to it
        first, last = tax_year_of(portfolio, int(year))
        return rows.filter(transaction__executed_at__gte=first, transaction__executed_at__lt=last)


class ChangeFilter(django_filters.FilterSet):  # type: ignore[misc]
    transaction = django_filters.NumberFilter(field_name="transaction_id")
    action = django_filters.ChoiceFilter(choices=ChangeAction.choices)

    class Meta:
        model = TransactionChange
        fields = ["transaction", "action"]
