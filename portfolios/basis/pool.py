"""Lots that share one basis per unit."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from portfolios.basis.events import ZERO
from portfolios.basis.pieces import Lot, Piece, Queue, part, spread


class Pool:
    """Units leave oldest first (or newest first), their basis is the average of all.

    `quantity` and `basis` are what counts; a lot's own basis is written by `settle`.
    """

    __slots__ = ("_next", "_queue", "basis", "quantity")

    def __init__(self, lots: Iterable[Lot] = (), *, newest_first: bool = False) -> None:
        found = list(lots)
        self.quantity = sum((lot.remaining for lot in found), ZERO)
        self.basis = sum((lot.basis for lot in found), ZERO)
        self._queue = Queue(found)
        self._next = self._queue.newest if newest_first else self._queue.oldest

    def add(self, lot: Lot, quantity: Decimal, basis: Decimal) -> None:
        """`quantity` of the lot's remaining units come in; the others are here already."""
        self._queue.add(lot)
        self.quantity += quantity
        self.basis += basis

    def share(self, quantity: Decimal) -> Decimal:
        """The basis of so many units of it."""
        return part(self.basis, quantity, self.quantity)

    def release(self, quantity: Decimal) -> Decimal:
        """So many units go elsewhere, in their lots: returns their basis."""
        basis = self.share(quantity)
        self.quantity -= quantity
        self.basis -= basis
        return basis

    def take(self, quantity: Decimal, rule: str) -> list[Piece]:
        basis = self.release(quantity)
        pieces = []
        while quantity:
            lot = self._next()
            taken = min(quantity, lot.remaining)
            share = part(basis, taken, quantity)
            lot.remaining -= taken
            if not lot.remaining:
                lot.basis = ZERO
            quantity -= taken
            basis -= share
            pieces.append(Piece(lot, taken, share, rule))
        return pieces

    def settle(self) -> list[Lot]:
        lots = list(self._queue)
        spread(self.basis, lots)
        return lots
