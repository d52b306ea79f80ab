"""Money that came into a portfolio from outside or left it, by UTC day, in its base currency.

Where cash is not tracked, a buy is paid from outside and a sale pays out, and so is the fee of a
swap. Deposits, withdrawals and gifts flow at the market's price of the day, not at their basis:
none is ever a profit. Neither are units that nobody says where they came from. Rewards, airdrops
and forks are income, fees and losses are losses: no flows; a move stays inside.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date
from decimal import Decimal, localcontext
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from portfolios.lots import PRECISE, UNIT
from portfolios.marks import Marks
from portfolios.models import Disposal, Lot, MatchRule, Portfolio, TransactionType
from portfolios.selectors.positions import midnight

_BROUGHT = (TransactionType.DEPOSIT, TransactionType.GIFT_IN)


class Flows:
    """`inflow` and `outflow` by day from `start` on; days without a flow are absent."""

    def __init__(self, portfolio: Portfolio, start: date, marks: Marks) -> None:
        self.inflow: dict[date, Decimal] = defaultdict(Decimal)
        self.outflow: dict[date, Decimal] = defaultdict(Decimal)
        since = midnight(start)
        came = Lot.objects.filter(
            opened_by__portfolio=portfolio, opened_by__executed_at__gte=since, source=None
        ).annotate(day=TruncDate("acquired_at", tzinfo=UTC))
        left = Disposal.objects.filter(
            transaction__portfolio=portfolio, transaction__executed_at__gte=since
        ).annotate(day=TruncDate("transaction__executed_at", tzinfo=UTC))
        brought = came.filter(Q(opened_by__type__in=_BROUGHT) | Q(basis_missing=True))
        _in_kind(self.inflow, brought.values_list("day", "asset__symbol"), "cost", marks)
        taken = left.filter(realised=False).exclude(rule=MatchRule.MOVED)
        _in_kind(self.outflow, taken.values_list("day", "lot__asset__symbol"), "basis", marks)
        if not portfolio.track_cash:
            bought = came.filter(opened_by__type=TransactionType.BUY, basis_missing=False)
            _in_money(self.inflow, bought, "cost")
            of_sales = left.filter(realised=True, proceeds__gt=0)
            swaps = of_sales.filter(transaction__type=TransactionType.SWAP, fee__gt=0)
            _in_money(self.inflow, swaps, "fee")
            _in_money(
                self.outflow, of_sales.filter(transaction__type=TransactionType.SELL), "proceeds"
            )


def _in_kind(flow: dict[date, Decimal], rows: QuerySet[Any], otherwise: str, marks: Marks) -> None:
    """Units at the day's mark; at their basis where the day has none. `rows`: (day, symbol)."""
    grouped = rows.order_by().annotate(Sum("quantity"), Sum(otherwise))
    for day, symbol, units, basis in grouped:
        mark = marks.on(symbol, day)
        with localcontext(PRECISE):
            flow[day] += basis if mark is None else (units * mark).quantize(UNIT)


def _in_money(flow: dict[date, Decimal], rows: QuerySet[Any], money: str) -> None:
    for day, amount in rows.order_by().values_list("day").annotate(Sum(money)):
        flow[day] += amount
