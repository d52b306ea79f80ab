"""Rows read by a mapping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from portfolios.formats import safe, shape
from portfolios.formats.generic.guessing import known_type
from portfolios.formats.numbers import number, written
from portfolios.formats.shape import Content, Found, Row, Seen, Settings, Wrong
from portfolios.formats.times import utc
from portfolios.formats.trades import per_unit

_OUT = {"sell", "withdrawal", "fee", "gift_out", "lost", "swap", "transfer", "interest"}
_PAIR = re.compile(r"([A-Z0-9]{2,15})[/_-]([A-Z0-9]{2,12})")
_TEXTS = ("location", "to_location", "note", "external_id")


def read(rows: Iterable[Row], settings: Settings) -> Iterator[Found]:
    """A row each, as `settings` says. Errors are at the file's own columns."""
    return shape.each(rows, _Mapper(settings).content)


class _Mapper:
    """A mapping, applied to one row after the other."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.columns = settings, dict(settings.columns)
        self.seen = Seen("csv")
        self.types = {"": "", **settings.types}
        self.texts = [(name, self.columns[name]) for name in _TEXTS if self.columns.get(name)]

    def content(self, row: Row) -> Content:
        quantity = self._needed(row, "quantity")
        kind = self._kind(row, quantity)
        if quantity < 0:
            if kind not in _OUT:
                raise Wrong(self.columns["quantity"], "Must be greater than zero.")
            quantity = -quantity
        symbol, quote = self._symbol(row)
        made: Content = {
            "type": kind,
            "symbol": symbol,
            "quantity": written(quantity),
            "executed_at": self._moment(row),
            "location": self.settings.location,
        }
        self._money(row, made, quantity, quote)
        self._fee(row, made)
        for name, column in self.texts:
            if text := safe.text(row.cells[column].strip()):
                made[name] = text
        if kind == "swap":
            made["to_quantity"] = written(abs(self._needed(row, "to_quantity")))
            made["to_symbol"] = self._text(row, "to_symbol").upper()
        if "external_id" not in made:
            made["external_id"] = self.seen.id(*(cell.strip() for cell in row.raw))
        return made

    def _text(self, row: Row, field: str) -> str:
        column = self.columns.get(field)
        return safe.text(row.cells[column].strip()) if column else ""

    def _number(self, row: Row, field: str) -> Decimal | None:
        column = self.columns.get(field)
        text = row.cells[column].strip() if column else ""
        return number(text, column or field, self.settings.decimal) if text else None

    def _needed(self, row: Row, field: str) -> Decimal:
        found = self._number(row, field)
        if found is None:
            raise Wrong(self.columns.get(field) or field, "Is empty.")
        return found

    def _kind(self, row: Row, quantity: Decimal) -> str:
        """By the word of the file, the same for all rows, or the sign of the quantity."""
        if "type" in self.columns:
            return self._named(self._text(row, "type"))
        if self.settings.default_type:
            return self.settings.default_type
        priced = "price" in self.columns or "total" in self.columns
        if quantity < 0:
            return "sell" if priced else "withdrawal"
        return "buy" if priced else "deposit"

    def _named(self, word: str) -> str:
        if word not in self.types:
            self.types[word] = known_type(word)
        if not self.types[word]:
            shown = f"“{word[:40]}” is not known: say what it means." if word else "Is empty."
            raise Wrong(self.columns["type"], shown)
        return self.types[word]

    def _symbol(self, row: Row) -> tuple[str, str]:
        """The asset; a pair has its quote too."""
        text = self._text(row, "symbol").upper()
        if not text:
            raise Wrong(self.columns.get("symbol") or "symbol", "Is empty.")
        pair = _PAIR.fullmatch(text)
        return (pair[1], pair[2]) if pair else (text, "")

    def _moment(self, row: Row) -> str:
        column = self.columns.get("executed_at") or "executed_at"
        text = self._text(row, "executed_at")
        if "time" in self.columns:
            text = f"{text} {self._text(row, 'time')}".strip()
        if not text:
            raise Wrong(column, "Is empty.")
        return utc(text, column, self.settings.date_order, self.settings.zone).isoformat()

    def _money(self, row: Row, made: Content, quantity: Decimal, quote: str) -> None:
        """The price, else from the total; the currency of the row, of the pair, or for all."""
        price, total = self._number(row, "price"), self._number(row, "total")
        currency = self._text(row, "currency").upper() or quote or self.settings.currency
        if currency:
            made["currency"] = currency
        if price is not None:
            if price < 0:
                raise Wrong(self.columns["price"], "Must not be negative.")
            made["price"] = written(price)
        elif total is not None and quantity:
            made["price"] = per_unit(abs(total), quantity)

    def _fee(self, row: Row, made: Content) -> None:
        """Programs write what a fee took with either sign."""
        if fee := self._number(row, "fee"):
            made["fee"] = written(abs(fee))
            if symbol := self._text(row, "fee_symbol").upper():
                made["fee_symbol"] = symbol
