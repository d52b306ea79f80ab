"""Lots, the pieces that are taken of them, and how an amount is shared out without dust."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from portfolios.basis.events import UNIT, ZERO, Event


@dataclass(slots=True, eq=False)
class Lot:
    """Units acquired at one time. `cost` is of the whole lot, `basis` of what remains.

    `location`: where they lie (with scope "portfolio": where they were acquired). A lot that a
    transfer made has its `source` and `moved_by` (the transfer's key), and keeps `opened_by` and
    `acquired_at`. `missing`: nobody said where the units came from. `average`: the basis per unit
    that an averaging method left it with; None: its own.
    """

    opened_by: int
    acquired_at: datetime
    quantity: Decimal
    cost: Decimal
    assumed: bool
    remaining: Decimal
    basis: Decimal
    location: str = ""
    source: Lot | None = None
    moved_by: int | None = None
    missing: bool = False
    average: Decimal | None = None


class Piece(NamedTuple):
    """`quantity` units of `lot` with their basis, and why this lot (a MatchRule's value)."""

    lot: Lot
    quantity: Decimal
    basis: Decimal
    rule: str


class Step(NamedTuple):
    """An event with the lot that it opens, or the units that it takes beyond what is held."""

    event: Event
    lot: Lot | None
    short: Decimal


def age(lot: Lot) -> tuple[datetime, int, int]:
    """Sorts the oldest first."""
    return lot.acquired_at, lot.opened_by, lot.moved_by or 0


def part(amount: Decimal, quantity: Decimal, of: Decimal) -> Decimal:
    """The share of `amount` that falls to `quantity` of `of` units; all of it to the last."""
    return amount if quantity == of else (amount * quantity / of).quantize(UNIT)


def shares(amount: Decimal, quantities: Sequence[Decimal]) -> list[Decimal]:
    """`amount` by quantity; the last one gets what is left, so that they add up exactly."""
    if len(quantities) == 1:
        return [amount]
    found, units = [], sum(quantities, ZERO)
    for quantity in quantities:
        share = part(amount, quantity, units)
        found.append(share)
        units -= quantity
        amount -= share
    return found


def draw(lot: Lot, wanted: Decimal, rule: str) -> Piece:
    """At most `wanted` units of the lot at their own basis.

    A lot that is used up gives all that is left of its basis: no dust stays behind.
    """
    remaining = lot.remaining
    if wanted >= remaining:
        piece = Piece(lot, remaining, lot.basis, rule)
        lot.remaining = lot.basis = ZERO
        return piece
    basis = (lot.basis * wanted / remaining).quantize(UNIT)
    lot.remaining = remaining - wanted
    lot.basis -= basis
    return Piece(lot, wanted, basis, rule)


def spread(total: Decimal, lots: Sequence[Lot]) -> None:
    """Give the lots (oldest first) the basis `total`, every unit the same."""
    found = shares(total, [lot.remaining for lot in lots]) if lots else []
    average = total / units if (units := sum((lot.remaining for lot in lots), ZERO)) else None
    for lot, basis in zip(lots, found, strict=True):
        lot.basis, lot.average = basis, average


class Queue:
    """Open lots by age; a lot that was used up meanwhile is passed over."""

    __slots__ = ("_head", "_lots")

    def __init__(self, lots: Iterable[Lot] = ()) -> None:
        self._lots = sorted(lots, key=age)
        self._head = 0

    def add(self, lot: Lot) -> None:
        """In its place: a lot that was moved here may be older than those that are here."""
        lots = self._lots
        if len(lots) == self._head or age(lots[-1]) <= age(lot):
            lots.append(lot)
        else:
            insort(lots, lot, lo=self._head, key=age)

    def oldest(self) -> Lot:
        lots, head = self._lots, self._head
        while not lots[head].remaining:
            head += 1
        self._head = head
        return lots[head]

    def newest(self) -> Lot:
        lots = self._lots
        while not lots[-1].remaining:
            lots.pop()
        return lots[-1]

    def __iter__(self) -> Iterator[Lot]:
        return (lot for lot in self._lots[self._head :] if lot.remaining)
