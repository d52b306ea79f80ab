"""A transaction as a service is told it, as JSON keeps it, and in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from portfolios.models import Transaction

Frozen = dict[str, Any]


def content_of(row: Transaction) -> dict[str, Any]:
    """The transaction as `add_transaction` would be told it."""
    return {
        "type": row.type,
        "symbol": row.asset.symbol,
        "quantity": row.quantity,
        "to_symbol": row.to_asset.symbol if row.to_asset else None,
        "to_quantity": row.to_quantity,
        "price": row.price,
        "currency": row.currency,
        "fee": row.fee,
        "fee_symbol": row.fee_asset.symbol if row.fee_asset else None,
        "executed_at": row.executed_at,
        "location": row.location,
        "to_location": row.to_location,
        "external_id": row.external_id,
        "note": row.note,
        "unmatched": row.unmatched,
    }


def frozen(row: Transaction) -> Frozen:
    """Its content as JSON: numbers and times are text, so that nothing is rounded."""
    found = content_of(row)
    for name in ("quantity", "to_quantity", "price", "fee"):
        if found[name] is not None:
            found[name] = plain(found[name])
    found["executed_at"] = row.executed_at.isoformat()
    return found


def describe(row: Transaction) -> str:
    """The transaction in words, to name it in a message."""
    at = f"{row.executed_at:%Y-%m-%d %H:%M} UTC"
    kind = str(row.get_type_display()).lower()
    return f"the {kind} of {plain(row.quantity)} {row.asset.symbol} of {at}"


def plain(number: Decimal) -> str:
    """Without an exponent and without trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
