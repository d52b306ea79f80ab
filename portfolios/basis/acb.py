"""Average cost (Canada's adjusted cost base): every unit costs what the pool costs on average."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from portfolios.basis.events import Event
from portfolios.basis.pieces import Lot, Piece
from portfolios.basis.pool import Pool
from portfolios.basis.shape import Basis


class Acb(Basis):
    """Units leave oldest first, so that a trail and a holding period exist; source: ITA s. 47."""

    value = "acb"
    rule = "acb"
    averages = True

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._pool = Pool(lots)

    def add(self, lot: Lot) -> None:
        self._pool.add(lot, lot.remaining, lot.basis)

    def take(self, event: Event, quantity: Decimal) -> list[Piece]:  # noqa: ARG002 - the shape's
        return self._pool.take(quantity, self.rule)

    def settle(self) -> list[Lot]:
        return self._pool.settle()
