"""Specific identification: which lots a transaction could take units of, and which it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portfolios.ledger.reading import earlier
from portfolios.ledger.rules import rules_of
from portfolios.lots import ZERO, Restart
from portfolios.models import LotChoice, Transaction


@dataclass(frozen=True, slots=True)
class LotOption:
    """What an acquisition had left just before the transaction; money in the base currency.

    `chosen`: units of it that the owner named for this transaction.
    """

    opened_by: int
    acquired_at: datetime
    available: Decimal
    basis: Decimal
    location: str
    assumed: bool
    chosen: Decimal


def method_of(transaction: Transaction) -> str:
    """The basis method (a BasisMethod value) in force on the transaction's day."""
    return rules_of(transaction.portfolio).method_at(transaction.executed_at)


def lot_options(transaction: Transaction) -> list[LotOption]:
    """The oldest first. Lots of other locations are left out where each is reckoned by itself."""
    portfolio, rules = transaction.portfolio, rules_of(transaction.portfolio)
    restart = Restart(transaction.executed_at, pooled=False)
    found = earlier(portfolio, [transaction.asset_id], restart, by_location=rules.by_location)[
        transaction.asset_id
    ]
    named = dict(
        LotChoice.objects.filter(disposal=transaction).values_list("acquisition_id", "quantity")
    )
    here = [
        lot for lot in found.open if not rules.by_location or lot.location == transaction.location
    ]
    sums: dict[int, LotOption] = {}
    for lot in here:
        known = sums.get(lot.opened_by)
        sums[lot.opened_by] = LotOption(
            opened_by=lot.opened_by,
            acquired_at=lot.acquired_at,
            available=lot.remaining + (known.available if known else ZERO),
            basis=lot.basis + (known.basis if known else ZERO),
            location=lot.location,
            assumed=lot.assumed,
            chosen=named.get(lot.opened_by, ZERO),
        )
    return list(sums.values())
