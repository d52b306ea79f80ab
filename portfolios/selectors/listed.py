"""The ledger as a list: filtered, sorted, a page at a time, however long it is."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from portfolios.models import Disposal, ImportJob, Lot, Portfolio, Transaction, TransactionType
from portfolios.selectors.findings import transactions_named

PAGE = 50
FILTERS = ("type", "asset", "location", "text", "since", "until", "import", "attention", "row")
#: What a list may be sorted by: the expression, and how a cursor's text becomes its value.
SORTS: dict[str, Any] = {
    "date": F("executed_at"),
    "asset": F("asset__symbol"),
    "type": Cast("type", TextField()),
    "quantity": F("quantity"),
    "total": Coalesce(F("quantity") * F("price"), Value(Decimal(-1))),
}
_READ: dict[str, Any] = {"date": parse_datetime, "quantity": Decimal, "total": Decimal}
DEFAULT_SORT = "-date"


@dataclass(frozen=True)
class Wish:
    """What a list is to show. Words that make no sense are as if they had not been said."""

    asked: Mapping[str, str]
    sort: str = DEFAULT_SORT
    after: str = ""
    zone: tzinfo = UTC

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wish:
        """From a query string; days are days where the reader lives."""
        sort = query.get("sort", "")
        known = sort.removeprefix("-") in SORTS
        return cls(
            asked={name: query.get(name, "").strip() for name in FILTERS},
            sort=sort if known else DEFAULT_SORT,
            after=query.get("after", ""),
            zone=timezone.get_current_timezone(),
        )

    @property
    def is_filtered(self) -> bool:
        return any(self.asked.values())


@dataclass(frozen=True)
class Page:
    """`after` leads to the rows that follow; "" when there are none."""

    rows: Sequence[Transaction]
    after: str
    wish: Wish
    _all: QuerySet[Transaction]

    @cached_property
    def count(self) -> int:
        return self._all.count()

    @cached_property
    def gains(self) -> dict[int, Decimal]:
        """What each row realised, by id, where it realised anything."""
        found = Disposal.objects.filter(
            transaction__in=[row.pk for row in self.rows], realised=True
        )
        return dict(found.order_by().values_list("transaction_id").annotate(Sum("gain")))

    @cached_property
    def doubts(self) -> dict[int, str]:
        """Rows whose basis nobody entered: "assumed" or "missing", by id."""
        lots = Lot.objects.filter(opened_by__in=[row.pk for row in self.rows]).exclude(
            basis_assumed=False, basis_missing=False
        )
        told = lots.order_by("basis_missing").values_list("opened_by_id", "basis_missing")
        return {pk: "missing" if missing else "assumed" for pk, missing in told}


def page_of(rows: QuerySet[Transaction], wish: Wish, size: int = PAGE) -> Page:
    """At most `size` rows of one portfolio's, after the cursor of the wish."""
    matching = filtered(rows, wish)
    key = wish.sort.removeprefix("-")
    falling = wish.sort.startswith("-")
    ordered = matching.annotate(key=SORTS[key])
    start = _read_cursor(wish.after, key)
    if start is not None:
        value, last = start
        side = "lt" if falling else "gt"
        beyond = Q(**{f"key__{side}": value}) | Q(key=value, **{f"pk__{side}": last})
        ordered = ordered.filter(beyond, **{f"key__{side}e": value})
    sign = "-" if falling else ""
    found = list(ordered.order_by(f"{sign}key", f"{sign}pk")[: size + 1])
    shown = found[:size]
    after = _cursor(shown[-1]) if len(found) > size else ""
    return Page(shown, after, wish, matching)


def filtered(rows: QuerySet[Transaction], wish: Wish) -> QuerySet[Transaction]:
    """Everything that the wish does not exclude, but for `attention`, which `listed` knows."""
    asked = wish.asked
    if asked["type"] in TransactionType.values:
        rows = rows.filter(type=asked["type"])
    if symbol := asked["asset"].upper():
        rows = rows.filter(
            Q(asset__symbol=symbol) | Q(to_asset__symbol=symbol) | Q(fee_asset__symbol=symbol)
        )
    if place := asked["location"]:
        rows = rows.filter(Q(location=place) | Q(to_location=place))
    if words := asked["text"]:
        rows = rows.filter(_says(words))
    if asked["import"].isdecimal():
        rows = rows.filter(import_job=int(asked["import"]))
    if asked["row"].isdecimal():
        rows = rows.filter(pk=int(asked["row"]))
    return _within(rows, wish)


def _says(words: str) -> Q:
    return (
        Q(note__icontains=words)
        | Q(external_id__icontains=words)
        | Q(location__icontains=words)
        | Q(to_location__icontains=words)
        | Q(asset__symbol__iexact=words)
        | Q(asset__name__icontains=words)
    )


def listed(portfolio: Portfolio, rows: QuerySet[Transaction], wish: Wish) -> Page:
    """A page of the portfolio's ledger; what needs attention is what its findings name."""
    if wish.asked["attention"]:
        rows = rows.filter(pk__in=transactions_named(portfolio))
    return page_of(rows, wish)


def _within(rows: QuerySet[Transaction], wish: Wish) -> QuerySet[Transaction]:
    since, until = _day(wish.asked["since"]), _day(wish.asked["until"])
    if since is not None:
        rows = rows.filter(executed_at__gte=datetime.combine(since, time.min, wish.zone))
    if until is not None and until < date.max:
        following = datetime.combine(until + timedelta(days=1), time.min, wish.zone)
        rows = rows.filter(executed_at__lt=following)
    return rows


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _cursor(row: Any) -> str:
    value = row.key.isoformat() if isinstance(row.key, datetime) else str(row.key)
    return base64.urlsafe_b64encode(json.dumps([value, row.pk]).encode()).decode()


def _read_cursor(text: str, key: str) -> tuple[Any, int] | None:
    """None for what is no cursor of this order: the list then starts at its beginning."""
    try:
        value, last = json.loads(base64.urlsafe_b64decode(text))
        read = _READ.get(key, str)(value)
        return None if read is None else (read, int(last))
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError, InvalidOperation):
        return None


def locations_of(portfolio: Portfolio) -> list[str]:
    """Every place that the ledger of a portfolio names."""
    rows = Transaction.objects.filter(portfolio=portfolio).order_by()
    here = rows.exclude(location="").values_list("location")
    there = rows.exclude(to_location="").values_list("to_location")
    return sorted({place for (place,) in here.union(there)}, key=str.lower)


def imports_of(portfolio: Portfolio) -> QuerySet[ImportJob]:
    """Imports that brought transactions, the newest first."""
    brought = Transaction.objects.filter(import_job=OuterRef("pk"))
    return portfolio.imports.filter(Exists(brought)).defer("content")


def assets_of(portfolio: Portfolio) -> list[str]:
    """Symbols that the ledger moved, by name."""
    held = portfolio.holdings.order_by("asset__symbol")
    return list(held.values_list("asset__symbol", flat=True))


def effects_of(row: Transaction) -> tuple[list[Lot], list[Disposal]]:
    """Lots that a transaction opened, and what it took of which lots: the way down and up."""
    lots = Lot.objects.filter(opened_by=row, moved_by=None).select_related("asset")
    used = Disposal.objects.filter(transaction=row).select_related("lot__asset", "lot__opened_by")
    return list(lots), list(used)
