"""What ledgers booked in a range of days: realised gains, income and fees. Summed in SQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate

from markets.models import AssetKind
from portfolios.entries import EXCHANGES
from portfolios.lots import PRECISE, UNIT, ZERO
from portfolios.marks import Marks, same_money
from portfolios.models import Disposal, Lot, Portfolio, TransactionType
from portfolios.selectors.sleeves import INCOME, Version, version_of
from portfolios.selectors.wholes import Rates, Whole

#: Units given away as the price of something else.
_PAID = [TransactionType.FEE, TransactionType.INTEREST]


@dataclass(frozen=True)
class Takings:
    """Money of the base. `fees` are inside `realised` and the cost of what is held already;
    `unpriced` names what fees were paid in on a day without a price: these are not in `fees`.
    `unrated` names currencies in which something was booked on a day without a rate: not counted.
    """

    realised: Decimal = ZERO
    rewards: Decimal = ZERO
    fees: Decimal = ZERO
    unpriced: list[str] = field(default_factory=list)
    by_asset: dict[str, tuple[Decimal, Decimal, Decimal]] = field(default_factory=dict)
    unrated: list[str] = field(default_factory=list)


def takings(whole: Whole, start: date, end: date) -> Takings:
    """From `start` to the end of `end`; `by_asset`: (realised, rewards, fees) by symbol."""
    kinds: tuple[Sums, Sums, Sums] = (
        defaultdict(Decimal),
        defaultdict(Decimal),
        defaultdict(Decimal),
    )
    unpriced: set[str] = set()
    unrated: set[str] = set()
    for portfolio in whole.portfolios:
        rates = whole.rates(portfolio, start, end)
        version, base = version_of(portfolio), whole.base
        realised, rewards, rows = _booked(version, base, start, end, not rates.is_own)
        fees, unknown = _fees(whole, portfolio, rows, start, end)
        told = [_rated(realised, rates), _rated(rewards, rates), fees]
        for total, part in zip(kinds, told, strict=True):
            for symbol, amount in part.items():
                total[symbol] += amount
        unpriced.update(unknown)
        if any(rates.on(day) is None for _, day, _ in [*realised, *rewards]):
            unrated.add(rates.currency)
    return _together(kinds, unpriced, unrated)


Sums = dict[str, Decimal]
#: (asset, day or None where no rate is needed, amount in the portfolio's base)
MoneyRow = tuple[str, date | None, Decimal]
#: (asset that bore it, what it was paid in, day or None where that is the base, amount)
FeeRow = tuple[str, str, date | None, Decimal]


def _together(kinds: tuple[Sums, Sums, Sums], unpriced: set[str], unrated: set[str]) -> Takings:
    realised, rewards, fees = kinds
    symbols = realised.keys() | rewards.keys() | fees.keys()
    return Takings(
        realised=sum(realised.values(), ZERO),
        rewards=sum(rewards.values(), ZERO),
        fees=sum(fees.values(), ZERO),
        unpriced=sorted(unpriced),
        by_asset={
            s: (realised.get(s, ZERO), rewards.get(s, ZERO), fees.get(s, ZERO)) for s in symbols
        },
        unrated=sorted(unrated),
    )


def _rated(rows: list[MoneyRow], rates: Rates) -> Sums:
    """By asset, at the rate of each day; what has none counts as nothing, as in the history."""
    sums: Sums = defaultdict(Decimal)
    with localcontext(PRECISE):
        for symbol, day, amount in rows:
            sums[symbol] += amount * (rates.on(day) or ZERO)
        return {symbol: amount.quantize(UNIT) for symbol, amount in sums.items()}


@lru_cache(maxsize=64)
def _booked(
    version: Version, base: str, start: date, end: date, by_day: bool
) -> tuple[list[MoneyRow], list[MoneyRow], list[FeeRow]]:
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
    realised = _by_asset(sold, "lot__asset__symbol", "gain", "transaction__executed_at", by_day)
    rewards = _by_asset(got, "asset__symbol", "cost", "acquired_at", by_day)
    return realised, rewards, _fee_rows(owner, base, since, until)


def _by_asset(
    rows: QuerySet[Any], symbol: str, money: str, moment: str, by_day: bool
) -> list[MoneyRow]:
    if not by_day:
        whole = rows.order_by().values_list(symbol).annotate(Sum(money))
        return [(name, None, amount) for name, amount in whole]
    dated = rows.order_by().annotate(on_day=TruncDate(moment, tzinfo=UTC))
    return list(dated.values_list(symbol, "on_day").annotate(Sum(money)))


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
    whole: Whole, portfolio: Portfolio, rows: list[FeeRow], start: date, end: date
) -> tuple[Sums, list[str]]:
    """Fees by the asset that bore them, in the whole's base at each day's price."""
    base = whole.base
    paid = {symbol for _, symbol, day, _ in rows if day is not None}
    marks = Marks(base)
    if paid:
        marks = Marks.load(paid, start, end, base, whole.venues[portfolio.pk])
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
