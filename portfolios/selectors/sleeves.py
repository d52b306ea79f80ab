"""Portfolios asset by asset and day by day, added up by the database.

One query a side (what came, what left) brings an array an asset; no row of the ledger is looked at
here. Prices come from the matrix of closes that the process keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from markets.models import Venue
from markets.selectors import daily_closes
from portfolios.contributed import Sleeves
from portfolios.marks import now_in_base, same_money, today
from portfolios.models import Portfolio
from portfolios.selectors.wholes import Whole

Floats = NDArray[np.float64]

# Units brought along, or come from nobody knows where, flow at the day's price; income flows not
# at all, the rest at its cost: as in selectors.flows.
_CAME = """
SELECT symbol, array_agg(day), array_agg(units), array_agg(paid), array_agg(kind), array_agg(basis)
FROM (
    SELECT a.symbol, (l.acquired_at AT TIME ZONE 'UTC')::date - date '1970-01-01' AS day,
        sum(l.quantity)::float8 AS units,
        coalesce(sum(l.cost)
            FILTER (WHERE NOT (l.basis_missing OR t.type = ANY(%(unpaid)s))), 0)::float8 AS paid,
        coalesce(sum(l.quantity)
            FILTER (WHERE l.basis_missing OR t.type = ANY(%(brought)s)), 0)::float8 AS kind,
        coalesce(sum(l.cost)
            FILTER (WHERE l.basis_missing OR t.type = ANY(%(brought)s)), 0)::float8 AS basis
    FROM portfolios_lot l
    JOIN portfolios_transaction t ON t.id = l.opened_by_id
    JOIN markets_asset a ON a.id = l.asset_id
    WHERE l.portfolio_id = %(portfolio)s AND l.source_id IS NULL
    GROUP BY 1, 2
) AS daily GROUP BY symbol
"""
_LEFT = """
SELECT symbol, array_agg(day), array_agg(units), array_agg(paid), array_agg(kind), array_agg(basis)
FROM (
    SELECT a.symbol, (t.executed_at AT TIME ZONE 'UTC')::date - date '1970-01-01' AS day,
        sum(d.quantity)::float8 AS units,
        coalesce(sum(d.proceeds) FILTER (WHERE d.realised), 0)::float8 AS paid,
        coalesce(sum(d.quantity) FILTER (WHERE NOT d.realised), 0)::float8 AS kind,
        coalesce(sum(d.basis) FILTER (WHERE NOT d.realised), 0)::float8 AS basis
    FROM portfolios_disposal d
    JOIN portfolios_lot l ON l.id = d.lot_id
    JOIN portfolios_transaction t ON t.id = d.transaction_id
    JOIN markets_asset a ON a.id = l.asset_id
    WHERE l.portfolio_id = %(portfolio)s AND d.rule <> 'moved'
    GROUP BY 1, 2
) AS daily GROUP BY symbol
"""
BROUGHT: Final = ["deposit", "gift_in"]
INCOME: Final = ["reward", "airdrop", "fork"]


@dataclass(frozen=True)
class Moved:
    """What came into an asset or left it, by day (days since 1970, ascending in no order).

    `paid` is money of the base; `kind` are units that flow at the day's price, else at `basis`.
    """

    days: NDArray[np.int64]
    units: Floats
    paid: Floats
    kind: Floats
    basis: Floats


@dataclass(frozen=True)
class Ledger:
    """Both sides of every asset a portfolio ever held, and the first day of it."""

    symbols: list[str]
    came: dict[str, Moved]
    left: dict[str, Moved]
    first: int | None


def ledger_of(portfolio: Portfolio) -> Ledger:
    """Read once for each revision of the ledger that this process is asked about."""
    return _kept(version_of(portfolio))


class Version(NamedTuple):
    """One state of a portfolio's ledger: another one has another version."""

    portfolio_id: int
    revision: int
    computed_at: datetime | None
    stale_since: datetime
    venue_id: int | None


def version_of(portfolio: Portfolio) -> Version:
    return Version(
        portfolio.pk,
        portfolio.revision,
        portfolio.computed_at,
        portfolio.stale_since,
        portfolio.valued_at_id,
    )


@lru_cache(maxsize=32)
def _kept(version: Version) -> Ledger:
    facts = {"portfolio": version.portfolio_id, "brought": BROUGHT, "unpaid": [*BROUGHT, *INCOME]}
    with connection.cursor() as cursor:
        came, left = (_read(cursor, query, facts) for query in (_CAME, _LEFT))
    days = [int(moved.days.min()) for moved in came.values()]
    return Ledger(sorted(came), came, left, min(days, default=None))


def _read(cursor: Any, query: str, facts: dict[str, Any]) -> dict[str, Moved]:
    cursor.execute(query, facts)
    return {
        symbol: Moved(np.array(days, dtype=np.int64), *(np.array(one) for one in columns))
        for symbol, days, *columns in cursor.fetchall()
    }


@dataclass(frozen=True)
class Sheet:
    """One portfolio of the whole: closes in its own base, and the rates into the whole's, from the
    evening before the first day on.
    """

    portfolio: Portfolio
    prices: Floats
    rates: tuple[Decimal | None, ...]
    is_abroad: bool

    @property
    def converted(self) -> Floats:
        """The rates as ratios; NaN: not known."""
        return np.array([np.nan if rate is None else float(rate) for rate in self.rates])


@dataclass(frozen=True)
class Split:
    """Sleeves of `symbols` from `start` to `end`, every day of it, in the whole's base."""

    symbols: list[str]
    start: date
    end: date
    sleeves: Sleeves
    sheets: list[Sheet]


def split(
    whole: Whole,
    start: date | None,
    end: date,
    inflow: Mapping[date, Decimal],
    newest: Mapping[str, Decimal] | None = None,
) -> Split | None:
    """The whole in its base; None where nothing was ever held until `end`. `inflow`: of the whole,
    by day, from outside. `newest`: prices in the base that mark today.
    """
    ledgers = [ledger_of(portfolio) for portfolio in whole.portfolios]
    begun = [one.first for one in ledgers if one.first is not None and one.first <= _number(end)]
    if not begun:
        return None
    first = max(min(begun), _number(start)) if start else min(begun)
    days = _number(end) - first + 1
    symbols = sorted({symbol for one in ledgers for symbol in one.symbols})
    values = np.zeros((days + 1, len(symbols)))
    flows = np.zeros((2, days, len(symbols)))
    sheets = []
    for portfolio, ledger in zip(whole.portfolios, ledgers, strict=True):
        rates = whole.rates(portfolio, _day(first - 1), end)
        marks = newest if rates.is_own else None
        told = tuple(rates.on(_day(day)) for day in range(first - 1, _number(end) + 1))
        base, venue = portfolio.base_currency, whole.venues[portfolio.pk]
        prices = prices_at(symbols, _day(first - 1), end, base, venue, newest=marks)
        sheet = Sheet(portfolio, prices, told, not rates.is_own)
        worth, moved = _filled(sheet, ledger, symbols, first)
        values += worth
        flows += moved
        sheets.append(sheet)
    paid = np.array([float(inflow.get(_day(first + n), 0)) for n in range(days)])
    return Split(symbols, _day(first), end, Sleeves(values, flows[0], flows[1], paid), sheets)


def _filled(sheet: Sheet, ledger: Ledger, symbols: list[str], first: int) -> tuple[Floats, Floats]:
    """A portfolio's values, and what flowed into and out of its assets, in the whole's base."""
    units = np.zeros(sheet.prices.shape)
    flows = np.zeros((2, len(units) - 1, len(symbols)))
    for side, sign, moves in ((0, 1, ledger.came), (1, -1, ledger.left)):
        for at, symbol in enumerate(symbols):
            if symbol in moves:
                _enter(moves[symbol], sign, first, units[:, at])
                _flow(moves[symbol], first, sheet.prices[1:, at], flows[side, :, at])
    units = np.cumsum(units, axis=0)
    units[np.abs(units) < 1e-12] = 0.0
    rates = sheet.converted[:, None]
    values = np.where(units == 0.0, 0.0, units * sheet.prices * rates)
    return values, flows * np.nan_to_num(rates[1:])


def _enter(moved: Moved, sign: int, first: int, units: Floats) -> None:
    """Changes of units; what was before the range is there on the evening before it."""
    at = np.maximum(moved.days - first + 1, 0)
    inside = at < len(units)
    np.add.at(units, at[inside], sign * moved.units[inside])


def _flow(moved: Moved, first: int, prices: Floats, flows: Floats) -> None:
    at = moved.days - first
    inside = (at >= 0) & (at < len(flows))
    at = at[inside]
    mark = prices[at]
    kind = np.where(np.isnan(mark), moved.basis[inside], moved.kind[inside] * mark)
    np.add.at(flows, at, moved.paid[inside] + np.where(moved.kind[inside] > 0, kind, 0.0))


def prices_at(
    symbols: Iterable[str],
    first: date,
    last: date,
    base: str,
    venue: Venue | None,
    *,
    newest: Mapping[str, Decimal] | None = None,
) -> Floats:
    """Closes in `base`, the newest price for today. Shape (days, symbols), NaN where missing."""
    names = list(symbols)
    prices = np.full(((last - first).days + 1, len(names)), np.nan)
    days = (last - first).days + 1
    closes = daily_closes(names, end=last, days=days, base=base, venue=venue)
    if closes.days:
        at = (closes.days[0] - first).days
        rows = closes.values[max(0, -at) :]
        prices[max(0, at) : max(0, at) + len(rows)] = rows
    if last >= today():
        marks = now_in_base(names, base, venue) if newest is None else newest
        row = [float(marks[name]) if name in marks else np.nan for name in names]
        prices[(today() - first).days :] = row
    for at, name in enumerate(names):
        if same_money(name, base):
            prices[:, at] = 1.0
    return prices


def _number(day: date) -> int:
    return day.toordinal() - _UNIX


def _day(number: int) -> date:
    return date.fromordinal(number + _UNIX)


_UNIX: Final = date(1970, 1, 1).toordinal()
