"""Last in, first out: the newest units leave first, by the day they were acquired."""

from __future__ import annotations

from collections.abc import Iterable

from portfolios.basis.pieces import Lot, Queue
from portfolios.basis.shape import Ordered


class Lifo(Ordered):
    value = "lifo"
    rule = "lifo"

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._queue = Queue(lots)

    def add(self, lot: Lot) -> None:
        self._queue.add(lot)

    def _next(self) -> Lot:
        return self._queue.newest()

    def settle(self) -> list[Lot]:
        return list(self._queue)
