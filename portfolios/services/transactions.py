"""Writing the ledger: every change is checked, replayed and visible at once, or not made at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction as database

from portfolios.entries import symbols_of
from portfolios.models import ChangeAction, Portfolio, Transaction, TransactionType
from portfolios.services import cleaning
from portfolios.services.content import content_of
from portfolios.services.history import last_change, note, put_lots, state_of, who
from portfolios.services.marking import locked
from portfolios.services.refusals import settle, take_out

if TYPE_CHECKING:
    from accounts.models import User

Content = Mapping[str, Any]


def add_transaction(
    *, portfolio: Portfolio, user: User | None = None, **content: Any
) -> Transaction:
    """Add one event: type, symbol, quantity, to_symbol, to_quantity, price, currency, fee,
    fee_symbol, executed_at, location, to_location, external_id, note, unmatched.

    A known `external_id` with the same content returns the row that is there; with another content
    it is an error on `external_id`. Raises ValidationError({field: [message]}).
    """
    refuse_unknown_fields(content)
    with database.atomic():
        portfolio = locked(portfolio)
        row = cleaning.transaction(dict(content), Transaction(portfolio=portfolio))
        known = _same(row)
        if known is not None:
            return known
        insert(portfolio, row, ChangeAction.ADD, user)
        return row


def insert(portfolio: Portfolio, row: Transaction, action: ChangeAction, user: User | None) -> None:
    """Store a checked row, replay and write it down; the caller holds the lock."""
    row.save(force_insert=True)
    note(portfolio, row.pk, action, before=None, after=state_of(row), user=user)
    settle(portfolio, symbols_of(row, track_cash=portfolio.track_cash), row.executed_at, row)


def edit_transaction(
    *,
    transaction: Transaction,
    user: User | None = None,
    expected_updated_at: datetime | None = None,
    **changes: Any,
) -> Transaction:
    """Change some fields (named as in `add_transaction`); the rest stays as it is.

    `expected_updated_at`: the `updated_at` that the editor saw. Where it is another one by now the
    edit is refused with the name of who changed the transaction meanwhile.
    """
    refuse_unknown_fields(changes)
    with database.atomic():
        portfolio = locked(transaction.portfolio)
        row = current(portfolio, transaction, expected_updated_at)
        kind = changes.get("type")
        if kind not in {None, TransactionType.TRANSFER}:
            changes.setdefault("to_location", "")
        if kind not in {None, TransactionType.SWAP}:
            changes = {"to_symbol": None, "to_quantity": None, **changes}
        rewrite(portfolio, row, {**content_of(row), **changes}, ChangeAction.EDIT, user)
        return row


def rewrite(
    portfolio: Portfolio,
    row: Transaction,
    content: dict[str, Any],
    action: ChangeAction,
    user: User | None,
) -> None:
    """Put other content into a stored row, replay and write it down; under the lock."""
    before, at = state_of(row), row.executed_at
    symbols = symbols_of(row, track_cash=portfolio.track_cash)
    cleaning.transaction(content, row)
    if _same(row) is not None:
        raise ValidationError({"external_id": ["Another transaction has this id."]})
    row.save()
    if "lots" in content:
        put_lots(row, content["lots"])
    after = state_of(row)
    if after == before:
        return
    note(portfolio, row.pk, action, before=before, after=after, user=user)
    symbols |= symbols_of(row, track_cash=portfolio.track_cash)
    settle(portfolio, symbols, min(at, row.executed_at), row)


def delete_transaction(
    *,
    transaction: Transaction,
    user: User | None = None,
    expected_updated_at: datetime | None = None,
) -> None:
    """Remove an event, unless a later one then takes more than is held."""
    with database.atomic():
        portfolio = locked(transaction.portfolio)
        row = current(portfolio, transaction, expected_updated_at)
        remove(portfolio, row, ChangeAction.DELETE, user)


def remove(portfolio: Portfolio, row: Transaction, action: ChangeAction, user: User | None) -> None:
    """Delete a stored row, replay and write it down; under the lock."""
    note(portfolio, row.pk, action, before=state_of(row), after=None, user=user)
    take_out(portfolio, [row], symbols_of(row, track_cash=portfolio.track_cash))


def refuse_unknown_fields(content: Content) -> None:
    unknown = set(content) - set(cleaning.FIELDS)
    if unknown:
        raise ValidationError({name: ["There is no such field."] for name in sorted(unknown)})


def current(
    portfolio: Portfolio, transaction: Transaction, expected: datetime | None = None
) -> Transaction:
    """The row as it stands under the lock; somebody may have changed or deleted it meanwhile."""
    rows = Transaction.objects.filter(portfolio=portfolio, pk=transaction.pk)
    row = rows.select_related("asset", "fee_asset", "to_asset").first()
    if row is None:
        name = who(last_change(transaction))
        raise ValidationError(f"This transaction was deleted meanwhile by {name}.")
    row.portfolio = portfolio
    if expected is not None and row.updated_at != expected:
        message = f"This transaction was changed meanwhile by {who(last_change(row))}: look again."
        raise ValidationError({"expected_updated_at": [message]})
    return row


def _same(row: Transaction) -> Transaction | None:
    """The stored transaction with this external id and content, if there is one.

    Raises an error on `external_id` when the stored one says something else.
    """
    if row.external_id is None:
        return None
    known = by_external_id(row.portfolio, [row.external_id], but=row.pk)
    return compare(row, known.get(row.external_id))


def by_external_id(
    portfolio: Portfolio, ids: list[str], but: int | None = None
) -> dict[str | None, Transaction]:
    rows = Transaction.objects.filter(portfolio=portfolio, external_id__in=ids)
    rows = rows if but is None else rows.exclude(pk=but)
    found = rows.select_related("asset", "fee_asset", "to_asset")
    return {row.external_id: row for row in found}


def compare(row: Transaction, known: Transaction | None) -> Transaction | None:
    """`known` where it says the same; raises an error on `external_id` where it does not."""
    if known is not None and content_of(known) != content_of(row):
        message = "Another transaction with this id exists, and it says something else."
        raise ValidationError({"external_id": [message]})
    return known
