"""Replaying what a change touches, or saying on which field of which transaction it fails."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.db.models import Q

from portfolios.entries import NoMarkError
from portfolios.ledger import Outcome, OverdrawnError, TooLargeError, rebuild
from portfolios.lots import Kind
from portfolios.models import LotChoice, Portfolio, Transaction, TransactionType
from portfolios.services.cleaning import TOO_DEAR
from portfolios.services.content import describe, plain
from portfolios.services.marking import touch

#: field, message, the transaction that cannot be.
Blame = tuple[str, str, Transaction]
_ITSELF_A_FEE = {TransactionType.FEE, TransactionType.INTEREST}


def settle(
    portfolio: Portfolio,
    symbols: set[str],
    since: datetime,
    row: Transaction | None = None,
    without: frozenset[int] = frozenset(),
) -> None:
    """Replay these assets from `since` on and tell of it; errors land on the fields of `row`."""
    try:
        found = rebuild(portfolio, symbols, since, without)
    except (OverdrawnError, NoMarkError, TooLargeError) as error:
        _refuse(*blame(error), row)
    if row is not None and too_dear(found, {row.pk}):
        raise ValidationError({"fee": [TOO_DEAR[row.type]]})
    touch(portfolio, since.date())


def too_dear(found: Outcome, asked: Container[int]) -> list[int]:
    """Which of these transactions cost more in fees than what they give up brings, by id.

    Only those that are being written: what stands in the ledger was worth more at another venue.
    """
    pieces = (piece for replayed in found.replays.values() for piece in replayed.disposals)
    return sorted({piece.key for piece in pieces if piece.proceeds < 0 and piece.key in asked})


def take_out(portfolio: Portfolio, rows: list[Transaction], symbols: set[str]) -> None:
    """Replay these assets without `rows`, then delete them."""
    gone = [row.pk for row in rows]
    settle(portfolio, symbols, min(row.executed_at for row in rows), without=frozenset(gone))
    LotChoice.objects.filter(Q(disposal__in=gone) | Q(acquisition__in=gone)).delete()
    doomed = Transaction.objects.filter(pk__in=gone)
    doomed._raw_delete(doomed.db)  # noqa: SLF001 - no row points here


def blame(
    error: OverdrawnError | NoMarkError | TooLargeError, known: Iterable[Transaction] = ()
) -> Blame:
    """What is wrong and with which transaction; `known` may not be stored yet."""
    if isinstance(error, NoMarkError):
        return error.field, error.message, error.transaction
    culprit = next((row for row in known if row.pk == error.transaction_id), None)
    if culprit is None:
        rows = Transaction.objects.select_related("asset", "fee_asset", "to_asset")
        culprit = rows.get(pk=error.transaction_id)
    if isinstance(error, TooLargeError):
        return "price", "Quantity times price is too large to keep.", culprit
    return *_overdrawn(error, culprit), culprit


def _overdrawn(error: OverdrawnError, culprit: Transaction) -> tuple[str, str]:
    held, wanted = plain(error.held), plain(error.wanted)
    message = f"Only {held} {error.symbol} is held{error.where} at {error.at:%Y-%m-%d %H:%M} UTC."
    if error.kind is Kind.SPEND and culprit.type not in _ITSELF_A_FEE:
        return "fee", f"The fee is {wanted} {error.symbol}. {message}"
    if error.symbol != culprit.asset.symbol:
        message = f"This costs {wanted} {error.symbol}. {message}"
    return "quantity", message


def _refuse(field: str, message: str, culprit: Transaction, row: Transaction | None) -> NoReturn:
    """Blame the field of `row`, or name the other transaction that would become impossible."""
    if row is not None and culprit.pk == row.pk:
        raise ValidationError({field: [message]})
    message = impossible(message, culprit)
    raise ValidationError({"quantity": [message]} if row is not None else message)


def impossible(message: str, culprit: Transaction) -> str:
    return f"Then this would be impossible: {describe(culprit)}. {message}"
