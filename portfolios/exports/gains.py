"""A year's gains as CSV: a line for every lot that a disposal used, then one for each income."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portfolios.exports.lines import lines
from portfolios.selectors.gains import Gains

HEADER = (
    "section", "transaction", "type", "asset", "acquired_at", "disposed_at", "quantity", "gross",
    "fee", "proceeds", "basis", "gain", "income", "currency", "days_held", "term", "rule",
    "basis_is",
)  # fmt: skip


HIDDEN = "hidden"


def gains_csv(found: Gains, *, hidden: bool = False) -> Iterator[str]:
    """Sums are left to the reader: each amount stands once; `hidden` amounts are not written."""
    rows = _rows(found)
    yield from lines(HEADER, (map(_masked, row) for row in rows) if hidden else rows)


def _masked(value: object) -> object:
    return HIDDEN if isinstance(value, Decimal) else value


def _rows(found: Gains) -> Iterator[list[object]]:
    base = found.portfolio.base_currency
    for sale in found.sales:
        row = sale.transaction
        for lot in sale.lots:
            basis = "missing" if lot.basis_missing else "assumed" if lot.basis_assumed else "known"
            yield [
                "disposal", row.pk, row.type, sale.symbol, lot.acquired_at, row.executed_at,
                lot.quantity, lot.proceeds + lot.fee, lot.fee, lot.proceeds, lot.basis, lot.gain,
                None, base, lot.days_held, "long" if lot.is_long else "short", lot.rule, basis,
            ]  # fmt: skip
    for one in found.income:
        came = one.transaction
        yield [
            "income", came.pk, came.type, one.symbol, came.executed_at, None, one.quantity,
            None, None, None, None, None, one.worth, base, None, "", "", "",
        ]  # fmt: skip
