"""The lots of one asset: its events in, lots, disposals and totals out. No framework, all Decimal.

Money is in one currency (the portfolio's base), quantities in units of the asset. Events are
replayed by time; at one time what comes in precedes what goes out, so that a bill and the deposit
that pays it may share a second. An event that takes more than is held (at its location, where the
scope is "location") is an `Oversold` value, not an exception: the caller knows which field of which
form it belongs to. Who goes first is said by `portfolios.basis`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext
from typing import NamedTuple

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
from portfolios.basis.pieces import Lot, Piece, Step, shares, spread
from portfolios.basis.rules import FIFO_RULES, BasisRules, Restart
from portfolios.basis.specific import CHOSEN

__all__ = [
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


@dataclass(slots=True)
class Disposal:
    """Units of one lot that left, at `at`. `gain` = proceeds - basis where `realised`, else 0.

    `proceeds` are net of `fee`. Spent units have no proceeds, and their worth is the fee. `rule`
    says why this lot (values of models.MatchRule).
    """

    key: int
    lot: Lot
    quantity: Decimal
    basis: Decimal
    proceeds: Decimal
    gain: Decimal
    realised: bool
    rule: str
    fee: Decimal
    at: datetime

    @property
    def days_held(self) -> int:
        """Whole days from acquisition to disposal; 0 where the acquisition came later."""
        return max(0, (self.at - self.lot.acquired_at).days)


@dataclass(frozen=True, slots=True)
class Oversold:
    """`event` takes more than the `held` units (of its location, with scope "location")."""

    event: Event
    held: Decimal


class Unmet(NamedTuple):
    """`missing` of the units that the event's choices name were not there."""

    event: Event
    missing: Decimal


class Pledge(NamedTuple):
    """Units of an acquisition that earlier disposals have taken already (uk), and their basis."""

    quantity: Decimal
    basis: Decimal


@dataclass(slots=True)
class Replay:
    """What the events amount to. Where `oversold` is set the replay stopped there.

    `lots` in the order in which they were opened. Σ remaining = `quantity`, Σ basis = `cost`.
    `unmet`: choices of lots (specific identification) that could not be honoured.
    """

    lots: list[Lot] = field(default_factory=list)
    disposals: list[Disposal] = field(default_factory=list)
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    rewards: Decimal = ZERO
    fees: Decimal = ZERO
    oversold: Oversold | None = None
    unmet: list[Unmet] = field(default_factory=list)
    _open: list[Lot] = field(default_factory=list, repr=False)
    _since: datetime | None = field(default=None, repr=False)
    _pools: Mapping[str, Decimal] | None = field(default=None, repr=False)
    _pledged: Mapping[int, Pledge] = field(default_factory=dict, repr=False)

    @classmethod
    def resumed(
        cls,
        open_lots: Iterable[Lot],
        *,
        realised: Decimal = ZERO,
        rewards: Decimal = ZERO,
        fees: Decimal = ZERO,
        since: datetime | None = None,
        pools: Mapping[str, Decimal] | None = None,
        pledged: Mapping[int, Pledge] | None = None,
    ) -> Replay:
        """The state after earlier events, from the lots they left open and totals.

        Take `restart = rules.restart(time of the change, time of the first event)`. Then, of what a
        replay of everything before `restart.at` made:

        - `open_lots`: those that were acquired (or made by a transfer) before it, with the
          `remaining` and `basis` of that time: quantity and cost less those of the disposals before
          it. Lots of one age (acquired_at, opened_by, moved_by) in the order they were made in.
        - `since`: restart.at.
        - `pools`, if restart.pooled: Σ cost of ALL lots made before it (those used up, too) less
          Σ basis of all disposals before it *of these lots*; by location with scope "location",
          else under "". The lots' own `basis` is not looked at then.
        - `pledged`: what disposals before it took from lots acquired at or after it (rule
          "30_days"), summed by the key of the acquisition.
        - `realised`: Σ gain of the disposals before it; `rewards`: Σ cost of the lots that REWARD
          opened; `fees`: Σ fee of the disposals and of the events that came in. All three only add
          up: resumed with zeros, the replay has what came after.

        Its `lots` and `disposals` are empty: a replay that goes on from here collects new ones. The
        open lots are changed in place.
        """
        waiting, promised = list(open_lots), pledged or {}
        taken = sum((pledge.quantity for pledge in promised.values()), ZERO)
        paid = sum((pledge.basis for pledge in promised.values()), ZERO)
        own = (lot.basis for lot in waiting) if pools is None else pools.values()
        return cls(
            quantity=sum((lot.remaining for lot in waiting), ZERO) - taken,
            cost=sum(own, ZERO) - paid,
            realised=realised,
            rewards=rewards,
            fees=fees,
            _open=waiting,
            _since=since,
            _pools=pools,
            _pledged=promised,
        )


def replay(
    events: Iterable[Event], after: Replay | None = None, *, rules: BasisRules = FIFO_RULES
) -> Replay:
    """All `events` of one asset, in any order → lots, disposals, totals.

    `after`: a state that the events go on from, all of them later than what made it; it is used up.
    """
    state = Replay() if after is None else after
    with localcontext(PRECISE):
        if state._pools is not None:  # noqa: SLF001 - this module's own record
            for place, lots in _books(state._open, rules).items():  # noqa: SLF001
                spread(state._pools.get(place, ZERO), lots)  # noqa: SLF001
        ordered = sorted(events, key=lambda event: event.order)
        for method, found in rules.runs(ordered, state._since):  # noqa: SLF001
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
        self.open = _books(state._open, rules)  # noqa: SLF001
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
            elif self.rules.by_location and event.location != event.to_location:
                self._move(event, short)
        for place in self.open:
            self._book(place)
        self.state._open = [  # noqa: SLF001
            lot for place in sorted(self.books) for lot in self.books[place].settle()
        ]

    def _place(self, event: Event) -> str:
        return event.location if self.rules.by_location else ""

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
        pledged, steps = self.state._pledged, list[Step]()  # noqa: SLF001
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
                elif self.rules.by_location:
                    held[place] -= quantity - short
                    held[event.to_location] += quantity
            steps.append(Step(event, lot, short))
        return steps

    def _held(self, events: Sequence[Event]) -> defaultdict[str, Decimal]:
        held: defaultdict[str, Decimal] = defaultdict(Decimal)
        for place, lots in self.open.items():
            held[place] = sum((lot.remaining for lot in lots), ZERO)
        if pledged := self.state._pledged:  # noqa: SLF001
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
