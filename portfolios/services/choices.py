"""Specific identification: the owner names the lots that a disposal takes units of."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction as database

from portfolios.entries import NoMarkError, symbols_of
from portfolios.ledger import OverdrawnError, TooLargeError, rebuild
from portfolios.models import BasisMethod, ChangeAction, Transaction, TransactionType
from portfolios.selectors.lot_choices import lot_options, method_of
from portfolios.services import cleaning
from portfolios.services.content import plain
from portfolios.services.history import note, put_lots, state_of
from portfolios.services.marking import locked, touch
from portfolios.services.refusals import blame
from portfolios.services.transactions import current

if TYPE_CHECKING:
    from accounts.models import User

#: What takes units out of lots.
TAKES = {
    TransactionType.SELL,
    TransactionType.SWAP,
    TransactionType.WITHDRAWAL,
    TransactionType.TRANSFER,
    TransactionType.FEE,
    TransactionType.INTEREST,
    TransactionType.GIFT_OUT,
    TransactionType.LOST,
}


def choose_lots(
    *, transaction: Transaction, choices: Iterable[tuple[int, Any]], user: User | None
) -> Transaction:
    """Have the transaction take `choices`: (id of the acquiring transaction, units of it).

    What is not named leaves oldest first; no choices at all is that alone. ValidationError on
    `choices` where the method of that day is another one, an acquisition has less left, or more
    is named than leaves.
    """
    with database.atomic():
        portfolio = locked(transaction.portfolio)
        row = current(portfolio, transaction)
        wanted = _checked(row, list(choices))
        before = state_of(row)
        put_lots(row, wanted)
        after = state_of(row)
        if after == before:
            return row
        note(portfolio, row.pk, ChangeAction.EDIT, before=before, after=after, user=user)
        symbols = symbols_of(row, track_cash=portfolio.track_cash)
        try:
            found = rebuild(portfolio, symbols, row.executed_at)
        except (OverdrawnError, NoMarkError, TooLargeError) as error:
            raise ValidationError({"choices": [blame(error)[1]]}) from error
        unmet = found.replays[row.asset.symbol].unmet
        short = [each for each in unmet if each.event.key == row.pk]
        if short:
            message = f"{plain(short[0].missing)} of the units named were not there at that time."
            raise ValidationError({"choices": [message]})
        touch(portfolio, row.executed_at.date())
        return row


def _checked(row: Transaction, choices: list[tuple[int, Any]]) -> list[tuple[int, Decimal]]:
    if row.type not in TAKES:
        raise ValidationError({"choices": ["This transaction takes nothing out of lots."]})
    if choices and method_of(row) != BasisMethod.SPECIFIC:
        label = BasisMethod(method_of(row)).label
        message = f"Lots are chosen under specific identification; {label} is in force here."
        raise ValidationError({"choices": [message]})
    there = {option.opened_by: option.available for option in lot_options(row)}
    check, found = cleaning.Check(), dict[int, Decimal]()
    for key, units in choices:
        number = cleaning.amount(units, "choices", check, positive=True)
        if key in found:
            check.add("choices", "The same acquisition is named twice.")
        elif key not in there:
            check.add("choices", f"Nothing was left of acquisition {key} at that time.")
        elif number is not None and number > there[key]:
            left = plain(there[key])
            check.add("choices", f"Only {left} was left of acquisition {key} at that time.")
        if number is not None:
            found[key] = number
    total = sum(found.values(), Decimal(0))
    if total > row.quantity:
        message = f"{plain(total)} is named, but only {plain(row.quantity)} leaves."
        check.add("choices", message)
    check.stop()
    return sorted(found.items())
