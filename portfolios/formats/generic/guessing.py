"""What the columns of a file probably mean, from their names and the first rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from portfolios.formats.generic.words import FIELDS, TYPES
from portfolios.formats.numbers import guess_mark
from portfolios.formats.shape import MONEY, Row, plain_name
from portfolios.formats.times import guess_order

_NUMBERS = ("quantity", "price", "total", "fee", "to_quantity")
_TICKER = re.compile(r"[A-Z0-9]{2,12}(?:[/_-][A-Z0-9]{2,12})?")
_KNOWN = {plain_name(word): kind for word, kind in TYPES.items()}


@dataclass(frozen=True, slots=True)
class Guess:
    """Proposed for the mapper: as `Settings` takes them, and the words not understood."""

    columns: dict[str, str]
    decimal: str
    date_order: str
    types: dict[str, str] = field(default_factory=dict)
    unknown_types: list[str] = field(default_factory=list)


def guess(header: Sequence[str], rows: Sequence[Row], separator: str = ",") -> Guess:
    """Each column serves one field at most; names that fit exactly come before those that hint."""
    columns = _by_content(_columns(header), header, rows)
    numbers = [row.get(columns[name]) for row in rows for name in _NUMBERS if name in columns]
    dates = [row.get(columns["executed_at"]) for row in rows] if "executed_at" in columns else []
    words = dict.fromkeys(row.get(columns["type"]) for row in rows) if "type" in columns else {}
    known = {word: kind for word in words if (kind := known_type(word))}
    return Guess(
        columns,
        guess_mark([text for text in numbers if text], separator),
        guess_order(dates),
        known,
        [word for word in words if word and word not in known],
    )


def known_type(word: str) -> str:
    """The type that a word of a file means; "" where it is not known."""
    return _KNOWN.get(plain_name(word), "")


def _columns(header: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    plain = {name: plain_name(name) for name in header}
    for exactly in (True, False):
        for name, names in FIELDS.items():
            if name in found:
                continue
            free = [column for column in header if column not in found.values() and plain[column]]
            fits = (
                column
                for wanted in map(plain_name, names)
                for column in free
                if _fits(plain[column], wanted, exactly=exactly)
            )
            if (column := next(fits, None)) is not None:
                found[name] = column
    if "executed_at" not in found and "time" in found:
        found["executed_at"] = found.pop("time")
    return found


def _by_content(
    columns: dict[str, str], header: Sequence[str], rows: Sequence[Row]
) -> dict[str, str]:
    """Without a column named for it, the asset is where the coins stand, and money elsewhere."""
    if "symbol" in columns or not rows:
        return columns
    taken = {column for field, column in columns.items() if field != "currency"}
    told = {name: [row.get(name) for row in rows if row.get(name)] for name in header}
    tickers = {
        name: cells
        for name, cells in told.items()
        if name not in taken and cells and all(_TICKER.fullmatch(cell) for cell in cells)
    }
    coins = max(tickers, key=lambda name: len(set(tickers[name]) - MONEY), default=None)
    if coins is None:
        return columns
    columns = {field: column for field, column in columns.items() if column != coins}
    money = [name for name, cells in tickers.items() if name != coins and set(cells) <= MONEY]
    if money and "currency" not in columns:
        columns["currency"] = money[0]
    return {**columns, "symbol": coins}


def _fits(column: str, wanted: str, *, exactly: bool) -> bool:
    if exactly:
        return column == wanted
    return len(wanted) > 3 and column.startswith(wanted)
