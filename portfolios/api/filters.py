"""Filters of lists: `?type=buy,sell&symbol=BTC&start=2026-01-01&end=2026-06-30`."""
# ruff: noqa: ARG002 - django-filter names its arguments

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import django_filters
from django.db.models import QuerySet

from portfolios.models import Lot, Transaction, TransactionType


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
