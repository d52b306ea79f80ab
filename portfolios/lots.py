"""The lots of one asset: its events in, lots, disposals and totals out. No framework, all Decimal.

Money is in one currency (the portfolio's base), quantities in units of the asset. Events are
replayed by time; at one time what comes in precedes what goes out, so that a bill and the deposit
that pays it may share a second. An event that takes more than is held (at its location, where the
scope is "location") is an `Oversold` value, not an exception: the caller knows which field of which
form it belongs to. Who goes first is said by `portfolios.basis`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext

from portfolios.basis import METHODS, Basis
from portfolios.basis.events import (
    COMES_IN,
    PRECISE,
    REALISES,
    UNIT,
    ZERO,
    Choice,
    Event,
    Kind,
)
from portfolios.basis.outcome import Disposal, Oversold, Pledge, Replay, Unmet
from portfolios.basis.pieces import Lot, Piece, Step, age, shares, spread
from portfolios.basis.rules import FIFO_RULES, BasisRules, Restart
from portfolios.basis.specific import CHOSEN

__all__ = [
    "COMES_IN",
    "PRECISE",
    "UNIT",
    "ZERO",
    "BasisRules",
    "Choice",
    "Disposal",
    "Event",
    "Kind",
    "Lot",
    "Oversold",
    "Pledge",
    "Replay",
    "Restart",
    "Unmet",
    "replay",
]

MOVED = "moved"


def replay(
    events: Iterable[Event], after: Replay | None = None, *, rules: BasisRules = FIFO_RULES
) -> Replay:
    """All `events` of one asset, in any order → lots, disposals, totals.

    `after`: a state that the events go on from, all of them later than what made it; it is used up.
    """
    state = Replay() if after is None else after
    with localcontext(PRECISE):
        if state.pools is not None:
            for place, lots in _books(state.open, rules).items():
                spread(state.pools.get(place, ZERO), sorted(lots, key=age))
        ordered = sorted(events, key=lambda event: event.order)
        for method, found in rules.runs(ordered, state.since):
            _Run(state, METHODS[method], rules).go(found)
            if state.oversold:
                break
    return state


def _books(lots: Iterable[Lot], rules: BasisRules) -> dict[str, list[Lot]]:
    found: defaultdict[str, list[Lot]] = defaultdict(list)
    for lot in lots:
        found[lot.location if rules.by_location else ""].append(lot)
    return found


class _Run:
    """Events under one method: a book per location, or one for all."""

    def __init__(self, state: Replay, method: type[Basis], rules: BasisRules) -> None:
        self.state, self.method, self.rules = state, method, rules
        self.open = _books(state.open, rules)
        self.books: dict[str, Basis] = {}

    def go(self, events: Sequence[Event]) -> None:
        steps = self._steps(events)
        if self.method.ahead:
            self._foresee(steps)
        for event, lot, short in steps:
            if lot is not None:
                self._come_in(event, lot)
            elif event.kind is not Kind.MOVE:
                self._leave(event, short)
            elif self._moves(event):
                self._move(event, short)
        for place in self.open:
            self._book(place)
        self.state.open = [
            lot for place in sorted(self.books) for lot in self.books[place].settle()
        ]

    def _place(self, event: Event) -> str:
        return event.location if self.rules.by_location else ""

    def _moves(self, event: Event) -> bool:
        """Whether lots go from one book to another."""
        return self.rules.by_location and event.location != event.to_location

    def _book(self, place: str) -> Basis:
        if place not in self.books:
            self.books[place] = self.method(self.open.get(place, ()))
        return self.books[place]

    def _foresee(self, steps: Sequence[Step]) -> None:
        coming: defaultdict[str, list[Step]] = defaultdict(list)
        for step in steps:
            coming[self._place(step.event)].append(step)
        for place, found in coming.items():
            self._book(place).foresee(found)

    def _steps(self, events: Sequence[Event]) -> list[Step]:
        """The events with the lots they open, up to the first that takes too much."""
        pledged, steps = self.state.pledged, list[Step]()
        held = self._held(events)
        for event in events:
            place, quantity, lot, short = self._place(event), event.quantity, None, ZERO
            if event.kind in COMES_IN:
                lot = _opened(event, pledged.get(event.key))
                held[place] += quantity
            else:
                if quantity > held[place]:
                    if not event.unmatched:
                        self.state.oversold = Oversold(event, max(held[place], ZERO))
                        break
                    short = quantity - held[place]
                if event.kind is not Kind.MOVE:
                    held[place] -= quantity - short
                elif self._moves(event):
                    held[place] -= quantity - short
                    held[event.to_location] += quantity
            steps.append(Step(event, lot, short))
        return steps

    def _held(self, events: Sequence[Event]) -> defaultdict[str, Decimal]:
        held: defaultdict[str, Decimal] = defaultdict(Decimal)
        for place, lots in self.open.items():
            held[place] = sum((lot.remaining for lot in lots), ZERO)
        if pledged := self.state.pledged:
            for event in events:
                if event.kind in COMES_IN and event.key in pledged:
                    held[self._place(event)] -= pledged[event.key].quantity
        return held

    def _come_in(self, event: Event, lot: Lot) -> None:
        state = self.state
        self._book(self._place(event)).add(lot)
        state.lots.append(lot)
        state.quantity += lot.quantity
        state.cost += lot.cost
        if event.fee:
            state.fees += event.fee.quantize(UNIT)
        if event.kind is Kind.REWARD:
            state.rewards += lot.cost

    def _pieces(self, event: Event, short: Decimal) -> list[Piece]:
        """What the event takes; what is short comes from a lot of its own, without a basis."""
        book, wanted = self._book(self._place(event)), event.quantity - short
        pieces = book.take(event, wanted) if wanted else []
        if event.choices and self.method is METHODS["specific"]:
            self._honoured(event, pieces)
        if short:
            lot = _without_origin(event, short)
            self.state.lots.append(lot)
            self.state.quantity += short
            pieces.append(Piece(lot, short, ZERO, book.rule))
        return pieces

    def _honoured(self, event: Event, pieces: Iterable[Piece]) -> None:
        wanted = min(sum((units for _, units in event.choices), ZERO), event.quantity)
        found = sum((piece.quantity for piece in pieces if piece.rule == CHOSEN), ZERO)
        if found < wanted:
            self.state.unmet.append(Unmet(event, wanted - found))

    def _leave(self, event: Event, short: Decimal) -> None:
        state, pieces = self.state, self._pieces(event, short)
        quantities = [piece.quantity for piece in pieces]
        proceeds = event.money if event.kind is Kind.SELL else ZERO
        incomes = shares(proceeds.quantize(UNIT), quantities)
        fees = self._fees(event, pieces, quantities)
        realised = event.kind in REALISES
        for piece, income, fee in zip(pieces, incomes, fees, strict=True):
            lot, quantity, basis, rule = piece
            gain = income - basis if realised else ZERO
            state.disposals.append(
                Disposal(
                    event.key, lot, quantity, basis, income, gain, realised, rule, fee, event.at
                )
            )
            state.cost -= basis
            state.realised += gain
            state.fees += fee
        state.quantity -= event.quantity

    def _fees(
        self, event: Event, pieces: Iterable[Piece], quantities: Sequence[Decimal]
    ) -> list[Decimal]:
        if event.kind is not Kind.SPEND:
            return shares(event.fee.quantize(UNIT), quantities)
        if event.worth is None:
            return [piece.basis for piece in pieces]
        return shares(event.worth.quantize(UNIT), quantities)

    def _move(self, event: Event, short: Decimal) -> None:
        target = self._book(event.to_location)
        for piece in self._pieces(event, short):
            lot, quantity, basis, _ = piece
            moved = Lot(
                opened_by=lot.opened_by,
                acquired_at=lot.acquired_at,
                quantity=quantity,
                cost=basis,
                assumed=lot.assumed,
                remaining=quantity,
                basis=basis,
                location=event.to_location,
                source=lot,
                moved_by=event.key,
                missing=lot.missing,
                average=lot.average,
            )
            target.add(moved)
            self.state.lots.append(moved)
            self.state.disposals.append(
                Disposal(event.key, lot, quantity, basis, ZERO, ZERO, False, MOVED, ZERO, event.at)
            )


def _opened(event: Event, pledge: Pledge | None) -> Lot:
    cost = event.money.quantize(UNIT)
    lot = Lot(
        event.key,
        event.at,
        event.quantity,
        cost,
        event.assumed,
        event.quantity,
        cost,
        event.location,
    )
    if pledge is not None:
        lot.remaining -= pledge.quantity
        lot.basis -= pledge.basis
    return lot


def _without_origin(event: Event, quantity: Decimal) -> Lot:
    """A lot for units that nobody says where they came from, gone as soon as they are here."""
    return Lot(
        opened_by=event.key,
        acquired_at=event.at,
        quantity=quantity,
        cost=ZERO,
        assumed=False,
        remaining=ZERO,
        basis=ZERO,
        location=event.location,
        missing=True,
    )
