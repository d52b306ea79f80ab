"""Daily closes as arrays for statistics, and as Decimals for the ledger.

A process keeps one matrix a venue (all assets, all days) and cuts every answer out of it. The
venue's ``history_version`` changes in the transaction that changes its daily bars, hence a matrix
is never older than the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from markets.models import Venue
from markets.selectors import reference
from markets.selectors.venues import current_venue, is_dollar, usd_markets

Floats = NDArray[np.float64]

_UNIX: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Closes:
    """``values[i, j]``: close of ``symbols[j]`` on ``days[i]`` in the base asked for.

    ``days`` are consecutive UTC days, ascending; shape (len(days), len(symbols)), float64, NaN
    where a close is missing.
    """

    days: list[date]
    symbols: list[str]
    values: Floats


@dataclass(frozen=True)
class _Matrix:
    """All closes of a venue in USD; row i is day ``first`` + i (days since 1970)."""

    first: int
    columns: dict[str, int]
    values: Floats

    def column(self, symbol: str, first: int, last: int) -> Floats:
        """Closes from day ``first`` to ``last``, NaN outside what is known. Shape (days,)."""
        if is_dollar(symbol):
            return np.ones(last - first + 1)
        out = np.full(last - first + 1, np.nan)
        at = self.columns.get(symbol)
        low, high = max(first, self.first), min(last, self.first + len(self.values) - 1)
        if at is not None and low <= high:
            out[low - first : high - first + 1] = self.values[
                low - self.first : high - self.first + 1, at
            ]
        return out


_ALL = """
SELECT market_id, array_agg((extract(epoch FROM open_time) / 86400)::int), array_agg(close::float8)
FROM markets_candle
WHERE market_id = ANY(%s) AND interval = '1d' AND is_closed
GROUP BY market_id
"""


def _load(venue: Venue) -> _Matrix:
    by_id = {pk: symbol for symbol, pk in usd_markets(venue).items()}
    with connection.cursor() as cursor:
        cursor.execute(_ALL, [list(by_id)])
        rows = [(by_id[pk], np.array(days), closes) for pk, days, closes in cursor.fetchall()]
    if not rows:
        return _Matrix(0, {}, np.empty((0, 0)))
    first = min(int(days.min()) for _, days, _ in rows)
    last = max(int(days.max()) for _, days, _ in rows)
    values = np.full((last - first + 1, len(rows)), np.nan)
    for at, (_, days, closes) in enumerate(rows):
        values[days - first, at] = closes
    return _Matrix(first, {symbol: at for at, (symbol, _, _) in enumerate(rows)}, values)


@lru_cache(maxsize=4)
def _kept(venue_id: int, version: int) -> _Matrix:  # noqa: ARG001 - a key only
    return _load(Venue.objects.get(pk=venue_id))


def _matrix(venue: Venue, names: Iterable[str]) -> _Matrix:
    """The venue's closes; with the bank's rates of the currencies among ``names`` it has none of.

    A rate stands until the next one, for at most ``reference.BORROWED_DAYS``.
    """
    own = _whole(venue)
    bank = reference.bank_for(venue, [name for name in names if name not in own.columns])
    if bank is None:
        return own
    rates = _whole(bank)
    wanted = [name for name in names if name not in own.columns and name in rates.columns]
    return _joined(own, _carried(rates, wanted)) if wanted else own


def _carried(rates: _Matrix, names: Sequence[str]) -> _Matrix:
    """Some columns, each rate carried on over the days without one, and beyond the last row."""
    rows = len(rates.values) + reference.BORROWED_DAYS
    values = np.full((rows, len(names)), np.nan)
    values[: len(rates.values)] = rates.values[:, [rates.columns[name] for name in names]]
    known = np.where(np.isnan(values), -1, np.arange(rows)[:, None])
    newest = np.maximum.accumulate(known, axis=0)
    is_near = (newest >= 0) & (np.arange(rows)[:, None] - newest <= reference.BORROWED_DAYS)
    carried = np.take_along_axis(values, np.maximum(newest, 0), axis=0)
    columns = {name: at for at, name in enumerate(names)}
    return _Matrix(rates.first, columns, np.where(is_near, carried, np.nan))


def _joined(own: _Matrix, more: _Matrix) -> _Matrix:
    if not own.columns:
        return more
    first = min(own.first, more.first)
    last = max(own.first + len(own.values), more.first + len(more.values))
    columns = {name: len(own.columns) + at for name, at in more.columns.items()}
    values = np.full((last - first, len(own.columns) + len(columns)), np.nan)
    values[own.first - first :, : len(own.columns)][: len(own.values)] = own.values
    values[more.first - first :, len(own.columns) :][: len(more.values)] = more.values
    return _Matrix(first, own.columns | columns, values)


def _whole(venue: Venue) -> _Matrix:
    version = Venue.objects.values_list("history_version", flat=True).get(pk=venue.pk)
    return _kept(venue.pk, version) if version else _load(venue)


def daily_closes(
    symbols: Iterable[str], *, end: date, days: int, base: str = "USD", venue: Venue | None = None
) -> Closes:
    """Closes of finished UTC days in ``base``, at most ``days`` rows.

    The last row is the last finished day not after ``end`` on which any of the symbols has a
    close; rows before the first close of all of them are left out. What counts as a dollar is 1.
    A base without a close makes its day's row NaN. No venue or no close at all: no rows.
    Currencies as in :func:`daily_closes_exact`.
    """
    names = list(symbols)
    venue = venue or current_venue()
    last = min(end.toordinal(), datetime.now(UTC).date().toordinal() - 1) - _UNIX
    if venue is None or days < 1:
        return Closes([], names, np.empty((0, len(names))))
    matrix = _matrix(venue, [name for name in {*names, base} if not is_dollar(name)])
    priced = [name for name in names if not is_dollar(name)]
    if priced:
        known = _known_days(matrix, priced)
        known = known[known <= last]
        if not len(known):
            return Closes([], names, np.empty((0, len(names))))
        last, earliest = int(known[-1]), int(known[0])
        first = max(earliest, last - days + 1)
    else:
        first = last - days + 1
    values = np.empty((last - first + 1, len(names)))
    for at, name in enumerate(names):
        values[:, at] = matrix.column(name, first, last)
    if not is_dollar(base):
        values /= matrix.column(base, first, last)[:, None]
    return Closes(_days(first, last), names, values)


def _known_days(matrix: _Matrix, names: Sequence[str]) -> NDArray[np.int64]:
    """Days since 1970 on which any of the assets has a close, ascending."""
    columns = [matrix.columns[name] for name in names if name in matrix.columns]
    return np.flatnonzero(~np.isnan(matrix.values[:, columns]).all(axis=1)) + matrix.first


def _days(first: int, last: int) -> list[date]:
    return [date.fromordinal(_UNIX + day) for day in range(first, last + 1)]


_EXACT = """
SELECT market_id, (open_time AT TIME ZONE 'UTC')::date, close FROM markets_candle
WHERE market_id = ANY(%s) AND interval = '1d' AND is_closed AND open_time >= %s AND open_time < %s
"""


def daily_closes_exact(
    symbols: Iterable[str], start: date, end: date, base: str = "USD", venue: Venue | None = None
) -> dict[date, dict[str, Decimal]]:
    """Closes of the finished UTC days in [start, end] in ``base``, by day and symbol.

    A symbol without a close on a day is left out of that day, and so is everything on a day on
    which ``base`` has none. What counts as a dollar is 1 on every day of the range. A currency that
    a real venue does not trade has the central bank's rate, on a day without a fixing the last one.
    """
    names = set(symbols)
    venue = venue or current_venue()
    end = min(end, datetime.now(UTC).date() - timedelta(days=1))
    if venue is None or start > end:
        return {}
    by_id = {pk: symbol for symbol, pk in usd_markets(venue, names | {base}).items()}
    dollars = {name: Decimal(1) for name in names | {base} if is_dollar(name)}
    answer = {
        date.fromordinal(n): dict(dollars) for n in range(start.toordinal(), end.toordinal() + 1)
    }
    with connection.cursor() as cursor:
        cursor.execute(_EXACT, [list(by_id), _midnight(start), _midnight(end + timedelta(days=1))])
        for pk, day, close in cursor.fetchall():
            answer[day][by_id[pk]] = close
    rest = [name for name in names | {base} if name not in by_id.values()]
    for symbol, rates in reference.rates(rest, start, end, venue).items():
        for day, rate in rates.items():
            answer[day][symbol] = rate
    if is_dollar(base):
        return {day: prices for day, prices in answer.items() if prices}
    return {day: _in_base(prices, names, base) for day, prices in answer.items() if base in prices}


def _in_base(prices: dict[str, Decimal], names: set[str], base: str) -> dict[str, Decimal]:
    return {name: price / prices[base] for name, price in prices.items() if name in names}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def sparklines(
    symbols: Iterable[str], days: int = 30, venue: Venue | None = None
) -> dict[str, list[float]]:
    """The newest daily closes of each symbol in USD, oldest first, without the missing days."""
    closes = daily_closes(symbols, end=datetime.now(UTC).date(), days=days, venue=venue)
    columns = zip(closes.symbols, closes.values.T, strict=True)
    return {symbol: column[~np.isnan(column)].tolist() for symbol, column in columns}
