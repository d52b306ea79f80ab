"""FIFO lots of one asset: its events in, lots, disposals and totals out. No framework, all Decimal.

Money is in one currency (the portfolio's base), quantities in units of the asset. Events are
replayed by time; at one time what comes in precedes what goes out, so that a bill and the deposit
that pays it may share a second. An event that takes more than is held is an `Oversold` value, not
an exception: the caller knows which field of which form it belongs to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from enum import StrEnum
from typing import Final

ZERO: Final = Decimal(0)
#: The smallest amount that is kept: numeric(38,18).
UNIT: Final = Decimal("1e-18")
#: Exact for the product and the quotient of two numbers of 38 digits before rounding to UNIT.
PRECISE: Final = Context(prec=80, rounding=ROUND_HALF_EVEN)


class Kind(StrEnum):
    """What an event does to the asset."""

    ACQUIRE = "acquire"  # a lot; `money` is its cost
    REWARD = "reward"  # a lot; `money` is its cost and an income
    SELL = "sell"  # a disposal; `money` is its proceeds
    WITHDRAW = "withdraw"  # takes basis out; no gain
    SPEND = "spend"  # units given up as a fee: no proceeds; `worth` is shown as the fee
    MOVE = "move"  # from one place to another: must be held, changes nothing


_COMES_IN: Final = {Kind.ACQUIRE, Kind.REWARD}
_RANK: Final = {Kind.ACQUIRE: 0, Kind.REWARD: 0, Kind.MOVE: 1, Kind.SELL: 2, Kind.WITHDRAW: 2}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to the asset.

    `key` names the transaction it came from and breaks ties of time; `quantity` > 0; `money` as
    `Kind` says; `fee` is the part of it that went to somebody else (shown apart, counted once);
    `worth` is what spent units were worth, None where no price is known: then their basis counts.
    """

    key: int
    at: datetime
    kind: Kind
    quantity: Decimal
    money: Decimal = ZERO
    fee: Decimal = ZERO
    worth: Decimal | None = None
    assumed: bool = False

    @property
    def order(self) -> tuple[datetime, int, int]:
        return self.at, _RANK.get(self.kind, 3), self.key


@dataclass(slots=True)
class Lot:
    """Units acquired at one time. `cost` is of the whole lot, `basis` of what remains."""

    opened_by: int
    acquired_at: datetime
    quantity: Decimal
    cost: Decimal
    assumed: bool
    remaining: Decimal
    basis: Decimal


@dataclass(frozen=True, slots=True)
class Disposal:
    """Units of one lot that left. `gain` = proceeds - basis where `realised`, else 0."""

    key: int
    lot: Lot
    quantity: Decimal
    basis: Decimal
    proceeds: Decimal
    gain: Decimal
    realised: bool


@dataclass(frozen=True, slots=True)
class Oversold:
    """`event` takes more than the `held` units."""

    event: Event
    held: Decimal


@dataclass(slots=True)
class Replay:
    """What the events amount to. Where `oversold` is set the replay stopped there."""

    lots: list[Lot] = field(default_factory=list)
    disposals: list[Disposal] = field(default_factory=list)
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    rewards: Decimal = ZERO
    fees: Decimal = ZERO
    oversold: Oversold | None = None
    _open: deque[Lot] = field(default_factory=deque, repr=False)

    @classmethod
    def resumed(
        cls,
        open_lots: Iterable[Lot],
        *,
        realised: Decimal = ZERO,
        rewards: Decimal = ZERO,
        fees: Decimal = ZERO,
    ) -> Replay:
        """The state after earlier events, from the lots they left open (oldest first) and totals.

        Its `lots` and `disposals` are empty: a replay that goes on from here collects new ones.
        """
        waiting = deque(open_lots)
        return cls(
            quantity=sum((lot.remaining for lot in waiting), ZERO),
            cost=sum((lot.basis for lot in waiting), ZERO),
            realised=realised,
            rewards=rewards,
            fees=fees,
            _open=waiting,
        )


def replay(events: Iterable[Event], after: Replay | None = None) -> Replay:
    """All `events` of one asset, in any order → lots, disposals, totals.

    `after`: a state that the events go on from, all of them later than what made it; it is used up.
    """
    state = Replay() if after is None else after
    with localcontext(PRECISE):
        for event in sorted(events, key=lambda event: event.order):
            if event.kind not in _COMES_IN and event.quantity > state.quantity:
                state.oversold = Oversold(event, state.quantity)
                break
            _apply(state, event)
    return state


def _apply(state: Replay, event: Event) -> None:
    state.fees += event.fee
    if event.kind in _COMES_IN:
        _acquire(state, event)
    elif event.kind is not Kind.MOVE:
        _dispose(state, event)


def _acquire(state: Replay, event: Event) -> None:
    cost = event.money.quantize(UNIT)
    lot = Lot(event.key, event.at, event.quantity, cost, event.assumed, event.quantity, cost)
    state.lots.append(lot)
    state._open.append(lot)  # noqa: SLF001 - this module's own record
    state.quantity += lot.quantity
    state.cost += lot.basis
    if event.kind is Kind.REWARD:
        state.rewards += cost


def _dispose(state: Replay, event: Event) -> None:
    proceeds = event.money if event.kind is Kind.SELL else ZERO
    realised = event.kind is not Kind.WITHDRAW
    cost = state.cost
    left_of_proceeds = proceeds.quantize(UNIT)
    left = event.quantity
    for lot, quantity, basis in _take(state, event.quantity):
        # The last piece gets what is left, so that the pieces add up to the sale exactly.
        share = (left_of_proceeds * quantity / left).quantize(UNIT)
        left -= quantity
        left_of_proceeds -= share
        gain = share - basis if realised else ZERO
        state.disposals.append(Disposal(event.key, lot, quantity, basis, share, gain, realised))
        state.realised += gain
    if event.kind is Kind.SPEND:
        state.fees += cost - state.cost if event.worth is None else event.worth.quantize(UNIT)


def _take(state: Replay, quantity: Decimal) -> Iterator[tuple[Lot, Decimal, Decimal]]:
    """Take `quantity` from the oldest lots: (lot, units of it, basis of these units)."""
    state.quantity -= quantity
    while quantity:
        lot = state._open[0]  # noqa: SLF001
        taken = min(quantity, lot.remaining)
        # A lot that is used up gives all that is left of its cost: no dust stays behind.
        basis = (lot.basis * taken / lot.remaining).quantize(UNIT)
        lot.remaining -= taken
        lot.basis -= basis
        state.cost -= basis
        quantity -= taken
        if not lot.remaining:
            state._open.popleft()  # noqa: SLF001
        yield lot, taken, basis
