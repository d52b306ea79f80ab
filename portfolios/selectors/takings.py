"""What a ledger booked in a range of days: realised gains, income and fees. Summed in SQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum

from markets.models import AssetKind
from portfolios.entries import EXCHANGES
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.marks import Marks, price_venue, same_money
from portfolios.models import Disposal, Lot, Portfolio, TransactionType
from portfolios.selectors.sleeves import INCOME, Version, version_of

#: Units given away as the price of something else.
_PAID = [TransactionType.FEE, TransactionType.INTEREST]


@dataclass(frozen=True)
class Takings:
    """Money of the base. `fees` are inside `realised` and the cost of what is held already;
    `unpriced` names what fees were paid in on a day without a price: these are not in `fees`.
    """

    realised: Decimal = ZERO
    rewards: Decimal = ZERO
    fees: Decimal = ZERO
    unpriced: list[str] = field(default_factory=list)
    by_asset: dict[str, tuple[Decimal, Decimal, Decimal]] = field(default_factory=dict)


def takings(portfolio: Portfolio, start: date, end: date) -> Takings:
    """From `start` to the end of `end`; `by_asset`: (realised, rewards, fees) by symbol."""
    realised, rewards, rows = _booked(version_of(portfolio), portfolio.base_currency, start, end)
    fees, unpriced = _fees(portfolio, rows, start, end)
    symbols = realised.keys() | rewards.keys() | fees.keys()
    return Takings(
        realised=sum(realised.values(), ZERO),
        rewards=sum(rewards.values(), ZERO),
        fees=sum(fees.values(), ZERO),
        unpriced=unpriced,
        by_asset={
            s: (realised.get(s, ZERO), rewards.get(s, ZERO), fees.get(s, ZERO)) for s in symbols
        },
    )


Sums = dict[str, Decimal]
#: (asset that bore it, what it was paid in, day or None where that is the base, amount)
FeeRow = tuple[str, str, date | None, Decimal]


@lru_cache(maxsize=64)
def _booked(version: Version, base: str, start: date, end: date) -> tuple[Sums, Sums, list[FeeRow]]:
    """Gains, income and fees by asset, kept for each version of the ledger: not to be changed."""
    since, until = datetime.combine(start, time.min, UTC), datetime.combine(end, time.max, UTC)
    owner = version.portfolio_id
    sold = Disposal.objects.filter(
        lot__portfolio=owner, realised=True, transaction__executed_at__range=(since, until)
    )
    got = Lot.objects.filter(
        portfolio=owner,
        acquired_at__range=(since, until),
        source=None,
        opened_by__type__in=INCOME,
    )
    realised = _by_asset(sold, "lot__asset__symbol", "gain")
    return realised, _by_asset(got, "asset__symbol", "cost"), _fee_rows(owner, base, since, until)


def _by_asset(rows: QuerySet[Any], symbol: str, money: str) -> dict[str, Decimal]:
    return dict(rows.order_by().values_list(symbol).annotate(Sum(money)))


# Fees in the base itself need no day; the rest have a price of their own each day.
_FEES = """
SELECT CASE WHEN is_money THEN symbol ELSE paid_in END, paid_in,
    CASE WHEN paid_in = ANY(%(own)s) THEN NULL ELSE day END, sum(amount)
FROM (
    SELECT a.symbol, (t.executed_at AT TIME ZONE 'UTC')::date AS day,
        t.fee + CASE WHEN t.type = ANY(%(paid)s) AND f.id IS NULL THEN t.quantity ELSE 0 END
            AS amount,
        coalesce(f.symbol, CASE WHEN t.type = ANY(%(exchanges)s) THEN t.currency ELSE a.symbol END)
            AS paid_in,
        t.type = ANY(%(exchanges)s)
            AND (f.id IS NULL OR f.symbol = t.currency OR f.kind = %(fiat)s) AS is_money
    FROM portfolios_transaction t
    JOIN markets_asset a ON a.id = t.asset_id
    LEFT JOIN markets_asset f ON f.id = t.fee_asset_id
    WHERE t.portfolio_id = %(portfolio)s AND t.executed_at BETWEEN %(since)s AND %(until)s
        AND (t.fee > 0 OR t.type = ANY(%(paid)s))
    UNION ALL
    SELECT a.symbol, (t.executed_at AT TIME ZONE 'UTC')::date, t.quantity, a.symbol, false
    FROM portfolios_transaction t
    JOIN markets_asset a ON a.id = t.asset_id
    WHERE t.portfolio_id = %(portfolio)s AND t.executed_at BETWEEN %(since)s AND %(until)s
        AND t.type = ANY(%(paid)s) AND t.fee_asset_id IS NOT NULL
) AS fees WHERE amount > 0 GROUP BY 1, 2, 3
"""


def _fee_rows(portfolio_id: int, base: str, since: datetime, until: datetime) -> list[FeeRow]:
    facts: dict[str, Any] = {
        "portfolio": portfolio_id,
        "since": since,
        "until": until,
        "paid": [str(kind) for kind in _PAID],
        "exchanges": [str(kind) for kind in EXCHANGES],
        "fiat": str(AssetKind.FIAT),
        "own": [s for s in {base, "USD", "USDT"} if same_money(s, base)],
    }
    with connection.cursor() as cursor:
        cursor.execute(_FEES, facts)
        rows: list[FeeRow] = cursor.fetchall()
    return rows


def _fees(
    portfolio: Portfolio, rows: list[FeeRow], start: date, end: date
) -> tuple[Sums, list[str]]:
    """Fees by the asset that bore them, in the base at each day's price."""
    base = portfolio.base_currency
    paid = {symbol for _, symbol, day, _ in rows if day is not None}
    marks = Marks(base)
    if paid:
        marks = Marks.load(paid, start, end, base, price_venue(portfolio))
    fees: dict[str, Decimal] = defaultdict(Decimal)
    unpriced: set[str] = set()
    with localcontext(PRECISE):
        for symbol, paid_in, day, amount in rows:
            mark = Decimal(1) if day is None else marks.near(paid_in, day)
            if mark is None:
                unpriced.add(paid_in)
            else:
                fees[symbol] += amount * mark
        return {symbol: fee.quantize(UNIT) for symbol, fee in fees.items()}, sorted(unpriced)
