"""Taking a change back. The ledger must hold afterwards, as after any other change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction as database
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from portfolios.entries import symbols_of
from portfolios.models import (
    ChangeAction,
    ImportJob,
    ImportState,
    Portfolio,
    Transaction,
    TransactionChange,
)
from portfolios.services import cleaning
from portfolios.services.content import Frozen, describe, frozen
from portfolios.services.history import last_change, note_all, put_lots, state_of, who
from portfolios.services.marking import locked
from portfolios.services.refusals import take_out
from portfolios.services.transactions import insert, remove, rewrite

if TYPE_CHECKING:
    from accounts.models import User


def undo_change(*, change: TransactionChange, user: User | None) -> TransactionChange:
    """Put the transaction back to what it was before the change; returns the change that did it.

    Undoing an undo does the change again. Refused (ValidationError) where it was undone already,
    where the transaction was changed after it, or where the ledger would not hold.
    """
    with database.atomic():
        portfolio = locked(change.portfolio)
        change = TransactionChange.objects.select_for_update().get(pk=change.pk)
        if change.undone_by_id is not None:
            raise ValidationError("This change was undone already.")
        row = _row(portfolio, change.transaction_id)
        _must_stand(change, row)
        if change.before is None:
            remove(portfolio, _there(row), ChangeAction.UNDO, user)
        elif row is None:
            _bring_back(portfolio, change, user)
        else:
            rewrite(portfolio, row, {"lots": [], **change.before}, ChangeAction.UNDO, user)
        made = TransactionChange.objects.filter(
            portfolio=portfolio, transaction_id=change.transaction_id
        ).latest("pk")
        change.undone_by = made
        change.save(update_fields=["undone_by"])
        return made


def undo_import(*, job: ImportJob, user: User | None) -> int:
    """Remove what is left of an import, all or nothing; returns how many transactions went.

    Refused where one of them was edited since, or where a later transaction would become
    impossible: both are named.
    """
    with database.atomic():
        portfolio = locked(job.portfolio)
        rows = list(_transactions(portfolio).filter(import_job=job))
        _refuse_edited(job, rows)
        if rows:
            _remove_all(portfolio, rows, user)
        job.state, job.finished_at = ImportState.UNDONE, timezone.now()
        job.save(update_fields=["state", "finished_at"])
        return len(rows)


def _transactions(portfolio: Portfolio) -> QuerySet[Transaction]:
    rows = Transaction.objects.filter(portfolio=portfolio)
    return rows.select_related("asset", "fee_asset", "to_asset").order_by("executed_at", "pk")


def _row(portfolio: Portfolio, transaction_id: int) -> Transaction | None:
    row = _transactions(portfolio).filter(pk=transaction_id).first()
    if row is not None:
        row.portfolio = portfolio
    return row


def _there(row: Transaction | None) -> Transaction:
    if row is None:
        raise ValidationError("This transaction was deleted already.")
    return row


def _must_stand(change: TransactionChange, row: Transaction | None) -> None:
    """The transaction must be as the change left it."""
    now: Frozen | None = None if row is None else state_of(row)
    if now == _complete(change.after):
        return
    newer = last_change(Transaction(pk=change.transaction_id, portfolio_id=change.portfolio_id))
    raise ValidationError(
        f"This transaction was changed again since, by {who(newer)}: undo that change first."
    )


def _complete(content: Frozen | None) -> Frozen | None:
    """Content written down before a field existed lacks it: it then had the field's default."""
    if content is None:
        return None
    return {**dict.fromkeys(cleaning.FIELDS), "unmatched": False, **content}


def _bring_back(portfolio: Portfolio, change: TransactionChange, user: User | None) -> None:
    """A deleted transaction comes back under the number it had."""
    row = Transaction(pk=change.transaction_id, portfolio=portfolio)
    cleaning.transaction(dict(change.before or {}), row)
    taken = Transaction.objects.filter(portfolio=portfolio, external_id=row.external_id)
    if row.external_id is not None and taken.exists():
        message = f"Another transaction has taken its id {row.external_id}."
        raise ValidationError({"external_id": [message]})
    put_lots(row, (change.before or {}).get("lots", []))
    insert(portfolio, row, ChangeAction.UNDO, user)


def _refuse_edited(job: ImportJob, rows: list[Transaction]) -> None:
    """An edit that was taken back does not count."""
    changes = TransactionChange.objects.filter(
        portfolio=job.portfolio_id, transaction_id__in=Subquery(job.transactions.values("pk"))
    )
    touched = set(changes.exclude(action=ChangeAction.ADD).values_list("transaction_id", flat=True))
    told = changes.filter(transaction_id__in=touched).order_by("pk")
    first: dict[int, Any] = {}
    for pk, action, before, after in told.values_list(
        "transaction_id", "action", "before", "after"
    ):
        first.setdefault(pk, after if action == ChangeAction.ADD else before)
    for row in rows:
        if row.pk in touched and frozen(row) != _complete(first.get(row.pk)):
            raise ValidationError(
                f"{who(last_change(row))} has changed {describe(row)} since: undo that change"
                " first, or delete the transactions one by one."
            )


def _remove_all(portfolio: Portfolio, rows: list[Transaction], user: User | None) -> None:
    symbols: set[str] = set()
    for row in rows:
        symbols |= symbols_of(row, track_cash=portfolio.track_cash)
    note_all(portfolio, rows, ChangeAction.DELETE, user)
    take_out(portfolio, rows, symbols)
