"""Who changed what: every write of the ledger leaves a row, and a row can be taken back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from portfolios.copying import copy_rows
from portfolios.models import ChangeAction, LotChoice, Portfolio, Transaction, TransactionChange
from portfolios.services.content import Frozen, frozen, plain

if TYPE_CHECKING:
    from accounts.models import User


def state_of(row: Transaction) -> Frozen:
    """Its content, and the lots that were chosen for it, where any were."""
    chosen = LotChoice.objects.filter(disposal=row.pk).order_by("pk")
    lots = [[key, plain(units)] for key, units in chosen.values_list("acquisition_id", "quantity")]
    return {**frozen(row), "lots": lots} if lots else frozen(row)


def put_lots(row: Transaction, lots: Iterable[tuple[int, Any]]) -> None:
    """Have the transaction take these units: (acquisition, how many). Acquisitions that were
    deleted meanwhile are left out.
    """
    LotChoice.objects.filter(disposal=row.pk).delete()
    wanted = dict(lots)
    there = Transaction.objects.filter(portfolio=row.portfolio_id, pk__in=wanted)
    LotChoice.objects.bulk_create(
        LotChoice(disposal_id=row.pk, acquisition_id=key, quantity=wanted[key])
        for key in sorted(there.values_list("pk", flat=True))
    )


def note(
    portfolio: Portfolio,
    transaction_id: int,
    action: ChangeAction,
    *,
    before: Frozen | None,
    after: Frozen | None,
    user: User | None,
) -> TransactionChange:
    """Write the change down, in the database transaction that makes it."""
    return TransactionChange.objects.create(
        portfolio=portfolio,
        transaction_id=transaction_id,
        user=user,
        action=action,
        before=before,
        after=after,
    )


def note_all(
    portfolio: Portfolio, rows: Iterable[Transaction], action: ChangeAction, user: User | None
) -> None:
    """Write down that many transactions were added or deleted."""
    now, gone = timezone.now(), action == ChangeAction.DELETE
    who_id = None if user is None else user.pk

    def line(row: Transaction) -> tuple[object, ...]:
        text = json.dumps(frozen(row))
        before, after = (text, None) if gone else (None, text)
        return portfolio.pk, row.pk, who_id, action.value, before, after, now

    columns = ("portfolio_id", "transaction_id", "user_id", "action", "before", "after", "at")
    copy_rows(TransactionChange, columns, (line(row) for row in rows))


def last_change(transaction: Transaction) -> TransactionChange | None:
    """The newest change of a transaction; None for one from before there was a history."""
    rows = TransactionChange.objects.filter(
        portfolio=transaction.portfolio_id, transaction_id=transaction.pk
    )
    return rows.select_related("user").order_by("-id").first()


def who(change: TransactionChange | None) -> str:
    """The name to put into a message."""
    if change is None or change.user is None:
        return "somebody"
    return str(change.user.email)
