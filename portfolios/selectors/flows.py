"""Money that came into a portfolio from outside or left it, by UTC day, in its base currency.

Where cash is not tracked, a buy is paid from outside and a sale pays out. Deposits and withdrawals
flow at the market's price of the day, not at their basis: neither is ever a profit.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time
from decimal import Decimal, localcontext
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import TruncDate

from portfolios.lots import PRECISE, UNIT
from portfolios.marks import Marks
from portfolios.models import Disposal, Lot, Portfolio, TransactionType


class Flows:
    """`inflow` and `outflow` by day from `start` on; days without a flow are absent."""

    def __init__(self, portfolio: Portfolio, start: date, marks: Marks) -> None:
        self.inflow: dict[date, Decimal] = defaultdict(Decimal)
        self.outflow: dict[date, Decimal] = defaultdict(Decimal)
        since = datetime.combine(start, time.min, UTC)
        came = Lot.objects.filter(portfolio=portfolio, acquired_at__gte=since).annotate(
            day=TruncDate("acquired_at", tzinfo=UTC), symbol=F("asset__symbol")
        )
        left = Disposal.objects.filter(
            lot__portfolio=portfolio, transaction__executed_at__gte=since, realised=True
        ).annotate(day=TruncDate("transaction__executed_at", tzinfo=UTC))
        taken = Disposal.objects.filter(
            lot__portfolio=portfolio, transaction__executed_at__gte=since, realised=False
        ).annotate(
            day=TruncDate("transaction__executed_at", tzinfo=UTC), symbol=F("lot__asset__symbol")
        )
        deposits = came.filter(opened_by__type=TransactionType.DEPOSIT)
        _in_kind(self.inflow, deposits, "cost", marks)
        _in_kind(self.outflow, taken, "basis", marks)
        if not portfolio.track_cash:
            _in_money(self.inflow, came.filter(opened_by__type=TransactionType.BUY), "cost")
            sales = left.filter(transaction__type=TransactionType.SELL)
            _in_money(self.outflow, sales, "proceeds")


def _in_kind(flow: dict[date, Decimal], rows: QuerySet[Any], otherwise: str, marks: Marks) -> None:
    """Units at the day's mark; at their basis where the day has none."""
    grouped = rows.order_by().values_list("day", "symbol")
    for day, symbol, units, basis in grouped.annotate(Sum("quantity"), Sum(otherwise)):
        mark = marks.on(symbol, day)
        with localcontext(PRECISE):
            flow[day] += basis if mark is None else (units * mark).quantize(UNIT)


def _in_money(flow: dict[date, Decimal], rows: QuerySet[Any], money: str) -> None:
    for day, amount in rows.order_by().values_list("day").annotate(Sum(money)):
        flow[day] += amount
