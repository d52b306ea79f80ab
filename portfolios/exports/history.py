"""The history of a ledger as part of a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portfolios.models import Portfolio, TransactionChange

#: Who made a change, where it is whom the portfolio belongs to.
OWNER = "owner"


def changes_of(portfolio: Portfolio) -> list[dict[str, Any]]:
    """Oldest first. `transaction` and `undone_by` are ids of the document; of others than the owner
    `by` is the address.
    """
    return list(_changes(portfolio))


def _changes(portfolio: Portfolio) -> Iterator[dict[str, Any]]:
    rows = TransactionChange.objects.filter(portfolio=portfolio).order_by("pk").select_related(None)
    names = ("pk", "transaction_id", "user_id", "user__email", "action", "before", "after", "at")
    for row in rows.values_list(*names, "undone_by_id").iterator(chunk_size=2000):
        pk, transaction, user, email, action, before, after, at, undone_by = row
        yield {
            "id": pk,
            "transaction": transaction,
            "by": OWNER if user == portfolio.owner_id else email,
            "action": action,
            "before": before,
            "after": after,
            "at": at.isoformat(),
            "undone_by": undone_by,
        }
