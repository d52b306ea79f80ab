"""Specific identification: the owner names the lots; what is not named leaves oldest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from portfolios.basis.events import Event
from portfolios.basis.fifo import Fifo
from portfolios.basis.pieces import Lot, Piece, draw

CHOSEN = "chosen"


class Specific(Fifo):
    """`event.choices` first, as far as these units are (still) here."""

    value = "specific"

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        found = list(lots)
        super().__init__(found)
        self._opened_by: defaultdict[int, list[Lot]] = defaultdict(list)
        for lot in self._queue:
            self._opened_by[lot.opened_by].append(lot)

    def add(self, lot: Lot) -> None:
        super().add(lot)
        self._opened_by[lot.opened_by].append(lot)

    def take(self, event: Event, quantity: Decimal) -> list[Piece]:
        pieces: list[Piece] = []
        for key, units in event.choices:
            wanted = min(units, quantity)
            for lot in self._opened_by.get(key, ()):
                if wanted and lot.remaining:
                    pieces.append(draw(lot, wanted, CHOSEN))
                    wanted -= pieces[-1].quantity
                    quantity -= pieces[-1].quantity
        return pieces + super().take(event, quantity)
