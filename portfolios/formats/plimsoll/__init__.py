"""Plimsoll's own export: the fields of a transaction, exactly. Reading it gives the same ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from portfolios.formats import safe, shape
from portfolios.formats.numbers import plain, written
from portfolios.formats.shape import Content, Format, Found, Row, Settings, Wrong
from portfolios.formats.times import utc

COLUMNS = (
    "type", "symbol", "quantity", "to_symbol", "to_quantity", "price", "currency", "fee",
    "fee_symbol", "executed_at", "location", "to_location", "external_id", "note", "unmatched",
)  # fmt: skip
_NUMBERS = ("quantity", "to_quantity", "price", "fee")
_TEXTS = ("symbol", "to_symbol", "currency", "fee_symbol", "location", "to_location",
          "external_id", "note")  # fmt: skip
_YES, _NO = {"true", "yes", "1"}, {"", "false", "no", "0"}


def read(rows: Iterable[Row], settings: Settings) -> Iterator[Found]:  # noqa: ARG001 - as all
    """A row each. An id that was not given stays so: such rows are known again by what they say."""
    return shape.each(rows, _made)


def _made(row: Row) -> Content:
    made: Content = {"type": row.get("type").casefold()}
    for name in _TEXTS:
        made[name] = safe.text(row.get(name)) or None
    for name in _NUMBERS:
        given = row.get(name)
        made[name] = written(plain(given, name)) if given else None
    if made["quantity"] is None:
        raise Wrong("quantity", "Is empty.")
    made["fee"] = made["fee"] or "0"
    made["executed_at"] = utc(row.get("executed_at"), "executed_at").isoformat()
    unmatched = row.get("unmatched").casefold()
    if unmatched not in _YES | _NO:
        raise Wrong("unmatched", "Write true or false.")
    return {**made, "unmatched": unmatched in _YES}


FORMATS = [
    Format(
        "plimsoll",
        "Plimsoll export",
        tuple(
            (name,)
            for name in (
                "type",
                "symbol",
                "quantity",
                "to_symbol",
                "currency",
                "executed_at",
                "external_id",
                "unmatched",
            )
        ),
        read,
    )
]
