"""First in, first out: the oldest units leave first."""

from __future__ import annotations

from collections.abc import Iterable

from portfolios.basis.pieces import Lot, Queue
from portfolios.basis.shape import Ordered


class Fifo(Ordered):
    value = "fifo"
    rule = "fifo"

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._queue = Queue(lots)

    def add(self, lot: Lot) -> None:
        self._queue.add(lot)

    def _next(self) -> Lot:
        return self._queue.oldest()

    def settle(self) -> list[Lot]:
        return list(self._queue)
