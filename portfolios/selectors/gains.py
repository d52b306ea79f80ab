"""A tax year's gains: every disposal with the lots it used, and what came in as income.

A tax year is named by the calendar year it starts in. Days are UTC days, but London's where UK
pooling is used (`BasisRules.zone`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Min

from portfolios.ledger.rules import rules_of
from portfolios.models import (
    BasisMethod,
    Disposal,
    Lot,
    MatchRule,
    Portfolio,
    Transaction,
    TransactionType,
)

ZERO = Decimal(0)
_TYPES = {kind: str(label) for kind, label in TransactionType.choices}
_RULES = {rule: str(label) for rule, label in MatchRule.choices}
INCOME = (TransactionType.REWARD, TransactionType.AIRDROP, TransactionType.FORK)


class _Row(NamedTuple):
    """Of a disposal, its lot and its transaction; read as `_COLUMNS`."""

    pk: int
    type: str
    left: datetime
    symbol: str
    acquired: datetime
    opened_by: int
    quantity: Decimal
    basis: Decimal
    proceeds: Decimal
    fee: Decimal
    gain: Decimal
    rule: str
    assumed: bool
    missing: bool


_COLUMNS = (
    "transaction_id",
    "transaction__type",
    "transaction__executed_at",
    "lot__asset__symbol",
    "lot__acquired_at",
    "lot__opened_by_id",
    "quantity",
    "basis",
    "proceeds",
    "fee",
    "gain",
    "rule",
    "lot__basis_assumed",
    "lot__basis_missing",
)


class Left(NamedTuple):
    """The transaction with which units left: thousands of sales need no more of it."""

    pk: int
    type: str
    executed_at: datetime

    def get_type_display(self) -> str:
        return _TYPES[self.type]


@dataclass(frozen=True, slots=True)
class Used:
    """Units of one lot that a disposal took. `is_long`: held for more than a year."""

    acquired_at: datetime
    opened_by: int
    quantity: Decimal
    basis: Decimal
    proceeds: Decimal
    fee: Decimal
    gain: Decimal
    days_held: int
    is_long: bool
    rule: str
    rule_words: str
    basis_assumed: bool
    basis_missing: bool

    @property
    def gross(self) -> Decimal:
        return self.proceeds + self.fee


@dataclass(slots=True)
class Sale:
    """Units of one asset that left in one transaction, with a gain. `proceeds` are after `fee`."""

    transaction: Left
    symbol: str
    lots: list[Used] = field(default_factory=list)

    def _sum(self, name: str) -> Decimal:
        return sum((getattr(lot, name) for lot in self.lots), ZERO)

    @property
    def quantity(self) -> Decimal:
        return self._sum("quantity")

    @property
    def proceeds(self) -> Decimal:
        return self._sum("proceeds")

    @property
    def fee(self) -> Decimal:
        return self._sum("fee")

    @property
    def gross(self) -> Decimal:
        return self.proceeds + self.fee

    @property
    def basis(self) -> Decimal:
        return self._sum("basis")

    @property
    def gain(self) -> Decimal:
        return self._sum("gain")

    @property
    def is_doubtful(self) -> bool:
        """A basis was assumed, or nobody knows it."""
        return any(lot.basis_assumed or lot.basis_missing for lot in self.lots)

    @property
    def terms(self) -> str:
        """short, long or mixed."""
        found = {lot.is_long for lot in self.lots}
        return "mixed" if len(found) > 1 else "long" if found == {True} else "short"


@dataclass(frozen=True, slots=True)
class Income:
    """A reward, airdrop or fork, at what it was worth when it came."""

    transaction: Transaction
    symbol: str
    quantity: Decimal
    worth: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a year, in the portfolio's base."""

    gross: Decimal
    fees: Decimal
    proceeds: Decimal
    basis: Decimal
    gain: Decimal
    gains: Decimal
    losses: Decimal
    short_term: Decimal
    long_term: Decimal
    income: Decimal
    disposals: int
    doubtful: int


@dataclass(frozen=True, slots=True)
class Gains:
    """One tax year of a portfolio; `end` is its last day, and `zone` tells whose days they are."""

    portfolio: Portfolio
    year: int
    start: date
    end: date
    method: str
    sales: list[Sale]
    income: list[Income]
    totals: Totals
    zone: tzinfo = UTC

    @property
    def method_words(self) -> str:
        return str(BasisMethod(self.method).label)

    @property
    def income_by_type(self) -> list[tuple[str, Decimal]]:
        """Type in words and its sum, the largest first."""
        sums: dict[str, Decimal] = {}
        for one in self.income:
            name = str(one.transaction.get_type_display())
            sums[name] = sums.get(name, ZERO) + one.worth
        return sorted(sums.items(), key=lambda pair: -pair[1])


def gains(portfolio: Portfolio, year: int) -> Gains:
    """Everything that a tax return of that year asks of this ledger. Three queries."""
    rules = rules_of(portfolio)
    since, until = rules.start_of(year), rules.start_of(year + 1)
    sales = _sales(portfolio, since, until, rules.zone)
    income = _income(portfolio, since, until)
    return Gains(
        portfolio,
        year,
        since.astimezone(rules.zone).date(),
        until.astimezone(rules.zone).date() - timedelta(days=1),
        rules.method_of(year),
        sales,
        income,
        _totals(sales, income),
        rules.zone,
    )


def current_tax_year(portfolio: Portfolio) -> int:
    """The one that is running."""
    return rules_of(portfolio).tax_year(datetime.now(UTC))


def tax_years(portfolio: Portfolio) -> list[int]:
    """Every tax year since the first transaction, the running one first."""
    rules = rules_of(portfolio)
    first = portfolio.transactions.aggregate(first=Min("executed_at"))["first"]
    now = rules.tax_year(datetime.now(UTC))
    oldest = now if first is None else rules.tax_year(first)
    return list(range(now, oldest - 1, -1))


def _sales(portfolio: Portfolio, since: datetime, until: datetime, zone: tzinfo) -> list[Sale]:
    rows = (
        Disposal.objects.filter(
            transaction__portfolio=portfolio,
            realised=True,
            transaction__executed_at__gte=since,
            transaction__executed_at__lt=until,
        )
        .order_by("transaction__executed_at", "transaction_id", "lot__asset_id", "id")
        .values_list(*_COLUMNS)
    )
    found: dict[tuple[int, str], Sale] = {}
    for row in map(_Row._make, rows):
        sale = found.get((row.pk, row.symbol))
        if sale is None:
            sold = Left(row.pk, row.type, row.left)
            sale = found[row.pk, row.symbol] = Sale(sold, row.symbol)
        sale.lots.append(_used(row, zone))
    return list(found.values())


def _used(row: _Row, zone: tzinfo) -> Used:
    held = max(0, (row.left - row.acquired).days)
    return Used(
        row.acquired,
        row.opened_by,
        row.quantity,
        row.basis,
        row.proceeds,
        row.fee,
        row.gain,
        held,
        held > 360 and _day(row.left, zone) > _a_year_after(_day(row.acquired, zone)),
        row.rule,
        _RULES[row.rule],
        row.assumed,
        row.missing,
    )


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _a_year_after(day: date) -> date:
    """The same day of the next year; 1 March after a 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def _income(portfolio: Portfolio, since: datetime, until: datetime) -> list[Income]:
    rows = (
        Lot.objects.filter(
            portfolio=portfolio,
            source=None,
            opened_by__type__in=INCOME,
            opened_by__executed_at__gte=since,
            opened_by__executed_at__lt=until,
            cost__gt=0,
            basis_missing=False,
        )
        .select_related("opened_by", "asset")
        .order_by("opened_by__executed_at", "id")
    )
    return [Income(row.opened_by, row.asset.symbol, row.quantity, row.cost) for row in rows]


def _totals(sales: Iterable[Sale], income: Iterable[Income]) -> Totals:
    rows = list(sales)
    used = [lot for sale in rows for lot in sale.lots]
    each = [sale.gain for sale in rows]
    return Totals(
        gross=sum((sale.gross for sale in rows), ZERO),
        fees=sum((sale.fee for sale in rows), ZERO),
        proceeds=sum((sale.proceeds for sale in rows), ZERO),
        basis=sum((sale.basis for sale in rows), ZERO),
        gain=sum(each, ZERO),
        gains=sum((gain for gain in each if gain > 0), ZERO),
        losses=sum((gain for gain in each if gain < 0), ZERO),
        short_term=sum((lot.gain for lot in used if not lot.is_long), ZERO),
        long_term=sum((lot.gain for lot in used if lot.is_long), ZERO),
        income=sum((one.worth for one in income), ZERO),
        disposals=len(rows),
        doubtful=sum(sale.is_doubtful for sale in rows),
    )
