"""How many units were held at a time, from holdings, lots and disposals.

A move between locations is no change: the lots that it made (they have a source) and the disposals
that it wrote (rule "moved") are left out everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext

from django.db import connection
from django.db.models import Sum

from portfolios.lots import PRECISE, ZERO
from portfolios.models import Disposal, Holding, Lot, MatchRule, Portfolio


def quantities_at(portfolio: Portfolio, when: datetime) -> dict[str, Decimal]:
    """Units of each asset held at the end of the moment `when`; assets not held are absent."""
    return quantities_of([portfolio.pk], when).get(portfolio.pk, {})


def quantities_of(portfolio_ids: Iterable[int], when: datetime) -> dict[int, dict[str, Decimal]]:
    """`quantities_at` of many portfolios in three queries; one that holds nothing is absent.

    What is held now, less what came since and plus what left since: the nearer, the cheaper.
    """
    ids = list(portfolio_ids)
    held: dict[int, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    now = Holding.objects.filter(portfolio__in=ids).values_list(
        "portfolio_id", "asset__symbol", "quantity"
    )
    for pk, symbol, units in now:
        held[pk][symbol] += units
    came = Lot.objects.filter(
        opened_by__portfolio__in=ids, opened_by__executed_at__gt=when, source=None
    )
    came_by = came.order_by().values_list("portfolio_id", "asset__symbol")
    for pk, symbol, units in came_by.annotate(Sum("quantity")):
        held[pk][symbol] -= units
    left = Disposal.objects.filter(
        transaction__portfolio__in=ids, transaction__executed_at__gt=when
    ).exclude(rule=MatchRule.MOVED)
    left_by = left.order_by().values_list("transaction__portfolio_id", "lot__asset__symbol")
    for pk, symbol, units in left_by.annotate(Sum("quantity")):
        held[pk][symbol] += units
    found = {pk: {s: n for s, n in units.items() if n} for pk, units in held.items()}
    return {pk: units for pk, units in found.items() if units}


def changes_since(
    portfolios: Iterable[Portfolio], when: datetime
) -> list[tuple[datetime, int, str, Decimal]]:
    """(time, portfolio, symbol, units gained or lost) after `when`, by time."""
    ids = [portfolio.pk for portfolio in portfolios]
    came = Lot.objects.filter(
        opened_by__portfolio__in=ids, opened_by__executed_at__gt=when, source=None
    ).values_list("acquired_at", "portfolio_id", "asset__symbol", "quantity")
    left = (
        Disposal.objects.filter(transaction__portfolio__in=ids, transaction__executed_at__gt=when)
        .exclude(rule=MatchRule.MOVED)
        .values_list(
            "transaction__executed_at",
            "transaction__portfolio_id",
            "lot__asset__symbol",
            "quantity",
        )
    )
    out = [(at, pk, symbol, -quantity) for at, pk, symbol, quantity in left]
    return sorted([*came, *out])


#: Net change of units and cost from %(since)s on, by UTC day and asset. Plain SQL: Django's
#: conversion of every value costs more than the rest of the walk.
_CHANGES = """
    SELECT s.day, a.symbol, s.units, s.cost
    FROM (
        SELECT day, asset_id, sum(units) AS units, sum(cost) AS cost
        FROM (
            SELECT (l.acquired_at AT TIME ZONE 'UTC')::date AS day, l.asset_id,
                   l.quantity AS units, l.cost
            FROM portfolios_lot l
            WHERE l.portfolio_id = %(portfolio)s AND l.source_id IS NULL
              AND l.acquired_at >= %(since)s
            UNION ALL
            SELECT (t.executed_at AT TIME ZONE 'UTC')::date, l.asset_id, -d.quantity, -d.basis
            FROM portfolios_transaction t
            JOIN portfolios_disposal d ON d.transaction_id = t.id
            JOIN portfolios_lot l ON l.id = d.lot_id
            WHERE t.portfolio_id = %(portfolio)s AND t.executed_at >= %(since)s
              AND d.rule <> 'moved'
        ) c
        GROUP BY day, asset_id
    ) s
    JOIN markets_asset a ON a.id = s.asset_id
"""
_HELD = """
    SELECT a.symbol, h.quantity, h.cost FROM portfolios_holding h
    JOIN markets_asset a ON a.id = h.asset_id
    WHERE h.portfolio_id = %s
"""


#: symbol, units, cost
_Held = tuple[str, Decimal, Decimal]
#: day, symbol, units, cost
_Change = tuple[date, str, Decimal, Decimal]


class Daily:
    """Changes of units and cost of a portfolio by UTC day from `start` on, read once.

    What came before is one change, the day before it: what is held now without the changes since.
    """

    def __init__(self, portfolio: Portfolio, start: date) -> None:
        self.units: dict[date, dict[str, Decimal]] = defaultdict(dict)
        self.cost: dict[date, Decimal] = defaultdict(Decimal)
        with connection.cursor() as cursor:
            cursor.execute(_CHANGES, {"portfolio": portfolio.pk, "since": midnight(start)})
            changes = cursor.fetchall()
            cursor.execute(_HELD, [portfolio.pk])
            held = cursor.fetchall()
        for day, symbol, units, cost in changes:
            self.units[day][symbol] = units
            self.cost[day] += cost
        self._open(start - timedelta(days=1), held, changes)

    def _open(self, day: date, held: Iterable[_Held], changes: Iterable[_Change]) -> None:
        units = defaultdict(Decimal, {symbol: quantity for symbol, quantity, _ in held})
        cost = sum((cost for _, _, cost in held), ZERO)
        with localcontext(PRECISE):
            for _, symbol, change, paid in changes:
                units[symbol] -= change
                cost -= paid
        found = {symbol: quantity for symbol, quantity in units.items() if quantity}
        if found:
            self.units[day], self.cost[day] = found, cost

    @property
    def symbols(self) -> set[str]:
        return {symbol for changes in self.units.values() for symbol in changes}

    @property
    def first_day(self) -> date | None:
        return min(self.units, default=None)


def first_day_of(portfolio: Portfolio) -> date | None:
    """The UTC day of the first event that moved units."""
    lots = Lot.objects.filter(portfolio=portfolio, source=None).order_by("acquired_at")
    left = Disposal.objects.filter(transaction__portfolio=portfolio)
    found = [
        lots.values_list("acquired_at", flat=True).first(),
        left.order_by("transaction__executed_at")
        .values_list("transaction__executed_at", flat=True)
        .first(),
    ]
    return min((at.astimezone(UTC).date() for at in found if at is not None), default=None)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
