"""Why a ledger cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from portfolios import lots

#: The greatest amount that numeric(38,18) can hold, exclusive.
LIMIT = Decimal(10) ** 20


class OverdrawnError(Exception):
    """A transaction takes more of `symbol` than the `held` units at that time (at `location`, where
    each location is reckoned by itself; None: in the whole portfolio).

    `also`: the same of other assets, in a replay of many.
    """

    def __init__(
        self, transaction_id: int, symbol: str, oversold: lots.Oversold, *, by_location: bool
    ) -> None:
        super().__init__(f"{symbol}: {oversold.event.quantity} of {oversold.held}")
        self.transaction_id, self.symbol = transaction_id, symbol
        self.held: Decimal = oversold.held
        self.wanted: Decimal = oversold.event.quantity
        self.at: datetime = oversold.event.at
        self.kind = oversold.event.kind
        self.location: str | None = oversold.event.location if by_location else None
        self.also: list[OverdrawnError] = []

    @property
    def where(self) -> str:
        """The place in words, with a space before it; empty where none counts."""
        if self.location is None:
            return ""
        return f" at {self.location}" if self.location else " where no location is named"


class TooLargeError(Exception):
    """An amount of money of `transaction_id` does not fit numeric(38,18)."""

    def __init__(self, transaction_id: int) -> None:
        super().__init__(f"transaction {transaction_id}")
        self.transaction_id = transaction_id


def refuse_overdrawn(outcomes: Iterable[tuple[str, lots.Replay]], *, by_location: bool) -> None:
    """Raise for the first asset of which more leaves than is there, naming the others too."""
    found = [
        OverdrawnError(
            outcome.oversold.event.key, symbol, outcome.oversold, by_location=by_location
        )
        for symbol, outcome in outcomes
        if outcome.oversold
    ]
    if found:
        found.sort(key=lambda error: (error.at, error.transaction_id))
        found[0].also = found[1:]
        raise found[0]


def refuse_too_large(outcome: lots.Replay) -> None:
    """Raise where an amount would not fit the database."""
    for lot in outcome.lots:
        if lot.cost >= LIMIT or lot.quantity >= LIMIT:
            raise TooLargeError(lot.opened_by)
    for disposal in outcome.disposals:
        if abs(disposal.gain) >= LIMIT or disposal.proceeds >= LIMIT:
            raise TooLargeError(disposal.key)
    if outcome.lots and max(outcome.cost, outcome.quantity) >= LIMIT:
        raise TooLargeError(outcome.lots[-1].opened_by)
