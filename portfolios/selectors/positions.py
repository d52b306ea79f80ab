"""How many units were held at a time, from lots and disposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import TruncDate

from portfolios.lots import ZERO
from portfolios.models import Disposal, Lot, Portfolio


def quantities_at(portfolio: Portfolio, when: datetime) -> dict[str, Decimal]:
    """Units of each asset held at the end of the moment `when`; assets not held are absent."""
    came = _sums(Lot.objects.filter(portfolio=portfolio, acquired_at__lte=when), "asset__symbol")
    left = _sums(
        Disposal.objects.filter(lot__portfolio=portfolio, transaction__executed_at__lte=when),
        "lot__asset__symbol",
    )
    held = {symbol: quantity - left.get(symbol, ZERO) for symbol, quantity in came.items()}
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def quantities_of(portfolio_ids: Iterable[int], when: datetime) -> dict[int, dict[str, Decimal]]:
    """`quantities_at` of many portfolios in two queries; one that holds nothing is absent."""
    ids = list(portfolio_ids)
    came = Lot.objects.filter(portfolio__in=ids, acquired_at__lte=when)
    left = Disposal.objects.filter(lot__portfolio__in=ids, transaction__executed_at__lte=when)
    held: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for pk, symbol, units in _by_portfolio(came, "portfolio_id", "asset__symbol"):
        held[pk][symbol] = units
    for pk, symbol, units in _by_portfolio(left, "lot__portfolio_id", "lot__asset__symbol"):
        rest = held[pk].pop(symbol, ZERO) - units
        if rest:
            held[pk][symbol] = rest
    return {pk: units for pk, units in held.items() if units}


def _by_portfolio(
    rows: QuerySet[Any], portfolio: str, symbol: str
) -> Iterator[tuple[int, str, Decimal]]:
    yield from rows.order_by().values_list(portfolio, symbol).annotate(Sum("quantity"))


def _sums(rows: QuerySet[Any], symbol: str) -> dict[str, Decimal]:
    return dict(rows.order_by().values_list(symbol).annotate(Sum("quantity")))


def changes_since(
    portfolios: Iterable[Portfolio], when: datetime
) -> list[tuple[datetime, int, str, Decimal]]:
    """(time, portfolio, symbol, units gained or lost) after `when`, by time."""
    ids = [portfolio.pk for portfolio in portfolios]
    came = Lot.objects.filter(portfolio__in=ids, acquired_at__gt=when).values_list(
        "acquired_at", "portfolio_id", "asset__symbol", "quantity"
    )
    left = Disposal.objects.filter(
        lot__portfolio__in=ids, transaction__executed_at__gt=when
    ).values_list("transaction__executed_at", "lot__portfolio_id", "lot__asset__symbol", "quantity")
    out = [(at, pk, symbol, -quantity) for at, pk, symbol, quantity in left]
    return sorted([*came, *out])


class Daily:
    """Changes of units and cost of a portfolio by UTC day, read once."""

    def __init__(self, portfolio: Portfolio) -> None:
        self.units: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self.cost: dict[date, Decimal] = defaultdict(Decimal)
        came = Lot.objects.filter(portfolio=portfolio).annotate(
            day=TruncDate("acquired_at", tzinfo=UTC), symbol=F("asset__symbol")
        )
        left = Disposal.objects.filter(lot__portfolio=portfolio).annotate(
            day=TruncDate("transaction__executed_at", tzinfo=UTC), symbol=F("lot__asset__symbol")
        )
        for day, symbol, units, cost in _grouped(came, "cost"):
            self._add(day, symbol, units, cost)
        for day, symbol, units, basis in _grouped(left, "basis"):
            self._add(day, symbol, -units, -basis)

    def _add(self, day: date, symbol: str, units: Decimal, cost: Decimal) -> None:
        self.units[day][symbol] += units
        self.cost[day] += cost

    @property
    def symbols(self) -> set[str]:
        return {symbol for changes in self.units.values() for symbol in changes}

    @property
    def first_day(self) -> date | None:
        return min(self.units, default=None)


def _grouped(rows: QuerySet[Any], money: str) -> Iterator[tuple[date, str, Decimal, Decimal]]:
    grouped = rows.order_by().values_list("day", "symbol")
    yield from grouped.annotate(Sum("quantity"), Sum(money))
