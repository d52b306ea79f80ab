"""Highest in, first out: the units that cost most leave first, of equals the oldest."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from heapq import heappop, heappush

from portfolios.basis.pieces import Lot, age
from portfolios.basis.shape import Ordered


class Hifo(Ordered):
    """A heap by basis per unit.

    A lot's place is that of its whole cost by its whole quantity (or of the average that it came
    with): what it has left may differ from that by a rounding, which must not decide anything.
    """

    value = "hifo"
    rule = "hifo"

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._heap: list[tuple[Decimal, tuple[object, ...], int, Lot]] = []
        self._arrived = 0
        for lot in sorted(lots, key=age):
            self.add(lot)

    def add(self, lot: Lot) -> None:
        each = lot.cost / lot.quantity if lot.average is None else lot.average
        self._arrived += 1
        heappush(self._heap, (-each, age(lot), self._arrived, lot))

    def _next(self) -> Lot:
        while not (lot := self._heap[0][-1]).remaining:
            heappop(self._heap)
        return lot

    def settle(self) -> list[Lot]:
        waiting = sorted(self._heap, key=lambda entry: (entry[1], entry[2]))
        return [lot for *_, lot in waiting if lot.remaining]
