"""What all formats share: rows, what became of them, settings, and errors at a column."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Content = dict[str, Any]
#: Currencies and what stands for them: their trades are purchases and sales, not swaps.
FIAT = frozenset(
    [
        "USD",
        "EUR",
        "GBP",
        "CHF",
        "JPY",
        "AUD",
        "CAD",
        "NZD",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "BGN",
        "TRY",
        "BRL",
        "MXN",
        "ARS",
        "COP",
        "CLP",
        "ZAR",
        "INR",
        "SGD",
        "HKD",
        "KRW",
        "CNY",
        "TWD",
        "THB",
        "IDR",
        "PHP",
        "VND",
        "MYR",
        "ILS",
        "AED",
        "SAR",
        "NGN",
        "UAH",
        "RUB",
    ]
)
STABLE = frozenset(
    [
        "USDT",
        "USDC",
        "BUSD",
        "TUSD",
        "USDP",
        "FDUSD",
        "DAI",
        "PYUSD",
        "GUSD",
        "UST",
        "EURC",
        "EURI",
        "AEUR",
    ]
)
MONEY = FIAT | STABLE


class Wrong(Exception):  # noqa: N818 - what is wrong with a row is data, shown beside it
    """A cell that cannot be read: the column's name and what is wrong."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(f"{column}: {message}")
        self.column, self.message = column, message


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its line (the first being 1), and its cells by column name."""

    line: int
    cells: Mapping[str, str]
    raw: Sequence[str]
    #: What is wrong with the row as a whole: half of it is missing, or it has cells too many.
    broken: tuple[str, str] | None = None

    def get(self, *names: str) -> str:
        """The cell of the first of these columns that the file has; "" where it has none."""
        for name in names:
            if name in self.cells:
                return self.cells[name].strip()
        return ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a row is: a `content`, or `errors` as (column, message), or why it is `ignored`."""

    row: Row
    content: Content | None = None
    errors: tuple[tuple[str, str], ...] = ()
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to read: the portfolio's, and for the generic format what the mapper says.

    `columns`: field of a transaction to column of the file. `types`: word of the file to type.
    """

    track_cash: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    decimal: str = "."
    date_order: str = "ymd"
    zone: str = "UTC"
    types: Mapping[str, str] = field(default_factory=dict)
    default_type: str = ""
    currency: str = ""
    location: str = ""


Read = Callable[[Iterable[Row], Settings], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. `needs`: for each column the names it may have."""

    name: str
    title: str
    needs: tuple[tuple[str, ...], ...]
    read: Read


def plain_name(name: str) -> str:
    """A column's name without case, spaces, marks and a byte order mark."""
    return "".join(c for c in name.casefold() if c.isalnum())


def signature(header: Sequence[str]) -> str:
    """SHA-256 of a header: files of one program share it."""
    return hashlib.sha256("\x1f".join(plain_name(name) for name in header).encode()).hexdigest()


class Seen:
    """Ids for rows without one: a hash of the content, and its number where it comes again."""

    def __init__(self, prefix: str) -> None:
        self.prefix, self._times = prefix, Counter[str]()

    def id(self, *cells: str) -> str:
        """The same for the same cells at the same occurrence, in whatever file."""
        digest = hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:32]
        self._times[digest] += 1
        return f"{self.prefix}:{digest}:{self._times[digest]}"


def each(rows: Iterable[Row], make: Callable[[Row], Content | str]) -> Iterator[Found]:
    """Read row by row: `make` answers a content, or a reason to ignore the row, or raises."""
    for row in rows:
        yield one(row, partial(make, row))


def one(row: Row, make: Callable[[], Content | str]) -> Found:
    """What `make` says of a row, its complaint included."""
    if row.broken:
        return Found(row, errors=(row.broken,))
    try:
        made = make()
    except Wrong as error:
        return Found(row, errors=((error.column, error.message),))
    return Found(row, ignored=made) if isinstance(made, str) else Found(row, content=made)


def part_of(row: Row, first: Row) -> Found:
    """A leg that another line's content has taken in."""
    return Found(row, ignored=f"part of line {first.line}")
