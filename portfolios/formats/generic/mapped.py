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
    seen = Seen("csv")
    return shape.each(rows, lambda row: _made(_Cells(row, settings), seen))


class _Cells:
    """A row, by the fields that its columns mean."""

    def __init__(self, row: Row, settings: Settings) -> None:
        self.row, self.settings = row, settings

    def column(self, field: str) -> str:
        return self.settings.columns.get(field, "")

    def text(self, field: str) -> str:
        column = self.column(field)
        return safe.text(self.row.get(column)) if column else ""

    def number(self, field: str) -> Decimal | None:
        text = self.row.get(self.column(field)) if self.column(field) else ""
        return number(text, self.column(field), self.settings.decimal) if text else None

    def needed(self, field: str) -> Decimal:
        found = self.number(field)
        if found is None:
            raise Wrong(self.column(field) or field, "Is empty.")
        return found


def _made(cells: _Cells, seen: Seen) -> Content:
    quantity = cells.needed("quantity")
    kind = _kind(cells, quantity)
    if quantity < 0 and kind not in _OUT:
        raise Wrong(cells.column("quantity"), "Must be greater than zero.")
    symbol, quote = _symbol(cells)
    made: Content = {
        "type": kind,
        "symbol": symbol,
        "quantity": written(abs(quantity)),
        "executed_at": _moment(cells),
        **_money(cells, abs(quantity), quote),
        **_fee(cells),
        **{name: text for name in _TEXTS if (text := cells.text(name))},
    }
    made.setdefault("location", cells.settings.location)
    if kind == "swap":
        received = abs(cells.needed("to_quantity"))
        made |= {"to_symbol": cells.text("to_symbol").upper(), "to_quantity": written(received)}
    if "external_id" not in made:
        made["external_id"] = seen.id(*(cell.strip() for cell in cells.row.raw))
    return made


def _kind(cells: _Cells, quantity: Decimal) -> str:
    """By the word of the file, the same for all rows, or the sign of the quantity."""
    word = cells.text("type")
    if cells.column("type"):
        kind = cells.settings.types.get(word) or known_type(word)
        if not kind:
            shown = f"“{word}” is not known: say what it means." if word else "Is empty."
            raise Wrong(cells.column("type"), shown)
        return kind
    if cells.settings.default_type:
        return cells.settings.default_type
    priced = cells.column("price") or cells.column("total")
    if quantity < 0:
        return "sell" if priced else "withdrawal"
    return "buy" if priced else "deposit"


def _symbol(cells: _Cells) -> tuple[str, str]:
    """The asset; a pair has its quote too."""
    text = cells.text("symbol").upper()
    if not text:
        raise Wrong(cells.column("symbol") or "symbol", "Is empty.")
    pair = _PAIR.fullmatch(text)
    return (pair[1], pair[2]) if pair else (text, "")


def _moment(cells: _Cells) -> str:
    column, settings = cells.column("executed_at"), cells.settings
    text = f"{cells.text('executed_at')} {cells.text('time')}".strip()
    if not text:
        raise Wrong(column or "executed_at", "Is empty.")
    return utc(text, column, settings.date_order, settings.zone).isoformat()


def _money(cells: _Cells, quantity: Decimal, quote: str) -> Content:
    """The price as given, else from the total; the currency as given, of the pair, or for all."""
    price = cells.number("price")
    total = cells.number("total")
    currency = cells.text("currency").upper() or quote or cells.settings.currency
    made: Content = {"currency": currency} if currency else {}
    if price is not None:
        if price < 0:
            raise Wrong(cells.column("price"), "Must not be negative.")
        return {**made, "price": written(price)}
    if total is not None and quantity:
        return {**made, "price": per_unit(abs(total), quantity)}
    return made


def _fee(cells: _Cells) -> Content:
    """Programs write what a fee took with either sign."""
    fee = cells.number("fee")
    if not fee:
        return {}
    symbol = cells.text("fee_symbol").upper()
    return {"fee": written(abs(fee)), **({"fee_symbol": symbol} if symbol else {})}
