"""Candles from a CSV file, row by row, each bad cell named by line and column; no Django.

Columns ``date`` or ``timestamp``, ``symbol``, ``open``, ``high``, ``low``, ``close``, ``volume`` in
any order; others are ignored. Excel's byte-order mark and line ends are fine. Times without a zone
are UTC; a bare number is seconds or milliseconds since 1970.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from markets.known import split_pair
from markets.sources.base import Bar

PRICES: Final = ("open", "high", "low", "close")
NUMBERS: Final = (*PRICES, "volume")
LENGTHS: Final = {86_400: "1d", 3_600: "1h", 300: "5m", 60: "1m", 1: "1s"}
#: numeric(38,18) holds twenty digits before the point.
_LIMIT: Final = Decimal(10) ** 20
_TINIEST: Final = Decimal(1).scaleb(-18)


class BadRow(NamedTuple):
    """What is wrong in one line; ``column`` is a header word."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.message}"


class NotCandlesError(ValueError):
    """The file as a whole cannot be read as candles; the message says why."""


class Row(NamedTuple):
    symbol: str
    bar: Bar


class _BadCellError(ValueError):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass
class CandleFile:
    """Iterate :meth:`rows` once; ``bad``, :attr:`interval` and ``symbols`` are complete then."""

    lines: Iterable[str]
    now: datetime
    bad: list[BadRow] = field(default_factory=list)
    symbols: set[str] = field(default_factory=set)
    _seen: dict[str, set[int]] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)
    _spacing: int | None = None
    _divisor: int = 0

    def rows(self) -> Iterator[Row]:
        """The good rows in file order. NotCandlesError when there is no usable header."""
        reader = csv.reader(self.lines)
        try:
            columns = _header(next(reader, None))
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield from self._row(reader.line_num, columns, cells)
        except csv.Error as error:
            raise NotCandlesError(f"line {reader.line_num}: {error}") from error
        except UnicodeDecodeError as error:
            raise NotCandlesError("the file is not UTF-8 text") from error

    @property
    def interval(self) -> str:
        """The length of the bars, from the spacing of their times. NotCandlesError when unclear."""
        if not self._divisor:
            found = f"none of its {len(self.bad):,} rows is good" if self.bad else "it has no rows"
            raise NotCandlesError(found)
        if self._spacing is None:
            return next(name for size, name in LENGTHS.items() if self._divisor % size == 0)
        if self._spacing not in LENGTHS:
            raise NotCandlesError(
                f"the bars are {timedelta(seconds=self._spacing)} apart;"
                f" 1 second, 1 minute, 5 minutes, 1 hour or 1 day is needed"
            )
        if self._divisor % self._spacing:
            raise NotCandlesError(
                f"the times are not all at the start of a bar of {LENGTHS[self._spacing]}"
            )
        return LENGTHS[self._spacing]

    def _row(self, line: int, columns: dict[str, int], cells: list[str]) -> Iterator[Row]:
        try:
            row = self._parse(columns, cells)
        except _BadCellError as error:
            self.bad.append(BadRow(line, error.column, str(error)))
        else:
            self.symbols.add(row.symbol)
            yield row

    def _parse(self, columns: dict[str, int], cells: list[str]) -> Row:
        if len(cells) <= max(columns.values()):
            missing = next(name for name, at in columns.items() if at >= len(cells))
            raise _BadCellError(missing, "the row ends before this column")
        symbol = _symbol(cells[columns["symbol"]])
        when_column = "date" if "date" in columns else "timestamp"
        moment = _moment(when_column, cells[columns[when_column]], self.now)
        numbers = {name: _number(name, cells[columns[name]]) for name in NUMBERS}
        _check_shape(numbers)
        self._note(when_column, symbol, int(moment.timestamp()))
        opened, high, low, close, volume = (numbers[name] for name in NUMBERS)
        return Row(symbol, Bar(moment, opened, high, low, close, volume))

    def _note(self, column: str, symbol: str, second: int) -> None:
        seen = self._seen.setdefault(symbol, set())
        if second in seen:
            raise _BadCellError(column, f"{symbol} has this time already")
        seen.add(second)
        if symbol in self._last:
            gap = abs(second - self._last[symbol])
            self._spacing = gap if self._spacing is None else min(gap, self._spacing)
        self._last[symbol] = second
        self._divisor = math.gcd(self._divisor, second)


def _header(cells: list[str] | None) -> dict[str, int]:
    if not cells or not any(cells):
        raise NotCandlesError("the file is empty")
    if cells[0].lstrip("\ufeff \t").startswith("<"):
        raise NotCandlesError("this is a web page (HTML), not a CSV file")
    names = [cell.strip().lstrip("\ufeff").lower() for cell in cells]
    found: dict[str, int] = {
        name: names.index(name) for name in ("symbol", *NUMBERS) if name in names
    }
    when = next((name for name in ("date", "timestamp") if name in names), None)
    missing = [name for name in ("symbol", *NUMBERS) if name not in found]
    if when is None:
        missing.insert(0, "date (or timestamp)")
    else:
        found[when] = names.index(when)
    if missing:
        raise NotCandlesError(f"line 1: the header lacks {', '.join(missing)}")
    return found


def _symbol(text: str) -> str:
    try:
        split_pair(text)
    except ValueError as error:
        raise _BadCellError("symbol", str(error)) from error
    return text.strip().upper()


def _moment(column: str, text: str, now: datetime) -> datetime:
    text = text.strip()
    try:
        moment = _day(text) if column == "date" else _timestamp(text)
    except (ValueError, OverflowError, OSError) as error:
        example = "2024-01-31" if column == "date" else "2024-01-31 23:59:00"
        raise _BadCellError(column, f"{text!r} is no time like {example}") from error
    if moment.microsecond:
        raise _BadCellError(column, f"{text!r} is not at a whole second")
    if moment > now:
        raise _BadCellError(column, f"{text} is in the future")
    if moment.year < 2009:
        raise _BadCellError(column, f"{text} is before the first coin (2009)")
    return moment


def _day(text: str) -> datetime:
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _timestamp(text: str) -> datetime:
    if text.isdigit():
        number = int(text)
        seconds, rest = divmod(number, 1000) if number >= 10**11 else (number, 0)
        return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _number(column: str, text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise _BadCellError(column, f"{text.strip()!r} is no number") from None
    if not number.is_finite():
        raise _BadCellError(column, f"{text.strip()!r} is not finite")
    if number < 0 or (number == 0 and column != "volume"):
        raise _BadCellError(column, f"{text.strip()} is not positive")
    if number >= _LIMIT:
        raise _BadCellError(column, f"{text.strip()} is too large")
    if 0 < number < _TINIEST:
        raise _BadCellError(column, f"{text.strip()} has more than 18 decimals")
    return number


def _check_shape(numbers: dict[str, Decimal]) -> None:
    low, high = numbers["low"], numbers["high"]
    if low > high:
        raise _BadCellError("low", f"{low} is above the high, {high}")
    for name in ("open", "close"):
        if not low <= numbers[name] <= high:
            raise _BadCellError(name, f"{numbers[name]} is not between low {low} and high {high}")
